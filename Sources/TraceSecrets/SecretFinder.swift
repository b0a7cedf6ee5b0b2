internal import TraceBytes
internal import TraceProtocols

/// What is looked for beside what every trace holds.
public struct SecretWords {
  /// Names of fields that a site calls secret.
  public var names: [String] = []
  /// Whether card numbers are secret.
  public var cards = false
  /// What matches is secret, or what the first group holds.
  private(set) var patterns: [Regex<AnyRegexOutput>] = []

  /// What every trace is searched for, and nothing else.
  public init() {}

  /// Adds a regular expression.
  ///
  /// - Throws: when it is none.
  public mutating func add(pattern: String) throws(SecretPatternMistake) {
    do {
      patterns.append(try Regex(pattern).matchingSemantics(.unicodeScalar))
    } catch {
      throw SecretPatternMistake(pattern: pattern, reason: "\(error)")
    }
  }
}

/// A pattern that is no regular expression.
public struct SecretPatternMistake: Error {
  /// The text that was given.
  public let pattern: String
  /// What the regular-expression engine says of it.
  public let reason: String
}

/// Finds secrets in a unit of a stream: a message, a line, or as much as there is.
struct SecretFinder {
  /// What is taken along from one unit of a direction to the next.
  struct Memory {
    /// The last bytes that were looked at, for names and values that go on.
    var context: [UInt8] = []
    var trail = CredentialSearch.Trail()
    /// The table whose rows go on, and whether it is one in EBCDIC.
    var table: NamedSecrets.Table?
    var isTableEBCDIC = false
    /// Whether the context is the beginning of a secret that goes on, and not what stood last.
    var isOpen = false

    /// Whether what follows is secret because of what was before it, whatever it says.
    var goesOn: Bool { isOpen || table != nil || trail.isOpen }
  }

  /// What a unit was.
  struct Result {
    /// Secrets, as ranges of the unit with what stands in their place, in order and apart from each other.
    var marks: [(range: Range<Int>, fill: UInt8)] = []
    /// Secrets that begin in the unit.
    var count = 0
    /// Names and addresses with what stands in their place, in order and apart from each other and from secrets.
    var names: [(range: Range<Int>, bytes: [UInt8])] = []
    /// Whether it is no text in any code.
    var isBinary = false
  }

  /// The pages that are searched: the one that was asked for, and 1047, which stands for 037 as well.
  private let pages: [CodePage]
  private let asterisk: UInt8
  /// Names that a site calls secret, in small letters.
  let names: [[UInt8]]
  private let patterns: [Regex<AnyRegexOutput>]
  private let cards: Bool
  private var search: CredentialSearch
  /// Maps names; absent when they stay.
  var pseudonyms: Pseudonyms?
  /// Whether units without a sign of a secret are passed over.
  var usesSigns = true
  /// Whether secrets are masked, so that no name stands in them.
  var masks = true

  private static let contextLimit = 512
  private static let mostTexts = 14

