internal import TraceBytes
internal import TraceModel

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A temporary file of records: runs are appended, and read back by cursors.
///
/// The records stand in it as they lie in memory; no other program reads it.
final class SpillFile {
  /// A stretch of the file that holds records in order.
  struct Run {
    var start: Int
    var end: Int
  }

  private let file: TemporaryFile
  private var end = 0
  private let output = ByteBuffer()

  private static let headSize = MemoryLayout<TraceRecord>.stride + 8

  init(folder: String) throws(TraceError) { file = try TemporaryFile(folder: folder) }

  /// Writes `count` records; `give` is called for each with a function that writes it.
  func write(
    _ count: Int,
    _ give: (Int, (TraceRecord, RawSpan) throws(TraceError) -> Void) throws(TraceError) -> Void
  ) throws(TraceError) -> Run {
    let start = end
    for index in 0..<count {
      try give(index) { (record, payload) throws(TraceError) in
        let length = UInt64(payload.byteCount)
        unsafe withUnsafeBytes(of: record) { unsafe output.append($0.bytes) }
        // The padding of the record's stride.
        let padding = MemoryLayout<TraceRecord>.stride - MemoryLayout<TraceRecord>.size
        for _ in 0..<padding {
          unsafe withUnsafeBytes(of: UInt8(0)) { unsafe output.append($0.bytes) }
        }
        unsafe withUnsafeBytes(of: length) { unsafe output.append($0.bytes) }
        output.append(payload)
        if output.count > 1 << 20 { try flush() }
      }
    }
    try flush()
    return Run(start: start, end: end)
  }

  private func flush() throws(TraceError) {
    try output.withBytes { (bytes) throws(TraceError) in try file.write(bytes) }
    end += output.count
    output.removeAll()
  }

  func cursor(_ run: Run) -> Cursor { Cursor(file, run) }

  /// Reads one run from its beginning.
  final class Cursor {
    private let file: TemporaryFile
    private var at: Int
    private let end: Int
    private let buffer = ByteBuffer(capacity: 256 << 10)
    private(set) var record = TraceRecord()
    private var payloadCount = 0
    private var held = false

    init(_ file: TemporaryFile, _ run: Run) {
      self.file = file
      at = run.start
      end = run.end
    }

    /// Moves to the next record; false at the end of the run.
    func next() throws(TraceError) -> Bool {
      if held { buffer.removeFirst(SpillFile.headSize + payloadCount) }
      held = false
      guard try fill(SpillFile.headSize) else { return false }
      buffer.withBytes { bytes in
        record = unsafe bytes.unsafeLoadUnaligned(as: TraceRecord.self)
        payloadCount = Int(bytes.le64(MemoryLayout<TraceRecord>.stride))
      }
      guard try fill(SpillFile.headSize + payloadCount) else { return false }
      held = true
      return true
    }

    func withPayload(
      _ body: (TraceRecord, RawSpan) throws(TraceError) -> Void
    ) throws(TraceError) {
      let (record, start, count) = (record, SpillFile.headSize, payloadCount)
      try buffer.withBytes { (bytes) throws(TraceError) in
        try body(record, bytes.extracting(start..<(start + count)))
      }
    }

    private func fill(_ count: Int) throws(TraceError) -> Bool {
      while buffer.count < count {
        let wanted = min(max(count - buffer.count, 64 << 10), end - at)
        guard wanted > 0 else { return false }
        let (descriptor, place) = (file.descriptor, off_t(at))
        let got = unsafe buffer.appending(upTo: wanted) { room in
          unsafe pread(descriptor, room.baseAddress, room.count, place)
        }
        guard got > 0 else {
          throw TraceError("temporary file", .io(operation: "cannot read", errno: errno))
        }
        at += got
      }
      return true
    }
  }
}
