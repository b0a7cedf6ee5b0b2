internal import TraceBytes
internal import TraceModel

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A nameless temporary file of records: runs are appended, and read back by cursors.
///
/// Mode 0600 and unlinked at once: what is in it is as secret as the trace. The records stand in it as
/// they lie in memory; no other program reads it.
final class SpillFile {
  /// A stretch of the file that holds records in order.
  struct Run {
    var start: Int
    var end: Int
  }

  private let descriptor: Int32
  private var end = 0
  private let output = ByteBuffer()

  private static let headSize = MemoryLayout<TraceRecord>.stride + 8

  init(folder: String) throws(TraceError) {
    var template = (folder + "/zcap-XXXXXX").utf8CString
    descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let name = buffer.baseAddress else { return -1 }
      let descriptor = unsafe mkstemp(name)
      if descriptor >= 0 { unsafe unlink(name) }
      return descriptor
    }
    guard descriptor >= 0 else {
      throw TraceError(folder, .io(operation: "cannot create a temporary file", errno: errno))
    }
  }

  deinit { close(descriptor) }

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
    let descriptor = descriptor
    var at = end
    try output.withBytes { (bytes) throws(TraceError) in
      var done = 0
      while done < bytes.byteCount {
        let rest = bytes.extracting(done..<bytes.byteCount)
        let wrote = unsafe rest.withUnsafeBytes { buffer in
          unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(at))
        }
        guard wrote > 0 else {
          throw TraceError("temporary file", .io(operation: "cannot write", errno: errno))
        }
        done += wrote
        at += wrote
      }
    }
    end = at
    output.removeAll()
  }

  func cursor(_ run: Run) -> Cursor { Cursor(descriptor, run) }

  /// Reads one run from its beginning.
  final class Cursor {
    private let descriptor: Int32
    private var at: Int
    private let end: Int
    private let buffer = ByteBuffer(capacity: 256 << 10)
    private(set) var record = TraceRecord()
    private var payloadCount = 0
    private var held = false

    init(_ descriptor: Int32, _ run: Run) {
      self.descriptor = descriptor
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
        let (descriptor, place) = (descriptor, off_t(at))
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
