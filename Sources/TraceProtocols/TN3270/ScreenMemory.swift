internal import TraceBytes

/// What is remembered of the screen: where fields begin and which are not displayed, which ask for a
/// secret by the words before them, and the first line, which names it. No character of it is kept
/// otherwise.
struct ScreenMemory {
  /// What a record from the host did.
  struct Change {
    var isErased = false
    var unlocks = false
    /// Whether there was text or a field.
    var isWritten = false
    /// Whether the host asks what the terminal can do.
    var isQuery = false
  }

  /// How the last text asks for a secret.
  enum Prompt: UInt8, Sendable { case none, byWord, byMessage }

  var terminal = Terminal()
  /// Whether the screen was seen from an empty one on, so that all its fields are known.
  var isKnown = false
  /// Labels that a site calls secret, in small letters: what stands in the fields behind them is, shown or not.
  var names: [[UInt8]] = []
  private(set) var prompt = Prompt.none
  /// Addresses of the attributes of fields that stand behind words such as `Password ===>`.
  private var telling: [UInt16] = []
  private static let mostTelling = 16
  private static let mostNamed = 512
  /// The first line with text, and its number.
  private var line: [UInt8] = []
  private var lineNumber = Int.max

  // State of a record under way.
  private var address = 0
  private var attribute: UInt8?
  /// Whether the field stands behind one of ``names``.
  private var isNamed = false
  /// Text since the last field or jump, folded, for what it says of the field behind it.
  private var label: [UInt8] = []
  private static let labelBytes = 96
  /// Stands in a label where text goes on elsewhere: what is before it says nothing of a field behind it.
  private static let jump: UInt8 = 0xFF

  /// The first 40 characters of the first line with text.
  var name: String {
    let first = line.end(from: 0) { TextCoding.ebcdic.isBlank($0) }
    let part = Array(line[first...].prefix(40))
    return unsafe TextCoding.ebcdic.text(part.span.bytes, 0..<part.count)
  }

  /// Takes a record from the host, without telnet and TN3270E around it. `mark` gets the places of text
  /// that is not displayed.
  mutating func write(_ bytes: RawSpan, mark: (Range<Int>) -> Void) -> Change {
    var change = Change()
    guard !bytes.isEmpty, let command = Code3270.command(bytes.u8(0)) else { return change }
    switch command {
    case .structuredField: structured(bytes, &change, mark)
    default: execute(command, bytes, at: 0, &change, mark)
    }
    return change
  }

  private mutating func execute(
    _ command: Code3270.Command, _ bytes: RawSpan, at start: Int, _ change: inout Change,
    _ mark: (Range<Int>) -> Void
  ) {
    switch command {
    case .eraseWrite: erase(alternate: false, &change)
    case .eraseWriteAlternate: erase(alternate: true, &change)
    case .write: break
    case .eraseAllUnprotected:
      change.unlocks = true
      return
    case .structuredField, .readBuffer, .readModified, .readModifiedAll: return
    }
    guard start + 1 < bytes.byteCount else { return }
    if bytes.u8(start + 1) & 0x02 != 0 { change.unlocks = true }
    guard start + 2 < bytes.byteCount else { return }
    change.isWritten = true
    orders(bytes, from: start + 2, mark)
  }

  private mutating func erase(alternate: Bool, _ change: inout Change) {
    terminal.erase(alternate: alternate)
    telling.removeAll(keepingCapacity: true)
    line.removeAll(keepingCapacity: true)
    lineNumber = .max
    isKnown = true
    prompt = .none
    change.isErased = true
  }

  /// Structured fields: a length with its own two bytes (0 is the rest), and an identifier.
  private mutating func structured(
    _ bytes: RawSpan, _ change: inout Change, _ mark: (Range<Int>) -> Void
  ) {
    var at = 1
    while at + 3 <= bytes.byteCount {
      var length = Int(bytes.be16(at))
      if length == 0 || at + length > bytes.byteCount { length = bytes.byteCount - at }
      guard length >= 3 else { return }
      switch bytes.u8(at + 2) {
      // Read Partition: Query, Query List.
      case 0x01 where length > 4 && (bytes.u8(at + 4) == 0x02 || bytes.u8(at + 4) == 0x03):
        change.isQuery = true
      case 0x03: erase(alternate: length > 3 && bytes.u8(at + 3) & 0x80 != 0, &change)
      case 0x40 where length > 5:
        if let command = Code3270.command(bytes.u8(at + 4)) {
          let field = bytes.extracting(0..<at + length)
          execute(command, field, at: at + 4, &change, mark)
        }
      default: break
      }
      at += length
    }
  }

  // MARK: - Orders

  private mutating func orders(
    _ bytes: RawSpan, from start: Int, _ mark: (Range<Int>) -> Void
  ) {
    address = 0
    attribute = nil
    isNamed = false
    label.removeAll(keepingCapacity: true)
    var run = TextRun()
    var hasText = false
    Orders3270.walk(bytes, from: start) { order in
      switch order {
      case .text(let place):
        let byte = bytes.u8(place)
        if isNamed || attribute.map(FieldAttribute.isHidden) == true {
          run.add(place, byte, mark)
          if isNamed, label.last != Self.jump { label.append(Self.jump) }
        } else {
          show(byte)
          if byte > 0x40 { hasText = true }
        }
        terminal.overwrite(address..<address + 1)
        step()
        return
      case .address(let target):
        terminal.fit(target)
        let isNear = target >= address && target / terminal.columns == address / terminal.columns
        label.append(isNear ? 0 : Self.jump)
        address = target
        attribute = terminal.attribute(at: target)
        isNamed = !names.isEmpty && isBehindName(target)
      case .field(let value): field(value)
      case .modify(let value):
        if let value {
          terminal.setField(address, value)
          attribute = value
        }
        step()
      case .repeatTo(let target, let byte): fill(to: target, byte)
      case .eraseTo(let target): address = target
      case .cursor, .tab: break
      }
      run.flush(mark)
    }
    run.flush(mark)
    if hasText { prompt = asks() }
    if label.capacity > Self.labelBytes * 4 { label = [] }
  }

