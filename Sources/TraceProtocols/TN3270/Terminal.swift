internal import TraceBytes

/// What is known of the 3270 at one end of a conversation.
///
/// This is no emulation: only where fields begin and which of them are not displayed is remembered,
/// because what is typed into those is a password.
/// Source: IBM 3270 Data Stream Programmer's Reference, GA23-0059.
package struct Terminal {
  /// Whether records begin with the five bytes of TN3270E; nil until negotiated.
  package var isExtended: Bool?
  /// Whether records end with EOR, which only a 3270 does.
  package var isRecordMode = false
  /// Whether the lower end of the flow is the host; nil until it is seen.
  package var hostIsLower: Bool?
  package private(set) var columns = 80
  package private(set) var rows = 24
  /// The screen that Erase/Write Alternate switches to, by the terminal type.
  private var alternate = (rows: 24, columns: 80)

  /// Where fields begin, in order, with their attributes.
  private var fields: [(address: UInt16, attribute: UInt8)] = []
  /// Where fields begin whose characters have two bytes (character set F8).
  private var doubleFields: Set<Int> = []
  /// More fields than a screen can have positions are not kept.
  private static let fieldLimit = 16_384

  package init() {}

  package var positions: Int { rows * columns }

  /// Learns the screen size from `IBM-3278-5-E`.
  package mutating func learn(type: [UInt8]) {
    let text = type.map { Character(Unicode.Scalar($0)) }
    let parts = String(text).split(separator: "-")
    guard parts.count >= 3, parts[1].hasPrefix("327") else { return }
    switch parts[2].first {
    case "3": alternate = (32, 80)
    case "4": alternate = (43, 80)
    case "5": alternate = (27, 132)
    default: alternate = (24, 80)
    }
  }

  /// Erase/Write and Erase/Write Alternate begin with an empty screen.
  package mutating func erase(alternate usesAlternate: Bool) {
    fields.removeAll(keepingCapacity: true)
    doubleFields.removeAll()
    (rows, columns) = usesAlternate ? alternate : (24, 80)
  }

  package mutating func setField(_ address: Int, _ attribute: UInt8) {
    let index = firstField(at: address)
    if index < fields.count, Int(fields[index].address) == address {
      fields[index].attribute = attribute
    } else if fields.count < Self.fieldLimit {
      fields.insert((UInt16(clamping: address), attribute), at: index)
    }
  }

  /// Says whether the characters of the field at an address have two bytes.
  package mutating func setDouble(_ address: Int, _ isDouble: Bool) {
    if isDouble { doubleFields.insert(address) } else { doubleFields.remove(address) }
  }

  /// Whether the characters of the field that a position belongs to have two bytes.
  package func isDouble(at address: Int) -> Bool {
    guard !doubleFields.isEmpty, let field = field(at: address) else { return false }
    return doubleFields.contains(field.address)
  }

  /// Characters written over the beginning of a field end it.
  package mutating func overwrite(_ range: Range<Int>) {
    let start = firstField(at: range.lowerBound)
    let end = fields.end(from: start) { Int($0.address) < range.upperBound }
    if !doubleFields.isEmpty {
      for field in fields[start..<end] { doubleFields.remove(Int(field.address)) }
    }
    fields.removeSubrange(start..<end)
  }

  /// The attribute of the field that a position belongs to, nil on a screen without fields.
  package func attribute(at address: Int) -> UInt8? {
    field(at: address)?.attribute
  }

  /// The field that a position belongs to: its attribute and where that stands. The last field goes on
  /// at the beginning of the screen.
  func field(at address: Int) -> (address: Int, attribute: UInt8)? {
    let index = firstField(at: address + 1)
    guard let field = index > 0 ? fields[index - 1] : fields.last else { return nil }
    return (Int(field.address), field.attribute)
  }

  /// The positions of an address; an address beyond the screen means that the screen is larger.
  package mutating func fit(_ address: Int) {
    guard address >= positions, address < Self.fieldLimit else { return }
    let sizes = [(32, 80), (43, 80), (27, 132)]
    (rows, columns) =
      sizes.first { $0.0 * $0.1 > address } ?? (Self.fieldLimit / columns, columns)
  }

  private func firstField(at address: Int) -> Int {
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if Int(fields[middle].address) < address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The bits of a field attribute.
package enum FieldAttribute {
  package static func isProtected(_ attribute: UInt8) -> Bool { attribute & 0x20 != 0 }
  package static func isHidden(_ attribute: UInt8) -> Bool { attribute & 0x0C == 0x0C }
}
