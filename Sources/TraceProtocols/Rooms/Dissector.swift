/// What Wireshark needs to dissect a protocol.
public struct Dissector: Sendable {
  /// The dissector's name in an exported PDU.
  public var name: StaticString
  /// Whether ``name`` is that of a heuristic dissector (exported-PDU tag 13, not 12).
  public var isHeuristic: Bool
  /// The name for `-d tcp.port==n,NAME`; nil where Wireshark finds the protocol on any port by itself.
  public var decodeAs: StaticString?
  /// Ports that Wireshark binds to it.
  public var ports: [UInt16]
  /// The word for the protocol column where there is no dissector.
  public var column: StaticString?

  /// - Parameter name: the dissector's name as `tshark -G dissectors` has it; `data` for none.
  public init(
    _ name: StaticString, isHeuristic: Bool = false, decodeAs: StaticString? = nil,
    ports: [UInt16] = [], column: StaticString? = nil
  ) {
    self.name = name
    self.isHeuristic = isHeuristic
    self.decodeAs = decodeAs
    self.ports = ports
    self.column = column
  }

  /// What is no protocol that Wireshark has.
  public static func data(_ column: StaticString) -> Dissector { Dissector("data", column: column) }
}

extension ApplicationProtocol {
  /// What Wireshark has for it: by its room, or here for protocols that have none. Measured with 4.0.
  public var dissector: Dissector {
    if let room = ProtocolRegistry.room(self) { return room.dissector }
    return switch self {
    // Found by heuristic on any port, TLS ports too.
    case .http1: Dissector("http")
    case .tls: Dissector("tls")
    case .smtp, .replyDialogue: Dissector("smtp", decodeAs: "smtp", ports: [25, 587])
    case .ftp: Dissector("ftp", decodeAs: "ftp", ports: [21])
    case .pop3: Dissector("pop", decodeAs: "pop", ports: [110])
    case .imap: Dissector("imap", decodeAs: "imap", ports: [143])
    case .ssh: Dissector("ssh", decodeAs: "ssh", ports: [22])
    case .webSocket: Dissector("websocket")
    case .snmp: Dissector("snmp")
    case .dns: Dissector("dns")
    case .enterpriseExtender: Dissector("llc")
    default: .data(name)
    }
  }
}
