internal import TraceModel
internal import TraceBytes

extension RenderBuffer {
  /// An address: dotted decimal, or RFC 5952 text for IPv6.
  func address(_ address: IPAddress) throws(TraceError) {
    guard !address.isIPv4 else { return try dotted(address.ipv4) }
    let best = Self.longestZeroRun(address)
    var index = 0
    while index < 8 {
      if index == best.lowerBound, !best.isEmpty {
        try append("::")
        index = best.upperBound
        continue
      }
      if index > 0, index != best.upperBound || best.isEmpty { try u8(0x3A) }
      let group = Self.group(address, index)
      let digits = group > 0xFFF ? 4 : group > 0xFF ? 3 : group > 0xF ? 2 : 1
      try hex(UInt64(group), digits: digits, upper: false)
      index += 1
    }
  }

  /// `10.1.1.2:8803`, `[2001:db8::2]:8803`.
  func endpoint(_ endpoint: Endpoint, hasPort: Bool) throws(TraceError) {
    let needsBrackets = hasPort && !endpoint.address.isIPv4
    if needsBrackets { try u8(0x5B) }
    try address(endpoint.address)
    if needsBrackets { try u8(0x5D) }
    guard hasPort else { return }
    try u8(0x3A)
    try decimal(UInt64(endpoint.port))
  }

  private func dotted(_ address: UInt32) throws(TraceError) {
    try decimal(UInt64(address >> 24))
    var shift: UInt32 = 24
    while shift > 0 {
      shift -= 8
      try u8(0x2E)
      try decimal(UInt64(address >> shift & 255))
    }
  }

  private static func group(_ address: IPAddress, _ index: Int) -> UInt16 {
    UInt16(
      truncatingIfNeeded: (index < 4 ? address.high : address.low) >> UInt64(48 - 16 * (index % 4)))
  }

  private static func longestZeroRun(_ address: IPAddress) -> Range<Int> {
    var best = 0..<0
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, group(address, end) == 0 { end += 1 }
      if end - index > max(1, best.count) { best = index..<end }
      index = max(end, index + 1)
    }
    return best
  }
}
