public import TraceBytes

/// The forms in which a trace reaches a workstation, as `zcap generate --container` names them.
public enum Container: String, Sendable, CaseIterable {
  /// A saved buffer: entries end to end.
  case chain
  /// FTP binary with `quote site rdw`.
  case rdw
  /// Connect:Direct: BDWs and RDWs.
  case bdw
  /// The same of a data set with spanned records (RECFM VBS): records in segments.
  case spanned
  /// z/OSMF and Zowe record mode: 4-byte lengths.
  case length
  /// FTP block mode.
  case ftpBlock = "ftp-block"
  /// An external-writer data set with RDWs: trace buffers cut into records that have a prefix.
  case writer
  /// The same, transferred without RDWs.
  case writerBare = "writer-bare"
}

/// Lays entries out in a container. The prefix of external-writer records is made up: its real layout
/// is not known, and readers must learn it.
public final class ContainerWriter {
  private let sink: ByteSink
  private let container: Container
  /// Bytes of one trace buffer, and of the data in one record of an external-writer data set.
  public var bufferSize = 64 << 10
  /// Bytes of data in one record of an external-writer data set, at most; its prefix comes on top.
  public var recordSize = 27_990
  /// Bytes of a block, its descriptor word included.
  public var blockSize = 27_998
  /// The made-up record prefix; the last four bytes count the records.
  public var prefix: [UInt8] = [0xC3, 0xE3, 0xD9, 0xC1, 0xC3, 0xC5, 0x00, 0x01, 0, 0, 0, 0]

  private var buffer: [UInt8] = []
  private var block: [UInt8] = []
  private var records: UInt32 = 0

  /// Entries are buffered by blocks and records: ``finish()`` writes the rest.
  public init(_ container: Container, to sink: ByteSink) {
    self.container = container
    self.sink = sink
  }

  /// Writes one entry.
  public func write(_ entry: RawSpan) throws(TraceError) {
    switch container {
    case .chain: try sink.append(entry)
    case .rdw:
      try sink.append(DescriptorWord(content: entry.byteCount).bytes)
      try sink.append(entry)
    case .length:
      try sink.be32(UInt32(entry.byteCount))
      try sink.append(entry)
    case .ftpBlock:
      try sink.append(FTPBlock(record: entry.byteCount).bytes)
      try sink.append(entry)
    case .bdw: try addToBlock(entry)
    case .spanned: try addSegments(entry)
    case .writer, .writerBare:
      if buffer.count + entry.byteCount > bufferSize { try flushBuffer(fill: true) }
      buffer.append(entry)
    }
  }

  /// Writes what is held back and the end marks.
  public func finish() throws(TraceError) {
    try flushBlock()
    try flushBuffer(fill: false)
    if container == .ftpBlock { try sink.append(FTPBlock.end.bytes) }
  }

  private func addToBlock(_ entry: RawSpan) throws(TraceError) {
    if block.count + entry.byteCount + 8 > blockSize { try flushBlock() }
    block += DescriptorWord(content: entry.byteCount).bytes
    block.append(entry)
  }

  /// Cuts a record into segments wherever a block is full.
  private func addSegments(_ entry: RawSpan) throws(TraceError) {
    var at = 0
    while at < entry.byteCount {
      if block.count + 5 > blockSize - 4 { try flushBlock() }
      let end = min(entry.byteCount, at + blockSize - 8 - block.count)
      block +=
        DescriptorWord(
          content: end - at, continues: end < entry.byteCount, begins: at == 0
        ).bytes
      block.append(entry.extracting(at..<end))
      at = end
    }
  }

  private func flushBlock() throws(TraceError) {
    guard !block.isEmpty else { return }
    try sink.append(DescriptorWord(content: block.count).bytes)
    try sink.append(block)
    block.removeAll(keepingCapacity: true)
  }

  private func flushBuffer(fill: Bool) throws(TraceError) {
    guard !buffer.isEmpty else { return }
    if fill, buffer.count < bufferSize {
      buffer += Array(repeating: 0, count: bufferSize - buffer.count)
    }
    var at = 0
    let room = recordSize - prefix.count
    while at < buffer.count {
      let end = min(buffer.count, at + room)
      if container == .writer {
        try sink.append(DescriptorWord(content: end - at + prefix.count).bytes)
      }
      records += 1
      let counted = prefix.count >= 4
      try sink.append(counted ? Array(prefix.dropLast(4)) : prefix)
      if counted { try sink.be32(records) }
      try sink.append(Array(buffer[at..<end]))
      at = end
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
