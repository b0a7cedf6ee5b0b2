internal import TraceBytes

extension CredentialLocator {
  /// Where an AUTH exchange of a dialogue stands, kept by the caller between lines.
  public struct LineState: Sendable, Equatable {
    /// The next client line is part of an AUTH exchange.
    var isInAuth = false
    /// The exchange ended with a reply, which may stand before what it answers: packets are swapped or lost.
    var mayFollowReply = false

    /// Whether an exchange is under way, so that the next line is secret whatever it says.
    package var isOpen: Bool { isInAuth || mayFollowReply }

    /// Outside of any exchange.
    public init() {}
  }

  /// A line that a client of SMTP, FTP, POP or IMAP sends: PASS, ACCT, AUTH, LOGIN and what
  /// follows them. USER is a name and is masked too when `masksUser` is set.
  public static func clientLine(
    _ line: RawSpan, state: inout LineState, masksUser: Bool = true, translate: [UInt8]? = nil,
    into ranges: inout [Range<Int>]
  ) {
    let text = CredentialText(translate: translate)
    let content = text.trimmed(line, 0..<line.byteCount)
    if state.isInAuth {
      // The exchange ends with a single asterisk (RFC 4954 section 4), or with the reply.
      if content.count == 1, text.byte(line, content.lowerBound) == 0x2A { state.isInAuth = false }
      add(content, &ranges)
      return
    }
    if state.mayFollowReply, isCoded(text, line, content) { return add(content, &ranges) }
    state.mayFollowReply = false
    var word = nextWord(text, line, content)
    if word.isEmpty { return }
    if text.equals("user", line, word), masksUser {
      return rest(text, line, word, content, &ranges)
    }
    let secrets: [StaticString] = ["pass", "acct", "apop", "adat", "newpass"]
    for verb in secrets where text.equals(verb, line, word) {
      return rest(text, line, word, content, &ranges)
    }
    var isTagged = false
    if !text.equals("auth", line, word) {
      // IMAP puts a tag before the command.
      word = nextWord(text, line, word.upperBound..<content.upperBound)
      isTagged = true
    }
    if isTagged, text.equals("login", line, word) {
      // A literal stands on lines of its own (RFC 9051 section 4.3); the reply ends it as well.
      state.isInAuth = text.byte(line, content.upperBound - 1) == UInt8(ascii: "}")
      return rest(text, line, word, content, &ranges)
    }
    guard text.equals(isTagged ? "authenticate" : "auth", line, word) else { return }
    let mechanism = nextWord(text, line, word.upperBound..<content.upperBound)
    if mechanism.isEmpty
      || text.has("tls", line, at: mechanism.lowerBound, before: mechanism.upperBound)
      || text.equals("ssl", line, mechanism)
    {
      return
    }
    state.isInAuth = true
    add(text.trimmed(line, mechanism.upperBound..<content.upperBound), &ranges)
  }

  /// A line that the server sends: a reply that is no further question ends an AUTH exchange. The
  /// challenge itself can hold what a password guess is checked with, so it is masked.
  public static func serverLine(
    _ line: RawSpan, state: inout LineState, translate: [UInt8]? = nil,
    into ranges: inout [Range<Int>]
  ) {
    guard state.isInAuth else { return }
    let text = CredentialText(translate: translate)
    let content = text.trimmed(line, 0..<line.byteCount)
    guard !content.isEmpty else { return }
    let isPlus =
      text.byte(line, content.lowerBound) == 0x2B
      && !text.has("+ok", line, at: content.lowerBound, before: content.upperBound)
    let isPrompt = text.has("334", line, at: content.lowerBound, before: content.upperBound)
    guard isPlus || isPrompt else {
      // The answer to a command before it, which may come after AUTH was sent or captured, and untagged lines of IMAP
      // say nothing of the exchange: AUTH is never answered with 250.
      let isOther =
        text.has("250", line, at: content.lowerBound, before: content.upperBound)
        || text.has("* ", line, at: content.lowerBound, before: content.upperBound)
      if !isOther {
        state.isInAuth = false
        state.mayFollowReply = true
      }
      return
    }
    let start = content.lowerBound + (isPlus ? 1 : 3)
    let rest = text.trimmed(line, start..<content.upperBound)
    add(rest, &ranges)
  }

  /// Whether a text is base64, and no verb.
  private static func isCoded(_ text: CredentialText, _ line: RawSpan, _ range: Range<Int>)
    -> Bool
  {
    guard !range.isEmpty, range.count % 4 == 0 else { return false }
    let bytes = range.map { text.byte(line, $0) }
    let isVerb =
      bytes.count <= 8
      && (bytes.allSatisfy { (0x41...0x5A).contains($0) }
        || bytes.allSatisfy { (0x61...0x7A).contains($0) })
    return !isVerb
      && bytes.allSatisfy {
        Byte.isLetter($0) || Byte.isDigit($0) || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D
      }
  }

  private static func rest(
    _ text: CredentialText, _ line: RawSpan, _ word: Range<Int>, _ content: Range<Int>,
    _ ranges: inout [Range<Int>]
  ) {
    add(text.trimmed(line, word.upperBound..<content.upperBound), &ranges)
  }

  private static func nextWord(_ text: CredentialText, _ span: RawSpan, _ range: Range<Int>)
    -> Range<Int>
  {
    var low = range.lowerBound
    while low < range.upperBound, text.isBlank(text.byte(span, low)) { low += 1 }
    var high = low
    while high < range.upperBound, !text.isBlank(text.byte(span, high)) { high += 1 }
    return low..<high
  }
}
