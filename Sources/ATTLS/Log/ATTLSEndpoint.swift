internal import TraceBytes
internal import TraceModel

/// An address and port as AT-TLS writes them: `10.1.1.2..4000`, `::FFFF:10.1.0.2..41288`.
public struct ATTLSEndpoint: Sendable, Hashable {
  /// The number of an IPv4 address.
  private let quad: UInt32?
  /// Any other address, in small letters.
  private let other: String
  /// The port, when one is given.
  public let port: UInt16?

  /// The address; IPv4 in its usual form, also when the log shows it mapped into IPv6.
  public var address: String { quad.map { IPAddress(ipv4: $0).description } ?? other }

  /// Reads the text of a LOCAL or REMOTE field.
  public init(_ text: String) { unsafe self.init(Array(text.utf8).span.bytes) }

  init(_ text: RawSpan) {
    var end = text.byteCount
    var port: UInt16?
    if let dots = Self.lastDoubleDot(text) {
      let digits = TextPart(dots + 2, text.byteCount)
      port = text.decimal(digits).flatMap { UInt16(exactly: $0) }
      end = dots
    }
    self.port = port
    let start = Self.isMapped(text.extracting(0..<end)) ? 7 : 0
    let address = text.extracting(start..<end)
    quad = Self.quad(address)
    other = quad == nil ? printableText(address).lowercased() : ""
  }

  private static func lastDoubleDot(_ text: RawSpan) -> Int? {
    var at = text.byteCount - 1
    while at > 0 {
      if text.u8(at) == 0x2E, text.u8(at - 1) == 0x2E { return at - 1 }
      at -= 1
    }
    return nil
  }

  /// Whether an IPv4 address is written as IPv6: `::FFFF:10.1.0.2`.
  private static func isMapped(_ text: RawSpan) -> Bool {
    guard text.byteCount > 7, text.has("::", at: 0), text.u8(6) == 0x3A else { return false }
    for at in 2..<6 where text.u8(at) & 0xDF != 0x46 { return false }
    for at in 7..<text.byteCount where text.u8(at) == 0x2E { return true }
    return false
  }

  /// The number of an IPv4 address in its usual form.
  private static func quad(_ text: RawSpan) -> UInt32? {
    var address: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var dots = 0
    for at in 0..<text.byteCount {
      let byte = text.u8(at)
      switch byte {
      case 0x30...0x39:
        part = part &* 10 &+ UInt32(byte &- 0x30)
        digits &+= 1
        if digits > 3 || part > 255 { return nil }
      case 0x2E where digits > 0 && dots < 3:
        address = address << 8 | part
        (part, digits) = (0, 0)
        dots &+= 1
      default: return nil
      }
    }
    return dots == 3 && digits > 0 ? address << 8 | part : nil
  }
}

extension ATTLSEndpoint {
  public func hash(into hasher: inout Hasher) {
    if let quad {
      hasher.combine(UInt64(quad) << 32 | UInt64(port ?? 0))
    } else {
      hasher.combine(other)
      hasher.combine(port)
    }
  }
}

extension ATTLSEndpoint: CustomStringConvertible {
  /// Address and port as people write them: `10.1.1.2:4000`, `[fe80::1]:443`.
  public var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the same.
  func append(to text: inout [UInt8]) {
    if let quad {
      for shift: UInt32 in [24, 16, 8, 0] {
        if shift < 24 { text.append(0x2E) }
        text.append(decimal: UInt16(truncatingIfNeeded: quad >> shift & 0xFF))
      }
    } else if port != nil, other.utf8.contains(0x3A) {
      text.append(contentsOf: "[\(other)]".utf8)
    } else {
      text.append(contentsOf: other.utf8)
    }
    if let port {
      text.append(0x3A)
      text.append(decimal: port)
    }
  }
}

extension [UInt8] {
  /// Appends a number in decimal.
  fileprivate mutating func append(decimal number: UInt16) {
    var digits = InlineArray<5, UInt8>(repeating: 0)
    var rest = number
    var at = 5
    repeat {
      at &-= 1
      digits[at] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    while at < 5 {
      append(digits[at])
      at &+= 1
    }
  }
}
