/// One line of an input, safe to show.
struct PolicyLine {
  var text: Substring
  var number: Int
  /// It held control characters, now `?`.
  var hadControl: Bool
}

/// Cuts an input into lines and takes out what must never reach a terminal.
struct LineReader {
  private let bytes: [UInt8]
  private var position = 0
  private var number = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> PolicyLine? {
    guard position < bytes.count else { return nil }
    let end = bytes[position...].firstIndex(of: 10) ?? bytes.count
    var line = bytes[position..<end]
    position = end + 1
    number += 1
    if line.last == 13 { line.removeLast() }
    let hadControl = line.contains { $0 < 32 && $0 != 9 || $0 >= 127 }
    let text = String(decoding: line, as: UTF8.self)
    guard hadControl else {
      return PolicyLine(text: Substring(text), number: number, hadControl: false)
    }
    let clean = withoutControls(text)
    return PolicyLine(text: Substring(clean), number: number, hadControl: clean != text)
  }
}

/// `text` with every control character, those that turn the direction of writing among them, replaced
/// by `?`.
func withoutControls(_ text: String) -> String {
  var clean = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl =
      switch scalar.value {
      case 9: false
      // Source: Unicode UAX 9 for the characters beyond the control codes.
      case 0..<32, 127...159, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
      default: false
      }
    clean.append(isControl ? "?" : scalar)
  }
  return String(clean)
}
