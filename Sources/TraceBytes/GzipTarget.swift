private import CZlib

/// Compresses what is written with gzip on its way to another target.
@safe
public final class GzipTarget: ByteTarget {
  private let target: any ByteTarget
  private var stream = unsafe z_stream()
  private let output = ByteBuffer(capacity: GzipTarget.room)
  private static let room = 128 << 10

  public init(_ target: any ByteTarget) {
    self.target = target
    // Level 6; 15 window bits plus 16 for a gzip header, which holds no time and no name, so the
    // same input gives the same bytes.
    _ = unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
  }

  deinit { _ = unsafe deflateEnd(&stream) }

  public func write(_ bytes: RawSpan) throws(TraceError) {
    var done = 0
    while done < bytes.byteCount {
      done += try deflate(bytes.extracting(done..<bytes.byteCount), Z_NO_FLUSH).taken
    }
  }

  public func commit() throws(TraceError) {
    while try !deflate(RawSpan(), Z_FINISH).finished {}
    try target.commit()
  }

  private func deflate(
    _ bytes: RawSpan, _ flush: Int32
  ) throws(TraceError) -> (taken: Int, finished: Bool) {
    var status: Int32 = Z_OK
    var taken = 0
    _ = unsafe output.appending(upTo: Self.room) { room in
      unsafe bytes.withUnsafeBytes { source in
        unsafe stream.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_out = UInt32(room.count)
        status = unsafe CZlib.deflate(&stream, flush)
        taken = unsafe source.count - Int(stream.avail_in)
        return unsafe room.count - Int(stream.avail_out)
      }
    }
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw TraceError("gzip", .failed("zlib ended with status \(status)"))
    }
    let target = self.target
    try output.withBytes { (bytes) throws(TraceError) in try target.write(bytes) }
    output.removeAll()
    return (taken, status == Z_STREAM_END)
  }
}
