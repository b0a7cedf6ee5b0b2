internal import TraceBytes
internal import TraceProtocols

/// A body in content codings: undone, masked, and done again so that it takes exactly as many bytes.
///
/// Asterisks compress well, so that the new data is nearly always shorter; what is missing is filled: in gzip
/// with a comment in its header, in deflate with blocks that hold nothing.
struct CodedBody {
  enum Answer {
    /// Nothing in it is secret.
    case clean
    case masked([UInt8], count: Int)
    /// Secrets are in it, and no other data is as long.
    case doesNotFit
    /// It is not what its coding says, or not all of it.
    case unreadable
  }

  /// The codings, the one applied first in front.
  private let codings: [ContentCoding]
  /// Bytes that may come out.
  private static let most = 16 << 20
  /// Bytes of these that are looked at, when nothing is masked and the beginning is enough.
  private let beginning: Int?

  init(_ names: [String], onlyBeginning beginning: Int? = nil) {
    self.beginning = beginning
    codings = names.map {
      switch $0 {
      case "gzip", "x-gzip": .gzip
      case "deflate": .deflate
      default: .other
      }
    }
  }

  /// - Parameter search: a copy of a text with its secrets masked, and how many; nil when it has none.
  func masked(
    _ bytes: [UInt8], _ search: ([UInt8]) -> (bytes: [UInt8], count: Int)?
  ) -> Answer {
    var text = bytes
    var formats: [Deflate.Format] = []
    guard !codings.isEmpty, codings.count <= ContentCodings.most else { return .unreadable }
    for coding in codings.reversed() {
      guard coding.isDecodable, let plain = undo(coding, text) else { return .unreadable }
      formats.append(coding == .gzip ? .gzip : Self.isZlib(text) ? .zlib : .raw)
      text = plain
    }
    guard let (masked, count) = search(text) else { return .clean }
    var coded = masked
    for format in formats.dropFirst().reversed() { coded = Deflate.compress(coded, format) }
    guard let outer = formats.first else { return .unreadable }
    for level: Int32 in [9, 6, 1, 0] {
      let data = Deflate.compress(coded, outer, level: level)
      if let filled = Self.filled(data, outer, to: bytes.count) {
        return .masked(filled, count: count)
      }
    }
    return .doesNotFit
  }

  /// The bytes without a coding; nil when they are not whole.
  private func undo(_ coding: ContentCoding, _ bytes: [UInt8]) -> [UInt8]? {
    var limits = HTTPLimits()
    limits.decodedBytes = UInt64(beginning ?? Self.most)
    let decoder = ContentDecoder(coding, limits: limits)
    var text: [UInt8] = []
    decoder.decode(unsafe bytes.span.bytes) { text.append($0) }
    decoder.finish()
    if beginning != nil, decoder.state == .limitReached { return text }
    return decoder.state == .complete && decoder.trailingBytes == 0 ? text : nil
  }

  private static func isZlib(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] & 0x0F == 8 && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0
  }

  /// The data with so much put in that it is as long as wanted; nil when that cannot be.
  static func filled(_ data: [UInt8], _ format: Deflate.Format, to count: Int) -> [UInt8]? {
    let missing = count - data.count
    guard missing >= 0, data.count > 10 || format != .gzip else { return nil }
    if missing == 0 { return data }
    switch format {
    case .gzip:
      // FCOMMENT (RFC 1952 section 2.3): text up to a zero.
      var filled = data
      filled[3] |= 0x10
      let comment = [UInt8](repeating: 0x2A, count: missing - 1) + [0]
      filled.insert(contentsOf: comment, at: 10)
      return filled
    case .zlib, .raw:
      guard let blocks = emptyBlocks(missing) else { return nil }
      var filled = data
      filled.insert(contentsOf: blocks, at: format == .zlib ? 2 : 0)
      return filled
    }
  }

  /// Blocks without content that take so many bytes: some of the fixed code, of ten bits each, with a stored
  /// one behind them, which ends with a whole byte (RFC 1951 sections 3.2.3 to 3.2.6); then stored ones of
  /// five bytes. All lengths from five on are of that kind except for 8.
  private static func emptyBlocks(_ count: Int) -> [UInt8]? {
    for groups in [[0], [1], [2], [3], [1, 2]] {
      let bytes = groups.flatMap(group)
      guard count >= bytes.count, (count - bytes.count) % 5 == 0 else { continue }
      return bytes + (0..<(count - bytes.count) / 5).flatMap { _ in group(0) }
    }
    return nil
  }

  /// So many empty blocks of the fixed code, and a stored one.
  private static func group(_ fixed: Int) -> [UInt8] {
    var bits: [Bool] = []
    for _ in 0..<fixed { bits += [false, true, false] + [Bool](repeating: false, count: 7) }
    bits += [false, false, false]
    while bits.count % 8 != 0 { bits.append(false) }
    var bytes: [UInt8] = []
    for at in stride(from: 0, to: bits.count, by: 8) {
      var byte: UInt8 = 0
      for bit in 0..<8 where bits[at + bit] { byte |= 1 << UInt8(bit) }
      bytes.append(byte)
    }
    return bytes + [0, 0, 0xFF, 0xFF]
  }
}
