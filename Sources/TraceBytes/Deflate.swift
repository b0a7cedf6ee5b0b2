private import CZlib

/// Compresses bytes that are in memory.
public enum Deflate {
  /// What surrounds the compressed data.
  public enum Format: Int32, Sendable {
    /// RFC 1952, without a time and a name.
    case gzip = 31
    /// RFC 1950.
    case zlib = 15
    /// Nothing (RFC 1951).
    case raw = -15
  }

  /// The bytes compressed; level 0 stores, 9 is slow and small. Empty when zlib has no memory.
  public static func compress(_ bytes: [UInt8], _ format: Format, level: Int32 = 9) -> [UInt8] {
    var stream = unsafe z_stream()
    let status = unsafe deflateInit2_(
      &stream, level, Z_DEFLATED, format.rawValue, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return [] }
    defer { unsafe deflateEnd(&stream) }
    let room = unsafe Int(deflateBound(&stream, UInt(bytes.count))) + 32
    var input = bytes
    return unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
      unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(clamping: source.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(clamping: room)
        let ended = unsafe CZlib.deflate(&stream, Z_FINISH)
        count = ended == Z_STREAM_END ? room - Int(unsafe stream.avail_out) : 0
      }
    }
  }
}
