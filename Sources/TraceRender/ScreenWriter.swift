internal import TraceBytes
internal import TraceProtocols

/// Writes one 3270 record: its command or key, then a line for each field with the place of its text.
///
/// Source: IBM 3270 Data Stream Programmer's Reference, GA23-0059.
struct ScreenWriter {
  private let layout: TextLayout
  private let page: CodePage
  private let glyphs: GlyphTable
  /// Where in the record the text of fields stands that are not displayed.
  private(set) var hidden: [Int] = []

  /// Where the next character goes, and what is known of its field.
  private var address = 0
  private var attribute: UInt8?
  /// Whether an unprotected field without text is still to be named.
  private var isFieldOpen = false
  /// The text collected for one line, and where it begins.
  private var run: [UInt8] = []
  private var runPlaces: [Int] = []
  /// Which bytes of it are of characters of two bytes, by the attributes of the field or the character.
  private var runDouble: [Bool] = []
  /// What SA says of the characters that follow; nil leaves it to the field.
  private var isDoubleCharacter: Bool?
  private var isDoubleField = false
  private var runStart = 0
  /// Where the bytes at hand begin in the record.
  private var base = 0

  init(_ layout: TextLayout, page: CodePage) {
    self.layout = layout
    self.page = page
    glyphs = GlyphTable(page)
  }

  /// Writes a record without telnet framing and TN3270E header.
  mutating func write(
    _ bytes: [UInt8], _ terminal: inout Terminal, isFromHost: Bool?, to out: ByteSink
  ) throws(TraceError) {
    hidden.removeAll(keepingCapacity: true)
    guard let first = bytes.first else { return }
    address = 0
    attribute = nil
    isFieldOpen = false
    isDoubleCharacter = nil
    isDoubleField = false
    clearRun()
    base = 0
    let command = Code3270.command(first)
    let key = Code3270.aid(first)
    if let command, isFromHost ?? Self.looksOutbound(bytes, key) || key == nil {
      try outbound(command, bytes, &terminal, to: out)
    } else if let key {
      try inbound(key, bytes, &terminal, to: out)
    } else {
      try line("3270 record of \(bytes.count) bytes, begins with \(Hex.shown(first))", to: out)
      try orders(bytes, 0, &terminal, to: out)
    }
  }

  /// A command is followed by a write control character and an order; a key by an address.
  private static func looksOutbound(_ bytes: [UInt8], _ key: String?) -> Bool {
    guard bytes.count > 2 else { return bytes.count < 2 || bytes[1] & 0x40 != 0 }
    return [0x11, 0x1D, 0x29, 0x28, 0x3C, 0x12, 0x13].contains(bytes[2]) && bytes.count != 3
  }

  // MARK: - From the host

  private mutating func outbound(
    _ command: Code3270.Command, _ bytes: [UInt8], _ terminal: inout Terminal, to out: ByteSink
  ) throws(TraceError) {
    switch command {
    case .eraseWrite: terminal.erase(alternate: false)
    case .eraseWriteAlternate: terminal.erase(alternate: true)
    case .structuredField: return try structuredFields(bytes, &terminal, to: out)
    case .write: break
    case .readBuffer, .readModified, .readModifiedAll, .eraseAllUnprotected:
      return try line("3270 \(command.name)", to: out)
    }
    guard bytes.count > 1 else { return try line("3270 \(command.name)", to: out) }
    let words = Code3270.writeControl(bytes[1]).map { "\($0)" }
    let control = words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
    try line("3270 \(command.name)\(control)", to: out)
    try orders(bytes, 2, &terminal, to: out)
  }

  /// Structured fields: a length with its own two bytes, and an identifier.
  private mutating func structuredFields(
    _ bytes: [UInt8], _ terminal: inout Terminal, to out: ByteSink
  ) throws(TraceError) {
    try line("3270 Write Structured Field", to: out)
    var at = 1
    while at + 3 <= bytes.count {
      var length = Int(bytes[at]) << 8 | Int(bytes[at + 1])
      // 0 means the rest.
      if length == 0 || at + length > bytes.count { length = bytes.count - at }
      guard length >= 3 else { return }
      let field = Array(bytes[at..<at + length])
      switch field[2] {
      case 0x01:
        let types: [UInt8: StaticString] = [
          0x02: "Query", 0x03: "Query List", 0x6E: "Read Modified All", 0xF2: "Read Buffer",
          0xF6: "Read Modified",
        ]
        let type = field.count > 4 ? types[field[4]].map { ": \($0)" } ?? "" : ""
        try line("structured field Read Partition\(type)", to: out)
      case 0x40:
        try line("structured field Outbound 3270DS", to: out)
        if field.count > 5, let command = Code3270.command(field[4]) {
          base += at + 4
          try outbound(command, Array(field[4...]), &terminal, to: out)
          base -= at + 4
        }
      default: try line("structured field \(Hex.shown(field[2])), \(length) bytes", to: out)
      }
      at += length
    }
  }

