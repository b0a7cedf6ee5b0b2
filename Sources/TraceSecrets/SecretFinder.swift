internal import TraceBytes
internal import TraceProtocols

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

  /// What was found in a unit.
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
    let quiet =
      isPlain && !memory.goesOn && !lines.isOpen ? passedOver(unit, pieces, memory.context) : nil
    if let quiet {
      unsafe search.pass(unit.span.bytes, after: &memory.trail)
      // Without a secret there can be names.
      if pseudonyms == nil {
        keep(&memory.context, unit, open: unit.count)
        result.isBinary = quiet.isBinary
        return result
      }
    }
    var fills = [UInt8](repeating: 0, count: unit.count)
    var hasBegun = false
    if quiet == nil {
      hasBegun = markFields(unit, &memory.trail, &lines, speaker, &fills)
    }
    let content = SecretText(unit, pieces: pieces)
    let coding = quiet ?? UnitCoding(content.bytes)
    result.isBinary = coding.isBinary
    var open = unit.count
    var context = memory.context
    var texts = readings(content, coding, context).map { (text: $0, depth: 0) }
    var next = 0
    var names = NameFills()
    let tableBefore = memory.table
    memory.table = nil
    while next < texts.count {
      let (text, depth) = texts[next]
      next += 1
      if quiet == nil {
        var table = depth == 0 && text.isEBCDIC == memory.isTableEBCDIC ? tableBefore : nil
        open = min(open, mark(text, context.count, depth, &table, &fills))
        if let table, depth == 0 {
          memory.table = table
          memory.isTableEBCDIC = text.isEBCDIC
        }
      }
      if let pseudonyms { names.search(text, unit, pseudonyms) }
      guard depth < 3, texts.count < Self.mostTexts else { continue }
      for other in text.otherForms(depth) where texts.count < Self.mostTexts {
        texts.append((other, depth + 1))
      }
    }

    keep(&context, unit, open: open)
    memory.context = context
    memory.isOpen = open < unit.count
    if let pieces { Self.clear(&fills, between: pieces) }
    result.names = names.runs(besides: masks ? fills : [], in: pieces)
    collect(fills, unit, continues: hasBegun, &result)
    return result
  }

  /// A unit behind what was sent before it, in each code that it may be text in.
  private func readings(
    _ content: SecretText, _ coding: UnitCoding, _ context: [UInt8]
  ) -> [SecretText] {
    var text = content
    if !context.isEmpty {
      text = SecretText(context: context)
      text.append(content)
    }
    return (coding.isText ? [text] : []) + (coding.isEBCDIC ? pages.map(text.translated) : [])
  }

  /// Statements and fields by their signs, in any code. Whether the first secret began in an earlier unit.
  private mutating func markFields(
    _ unit: [UInt8], _ trail: inout CredentialSearch.Trail,
    _ lines: inout CredentialLocator.LineState, _ speaker: CredentialSearch.Speaker,
    _ fills: inout [UInt8]
  ) -> Bool {
    var hasBegun = false
    unsafe search.search(unit.span.bytes, after: &trail, lines: &lines, speaker)
    for stretch in search.found where !isLiteral(unit, stretch) {
      for place in stretch.range.clamped(to: 0..<unit.count) {
        fills[place] = stretch.isEBCDIC ? asterisk : 0x2A
      }
      if stretch.continues, stretch.range.lowerBound == 0 { hasBegun = true }
    }
    CountedValues.mask(unit, &fills)
    return hasBegun
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
      // The line that names columns may begin before this piece.
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
        let high = fills.end(from: low, to: at) { $0 == fills[low] }
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
    usesSigns && names.isEmpty && patterns.isEmpty && !cards
  }

  /// What a unit is, when nothing in it can be secret; nil when it has to be searched.
  private func passedOver(
    _ unit: [UInt8], _ pieces: [Range<Int>]?, _ context: [UInt8]
  ) -> UnitCoding? {
    let signs = SecretSigns.shared
    var content = unit
    if let pieces {
      // A name can stand in two chunks, and one in the framing between them.
      guard unsafe !signs.show(in: unit.span.bytes, asText: false) else { return nil }
      content = pieces.flatMap { unit[$0] }
    }
    let coding = UnitCoding(content)
    let text = context.isEmpty ? content : context + content
    guard unsafe !signs.show(in: text.span.bytes, asText: coding.isText) else { return nil }
    if coding.isEBCDIC {
      for page in pages {
        let other = text.map { SecretText.character($0, page) }
        guard unsafe !signs.show(in: other.span.bytes) else { return nil }
      }
    }
    if coding.isText, text.count >= 8, UnitCoding.mayBeWide(text) {
      for parity in [0, 1] {
        guard let wide = SecretText(text).wide(from: parity) else { continue }
        guard unsafe !signs.show(in: wide.bytes.span.bytes) else { return nil }
      }
    }
    guard unit[0] != 0x30 || BERValues.passwordModify(unit).isEmpty else { return nil }
    return coding
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

}
