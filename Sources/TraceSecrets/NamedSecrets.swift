internal import TraceBytes
internal import TraceProtocols

/// Finds secrets in text by what names them: pairs, members, elements, operands, addresses, tokens and keys.
///
/// The text can begin and end anywhere; a value that the end cuts is secret up to it. Every place is looked at
/// once, and what is looked at around it is bounded.
struct NamedSecrets {
  private let text: [UInt8]
  private let ascii = CredentialText(translate: nil)
  /// Names that a site calls secret, in small letters.
  private let names: [[UInt8]]
  /// What was found; can overlap.
  private(set) var found: [Range<Int>] = []
  /// Numbers without quotes, which stay numbers.
  private(set) var numbers: [Range<Int>] = []

  private static let nameLimit = 128
  private static let tagLimit = 2048

  init(_ text: [UInt8], names: [[UInt8]]) {
    self.text = text
    self.names = names
  }

  mutating func search() {
    var at = 0
    while at < text.count {
      switch text[at] {
      case 0x3D: at = max(at + 1, pair(at))
      case 0x3A: at = max(at + 1, has("://", at) ? address(at + 3) : member(at))
      case 0x28: at = max(at + 1, operand(at))
      case 0x3C: at = max(at + 1, tag(at))
      case 0x7B:
        object(at)
        at += 1
      case 0x2D: at = max(at + 1, has("-u ", at) ? option(at + 3) : key(at))
      case 0x2F: at = max(at + 1, slash(at))
      case 0x41, 0x61: at = max(at + 1, authentication(at))
      case 0x65: at = max(at + 1, webToken(at))
      case 0x42, 0x62, 0x4E, 0x6E: at = max(at + 1, scheme(at))
      case 0x4C, 0x6C:
        logon(at)
        at += 1
      default: at += 1
      }
    }
  }

  // MARK: - Signs

