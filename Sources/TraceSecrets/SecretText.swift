internal import TraceBytes
internal import TraceProtocols

/// Bytes as the ASCII text they stand for, each with the bytes of the stream that it came from.
///
/// Escapes, code pages, chunks and codings are undone by making another text out of one; what is found in any of
/// them is masked in the stream.
struct SecretText {
  /// One byte for each character; above 0x7F what is no ASCII.
  var bytes: [UInt8] = []
  /// Where in the unit the character begins, -1 when it was sent before; and where it ends.
  var low: [Int32] = []
  var high: [Int32] = []
  /// Whether the stream has it in EBCDIC.
  var isEBCDIC = false
  /// Whether the stream has it in base64.
  var isBase64 = false

  /// Bytes as they stand, from `base` in the unit on.
  init(_ bytes: [UInt8], base: Int32 = 0) {
    self.bytes = bytes
    low.reserveCapacity(bytes.count)
    high.reserveCapacity(bytes.count)
    for index in 0..<bytes.count {
      low.append(base &+ Int32(truncatingIfNeeded: index))
      high.append(base &+ Int32(truncatingIfNeeded: index) &+ 1)
    }
  }

  /// The content of a unit, which stands in some of its ranges when it has framing in between.
  init(_ unit: [UInt8], pieces: [Range<Int>]?) {
    guard let pieces else {
      self.init(unit)
      return
    }
    self.init([])
    for piece in pieces {
      append(SecretText(Array(unit[piece]), base: Int32(truncatingIfNeeded: piece.lowerBound)))
    }
  }

  /// No characters yet; written in the code of another text.
  private init(like other: SecretText, room: Int? = nil) {
    isEBCDIC = other.isEBCDIC
    isBase64 = other.isBase64
    let room = room ?? other.bytes.count
    bytes.reserveCapacity(room)
    low.reserveCapacity(room)
    high.reserveCapacity(room)
  }

  /// Bytes that were sent before and only tell what follows.
  init(context: [UInt8]) {
    bytes = context
    low = [Int32](repeating: -1, count: context.count)
    high = low
  }

  mutating func append(_ other: SecretText) {
    bytes += other.bytes
    low += other.low
    high += other.high
  }

  private mutating func add(_ from: SecretText, _ range: Range<Int>) {
    bytes += from.bytes[range]
    low += from.low[range]
    high += from.high[range]
  }

  private mutating func add(_ byte: UInt8, _ from: SecretText, _ range: Range<Int>) {
    bytes.append(byte)
    low.append(from.low[range.lowerBound])
    high.append(from.high[range.upperBound - 1])
  }

  // MARK: - What a text holds in another form

  /// The texts that come out when escapes and codings are undone, one at a time.
  ///
  /// - Parameter depth: how many were undone to make this one.
  func otherForms(_ depth: Int) -> [SecretText] {
    var forms: [SecretText?] = []
    if depth == 0, !isEBCDIC, UnitCoding.mayBeWide(bytes) {
      forms += [wide(from: 0), wide(from: 1)]
    }
    forms += [unescaped(), percentDecoded(), entitiesDecoded()]
    if depth < 2, !isBase64 { forms.append(base64Decoded()) }
    return forms.compactMap(\.self)
  }

  /// The text of an EBCDIC page.
  func translated(_ page: CodePage) -> SecretText {
    var text = self
    text.isEBCDIC = true
    for index in bytes.indices { text.bytes[index] = Self.character(bytes[index], page) }
    return text
  }

  /// What a byte of an EBCDIC page stands for.
  static func character(_ byte: UInt8, _ page: CodePage) -> UInt8 {
    let scalar = page.scalars[Int(byte)]
    return switch (scalar, byte) {
    case (0x85, _): 0x0A
    case (..<0x80, _): UInt8(scalar)
    // Brackets are where pages differ: those of 037 and of 1047 count in all.
    case (_, 0xBA), (_, 0xAD): 0x5B
    case (_, 0xBB), (_, 0xBD): 0x5D
    default: scalar < 0x100 ? UInt8(scalar) : 0
    }
  }

  /// Texts whose characters take two bytes, at even and at odd places; nil when there is hardly one.
  func wide(from parity: Int) -> SecretText? {
    guard bytes.count >= 8 else { return nil }
    var text = SecretText(like: self)
    var zeros = 0
    var at = parity
    while at < bytes.count {
      let isAlone =
        (at + 1 >= bytes.count || bytes[at + 1] == 0) || (at > 0 && bytes[at - 1] == 0)
      if isAlone, bytes[at] != 0 { zeros += 1 }
      text.add(isAlone ? bytes[at] : 0, self, at..<at + 1)
      at += 2
    }
    return zeros >= 6 && zeros * 8 >= text.bytes.count ? text : nil
  }

  /// `%70` and `+` of forms and query strings undone.
  func percentDecoded() -> SecretText? {
    undone(0x25) { at in
      guard at + 2 < bytes.count, let high = Self.hex(bytes[at + 1]),
        let low = Self.hex(bytes[at + 2])
      else { return nil }
      return (high << 4 | low, at + 3)
    }
  }

