internal import TraceBytes

/// Finds the passwords in SQL statements, byte by byte as segments bring them; the state is small and goes
/// on where the last piece ended.
///
/// Secret is: what stands behind a name that ends in PASSWORD or the like, as a quoted text, also in a list
/// or a comparison; the word or text behind USING, NEW and CONFIRM of a CONNECT and behind IDENTIFIED BY;
/// the password of the encryption functions and of Derby's procedures for users; the texts that INSERT puts
/// into columns of such a name. Quotes are left in place.
struct SQLSecrets {
  /// What the next token may be.
  private enum Armed {
    case no
    /// A quoted text is secret, if nothing but an operator comes before it.
    case text
    /// A word or a quoted text is secret.
    case word
    /// A secret text is over: with a quote right behind it, or an operator, it goes on.
    case done
  }

  private enum Mode { case plain, word, quoted, dash, lineComment, slash, comment, star }

  /// What the statement is.
  private enum Statement { case other, connect, identified, trusted, insert, values }

  private var mode = Mode.plain
  private var quote: UInt8 = 0
  private var isSecret = false
  private var armed = Armed.no
  private var statement = Statement.other
  private var word: [UInt8] = []
  private var last: [UInt8] = []
  private var depth = 0
  /// Depth at which a list of secrets began.
  private var listDepth = 0
  /// Argument that is secret in the function whose name was read, its depth once it is open, and the
  /// argument under way.
  private var wantedArgument: Int?
  private var callDepth = 0
  /// Whether that function sets a property of Derby, which may be a user with a password.
  private var setsProperty = false
  private var argument = 0
  /// Columns of an INSERT that hold passwords, a bit each, and the column under way.
  private var secretColumns: UInt64 = 0
  private var column = 0
  /// Whether something secret was found.
  private(set) var hasFound = false

  private static let longestWord = 64

  /// Takes the next bytes of the text; marks what is secret in them. `toASCII` has 256 entries for text that
  /// is not ASCII.
  mutating func take(
    _ bytes: RawSpan, _ range: Range<Int>, toASCII: [UInt8]?, _ mark: (Range<Int>) -> Void
  ) {
    var start: Int?
    for index in range {
      let byte = bytes.u8(index)
      if next(toASCII?[Int(byte)] ?? byte) {
        if start == nil { start = index }
      } else if let from = start {
        mark(from..<index)
        start = nil
      }
    }
    if let from = start { mark(from..<range.upperBound) }
  }

  /// Whether the character is part of a secret.
  private mutating func next(_ byte: UInt8) -> Bool {
    switch mode {
    case .quoted:
      if byte == quote {
        endQuote()
        return false
      }
      if !isSecret { keep(byte) }
      return isSecret
    case .word:
      if Self.isWord(byte) || (isSecret && !Self.endsBare(byte)) {
        keep(byte)
        return isSecret
      }
      endWord()
      mode = .plain
    case .lineComment:
      if byte == Byte.lf || byte == Byte.cr || byte == 0x85 { mode = .plain }
      return false
    case .comment, .star:
      mode = byte == 0x2A ? .star : byte == Byte.slash && mode == .star ? .plain : .comment
      return false
    case .dash where byte == Byte.dash:
      mode = .lineComment
      return false
    case .slash where byte == 0x2A:
      mode = .comment
      return false
    case .dash, .slash: mode = .plain
    case .plain: break
    }
    return begin(byte)
  }

