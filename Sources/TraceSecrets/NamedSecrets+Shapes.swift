internal import TraceBytes
internal import TraceProtocols

/// What is a secret by its own shape: private keys, web tokens, credentials behind a scheme, logon commands.
extension NamedSecrets {
  /// A private key in PEM.
  mutating func key(_ start: Int) -> Int {
    guard has("-----BEGIN ", start) else { return start }
    var at = start + 11
    let limit = min(text.count, at + 40)
    while at < limit, !has("PRIVATE KEY-----", at) { at += 1 }
    guard at < limit else { return start + 11 }
    at += 16
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
    while at < text.count, at - start < 160, !isLineEnd(text[at]), !hasFolded("data(", at) {
      at += 1
    }
    at = hasFolded("data(", at) ? at + 5 : start + 6
    while isBlank(self.at(at)) || self.at(at) == 0x27 { at += 1 }
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
    var end = start
    while end < text.count, isNameByte(text[end]) { end += 1 }
    guard at(end) == 0x20, isSecret(start..<end) else { return end }
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
}
