internal import TraceBytes

/// The order of rules of equal Priority: Policy Agent sorts them by name.
///
/// Source: z/OS Communications Server IP Configuration Guide, AT-TLS rules. It does not say how small
/// and capital letters, digits and signs compare. Names are taken in the order of their EBCDIC bytes,
/// as programs on z/OS compare text; where another usual order says otherwise, the order of the two is
/// not certain.
struct NameOrder {
  private let ebcdic: [UInt8]
  private let ascii: [UInt8]

  init(_ name: String) {
    ascii = Array(name.utf8)
    ebcdic = ascii.map { Self.toEBCDIC[Int($0)] }
  }

  static func < (one: NameOrder, other: NameOrder) -> Bool {
    one.ebcdic.lexicographicallyPrecedes(other.ebcdic)
  }

  /// Do all usual orders, with and without regard to case, agree on the two?
  func isCertain(before other: NameOrder) -> Bool {
    let pairs = [
      (ebcdic, other.ebcdic), (ascii, other.ascii),
      (Self.folded(ebcdic, 0x40), Self.folded(other.ebcdic, 0x40)),
      (Self.folded(ascii, 0x20), Self.folded(other.ascii, 0x20)),
    ]
    let verdicts = pairs.map { $0.lexicographicallyPrecedes($1) }
    return verdicts.allSatisfy { $0 == verdicts[0] }
  }

  /// Small letters as capital ones, which differ by one bit in either code.
  private static func folded(_ bytes: [UInt8], _ bit: UInt8) -> [UInt8] {
    bytes.map { byte in
      if bit == 0x20 { return (0x61...0x7A).contains(byte) ? byte ^ bit : byte }
      let isSmall = byte >= 0x81 && byte <= 0xA9 && (1...9).contains(byte & 0x0F)
      return isSmall ? byte | bit : byte
    }
  }

  private static let toEBCDIC: [UInt8] = {
    var table = [UInt8](repeating: 0x3F, count: 256)
    for (byte, scalar) in CodePage.ibm1047.scalars.enumerated() where scalar < 256 {
      table[Int(scalar)] = UInt8(byte)
    }
    return table
  }()
}

extension PolicySet {
  /// Places of the rules in the order they are tried: by priority, then by name, then by place in the
  /// input.
  public var searchOrder: [Int] {
    let names = rules.map { NameOrder($0.name) }
    return rules.indices.sorted { a, b in
      if rules[a].priority != rules[b].priority { return rules[a].priority > rules[b].priority }
      if names[a] < names[b] { return true }
      return names[b] < names[a] ? false : a < b
    }
  }

  /// Is it known that the first of two rules is tried before the second? It is not when both have the
  /// same priority and their names compare differently with and without regard to case.
  public func isOrderCertain(_ first: Int, before second: Int) -> Bool {
    let (one, other) = (rules[first], rules[second])
    return one.priority != other.priority || one.name == other.name
      || NameOrder(one.name).isCertain(before: NameOrder(other.name))
  }
}
