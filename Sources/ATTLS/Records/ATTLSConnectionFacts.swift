internal import TraceModel

/// What the messages of a connection say about it, as far as its records need it.
struct ATTLSConnectionFacts {
  private(set) var local: Endpoint?
  private(set) var remote: Endpoint?
  /// Whether z/OS opened the connection; nil as long as nothing tells.
  private(set) var isOpenedHere: Bool?
  private var name = RecordName.none
  private var user: String?
  private var rule: String?
  private var actions: [String] = []
  private var hasStandIns = false

  init() {}

  init(_ connection: ATTLSConnection) {
    local = connection.local.flatMap(Endpoint.init)
    remote = connection.remote.flatMap(Endpoint.init)
    if let job = connection.job { name = RecordName(job, length: 8) }
    isOpenedHere = connection.direction.map { $0 == "OutBound" }
  }

  var ends: FlowKey? {
    guard let local, let remote else { return nil }
    return FlowKey(local, remote, ipProtocol: IPProtocol.tcp.rawValue)
  }

  mutating func learn(_ message: ATTLSMessage) {
    if let here = message.local.flatMap(Endpoint.init), !hasStandIns { local = here }
    if let there = message.remote.flatMap(Endpoint.init), !hasStandIns { remote = there }
    if let job = message.job { name = RecordName(job, length: 8) }
    user = message.user ?? user
    rule = message.rule ?? rule
    if !message.actions.isEmpty { actions = message.actions }
    switch message.direction {
    case "InBound": isOpenedHere = false
    case "OutBound": isOpenedHere = true
    default: break
    }
  }

  /// Addresses that belong to nobody (RFC 5737) and a port of the connection's own, for a log that
  /// does not give them.
  mutating func standIn(_ id: UInt32) {
    hasStandIns = true
    local = Endpoint(IPAddress(ipv4: 0xC000_0201), 443)
    remote = Endpoint(
      IPAddress(ipv4: 0xC000_0202), UInt16(truncatingIfNeeded: 1024 + id % 64_512))
  }

  /// Without a Map message the first hello tells who opened the connection, else who spoke first.
  mutating func judge(_ bytes: [UInt8], isReceived: Bool) {
    guard isOpenedHere == nil else { return }
    let isAnswer = bytes.count > 5 && bytes[0] == 0x16 && bytes[5] == 0x02
    isOpenedHere = isReceived == isAnswer
  }

  /// A record of the connection without bytes.
  func record(_ id: UInt32, isReceived: Bool, _ time: Int64) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .dataTrace
    record.flags = .cipherText
    record.direction = isReceived ? .inbound : .outbound
    record.time = time
    record.ipProtocol = IPProtocol.tcp.rawValue
    record.name = name
    record.connectionID = id
    guard let local, let remote else { return record }
    let (source, destination) = isReceived ? (remote, local) : (local, remote)
    (record.source, record.sourcePort) = (source.address, source.port)
    (record.destination, record.destinationPort) = (destination.address, destination.port)
    return record
  }

  func text(_ id: UInt32) -> String {
    var text = "CONNID \(Explainer.hex8(id))"
    if let rule {
      text += ", rule \(rule)"
      if !actions.isEmpty { text += " (\(actions.joined(separator: " ")))" }
    } else {
      text += ", rule not in the log"
    }
    if let user { text += ", user \(user)" }
    if hasStandIns {
      text += "; addresses are not in the log: 192.0.2.1 stands for z/OS, 192.0.2.2 for its partner"
    }
    return text
  }
}

extension Endpoint {
  /// The address and port of a LOCAL or REMOTE field, when both are there.
  init?(_ end: ATTLSEndpoint) {
    guard let port = end.port, let address = IPAddress(end.address) else { return nil }
    self.init(address, port)
  }
}