  /// `\u0070`, `\"` and the others of JSON and of programs undone.
  func unescaped() -> SecretText? {
    guard bytes.contains(0x5C) else { return nil }
    return undone(0x5C) { at in
      guard at + 1 < bytes.count else { return nil }
      if bytes[at + 1] | 0x20 == 0x75, at + 5 < bytes.count, let code = number(at + 2..<at + 6) {
        return (code < 0x80 ? UInt8(code) : 0x80, at + 6)
      }
      if bytes[at + 1] == 0x78, at + 3 < bytes.count, let code = number(at + 2..<at + 4) {
        return (UInt8(truncatingIfNeeded: code), at + 4)
      }
      let byte: UInt8 =
        switch bytes[at + 1] {
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: bytes[at + 1]
        }
      return (byte, at + 2)
    } ?? self
  }

  /// `&#112;`, `&quot;` and their like of XML undone.
  func entitiesDecoded() -> SecretText? { undone(0x26, entity) }

  /// The text with what `undo` makes of each sign: a character, and where what stood for it ends. Nil when it makes
  /// nothing of any; what stands between them is copied as a whole.
  @inline(__always)
  private func undone(_ sign: UInt8, _ undo: (Int) -> (UInt8, Int)?) -> SecretText? {
    var text: SecretText?
    var (at, copied) = (0, 0)
    while let next = unsafe bytes.span.bytes.firstIndex(of: sign, in: at..<bytes.count) {
      at = next + 1
      guard let (byte, end) = undo(next) else { continue }
      if text == nil { text = SecretText(like: self) }
      text?.add(self, copied..<next)
      text?.add(byte, self, next..<end)
      (at, copied) = (end, end)
    }
    text?.add(self, copied..<bytes.count)
    return text
  }

  private func entity(_ start: Int) -> (UInt8, Int)? {
    let end = bytes.end(from: start + 1, to: start + 10) { $0 != 0x3B }
    guard end < bytes.count, bytes[end] == 0x3B, end > start + 1 else { return nil }
    let name = bytes[start + 1..<end]
    if bytes[start + 1] == 0x23 {
      let isHex = name.count > 2 && bytes[start + 2] | 0x20 == 0x78
      var code = 0
      for byte in name.dropFirst(isHex ? 2 : 1) {
        guard let digit = Self.hex(byte), isHex || digit < 10 else { return nil }
        code = code &* (isHex ? 16 : 10) &+ Int(digit)
      }
      return (code > 0 && code < 0x80 ? UInt8(code) : 0x80, end + 1)
    }
    switch String(decoding: name, as: UTF8.self) {
    case "quot": return (0x22, end + 1)
    case "apos": return (0x27, end + 1)
    case "lt": return (0x3C, end + 1)
    case "gt": return (0x3E, end + 1)
    case "amp": return (0x26, end + 1)
    default: return nil
    }
  }

  /// The texts that stand in base64 in this one, one behind the other with a line end between them.
  func base64Decoded() -> SecretText? {
    let letters = Self.base64Letters
    var text: SecretText?
    var at = 0
    while at < bytes.count {
      guard letters[Int(bytes[at])] else {
        at += 1
        continue
      }
      let end = bytes.end(from: at) { letters[Int($0)] }
      // Behind `Basic` even a short run of such characters is base64.
      let isMeant =
        at >= 6 && bytes[at - 1] == 0x20 && bytes[at - 2] | 0x20 == 0x63
        && bytes[at - 3] | 0x20 == 0x69 && bytes[at - 4] | 0x20 == 0x73
        && bytes[at - 5] | 0x20 == 0x61
      if end - at >= (isMeant ? 4 : 16) { decodeBase64(at..<end, into: &text) }
      at = end + 1
    }
    return text
  }

  private static let base64Letters = (0...255).map { SecretSigns.sixBits(UInt8($0)) != nil }

  private func decodeBase64(_ range: Range<Int>, into whole: inout SecretText?) {
    var text = SecretText(like: self, room: range.count)
    text.isBase64 = true
    var at = range.lowerBound
    var readable = 0
    while at + 1 < range.upperBound {
      let group = at..<min(at + 4, range.upperBound)
      var value: UInt32 = 0
      for index in 0..<4 {
        let bits = at + index < group.upperBound ? SecretSigns.sixBits(bytes[at + index]) ?? 0 : 0
        value = value << 6 | UInt32(bits)
      }
      for index in 0..<group.count - 1 {
        let byte = UInt8(truncatingIfNeeded: value >> UInt32(16 - 8 * index))
        if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09 {
          readable += 1
        }
        text.add(byte, self, group)
      }
      at += 4
    }
    let count = text.bytes.count
    guard count > 0, readable * 10 >= count * 9 else { return }
    text.add(0x0A, self, range.upperBound - 1..<range.upperBound)
    if whole == nil { whole = text } else { whole?.append(text) }
  }

  // MARK: - Bytes

  private func number(_ range: Range<Int>) -> Int? {
    var value = 0
    for index in range {
      guard let digit = Self.hex(bytes[index]) else { return nil }
      value = value << 4 | Int(digit)
    }
    return value
  }

  static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte & 0x0F
    case 0x41...0x46, 0x61...0x66: (byte & 0x0F) + 9
    default: nil
    }
  }
}
