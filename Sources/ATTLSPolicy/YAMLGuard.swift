/// What a YAML input may not do, looked at before the YAML parser sees it.
///
/// The parser recurses once per level of nesting and copies what an alias names, so both are
/// bounded here, on the bytes, by counts that no quoting can hide from.
enum YAMLGuard {
  /// Bytes in one input.
  static let sizeLimit = 16 << 20
  /// Columns of indentation, which bounds block nesting.
  static let indentLimit = 64
  /// `[` and `{` in one document, which bounds flow nesting.
  static let bracketLimit = 256

  static func check(_ bytes: [UInt8], file: String) throws(PolicyInputError) {
    guard bytes.count <= sizeLimit else {
      throw PolicyInputError(
        file: file, line: 0,
        message: "\(bytes.count) bytes of YAML; the limit is \(sizeLimit): split it into files")
    }
    var line = 1
    var brackets = 0
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
      let text = bytes[start..<end]
      if text.starts(with: [45, 45, 45]) { brackets = 0 }
      let indent = text.prefix { isStructure($0) }.count
      guard indent <= indentLimit else {
        throw PolicyInputError(
          file: file, line: line,
          message: "indented by more than \(indentLimit) columns; a policy needs three levels")
      }
      brackets += text.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
      guard brackets <= bracketLimit else {
        throw PolicyInputError(
          file: file, line: line,
          message: "more than \(bracketLimit) [ and { in one document; start the next with ---")
      }
      try checkAnchors(text, file: file, line: line)
      start = end + 1
      line += 1
    }
  }

  /// Blank, tab, `-`, `?`, `:`: what may stand before the first key of a line.
  private static func isStructure(_ byte: UInt8) -> Bool {
    byte == 32 || byte == 9 || byte == 45 || byte == 63 || byte == 58
  }

  private static func checkAnchors(
    _ text: ArraySlice<UInt8>, file: String, line: Int
  ) throws(PolicyInputError) {
    var previous: UInt8 = 32
    for (i, byte) in zip(text.indices, text) {
      if byte == 0 {
        throw PolicyInputError(
          file: file, line: line, message: "a NUL byte: this is no text; transfer it as text")
      }
      // An anchor can only stand after a blank or punctuation and before a name.
      if byte == UInt8(ascii: "&"), !isNameByte(previous), i + 1 < text.endIndex,
        isNameByte(text[i + 1])
      {
        throw PolicyInputError(
          file: file, line: line,
          message: "YAML anchors (&name) are not read; use BasedOn, or put the value in quotes"
            + " with a blank after the &")
      }
      previous = byte
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte == 45 || byte == 95 || (48...57).contains(byte) || (65...90).contains(byte)
      || (97...122).contains(byte)
  }

  /// A parser's complaint in our words, and what to do.
  static func explain(_ problem: YAMLProblem) -> (message: String, remedy: String) {
    if problem.isAlias {
      return (
        "a value that begins with * is a YAML alias", "write it in quotes, such as '*AUTH*/*'"
      )
    }
    let advice =
      problem.line == 0
      ? "transfer the file as text"
      : "quote values that hold : # or begin with * & [ { ! % @ `, and end each [ with ]"
    return ("not YAML: \(withoutControls(problem.message))", advice)
  }
}
