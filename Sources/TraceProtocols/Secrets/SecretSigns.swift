internal import TraceBytes

/// Whether bytes can hold a secret at all, for a fraction of what the search for it costs.
///
/// Everything that a search goes by shows itself in four bytes: a name in its stem (`pass`, `toke`, `pin=`), a
/// command, a scheme, an escape behind which a name could hide. Some stems are frequent, and a word beside them
/// decides. Base64 and `user/x@host` have no stem and are looked for by themselves.
///
/// It errs on one side only: what it passes over holds nothing that the search would find. Each name, shape and
/// command that the search learns needs its stem here; a test compares the two.
package struct SecretSigns: Sendable {
  /// The tables, which are made once.
  package static let shared = SecretSigns()

  private var table = StemTable<UInt32>()

  /// Whether a closer look is worth its time.
  ///
  /// - Parameter asText: whether the bytes are read as ASCII text, with escapes and base64 in it; else only for names
  ///   and commands in any code.
  package func show(in bytes: RawSpan, asText: Bool = true) -> Bool {
    guard bytes.byteCount >= 2 else { return false }
    // A name at the very beginning has nothing in front of it.
    if Self.isTwoLetterName(bytes) { return true }
    let wanted = asText ? ~0 : ~(Self.escape | Self.percent | Self.logon)
    return stem(bytes, wanted) || asText && Self.hasBase64(bytes)
  }

  private static func isTwoLetterName(_ bytes: RawSpan) -> Bool {
    let (one, two) = (bytes.u8(0), bytes.u8(1))
    return one | 0x20 == 0x70 && (two | 0x20 == 0x77 || two | 0x20 == 0x73)
      || one | 0x40 == 0xD7 && (two | 0x40 == 0xE6 || two | 0x40 == 0xE2)
  }

  // MARK: - Stems

  private func stem(_ bytes: RawSpan, _ wanted: UInt32) -> Bool {
    var at = 0
    while let (place, groups) = table.next(bytes, from: at, of: wanted) {
      if Self.tells(bytes, place, groups) { return true }
      at = place + 1
    }
    return false
  }

  /// Stems of one group, each of a beginning and an end; a full stop stands for what may follow a whole name, a
  /// dash for what joins two words, a question mark for anything.
  private static let groups: [[String]] = [
    ["pass", "ltpa"], ["toke", "saml"], ["secr", "gnat"], ["auth", "kenn"], ["cook", "apop"],
    ["sess", "adat"], ["cred", "ymas"], ["apik", "api-", "acct"], ["pswd", "yenc"], ["hras"],
    ["sske", "teke", "onke", "ntke", "thke", "edke", "ngke", "seke", "nske"], ["-key", "asse"],
    ["pin.", "otp.", "sig.", "sid."], ["pwd?", "jwt.", "psw."], ["sena", "ogon", "ntlm"],
    ["asic", "nonc", "goti"], ["eare", "-ver"],
  ]
  private static let twoLetters = UInt32(1) << 20
  private static let exact = UInt32(1) << 21
  private static let escape = UInt32(1) << 22
  // Signs that count only with the right bytes in front of them or behind them.
  private static let verb = UInt32(1) << 24
  private static let address = UInt32(1) << 25
  private static let identified = UInt32(1) << 26
  private static let percent = UInt32(1) << 27
  private static let counted = UInt32(1) << 28
  private static let bind = UInt32(1) << 29
  private static let logon = UInt32(1) << 30
  private static let certain = verb - 1

  private init() {
    let any = Array(UInt8.min...UInt8.max)
    func letters(_ text: String, _ group: UInt32, folds: Bool = true) {
      for isEBCDIC in [false, true] {
        table.add(text.utf8.map { Self.variants($0, isEBCDIC, folds) }, group)
      }
    }
    for (number, stems) in Self.groups.enumerated() {
      for stem in stems { letters(stem, 1 << UInt32(number)) }
    }
    letters("?pw.", Self.twoLetters)
    for sign in ["(", "%", "&", "="] { letters("?ps" + sign, Self.twoLetters) }
    for text in ["--BE", "eyJ?", "OGIN", "?cod", "&cod", "#cod", ";cod"] {
      let isSign = text.hasSuffix("cod")
      for isEBCDIC in [false, true] {
        table.add(
          text.utf8.map {
            $0 == 0x3F && isSign ? Self.code(0x3F, isEBCDIC) : Self.variants($0, isEBCDIC, isSign)
          },
          Self.exact)
      }
    }
    // The same signs behind a percent sign.
    for text in ["Fcod", "6cod", "3cod"] { letters(text, Self.exact) }
    // `/SIGN ON` of IMS, `USER` and `PASS`, `--user`.
    letters("/sig", Self.exact)
    letters("-use", Self.exact)
    for sign in [" ", "%", "\\", "&"] { letters("-u" + sign + "?", Self.exact, folds: false) }

    let names = any.filter(Self.isName)
    // What a backslash hides; behind n, r and t, signs and quotes the text is as it stands.
    table.add([[0x5C], names.filter { ![0x6E, 0x72, 0x74].contains($0) }, any, any], Self.escape)
    table.add([[0x26], [0x23], any, any], Self.escape)
    table.add([[0x3B], [0x23], any, any], Self.percent)
    let digits = Array("0123456789ABCDEFabcdef".utf8)
    table.add([[0x25], digits, digits, any], Self.percent)

    for text in ["usin", "ser ", "gin "] { letters(text, Self.verb) }
    letters("ied ", Self.identified)
    for isEBCDIC in [false, true] {
      let slash = Self.code(0x2F, isEBCDIC)
      table.add([Self.code(0x3A, isEBCDIC), slash, slash, any], Self.address)
      table.add(
        [Self.code(0x3A, isEBCDIC), Self.code(0x5C, isEBCDIC), slash, any], Self.exact)
    }
    table.add([[0x40], any, any, any], Self.logon)
    // The version of an LDAP bind and the tag of the name (RFC 4511 section 4.2).
    table.add([[0x02], [0x01], [0x02, 0x03], [0x04]], Self.bind)
    // A name with its length in front, behind a tag of BER or HPACK.
    table.add([[0x00, 0x04, 0x10, 0x40], Array(3...63), names, names], Self.counted)
  }

  private static func code(_ sign: UInt8, _ isEBCDIC: Bool) -> [UInt8] {
    guard isEBCDIC else { return [sign] }
    return CodePage.ibm1047.scalars.firstIndex(of: UInt16(sign)).map { [UInt8($0)] } ?? []
  }

  /// The bytes that a character of a stem stands for. Letters and digits have the same bytes in all EBCDIC pages.
  private static func variants(_ character: UInt8, _ isEBCDIC: Bool, _ folds: Bool) -> [UInt8] {
    if character == 0x3F { return Array(UInt8.min...UInt8.max) }
    let characters: [UInt8] =
      switch character {
      case Byte.dot: Array(" \t\r\n\"'\\=:()>]<%&,;|/".utf8)
      case Byte.dash where folds: Array("-_.".utf8)
      case 0x61...0x7A where folds, 0x41...0x5A where folds: [character, character ^ 0x20]
      default: [character]
      }
    guard isEBCDIC else { return characters }
    // Line ends of EBCDIC are NL, too.
    return characters.flatMap { code($0, true) } + (character == Byte.dot ? [0x15, 0x25] : [])
  }

  static func isName(_ byte: UInt8) -> Bool {
    Byte.isLetter(byte) || Byte.isDigit(byte) || byte == Byte.dash || byte == 0x5F
      || byte == Byte.dot || byte == 0x5B || byte == 0x5D || byte == 0x24
  }

  // MARK: - What stands beside a stem

  private static func tells(_ bytes: RawSpan, _ at: Int, _ groups: UInt32) -> Bool {
    if groups & certain != 0 { return true }
    if groups & verb != 0, isVerb(bytes, at) { return true }
    if groups & address != 0, hasUser(bytes, at) { return true }
    if groups & identified != 0, isIdentified(bytes, at) { return true }
    if groups & percent != 0, hides(bytes, at) { return true }
    if groups & logon != 0, isBehindSlash(bytes, at) { return true }
    if groups & counted != 0, isCounted(bytes, at) { return true }
    return groups & bind != 0
  }

  private static func letter(_ bytes: RawSpan, _ at: Int, _ isEBCDIC: Bool) -> UInt8 {
    guard at >= 0, at < bytes.byteCount else { return 0x0A }
    let byte = bytes.u8(at)
    let text = isEBCDIC ? ebcdic[Int(byte)] : byte
    return Byte.lower(text)
  }

  private static let ebcdic: [UInt8] = CodePage.ibm1047.scalars.map {
    $0 < 0x80 ? UInt8($0) : $0 == 0x85 ? 0x0A : 0
  }

  private static func has(
    _ word: StaticString, _ bytes: RawSpan, _ at: Int, _ isEBCDIC: Bool
  ) -> Bool {
    for index in 0..<word.utf8CodeUnitCount
    where unsafe letter(bytes, at + index, isEBCDIC) != word.utf8Start[index] { return false }
    return true
  }

  private static func isEBCDIC(_ bytes: RawSpan, _ at: Int) -> Bool { bytes.u8(at) >= 0x80 }

  /// `USER x` and `LOGIN x` near the beginning of a line; `USER x USING y`.
  private static func isVerb(_ bytes: RawSpan, _ at: Int) -> Bool {
    let code = isEBCDIC(bytes, at)
    switch letter(bytes, at, code) {
    case 0x75:
      for start in max(0, at - 160)..<at where has("user", bytes, start, code) { return true }
      return false
    case 0x73:
      guard letter(bytes, at - 1, code) == 0x75 else { return false }
      let before = letter(bytes, at - 2, code)
      return before <= 0x20 || before >= 0x80
    default: return has("lo", bytes, at - 2, code)
    }
  }

  /// A colon or an `@` in front of the end of the authority, or none there at all.
  private static func hasUser(_ bytes: RawSpan, _ at: Int) -> Bool {
    let code = bytes.u8(at) == 0x7A
    var index = at + 3
    var hasColon = false
    while index < bytes.byteCount, index < at + 360 {
      switch letter(bytes, index, code) {
      case 0x3A: hasColon = true
      case 0x40: return hasColon
      case 0...0x20, 0x2F, 0x3F, 0x22, 0x27, 0x3C, 0x3E: return false
      default: break
      }
      index += 1
    }
    return hasColon
  }

  private static func isIdentified(_ bytes: RawSpan, _ at: Int) -> Bool {
    has("identif", bytes, at - 7, isEBCDIC(bytes, at))
  }

  /// Whether a percent escape stands for what a name, base64 or an address is made of; an escape of XML in another.
  private static func hides(_ bytes: RawSpan, _ at: Int) -> Bool {
    if bytes.u8(at) == 0x3B { return has("&amp", bytes, at - 4, false) }
    guard let high = Hex.value(bytes.u8(at + 1)), let low = Hex.value(bytes.u8(at + 2)) else {
      return false
    }
    let byte = high << 4 | low
    return isName(byte) || [0x25, 0x26, 0x2B, 0x2F, 0x40, 0x5C].contains(byte)
  }

  /// `user/password@`: a slash in the word in front of an `@`.
  private static func isBehindSlash(_ bytes: RawSpan, _ sign: Int) -> Bool {
    var at = sign - 1
    while at >= 0, sign - at < 96 {
      let byte = bytes.u8(at)
      if byte == 0x2F || byte == 0x25 { return true }
      if byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x26 || byte == 0x3B
        || byte == 0x3C || byte == 0x3E || byte == 0x40
      {
        return false
      }
      at -= 1
    }
    return false
  }

  /// A name whose value is secret, with its length in front.
  private static func isCounted(_ bytes: RawSpan, _ at: Int) -> Bool {
    let name = at + 2..<at + 2 + Int(bytes.u8(at + 1))
    guard name.upperBound <= bytes.byteCount else { return true }
    let text = CredentialText(translate: nil)
    return SecretName.matches(text, bytes, name)
      || CredentialLocator.isSecretField(text, bytes, name)
  }

  // MARK: - Base64, which has no stem

  /// The six bits that a letter of base64 stands for, in either alphabet; nil for what is none.
  @inlinable
  package static func sixBits(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte - 0x41
    case 0x61...0x7A: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case 0x2B, 0x2D: 62
    case 0x2F, 0x5F: 63
    default: nil
    }
  }

  /// Letters of base64, and the backslash that can stand between them in JSON.
  private static let signs: [UInt8] = (0...255).map { (byte: UInt8) in
    byte == 0x5C ? 0x40 : sixBits(byte) ?? 0xFF
  }

  /// Sixteen letters of base64 or more that stand for text.
  private static func hasBase64(_ bytes: RawSpan) -> Bool {
    unsafe signs.withUnsafeBufferPointer { signs in
      var at = 15
      var floor = 0
      while at < bytes.byteCount {
        guard unsafe signs[Int(bytes.u8(at))] < 0x80 else {
          at += 16
          continue
        }
        var low = at
        while low > floor, unsafe signs[Int(bytes.u8(low - 1))] < 0x80 { low -= 1 }
        let high = bytes.end(from: at + 1) { unsafe signs[Int($0)] < 0x80 }
        if high - low >= 16, unsafe isText(bytes, low..<high, signs) { return true }
        floor = high
        at = high + 16
      }
      return false
    }
  }

  /// Whether nine of ten bytes that a run of base64 stands for are text.
  private static func isText(
    _ bytes: RawSpan, _ run: Range<Int>, _ signs: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var odd = 0
    let most = run.count * 3 / 4 / 10 + 2
    var at = run.lowerBound
    while at + 3 < run.upperBound {
      var value: UInt32 = 0
      for index in 0..<4 {
        let bits = unsafe signs[Int(bytes.u8(at + index))]
        // What stands for what then depends on the escape.
        if bits == 0x40 { return true }
        value = value << 6 | UInt32(bits)
      }
      for shift in [UInt32(16), 8, 0] where isOdd(UInt8(truncatingIfNeeded: value >> shift)) {
        odd += 1
      }
      if odd > most { return false }
      at += 4
    }
    return true
  }

  private static func isOdd(_ byte: UInt8) -> Bool {
    !(byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09)
  }
}