  // MARK: - From the terminal

  private mutating func inbound(
    _ key: String, _ bytes: [UInt8], _ terminal: inout Terminal, to out: ByteSink
  ) throws(TraceError) {
    guard bytes.count >= 3, bytes[0] != 0x88 else {
      let size = bytes.count > 1 ? ", \(bytes.count - 1) bytes" : ""
      return try line("3270 \(key)\(size)", to: out)
    }
    let cursor = Code3270.address(bytes[1], bytes[2])
    terminal.fit(cursor)
    try line("3270 \(key), cursor \(place(cursor, terminal))", to: out)
    // What is typed does not change where fields begin.
    var copy = terminal
    try orders(bytes, 3, &copy, to: out, isInbound: true)
  }

  // MARK: - Orders and text

  private mutating func orders(
    _ bytes: [UInt8], _ start: Int, _ terminal: inout Terminal, to out: ByteSink,
    isInbound: Bool = false
  ) throws(TraceError) {
    var at = start
    while at < bytes.count {
      let code = bytes[at]
      let operands = Self.operandCount(bytes, at)
      guard at + operands < bytes.count else {
        try flush(terminal, to: out)
        return try line("(cut order \(Hex.shown(code)))", to: out)
      }
      switch code {
      case Code3270.setBufferAddress:
        try flush(terminal, to: out)
        address = Code3270.address(bytes[at + 1], bytes[at + 2])
        terminal.fit(address)
        attribute = nil
        isDoubleField = terminal.isDouble(at: address)
        // A terminal sends the place behind the attribute: the field is known by it.
        if isInbound { attribute = terminal.attribute(at: address) }
      case Code3270.startField:
        try startField(bytes[at + 1], &terminal, to: out)
      case Code3270.startFieldExtended:
        var value: UInt8 = 0
        var isDouble = false
        for pair in 0..<Int(bytes[at + 1]) {
          let place = at + 2 + 2 * pair
          if bytes[place] == 0xC0 { value = bytes[place + 1] }
          if bytes[place] == Self.characterSet { isDouble = bytes[place + 1] == Self.doubleSet }
        }
        let field = address
        try startField(value, &terminal, to: out)
        terminal.setDouble(field, isDouble)
        isDoubleField = isDouble
      case Code3270.modifyField:
        try flush(terminal, to: out)
        for pair in 0..<Int(bytes[at + 1]) {
          let (type, value) = (bytes[at + 2 + 2 * pair], bytes[at + 3 + 2 * pair])
          if type == 0xC0 { terminal.setField(address, value) }
          if type == Self.characterSet { terminal.setDouble(address, value == Self.doubleSet) }
        }
        isDoubleField = terminal.isDouble(at: address)
        step(terminal)
      case Code3270.repeatToAddress:
        try repeatTo(bytes, at, &terminal, to: out)
      case Code3270.eraseUnprotectedToAddress:
        try flush(terminal, to: out)
        address = Code3270.address(bytes[at + 1], bytes[at + 2])
      case Code3270.insertCursor:
        try flush(terminal, to: out)
        if !isInbound { try line("\(place(address, terminal)) (cursor)", to: out) }
      case Code3270.programTab: try flush(terminal, to: out)
      case Code3270.setAttribute:
        // Type 0 takes all attributes of characters back.
        if bytes[at + 1] == 0 { isDoubleCharacter = nil }
        if bytes[at + 1] == Self.characterSet {
          isDoubleCharacter = bytes[at + 2] == 0 ? nil : bytes[at + 2] == Self.doubleSet
        }
      case Code3270.graphicEscape: character(0x4B, at: at + 1, &terminal)
      default: character(code, at: at, &terminal)
      }
      at += 1 + operands
    }
    try flush(terminal, to: out)
  }

  /// Bytes that belong to the order at `at`, itself not counted.
  private static func operandCount(_ bytes: [UInt8], _ at: Int) -> Int {
    switch bytes[at] {
    case Code3270.setBufferAddress, Code3270.eraseUnprotectedToAddress, Code3270.setAttribute: 2
    case Code3270.startField, Code3270.graphicEscape: 1
    case Code3270.repeatToAddress:
      at + 3 < bytes.count && bytes[at + 3] == Code3270.graphicEscape ? 4 : 3
    case Code3270.startFieldExtended, Code3270.modifyField:
      at + 1 < bytes.count ? 1 + 2 * Int(bytes[at + 1]) : 1
    default: 0
    }
  }

