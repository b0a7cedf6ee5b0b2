internal import TraceBytes

/// Finds credentials in bytes of any protocol, piece by piece as records hold them.
///
/// A record can begin in the middle of a head, a form or a JSON body, and which code its text is in
/// is not known. So nothing is parsed from the beginning: ``CredentialStems`` points at the places
/// where a credential may be named, and only the surroundings of these are looked at.
public struct CredentialSearch {
  /// What one direction of a conversation ended in; a credential goes on from there.
  public struct Trail: Sendable {
    var value: CredentialValue?
    /// The last bytes, for names that are cut in two.
    var tail: [UInt8] = []

    /// Nothing has come before.
    public init() {}

    /// Whether the next bytes go on with a secret, whatever they say.
    package var isOpen: Bool { value != nil }
  }

  /// Who speaks, for lines of FTP, SMTP, POP and IMAP.
  public struct Speaker: Sendable {
    /// Whether lines can be commands; not in HTTP.
    public var hasVerbs = true
    /// Whether the conversation is known to be a dialogue of commands and replies.
    public var isDialogue = false
    /// Whether the lines are replies of the server.
    public var isServer = false

    /// Somebody who may send commands, in a conversation that may be anything.
    public init() {}
  }

  /// Bytes that are kept for names that are cut, and taken to them.
  private static let tailLimit = 256
  /// Longest name.
  static let nameLimit = 128

  /// What was found by the last search, in order.
  public internal(set) var found: [CredentialFound] = []
  let texts: [CredentialText]
  let tables: [[UInt8]?]
  private let stems = CredentialStems.shared
  var located: [Range<Int>] = []
  private var seam: [UInt8] = []
  /// While a seam is looked at, the bytes in it that were looked at before.
  var joint = 0

  /// `ebcdic` has 256 entries, from the bytes of an EBCDIC code page to Latin-1.
  public init(ebcdic: [UInt8]) {
    tables = [nil, ebcdic]
    texts = tables.map { CredentialText(translate: $0) }
  }

  /// Looks through the next bytes of one direction; ``found`` has the stretches to mask in them.
  public mutating func search(
    _ bytes: RawSpan, after trail: inout Trail, lines: inout CredentialLocator.LineState,
    _ speaker: Speaker
  ) {
    found.removeAll(keepingCapacity: true)
    if Self.beginsMessage(bytes) { trail = Trail() }
    var at = 0
    if speaker.isDialogue, lines.isOpen {
      at = exchange(bytes, from: 0, &lines, speaker, isEBCDIC: false)
    } else if var value = trail.value {
      trail.value = nil
      let hasBegun = value.hasBegun
      at = take(&value, bytes, from: 0, &trail)
      if !found.isEmpty { found[0].continues = hasBegun }
    } else if !trail.tail.isEmpty {
      at = crossSeam(bytes, &trail, &lines, speaker)
    }
    if trail.value == nil {
      _ = scan(bytes, from: at, before: bytes.byteCount, &trail, &lines, speaker)
    }
    keepTail(bytes, &trail)
  }

  /// Whether bytes hold a credential, by themselves.
  public mutating func sees(_ bytes: RawSpan, _ speaker: Speaker) -> Bool {
    var trail = Trail()
    var lines = CredentialLocator.LineState()
    search(bytes, after: &trail, lines: &lines, speaker)
    return !found.isEmpty
  }

  /// Whether a closer look at the bytes is worth its time; false means that they name no credential.
  public static func isWorthwhile(_ bytes: RawSpan) -> Bool {
    CredentialStems.shared.next(bytes, from: 0) != nil
  }

  /// Passes over bytes that hold no secret; only what they end in is kept.
  package mutating func pass(_ bytes: RawSpan, after trail: inout Trail) {
    found.removeAll(keepingCapacity: true)
    if Self.beginsMessage(bytes) { trail = Trail() }
    keepTail(bytes, &trail)
  }

  // MARK: - Where to look

