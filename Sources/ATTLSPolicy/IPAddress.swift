/// An IPv4 or IPv6 address; an IPv4-mapped IPv6 address is the IPv4 address.
public struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The address as a number, in the low 32 bits for IPv4.
  public let value: UInt128
  /// Whether the address is IPv4.
  public let isIPv4: Bool

  /// Makes an address from its number.
  public init(value: UInt128, isIPv4: Bool) {
    let isMapped = !isIPv4 && value >> 32 == 0xFFFF
    self.isIPv4 = isIPv4 || isMapped
    self.value = self.isIPv4 ? value & 0xFFFF_FFFF : value
  }

  /// Parses dotted IPv4 or any textual form of IPv6, nil when `text` is neither.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 45 else { return nil }
    if let four = Self.parseIPv4(Substring(text)) {
      self.init(value: UInt128(four), isIPv4: true)
    } else if let six = Self.parseIPv6(Substring(text)) {
      self.init(value: six, isIPv4: false)
    } else {
      return nil
    }
  }

  /// Bits in an address of this family.
  public var bits: Int { isIPv4 ? 32 : 128 }

  /// IPv4 before IPv6, then by number.
  public static func < (a: IPAddress, b: IPAddress) -> Bool {
    a.isIPv4 == b.isIPv4 ? a.value < b.value : a.isIPv4
  }

  /// The address as text; IPv6 in lower case with its longest run of zero groups left out.
  public var description: String {
    if isIPv4 {
      return [24, 16, 8, 0].map { String((value >> $0) & 0xFF) }.joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> (112 - 16 * $0)) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    let text = { (part: Range<Int>) in
      part.map { String(groups[$0], radix: 16) }.joined(separator: ":")
    }
    if best.isEmpty { return text(0..<8) }
    return text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }

  private static func parseIPv4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
        let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    return value
  }

  private static func parseIPv6(_ text: Substring) -> UInt128? {
    var rest = text
    var tail: [UInt16] = []
    // An IPv4 address may stand for the last two groups.
    if rest.contains("."), let colon = rest.lastIndex(of: ":") {
      guard let four = parseIPv4(rest[rest.index(after: colon)...]) else { return nil }
      tail = [UInt16(four >> 16), UInt16(four & 0xFFFF)]
      rest = rest[...colon]
      rest = rest.hasSuffix("::") ? rest : rest.dropLast()
    }
    let halves = splitAtDoubleColon(rest)
    guard let head = groups(halves.head) else { return nil }
    var low: [UInt16] = []
    if let text = halves.tail {
      guard let parsed = groups(text) else { return nil }
      low = parsed
    }
    low += tail
    let missing = 8 - head.count - low.count
    guard halves.tail == nil ? missing == 0 : missing >= 1 else { return nil }
    let all = head + [UInt16](repeating: 0, count: missing) + low
    return all.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
  }

  private static func splitAtDoubleColon(_ text: Substring) -> (head: Substring, tail: Substring?) {
    var i = text.startIndex
    while i < text.endIndex {
      let next = text.index(after: i)
      if next < text.endIndex, text[i] == ":", text[next] == ":" {
        return (text[..<i], text[text.index(after: next)...])
      }
      i = next
    }
    return (text, nil)
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
        let group = UInt16(part, radix: 16), groups.count < 8
      else { return nil }
      groups.append(group)
    }
    return groups
  }
}

/// A run of addresses: one address, a prefix, or first to last.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
  /// The first address.
  public let low: IPAddress
  /// The last address, of the same family.
  public let high: IPAddress

  /// Makes a range; nil when the ends are of different families or in the wrong order.
  public init?(low: IPAddress, high: IPAddress) {
    guard low.isIPv4 == high.isIPv4, low.value <= high.value else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `address`, `address/bits` or `address-address`.
  public init?(_ text: some StringProtocol) {
    let text = Substring(text)
    if let slash = text.firstIndex(of: "/") {
      let digits = text[text.index(after: slash)...]
      guard let base = IPAddress(text[..<slash]), digits.utf8.count <= 3,
        digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let bits = Int(digits),
        bits <= base.bits
      else { return nil }
      let host = UInt128.max >> UInt128(128 - (base.bits - bits))
      let mask = bits == base.bits ? UInt128(0) : host
      self.init(
        low: IPAddress(value: base.value & ~mask, isIPv4: base.isIPv4),
        high: IPAddress(value: base.value | mask, isIPv4: base.isIPv4))
    } else if let dash = text.firstIndex(of: "-") {
      guard let low = IPAddress(trimmed(text[..<dash])),
        let high = IPAddress(trimmed(text[text.index(after: dash)...]))
      else { return nil }
      self.init(low: low, high: high)
    } else {
      guard let one = IPAddress(text) else { return nil }
      self.init(low: one, high: one)
    }
  }

  /// Does the range hold `address`?
  public func contains(_ address: IPAddress) -> Bool {
    address.isIPv4 == low.isIPv4 && low.value <= address.value && address.value <= high.value
  }

  /// Does the range hold all of `other`?
  public func contains(_ other: AddressRange) -> Bool {
    contains(other.low) && contains(other.high)
  }

  /// The range as a policy writes it: an address, a prefix where it is one, or first-last.
  public var description: String {
    if low == high { return low.description }
    let size = high.value - low.value
    if size & (size &+ 1) == 0, low.value & size == 0 {
      return "\(low)/\(low.bits - size.nonzeroBitCount)"
    }
    return "\(low)-\(high)"
  }
}

/// A run of ports.
public struct PortRange: Sendable, Hashable, CustomStringConvertible {
  /// The first port.
  public let low: UInt16
  /// The last port.
  public let high: UInt16

  /// Makes a range, nil when the ends are in the wrong order.
  public init?(low: UInt16, high: UInt16) {
    guard low <= high else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `n`, `n-m`, `n:m` or `n m`; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = String(text).split(maxSplits: 2, omittingEmptySubsequences: true) {
      $0 == "-" || $0 == ":" || $0 == " " || $0 == "\t"
    }
    let isNumber = { (part: Substring) in
      !part.isEmpty && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
    }
    guard (1...2).contains(parts.count), text.first != "-", parts.allSatisfy(isNumber),
      let low = UInt16(parts[0]),
      let high = UInt16(parts[parts.count - 1])
    else { return nil }
    self.init(low: low, high: high)
  }

  /// Does the range hold all of `other`?
  public func contains(_ other: PortRange) -> Bool { low <= other.low && other.high <= high }

  /// The range as `n-m`, also for one port, the way listings and policies show it.
  public var description: String { "\(low)-\(high)" }
}
