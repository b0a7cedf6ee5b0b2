internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Texts inside of messages.
extension FlowSecrets {
  /// Looks through a text, and marks what is secret where it stands in the stream.
  func look(_ text: inout OpenTexts.Text, _ side: FlowSide) {
    for part in text.parts where part.isSecret { seal(part, of: text, side) }
    markBlind(&text, side)
    guard let codings = text.codings else {
      return unread(text, side, "compressed data in \(application.name)")
    }
    if !codings.isEmpty { return coded(text, codings, side) }
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = !text.isHeader
    let found = engine.finder.find(text.bytes, &text.memory, lines: &lines, speaker)
    var secrets = 0
    var marks = found.marks[...]
    var names = found.names[...]
    for part in text.parts where !part.isSecret {
      let inside = Self.inside(part.text, &marks, \.range)
      guard !inside.isEmpty else { continue }
      secrets +=
        inside.filter {
          part.text.contains($0.range.lowerBound) && !isMarked($0.range, part, side)
        }.count
      put(inside.map { ($0.range.clamped(to: part.text), $0.fill) }, part, text, side)
    }
    engine.count(secrets)
    for part in text.parts where !part.isSecret && !names.isEmpty {
      rename(Self.inside(part.text, &names, \.range), part, text, side)
    }
    if found.isBinary { unread(text, side, "binary data in \(application.name)") }
  }

  /// What reaches into a part of a text, of what is in order; what ends before it is in no further part either.
  private static func inside<Element>(
    _ part: Range<Int>, _ rest: inout ArraySlice<Element>, _ range: KeyPath<Element, Range<Int>>
  ) -> ArraySlice<Element> {
    rest = rest.drop { $0[keyPath: range].upperBound <= part.lowerBound }
    return rest.prefix { $0[keyPath: range].lowerBound < part.upperBound }
  }

  /// What stands at the front of a text behind missing bytes.
  private func markBlind(_ text: inout OpenTexts.Text, _ side: FlowSide) {
    for part in text.parts where text.blind > 0 {
      let count = min(text.blind, part.length)
      text.blind -= count
      markUnsearched(side, part.start, count, "what follows missing bytes")
    }
  }

  /// Whether a range of a text was told of by the protocol and is counted with it.
  private func isMarked(_ range: Range<Int>, _ part: OpenTexts.Part, _ side: FlowSide) -> Bool {
    guard part.coding == .plain else { return false }
    let start = part.start &+ UInt64(range.lowerBound - part.text.lowerBound)
    return marks(side).holds(start..<start &+ 1)
  }

  /// All of a part is secret.
  private func seal(_ part: OpenTexts.Part, of text: OpenTexts.Text, _ side: FlowSide) {
    engine.count(1)
    put([(part.text, 0x2A)], part, text, side)
  }

  private func put(
    _ ranges: [(range: Range<Int>, fill: UInt8)], _ part: OpenTexts.Part, _ text: OpenTexts.Text,
    _ side: FlowSide
  ) {
    let base = part.text.lowerBound
    if part.coding == .plain {
      for (range, fill) in ranges {
        let start = part.start &+ UInt64(range.lowerBound - base)
        add(SecretMark(start: start, end: start &+ UInt64(range.count), fill: fill), to: side)
      }
      return
    }
    let own = ranges.map { ($0.range.lowerBound - base..<$0.range.upperBound - base, $0.fill) }
    var bytes = SecretContent.masked(Array(text.bytes[part.text]), own, part.coding)
    // The length differs only where the sender did not use the shortest code; then all of the text is masked.
    if bytes.count != part.length { bytes = [UInt8](repeating: 0xF9, count: part.length) }
    add(SecretMark(start: part.start, bytes: bytes), to: side)
  }

