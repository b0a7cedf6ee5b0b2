internal import TraceBytes

/// Names of a conversation that no filter changes, beside its number.
public enum FlowIdentity {
  /// `flow_id`: a hash over plane, protocol, both ends and the time of the first record, so that two runs
  /// over the same trace agree whatever they leave out. Shown as 16 hexadecimal digits.
  ///
  /// FNV-1a of 64 bits over the plane, the protocol, 16 bytes of address and 2 of port of the lower and of
  /// the upper end, and 8 bytes of nanoseconds, all big-endian. Formats/json.md has a worked example.
  public static func hash(_ key: FlowKey, firstTime: Int64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ value: UInt64, bytes: Int) {
      for shift in stride(from: 8 * (bytes - 1), through: 0, by: -8) {
        hash = (hash ^ (value >> UInt64(shift) & 0xFF)) &* 0x0000_0100_0000_01B3
      }
    }
    add(UInt64(key.plane), bytes: 1)
    add(UInt64(key.ipProtocol), bytes: 1)
    for end in [key.lower, key.upper] {
      add(end.address.high, bytes: 8)
      add(end.address.low, bytes: 8)
      add(UInt64(end.port), bytes: 2)
    }
    add(UInt64(bitPattern: firstTime), bytes: 8)
    return hash
  }

  /// The 16 hexadecimal digits of ``hash(_:firstTime:)``.
  public static func text(_ key: FlowKey, firstTime: Int64) -> String {
    digits(hash(key, firstTime: firstTime))
  }

  /// The hash that 16 hexadecimal digits say; nil for anything else.
  public static func hash(digits text: some StringProtocol) -> UInt64? {
    guard text.utf8.count == 16, text.allSatisfy(\.isHexDigit) else { return nil }
    return UInt64(text, radix: 16)
  }

  /// A hash as 16 hexadecimal digits.
  public static func digits(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Community ID, version 1 with seed 0: the same for the same ends in every tool that knows it.
  ///
  /// Source: the specification of Corelight, `1:` and base64 of SHA-1 over seed, lower address, upper
  /// address, protocol, a zero, lower port, upper port; the ends in order of address and port.
  public static func communityID(_ key: FlowKey) -> String {
    var bytes = HeaderBlock()
    bytes.put(UInt16(0))
    put(key.lower.address, into: &bytes)
    put(key.upper.address, into: &bytes)
    bytes.put(key.ipProtocol)
    bytes.put(UInt8(0))
    bytes.put(key.lower.port)
    bytes.put(key.upper.port)
    let digest = bytes.withBytes { SHA1.digest($0) }
    return unsafe "1:" + Base64.text(digest.span.bytes)
  }

  private static func put(_ address: IPAddress, into bytes: inout HeaderBlock) {
    if address.isIPv4 { return bytes.put(address.ipv4) }
    bytes.put(address.high)
    bytes.put(address.low)
  }
}
