/// How many columns text takes on a terminal.
public enum TextWidth {
  /// Columns of all of a text.
  public static func of(_ text: String) -> Int {
    // Printable ASCII takes one column for each byte.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }

  /// The beginning of a text that takes at most so many columns.
  public static func prefix(_ text: String, _ most: Int) -> String {
    var used = 0
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      used += columns(scalar)
      if used > most { break }
      kept.append(scalar)
    }
    return String(kept)
  }

  /// 2 for the scripts of East Asia, 0 for marks that stand on the letter before, else 1.
  ///
  /// Source: Unicode Standard Annex 11, the blocks whose letters are wide or full width.
  public static func columns(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value >= 0x20 && value != 0x7F ? 1 : 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return wide.contains { $0.contains(value) } ? 2 : 1
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]
}
