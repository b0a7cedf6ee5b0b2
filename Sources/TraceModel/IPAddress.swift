public import TraceBytes

/// An IPv4 or IPv6 address as 16 bytes; IPv4 is kept in its IPv4-mapped form.
public struct IPAddress: Hashable, Sendable, BitwiseCopyable {
  /// The first eight bytes, in host order.
  public var high: UInt64
  /// The last eight bytes, in host order.
  public var low: UInt64

  /// The address as its first and last eight bytes; IPv4 is mapped, ::FFFF:a.b.c.d.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The IPv4 address of a 32-bit value in host order.
  @inlinable
  public init(ipv4: UInt32) { self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4)) }

  /// Whether this is an IPv4 address.
  @inlinable public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
  /// The IPv4 address as a 32-bit value in host order.
  @inlinable public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }
  /// The unspecified address, `::`.
  @inlinable public static var unspecified: IPAddress { IPAddress(high: 0, low: 0) }
}

extension IPAddress: Comparable {
  @inlinable
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }
}

extension IPAddress {
  /// Gives the characters of RFC 5952 text one by one: dotted decimal for IPv4, the first longest run of zeros as
  /// `::` for IPv6. At most 39.
  @inlinable @inline(__always)
  public func write(_ put: (UInt8) -> Void) {
    if isIPv4 {
      for shift in stride(from: 24 as UInt32, through: 0, by: -8) {
        let value = UInt8(truncatingIfNeeded: ipv4 >> shift)
        if value > 99 { put(0x30 + value / 100) }
        if value > 9 { put(0x30 + value / 10 % 10) }
        put(0x30 + value % 10)
        if shift > 0 { put(0x2E) }
      }
      return
    }
    let zeros = longestZeros
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        put(0x3A)
        put(0x3A)
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty { put(0x3A) }
      let group = group(index)
      if group > 0xFFF { put(Hex.small(UInt8(truncatingIfNeeded: group >> 12))) }
      if group > 0xFF { put(Hex.small(UInt8(truncatingIfNeeded: group >> 8) & 15)) }
      if group > 0xF { put(Hex.small(UInt8(truncatingIfNeeded: group >> 4) & 15)) }
      put(Hex.small(UInt8(truncatingIfNeeded: group) & 15))
      index += 1
    }
  }
}

extension ShortText {
  /// Appends RFC 5952 text.
  public mutating func append(_ address: IPAddress) { address.write { append($0) } }
}

extension IPAddress: CustomStringConvertible {
  /// RFC 5952 text.
  public var description: String {
    var text = ShortText()
    text.append(self)
    return text.text
  }

  /// One of the eight groups of 16 bits.
  @inlinable
  public func group(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
  }

  /// The groups of the first of the longest runs of two or more groups of zeros.
  @inlinable public var longestZeros: Range<Int> {
    var best = 0..<0
    var run = 0
    for index in 0..<8 {
      run = group(index) == 0 ? run + 1 : 0
      if run > max(1, best.count) { best = index + 1 - run..<index + 1 }
    }
    return best
  }

  /// Reads dotted decimal or IPv6 text; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 45 else { return nil }
    if let ipv4 = Self.dotted(text) {
      self.init(ipv4: ipv4)
      return
    }
    var halves: [[UInt16]] = [[]]
    var rest = text[...]
    if let double = Self.doubleColon(in: rest) {
      guard let head = Self.groups(rest[..<double], mayEndDotted: false),
        let tail = Self.groups(rest[rest.index(double, offsetBy: 2)...]),
        head.count + tail.count <= 7
      else { return nil }
      halves = [head, Array(repeating: 0, count: 8 - head.count - tail.count), tail]
      rest = rest[rest.endIndex...]
    } else {
      guard let all = Self.groups(rest) else { return nil }
      halves = [all]
    }
    let groups = halves.flatMap { $0 }
    guard groups.count == 8 else { return nil }
    let join = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
    self.init(high: join(groups[..<4]), low: join(groups[4...]))
  }

  private static func doubleColon<S: StringProtocol>(in text: S) -> S.Index? {
    var last: S.Index?
    for index in text.indices where text[index] == ":" {
      if let last, text.index(after: last) == index { return last }
      last = index
    }
    return nil
  }

  private static func groups(
    _ text: some StringProtocol, mayEndDotted: Bool = true
  ) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (position, part) in parts.enumerated() {
      if mayEndDotted, position == parts.count - 1, let ipv4 = dotted(part) {
        groups += [UInt16(ipv4 >> 16), UInt16(ipv4 & 0xFFFF)]
      } else {
        guard (1...4).contains(part.utf8.count), part.first?.isHexDigit == true,
          let value = UInt16(part, radix: 16)
        else { return nil }
        groups.append(value)
      }
    }
    return groups
  }

  private static func dotted(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    return value
  }
}

extension RawSpan {
  /// The IPv4 address in the four bytes at `offset`.
  @inlinable
  public func ipv4Address(_ offset: Int) -> IPAddress { IPAddress(ipv4: be32(offset)) }

  /// The IPv6 address in the 16 bytes at `offset`, IPv4-mapped ones included.
  @inlinable
  public func ipv6Address(_ offset: Int) -> IPAddress {
    IPAddress(high: be64(offset), low: be64(offset + 8))
  }
}
