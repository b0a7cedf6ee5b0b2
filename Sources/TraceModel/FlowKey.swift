public import TraceBytes

/// One end of a conversation.
public struct Endpoint: Hashable, Sendable, Comparable {
  /// ``IPAddress/unspecified`` where it is not known.
  public var address: IPAddress
  /// 0 where the protocol has none or it is not known.
  public var port: UInt16

  /// An address and a port, `10.1.1.2:443`.
  @inlinable
  public init(_ address: IPAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }

  @inlinable
  public static func < (left: Endpoint, right: Endpoint) -> Bool {
    left.address != right.address ? left.address < right.address : left.port < right.port
  }
}

extension ShortText {
  /// Appends `10.1.1.2:80` or `[2001:db8::1]:80` (RFC 5952 section 6).
  public mutating func append(_ endpoint: Endpoint) {
    if !endpoint.address.isIPv4 { append(UInt8(ascii: "[")) }
    append(endpoint.address)
    if !endpoint.address.isIPv4 { append(UInt8(ascii: "]")) }
    append(UInt8(ascii: ":"))
    decimal(UInt64(endpoint.port))
  }
}

extension Endpoint: CustomStringConvertible {
  /// `10.1.1.2:80`, `[2001:db8::1]:80`.
  public var description: String {
    var text = ShortText()
    text.append(self)
    return text.text
  }
}

/// A conversation whichever way a record goes: its two ends in order, and the protocol.
public struct FlowKey: Hashable, Sendable {
  /// The end that sorts first: by address, then by port.
  public var lower: Endpoint
  /// The other end.
  public var upper: Endpoint
  /// IP protocol number: 6 TCP, 17 UDP.
  public var ipProtocol: UInt8
  /// Separates conversations that have the same addresses and are not the same: clear text and packets.
  public var plane: UInt8

  /// The same key for both directions: the ends are put in order.
  @inlinable
  public init(_ one: Endpoint, _ other: Endpoint, ipProtocol: UInt8, plane: UInt8 = 0) {
    if one < other {
      lower = one
      upper = other
    } else {
      lower = other
      upper = one
    }
    self.ipProtocol = ipProtocol
    self.plane = plane
  }

  // Written out, because what the compiler makes is not inlined in other modules.
  @inlinable
  public static func == (left: FlowKey, right: FlowKey) -> Bool {
    left.lower.address == right.lower.address && left.upper.address == right.upper.address
      && left.lower.port == right.lower.port && left.upper.port == right.upper.port
      && left.ipProtocol == right.ipProtocol && left.plane == right.plane
  }

  /// A quick hash of all fields, spread over 64 bits; not stable between versions.
  @inlinable @inline(__always)
  public var quickHash: UInt64 {
    var hash = lower.address.low &* 0x9E37_79B9_7F4A_7C15
    hash ^= lower.address.high &+ UInt64(lower.port) << 48 | UInt64(upper.port) << 32
    hash = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
    hash ^= upper.address.low &+ upper.address.high.byteSwapped
    hash = (hash ^ hash >> 32) &* 0x94D0_49BB_1331_11EB
    hash ^= UInt64(ipProtocol) << 8 | UInt64(plane)
    return (hash ^ hash >> 29) &* 0x9E37_79B9_7F4A_7C15
  }
}
