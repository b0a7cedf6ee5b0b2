public import TraceBytes
public import TraceModel

/// A stage that replaces credentials in payloads by asterisks, keeping all lengths, and passes
/// everything on.
///
/// Checksums of packets are moved along with the change. Decryption secrets are not passed on: what
/// they open is full of credentials that nobody masked.
public final class RedactingSink: PlacedStage {
  public let downstream: any PlacedSink
  private var flows = PayloadFlows()
  private var guardian: CredentialGuard

  /// Credentials masked.
  public var credentials: CredentialCounts { guardian.counts(sawHidden: false) }
  /// Blocks of decryption secrets that were left out.
  public private(set) var secretsLeftOut: UInt64 = 0

  public init(to downstream: any PlacedSink, page: CodePage = .ibm1047) {
    self.downstream = downstream
    var options = PrintOptions()
    options.page = page
    options.redact = true
    guardian = CredentialGuard(options)
  }

  public func record(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard let masked = try masked(placed, payload) else {
      return try downstream.record(placed, payload)
    }
    try unsafe downstream.record(placed, masked.span.bytes)
  }

  public func whole(_ placed: PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    guard let masked = try masked(placed, packet) else {
      return try downstream.whole(placed, packet)
    }
    try unsafe downstream.whole(placed, masked.span.bytes)
  }

  /// A copy of a payload without its credentials; nil when it has none.
  private func masked(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) -> [UInt8]? {
    let range = placed.data(in: payload)
    let data = payload.extracting(range)
    guard data.byteCount > 0 else { return nil }
    let fromLower = placed.side == .lower
    let flow = flows.flow(placed)
    flow.begin(fromLower: fromLower, data)
    guard try guardian.mask(data, flow, fromLower: fromLower, isOutbound: placed.isOutbound) else {
      return nil
    }
    var packet = payload.copied()
    packet.replaceSubrange(range, with: guardian.masked)
    if placed.isPacket { ChecksumRepair.repair(&packet, placed.packet, range, old: data) }
    return packet
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    flows.close(slot)
    try downstream.closed(slot, how)
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) { secretsLeftOut += 1 }
}

/// A stage that passes everything on and notices whether clear text of a data trace holds credentials,
/// for a warning.
///
/// Beginnings of messages and logins are looked at, until the first find; of a long trace, after the
/// first ``wellWatched`` records only every sixteenth one, because the look costs more than writing the
/// record and a trace that holds credentials holds many. Packets are not: what is readable in them was
/// readable on the wire.
public final class CredentialWatch: PlacedStage {
  public let downstream: any PlacedSink
  private var flows = PayloadFlows()
  private var guardian = CredentialGuard(PrintOptions())
  /// Whether credentials were seen.
  public var hasSeen: Bool { seen }
  private var seen = false
  private var watched: UInt64 = 0
  /// How many records are all looked at.
  public static let wellWatched: UInt64 = 10_000

  public init(to downstream: any PlacedSink) { self.downstream = downstream }

  public func record(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if !seen, placed.record.kind == .dataTrace {
      watched &+= 1
      if watched <= Self.wellWatched || watched % 16 == 0 { try look(placed, payload) }
    }
    try downstream.record(placed, payload)
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    flows.close(slot)
    try downstream.closed(slot, how)
  }

  private func look(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard guardian.wants(payload) else { return }
    let fromLower = placed.side == .lower
    let flow = flows.flow(placed)
    flow.begin(fromLower: fromLower, payload)
    _ = try guardian.mask(payload, flow, fromLower: fromLower, isOutbound: nil)
    seen = guardian.counts(sawHidden: false).seen
  }
}
