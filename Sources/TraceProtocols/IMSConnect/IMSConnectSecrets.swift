internal import TraceBytes

/// What in a message to IMS Connect is secret: the password or PassTicket of the request message, the
/// password phrase in an extension, the password in the OTMA user data, and passwords of sign-on commands
/// in the data.
enum IMSConnectSecrets {
  /// Offset of OMUSR_PASSTICK in the OTMA user data, and its length.
  private static let passTicket = Field("OMUSR_PASSTICK", 0x34, 8)

  static func find(in bytes: RawSpan, _ irm: IRM, mark: (Range<Int>) -> Void) {
    if irm.has(IRM.Layout.password, bytes) {
      let field = IRM.Layout.password.range()
      if !irm.coding.isEmpty(bytes, field) { mark(field) }
    }
    if let user = irm.otmaUserData(bytes) {
      let field = passTicket.range(at: user.lowerBound)
      if field.upperBound <= user.upperBound, !irm.coding.isEmpty(bytes, field) { mark(field) }
    }
    let coding = irm.dataCoding(bytes)
    let start = irm.extensions(bytes) { range in
      guard range.count > IRM.Extension.size,
        IMSConnect.has("*PHRASE*", at: range.lowerBound + IRM.Extension.identifier.offset, bytes)
          != nil
      else { return }
      mark(range.lowerBound + IRM.Extension.size..<range.upperBound)
    }
    guard !irm.isOTMA else {
      return signOn(bytes, min(start, bytes.byteCount)..<bytes.byteCount, coding, mark)
    }
    irm.segments(bytes, from: start) { signOn(bytes, $0, coding, mark) }
  }

  /// The passwords of `/SIGN ON user password [APPL a] [GROUP g] [NEWPW n] [VERIFY n]`, and of NEWPW
  /// wherever it stands. Source: IBM, IMS Commands, /SIGN.
  static func signOn(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding, _ mark: (Range<Int>) -> Void
  ) {
    /// How many words of a sign-on were seen: 1 `/SIGN`, 2 `ON`, 3 the user.
    var place = 0
    var isSecret = false
    var at = range.lowerBound
    while let word = coding.nextWord(bytes, at..<range.upperBound) {
      at = word.upperBound
      if isSecret {
        mark(word)
        isSecret = false
        continue
      }
      if isCommand(bytes, word, coding) {
        place = 1
        continue
      }
      if isKeyword(bytes, word, coding) {
        // A keyword where the user or its password may stand means that there is none.
        if place > 0 { place = 4 }
        isSecret = isTelling(bytes, word, coding, isSigningOn: place > 0)
        continue
      }
      switch place {
      case 1: place = coding.equals("ON", bytes, word) ? 2 : 0
      case 2: place = 3
      case 3:
        mark(word)
        place = 4
      default: break
      }
    }
  }

  /// `/SIGN`, or its shortest form `/SIG`, at the beginning or behind a transaction code.
  private static func isCommand(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding
  ) -> Bool {
    coding.equals("/SIGN", bytes, word) || coding.equals("/SIG", bytes, word)
  }

  private static let keywords: [StaticString] = [
    "APPL", "GROUP", "USERD", "NEWPW", "VERIFY", "PASSPHRASE", "PHRASE", "PASSWORD", "NEWPHRASE",
  ]

  private static func isKeyword(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding
  ) -> Bool {
    for keyword in keywords where coding.equals(keyword, bytes, word) { return true }
    return false
  }

  /// Whether what follows a keyword is a secret.
  private static func isTelling(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding, isSigningOn: Bool
  ) -> Bool {
    if coding.equals("NEWPW", bytes, word) { return true }
    guard isSigningOn else { return false }
    return !coding.equals("APPL", bytes, word) && !coding.equals("GROUP", bytes, word)
      && !coding.equals("USERD", bytes, word)
  }
}
