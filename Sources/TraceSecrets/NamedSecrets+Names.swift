internal import TraceBytes
internal import TraceProtocols

/// Which names are those of secrets, and what bytes of a text are.
extension NamedSecrets {
  func name(before end: Int) -> Range<Int> {
    var start = end
    var last = end
    while last > 0, end - last < 3, isBlank(text[last - 1]) { last -= 1 }
    if last > 0, text[last - 1] == 0x22 || text[last - 1] == 0x27 { last -= 1 }
    start = last
    while start > 0, last - start < Self.nameLimit, isNameByte(text[start - 1]) { start -= 1 }
    return start..<last
  }

  func isSecret(_ name: Range<Int>) -> Bool {
    guard !name.isEmpty else { return false }
    if !only, unsafe SecretName.matches(ascii, text.span.bytes, name) { return true }
    guard !names.isEmpty else { return false }
    let word = text[name].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    return names.contains { $0 == word }
  }

  func isField(_ name: Range<Int>) -> Bool {
    unsafe !only && CredentialLocator.isSecretField(ascii, text.span.bytes, name)
  }

  func isCode(_ name: Range<Int>) -> Bool {
    guard !only, isOne(name, in: ["code"]) else { return false }
    let before = at(name.lowerBound - 1)
    // First in a form that asks for a token.
    if isLineEnd(before) { return hasFolded("&grant_type=", wordEnd(name.upperBound + 1)) }
    return before == 0x3F || before == 0x26 || before == 0x23
  }

  /// Operands of RACF and their abbreviations.
  func isOperand(_ name: Range<Int>) -> Bool {
    !only
      && isOne(
        name,
        in: [
          "passw", "passwo", "passwor", "phrase", "newphrase", "oldphrase", "keymasked",
          "keyencrypted", "ps", "newps",
        ])
  }

  /// Elements that only hold others, of which some are secret.
  func isContainer(_ name: Range<Int>) -> Bool {
    isOne(
      name,
      in: [
        "usernametoken", "securitytokenreference", "requestsecuritytoken",
        "requestsecuritytokenresponse", "requestedsecuritytoken",
      ])
  }

  func isOne(_ range: Range<Int>, in words: [StaticString]) -> Bool {
    for word in words where word.utf8CodeUnitCount == range.count {
      if unsafe ascii.equals(word, text.span.bytes, range) { return true }
    }
    return false
  }

  func beginsLine(_ name: Range<Int>) -> Bool {
    var at = name.lowerBound
    while at > 0, name.lowerBound - at < 8, isBlank(text[at - 1]) { at -= 1 }
    return at == 0 || isLineEnd(text[at - 1])
  }

  func beginsPair(_ start: Int) -> Bool {
    var at = start
    while isBlank(self.at(at)) || isLineEnd(self.at(at)) && at < text.count { at += 1 }
    let first = at
    while at < text.count, at - first < 24, isNameByte(text[at]) { at += 1 }
    return at > first && self.at(at) == 0x3D || at == text.count || first == at
  }

  // MARK: - Bytes

  func at(_ index: Int) -> UInt8 {
    index >= 0 && index < text.count ? text[index] : 0
  }

  func has(_ word: StaticString, _ start: Int) -> Bool {
    unsafe text.span.bytes.has(word, at: start)
  }

  func hasFolded(_ word: StaticString, _ start: Int) -> Bool {
    unsafe ascii.has(word, text.span.bytes, at: start, before: text.count)
  }

  func wordEnd(_ start: Int) -> Int {
    let end = text.end(from: start) { !endsWord($0) }
    return end
  }

  func endsWord(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x26 || byte == 0x3B || byte == 0x3C
      || byte == 0x3E
  }

  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D || byte == 0 }

  func isTokenByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x5F
  }

  func isNameByte(_ byte: UInt8) -> Bool {
    isTokenByte(byte) || byte == 0x2E || byte == 0x5B || byte == 0x5D || byte == 0x24
  }
}
