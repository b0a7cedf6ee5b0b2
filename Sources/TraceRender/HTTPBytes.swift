internal import TraceBytes
internal import TraceModel

/// Captured bytes on their way to people: text where they are text, escapes where they are not.
public enum HTTPBytes {
  /// Appends bytes taken for UTF-8; control characters, characters that turn text, and bytes that are
  /// no UTF-8 become visible escapes. A tab stays where `keepsTabs` is set.
  public static func appendVisible(
    _ bytes: ArraySlice<UInt8>, keepsTabs: Bool = false, to text: inout [UInt8]
  ) {
    let span = unsafe bytes.span.bytes
    var at = 0
    while at < span.byteCount {
      var plain = at
      while plain < span.byteCount, isPlain(span.u8(plain), keepsTabs) { plain += 1 }
      text.append(span.extracting(at..<plain))
      at = plain
      guard at < span.byteCount else { return }
      let byte = span.u8(at)
      if byte >= 0x80, let (scalar, length) = UTF8Sequence.read(span, at) {
        if VisibleText.isSafe(scalar) {
          text.append(span.extracting(at..<at + length))
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

  private static func isPlain(_ byte: UInt8, _ keepsTabs: Bool) -> Bool {
    byte >= 0x20 && byte < 0x7F || byte == 0x09 && keepsTabs
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
    default: text += [0x5C, 0x78, Hex.small(byte >> 4), Hex.small(byte & 15)]
    }
  }
}
