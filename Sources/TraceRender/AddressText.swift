internal import TraceModel
internal import TraceBytes

extension ByteSink {
  /// The longest text of an endpoint: 39 of the address, brackets, colon and port.
  private static let longestEndpoint = 48

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
  private func put(_ address: IPAddress) { address.write { put($0) } }
}
