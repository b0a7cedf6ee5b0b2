internal import TraceBytes

/// The codes of the 3270 data stream. Source: GA23-0059.
package enum Code3270 {
  package static let setBufferAddress: UInt8 = 0x11
  package static let eraseUnprotectedToAddress: UInt8 = 0x12
  package static let insertCursor: UInt8 = 0x13
  package static let programTab: UInt8 = 0x05
  package static let graphicEscape: UInt8 = 0x08
  package static let startField: UInt8 = 0x1D
  package static let setAttribute: UInt8 = 0x28
  package static let startFieldExtended: UInt8 = 0x29
  package static let modifyField: UInt8 = 0x2C
  package static let repeatToAddress: UInt8 = 0x3C

  package enum Command: Sendable {
    case write, eraseWrite, eraseWriteAlternate, eraseAllUnprotected, structuredField
    case readBuffer, readModified, readModifiedAll

    package var name: StaticString {
      switch self {
      case .write: "Write"
      case .eraseWrite: "Erase/Write"
      case .eraseWriteAlternate: "Erase/Write Alternate"
      case .eraseAllUnprotected: "Erase All Unprotected"
      case .structuredField: "Write Structured Field"
      case .readBuffer: "Read Buffer"
      case .readModified: "Read Modified"
      case .readModifiedAll: "Read Modified All"
      }
    }
  }

  /// The command in either of its two codes, local and remote.
  package static func command(_ byte: UInt8) -> Command? {
    switch byte {
    case 0xF1, 0x01: .write
    case 0xF5, 0x05: .eraseWrite
    case 0x7E, 0x0D: .eraseWriteAlternate
    case 0x6F, 0x0F: .eraseAllUnprotected
    case 0xF3, 0x11: .structuredField
    case 0xF2, 0x02: .readBuffer
    case 0xF6, 0x06: .readModified
    case 0x6E, 0x0E: .readModifiedAll
    default: nil
    }
  }

  /// The key that a terminal says was pressed.
  package static func aid(_ byte: UInt8) -> String? {
    switch byte {
    case 0x60: "no key"
    case 0x7D: "Enter"
    case 0xF1...0xF9: "PF\(byte - 0xF0)"
    case 0x7A...0x7C: "PF\(byte - 0x7A + 10)"
    case 0xC1...0xC9: "PF\(byte - 0xC0 + 12)"
    case 0x4A...0x4C: "PF\(byte - 0x4A + 22)"
    case 0x6C: "PA1"
    case 0x6E: "PA2"
    case 0x6B: "PA3"
    case 0x6D: "Clear"
    case 0x6A: "Clear Partition"
    case 0x88: "structured field"
    case 0xF0: "Test Request"
    case 0x7E: "light pen"
    case 0xE6: "badge reader"
    default: nil
    }
  }

  /// The position in two bytes: 14 bits as they are, or 12 bits in two characters.
  package static func address(_ high: UInt8, _ low: UInt8) -> Int {
    high & 0xC0 == 0
      ? Int(high) << 8 | Int(low)
      : Int(high & 0x3F) << 6 | Int(low & 0x3F)
  }

  /// The bits of a write control character in words.
  package static func writeControl(_ byte: UInt8) -> [StaticString] {
    var words: [StaticString] = []
    if byte & 0x40 != 0 { words.append("reset") }
    if byte & 0x08 != 0 { words.append("start printer") }
    if byte & 0x04 != 0 { words.append("alarm") }
    if byte & 0x02 != 0 { words.append("keyboard restore") }
    if byte & 0x01 != 0 { words.append("reset MDT") }
    return words
  }

  /// The data type of a TN3270E record. Source: RFC 2355 section 8.1.1.
  package static func dataType(_ byte: UInt8) -> StaticString? {
    switch byte {
    case 0: "3270-DATA"
    case 1: "SCS-DATA"
    case 2: "RESPONSE"
    case 3: "BIND-IMAGE"
    case 4: "UNBIND"
    case 5: "NVT-DATA"
    case 6: "REQUEST"
    case 7: "SSCP-LU-DATA"
    case 8: "PRINT-EOJ"
    default: nil
    }
  }

  /// Whether a record begins as TN3270E records do: type, request and response flags, number; then
  /// for 3270 data a command or a key.
  package static func looksExtended(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 5, bytes[0] == 0, bytes[1] <= 2, bytes[2] <= 2 else { return false }
    return bytes.count == 5 || command(bytes[5]) != nil || aid(bytes[5]) != nil
  }

  /// Whether bytes are an EOR-framed 3270 record: a command or a key first, IAC EOR last.
  package static func looksFramed(_ bytes: RawSpan) -> Bool {
    let count = bytes.byteCount
    guard count >= 3, bytes.u8(count - 2) == Telnet.iac, bytes.u8(count - 1) == Telnet.eor else {
      return false
    }
    let at = bytes.u8(0) == 0 && count >= 8 ? 5 : 0
    return command(bytes.u8(at)) != nil || aid(bytes.u8(at)) != nil
  }

  /// Whether bytes begin with a write that sets a screen up: command, write control character, and
  /// an order.
  package static func looksLikeWrite(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 6 else { return false }
    let at = bytes.u8(0) == 0 && bytes.byteCount >= 9 ? 5 : 0
    switch bytes.u8(at) {
    case 0xF1, 0xF5, 0x7E, 0x05, 0x0D: break
    default: return false
    }
    // A write control character is a graphic one: bits 0 and 1 make it so.
    guard bytes.u8(at + 1) >= 0x40 || bytes.u8(at + 1) < 0x10 else { return false }
    switch bytes.u8(at + 2) {
    case setBufferAddress, startField, startFieldExtended: return true
    case setAttribute, repeatToAddress: return bytes.u8(at) != 0x05
    default: return false
    }
  }
}
