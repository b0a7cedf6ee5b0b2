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

/// The codings that a field names, in the order in which they were applied, without those that do nothing.
public struct ContentCodings: Sendable, Equatable {
  /// More are not kept: nobody applies so many, and each one costs a decoder.
  public static let most = 6
  private var packed: UInt64 = 0
  /// How many there are.
  public private(set) var count = 0
  /// The field names more than are kept, so that what comes out is still coded.
  public private(set) var hasMore = false
  /// Where the first name stands that no coding is known by.
  public private(set) var unknown: Range<Int>?

  /// No coding.
  public init() {}

  /// Adds the coding that is named in a range.
  mutating func add(_ span: RawSpan, _ range: Range<Int>) {
    let coding = ContentCoding(span, range)
    guard coding != .identity else { return }
    if coding == .other, unknown == nil { unknown = range }
    guard count < Self.most else { return hasMore = true }
    packed |= UInt64(coding.rawValue) << UInt64(8 * count)
    count += 1
  }

  /// A coding by its place, the one applied first in front.
  public subscript(index: Int) -> ContentCoding {
    index < count
      ? ContentCoding(rawValue: UInt8(truncatingIfNeeded: packed >> UInt64(8 * index))) ?? .other
      : .identity
  }
}