  /// Looks at all stems that begin in `start..<limit`; where it stopped.
  private mutating func scan(
    _ bytes: RawSpan, from start: Int, before limit: Int, _ trail: inout Trail,
    _ lines: inout CredentialLocator.LineState, _ speaker: Speaker
  ) -> Int {
    var at = start
    while trail.value == nil, let place = stems.next(bytes, from: at), place < limit {
      at = max(place + 1, look(bytes, place, notBefore: at, &trail, &lines, speaker))
    }
    return at
  }

  /// A name that the bytes before end in can have its value here, and what makes a name at the
  /// beginning of these tell can stand before it. So the two are joined, and what is found from the
  /// joint on counts.
  private mutating func crossSeam(
    _ bytes: RawSpan, _ trail: inout Trail, _ lines: inout CredentialLocator.LineState,
    _ speaker: Speaker
  ) -> Int {
    var whole: [UInt8] = []
    swap(&whole, &seam)
    defer { swap(&whole, &seam) }
    whole.removeAll(keepingCapacity: true)
    whole += trail.tail
    joint = whole.count
    defer { joint = 0 }
    whole.append(bytes.extracting(first: Self.tailLimit))
    let limit = joint + min(Self.nameLimit, bytes.byteCount)
    let end = unsafe scan(whole.span.bytes, from: 0, before: limit, &trail, &lines, speaker)
    for index in found.indices {
      let range = found[index].range
      found[index].range = max(0, range.lowerBound - joint)..<max(0, range.upperBound - joint)
    }
    found.removeAll { $0.range.isEmpty }
    let known = whole.count - joint
    if var value = trail.value {
      trail.value = nil
      // The value goes on behind the bytes at hand.
      if known == bytes.byteCount {
        trail.value = value
        return known
      }
      let (count, hasBegun) = (found.count, value.hasBegun)
      let next = take(&value, bytes, from: known, &trail)
      if found.count > count { found[count].continues = hasBegun }
      return next
    }
    return max(limit, end) - joint
  }

