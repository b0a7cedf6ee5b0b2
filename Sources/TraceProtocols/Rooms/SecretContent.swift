/// Text inside of messages: what is searched for secrets by what it says, wherever its bytes stand.
public struct SecretContent: Sendable {
  /// How a stretch of text stands in its message.
  public enum Coding: Sendable, Equatable {
    /// As it is.
    case plain
    /// Each byte changed by one of four (RFC 6455 section 5.3), the highest of the number first.
    case xor(UInt32)
    /// The string code of HPACK (RFC 7541 section 5.2), of so many bytes.
    case huffman(Int)
  }

  /// A stretch of ``bytes`` that stands in the message; what is in none only tells what the rest means.
  public struct Part: Sendable {
    /// Where it is in ``SecretContent/bytes``.
    public var text: Range<Int>
    /// Offset of its first byte in the message, negative in a message before this one.
    public var place: Int
    /// How the text was made into those bytes.
    public var coding: Coding
    /// Whether all of it is secret, whatever it says.
    public var isSecret: Bool

    /// - Parameter place: offset of the first byte in the message, negative in a message before this one.
    public init(
      _ text: Range<Int>, at place: Int, _ coding: Coding = .plain, isSecret: Bool = false
    ) {
      self.text = text
      self.place = place
      self.coding = coding
      self.isSecret = isSecret
    }

    /// Bytes it takes in the message.
    public var length: Int {
      if case .huffman(let length) = coding { return length }
      return text.count
    }
  }

  /// The text, decoded.
  public var bytes: [UInt8]
  /// Where stretches of the text stand in the message.
  public var parts: [Part]
  /// Contents of one side and number are one text, which goes on from message to message.
  public var stream: UInt64 = 0
  /// Whether the text is over with it.
  public var ends = true
  /// Codings of the text, the one applied first in front (`gzip`); nil when they are not known or are such
  /// as nobody can undo here.
  public var codings: [String]? = []
  /// Whether nothing that is a text by itself may be taken for commands of a dialogue.
  public var isHeader = false
  /// Whether what tells its meaning may be missing: it is searched, and said not to be.
  public var lacksContext = false

  /// Bytes that stand in the place of a part when ranges of its text (offsets into `text`) are masked, each
  /// with its own byte where the coding lets it.
  public static func masked(
    _ text: [UInt8], _ ranges: [(range: Range<Int>, fill: UInt8)], _ coding: Coding
  ) -> [UInt8] {
    if case .huffman = coding { return HPACKTables.masked(text, ranges.map(\.range)) }
    var bytes = text
    for (range, fill) in ranges {
      for index in range.clamped(to: 0..<text.count) { bytes[index] = fill }
    }
    if case .xor(let key) = coding {
      for index in bytes.indices {
        bytes[index] ^= UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * (index & 3)))
      }
    }
    return bytes
  }
}