  init(_ page: CodePage, _ words: SecretWords) {
    pages =
      [CodePage.ibm1047.name, CodePage.ibm037.name].contains(page.name) ? [page] : [page, .ibm1047]
    asterisk = page.bytes("*")?.first ?? 0x5C
    names = words.names.map { Array($0.lowercased().utf8) }
    cards = words.cards
    patterns = words.patterns
    search = CredentialSearch(ebcdic: page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 })
  }

  /// Whether anything is looked for that a short text can be.
  var hasPatterns: Bool { !patterns.isEmpty || cards }

  /// Looks through a unit. `pieces` are its ranges that are content, without the framing between them.
  mutating func find(
    _ unit: [UInt8], pieces: [Range<Int>]? = nil, _ memory: inout Memory,
    lines: inout CredentialLocator.LineState, _ speaker: CredentialSearch.Speaker
  ) -> Result {
    var result = Result()
    guard !unit.isEmpty else { return result }
    if isPlain, !memory.goesOn, !lines.isOpen, let kind = passedOver(unit, pieces, memory.context) {
      unsafe search.pass(unit.span.bytes, after: &memory.trail)
      keep(&memory.context, unit, open: unit.count)
      result.isBinary = kind.isBinary
      return result
    }
    var fills = [UInt8](repeating: 0, count: unit.count)
    var hasBegun = [Bool](repeating: false, count: 1)
    unsafe search.search(unit.span.bytes, after: &memory.trail, lines: &lines, speaker)
    for stretch in search.found where !isLiteral(unit, stretch) {
      for place in stretch.range.clamped(to: 0..<unit.count) {
        fills[place] = stretch.isEBCDIC ? asterisk : 0x2A
      }
      if stretch.continues, stretch.range.lowerBound == 0 { hasBegun[0] = true }
    }
    binary(unit, &fills)

    var content = SecretText([])
    if let pieces {
      for piece in pieces {
        content.append(
          SecretText(Array(unit[piece]), base: Int32(truncatingIfNeeded: piece.lowerBound)))
      }
    } else {
      content = SecretText(unit)
    }
    let ratio = Self.kind(content.bytes)
    result.isBinary = ratio.isBinary
    var open = unit.count
    var texts: [(text: SecretText, depth: Int)] = []
    var context = memory.context
    if ratio.isASCII || ratio.isWide || !ratio.isEBCDIC {
      var text = SecretText(context: context)
      text.append(content)
      texts.append((text, 0))
    }
    if ratio.isEBCDIC {
      var text = SecretText(context: context)
      text.append(content)
      for page in pages { texts.append((text.translated(page), 0)) }
    }
    var next = 0
    var names = NameFills()
    let tableBefore = memory.table
    memory.table = nil
    while next < texts.count {
      let (text, depth) = texts[next]
      next += 1
      var table = depth == 0 && text.isEBCDIC == memory.isTableEBCDIC ? tableBefore : nil
      open = min(open, mark(text, context.count, depth, &table, &fills))
      if let table, depth == 0 {
        memory.table = table
        memory.isTableEBCDIC = text.isEBCDIC
      }
      if let pseudonyms { names.search(text, unit, pseudonyms) }
      guard depth < 3, texts.count < Self.mostTexts else { continue }
      var more: [SecretText?] = []
      if depth == 0, !text.isEBCDIC, Self.mayBeWide(text.bytes) {
        more += [text.wide(from: 0), text.wide(from: 1)]
      }
      more += [text.unescaped(), text.percentDecoded(), text.entitiesDecoded()]
      if depth < 2, !text.isBase64 { more.append(text.base64Decoded()) }
      for case let other? in more where texts.count < Self.mostTexts {
        texts.append((other, depth + 1))
      }
    }

    keep(&context, unit, open: open)
    memory.context = context
    memory.isOpen = open < unit.count
    if let pieces { Self.clear(&fills, between: pieces) }
    result.names = names.runs(besides: masks ? fills : [], in: pieces)
    collect(fills, unit, continues: hasBegun[0], &result)
    return result
  }

  /// What a site calls secret, and cards, in bytes of a protocol that tells everything else itself.
  func findWords(_ unit: [UInt8]) -> Result {
    var result = Result()
    guard !patterns.isEmpty || !names.isEmpty || cards || pseudonyms != nil, !unit.isEmpty else {
      return result
    }
    var fills = [UInt8](repeating: 0, count: unit.count)
    var mapped = NameFills()
    let text = SecretText(unit)
    for one in [text] + pages.map(text.translated) {
      if let pseudonyms { mapped.search(one, unit, pseudonyms, byName: false) }
      if !names.isEmpty {
        var secrets = NamedSecrets(one.bytes, names: names, only: true)
        secrets.search()
        for range in secrets.found + secrets.numbers {
          put(range, one, one.isEBCDIC ? asterisk : 0x2A, &fills)
        }
      }
      var ranges = matches(one.bytes)
      if cards { ranges += CardNumbers.find(one.bytes) }
      for range in ranges { put(range, one, one.isEBCDIC ? asterisk : 0x2A, &fills) }
    }
    result.names = mapped.runs(besides: masks ? fills : [])
    collect(fills, unit, continues: false, &result)
    return result
  }

  /// What is in a text by name, by shape, by pattern. Returns where in the unit the secret begins that its end
  /// cuts.
  private mutating func mark(
    _ text: SecretText, _ context: Int, _ depth: Int, _ table: inout NamedSecrets.Table?,
    _ fills: inout [UInt8]
  ) -> Int {
    var secrets = NamedSecrets(text.bytes, names: names)
    secrets.search()
    if !text.isBase64 || depth < 2 {
      var start = depth == 0 ? min(context, text.bytes.count) : 0
      // A line of names can have begun before.
      if table == nil { while start > 0, text.bytes[start - 1] != 0x0A { start -= 1 } }
      secrets.rows(from: start, &table)
    }
    var ranges = secrets.found
    if cards { ranges += CardNumbers.find(text.bytes) }
    ranges += matches(text.bytes)
    if depth > 0 { ranges += commands(text.bytes) }
    let fill = text.isEBCDIC ? asterisk : 0x2A
    var open = fills.count
    for range in ranges {
      put(range, text, fill, &fills)
      if range.upperBound == text.bytes.count {
        open = min(open, Int(max(0, text.low[range.lowerBound])))
      }
    }
    for range in secrets.numbers { put(range, text, text.isEBCDIC ? 0xF1 : 0x31, &fills) }
    return open
  }

  private static let literals = ["true", "false", "null"].map { Array($0.utf8) }

  /// What JSON has without quotes: the words tell nothing, and a count of tokens is no secret. Other numbers stay
  /// numbers (``NamedSecrets/numbers``).
  private func isLiteral(_ unit: [UInt8], _ stretch: CredentialFound) -> Bool {
    let range = stretch.range.clamped(to: 0..<unit.count)
    guard !stretch.continues, !range.isEmpty, range.count <= 20 else { return false }
    let text = unit[range].map { stretch.isEBCDIC ? SecretText.character($0, pages[0]) : $0 }
    if Self.literals.contains(text) { return true }
    guard text.allSatisfy({ $0 &- 0x30 < 10 }) else { return false }
    let before = unit[max(0, range.lowerBound - 24)..<range.lowerBound]
      .map { stretch.isEBCDIC ? SecretText.character($0, pages[0]) : $0 }
      .map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    return before.last { $0 > 0x20 } == 0x3A && before.contains(Array("tokens".utf8))
  }

  /// Statements and fields in a text that was coded, by its own signs.
  private mutating func commands(_ text: [UInt8]) -> [Range<Int>] {
    var trail = CredentialSearch.Trail()
    var own = CredentialLocator.LineState()
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = false
    unsafe search.search(text.span.bytes, after: &trail, lines: &own, speaker)
    return search.found.compactMap {
      $0.isEBCDIC ? nil : $0.range.clamped(to: 0..<text.count)
    }
  }

  private func put(
    _ range: Range<Int>, _ text: SecretText, _ fill: UInt8, _ fills: inout [UInt8]
  ) {
    for index in range {
      let low = Int(text.low[index])
      guard low >= 0 else { continue }
      for place in low..<min(Int(text.high[index]), fills.count) {
        guard text.isBase64 else {
          fills[place] = fill
          continue
        }
        // Three asterisks in base64, so that it stays base64.
        let group: [UInt8] = text.isEBCDIC ? [0xD2, 0x89, 0x96, 0x98] : [0x4B, 0x69, 0x6F, 0x71]
        fills[place] = group[(place - low) % 4]
      }
    }
  }

  /// An escape can stand in two chunks: the framing between them stays.
  private static func clear(_ fills: inout [UInt8], between pieces: [Range<Int>]) {
    var at = 0
    for piece in pieces + [fills.count..<fills.count] {
      while at < min(piece.lowerBound, fills.count) {
        fills[at] = 0
        at += 1
      }
      at = max(at, piece.upperBound)
    }
  }

  private func collect(
    _ fills: [UInt8], _ unit: [UInt8], continues: Bool, _ result: inout Result
  ) {
    var at = 0
    while at < fills.count {
      guard fills[at] != 0 else {
        at += 1
        continue
      }
      let start = at
      var isChanged = false
      while at < fills.count, fills[at] != 0 {
        if unit[at] != fills[at] { isChanged = true }
        at += 1
      }
      // What was masked before holds no secret any more.
      guard isChanged, !Self.isMasked(unit[start..<at]) else { continue }
      if !(start == 0 && continues) { result.count += 1 }
      var low = start
      while low < at {
        var high = low
        while high < at, fills[high] == fills[low] { high += 1 }
        result.marks.append((low..<high, fills[low]))
        low = high
      }
    }
  }

  /// Whether bytes are asterisks in base64, from any of them on.
  private static func isMasked(_ bytes: ArraySlice<UInt8>) -> Bool {
    let asterisks = Array("Kioq".utf8)
    guard let first = bytes.first, let phase = asterisks.firstIndex(of: first) else { return false }
    return bytes.enumerated().allSatisfy { $1 == asterisks[($0 + phase) % 4] }
  }

  /// Whether only what every trace is searched for is looked for.
  private var isPlain: Bool {
    usesSigns && names.isEmpty && patterns.isEmpty && !cards && pseudonyms == nil
  }

  /// What a unit is, when nothing in it can be secret; nil when it has to be searched.
  private func passedOver(
    _ unit: [UInt8], _ pieces: [Range<Int>]?, _ context: [UInt8]
  ) -> (isASCII: Bool, isEBCDIC: Bool, isWide: Bool, isBinary: Bool)? {
    let signs = SecretSigns.shared
    var content = unit
    if let pieces {
      // A name can stand in two chunks, and one in the framing between them.
      guard unsafe !signs.show(in: unit.span.bytes, asText: false) else { return nil }
      content = pieces.flatMap { unit[$0] }
    }
    let kind = Self.kind(content)
    let text = context.isEmpty ? content : context + content
    let isText = kind.isASCII || kind.isWide || !kind.isEBCDIC
    guard unsafe !signs.show(in: text.span.bytes, asText: isText) else { return nil }
    if kind.isEBCDIC {
      for page in pages {
        let other = text.map { SecretText.character($0, page) }
        guard unsafe !signs.show(in: other.span.bytes) else { return nil }
      }
    }
    if isText, text.count >= 8, Self.mayBeWide(text) {
      for parity in [0, 1] {
        guard let wide = SecretText(text).wide(from: parity) else { continue }
        guard unsafe !signs.show(in: wide.bytes.span.bytes) else { return nil }
      }
    }
    guard unit[0] != 0x30 || BERValues.passwordModify(unit).isEmpty else { return nil }
    return kind
  }

  /// Whether so many bytes are zero that two of them may be a character.
  private static func mayBeWide(_ bytes: [UInt8]) -> Bool {
    var zeros = 0
    for byte in bytes where byte == 0 { zeros &+= 1 }
    return zeros >= 6 && zeros &* 17 >= bytes.count
  }

  /// Keeps what tells the meaning of the bytes that follow: the last ones, or the beginning of a secret that
  /// they cut.
  private func keep(_ context: inout [UInt8], _ unit: [UInt8], open: Int) {
    let limit = Self.contextLimit
    if open < unit.count, unit.count - open > limit / 2 {
      let low = max(0, open - limit / 2)
      let before = open < limit / 2 ? Array(context.suffix(limit / 2 - open)) : []
      context = before + unit[low..<min(unit.count, open + limit / 4)]
    } else if unit.count >= limit {
      context = Array(unit.suffix(limit))
    } else {
      context = Array((context + unit).suffix(limit))
    }
  }

  private func matches(_ bytes: [UInt8]) -> [Range<Int>] {
    guard !patterns.isEmpty else { return [] }
    let text = String(decoding: bytes.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
    var ranges: [Range<Int>] = []
    for pattern in patterns {
      for match in text.matches(of: pattern) {
        var range = match.range
        if match.output.count > 1, let group = match.output[1].range { range = group }
        let low = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
        let high = text.utf8.distance(from: text.startIndex, to: range.upperBound)
        if low < high { ranges.append(low..<high) }
      }
    }
    return ranges
  }

  // MARK: - What is no text

  /// Attributes of LDAP and literal fields of HTTP/2: a name with its length, then a value with its own.
  private func binary(_ unit: [UInt8], _ fills: inout [UInt8]) {
    let ascii = CredentialText(translate: nil)
    var at = 0
    while at + 4 < unit.count {
      let length = Int(unit[at])
      let name = at + 1..<at + 1 + length
      guard length >= 3, length < 64, at > 0, Self.isTag(unit[at - 1]),
        name.upperBound < unit.count, Self.isNameByte(unit[at + 1]),
        Self.isNameByte(unit[name.upperBound - 1]),
        name.allSatisfy({ Self.isNameByte(unit[$0]) }),
        unsafe SecretName.matches(ascii, unit.span.bytes, name)
          || CredentialLocator.isSecretField(ascii, unit.span.bytes, name)
      else {
        at += 1
        continue
      }
      let values =
        unit[at - 1] == 0x04
        ? BERValues.values(unit, name.upperBound) : Self.counted(unit, name.upperBound)
      for value in values { for place in value { fills[place] = 0x2A } }
      at = name.upperBound
    }
    for value in BERValues.passwordModify(unit) { for place in value { fills[place] = 0x2A } }
  }

  /// A value of HPACK that is not compressed (RFC 7541 section 5.2).
  private static func counted(_ unit: [UInt8], _ at: Int) -> [Range<Int>] {
    guard at < unit.count, unit[at] > 0, unit[at] < 0x7F else { return [] }
    let value = at + 1..<min(unit.count, at + 1 + Int(unit[at]))
    return value.allSatisfy { unit[$0] >= 0x20 && unit[$0] < 0x7F } ? [value] : []
  }

  /// What stands in front of a name with its length: an octet string of BER, a literal of HPACK.
  private static func isTag(_ byte: UInt8) -> Bool {
    byte == 0x04 || byte == 0x00 || byte == 0x10 || byte == 0x40
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x5F || byte == 0x3B
  }

  /// Of each byte, in which codes it is text: 1 ASCII, 2 EBCDIC; 4 is zero.
  private static let codes: [UInt8] = (0...255).map { (byte: UInt8) in
    var signs: UInt8 = byte == 0 ? 4 : 0
    switch byte {
    case 0x20..<0x7F, 0x09, 0x0A, 0x0D: signs |= 1
    default: break
    }
    switch byte {
    case 0x40, 0x81...0x89, 0x91...0x99, 0xA2...0xA9, 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9,
      0xF0...0xF9, 0x4B, 0x4D, 0x5D, 0x61, 0x6B, 0x6D, 0x7A...0x7F, 0x0D, 0x15, 0x25:
      signs |= 2
    default: break
    }
    return signs
  }

  /// Which codes bytes may be text in.
  private static func kind(
    _ bytes: [UInt8]
  ) -> (isASCII: Bool, isEBCDIC: Bool, isWide: Bool, isBinary: Bool) {
    var ascii = 0
    var ebcdic = 0
    var zeros = 0
    for index in 0..<min(bytes.count, 4096) {
      let signs = codes[Int(bytes[index])]
      ascii &+= Int(signs & 1)
      ebcdic &+= Int(signs >> 1 & 1)
      zeros &+= Int(signs >> 2)
    }
    let count = min(bytes.count, 4096)
    let isASCII = ascii * 10 >= count * 7
    let isEBCDIC = ebcdic * 10 >= count * 4 && bytes.contains { $0 >= 0x80 }
    let isWide = zeros * 10 >= count * 3 && ascii * 10 >= count * 3
    let isText = isASCII || isWide || ebcdic * 10 >= count * 7
    return (isASCII, isEBCDIC, isWide, !isText && count > 8)
  }
}

