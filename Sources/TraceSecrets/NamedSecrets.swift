internal import TraceBytes
internal import TraceProtocols

/// Finds secrets in text by what names them: pairs, members, elements, operands, addresses, tokens and keys.
///
/// The text can begin and end anywhere; a value that the end cuts is secret up to it. Every place is looked at
/// once, and what is looked at around it is bounded.
struct NamedSecrets {
  let text: [UInt8]
  let ascii = CredentialText(translate: nil)
  /// Names that a site calls secret, in small letters.
  let names: [[UInt8]]
  /// What was found; can overlap.
  var found: [Range<Int>] = []
  /// Numbers without quotes, which stay numbers.
  var numbers: [Range<Int>] = []

  static let nameLimit = 128
  static let tagLimit = 2048

  /// Whether nothing is looked for but ``names``.
  let only: Bool

  init(_ text: [UInt8], names: [[UInt8]], only: Bool = false) {
    self.text = text
    self.names = names
    self.only = only
  }

  /// Signs of names, and all bytes at which something is looked for.
  private static let nameSigns = (0...255).map { [0x3D, 0x3A, 0x28, 0x3C, 0x7B].contains($0) }
  private static let signs = (0...255).map {
    nameSigns[$0] || "-/AaeBbNnLlUu[\"'".utf8.contains(UInt8($0))
  }

  mutating func search() {
    let text = self.text
    let signs = only ? Self.nameSigns : Self.signs
    var at = 0
    while at < text.count {
      guard signs[Int(text[at])] else {
        at += 1
        continue
      }
      switch text[at] {
      case 0x3D: at = max(at + 1, pair(at))
      case 0x3A: at = max(at + 1, has("://", at) && !only ? address(at + 3) : member(at))
      case 0x28: at = max(at + 1, only ? operand(at) : max(operand(at), couple(at)))
      case 0x5B: at = max(at + 1, couple(at))
      case 0x22, 0x27: at = max(at + 1, string(at))
      case 0x3C: at = max(at + 1, tag(at))
      case 0x7B:
        object(at)
        at += 1
      case 0x2D:
        if has("--", at), isNameByte(self.at(at + 2)), self.at(at + 2) != 0x2D {
          at = max(at + 1, longOption(at + 2))
        } else {
          at = max(at + 1, has("-u ", at) ? option(at + 3) : key(at))
        }
      case 0x2F: at = max(at + 1, slash(at), signOn(at))
      // Most letters begin no word that counts: the next one is asked first.
      case 0x41, 0x61:
        at = self.at(at + 1) | 0x20 == 0x75 ? max(at + 1, authentication(at)) : at + 1
      case 0x65: at = self.at(at + 1) == 0x79 ? max(at + 1, webToken(at)) : at + 1
      case 0x42, 0x62, 0x4E, 0x6E:
        switch self.at(at + 1) | 0x20 {
        case 0x61, 0x65, 0x74: at = max(at + 1, scheme(at))
        default: at += 1
        }
      case 0x4C, 0x6C:
        if self.at(at + 1) | 0x20 == 0x6F {
          logon(at)
          login(at)
        }
        at += 1
      case 0x55, 0x75:
        if self.at(at + 1) | 0x20 == 0x73 { userAndPass(at) }
        at += 1
      default: at += 1
      }
    }
  }

  // MARK: - Signs

  /// `name=value`.
  mutating func pair(_ sign: Int) -> Int {
    var start = sign + 1
    while at(start) == 0x3D { start += 1 }
    // `'password' => 'x'` of Perl, PHP and Ruby, `PASSWORD ===> x` of panels; `==` compares.
    if at(start) == 0x3E {
      start += 1
    } else if start > sign + 1 {
      return start
    }
    let name = self.name(before: sign)
    guard !name.isEmpty else { return sign }
    let isSecret = isSecret(name) || isSignOnOperand(name)
    guard isSecret || isCode(name) else { return sign }
    while isBlank(at(start)) { start += 1 }
    if isCode(name) && !isSecret {
      let end = wordEnd(start)
      guard end - start >= 8 else { return sign }
      return add(start..<end)
    }
    switch at(start) {
    case 0x22, 0x27: return quoted(start)
    case 0x5C where at(start + 1) == 0x22: return escaped(start)
    case 0x28: return list(start)
    // `b"x"`, `N'x'`: a letter says what kind of string it is.
    case 0x40...0x5A, 0x61...0x7A:
      if at(start + 1) == 0x22 || at(start + 1) == 0x27 { return quoted(start + 1) }
    default: break
    }
    // What stands behind a blank is a value only where a blank stands before the sign, too.
    if start > sign + 1, sign == 0 || !isBlank(at(sign - 1)) { return sign }
    let isEnclosed = name.lowerBound > 0 && at(name.lowerBound - 1) == 0x28
    var end = start
    while end < text.count, !endsWord(text[end]) || isInValue(end, of: name) {
      if text[end] == 0x29, isEnclosed { break }
      if text[end] == 0x2C, beginsPair(end + 1) { break }
      end += 1
    }
    return add(start..<end)
  }