  /// Requests and responses are no part of what came before.
  private static func beginsMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let word = bytes.be32(0)
    return starts.contains(word)
  }

  private static let starts: [UInt32] = [
    "GET ", "POST", "PUT ", "HEAD", "PATC", "DELE", "OPTI", "HTTP",
  ]
  .flatMap { word in
    [Array(word.utf8), CodePage.ibm1047.bytes(word) ?? []]
  }.map { $0.reduce(0) { $0 << 8 | UInt32($1) } }

  private func keepTail(_ bytes: RawSpan, _ trail: inout Trail) {
    let limit = Self.tailLimit
    if bytes.byteCount >= limit {
      trail.tail.removeAll(keepingCapacity: true)
      trail.tail.append(bytes.extracting(bytes.byteCount - limit..<bytes.byteCount))
    } else {
      trail.tail.append(bytes)
      if trail.tail.count > limit { trail.tail.removeFirst(trail.tail.count - limit) }
    }
  }

  // MARK: - A place that may name a credential

  /// Looks closely at a stem, and gives the place to go on from. `floor` is where the last value ended.
  private mutating func look(
    _ bytes: RawSpan, _ place: Int, notBefore floor: Int, _ trail: inout Trail,
    _ lines: inout CredentialLocator.LineState, _ speaker: Speaker
  ) -> Int {
    let first = bytes.u8(place)
    if first == 0x02 { return bind(bytes, place, &trail) }
    let second = bytes.u8(place + 1)
    let isEBCDIC = first >= 0x80 || second >= 0x80 || (first == 0x7A && second == 0x61)
    let text = texts[isEBCDIC ? 1 : 0]
    if text.byte(bytes, place) == Byte.colon {
      return userInfo(bytes, min(place + 3, bytes.byteCount), text, isEBCDIC, &trail)
    }

    var low = place
    let lowest = max(floor, place - Self.nameLimit)
    while low > lowest, Self.isName(text.byte(bytes, low - 1)) { low -= 1 }
    var high = place
    let highest = min(bytes.byteCount, place + Self.nameLimit)
    while high < highest, Self.isName(text.byte(bytes, high)) { high += 1 }
    let name = low..<high
    if let end = sql(bytes, name, text, isEBCDIC, &trail) { return end }
    if speaker.hasVerbs, !(speaker.isDialogue && speaker.isServer) {
      let end = verb(bytes, name, text, isEBCDIC, &trail, &lines, speaker)
      if let end { return end }
    }
    guard high < bytes.byteCount, high < place + Self.nameLimit else { return high }
    // Most words are just words: the sign behind them is looked at first.
    switch text.byte(bytes, high) {
    case Byte.equals, Byte.colon, Byte.quote, 0x27, Byte.backslash, 0x3E, Byte.space, Byte.tab:
      break
    case Byte.cr, Byte.lf, Byte.semicolon:
      // `name=password` of a part, without quotes, or `name*=utf-8''password` (RFC 8187).
      guard isBehindSign(bytes, low, text), isPart(bytes, name, text) else {
        return high
      }
    default: return high
    }
    let isSecret = SecretName.matches(text, bytes, name)
    guard isSecret || CredentialLocator.isSecretField(text, bytes, name) else { return high }
    return value(bytes, name, text, isEBCDIC, isSecret: isSecret, &trail) ?? high
  }

  private static func isName(_ byte: UInt8) -> Bool {
    if Byte.isLetter(byte) || Byte.isDigit(byte) { return true }
    switch byte {
    case Byte.dash, 0x5F, Byte.dot, 0x24, 0x25, 0x5B, 0x5D: return true
    default: return false
    }
  }

  /// Goes by the sign behind a secret name. Nil when it introduces no value.
  private mutating func value(
    _ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText, _ isEBCDIC: Bool, isSecret: Bool,
    _ trail: inout Trail
  ) -> Int? {
    let end = bytes.byteCount
    let isInTag = name.lowerBound > 0 && isTagStart(text.byte(bytes, name.lowerBound - 1))
    var at = name.upperBound
    var isQuoted = false
    if text.byte(bytes, at) == Byte.backslash { at += 1 }
    if at < end, text.byte(bytes, at) == Byte.quote || text.byte(bytes, at) == 0x27 {
      isQuoted = true
      at += 1
    }
    let afterQuote = at
    while at < end, text.isBlank(text.byte(bytes, at)) { at += 1 }
    guard at < end else { return nil }
    let kind: CredentialValue.Kind
    switch text.byte(bytes, at) {
    case Byte.colon where isQuoted: kind = .member
    case Byte.colon where beginsLine(bytes, name, text):
      at = afterScheme(bytes, at + 1, text) - 1
      kind = .field
    case Byte.colon:
      kind = isAuthorization(bytes, name, text) ? .toQuote : .member
    case Byte.equals where isSecret:
      // `PASSWORD ===> x` of panels; two equals signs alone compare.
      var arrow = at + 1
      while arrow < end, text.byte(bytes, arrow) == Byte.equals { arrow += 1 }
      if arrow < end, text.byte(bytes, arrow) == 0x3E {
        at = arrow
      } else if arrow > at + 1, arrow < end {
        return nil
      }
      while at + 1 < end, text.isBlank(text.byte(bytes, at + 1)) { at += 1 }
      let quote = at + 1 < end ? text.byte(bytes, at + 1) : 0
      kind = quote == Byte.quote || quote == 0x27 ? .quoted(quote) : .pair
      if case .quoted = kind { at += 1 }
    case let sign where isInTag && !isQuoted:
      if sign != 0x3E { at = tagEnd(bytes, at, text) ?? at }
      guard text.byte(bytes, at) == 0x3E, text.byte(bytes, at - 1) != Byte.slash else { return nil }
      kind = .element
    default:
      let isBare = isBehindSign(bytes, name.lowerBound, text)
      guard isQuoted || isBare, isPart(bytes, name, text) else { return nil }
      kind = .partHead
      at = afterQuote - 1
    }
    var value = CredentialValue(kind, isEBCDIC: isEBCDIC)
    if case .partHead = kind { value.boundary = boundary(bytes, name.lowerBound, text) }
    return take(&value, bytes, from: min(at + 1, end), &trail)
  }

  mutating func take(
    _ value: inout CredentialValue, _ bytes: RawSpan, from start: Int, _ trail: inout Trail
  ) -> Int {
    let text = texts[value.isEBCDIC ? 1 : 0]
    if let end = value.take(bytes, from: start, text, into: &found) { return end }
    trail.value = value
    return bytes.byteCount
  }

  // MARK: - Surroundings

  /// `<password>` and `<wsse:Password>`.
  private func isTagStart(_ byte: UInt8) -> Bool { byte == 0x3C || byte == Byte.colon }

  private func tagEnd(_ bytes: RawSpan, _ start: Int, _ text: CredentialText) -> Int? {
    for at in start..<min(bytes.byteCount, start + 256) {
      switch text.byte(bytes, at) {
      case 0x3E: return at
      case 0x3C: return nil
      default: break
      }
    }
    return nil
  }

  /// Whether nothing but words stand before the name in its line, as in a header field.
  private func beginsLine(_ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText) -> Bool {
    var at = name.lowerBound
    let lowest = max(0, at - Self.nameLimit)
    while at > lowest {
      let byte = text.byte(bytes, at - 1)
      if text.isLineEnd(byte) { return true }
      guard Self.isName(byte) || text.isBlank(byte) else { return false }
      at -= 1
    }
    return at == 0
  }

  /// Authorization and Proxy-Authorization, whose values have several words.
  private func isAuthorization(_ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText) -> Bool
  {
    text.equals("authorization", bytes, name) || text.equals("proxy-authorization", bytes, name)
  }

  /// Where the secret of a field begins: behind `Basic` or `Bearer`, which is worth seeing.
  private func afterScheme(_ bytes: RawSpan, _ start: Int, _ text: CredentialText) -> Int {
    var at = start
    while at < bytes.byteCount, text.isBlank(text.byte(bytes, at)) { at += 1 }
    let first = at
    while at < bytes.byteCount, at - first <= 20, Byte.isToken(text.byte(bytes, at)) { at += 1 }
    guard at > first, at < bytes.byteCount, text.byte(bytes, at) == Byte.space else { return first }
    for scheme in Self.schemes where text.equals(scheme, bytes, first..<at) { return at }
    return first
  }

  private static let schemes: [StaticString] = [
    "basic", "bearer", "digest", "negotiate", "ntlm", "hoba", "mutual", "vapid", "scram-sha-1",
    "scram-sha-256", "aws4-hmac-sha256", "token", "apikey", "passticket",
  ]

  /// `user:password@` of a URI; where to go on.
  private mutating func userInfo(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ isEBCDIC: Bool, _ trail: inout Trail
  ) -> Int {
    var colon: Int?
    let last = min(bytes.byteCount, start + 2 * Self.nameLimit)
    for at in start..<max(start, last) {
      switch text.byte(bytes, at) {
      case Byte.colon: colon = colon ?? at
      case 0x40:
        guard let colon, colon + 1 < at else { return at }
        found.append(CredentialFound(range: colon + 1..<at, isEBCDIC: isEBCDIC))
        return at
      case 0...0x20, Byte.slash, 0x3F, 0x23, Byte.quote, 0x3C, 0x3E: return start
      default: break
      }
    }
    // The text was cut before the @: what is no port is the beginning of a password.
    guard let colon, last == bytes.byteCount,
      (colon + 1..<last).contains(where: { !Byte.isDigit(text.byte(bytes, $0)) })
    else { return start }
    var value = CredentialValue(.userInfo, isEBCDIC: isEBCDIC)
    return take(&value, bytes, from: colon + 1, &trail)
  }
}