/// Values of LDAP messages, whose lengths are BER. Source: RFC 4511 section 4.1.7, RFC 3062.
enum BERValues {
  /// A length, and where what it measures begins.
  static func length(_ bytes: [UInt8], _ at: Int) -> Range<Int>? {
    guard at < bytes.count else { return nil }
    let first = Int(bytes[at])
    if first < 0x80 { return at + 1..<at + 1 + first }
    let size = first & 0x7F
    guard (1...4).contains(size), at + size < bytes.count else { return nil }
    var count = 0
    for index in 1...size { count = count << 8 | Int(bytes[at + index]) }
    return at + 1 + size..<at + 1 + size + count
  }

  /// The values of the attribute whose name ends at `start`: one, or a set of them.
  static func values(_ bytes: [UInt8], _ start: Int) -> [Range<Int>] {
    guard start < bytes.count, let whole = length(bytes, start + 1) else { return [] }
    if bytes[start] == 0x04 { return [whole.clamped(to: 0..<bytes.count)] }
    guard bytes[start] == 0x31 else { return [] }
    var values: [Range<Int>] = []
    var at = whole.lowerBound
    while at < min(whole.upperBound, bytes.count), bytes[at] == 0x04,
      let value = length(bytes, at + 1)
    {
      values.append(value.clamped(to: 0..<bytes.count))
      at = value.upperBound
    }
    return values
  }

