internal import TraceBytes

extension CredentialSearch {
  /// Longest part of a line in front of a command.
  private static let tagLimit = 64

  /// A command with a credential behind it: PASS, USER, AUTH, `tag LOGIN`. Gives the end of its line,
  /// nil when it is none.
  mutating func verb(
    _ bytes: RawSpan, _ word: Range<Int>, _ text: CredentialText, _ isEBCDIC: Bool,
    _ trail: inout Trail, _ lines: inout CredentialLocator.LineState, _ speaker: Speaker
  ) -> Int? {
    guard word.upperBound < bytes.byteCount, Self.isVerb(bytes, word, text) else { return nil }
    let behind = text.byte(bytes, word.upperBound)
    guard text.isBlank(behind) || text.isLineEnd(behind) else { return nil }
    guard let start = lineStart(bytes, word.lowerBound, text) else { return nil }
    var end = word.upperBound
    while end < bytes.byteCount, !text.isLineEnd(text.byte(bytes, end)) { end += 1 }
    if end < joint { return end }
    // A line of a text can begin with the word: behind the command stands one name.
    if !speaker.isDialogue, text.equals("user", bytes, word) {
      var at = word.upperBound
      while at < end, text.isBlank(text.byte(bytes, at)) { at += 1 }
      while at < end, !text.isBlank(text.byte(bytes, at)) { at += 1 }
      guard text.trimmed(bytes, at..<end).isEmpty else { return nil }
    }
    // Outside a known dialogue a line stands for itself.
    var state = CredentialLocator.LineState()
    let before = found.count
    locate(bytes, start..<end, &state, isServer: false, isEBCDIC)
    if speaker.isDialogue, state.isInAuth {
      lines = state
      return exchange(bytes, from: end, &lines, speaker, isEBCDIC: isEBCDIC)
    }
    guard found.count > before else { return nil }
    if end == bytes.byteCount { trail.value = CredentialValue(.line, isEBCDIC: isEBCDIC) }
    return end
  }

  private static func isVerb(_ bytes: RawSpan, _ word: Range<Int>, _ text: CredentialText) -> Bool {
    let verbs: [StaticString] = [
      "pass", "user", "acct", "apop", "adat", "newpass", "auth", "login", "authenticate",
    ]
    for verb in verbs where text.equals(verb, bytes, word) { return true }
    return false
  }

  /// Where the line begins, if the word is its first or second.
  private func lineStart(_ bytes: RawSpan, _ word: Int, _ text: CredentialText) -> Int? {
    var at = word
    var blanks = 0
    let lowest = max(0, word - Self.tagLimit)
    while at > lowest {
      let byte = text.byte(bytes, at - 1)
      if text.isLineEnd(byte) { return at }
      if text.isBlank(byte), at == word || !text.isBlank(text.byte(bytes, at)) { blanks += 1 }
      if blanks > 1 || byte < 0x20 && byte != Byte.tab { return nil }
      at -= 1
    }
    return at == 0 ? 0 : nil
  }

  /// Lines of an AUTH exchange, until it ends.
  mutating func exchange(
    _ bytes: RawSpan, from start: Int, _ lines: inout CredentialLocator.LineState,
    _ speaker: Speaker, isEBCDIC: Bool
  ) -> Int {
    let text = texts[isEBCDIC ? 1 : 0]
    var at = start
    while at < bytes.byteCount {
      let line = CredentialLocator.lineRange(text, bytes, at, bytes.byteCount)
      let (before, wasInAuth) = (found.count, lines.isInAuth)
      if !line.content.isEmpty {
        locate(bytes, line.content, &lines, isServer: speaker.isServer, isEBCDIC)
        // No line of the exchange, which is over: it is searched as any other.
        if !wasInAuth, found.count == before { return at }
      }
      at = line.next
    }
    return at
  }

  private mutating func locate(
    _ bytes: RawSpan, _ range: Range<Int>, _ state: inout CredentialLocator.LineState,
    isServer: Bool, _ isEBCDIC: Bool
  ) {
    let line = bytes.extracting(range)
    let table = tables[isEBCDIC ? 1 : 0]
    located.removeAll(keepingCapacity: true)
    if isServer {
      CredentialLocator.serverLine(line, state: &state, translate: table, into: &located)
    } else {
      CredentialLocator.clientLine(line, state: &state, translate: table, into: &located)
    }
    for part in located {
      let place = part.lowerBound + range.lowerBound..<part.upperBound + range.lowerBound
      found.append(CredentialFound(range: place, isEBCDIC: isEBCDIC))
    }
  }
}