  /// A character between words and texts.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x27, Byte.quote:
      isSecret =
        armed != .no || (argument == wantedArgument && callDepth > 0)
        || (statement == .values && isSecretColumn)
      if isSecret { hasFound = true }
      quote = byte
      word.removeAll(keepingCapacity: true)
      mode = .quoted
    case Byte.dash: mode = .dash
    case Byte.slash: mode = .slash
    case 0x28:  // (
      depth &+= 1
      if depth == 1 { column = 0 }
      if armed == .text, listDepth == 0 { listDepth = depth }
      if wantedArgument != nil, callDepth == 0 {
        callDepth = depth
        argument = 0
      }
    case 0x29:  // )
      if depth == callDepth { endCall() }
      if depth == listDepth { disarm() }
      depth = max(0, depth - 1)
    case Byte.comma:
      if depth == callDepth { argument &+= 1 }
      if depth == 1 { column &+= 1 }
      if listDepth == 0 || depth < listDepth { disarm() } else { armed = .text }
    case Byte.semicolon:
      statement = .other
      secretColumns = 0
      depth = 0
      disarm()
      endCall()
    case Byte.equals, 0x21, 0x3C, 0x3E, 0x2B, 0x7C:  // = ! < > + |
      if armed == .done { armed = .text }
    case 0x3A, 0x3F:  // : ? stand for a value that is elsewhere
      if listDepth == 0 { disarm() }
    case _ where Self.isWord(byte) || (armed == .word && !Self.endsBare(byte)):
      if callDepth == 0 { wantedArgument = nil }
      isSecret = armed == .word
      if isSecret { hasFound = true }
      word.removeAll(keepingCapacity: true)
      keep(byte)
      mode = .word
      return isSecret
    case _ where !Self.endsBare(byte): if armed == .done { disarm() }
    default: break
    }
    return false
  }

  private mutating func keep(_ byte: UInt8) {
    guard word.count < Self.longestWord else {
      // Names are recognised by how they end, so the end of a long one is kept.
      word.removeFirst()
      return word.append(Byte.lower(byte))
    }
    word.append(Byte.lower(byte))
  }

  private mutating func endQuote() {
    mode = .plain
    if setsProperty, callDepth > 0, argument == 0 {
      wantedArgument = startsWith("derby.user.") ? 1 : Int.max
    }
    if isSecret {
      armed = .done
      isSecret = false
    } else if quote == Byte.quote, isPasswordName {
      arm()
    }
  }

  /// A name of passwords was read.
  private mutating func arm() {
    armed = .text
    listDepth = 0
    if statement == .insert, depth == 1, column < UInt64.bitWidth { secretColumns |= 1 << column }
  }

  private var isSecretColumn: Bool {
    column < UInt64.bitWidth && secretColumns >> UInt64(column) & 1 == 1
  }

  private mutating func endWord() {
    defer { swap(&last, &word) }
    if isSecret {
      isSecret = false
      // IDENTIFIED BY VALUES 'hash', BY PASSWORD 'hash'; N'text' and the like.
      let goesOn = isOne(of: ["values", "password", "n", "x", "u", "g", "gx", "bx", "ux", "u&"])
      if !goesOn { disarm() }
      return
    }
    if armed == .done { disarm() }
    switch statement {
    case .connect where isOne(of: ["using", "new", "confirm"]): return armed = .word
    case .identified where isOne(of: ["replace"]): return armed = .word
    case .trusted where isOne(of: ["using", "authentication"]): return armed = .text
    default: break
    }
    if lastIs("connect"), isOne(of: ["to", "user"]) { statement = .connect }
    if lastIs("trusted"), isOne(of: ["context"]) { statement = .trusted }
    if lastIs("insert"), isOne(of: ["into"]) { statement = .insert }
    if statement == .insert, isOne(of: ["values"]) { statement = .values }
    if lastIs("identified"), isOne(of: ["by"]) {
      statement = .identified
      return armed = .word
    }
    setsProperty = isOne(of: ["syscs_set_database_property"])
    if let secret = secretArgument { wantedArgument = secret }
    if isPasswordName, secretArgument == nil {
      arm()
    } else if armed == .text,
      !isOne(of: ["in", "like", "not", "to", "is", "n", "x", "u", "g", "gx", "bx", "ux"])
    {
      disarm()
    }
  }

  private mutating func disarm() {
    armed = .no
    listDepth = 0
  }

  private mutating func endCall() {
    callDepth = 0
    wantedArgument = nil
  }

  private var isPasswordName: Bool {
    for name: StaticString in ["password", "passwd", "passwrd", "passphrase", "pwd"] {
      let count = name.utf8CodeUnitCount
      if word.count >= count, equal(word[(word.count - count)...], name) { return true }
    }
    return false
  }

  /// The argument of a function that is a password.
  private var secretArgument: Int? {
    if isOne(of: ["syscs_modify_password"]) { return 0 }
    // Whether it is a secret depends on the name of the property.
    if isOne(of: ["syscs_set_database_property"]) { return Int.max }
    let isSecond = isOne(of: [
      "encrypt", "encrypt_tdes", "encrypt_rc2", "encrypt_aes", "decrypt_bit", "decrypt_binary",
      "decrypt_char", "decrypt_db", "syscs_create_user", "syscs_reset_password",
    ])
    return isSecond ? 1 : nil
  }

  private func isOne(of names: [StaticString]) -> Bool {
    for name in names where equal(word[...], name) { return true }
    return false
  }

  private func startsWith(_ name: StaticString) -> Bool {
    equal(word.prefix(name.utf8CodeUnitCount), name)
  }

  private func lastIs(_ name: StaticString) -> Bool { equal(last[...], name) }

  private func equal(_ bytes: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    for (offset, byte) in bytes.enumerated() where unsafe byte != name.utf8Start[offset] {
      return false
    }
    return true
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    Byte.isLetter(byte) || Byte.isDigit(byte) || byte == 0x5F || byte >= 0x80
      || byte == 0x24 || byte == 0x40 || byte == 0x23
  }

  /// What ends a word that is a password.
  private static func endsBare(_ byte: UInt8) -> Bool {
    byte <= Byte.space || byte == Byte.semicolon || byte == Byte.comma || byte == 0x29
      || byte == 0x28 || byte == 0x85
  }
}
