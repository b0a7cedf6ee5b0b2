internal import TraceBytes

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

/// `text` with every character replaced by `?` that could act on a terminal or is not seen: control
/// characters, those that turn the direction of writing, zero-width characters, marks and tags.
func withoutControls(_ text: String) -> String {
  var clean = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    clean.append(scalar == "\t" || VisibleText.isSafe(scalar) ? scalar : "?")
  }
  return String(clean)
}
