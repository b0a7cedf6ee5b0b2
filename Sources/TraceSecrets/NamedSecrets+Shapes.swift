internal import TraceBytes
internal import TraceProtocols

/// What is a secret by its own shape: private keys, web tokens, credentials behind a scheme, logon commands.
extension NamedSecrets {
  /// A private key in PEM.
  mutating func key(_ start: Int) -> Int {
    guard has("-----BEGIN ", start) else { return start }
    var at = start + 11
    let limit = min(text.count, at + 40)
    while at < limit, !has("PRIVATE KEY-----", at), !has("PRIVATE KEY BLOCK-----", at) { at += 1 }
    guard at < limit else { return start + 11 }
    at += has("PRIVATE KEY-----", at) ? 16 : 22
    var first = at
    while at < text.count, !has("-----END", at) {
      if SecretSigns.sixBits(text[at]) == nil, text[at] != 0x3D || at == first {
        add(first..<at)
        first = at + 1
      }
      at += 1
    }
    return add(first..<max(first, at))
  }

  /// A JSON Web Token, wherever it stands.
  mutating func webToken(_ start: Int) -> Int {
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
  mutating func scheme(_ start: Int) -> Int {
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
    // A challenge has parameters there: `Basic realm="x"`.
    if text[end - 1] == 0x3D, at(end) == 0x22 || at(end) == 0x5C { return start }
    return add(first..<end)
  }

  /// `LOGON user/password`.
  mutating func logon(_ start: Int) {
    guard
      start == 0 || text[start - 1] <= 0x20 || text[start - 1] >= 0x7F || text[start - 1] == 0x22
    else { return }
    guard hasFolded("logon ", start) || has("LOGIN ", start) else { return }
    var at = start + 6
    // `LOGON APPLID(TSO) DATA(user/password)`.
    while at < text.count, at - start < 160, !isLineEnd(text[at]), !hasFolded("data(", at),
      !hasFolded("data=", at)
    {
      at += 1
    }
    at = hasFolded("data", at) ? at + 5 : start + 6
    while isBlank(self.at(at)) || self.at(at) == 0x27 { at += 1 }
    let first = at
    while at < text.count, at - first <= 8,
      isNameByte(text[at]) || [0x23, 0x24, 0x40].contains(text[at])
    {
      at += 1
    }
    guard at > first, self.at(at) == 0x2F, !has("HTTP", first) else { return }
    var end = text.end(from: at + 1) { !endsWord($0) && $0 != 0x29 && $0 != 0x2F }
    add(at + 1..<end)
    guard self.at(end) == 0x2F else { return }
    let next = end + 1
    end = next
    while end < text.count, !endsWord(text[end]), text[end] != 0x29, text[end] != 0x2F { end += 1 }
    add(next..<end)
  }

  /// `-u user:password` of a command line, `--user` as well.
  mutating func option(_ start: Int) -> Int {
    var at = start
    while isBlank(self.at(at)) || [0x22, 0x27].contains(self.at(at)) { at += 1 }
    let end = wordEnd(at)
    guard let colon = text[min(at, end)..<end].firstIndex(of: 0x3A), colon > at else {
      return start
    }
    return add(colon + 1..<end)
  }

  /// `--password value` of a command line; with a sign it is a pair.
  mutating func longOption(_ start: Int) -> Int {
    let end = text.end(from: start) { isNameByte($0) }
    // `"--password", "x"`, as lists of arguments have it.
    let quote = at(end)
    if quote == 0x22 || quote == 0x27 {
      guard isSecret(start..<end), let value = stringBehindComma(end, quote) else { return end }
      return quoted(value)
    }
    guard at(end) == 0x20 else { return end }
    // `curl --user name:password`.
    if isOne(start..<end, in: ["user", "proxy-user"]) { return option(end + 1) }
    guard isSecret(start..<end) else { return end }
    var first = end + 1
    while isBlank(at(first)) { first += 1 }
    switch at(first) {
    case 0x22, 0x27: return quoted(first)
    // Another option.
    case 0x2D: return first
    default: return add(first..<wordEnd(first))
    }
  }

  /// `thin:user/password@host` and `connect user/password@service`, as Oracle has them.
  mutating func slash(_ sign: Int) -> Int {
    var start = sign
    while start > 0, sign - start < 32, isTokenByte(text[start - 1]) { start -= 1 }
    guard start < sign, start > 0, text[start - 1] == 0x3A || isBlank(text[start - 1]) else {
      return sign
    }
    let end = text.end(from: sign + 1, to: sign + 64) { !endsWord($0) && $0 != 0x40 && $0 != 0x2F }
    // A version of a program has a slash, too; a sign behind it makes the difference.
    guard self.at(end) == 0x40, end > sign + 1 else { return sign }
    return add(sign + 1..<end)
  }

  /// `AUTHINFO PASS x` of news, and `AUTH` of Redis with its arguments, each behind its length (RESP).
  mutating func authentication(_ start: Int) -> Int {
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

  // MARK: - A name and a value side by side

  /// `["password", "x"]` and `("password", "x")`: two strings of which the first says what the second is.
  mutating func couple(_ open: Int) -> Int {
    var start = open + 1
    while start < text.count, text[start] <= 0x20 { start += 1 }
    let quote = at(start)
    guard quote == 0x22 || quote == 0x27 else { return open }
    let end = quoteEnd(start, start + Self.nameLimit)
    guard at(end) == quote, isSecret(start + 1..<end) || isField(start + 1..<end) else {
      return open
    }
    guard let value = stringBehindComma(end, quote) else { return open }
    // A list of names goes on behind the second.
    var next = quoteEnd(value) + 1
    while next < text.count, text[next] <= 0x20 { next += 1 }
    guard next >= text.count || text[next] == 0x5D || text[next] == 0x29 else { return open }
    return quoted(value)
  }

  /// Where the string begins that a comma behind the quote at `end` leads to; nil when there is none.
  func stringBehindComma(_ end: Int, _ quote: UInt8) -> Int? {
    var start = end + 1
    while start < text.count, text[start] <= 0x20 { start += 1 }
    guard at(start) == 0x2C else { return nil }
    start += 1
    while start < text.count, text[start] <= 0x20 { start += 1 }
    return at(start) == quote ? start : nil
  }

  /// `password "x"` and `WITH PASSWORD 'x'`: a string behind a name and a blank.
  mutating func string(_ start: Int) -> Int {
    guard start > 0, isBlank(text[start - 1]) else { return start }
    // A blank or a sign of structure stands behind a quote that closes a string.
    switch at(start + 1) {
    case 0...0x20, 0x22, 0x27, 0x29, 0x2C, 0x3A, 0x3B, 0x3E, 0x5D, 0x7D: return start
    default: break
    }
    var end = start
    while end > 0, start - end < 3, isBlank(text[end - 1]) { end -= 1 }
    guard end > 0, isNameByte(text[end - 1]), isSecret(name(before: end)) else { return start }
    return quoted(start)
  }

  /// `login name password x`, as files for FTP have it.
  mutating func login(_ start: Int) {
    guard hasFolded("login ", start), start == 0 || text[start - 1] <= 0x20 else { return }
    var at = wordEnd(start + 6)
    while at < text.count, text[at] <= 0x20 { at += 1 }
    guard hasFolded("password ", at) else { return }
    add(at + 9..<wordEnd(at + 9))
  }

  /// `USER name` and, in the next line, `PASS x`: commands of FTP in a text.
  mutating func userAndPass(_ start: Int) {
    guard hasFolded("user ", start), start == 0 || text[start - 1] <= 0x20 else { return }
    var at = wordEnd(start + 5)
    while at < text.count, text[at] <= 0x20 { at += 1 }
    guard hasFolded("pass ", at), at > 0, isLineEnd(text[at - 1]) else { return }
    add(at + 5..<wordEnd(at + 5))
  }

  /// `/SIGN ON user x` of IMS.
  mutating func signOn(_ start: Int) -> Int {
    guard hasFolded("/sign on ", start) else { return start }
    var at = wordEnd(start + 9)
    while isBlank(self.at(at)) { at += 1 }
    return add(at..<wordEnd(at))
  }

  /// `PS=x` and `NEWPS=x` of the sign-on transactions of CICS.
  func isSignOnOperand(_ name: Range<Int>) -> Bool {
    guard !only, isOne(name, in: ["ps", "newps"]) else { return false }
    for at in max(0, name.lowerBound - 64)..<name.lowerBound
    where hasFolded("userid=", at) || hasFolded("cesn", at) || hasFolded("cesl", at) {
      return true
    }
    return false
  }

  /// `name: PASSWORD` with `value: x` in the next line, as YAML has it.
  mutating func entry(_ sign: Int, _ name: Range<Int>) -> Int {
    guard isOne(name, in: ["name", "key"]) else { return sign }
    var start = sign + 1
    while isBlank(at(start)) { start += 1 }
    var end = start
    while isNameByte(at(end)) { end += 1 }
    guard isSecret(start..<end), isLineEnd(at(end)) else { return sign }
    var next = end
    while next < text.count, text[next] <= 0x20 { next += 1 }
    guard hasFolded("value:", next) else { return sign }
    next += 6
    while isBlank(at(next)) { next += 1 }
    if at(next) == 0x22 || at(next) == 0x27 { return quoted(next) }
    var last = next
    while last < text.count, !isLineEnd(text[last]) { last += 1 }
    return add(next..<last)
  }

  /// Whether a semicolon is part of the value of a form or query: no blank stands behind it, and no other pair.
  func isInValue(_ index: Int, of name: Range<Int>) -> Bool {
    guard text[index] == 0x3B, index + 1 < text.count, !endsWord(text[index + 1]) else {
      return false
    }
    let before = at(name.lowerBound - 1)
    guard before == 0x26 || before == 0x3F || isLineEnd(before) else { return false }
    var next = index + 1
    while isNameByte(at(next)) { next += 1 }
    return at(next) != 0x3D
  }
}
