public import TraceBytes
public import TraceModel

/// A stage that replaces credentials in payloads by asterisks, keeping all lengths, and passes
/// everything on.
public final class RedactingSink: TraceSink {
  private let downstream: any TraceSink
  private var flows = PayloadFlows()
  private var guardian: CredentialGuard

  /// Credentials masked.
  public var credentials: CredentialCounts { guardian.counts(sawHidden: false) }

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
    try unsafe downstream.record(record, packet.span.bytes)
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
