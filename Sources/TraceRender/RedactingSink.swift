public import TraceBytes
public import TraceModel

/// A stage that replaces credentials in payloads by asterisks, keeping all lengths, and passes
/// everything on.
///
/// Checksums of packets are moved along with the change. Decryption secrets are not passed on: what
/// they open is full of credentials that nobody masked.
public final class RedactingSink: TraceSink {
  private let downstream: any TraceSink
  private var flows = PayloadFlows()
  private var guardian: CredentialGuard

  /// Credentials masked.
  public var credentials: CredentialCounts { guardian.counts(sawHidden: false) }
  /// Blocks of decryption secrets that were left out.
  public private(set) var secretsLeftOut: UInt64 = 0

  public init(to downstream: any TraceSink, page: CodePage = .ibm1047) {
    self.downstream = downstream
    var options = PrintOptions()
    options.page = page
    options.redact = true
    guardian = CredentialGuard(options)
  }

  public func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    let view = RecordView(record, payload)
    let data = payload.extracting(view.data)
    guard data.byteCount > 0 else { return try downstream.record(record, payload) }
    let fromLower = view.isFromLower
    let flow = flows.flow(view.key, begins: record.flags.contains(.start))
    flow.begin(fromLower: fromLower, data)
    let isOutbound: Bool? =
      record.direction == .unknown ? nil : record.direction == .outbound
    guard try guardian.mask(data, flow, fromLower: fromLower, isOutbound: isOutbound) else {
      return try downstream.record(record, payload)
    }
    var packet = payload.copied()
    packet.replaceSubrange(view.data, with: guardian.masked)
    if let headers = view.packet {
      ChecksumRepair.repair(&packet, headers, view.data, old: data)
    }
    try unsafe downstream.record(record, packet.span.bytes)
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try downstream.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) { secretsLeftOut += 1 }
  public func pause() throws(TraceError) { try downstream.pause() }
  public func finish() throws(TraceError) { try downstream.finish() }
}

/// A stage that passes everything on and notices whether clear text of a data trace holds credentials,
/// for a warning.
///
/// Beginnings of messages and logins are looked at, until the first find; of a long trace, after the
/// first ``wellWatched`` records only every sixteenth one, because the look costs more than writing the
/// record and a trace that holds credentials holds many. Packets are not: what is readable in them was
/// readable on the wire.
public final class CredentialWatch: TraceSink {
  private let downstream: any TraceSink
  private var flows = PayloadFlows()
  private var guardian = CredentialGuard(PrintOptions())
  /// Whether credentials were seen.
  public var hasSeen: Bool { seen }
  private var seen = false
  private var watched: UInt64 = 0
  /// How many records are all looked at.
  public static let wellWatched: UInt64 = 10_000

  public init(to downstream: any TraceSink) { self.downstream = downstream }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    if !seen, record.kind == .dataTrace {
      watched &+= 1
      if watched <= Self.wellWatched || watched % 16 == 0 { try look(record, payload) }
    }
    try downstream.record(record, payload)
  }

  private func look(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    guard guardian.wants(payload) else { return }
    let view = RecordView(record, payload)
    let flow = flows.flow(view.key, begins: record.flags.contains(.start))
    flow.begin(fromLower: view.isFromLower, payload)
    _ = try guardian.mask(payload, flow, fromLower: view.isFromLower, isOutbound: nil)
    seen = guardian.counts(sawHidden: false).seen
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try downstream.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream.secrets(type: type, bytes)
  }
  public func pause() throws(TraceError) { try downstream.pause() }
  public func finish() throws(TraceError) { try downstream.finish() }
}