  /// `"name": value`, `name: value` and header fields.
  mutating func member(_ sign: Int) -> Int {
    var end = sign
    while end > 0, isBlank(text[end - 1]) { end -= 1 }
    // In JSON a line can end in front of the colon.
    var before = end
    while before > 0, end - before < 64, text[before - 1] <= 0x20 { before -= 1 }
    if before > 0, text[before - 1] == 0x22 { end = before }
    var isQuoted = false
    if end > 0, text[end - 1] == 0x22 || text[end - 1] == 0x27 {
      isQuoted = true
      end -= 1
      if end > 0, text[end - 1] == 0x5C { end -= 1 }
    }
    let name = self.name(before: end)
    guard !name.isEmpty, isSecret(name) || isField(name) else {
      return isQuoted ? sign : entry(sign, name)
    }
    var start = text.end(from: sign + 1) { isBlank($0) || isQuoted && isLineEnd($0) }
    switch at(start) {
    case 0x22, 0x27: return quoted(start)
    case 0x5C where at(start + 1) == 0x22: return escaped(start)
    case 0x7B, 0x5B: return nested(start)
    default: break
    }
    var last = start
    if !isQuoted, beginsLine(name) {
      while last < text.count, !isLineEnd(text[last]) { last += 1 }
      // The scheme of an authorization stays readable.
      let word = wordEnd(start)
      if isField(name), word < last, last - word > 4, word - start <= 16 { start = word + 1 }
      return add(start..<last)
    }
    last = text.end(from: last) { !endsWord($0) && ![0x2C, 0x7D, 0x5D, 0x29].contains($0) }
    if isQuoted { return bare(start..<last, isCount: countsTokens(name)) }
    return add(start..<last)
  }

  /// All values in an object or array.
  mutating func nested(_ start: Int) -> Int {
    var depth = 0
    var at = start
    while at < text.count {
      switch text[at] {
      case 0x7B, 0x5B: depth += 1
      case 0x7D, 0x5D:
        depth -= 1
        if depth <= 0 { return at + 1 }
      case 0x22:
        let end = quoteEnd(at)
        let next = text.end(from: end + 1) { isBlank($0) }
        if self.at(next) != 0x3A { add(at + 1..<end) }
        at = end
      case 0x2C, 0x3A: break
      case let byte where byte <= 0x20: break
      default:
        let end = text.end(from: at) { !endsWord($0) && ![0x2C, 0x7D, 0x5D].contains($0) }
        at = max(at, bare(at..<end) - 1)
      }
      at += 1
    }
    return at
  }

  /// A value without quotes: a number stays one, and words of JSON tell nothing.
  mutating func bare(_ range: Range<Int>, isCount: Bool = false) -> Int {
    for word in ["true", "false", "null"] where range.count == word.utf8.count {
      if Array(text[range]) == Array(word.utf8) { return range.upperBound }
    }
    if text[range].allSatisfy({ $0 &- 0x30 < 10 }) {
      if !range.isEmpty, !isCount { numbers.append(range) }
      return range.upperBound
    }
    return add(range)
  }

  /// `max_tokens` and `tokens_used` tell how many there are.
  private func countsTokens(_ name: Range<Int>) -> Bool {
    name.contains { hasFolded("tokens", $0) && $0 + 6 <= name.upperBound }
  }

  /// `PASSWORD(value)`, `PHRASE('a value')`.
  mutating func operand(_ sign: Int) -> Int {
    let name = self.name(before: sign)
    guard !name.isEmpty,
      isSecret(name) || isOperand(name) && (name.count > 5 || name.upperBound == sign)
    else { return sign }
    return list(sign)
  }

  /// What stands between parentheses.
  mutating func list(_ open: Int) -> Int {
    var start = open + 1
    while isBlank(at(start)) { start += 1 }
    var end = start
    var quote: UInt8 = 0
    while end < text.count {
      let byte = text[end]
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == 0x27 {
        quote = byte
      } else if byte == 0x29 || isLineEnd(byte) {
        break
      }
      end += 1
    }
    // Quotes stay where they are.
    if at(start) == 0x27 { start += 1 }
    var last = end
    while last > start, isBlank(text[last - 1]) || text[last - 1] == 0x27 { last -= 1 }
    add(start..<max(start, last))
    return end
  }

  /// `user:password@` in front of a host.
  mutating func address(_ start: Int) -> Int {
    var colon: Int?
    var sign: Int?
    var end = start
    while end < text.count, end - start < 320 {
      let byte = text[end]
      if byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x3C || byte == 0x3E { break }
      if byte == 0x3A, colon == nil { colon = end }
      if byte == 0x40 { sign = end }
      if byte == 0x2F || byte == 0x3F { break }
      end += 1
    }
    guard let colon else { return start }
    if let sign, colon < sign { return add(colon + 1..<sign) }
    // The text was cut before the @: what is no port is the beginning of a password.
    guard end == text.count, text[(colon + 1)...].contains(where: { $0 &- 0x30 >= 10 }) else {
      return start
    }
    return add(colon + 1..<end)
  }

  // MARK: - Values

  mutating func quoted(_ start: Int) -> Int {
    let end = quoteEnd(start)
    add(start + 1..<end)
    return min(end + 1, text.count)
  }

  /// A string in another one: its quotes have a backslash in front of them.
  mutating func escaped(_ start: Int) -> Int {
    var end = start + 2
    while end < text.count, !(text[end] == 0x5C && at(end + 1) == 0x22), text[end] != 0x22 {
      end += 1
    }
    add(start + 2..<max(start + 2, end))
    return end
  }

  /// Where the string ends that begins at `start`; the end of the text when it does not.
  func quoteEnd(_ start: Int, _ limit: Int = Int.max) -> Int {
    let quote = text[start]
    var at = start + 1
    let last = min(text.count, limit)
    while at < last, text[at] != quote { at += text[at] == 0x5C ? 2 : 1 }
    return max(start + 1, min(at, last))
  }

  @discardableResult
  mutating func add(_ range: Range<Int>) -> Int {
    if !range.isEmpty { found.append(range) }
    return range.upperBound
  }
}