  private mutating func startField(
    _ value: UInt8, _ terminal: inout Terminal, to out: ByteSink
  ) throws(TraceError) {
    try flush(terminal, to: out)
    terminal.fit(address)
    terminal.setField(address, value)
    terminal.setDouble(address, false)
    isDoubleField = false
    attribute = value
    isFieldOpen = true
    step(terminal)
    runStart = address
  }

  /// The next position: behind the last one is the first.
  private mutating func step(_ terminal: Terminal) {
    address += 1
    if address >= terminal.positions { address = 0 }
  }

  private mutating func clearRun() {
    run.removeAll(keepingCapacity: true)
    runPlaces.removeAll(keepingCapacity: true)
    runDouble.removeAll(keepingCapacity: true)
  }

  /// The attribute type of character sets, and the set of two bytes.
  private static let characterSet: UInt8 = 0x43
  private static let doubleSet: UInt8 = 0xF8

  private mutating func character(_ byte: UInt8, at place: Int, _ terminal: inout Terminal) {
    if run.isEmpty { runStart = address }
    run.append(byte)
    runPlaces.append(base + place)
    runDouble.append(isDoubleCharacter ?? isDoubleField)
    terminal.overwrite(address..<address + 1)
    step(terminal)
  }

  private mutating func repeatTo(
    _ bytes: [UInt8], _ at: Int, _ terminal: inout Terminal, to out: ByteSink
  ) throws(TraceError) {
    let target = Code3270.address(bytes[at + 1], bytes[at + 2])
    let isGraphic = bytes[at + 3] == Code3270.graphicEscape
    let byte = bytes[at + 3]
    let count = target > address ? target - address : max(0, terminal.positions - address)
    terminal.overwrite(address..<address + count)
    if target <= address { terminal.overwrite(0..<target) }
    if !isGraphic, byte != 0, byte != 0x40, count > 0, count <= 8 {
      for _ in 0..<count { character(byte, at: at + 3, &terminal) }
    } else {
      try flush(terminal, to: out)
      if !isGraphic, byte != 0, byte != 0x40 {
        let scalar = Unicode.Scalar(page.scalars[Int(byte)]) ?? "?"
        try line(
          "\(place(address, terminal)) \(String(scalar)) repeated to \(place(target, terminal))",
          to: out)
      }
    }
    address = target
  }

  /// Writes the collected text, or the input field that has none.
  private mutating func flush(_ terminal: Terminal, to out: ByteSink) throws(TraceError) {
    defer {
      clearRun()
      isFieldOpen = false
    }
    let isHidden = attribute.map(FieldAttribute.isHidden) ?? false
    var low = 0
    var high = run.count
    while low < high, run[low] == 0 || run[low] == 0x40 { low += 1 }
    while high > low, run[high - 1] == 0 || run[high - 1] == 0x40 { high -= 1 }
    let isInput = attribute.map { !FieldAttribute.isProtected($0) } ?? false
    guard low < high || isFieldOpen && isInput else { return }
    try out.fill(0x20, layout.indent)
    try out.visible(place(runStart + low, terminal))
    if isInput { try out.append(" input") }
    if isHidden { try out.append(" non-display") }
    if isInput || isHidden { try out.u8(0x3A) }
    if low < high {
      if isHidden { hidden += runPlaces[low..<high] }
      try text(low..<high, to: out)
    }
    try out.u8(0x0A)
  }

  /// The line end of printers.
  private static let newLine: UInt8 = 0x15

  private func text(_ range: Range<Int>, to out: ByteSink) throws(TraceError) {
    try out.u8(0x20)
    var isShifted = false
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = run[index]
      let isShift = byte == CodePage.shiftOut || byte == CodePage.shiftIn
      if isShift { isShifted = byte == CodePage.shiftOut }
      if isShift ? page.hasPairs : byte == 0 {
        try out.u8(0x20)
      } else if isShift {
        try out.escape(byte)
      } else if isShifted || runDouble[index] {
        if index + 1 < range.upperBound, let scalar = page.scalar(byte, run[index + 1]),
          VisibleText.isSafe(scalar)
        {
          for unit in String(scalar).utf8 { try out.u8(unit) }
          index += 1
        } else {
          try out.escape(byte)
        }
      } else if byte == Self.newLine {
        try out.u8(0x0A)
        try out.fill(0x20, layout.indent + 8)
      } else if glyphs.special(byte) != .none {
        try out.escape(byte)
      } else {
        _ = try unsafe out.translate(run.span.bytes, from: index, to: index + 1, glyphs)
      }
      index += 1
    }
  }

  private func place(_ address: Int, _ terminal: Terminal) -> String {
    let two = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
    return "[\(two(address / terminal.columns + 1)),\(two(address % terminal.columns + 1))]"
  }

  private func line(_ words: String, to out: ByteSink) throws(TraceError) {
    try out.fill(0x20, layout.indent)
    try out.visible(words)
    try out.u8(0x0A)
  }
}
