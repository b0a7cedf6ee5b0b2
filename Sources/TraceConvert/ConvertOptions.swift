internal import TraceModel

/// How a trace becomes pcapng.
public struct ConvertOptions: Sendable {
  /// What stands in front of the IP header of packets that have no frame.
  public enum Framing: String, Sendable, CaseIterable {
    /// A made-up Ethernet header in front of IP: what every tool reads, and the only framing with
    /// which libpcap accepts several interfaces.
    case ethernet
    /// No link header (link type 101). One interface only.
    case raw
  }

  /// How application data is written.
  public enum Style: String, Sendable, CaseIterable {
    /// Data as the TCP or UDP that carried it.
    case tcp
    /// Exported PDUs: each message by itself, named so that Wireshark needs no port to know it.
    case pdu
  }

  /// Which packets get comments.
  public enum Comments: String, Sendable, CaseIterable {
    /// Each packet.
    case all
    /// The first packet of each conversation, and those where something is to be said.
    case flow
    /// No packet.
    case none
  }

  /// TCP and UDP unless set.
  public var style = Style.tcp
  /// Ethernet unless set; packets that are frames already keep theirs.
  public var framing = Framing.ethernet
  /// On the first packet of a conversation unless set.
  public var comments = Comments.flow
  /// Server ports to write instead of the true ones.
  public var portMap = PortMap()
  /// Whether packets of a capture and application data of a trace can be of the same connection.
  public var mixesInputs = false
  /// Words for the section header.
  public var application = "zcap"
  /// Comments of the section header, one option each.
  public var sectionComments: [String] = []

  /// Application data as TCP behind Ethernet, comments on the first packets, true ports.
  public init() {}

  /// The link type of interfaces that are made for a trace.
  var linkType: LinkType {
    style == .pdu ? .upperPDU : framing == .raw ? .raw : .ethernet
  }
}

/// Ports to write in place of true ones, for dissectors that go by the port.
public struct PortMap: Sendable {
  private var ports: [UInt16: UInt16] = [:]

  /// No port is changed.
  public init() {}

  /// Whether no port is changed.
  public var isEmpty: Bool { ports.isEmpty }

  /// Writes `to` wherever `from` stands.
  public mutating func map(_ from: UInt16, to: UInt16) { ports[from] = to }

  /// The ports whose clear text Wireshark takes for TLS or does not know, and the ports of the same
  /// protocols without TLS.
  public static let automatic: PortMap = {
    var map = PortMap()
    for (from, to) in [
      (992, 23), (990, 21), (636, 389), (465, 25), (995, 110), (993, 143), (443, 80),
    ] {
      map.map(UInt16(from), to: UInt16(to))
    }
    return map
  }()

  /// The port to write.
  func port(_ port: UInt16) -> UInt16 { ports[port] ?? port }
}
