/// A content coding (RFC 9110 section 8.4.1).
public enum ContentCoding: UInt8, Sendable {
  /// As it is.
  case identity
  /// gzip or x-gzip (RFC 1952).
  case gzip
  /// deflate: zlib (RFC 1950), or raw as some servers send it (RFC 1951).
  case deflate
  /// compress or x-compress: named, not decoded.
  case compress
  /// br: named, not decoded.
  case brotli
  /// zstd: named, not decoded.
  case zstd
  /// Anything else: not decoded.
  case other

  /// The coding named in `range`.
  init(_ span: RawSpan, _ range: Range<Int>) {
    if span.equals("identity", in: range) {
      self = .identity
    } else if span.equals("gzip", in: range) || span.equals("x-gzip", in: range) {
      self = .gzip
    } else if span.equals("deflate", in: range) {
      self = .deflate
    } else if span.equals("compress", in: range) || span.equals("x-compress", in: range) {
      self = .compress
    } else if span.equals("br", in: range) {
      self = .brotli
    } else if span.equals("zstd", in: range) {
      self = .zstd
    } else {
      self = .other
    }
  }

  /// Whether ContentDecoder decodes it.
  public var isDecodable: Bool { self == .gzip || self == .deflate }
}
