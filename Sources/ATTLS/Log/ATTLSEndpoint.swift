/// An address and port as AT-TLS writes them: `10.1.1.2..4000`, `::FFFF:10.1.0.2..41288`.
public struct ATTLSEndpoint: Sendable, Hashable {
  /// The address; IPv4 in its usual form, also when the log shows it mapped into IPv6.
  public let address: String
  /// The port, when one is given.
  public let port: UInt16?

  /// Reads the text of a LOCAL or REMOTE field.
  public init(_ text: String) {
    var address = Substring(text)
    var port: UInt16?
    if let dots = Self.lastDoubleDot(text) {
      address = text[..<dots]
      port = UInt16(text[text.index(dots, offsetBy: 2)...])
    }
    self.port = port
    let mapped = address.uppercased().hasPrefix("::FFFF:") && address.contains(".")
    let bare = mapped ? address.dropFirst(7) : address
    if let quad = Self.quad(bare) {
      self.address = quad.map { String($0) }.joined(separator: ".")
    } else {
      self.address = address.lowercased()
    }
  }

  private static func lastDoubleDot(_ text: String) -> String.Index? {
    var found: String.Index?
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == ".", next < text.endIndex, text[next] == "." { found = index }
      index = next
    }
    return found
  }

  private static func quad(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let numbers = parts.compactMap { UInt8($0) }
    return numbers.count == 4 ? numbers : nil
  }

  /// The address as bytes: 4 for IPv4, 16 for IPv6, nil when the text is no address.
  public var bytes: [UInt8]? {
    if let quad = Self.quad(Substring(address)) { return quad }
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
