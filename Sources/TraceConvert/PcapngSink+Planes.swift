internal import TraceModel
internal import TraceStreams

/// Packets and application data of one connection in one file.
///
/// Wireshark knows a conversation by its addresses and ports only, so both under the true ports would be
/// one stream, and neither would be dissected. The clear text is written with another port for the
/// client; the port of the server, by which dissectors go, stays true. Measured with tshark 4.0.
extension PcapngSink {
  /// Ports from here on are in no dissector's table of tshark 4.0.
  private static let firstStandIn: UInt16 = 61_000

  /// Gives a conversation of application data another port where its packets are in the file too, or
  /// may be: a connection that was there before the trace can have data before its first packet.
  func giveStandInPort(_ state: inout WrittenFlow, _ flow: Flow, _ record: TraceRecord) {
    state.clientIsLower = flow.client == .lower
    guard flow.key.ipProtocol == IPProtocol.tcp.rawValue else { return }
    let packets = companion(of: flow.key)
    let mayHavePackets = !record.flags.contains(.start) && hasPackets?() == true
    guard packets != nil || mayHavePackets else { return }
    state.standIn = freePort(flow.endpoint(flow.client), flow.endpoint(flow.client.other))
    unsafe tally.withStandInPort += 1
    if let packets { toIntroduce[packets] = Self.introduction(state) }
  }

  /// A port for the client that no conversation with the server has; the true one when all are taken.
  private func freePort(_ client: Endpoint, _ server: Endpoint) -> UInt16 {
    if standIns.count >= FlowTable.defaultLimit { standIns.removeAll() }
    let count = UInt16.max - Self.firstStandIn
    for step in 0..<count {
      let port = Self.firstStandIn + (client.port % count + step) % count
      let key = FlowKey(
        Endpoint(client.address, port), server, ipProtocol: IPProtocol.tcp.rawValue, plane: .max)
      guard port != client.port, companion(of: key) == nil else { continue }
      if standIns.insert(key).inserted { return port }
    }
    return client.port
  }

  /// The number of another conversation between the same ends: of packets, of application data, or of
  /// TLS records out of a log.
  func companion(of key: FlowKey) -> UInt64? {
    for plane in 0...UInt8(2) where plane != key.plane {
      let other = FlowKey(key.lower, key.upper, ipProtocol: key.ipProtocol, plane: plane)
      if let slot = flows.slot(of: other) { return flows.number(slot) }
    }
    return nil
  }

  /// What a packet says once of a connection whose application data is in the file too: its first
  /// packet, or the first after the application data began.
  ///
  /// Application data under the true ports that was there before goes on under another port.
  func introduction(_ placed: inout PlacedRecord) -> [[UInt8]] {
    guard unsafe tally.conversations > 0, placed.flow.isKnown else { return [] }
    if !toIntroduce.isEmpty, let text = toIntroduce.removeValue(forKey: placed.flow.number) {
      return [text]
    }
    guard placed.flow.isNew else { return [] }
    let key = placed.key
    guard key.ipProtocol == IPProtocol.tcp.rawValue,
      let other = flows.slot(
        of: FlowKey(key.lower, key.upper, ipProtocol: key.ipProtocol, plane: 1)),
      unsafe other < conversations.count,
      unsafe conversations[other].isOpen
    else { return [] }
    let state = unsafe conversations[other]
    guard state.standIn == 0 else { return [Self.introduction(state)] }
    unsafe conversations[other] = WrittenFlow.none
    unsafe tally.parted += 1
    return []
  }

  private static func introduction(_ state: WrittenFlow) -> [UInt8] {
    Array(
      ("the application data of this connection is flow \(state.flow), "
        + "client port \(state.standIn)").utf8)
  }
}
