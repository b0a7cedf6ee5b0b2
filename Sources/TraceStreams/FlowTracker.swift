public import TraceBytes
public import TraceModel

/// Decodes each record once and places it once in its conversation.
///
/// Takes captures, packet traces and data traces alike: decodes packets, puts fragments together, numbers
/// conversations in order of first appearance, and hands each record with its place to the next stage. It
/// stands in front of all filters, so that a number means the same whatever is left out.
public final class FlowTracker: TraceSink {
  /// Records that belong to no conversation.
  public struct Counts: Sendable, Equatable {
    /// Records in conversations.
    public var tracked: UInt64 = 0
    /// Packets of other protocols than TCP and UDP, and frames that carry no IP.
    public var otherProtocols: UInt64 = 0
    /// Packets cut before their ports, and continuations of such.
    public var cut: UInt64 = 0
    /// Packets with headers that cannot be.
    public var malformed: UInt64 = 0
    /// Link types that are not decoded.
    public var unknownLinks: UInt64 = 0
    /// Data-trace records that repeat what the other end on this stack has in the trace.
    public var repeated: UInt64 = 0
    /// Conversations put aside because there were too many.
    public var putAside: UInt64 = 0
    /// Conversations that went on after they had been put aside: with their number, and counted anew.
    public var resumed: UInt64 = 0
  }

  /// How far the packets of captures are looked at. Records of a z/OS trace are always placed.
  public enum CaptureDepth: UInt8, Sendable, Comparable {
    /// They go on as they are, but for a sample: the first ones are placed, and of the others the headers of one
    /// in many are decoded.
    case sampled
    /// Their headers are decoded.
    case decoded
    /// They are placed in their conversations.
    case placed

    public static func < (left: CaptureDepth, right: CaptureDepth) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  /// The conversations that are open now, by slot.
  public let flows: FlowTable
  private let captures: CaptureDepth
  /// The packets of which not all fragments have come.
  public private(set) var fragments: FragmentTable
  /// What was counted until now.
  public var counts: Counts { tally }
  /// Asked who the client is by the first bytes of a side where no sign known here tells: what knows protocols
  /// stands above this module.
  @exclusivity(unchecked) public var clientByProtocol:
    ((_ bytes: RawSpan, _ side: FlowSide) -> FlowSide?)?
  /// Where a tracker in front of this one, which saw the whole trace, has placed the record under way: its
  /// conversations begin and are numbered as they are there.
  @exclusivity(unchecked) public var truePlace: (() -> Placement)?
  private var tally = Counts()
  private let downstream: any PlacedSink
  /// Packets of captures that came, where only some are looked at.
  @exclusivity(unchecked) private var passed: UInt64 = 0
  private static let firstSamples: UInt64 = 10_000
  private static let sampleMask: UInt64 = 31
  /// The record under way, which stays where it is: each one is made over the one before it.
  @exclusivity(unchecked) private var placed = PlacedRecord(TraceRecord())

  /// - Parameters:
  ///   - downstream: gets every record.
  ///   - flows: the conversations, for stages that look them up.
  ///   - captures: how far packets of captures are looked at.
  public init(
    to downstream: any PlacedSink, flows: FlowTable = FlowTable(),
    captures: CaptureDepth = .placed,
    fragments: FragmentTable.Limits = FragmentTable.Limits()
  ) {
    self.downstream = downstream
    self.flows = flows
    self.captures = captures
    self.fragments = FragmentTable(limits: fragments)
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    unsafe placed.take(record)
    try unsafe place(&placed, payload)
  }

  @inline(__always)
  private func place(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if placed.record.isApplicationData {
      try placeData(&placed, payload)
      try downstream.record(&placed, payload)
      if placed.flow.isOver { try retire(Int(placed.flow.slot)) }
      return
    }
    var isPlaced = captures == .placed || placed.record.kind != .capture
    if !isPlaced, captures == .sampled {
      unsafe passed &+= 1
      isPlaced = unsafe passed <= Self.firstSamples
      guard unsafe isPlaced || passed & Self.sampleMask == 0 else {
        return try downstream.record(&placed, payload)
      }
    }
    placed.takeOwnEnds()
    // A continuation begins in the middle of a packet.
    if placed.record.linkType == .none || placed.record.flags.contains(.orphan) {
      tally.cut &+= 1
      return try downstream.record(&placed, payload)
    }
    placed.packet.read(
      payload, linkType: placed.record.linkType, originalLength: placed.record.originalLength)
    placed.takeEnds(payload)
    guard isPlaced else { return try downstream.record(&placed, payload) }
    guard case .fragment = placed.packet.status else {
      try placePacket(&placed, payload)
      return try downstream.record(&placed, payload)
    }
    tally.tracked &+= 1
    guard let whole = fragments.add(placed.packet, payload, time: placed.record.time) else {
      return try downstream.record(&placed, payload)
    }
    tally.tracked &-= 1
    var joined = PlacedRecord(placed.record)
    joined.packet = whole.view
    unsafe joined.takeEnds(whole.bytes.span.bytes)
    unsafe try placePacket(&joined, whole.bytes.span.bytes)
    placed.flow = joined.flow
    try downstream.record(&placed, payload)
    unsafe try downstream.whole(&joined, whole.bytes.span.bytes)
  }

