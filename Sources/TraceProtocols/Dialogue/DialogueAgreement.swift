internal import TraceBytes

/// What a client and a server of lines agree on: commands change what the client sends after the reply.
struct DialogueAgreement {
  /// What comes behind a reply.
  enum Next { case lines, mail, tls }

  /// What is spoken, as the commands until now tell.
  private(set) var application: ApplicationProtocol
  /// Whether the client asked to send mail (DATA) and has no answer.
  var isAwaitingMail = false
  /// Commands that have no reply yet; clients send several at once (RFC 2920).
  var unanswered = 0
  private var isAwaitingTLS = false
  private var isInAuth = false
  private var isAuthPrompted = false
  /// A reply that may have asked for the next part of the secret is missing.
  private var mayBePrompted = false

  init(_ application: ApplicationProtocol) { self.application = application }

  /// Whether the line that the client sends now is what AUTH asked for, and no command.
  mutating func takesSecret(_ text: RawSpan) -> Bool {
    guard isInAuth, isAuthPrompted || mayBePrompted && DialogueVerb(text) == nil else {
      return false
    }
    isAuthPrompted = false
    mayBePrompted = false
    unanswered += 1
    return true
  }

  /// A reply may be missing.
  mutating func loseReply() {
    unanswered = 0
    mayBePrompted = isInAuth
  }

  /// Takes note of a command; gives the size of the piece of mail that follows BDAT.
  mutating func command(_ text: RawSpan) -> UInt64? {
    isInAuth = false
    mayBePrompted = false
    isAwaitingTLS = false
    unanswered += 1
    guard let verb = DialogueVerb(text) else { return nil }
    if application == .replyDialogue, let known = verb.application { application = known }
    switch verb {
    case .data where application == .smtp: isAwaitingMail = true
    case .bdat where application == .smtp:
      return verb.count(text)
    case .startTLS: isAwaitingTLS = true
    case .auth:
      // FTP (RFC 4217): AUTH TLS; SMTP (RFC 4954): AUTH mechanism.
      let argument = text.trimmed(4..<text.byteCount)
      let isTLS =
        argument.count >= 3
        && (text.equals("tls", in: argument.lowerBound..<argument.lowerBound + 3)
          || text.equals("ssl", in: argument.lowerBound..<argument.lowerBound + 3))
      if isTLS { isAwaitingTLS = true } else { isInAuth = true }
    default: break
    }
    return nil
  }

  /// Takes note of the code of a whole reply.
  mutating func reply(_ code: UInt16) -> Next {
    unanswered = max(0, unanswered - 1)
    var next = Next.lines
    if isAwaitingMail, code == 354 || unanswered == 0 {
      isAwaitingMail = false
      if code == 354 { next = .mail }
    }
    if isInAuth {
      // 334 of SMTP and FTP asks for the next part of the secret.
      isAuthPrompted = code == 334
      if !isAuthPrompted { isInAuth = false }
    }
    if isAwaitingTLS {
      isAwaitingTLS = false
      if code == 220 || code == 234 { next = .tls }
    }
    return next
  }
}

extension RawSpan {
  /// Three digits at the start of a reply, the first of them 1 to 5.
  var replyCode: UInt16? {
    guard byteCount >= 3, byteCount == 3 || [Byte.space, Byte.dash].contains(u8(3)) else {
      return nil
    }
    var code: UInt16 = 0
    for index in 0..<3 {
      guard Byte.isDigit(u8(index)) else { return nil }
      code = code * 10 + UInt16(u8(index) - Byte.zero)
    }
    return (100..<600).contains(code) ? code : nil
  }
}
