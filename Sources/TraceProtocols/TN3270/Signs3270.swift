internal import TraceBytes

/// What bytes tell of a 3270 session without its negotiation.
enum Signs3270 {
  /// Bytes of the TN3270E header: data type, request flag, response flag, number.
  static let header = 5

  /// Whether a record begins with a TN3270E header: flags are small numbers, and what follows fits the
  /// type.
  static func hasHeader(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= header, bytes.u8(0) <= 8, bytes.u8(1) <= 2, bytes.u8(2) <= 2 else {
      return false
    }
    let rest = bytes.byteCount - header
    switch bytes.u8(0) {
    case 0:
      guard rest > 0 else { return true }
      return Code3270.command(bytes.u8(header)) != nil || Code3270.aid(bytes.u8(header)) != nil
    case 2: return rest <= 8
    case 3: return rest > 0 && bytes.u8(header) == 0x31
    case 4: return rest <= 1
    default: return true
    }
  }

  /// Whether a record without telnet and TN3270E around it is the host's; nil when the bytes may be of
  /// either.
  static func isFromHost(_ bytes: RawSpan) -> Bool? {
    guard let first = bytes.isEmpty ? nil : bytes.u8(0) else { return nil }
    let command = Code3270.command(first)
    let isKey = Code3270.aid(first) != nil
    guard let command else { return isKey ? false : nil }
    guard isKey else { return true }
    switch command {
    case .structuredField:
      guard bytes.byteCount > 3 else { return bytes.byteCount == 3 ? false : nil }
      let length = Int(bytes.be16(1))
      return (length == 0 || length >= 3 && length < bytes.byteCount) && bytes.u8(3) != 0x11
    case .readBuffer, .readModified, .readModifiedAll, .eraseAllUnprotected:
      return bytes.byteCount == 1 ? nil : false
    case .write, .eraseWrite, .eraseWriteAlternate:
      // A key, and the cursor or a modified field; a command, and an order.
      guard bytes.byteCount > 3 else { return bytes.byteCount == 2 ? true : nil }
      if isOrder(bytes.u8(2)) { return true }
      return bytes.u8(3) == Code3270.setBufferAddress ? false : nil
    }
  }