  /// `name=value`.
  private mutating func pair(_ sign: Int) -> Int {
    guard at(sign + 1) != 0x3D else { return sign + 2 }
    let name = self.name(before: sign)
    guard !name.isEmpty else { return sign }
    let isSecret = isSecret(name)
    guard isSecret || isCode(name) else { return sign }
    var start = sign + 1
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
    default: break
    }
    // What stands behind a blank is a value only where a blank stands before the sign, too.
    if start > sign + 1, sign == 0 || !isBlank(at(sign - 1)) { return sign }
    let isEnclosed = name.lowerBound > 0 && at(name.lowerBound - 1) == 0x28
    var end = start
    while end < text.count, !endsWord(text[end]) {
      if text[end] == 0x29, isEnclosed { break }
      if text[end] == 0x2C, beginsPair(end + 1) { break }
      end += 1
    }
    return add(start..<end)
  }

  /// `"name": value`, `name: value` and header fields.
  private mutating func member(_ sign: Int) -> Int {
    var end = sign
    while end > 0, isBlank(text[end - 1]) { end -= 1 }
    var isQuoted = false
    if end > 0, text[end - 1] == 0x22 || text[end - 1] == 0x27 {
      isQuoted = true
      end -= 1
      if end > 0, text[end - 1] == 0x5C { end -= 1 }
    }
    let name = self.name(before: end)
    guard !name.isEmpty, isSecret(name) || isField(name) else { return sign }
    var start = sign + 1
    while start < text.count, isBlank(text[start]) || isQuoted && isLineEnd(text[start]) {
      start += 1
    }
    switch at(start) {
    case 0x22, 0x27: return quoted(start)
    case 0x5C where at(start + 1) == 0x22: return escaped(start)
    case 0x7B, 0x5B: return nested(start)
    default: break
    }
    var last = start
    if !isQuoted, beginsLine(name) {
      while last < text.count, !isLineEnd(text[last]) { last += 1 }
      // The scheme of an authorization is worth seeing.
      let word = wordEnd(start)
      if isField(name), word < last, last - word > 4, word - start <= 16 { start = word + 1 }
      return add(start..<last)
    }
    while last < text.count, !endsWord(text[last]), ![0x2C, 0x7D, 0x5D, 0x29].contains(text[last]) {
      last += 1
    }
    if isQuoted { return bare(start..<last) }
    return add(start..<last)
  }

  /// All values in an object or array.
  private mutating func nested(_ start: Int) -> Int {
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
        var next = end + 1
        while next < text.count, isBlank(text[next]) { next += 1 }
        if self.at(next) != 0x3A { add(at + 1..<end) }
        at = end
      case 0x2C, 0x3A: break
      case let byte where byte <= 0x20: break
      default:
        var end = at
        while end < text.count, !endsWord(text[end]), ![0x2C, 0x7D, 0x5D].contains(text[end]) {
          end += 1
        }
        at = max(at, bare(at..<end) - 1)
      }
      at += 1
    }
    return at
  }

  /// A value without quotes: a number stays one, and words of JSON tell nothing.
  private mutating func bare(_ range: Range<Int>) -> Int {
    for word in ["true", "false", "null"] where range.count == word.utf8.count {
      if Array(text[range]) == Array(word.utf8) { return range.upperBound }
    }
    if text[range].allSatisfy({ $0 &- 0x30 < 10 }) {
      if !range.isEmpty { numbers.append(range) }
      return range.upperBound
    }
    return add(range)
  }

  /// `PASSWORD(value)`, `PHRASE('a value')`.
  private mutating func operand(_ sign: Int) -> Int {
    let name = self.name(before: sign)
    guard !name.isEmpty, isSecret(name) || isOperand(name) else { return sign }
    return list(sign)
  }

  /// What stands between parentheses.
  private mutating func list(_ open: Int) -> Int {
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
  private mutating func address(_ start: Int) -> Int {
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
    // Cut: what is no port is a password that goes on.
    guard end == text.count, text[(colon + 1)...].contains(where: { $0 &- 0x30 >= 10 }) else {
      return start
    }
    return add(colon + 1..<end)
  }

  /// `-u user:password` of a command line, `--user` as well.
  private mutating func option(_ start: Int) -> Int {
    var at = start
    while isBlank(self.at(at)) || [0x22, 0x27].contains(self.at(at)) { at += 1 }
    let end = wordEnd(at)
    guard let colon = text[min(at, end)..<end].firstIndex(of: 0x3A), colon > at else {
      return start
    }
    return add(colon + 1..<end)
  }

  /// `thin:user/password@host` and `connect user/password@service`, as Oracle has them.
  private mutating func slash(_ sign: Int) -> Int {
    var start = sign
    while start > 0, sign - start < 32, isTokenByte(text[start - 1]) { start -= 1 }
    guard start < sign, start > 0, text[start - 1] == 0x3A || isBlank(text[start - 1]) else {
      return sign
    }
    var end = sign + 1
    while end < text.count, end - sign < 64, !endsWord(text[end]), text[end] != 0x40,
      text[end] != 0x2F
    {
      end += 1
    }
    // A version of a program has a slash, too; a sign behind it makes the difference.
    guard self.at(end) == 0x40, end > sign + 1 else { return sign }
    return add(sign + 1..<end)
  }

  /// `AUTHINFO PASS x` of news, and `AUTH` of Redis with its arguments, each behind its length (RESP).
  private mutating func authentication(_ start: Int) -> Int {
    guard start == 0 || !isTokenByte(text[start - 1]) else { return start }
    if hasFolded("authinfo pass ", start) {
      let first = start + 14
      return add(first..<wordEnd(first))
    }
    guard hasFolded("auth", start), start > 2, isLineEnd(text[start - 1]), isLineEnd(at(start + 4))
    else { return start }
    var at = start + 4
    var values: [Range<Int>] = []
    while values.count < 2 {
      while isLineEnd(self.at(at)), at < text.count { at += 1 }
      guard self.at(at) == 0x24 else { break }
      while at < text.count, !isLineEnd(text[at]) { at += 1 }
      while isLineEnd(self.at(at)), at < text.count { at += 1 }
      let first = at
      while at < text.count, !isLineEnd(text[at]) { at += 1 }
      if first < at { values.append(first..<at) }
    }
    // The last one is the password; of two the first is the user.
    guard let last = values.last else { return start }
    return add(last)
  }

  // MARK: - Elements

  /// A tag: attributes that name what its value is, and the content of an element with a telling name.
  private mutating func tag(_ start: Int) -> Int {
    var end = start + 1
    while isNameByte(at(end)) || at(end) == 0x3A { end += 1 }
    guard end > start + 1 else { return start + 1 }
    var local = start + 1
    for index in start + 1..<end where text[index] == 0x3A { local = index + 1 }
    let name = local..<end
    var values: [Range<Int>] = []
    var isNamed = false
    var at = end
    let limit = min(text.count, start + Self.tagLimit)
    while at < limit, text[at] != 0x3E, text[at] != 0x3C {
      guard isNameByte(text[at]) else {
        at += 1
        continue
      }
      var stop = at
      while stop < limit, isNameByte(text[stop]) || text[stop] == 0x3A { stop += 1 }
      let attribute = at..<stop
      at = stop
      while at < limit, isBlank(text[at]) { at += 1 }
      guard at < limit, text[at] == 0x3D else { continue }
      at += 1
      while at < limit, isBlank(text[at]) { at += 1 }
      guard at < limit else { break }
      let quote = text[at]
      var value = at..<at
      if quote == 0x22 || quote == 0x27 {
        let last = quoteEnd(at, limit)
        value = at + 1..<last
        at = last + 1
      } else {
        var last = at
        while last < limit, text[last] > 0x20, text[last] != 0x3E { last += 1 }
        value = at..<last
        at = last
      }
      if isOne(attribute, in: ["value", "content", "default", "defaultvalue"]) {
        values.append(value)
      } else if isOne(attribute, in: ["name", "id", "key", "type", "property", "field"]),
        isSecret(value)
      {
        isNamed = true
      }
    }
    if isNamed { for value in values { add(value) } }
    at = min(at, text.count)
    guard at < text.count, text[at] == 0x3E, text[at - 1] != 0x2F else { return end }
    if isOne(name, in: ["key"]) { return pairOfElements(at + 1) }
    let isElement = isSecret(name) && !isContainer(name) || isOne(name, in: ["nonce"])
    guard isElement || isNamed && !isOne(name, in: ["input"]) else { return end }
    return content(at + 1, of: isElement ? name : nil)
  }

  /// `<key>password</key><string>x</string>`: the element behind a key that tells.
  private mutating func pairOfElements(_ start: Int) -> Int {
    var end = start
    while end < text.count, end - start < Self.nameLimit, text[end] != 0x3C { end += 1 }
    guard end > start, isSecret(start..<end) else { return start }
    var at = end
    var tags = 0
    while at < text.count, tags < 2, at - end < 64 {
      if text[at] == 0x3E { tags += 1 }
      at += 1
    }
    return tags == 2 ? content(at, of: nil) : start
  }

  /// The text up to the end of an element, or up to the next tag.
  private mutating func content(_ start: Int, of name: Range<Int>?) -> Int {
    var at = start
    var first = start
    while at < text.count {
      guard text[at] == 0x3C else {
        at += 1
        continue
      }
      if has("<![CDATA[", at) {
        addText(first..<at)
        first = at + 9
        at = first
        while at < text.count, !has("]]>", at) { at += 1 }
        add(first..<at)
        at = min(at + 3, text.count)
        first = at
        continue
      }
      addText(first..<at)
      guard let name else { return at }
      if self.at(at + 1) == 0x2F {
        var end = at + 2
        var local = end
        while isNameByte(self.at(end)) || self.at(end) == 0x3A {
          if text[end] == 0x3A { local = end + 1 }
          end += 1
        }
        if end - local == name.count, Array(text[local..<end]) == Array(text[name]) { return at }
      }
      while at < text.count, text[at] != 0x3E { at += 1 }
      at += 1
      first = min(at, text.count)
    }
    addText(min(first, text.count)..<text.count)
    return text.count
  }

  private mutating func addText(_ range: Range<Int>) {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, text[low] <= 0x20 { low += 1 }
    while high > low, text[high - 1] <= 0x20 { high -= 1 }
    add(low..<high)
  }

  /// `{"name": "password", "value": "x"}`: an object that says of its value what it is.
  private mutating func object(_ start: Int) {
    var isNamed = false
    var values: [Range<Int>] = []
    var at = start + 1
    let limit = min(text.count, start + Self.tagLimit)
    while at < limit, text[at] != 0x7B, text[at] != 0x7D {
      guard text[at] == 0x22 || text[at] == 0x27 else {
        at += 1
        continue
      }
      let name = at + 1..<quoteEnd(at, limit)
      at = name.upperBound + 1
      var next = at
      while next < limit, text[next] <= 0x20 { next += 1 }
      guard next < limit, text[next] == 0x3A else { continue }
      next += 1
      while next < limit, text[next] <= 0x20 { next += 1 }
      guard next < limit, text[next] == 0x22 || text[next] == 0x27 else {
        at = next
        continue
      }
      let value = next + 1..<quoteEnd(next, limit)
      at = value.upperBound + 1
      if isOne(
        name, in: ["name", "key", "id", "field", "parameter", "property", "attribute", "type"]),
        isSecret(value)
      {
        isNamed = true
      }
      if isOne(name, in: ["value", "val", "content", "text", "data", "newvalue", "default"]) {
        values.append(value)
      }
    }
    if isNamed { for value in values { add(value) } }
  }

  // MARK: - Shapes

  /// A private key in PEM.
  private mutating func key(_ start: Int) -> Int {
    guard has("-----BEGIN ", start) else { return start }
    var at = start + 11
    let limit = min(text.count, at + 40)
    while at < limit, !has("PRIVATE KEY-----", at) { at += 1 }
    guard at < limit else { return start + 11 }
    at += 16
    var first = at
    while at < text.count, !has("-----END", at) {
      if SecretText.sixBits(text[at]) == nil, text[at] != 0x3D || at == first {
        add(first..<at)
        first = at + 1
      }
      at += 1
    }
    return add(first..<max(first, at))
  }

  /// A JSON Web Token, wherever it stands.
  private mutating func webToken(_ start: Int) -> Int {
    guard has("eyJ", start), start == 0 || !isTokenByte(text[start - 1]) else { return start }
    var end = start
    var dots = 0
    while end < text.count, isTokenByte(text[end]) || text[end] == 0x2E {
      if text[end] == 0x2E { dots += 1 }
      end += 1
    }
    guard dots >= 1 && end - start >= 20 || end == text.count && end - start >= 10 else {
      return end
    }
    return add(start..<end)
  }

  /// `Basic`, `Bearer` and `Negotiate` with what is behind them.
  private mutating func scheme(_ start: Int) -> Int {
    guard start == 0 || !isTokenByte(text[start - 1]) else { return start }
    let words: [StaticString] = ["basic ", "bearer ", "negotiate ", "ntlm "]
    guard let word = words.first(where: { hasFolded($0, start) }) else { return start }
    let first = start + word.utf8CodeUnitCount
    var end = first
    var isTelling = false
    while end < text.count,
      isTokenByte(text[end]) || [0x2E, 0x2B, 0x2F, 0x3D, 0x7E].contains(text[end])
    {
      if text[end] &- 0x30 < 10 || text[end] == 0x3D || end > first && text[end] &- 0x41 < 26 {
        isTelling = true
      }
      end += 1
    }
    guard isTelling, end - first >= 6 else { return start }
    return add(first..<end)
  }

  /// `LOGON user/password`.
  private mutating func logon(_ start: Int) {
    guard
      start == 0 || text[start - 1] <= 0x20 || text[start - 1] >= 0x7F || text[start - 1] == 0x22
    else { return }
    guard hasFolded("logon ", start) || has("LOGIN ", start) else { return }
    var at = start + 6
    while isBlank(self.at(at)) { at += 1 }
    let first = at
    while at < text.count, at - first <= 8,
      isNameByte(text[at]) || [0x23, 0x24, 0x40].contains(text[at])
    {
      at += 1
    }
    guard at > first, self.at(at) == 0x2F, !has("HTTP", first) else { return }
    var end = at + 1
    while end < text.count, !endsWord(text[end]), text[end] != 0x29, text[end] != 0x2F { end += 1 }
    add(at + 1..<end)
    guard self.at(end) == 0x2F else { return }
    let next = end + 1
    end = next
    while end < text.count, !endsWord(text[end]), text[end] != 0x29, text[end] != 0x2F { end += 1 }
    add(next..<end)
  }

  // MARK: - Values

  private mutating func quoted(_ start: Int) -> Int {
    let end = quoteEnd(start)
    add(start + 1..<end)
    return min(end + 1, text.count)
  }

  /// A string in another one: its quotes have a backslash in front of them.
  private mutating func escaped(_ start: Int) -> Int {
    var end = start + 2
    while end < text.count, !(text[end] == 0x5C && at(end + 1) == 0x22), text[end] != 0x22 {
      end += 1
    }
    add(start + 2..<max(start + 2, end))
    return end
  }

  /// Where the string ends that begins at `start`; the end of the text when it does not.
  private func quoteEnd(_ start: Int, _ limit: Int = Int.max) -> Int {
    let quote = text[start]
    var at = start + 1
    let last = min(text.count, limit)
    while at < last, text[at] != quote { at += text[at] == 0x5C ? 2 : 1 }
    return max(start + 1, min(at, last))
  }

  @discardableResult
  private mutating func add(_ range: Range<Int>) -> Int {
    if !range.isEmpty { found.append(range) }
    return range.upperBound
  }

  // MARK: - Names

  private func name(before end: Int) -> Range<Int> {
    var start = end
    var last = end
    while last > 0, end - last < 3, isBlank(text[last - 1]) { last -= 1 }
    if last > 0, text[last - 1] == 0x22 || text[last - 1] == 0x27 { last -= 1 }
    start = last
    while start > 0, last - start < Self.nameLimit, isNameByte(text[start - 1]) { start -= 1 }
    return start..<last
  }

  private func isSecret(_ name: Range<Int>) -> Bool {
    guard !name.isEmpty else { return false }
    if unsafe SecretName.matches(ascii, text.span.bytes, name) { return true }
    guard !names.isEmpty else { return false }
    let word = text[name].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    return names.contains { $0 == word }
  }

  private func isField(_ name: Range<Int>) -> Bool {
    unsafe CredentialLocator.isSecretField(ascii, text.span.bytes, name)
  }

  private func isCode(_ name: Range<Int>) -> Bool {
    guard isOne(name, in: ["code"]), name.lowerBound > 0 else { return false }
    let before = text[name.lowerBound - 1]
    return before == 0x3F || before == 0x26 || before == 0x23
  }

  /// Operands of RACF and their abbreviations.
  private func isOperand(_ name: Range<Int>) -> Bool {
    isOne(
      name,
      in: [
        "passw", "passwo", "passwor", "phrase", "newphrase", "oldphrase", "keymasked",
        "keyencrypted", "ps", "newps",
      ])
  }

  /// Elements that only hold others, of which some are secret.
  private func isContainer(_ name: Range<Int>) -> Bool {
    isOne(
      name,
      in: [
        "usernametoken", "securitytokenreference", "requestsecuritytoken",
        "requestsecuritytokenresponse", "requestedsecuritytoken",
      ])
  }

  private func isOne(_ range: Range<Int>, in words: [StaticString]) -> Bool {
    for word in words where word.utf8CodeUnitCount == range.count {
      if unsafe ascii.equals(word, text.span.bytes, range) { return true }
    }
    return false
  }

  private func beginsLine(_ name: Range<Int>) -> Bool {
    var at = name.lowerBound
    while at > 0, name.lowerBound - at < 8, isBlank(text[at - 1]) { at -= 1 }
    return at == 0 || isLineEnd(text[at - 1])
  }

  private func beginsPair(_ start: Int) -> Bool {
    var at = start
    while isBlank(self.at(at)) || isLineEnd(self.at(at)) && at < text.count { at += 1 }
    let first = at
    while at < text.count, at - first < 24, isNameByte(text[at]) { at += 1 }
    return at > first && self.at(at) == 0x3D || at == text.count || first == at
  }

  // MARK: - Bytes

  private func at(_ index: Int) -> UInt8 {
    index >= 0 && index < text.count ? text[index] : 0
  }

  private func has(_ word: StaticString, _ start: Int) -> Bool {
    guard start >= 0, text.count - start >= word.utf8CodeUnitCount else { return false }
    for index in 0..<word.utf8CodeUnitCount
    where unsafe text[start + index] != word.utf8Start[index] { return false }
    return true
  }

  private func hasFolded(_ word: StaticString, _ start: Int) -> Bool {
    unsafe ascii.has(word, text.span.bytes, at: start, before: text.count)
  }

  private func wordEnd(_ start: Int) -> Int {
    var end = start
    while end < text.count, !endsWord(text[end]) { end += 1 }
    return end
  }

  private func endsWord(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x26 || byte == 0x3B || byte == 0x3C
      || byte == 0x3E
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D || byte == 0 }

  private func isTokenByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x5F
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    isTokenByte(byte) || byte == 0x2E || byte == 0x5B || byte == 0x5D || byte == 0x24
  }
}
