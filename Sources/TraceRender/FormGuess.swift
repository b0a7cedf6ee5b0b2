internal import TraceBytes
internal import TraceProtocols

/// What one direction of a conversation is shown as, and what was decided it by.
struct FormGuess: Sendable {
  /// Forms that bytes can be judged to have.
  enum Form: UInt8, Sendable {
    case undecided, ascii, utf8, ebcdic, binary, terminal

    /// The word used in output.
    var name: StaticString {
      switch self {
      case .undecided: "undecided"
      case .ascii: "ASCII"
      case .utf8: "UTF-8"
      case .ebcdic: "EBCDIC"
      case .binary: "hex"
      case .terminal: "3270"
      }
    }

    /// ASCII and UTF-8 are shown the same way.
    func looksLike(_ other: Form) -> Bool {
      self == other || (self == .ascii && other == .utf8) || (self == .utf8 && other == .ascii)
    }
  }

  var form: Form
  /// Why, in words about "these bytes".
  var reason: StaticString
  /// Bytes that were looked at.
  var sample: Int

  init(_ form: Form, _ reason: StaticString, _ sample: Int) {
    self.form = form
    self.reason = reason
    self.sample = sample
  }

  /// Bytes of a payload that are looked at.
  static let sampleBytes = 1024

  /// Judges the first bytes of a direction, by protocol and then by the characters.
  static func first(_ bytes: RawSpan) -> FormGuess {
    let known = ApplicationProtocol.guess(bytes)
    if known.confidence >= .likely, let reason = binaryReason(known.application) {
      return FormGuess(.binary, reason, min(bytes.byteCount, ApplicationProtocol.prefixBytes))
    }
    return text(bytes)
  }

  /// Judges bytes by their characters alone.
  static func text(_ bytes: RawSpan) -> FormGuess {
    let count = min(bytes.byteCount, sampleBytes)
    let sample = bytes.extracting(0..<count)
    return switch BodyText.guess(sample) {
    case .empty: FormGuess(.undecided, "there are no bytes", 0)
    case .ascii: FormGuess(.ascii, "they are printable ASCII", count)
    case .utf8: FormGuess(.utf8, "they are well-formed UTF-8", count)
    case .ebcdic: FormGuess(.ebcdic, "they are letters, digits and blanks in EBCDIC", count)
    case .binary: FormGuess(.binary, "they are text in neither ASCII, UTF-8 nor EBCDIC", count)
    }
  }

  /// Judges the next payload of a direction; nil when it is like those before.
  static func next(_ bytes: RawSpan, after old: Form) -> FormGuess? {
    if old == .undecided { return first(bytes) }
    if old == .ascii, isPlain(bytes) { return nil }
    if old == .ebcdic, isPlainEBCDIC(bytes) { return nil }
    let guess = text(bytes.extracting(first: laterBytes))
    // Too few bytes are no reason to change the form.
    guard guess.sample >= leastToChange, !guess.form.looksLike(old) else { return nil }
    return guess
  }

  private static func binaryReason(_ application: ApplicationProtocol) -> StaticString? {
    switch application {
    case .tls: "they begin with a TLS record"
    case .http2: "they begin with HTTP/2"
    case .drda: "they begin with a DRDA header"
    case .mq: "they begin with an MQ segment header"
    case .ldap: "they begin with an LDAP message"
    default: nil
    }
  }

  /// Bytes of later payloads that are looked at.
  static let laterBytes = 128

  /// Whether the first bytes are printable ASCII and line ends.
  private static func isPlain(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= leastToChange else { return false }
    let count = min(bytes.byteCount, laterBytes)
    var at = 0
    while at < count {
      if at + 8 <= count, EightBytes.unprintable(bytes.le64(at)) == 0 {
        at += 8
        continue
      }
      let stop = min(count, at + 8)
      while at < stop {
        let byte = bytes.u8(at)
        guard byte &- 0x20 < 0x5F || byte &- 0x09 < 2 || byte == 0x0D else { return false }
        at += 1
      }
    }
    return true
  }

  /// Letters, digits, blanks and line ends of EBCDIC; all but the blank and the line ends are no ASCII.
  private static let ebcdicText: [Bool] = (0...255).map { byte in
    switch byte {
    case 0x81...0x89, 0x91...0x99, 0xA2...0xA9, 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9,
      0xF0...0xF9, 0x40, 0x15, 0x25:
      true
    default: false
    }
  }

  /// Whether two thirds of the first bytes are plainly EBCDIC; false may be wrong.
  private static func isPlainEBCDIC(_ bytes: RawSpan) -> Bool {
    let count = min(bytes.byteCount, laterBytes)
    guard count >= leastToChange else { return false }
    let table = ebcdicText
    var plain = 0
    for index in 0..<count where table[Int(bytes.u8(index))] { plain &+= 1 }
    return plain * 3 >= count * 2
  }

  /// Fewer bytes than this never change what was decided before.
  static let leastToChange = 16

  /// Where a text head ends and other bytes follow, as in an HTTP response with a compressed body:
  /// the offset behind the first blank line, nil when there is none.
  static func headEnd(_ bytes: RawSpan) -> Int? {
    let end = min(bytes.byteCount, 16 << 10)
    var at = 0
    while at + 4 <= end {
      let byte = bytes.u8(at)
      if byte == 0x0D, bytes.be32(at) == 0x0D0A_0D0A || bytes.be32(at) == 0x0D25_0D25 {
        return at + 4
      }
      if byte == 0x15, bytes.u8(at + 1) == 0x15 { return at + 2 }
      at += 1
    }
    return nil
  }
}