  private mutating func step() {
    address += 1
    // A field whose attribute is at the last position begins at the first one.
    if address >= terminal.positions { address = 0 }
  }

  private mutating func field(_ value: UInt8) {
    terminal.fit(address)
    terminal.setField(address, value)
    telling.removeAll { Int($0) == address }
    isNamed = !names.isEmpty && isNamed(label)
    if isNamed || !FieldAttribute.isProtected(value) && Self.isTelling(label),
      telling.count < (names.isEmpty ? Self.mostTelling : Self.mostNamed)
    {
      telling.append(UInt16(clamping: address))
    }
    label.append(0)
    attribute = value
    step()
  }

  private mutating func fill(to target: Int, _ byte: UInt8) {
    let end = target > address ? target : terminal.positions
    if end > address { terminal.overwrite(address..<end) }
    // Behind the last position it goes on at the first one.
    if target <= address, target > 0 { terminal.overwrite(0..<target) }
    if byte > 0x40, end - address <= 8 {
      for _ in address..<max(address, end) {
        show(byte)
        step()
      }
    }
    address = target
  }

  /// A character that people see.
  private mutating func show(_ byte: UInt8) {
    if label.count >= 2 * Self.labelBytes { label.removeFirst(Self.labelBytes) }
    label.append(TextCoding.ebcdic.fold(byte))
    let row = address / terminal.columns
    if byte > 0x40, row < lineNumber {
      lineNumber = row
      line.removeAll(keepingCapacity: true)
    }
    guard row == lineNumber else { return }
    let column = address % terminal.columns
    while line.count <= column { line.append(0x40) }
    line[column] = byte > 0x40 ? byte : 0x40
  }

  // MARK: - Words

  private static let secretWords: [StaticString] = [
    "PASSWORD", "PASSPHRASE", "PASSCODE", "PASSWD", "PASSWORT", "KENNWORT",
  ]

  /// Whether a label ends in a word for a secret, with nothing but signs behind it.
  private static func isTelling(_ label: [UInt8]) -> Bool {
    var end = label.count
    // A change of place or an attribute next to the label stands as 0.
    while end > 0, !isWordPart(label[end - 1]) { end -= 1 }
    for word in secretWords {
      let count = word.utf8CodeUnitCount
      guard end >= count else { continue }
      var isSame = true
      for index in 0..<count where unsafe label[end - count + index] != word.utf8Start[index] {
        isSame = false
        break
      }
      if isSame { return true }
    }
    return false
  }

  /// Whether the field at an address stands behind one of the names; text without a field where one ended.
  private func isBehindName(_ address: Int) -> Bool {
    if isNamed(label), label.last != Self.jump { return true }
    guard let field = terminal.field(at: address) else { return false }
    return telling.contains(UInt16(clamping: field.address))
  }

  /// Whether a label ends in a name that a site calls secret, with nothing but signs behind it.
  private func isNamed(_ label: [UInt8]) -> Bool {
    names.contains { name in
      var end = label.count
      while end > 0, !Self.isWordPart(label[end - 1]) { end -= 1 }
      for letter in name.reversed() where Byte.isLetter(letter) || Byte.isDigit(letter) {
        while end > 0, !Self.isWordPart(label[end - 1]) { end -= 1 }
        guard end > 0, Byte.lower(label[end - 1]) == letter else { return false }
        end -= 1
      }
      return end == 0 || !Self.isWordPart(label[end - 1]) || label[end - 1] == Self.jump
    }
  }

  private static func isWordPart(_ letter: UInt8) -> Bool {
    Byte.isLetter(letter) || Byte.isDigit(letter) || letter == jump
  }

  /// Whether the last text of a record asks for a secret.
  private func asks() -> Prompt {
    let tail = Array(label.suffix(Self.labelBytes))
    let range = 0..<tail.count
    for word in Self.secretWords where Self.has(word, tail, range) {
      return Self.has("IKJ", tail, range) ? .byMessage : .byWord
    }
    return .none
  }

  private static func has(_ word: StaticString, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    unsafe TextCoding.ascii.firstIndex(of: word, bytes.span.bytes, range) != nil
  }

  // MARK: - Replies

  /// Whether the text at an address is typed into a field that holds a secret, and whether that is
  /// known.
  func judge(_ place: Int, attribute given: UInt8?) -> (isSecret: Bool, isKnown: Bool) {
    if let given { return (FieldAttribute.isHidden(given), true) }
    if prompt == .byMessage { return (true, true) }
    guard let field = terminal.field(at: place) else {
      return (prompt != .none, isKnown || prompt != .none)
    }
    if FieldAttribute.isHidden(field.attribute) { return (true, true) }
    if telling.contains(UInt16(clamping: field.address)) { return (true, true) }
    let before = place > 0 ? place - 1 : terminal.positions - 1
    if isKnown || field.address == before { return (false, true) }
    return (prompt != .none, prompt != .none)
  }

  /// The host has got an answer: what it asked for is over.
  mutating func answered() { prompt = .none }
}
