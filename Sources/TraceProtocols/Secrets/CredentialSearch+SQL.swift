internal import TraceBytes

/// Passwords in statements of SQL that stand in bytes of any kind: `CONNECT TO db USER u USING p` and
/// `IDENTIFIED BY p`. Conversations of DRDA have ``SQLSecrets``, which knows where a statement begins.
extension CredentialSearch {
  /// Takes the password behind a word, and those that CONNECT has behind it as the new one. Nil when the word
  /// introduces none.
  mutating func sql(
    _ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText, _ isEBCDIC: Bool,
    _ trail: inout Trail
  ) -> Int? {
    var at = name.upperBound
    if text.equals("using", bytes, name) {
      guard followsUser(bytes, name, text) else { return nil }
    } else if text.equals("identified", bytes, name) {
      guard let by = next(bytes, at, text), text.has("by", bytes, at: by, before: bytes.byteCount)
      else { return nil }
      at = by + 2
    } else {
      return nil
    }
    while let start = next(bytes, at, text) {
      let first = text.byte(bytes, start)
      let isQuoted = first == 0x27 || first == Byte.quote
      // A variable of the program is elsewhere.
      if first == Byte.colon || first == 0x3F { return start }
      // A statement in a string has a backslash in front of its quotes.
      let isEscaped =
        first == Byte.backslash && start + 1 < bytes.byteCount
        && text.byte(bytes, start + 1) == Byte.quote
      var value = CredentialValue(
        isEscaped ? .escapedQuoted : isQuoted ? .quoted(first) : .bare, isEBCDIC: isEBCDIC)
      let signs = isEscaped ? 2 : isQuoted ? 1 : 0
      let end = take(&value, bytes, from: start + signs, &trail)
      guard trail.value == nil else { return end }
      at = min(bytes.byteCount, end + signs)
      guard let word = next(bytes, at, text) else { return at }
      if text.has("new ", bytes, at: word, before: bytes.byteCount) {
        at = word + 3
      } else if text.has("confirm ", bytes, at: word, before: bytes.byteCount) {
        at = word + 7
      } else {
        return at
      }
    }
    return at
  }

  /// The next character that is no blank, behind at least one that is.
  private func next(_ bytes: RawSpan, _ start: Int, _ text: CredentialText) -> Int? {
    var at = start
    while at < bytes.byteCount, isGap(text.byte(bytes, at), text) { at += 1 }
    return at > start && at < bytes.byteCount ? at : nil
  }

  /// Whether `USER name` stands before a word.
  private func followsUser(_ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText) -> Bool {
    let lowest = max(0, name.lowerBound - 160)
    var at = name.lowerBound
    while at > lowest, isGap(text.byte(bytes, at - 1), text) { at -= 1 }
    guard at < name.lowerBound else { return false }
    let user = at
    while at > lowest, !isGap(text.byte(bytes, at - 1), text) { at -= 1 }
    guard at < user else { return false }
    while at > lowest, isGap(text.byte(bytes, at - 1), text) { at -= 1 }
    return at - lowest >= 4 && text.has("user", bytes, at: at - 4, before: bytes.byteCount)
  }

  private func isGap(_ byte: UInt8, _ text: CredentialText) -> Bool {
    text.isBlank(byte) || text.isLineEnd(byte)
  }
}