  /// Where the last record belongs.
  public var lastPlace: Placement { unsafe placed.flow }

  /// The rest of a conversation was left out in front, where more is known of it.
  public func leaveOut(_ place: Placement) throws(TraceError) {
    let slot = Int(place.slot)
    guard flows.flows.indices.contains(slot), flows.flows[slot].isOpen,
      flows.flows[slot].number == place.number
    else { return }
    try close(slot, .filtered)
  }

  public func comment(_ text: RawSpan) throws(TraceError) { try downstream.comment(text) }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try downstream.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream.secrets(type: type, bytes)
  }
  public func pause() throws(TraceError) { try downstream.pause() }

  public func finish() throws(TraceError) {
    for slot in flows.slotsInOrder() { try close(slot, .traceEnd) }
    over = []
    oldestOver = 0
    // What is shown now may need as much memory again.
    flows.releaseMemory()
    try downstream.finish()
  }

  // MARK: - Packets

  private func placePacket(_ placed: inout PlacedRecord, _ bytes: RawSpan) throws(TraceError) {
    guard placed.packet.hasTransport else {
      if placed.record.flags.contains(.notDumped) { return try placePrinted(&placed) }
      return countOther(placed.packet.status, placed.packet.hasNetwork)
    }
    let isTCP = placed.packet.ipProtocol == .tcp
    guard isTCP || placed.packet.ipProtocol == .udp else { return countOther(.complete, true) }
    tally.tracked &+= 1
    let (source, destination) = (placed.source, placed.destination)
    let side: FlowSide = destination < source ? .upper : .lower
    let key = FlowKey(source, destination, ipProtocol: placed.ipProtocol)
    placed.flow.side = side
    var found = flows.use(key)
    if let slot = found,
      isTCP && flows.flows[slot].isReused(by: placed.packet, from: side) || isOther(slot)
    {
      try close(slot, .reused)
      found = nil
    }
    let slot: Int
    if let found {
      slot = found
    } else {
      let flags = placed.packet.tcpFlags
      slot = try begin(&placed, key, isAnew: isTCP && flags.contains(.syn) && !flags.contains(.ack))
    }
    let isFirstData = flows.note(placed.packet, isTCP: isTCP, in: slot, from: side)
    if isFirstData,
      let client = client(of: bytes.extracting(placed.packet.payload), from: side, in: slot)
    {
      flows.flows[slot].learn(client: client, .requestBytes)
    }
    flows.place(&placed.flow, in: slot)
  }

  /// Places a packet of which a report prints the ends and no headers.
  private func placePrinted(_ placed: inout PlacedRecord) throws(TraceError) {
    placed.packet = PacketView()
    let isTCP = placed.ipProtocol == IPProtocol.tcp.rawValue
    guard placed.hasPorts, isTCP || placed.ipProtocol == IPProtocol.udp.rawValue else {
      return countOther(.complete, true)
    }
    tally.tracked &+= 1
    let (source, destination) = (placed.source, placed.destination)
    let side: FlowSide = destination < source ? .upper : .lower
    let key = FlowKey(source, destination, ipProtocol: placed.ipProtocol)
    placed.flow.side = side
    let found = flows.use(key)
    let slot: Int
    if let found { slot = found } else { slot = try begin(&placed, key, isAnew: false) }
    flows.place(&placed.flow, in: slot)
  }

  private func client(of bytes: RawSpan, from side: FlowSide, in slot: Int) -> FlowSide? {
    guard flows.flows[slot].clientEvidence < .requestBytes else { return nil }
    return unsafe ClientGuess.side(of: bytes, from: side) ?? clientByProtocol?(bytes, side)
  }

  private func countOther(_ status: PacketView.Status, _ hasNetwork: Bool) {
    switch status {
    case .truncated: tally.cut &+= 1
    case .malformed: tally.malformed &+= 1
    case .unknownLink: tally.unknownLinks &+= 1
    case .complete, .fragment, .notIP, .notLookedAt: tally.otherProtocols &+= 1
    }
  }

  // MARK: - Application data