  static func isOrder(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x05, 0x11, 0x12, 0x13, 0x1D, 0x28, 0x29, 0x2C, 0x3C: true
    default: false
    }
  }

  /// Whether two bytes are an address: 14 bits within the largest screen, or two of the 64 characters
  /// that stand for 6 bits.
  static func isAddress(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard bytes.has(2, at: at) else { return false }
    let (high, low) = (bytes.u8(at), bytes.u8(at + 1))
    if high < 0x40 { return Int(high) << 8 | Int(low) < 16_384 }
    return isSixBits(high) && isSixBits(low)
  }

  private static func isSixBits(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x40, 0x4A...0x50, 0x5A...0x61, 0x6A...0x6F, 0x7A...0x7F: true
    case 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9, 0xF0...0xF9: true
    default: false
    }
  }

  // MARK: - Recognition

  /// Whether a stream, or a place in it, begins with a record of a 3270.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    let last = end(bytes)
    let isEnded = last != nil
    let record = bytes.extracting(0..<(last ?? bytes.byteCount))
    let isExtended = hasHeader(record)
    let body = isExtended ? record.extracting(header..<record.byteCount) : record
    if isExtended, record.u8(0) != 0 { return control(record, isEnded) }
    if isExtended, isEnded, body.byteCount == 2, isWrite(body.u8(0)) {
      // Nothing but a write control character, but behind five bytes that fit.
      return Recognition(.certain, fromClient: false)
    }
    if isStructured(body, isEnded) { return Recognition(.certain, fromClient: false) }
    if let host = screen(body, isEnded) { return Recognition(host, fromClient: false) }
    if let terminal = reply(body, isEnded) { return Recognition(terminal, fromClient: true) }
    return nil
  }

  private static func isWrite(_ byte: UInt8) -> Bool {
    byte == 0xF1 || byte == 0xF5 || byte == 0x7E || byte == 0x05 || byte == 0x0D
  }

  /// Write Structured Field, whose fields fill the record.
  private static func isStructured(_ bytes: RawSpan, _ isEnded: Bool) -> Bool {
    guard isEnded, bytes.byteCount >= 4, bytes.u8(0) == 0xF3 || bytes.u8(0) == 0x11 else {
      return false
    }
    var at = 1
    while at + 3 <= bytes.byteCount {
      switch bytes.u8(at + 2) {
      // Read Partition, Erase/Reset, Load Symbols, Set Reply Mode, Create Partition, Outbound 3270DS.
      case 0x01, 0x03, 0x06, 0x09, 0x0C, 0x0F, 0x10, 0x40: break
      default: return false
      }
      let length = Int(bytes.be16(at))
      if length == 0 { return true }
      guard length >= 3 else { return false }
      at += length
    }
    return at == bytes.byteCount
  }

  /// The place of the mark that ends a record.
  static func end(_ bytes: RawSpan) -> Int? {
    var at = 0
    while let found = bytes.firstIndex(of: Telnet.iac, from: at, to: bytes.byteCount) {
      guard found + 1 < bytes.byteCount else { return nil }
      if bytes.u8(found + 1) == Telnet.eor { return found }
      guard bytes.u8(found + 1) == Telnet.iac else { return nil }
      at = found + 2
    }
    return nil
  }

  /// A TN3270E record that is no 3270 data: responses, BIND and UNBIND are short and end at once.
  private static func control(_ bytes: RawSpan, _ isEnded: Bool) -> Recognition? {
    switch bytes.u8(0) {
    case 2:
      // A response, which only terminals send, with one byte of data.
      guard isEnded, bytes.byteCount == header + 1, bytes.u8(1) == 0, bytes.u8(2) <= 1 else {
        return nil
      }
      return Recognition(.certain, fromClient: true)
    case 3:
      guard bytes.byteCount > header + 3, bytes.be16(header) == 0x3101 else { return nil }
      return Recognition(.likely, fromClient: false)
    default: return nil
    }
  }

  /// A write: command, write control character, orders with addresses and text that fit.
  private static func screen(
    _ bytes: RawSpan, _ isEnded: Bool
  ) -> ApplicationProtocol.Confidence? {
    guard bytes.byteCount >= 6 else { return nil }
    guard isWrite(bytes.u8(0)) else { return nil }
    guard isOrder(bytes.u8(2)), bytes.u8(1) & 0x30 == 0 || bytes.u8(1) >= 0x40 else { return nil }
    let last = bytes.byteCount
    var at = 2
    var (orders, letters, others) = (0, 0, 0)
    while at < last {
      switch bytes.u8(at) {
      case 0x11:
        guard isAddress(bytes, at + 1) else { return at + 3 > last ? score() : nil }
        orders += 1
        at += 3
      case 0x1D:
        orders += 1
        at += 2
      case 0x29:
        guard at + 1 < last else { return score() }
        let pairs = Int(bytes.u8(at + 1))
        guard pairs <= 8 else { return nil }
        orders += 1
        at += 2 + 2 * pairs
      case 0x28:
        orders += 1
        at += 3
      case 0x3C:
        guard isAddress(bytes, at + 1) else { return at + 3 > last ? score() : nil }
        orders += 1
        at += 4
      case 0x13, 0x05: at += 1
      case 0x40, 0x4B, 0x60, 0x61, 0x6B, 0x6F, 0x7A, 0x7E, 0x81...0x89, 0x91...0x99, 0xA2...0xA9,
        0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9, 0xF0...0xF9:
        letters += 1
        at += 1
      // Fields are filled up with zeros; signs are text, too.
      case 0x00, 0x4A...0x50, 0x5A...0x5F, 0x6C...0x6E, 0x79...0x7D, 0x7F: at += 1
      default:
        others += 1
        at += 1
      }
    }
    return score()

    func score() -> ApplicationProtocol.Confidence? {
      guard orders >= 1, others * 4 <= letters + 4 * orders else { return nil }
      // An order and two dozen letters are as good as three orders.
      if orders >= 3 || orders >= 2 && letters >= 4 || letters >= 24
        || isEnded && orders + letters >= 4
      {
        return .certain
      }
      return isEnded ? .likely : nil
    }
  }

  /// A key with the cursor, fields with addresses, and the end of the record; or what the terminal can
  /// do.
  private static func reply(
    _ bytes: RawSpan, _ isEnded: Bool
  ) -> ApplicationProtocol.Confidence? {
    guard let first = bytes.isEmpty ? nil : bytes.u8(0), Code3270.aid(first) != nil else {
      return nil
    }
    if first == 0x88 {
      // Query Reply (81): lengths fit, summary first.
      guard bytes.byteCount > 5, bytes.u8(3) == 0x81, bytes.be16(1) >= 4 else { return nil }
      return bytes.u8(4) == 0x80 ? .certain : .likely
    }
    guard isEnded else { return nil }
    let last = bytes.byteCount
    if last == 1 { return first == 0x60 ? nil : .possible }
    guard isAddress(bytes, 1) else { return nil }
    if last == 3 { return .likely }
    guard bytes.u8(3) == Code3270.setBufferAddress, isAddress(bytes, 4) else {
      return first == 0x7D && bytes.u8(3) >= 0x40 ? .likely : nil
    }
    return .certain
  }
}
