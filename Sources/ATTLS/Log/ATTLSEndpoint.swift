internal import TraceModel

/// An address and port as AT-TLS writes them: `10.1.1.2..4000`, `::FFFF:10.1.0.2..41288`.
public struct ATTLSEndpoint: Sendable, Hashable {
  /// The address; IPv4 in its usual form, also when the log shows it mapped into IPv6.
  public let address: String
  /// The port, when one is given.
  public let port: UInt16?

  /// Reads the text of a LOCAL or REMOTE field.
  public init(_ text: String) {
    var address = Array(text.utf8)[...]
    var port: UInt16?
    if let dots = Self.lastDoubleDot(address) {
      port = UInt16(String(decoding: address[(dots + 2)...], as: UTF8.self))
      address = address[..<dots]
    }
    self.port = port
    if Self.isMapped(address) { address = address.dropFirst(7) }
    self.address =
      Self.quad(address).map { IPAddress(ipv4: $0).description }
      ?? String(decoding: address, as: UTF8.self).lowercased()
  }

  private static func lastDoubleDot(_ text: ArraySlice<UInt8>) -> Int? {
    var at = text.endIndex - 1
    while at > text.startIndex {
      if text[at] == 0x2E, text[at - 1] == 0x2E { return at - 1 }
      at -= 1
    }
    return nil
  }

  /// Whether an IPv4 address is written as IPv6: `::FFFF:10.1.0.2`.
  private static func isMapped(_ text: ArraySlice<UInt8>) -> Bool {
    let prefix = "::FFFF:".utf8
    return text.contains(0x2E) && text.count > prefix.count
      && zip(text, prefix).allSatisfy { $0 & ~($0 >= 0x61 ? 0x20 : 0) == $1 }
  }

  /// The number of an IPv4 address in its usual form.
  private static func quad(_ text: ArraySlice<UInt8>) -> UInt32? {
    var address: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var dots = 0
    for byte in text {
      switch byte {
      case 0x30...0x39:
        part = part * 10 + UInt32(byte - 0x30)
        digits += 1
        if digits > 3 || part > 255 { return nil }
      case 0x2E where digits > 0 && dots < 3:
        address = address << 8 | part
        (part, digits) = (0, 0)
        dots += 1
      default: return nil
      }
    }
    return dots == 3 && digits > 0 ? address << 8 | part : nil
  }

  /// The address as bytes: 4 for IPv4, 16 for IPv6, nil when the text is no address.
  public var bytes: [UInt8]? {
    if let quad = Self.quad(Array(address.utf8)[...]) {
      return (0..<4).map { UInt8(truncatingIfNeeded: quad >> (24 - 8 * $0)) }
    }
    let halves = Self.split(address)
    let head = Self.groups(halves.head)
    let tail = halves.tail.map { Self.groups($0) } ?? []
    guard let head, let tail else { return nil }
    if halves.tail == nil { return head.count == 16 ? head : nil }
    guard head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  /// The parts before and after the double colon.
  private static func split(_ text: String) -> (head: Substring, tail: Substring?) {
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == ":", next < text.endIndex, text[next] == ":" {
        return (text[..<index], text[text.index(after: next)...])
      }
      index = next
    }
    return (text[...], nil)
  }

  private static func groups(_ text: Substring) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard let group = UInt16(part, radix: 16) else { return nil }
      bytes.append(UInt8(group >> 8))
      bytes.append(UInt8(group & 0xFF))
    }
    return bytes
  }
}

extension ATTLSEndpoint: CustomStringConvertible {
  /// Address and port as people write them: `10.1.1.2:4000`, `[fe80::1]:443`.
  public var description: String {
    guard let port else { return address }
    return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}