  private func placeData(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    let flags = placed.record.flags
    placed.hasAddresses = !flags.contains(.headerUnknown)
    placed.hasPorts = placed.hasAddresses
    let isUDP = placed.ipProtocol == IPProtocol.udp.rawValue
    guard isUDP || placed.ipProtocol == IPProtocol.tcp.rawValue else {
      tally.otherProtocols &+= 1
      return
    }
    tally.tracked &+= 1
    let (source, destination) = (placed.source, placed.destination)
    let side: FlowSide = destination < source ? .upper : .lower
    let owner = placed.record.direction == .outbound ? side : side.other
    // TLS records out of a log are another view of a connection than its application data.
    let plane: UInt8 = flags.contains(.cipherText) ? 2 : 1
    let key = FlowKey(source, destination, ipProtocol: placed.ipProtocol, plane: plane)
    placed.flow.side = side
    placed.flow.plane = plane
    var found = flows.use(key)
    if let old = found,
      flows.flows[old].ends.areFollowed(by: flags, of: owner) || isOther(old)
    {
      try close(old, .reused)
      found = nil
    }
    // A UDP socket is a conversation once a datagram is seen, as for everybody who sees packets.
    if found == nil, isUDP, !flags.isDisjoint(with: [.start, .end]) { return }
    let slot: Int
    if let found {
      slot = found
    } else {
      slot = try begin(&placed, key, isAnew: flags.contains(.start))
    }
    let hasData = max(placed.record.originalLength, payload.byteCount) > 0
    if flags.contains(.local), hasData,
      flows.flows[slot].isRepeated(placed.record, from: side, of: owner)
    {
      tally.repeated &+= 1
      placed.flow.isRepeated = true
      return flows.place(&placed.flow, in: slot)
    }
    flows.flows[slot].ends.note(owner, hasData: hasData)
    placed.flow.isOver = flags.contains(.end) && flows.flows[slot].ends.close(owner)
    if placed.flow.isNew, flags.isSuperset(of: [.start, .cipherText]) {
      // The start record made of a log has the client for its source.
      flows.flows[slot].learn(client: side, .log)
    }
    if hasData, flows.flows[slot].speaksFirst(side),
      let client = client(of: payload, from: side, in: slot)
    {
      flows.flows[slot].learn(client: client, .requestBytes)
    }
    flows.place(&placed.flow, in: slot)
  }

  // MARK: - Conversations

  /// Begins a conversation, or goes on with one that was put aside.
  /// - Parameter isAnew: the record begins another one, whatever was put aside.
  private func begin(
    _ placed: inout PlacedRecord, _ key: FlowKey, isAnew: Bool
  ) throws(TraceError) -> Int {
    var old = flows.takeAside(key)
    if isAnew { old = nil }
    if old != nil { tally.resumed &+= 1 }
    placed.flow.isNew = old == nil && beginsInFront
    return try open(Flow(key, from: placed.flow.side, placed.record), going: old)
  }

  private func open(_ flow: Flow, going old: PutAside.Entry?) throws(TraceError) -> Int {
    if flows.isFull, let idle = flows.longestIdle {
      tally.putAside &+= 1
      try downstream.closed(idle, .idle)
      flows.putAside(idle)
    }
    let slot = flows.insert(flow, going: old)
    if let place = unsafe truePlace?(), place.isKnown {
      flows.flows[slot].number = place.number
    }
    return slot
  }

  /// Whether a conversation is another one for the tracker in front.
  private func isOther(_ slot: Int) -> Bool {
    guard let place = unsafe truePlace?(), place.isKnown else { return false }
    return flows.flows[slot].number != place.number
  }

  /// Whether the record that begins a conversation here, behind a filter, does so in front of it.
  private var beginsInFront: Bool {
    guard let place = unsafe truePlace?(), place.isKnown else { return true }
    return place.isNew
  }

  private func close(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try downstream.closed(slot, how)
    flows.remove(slot)
  }

  /// The last conversations of a data trace that are over, in a ring. What may still come of one is a
  /// second end record; a record after that begins another conversation.
  private var over: ContiguousArray<(slot: Int, firstRecord: UInt64)> = []
  private var oldestOver = 0
  private static let overLimit = 1024

  /// Lets the conversation that has been over for longest go when there are many, so that they do not
  /// fill the table.
  private func retire(_ slot: Int) throws(TraceError) {
    let entry = (slot: slot, firstRecord: flows.flows[slot].firstRecord)
    if over.count < Self.overLimit { return over.append(entry) }
    let oldest = over[oldestOver]
    over[oldestOver] = entry
    oldestOver = (oldestOver + 1) % Self.overLimit
    let flow = flows.flows[oldest.slot]
    guard flow.isOpen, flow.firstRecord == oldest.firstRecord else { return }
    try close(oldest.slot, .closed)
  }
}

extension PlacedRecord {
  /// The ends that the trace record itself tells of a packet.
  fileprivate mutating func takeOwnEnds() {
    guard record.kind != .capture, !record.flags.contains(.headerUnknown) else { return }
    hasAddresses = record.source != .unspecified || record.destination != .unspecified
    hasPorts = record.sourcePort != 0 || record.destinationPort != 0
  }

  /// A packet's own headers count before the fields of its trace record. Only the first fragment of a
  /// packet has ports; those of a cut header count too, because they name the conversation.
  @inline(__always)
  fileprivate mutating func takeEnds(_ bytes: RawSpan) {
    guard packet.hasNetwork else { return }
    hasAddresses = true
    source.address = packet.source
    destination.address = packet.destination
    ipProtocol = packet.ipProtocol.rawValue
    let at = packet.transportOffset
    if packet.fragmentOffset != 0 {
      hasPorts = false
    } else if packet.ipProtocol.carriesPorts, at &+ 4 <= packet.networkEnd {
      hasPorts = true
      source.port = bytes.be16(at)
      destination.port = bytes.be16(at &+ 2)
    }
  }
}
