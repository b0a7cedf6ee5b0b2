internal import TraceModel
internal import TraceBytes

extension RenderBuffer {
  /// The longest text of an endpoint: 39 of the address, brackets, colon and port.
  private static let longestEndpoint = 48

  /// An address: dotted decimal, or RFC 5952 text for IPv6.
  func address(_ address: IPAddress) throws(TraceError) {
    try reserve(Self.longestEndpoint)
    put(address)
  }

  /// `10.1.1.2:8803`, `[2001:db8::2]:8803`.
  func endpoint(_ endpoint: Endpoint, hasPort: Bool) throws(TraceError) {
    try reserve(Self.longestEndpoint)
    guard hasPort else { return put(endpoint.address) }
    let needsBrackets = !endpoint.address.isIPv4
    if needsBrackets { put(0x5B) }
    put(endpoint.address)
    if needsBrackets { put(0x5D) }
    put(0x3A)
    put(UInt32(endpoint.port))
  }

  @inline(__always)
  private func put(_ address: IPAddress) {
    if address.isIPv4 { dotted(address.ipv4) } else { groups(address) }
  }

  @inline(__always)
  private func dotted(_ address: UInt32) {
    put(address >> 24)
    put(0x2E)
    put(address >> 16 & 255)
    put(0x2E)
    put(address >> 8 & 255)
    put(0x2E)
    put(address & 255)
  }

  private func groups(_ address: IPAddress) {
    let zeros = address.longestZeros
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        put(0x3A)
        put(0x3A)
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty { put(0x3A) }
      putHex(address.group(index))
      index += 1
    }
  }
}