  private static let operation = Array("1.3.6.1.4.1.4203.1.11.1".utf8)

  /// The old and the new password of a password modify request.
  static func passwordModify(_ bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count > operation.count + 6, bytes[0] == 0x30 else { return [] }
    for start in 0..<min(64, bytes.count - operation.count)
    where bytes[start] == operation[0] && Array(bytes[start..<start + operation.count]) == operation
    {
      let tag = start + operation.count
      guard tag < bytes.count, bytes[tag] == 0x81, let value = length(bytes, tag + 1),
        value.lowerBound < bytes.count, bytes[value.lowerBound] == 0x30,
        let sequence = length(bytes, value.lowerBound + 1)
      else { return [] }
      var found: [Range<Int>] = []
      var at = sequence.lowerBound
      while at < bytes.count, let field = length(bytes, at + 1) {
        if bytes[at] == 0x81 || bytes[at] == 0x82 {
          found.append(field.clamped(to: 0..<bytes.count))
        }
        at = max(at + 2, field.upperBound)
      }
      return found
    }
    return []
  }
}

/// Numbers of cards: 13 to 19 digits whose check digit is right (ISO/IEC 7812-1), written together or in groups.
enum CardNumbers {
  static func find(_ text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while at < text.count {
      guard isDigit(text[at]), at == 0 || !isDigit(text[at - 1]) else {
        at += 1
        continue
      }
      var digits: [UInt8] = []
      var end = at
      var last = at
      while end < text.count, digits.count < 20 {
        if isDigit(text[end]) {
          digits.append(text[end] & 0x0F)
          last = end + 1
        } else if text[end] != 0x20 && text[end] != 0x2D || !isDigit(text[end - 1]) {
          break
        }
        end += 1
      }
      if (13...19).contains(digits.count), (2...6).contains(digits[0]), isRight(digits) {
        found.append(at..<last)
      }
      at = max(last, at + 1)
    }
    return found
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isRight(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = index % 2 == 1 ? Int(digit) * 2 : Int(digit)
      sum += value > 9 ? value - 9 : value
    }
    return sum % 10 == 0
  }
}
