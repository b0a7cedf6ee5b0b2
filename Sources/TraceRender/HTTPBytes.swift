internal import TraceBytes
internal import TraceModel

/// Captured bytes on their way to people: text where they are text, escapes where they are not.
public enum HTTPBytes {
  /// Appends bytes taken for UTF-8; control characters, characters that turn text, and bytes that are
  /// no UTF-8 become visible escapes. A tab stays where `keepsTabs` is set.
  public static func appendVisible(
    _ bytes: ArraySlice<UInt8>, keepsTabs: Bool = false, to text: inout [UInt8]
  ) {
    var at = bytes.startIndex
    while at < bytes.endIndex {
      let byte = bytes[at]
      if byte >= 0x20 && byte < 0x7F || byte == 0x09 && keepsTabs {
        text.append(byte)
        at += 1
        continue
      }
      if let (scalar, length) = scalar(bytes, at) {
        if VisibleText.isSafe(scalar) {
          text += bytes[at..<at + length]
        } else if byte < 0x80 {
          escape(byte, to: &text)
        } else {
          text += Array("\\u{\(String(scalar.value, radix: 16))}".utf8)
        }
        at += length
      } else {
        escape(byte, to: &text)
        at += 1
      }
    }
  }

  /// The same as a String.
  public static func visible(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    appendVisible(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes as a String that has all of them: UTF-8, or Latin-1 where they are no UTF-8.
  public static func string(_ bytes: ArraySlice<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return String(decoding: bytes.map(UInt16.init), as: UTF16.self)
  }

  private static func escape(_ byte: UInt8, to text: inout [UInt8]) {
    switch byte {
    case 0x09: text += [0x5C, 0x74]
    case 0x0A: text += [0x5C, 0x6E]
    case 0x0D: text += [0x5C, 0x72]
    default: text += [0x5C, 0x78, digit(byte >> 4), digit(byte & 15)]
    }
  }

  static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// The UTF-8 character at an index with its length; nil when there is none (RFC 3629 section 4).
  private static func scalar(_ bytes: ArraySlice<UInt8>, _ at: Int) -> (Unicode.Scalar, Int)? {
    let first = UInt32(bytes[at])
    let length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard length > 0, first < 0xF5, at + length <= bytes.endIndex else { return nil }
    var value = length == 1 ? first : first & (0x7F >> UInt32(length))
    for index in at + 1..<at + length where length > 1 {
      guard bytes[index] & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(bytes[index] & 0x3F)
    }
    guard length < 3 || value >= (length == 3 ? 0x800 : 0x10000) else { return nil }
    return Unicode.Scalar(value).map { ($0, length) }
  }

  /// Appends `YYYY-MM-DDTHH:MM:SS.ffffffZ` (RFC 3339) with as many digits.
  static func appendTime(_ nanoseconds: Int64, digits: Int, to sink: ByteSink) throws(TraceError) {
    try sink.append(shortTime(nanoseconds, digits))
  }

  /// The time as text.
  static func time(_ nanoseconds: Int64, digits: Int) -> String {
    shortTime(nanoseconds, digits).text
  }

  private static func shortTime(_ nanoseconds: Int64, _ digits: Int) -> ShortText {
    var text = ShortText()
    CivilDate.append(nanoseconds, digits: digits, separator: "T", to: &text)
    text.append(UInt8(ascii: "Z"))
    return text
  }
}
