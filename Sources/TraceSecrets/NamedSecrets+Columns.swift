internal import TraceBytes

/// Secrets in columns: a line that names its columns (CSV), and the rows below it.
extension NamedSecrets {
  /// The table under way.
  struct Table {
    var separator: UInt8
    /// Whether the name of a column says that its values are secret.
    var isSecret: [Bool]
    /// Where the last text ended: in this column, and in quotes or not.
    var column = 0
    var isQuoted = false
  }

  private static let longestName = 64

  /// Looks through the lines from an offset on; a table can have begun before it and go on behind the text.
  mutating func rows(from start: Int, _ table: inout Table?) {
    var at = start
    while at < text.count {
      if table != nil, let end = row(at, &table) {
        at = end
        continue
      }
      table = nil
      let end = text.end(from: at) { $0 != 0x0A }
      if end < text.count { table = header(at..<end) }
      at = end + 1
    }
  }

  /// The table that a line of names begins: nil when it is none, or no name in it tells.
  private func header(_ line: Range<Int>) -> Table? {
    var (low, high) = (line.lowerBound, line.upperBound)
    if high > low, text[high - 1] == 0x0D { high -= 1 }
    // The byte order mark of UTF-8.
    if high - low > 3, text[low] == 0xEF, text[low + 1] == 0xBB, text[low + 2] == 0xBF { low += 3 }
    guard high - low >= 5, !isReply(low) else { return nil }
    var separator: UInt8 = 0
    var isSecret: [Bool] = []
    var tells = false
    var first = low
    for at in low...high {
      let byte = at < high ? text[at] : separator
      if at == high || byte == separator
        || separator == 0 && [0x2C, 0x3B, 0x09, 0x7C].contains(byte)
      {
        if at < high { separator = byte }
        guard let name = columnName(first..<at) else { return nil }
        let isOne = self.isSecret(name)
        isSecret.append(isOne)
        tells = tells || isOne
        first = at + 1
      } else if !isNameByte(byte), ![0x20, 0x22, 0x27, 0x23, 0x2F].contains(byte) {
        return nil
      }
    }
    guard tells, isSecret.count > 1 else { return nil }
    return Table(separator: separator, isSecret: isSecret)
  }

  /// Whether a line is a reply of FTP or SMTP (RFC 959 section 4.2), a sentence that may name a password.
  private func isReply(_ start: Int) -> Bool {
    text[start..<(start + 3)].allSatisfy { $0 &- 0x30 < 10 }
      && [0x20, 0x2D].contains(text[start + 3])
  }

  private func columnName(_ field: Range<Int>) -> Range<Int>? {
    let name = text.trimmed(field) { $0 == 0x20 || $0 == 0x22 || $0 == 0x27 }
    // A field of digits only is a value: then the line does not name columns.
    guard text[name].contains(where: { !($0 &- 0x30 < 10) }) else { return nil }
    return name.count <= Self.longestName ? name : nil
  }

  /// One row, or as much of it as there is: where it ends, nil when it has not as many fields as there are names.
  private mutating func row(_ start: Int, _ table: inout Table?) -> Int? {
    guard var open = table else { return nil }
    var values: [Range<Int>] = []
    var first = start
    var at = start
    func close(_ end: Int) {
      guard open.column < open.isSecret.count, open.isSecret[open.column] else { return }
      let value = text.trimmed(first..<end) { $0 <= 0x20 || $0 == 0x22 }
      if !value.isEmpty { values.append(value) }
    }
    while at < text.count {
      let byte = text[at]
      if open.isQuoted {
        if byte == 0x22 {
          if self.at(at + 1) == 0x22 { at += 1 } else { open.isQuoted = false }
        }
      } else if byte == 0x22, at == first {
        open.isQuoted = true
      } else if byte == open.separator {
        close(at)
        open.column += 1
        first = at + 1
      } else if byte == 0x0A {
        close(at)
        let isEmpty = open.column == 0 && text[first..<at].allSatisfy { $0 <= 0x20 }
        guard isEmpty || open.column + 1 == open.isSecret.count else { return nil }
        found += values
        open.column = 0
        table = open
        return at + 1
      }
      at += 1
    }
    close(at)
    found += values
    table = open
    return at
  }
}