  /// Puts names where those were that they stand for. A string in the code of HPACK would have another length with
  /// them: they are masked in it.
  private func rename(
    _ names: ArraySlice<(range: Range<Int>, bytes: [UInt8])>, _ part: OpenTexts.Part,
    _ text: OpenTexts.Text, _ side: FlowSide
  ) {
    let base = part.text.lowerBound
    if case .huffman = part.coding {
      guard !names.isEmpty else { return }
      let ranges = names.map { ($0.range.lowerBound - base..<$0.range.upperBound - base, UInt8(0)) }
      let bytes = SecretContent.masked(Array(text.bytes[part.text]), ranges, part.coding)
      if bytes.count == part.length { add(name: bytes, at: part.start, to: side) }
      return
    }
    for (range, new) in names {
      for (index, byte) in zip(range, new) where part.text.contains(index) {
        let place = index - base
        var changed = byte
        if case .xor(let key) = part.coding {
          changed ^= UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * (place & 3)))
        }
        add(name: [changed], at: part.start &+ UInt64(place), to: side)
      }
    }
  }

  // MARK: - Fields

  /// Puts another name into a field of a message.
  func rename(
    _ message: RawSpan, _ range: Range<Int>, _ kind: ProtocolName, _ start: UInt64,
    _ side: FlowSide, _ pseudonyms: Pseudonyms
  ) {
    var range = range.clamped(to: 0..<message.byteCount)
    if case .address = kind {
      var bytes = message.extracting(range).copied()
      guard bytes.count == 4 else { return }
      pseudonyms.mapIPv4(in: &bytes, at: 0)
      return add(name: bytes, at: start &+ UInt64(range.lowerBound), to: side)
    }
    range = message.trimmed(range) { $0 == 0 || $0 == 0x20 || $0 == 0x40 }
    guard !range.isEmpty else { return }
    let bytes = message.extracting(range).copied()
    let page = CodePage.ibm1047
    let isEBCDIC = bytes.contains { $0 >= 0x80 }
    let text = isEBCDIC ? bytes.map { SecretText.character($0, page) } : bytes
    guard text.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return }
    let mapped: [UInt8]
    if case .host = kind, text.contains(0x2E) {
      pseudonyms.learn(host: text)
      mapped = pseudonyms.map(host: text)
    } else {
      pseudonyms.learn(text)
      mapped = pseudonyms.map(name: text)
    }
    var new = bytes
    for (index, byte) in mapped.enumerated() where text[index] != byte {
      new[index] =
        isEBCDIC ? page.bytes(String(UnicodeScalar(byte)))?.first ?? bytes[index] : byte
    }
    add(name: new, at: start &+ UInt64(range.lowerBound), to: side)
  }

  // MARK: - TLS

  /// The names in the first message of a client.
  func helloNames(_ side: FlowSide, _ pseudonyms: Pseudonyms) {
    let early = sides[side].early
    for range in TLSHello.names(early) {
      let name = Array(early[range])
      pseudonyms.learn(host: name)
      add(
        name: pseudonyms.map(host: name), at: end(side) &+ UInt64(range.lowerBound), to: side)
    }
    sides[side].early = []
  }

  /// Known names in certificates, which stand in clear before anything is encrypted.
  func sealedNames(
    _ side: FlowSide, _ start: UInt64, _ bytes: [UInt8], _ pseudonyms: Pseudonyms
  ) {
    guard start < Self.origin + 64 * 1024 else { return }
    var finder = NameFinder(bytes, pseudonyms)
    finder.search(byName: false)
    for (range, new) in finder.found {
      let at = start &+ UInt64(range.lowerBound)
      if !marks(side).holds(at..<at &+ UInt64(new.count)) { add(name: new, at: at, to: side) }
    }
  }

  // MARK: - Coded texts

  /// A text in codings that can be undone is searched without them, and coded again.
  private func coded(_ text: OpenTexts.Text, _ codings: [String], _ side: FlowSide) {
    let before = engine.found
    let answer: CodedBody.Answer
    if let messages = deflatedMessages(codings, side) {
      answer = text.isCut ? messages.lose() : messages.masked(text.bytes, search(coded:))
    } else {
      answer =
        text.isCut ? .unreadable : engine.body(codings).masked(text.bytes, search(coded:))
    }
    switch answer {
    case .clean: break
    case .masked(let bytes, let count):
      engine.count(count)
      for part in text.parts {
        let new = SecretContent.masked(Array(bytes[part.text]), [], part.coding)
        add(coded: new, at: part.start, to: side)
      }
    case .doesNotFit: unread(text, side, "compressed data that cannot be changed in place")
    case .unreadable: unread(text, side, "compressed data in \(application.name)")
    }
    if !engine.masks, engine.found > before {
      for part in text.parts {
        add(
          SecretMark(start: part.start, end: part.start &+ UInt64(part.length), fill: 0), to: side)
      }
    }
  }

  private func deflatedMessages(_ codings: [String], _ side: FlowSide) -> DeflatedMessages? {
    let isAlone = codings == [WebSocket.deflatedAlone]
    guard isAlone || codings == [WebSocket.deflated] else { return nil }
    if let known = deflated[side], !isAlone { return known }
    let new = DeflatedMessages()
    deflated[side] = new
    return new
  }

  /// What is secret in a body whose coding was undone: a copy with masks, nil when nothing is.
  func search(coded bytes: [UInt8]) -> (bytes: [UInt8], count: Int)? {
    engine.decoded &+= bytes.count
    var memory = SecretFinder.Memory()
    var own = CredentialLocator.LineState()
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = false
    let found = engine.finder.find(bytes, &memory, lines: &own, speaker)
    var copy = bytes
    for name in found.names { copy.replaceSubrange(name.range, with: name.bytes) }
    for mark in found.marks where engine.masks {
      for index in mark.range { copy[index] = mark.fill }
    }
    // Where nothing is masked, secrets are only counted.
    if copy == bytes { engine.count(found.count) }
    return copy == bytes ? nil : (copy, found.count)
  }

  private func unread(_ text: OpenTexts.Text, _ side: FlowSide, _ what: String) {
    for part in text.parts { markUnsearched(side, part.start, part.length, what) }
  }

  // MARK: - Texts that no message reader names

  /// Looks through the runs of text in a message that is made of fields: nothing outside of them is changed.
  func runs(_ message: RawSpan, at start: UInt64, _ side: FlowSide, onlyWords: Bool) {
    // Of a finder that is asked for each run a copy is made.
    let shortest = engine.finder.hasPatterns ? 3 : 8
    for isText in [Self.asciiText, Self.ebcdicText] {
      // Nothing before it belongs to a run that goes on there.
      var free = 0
      while free + shortest <= message.byteCount {
        // A run has text at one of so many places.
        var low = free + shortest - 1
        guard isText[Int(message.u8(low))] else {
          free = low + 1
          continue
        }
        var high = low + 1
        while low > free, isText[Int(message.u8(low - 1))] { low -= 1 }
        while high < message.byteCount, isText[Int(message.u8(high))] { high += 1 }
        if high - low >= shortest {
          run(message.extracting(low..<high), at: start &+ UInt64(low), side, onlyWords: onlyWords)
        }
        free = high
      }
    }
  }

  private func run(_ bytes: RawSpan, at start: UInt64, _ side: FlowSide, onlyWords: Bool) {
    var own = CredentialLocator.LineState()
    var memory = SecretFinder.Memory()
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = false
    let found =
      onlyWords
      ? engine.finder.findWords(bytes.copied())
      : engine.finder.find(bytes.copied(), &memory, lines: &own, speaker)
    for name in found.names {
      add(name: name.bytes, at: start &+ UInt64(name.range.lowerBound), to: side)
    }
    for mark in found.marks {
      let first = start &+ UInt64(mark.range.lowerBound)
      let new = SecretMark(start: first, end: first &+ UInt64(mark.range.count), fill: mark.fill)
      // A secret that the protocol's reader marked has been counted.
      if !marks(side).holds(new.start..<new.end) { engine.count(1) }
      add(new, to: side)
    }
  }

  private static let asciiText: [Bool] = (0...255).map { (byte: Int) in
    byte >= 0x20 && byte < 0x7F || byte == 9 || byte == 10 || byte == 13
  }

  private static let ebcdicText: [Bool] = (0...255).map { (byte: Int) in
    let scalar = CodePage.ibm1047.scalars[byte]
    return scalar >= 0x20 && scalar < 0x7F || scalar == 0x85 || byte == 0x25 || byte == 0x0D
  }
}
