internal import TraceBytes

/// Takes the data of a 3270 record apart: orders and text. Source: GA23-0059.
enum Orders3270 {
  enum Order {
    /// Set buffer address.
    case address(Int)
    /// A field begins, with this attribute, at the present address.
    case field(UInt8)
    /// The attribute of the field at the present address changes, where one is given.
    case modify(UInt8?)
    /// A character up to an address.
    case repeatTo(Int, UInt8)
    /// Unprotected fields are erased up to an address.
    case eraseTo(Int)
    /// Insert cursor, program tab.
    case cursor, tab
    /// A character; its place in the record.
    case text(Int)
  }

  /// Calls `body` with each order and character from a place on; an order that is cut ends it.
  static func walk(_ bytes: RawSpan, from start: Int, _ body: (Order) -> Void) {
    var at = start
    while at < bytes.byteCount {
      let code = bytes.u8(at)
      let operands = operandCount(bytes, at)
      guard at + operands < bytes.byteCount else { return }
      switch code {
      case Code3270.setBufferAddress: body(.address(address(bytes, at + 1)))
      case Code3270.startField: body(.field(bytes.u8(at + 1)))
      case Code3270.startFieldExtended: body(.field(attribute(bytes, at) ?? 0))
      case Code3270.modifyField: body(.modify(attribute(bytes, at)))
      case Code3270.repeatToAddress:
        let isGraphic = bytes.u8(at + 3) == Code3270.graphicEscape
        body(.repeatTo(address(bytes, at + 1), isGraphic ? 0x4B : bytes.u8(at + 3)))
      case Code3270.eraseUnprotectedToAddress: body(.eraseTo(address(bytes, at + 1)))
      case Code3270.insertCursor: body(.cursor)
      case Code3270.programTab: body(.tab)
      case Code3270.setAttribute: break
      case Code3270.graphicEscape: body(.text(at + 1))
      default: body(.text(at))
      }
      at += 1 + operands
    }
  }

  private static func address(_ bytes: RawSpan, _ at: Int) -> Int {
    Code3270.address(bytes.u8(at), bytes.u8(at + 1))
  }

  /// The field attribute among the pairs of an order, type C0.
  private static func attribute(_ bytes: RawSpan, _ at: Int) -> UInt8? {
    var value: UInt8?
    for pair in 0..<Int(bytes.u8(at + 1)) where bytes.u8(at + 2 + 2 * pair) == 0xC0 {
      value = bytes.u8(at + 3 + 2 * pair)
    }
    return value
  }

  /// Bytes that belong to the order at a place, itself not counted.
  private static func operandCount(_ bytes: RawSpan, _ at: Int) -> Int {
    switch bytes.u8(at) {
    case Code3270.setBufferAddress, Code3270.eraseUnprotectedToAddress, Code3270.setAttribute: 2
    case Code3270.startField, Code3270.graphicEscape: 1
    case Code3270.repeatToAddress:
      at + 3 < bytes.byteCount && bytes.u8(at + 3) == Code3270.graphicEscape ? 4 : 3
    case Code3270.startFieldExtended, Code3270.modifyField:
      at + 1 < bytes.byteCount ? 1 + 2 * Int(bytes.u8(at + 1)) : 1
    default: 0
    }
  }
}

/// Places of text that is to be masked, given as runs without blanks at their ends.
struct TextRun {
  private var low = 0
  private var high = 0
  private var end = 0

  mutating func add(_ place: Int, _ byte: UInt8, _ mark: (Range<Int>) -> Void) {
    let isBlank = byte == 0 || byte == 0x40
    if place != end || high == low { flush(mark) }
    if high == low {
      guard !isBlank else { return }
      low = place
    }
    end = place + 1
    if !isBlank || high == low { high = end }
  }

  mutating func flush(_ mark: (Range<Int>) -> Void) {
    if high > low { mark(low..<high) }
    (low, high, end) = (0, 0, 0)
  }
}
