internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// The conversations that are searched for secrets: gives the bytes of each record to its stream.
final class SecretPlaces {
  let engine: SecretEngine
  private var flows = PerFlow<FlowState>()
  /// Conversations that were put aside, and what they were.
  private var putAside: [UInt64: FlowSecrets.PutAside] = [:]
  /// Whether any was, so that one without its beginning may be one that the tracker has forgotten.
  private var hasPutAside = false
  private static let mostPutAside = 1 << 20

  init(_ engine: SecretEngine) { self.engine = engine }

  /// What is known of the conversation in a slot.
  subscript(slot: Int) -> FlowState? { flows[slot] }

  /// Decides and forgets a conversation, and returns what was known of it.
  func close(_ slot: Int, _ how: FlowEnd) -> FlowState? {
    guard let flow = flows.close(slot) else { return nil }
    flow.decideUnfinished(moreComes: how == .idle)
    if how == .idle {
      hasPutAside = true
      if putAside.count >= Self.mostPutAside { putAside = [:] }
      putAside[flow.key] = flow.original.putAside
    }
    return flow
  }

  /// What a conversation was when it was put aside; nil when it begins.
  private func resumed(_ placed: inout PlacedRecord, _ key: UInt64) -> FlowSecrets.PutAside? {
    if let known = putAside.removeValue(forKey: key) { return known }
    guard hasPutAside else { return nil }
    // Where data begins, records of data do not tell.
    if !placed.isPacket { return .text }
    return placed.packet.tcpFlags.contains(.syn) ? nil : .room
  }

  /// The bytes of a fragment that the larger packet has.
  static func fragment(_ placed: inout PlacedRecord, in payload: RawSpan) -> Range<Int> {
    let low = min(placed.packet.fragmentStart, payload.byteCount)
    return low..<max(low, min(placed.packet.networkEnd, payload.byteCount))
  }

  /// Where a frame goes on behind its packet; nil when nothing stands there.
  static func rest(
    _ placed: inout PlacedRecord, _ data: Range<Int>, in payload: RawSpan
  ) -> Range<Int>? {
    let end = placed.packet.networkEnd
    guard placed.packet.hasNetwork, end > 0, end < payload.byteCount, data.upperBound <= end else {
      return nil
    }
    return end..<payload.byteCount
  }

  /// Gives application data to its stream, and tells its place there.
  func place(_ placed: inout PlacedRecord, _ data: RawSpan) -> SecretPlace {
    var place = SecretPlace()
    let slot = Int(placed.flow.slot)
    place.side = placed.side
    guard slot >= 0, placed.ipProtocol == IPProtocol.tcp.rawValue else {
      guard data.byteCount > 0 else { return place }
      let ports = [placed.source.port, placed.destination.port]
      // Names of DNS are mapped by label, with the addresses.
      let isDNS = placed.isPacket && !PacketMapper.namePorts.isDisjoint(with: ports)
      let found = engine.findAlone(
        data, isNewFlow: placed.flow.isNew || slot < 0, names: !isDNS)
      place.own = found.marks
      place.isBlind = found.isBlind
      return place
    }
    let flow: FlowState
    if let known = flows[slot] {
      flow = known
    } else {
      let key = placed.flow.number << 2 | UInt64(placed.flow.plane & 3)
      flow = FlowState(engine, key: key, resumed: resumed(&placed, key))
      flows[slot] = flow
    }
    place.flow = flow
    let time = placed.record.time
    if placed.isPacket {
      guard placed.packet.hasTransport else { return place }
      place.start = flow.segment(placed.side, placed.packet, data, time: time)
      return place
    }
    place.isCopy = placed.flow.isRepeated
    if place.isCopy { flow.beginCopy() }
    guard let secrets = place.secrets else { return place }
    if placed.record.gapBefore > 0 { secrets.gap(placed.side, placed.record.gapBefore) }
    place.start = secrets.end(placed.side)
    secrets.data(placed.side, data, time: time)
    let missing = placed.record.originalLength - data.byteCount
    if missing > 0 { secrets.gap(placed.side, missing) }
    return place
  }
}
