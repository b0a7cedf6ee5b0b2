/// Text of captured bytes that cannot act on a terminal.
public enum VisibleText {
  /// Characters that change the direction or the look of the text around them, or that are not seen.
  /// Source: Unicode UAX 9 (bidirectional controls) and UTS 36.
  public static func turnsText(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00AD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
      true
    default: false
    }
  }

  /// Whether a character may be shown as it is.
  public static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && !turnsText(scalar)
  }

  /// The text with every unsafe character as a visible escape.
  public static func of(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var visible = ""
    for scalar in text.unicodeScalars {
      if isSafe(scalar) {
        visible.unicodeScalars.append(scalar)
      } else {
        visible += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return visible
  }
}
