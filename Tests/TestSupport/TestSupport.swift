public import TraceBytes
public import TraceModel

/// A sink that keeps what it is given, for tests to look at.
public final class CollectingSink: TraceSink, PlacedSink {
  /// A record with a copy of its payload.
  public struct Kept: Sendable {
    public var record: TraceRecord
    public var payload: [UInt8]

    public init(record: TraceRecord, payload: [UInt8]) {
      self.record = record
      self.payload = payload
    }
  }

  public private(set) var records: [Kept] = []
  public private(set) var notices: [TraceNotice] = []
  public private(set) var interfaces: [CaptureInterface] = []
  /// Comments, with the number of the record that they came before, from 0.
  public private(set) var comments: [(record: Int, text: [UInt8])] = []
  public private(set) var secrets: [(type: UInt32, bytes: [UInt8])] = []

  public init() {}

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try record(placed.record, payload)
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    records.append(Kept(record: copy record, payload: payload.copied()))
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    comments.append((records.count, text.copied()))
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) { notices.append(notice) }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    interfaces.append(interface)
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    secrets.append((type, bytes.copied()))
  }
}

/// How a test hands bytes to a reader.
public enum Feed: Sendable, CaseIterable {
  /// All bytes in one window.
  case whole
  /// The window grows by one byte at a time.
  case drip
  /// The window grows by an odd number of bytes at a time.
  case chunks

  var step: Int {
    switch self {
    case .whole: Int.max
    case .drip: 1
    case .chunks: 977
    }
  }
}

/// Runs a reader over bytes as a source would, and returns what it gave.
public func collect<Reader: TraceReader>(
  _ reader: inout Reader, _ bytes: [UInt8], feed: Feed = .whole
) throws -> CollectingSink {
  let sink = CollectingSink()
  var start = 0
  var end = feed == .whole ? bytes.count : min(bytes.count, feed.step)
  while true {
    let atEnd = end == bytes.count
    let window = Array(bytes[min(start, end)..<end])
    let consumed = try unsafe window.withUnsafeBytes { buffer in
      try unsafe reader.read(buffer.bytes, at: UInt64(start), atEnd: atEnd, into: sink)
    }
    start += consumed
    if atEnd { break }
    end = min(bytes.count, max(end, start) + (feed == .whole ? 0 : feed.step))
  }
  try sink.finish()
  return sink
}

/// Bytes written as hexadecimal digits; blanks and line ends between them do not matter.
public func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  var bytes: [UInt8] = []
  var index = digits.startIndex
  while index < digits.endIndex {
    let next = digits.index(index, offsetBy: 2, limitedBy: digits.endIndex) ?? digits.endIndex
    bytes.append(UInt8(digits[index..<next], radix: 16) ?? 0)
    index = next
  }
  return bytes
}

/// What `body` writes as JSON.
public func jsonText(
  _ body: (inout JSONLine) throws(TraceError) -> Void
) throws(TraceError) -> String {
  let target = MemoryTarget()
  let sink = ByteSink(target)
  var json = JSONLine(sink)
  try body(&json)
  try sink.flush()
  return String(decoding: target.bytes, as: UTF8.self)
}
