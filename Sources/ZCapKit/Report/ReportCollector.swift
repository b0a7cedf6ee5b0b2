package import TraceBytes
package import TraceModel
package import TraceStreams

/// How much of a trace a report shows.
package struct ReportOptions: Sendable {
  /// Conversations that are listed.
  package var rows = 100_000
  /// Conversations whose course is drawn.
  package var ladders = 200
  /// Exchanges that are listed, the slowest, and operations.
  package static let slowest = 200
  package static let operations = 500

  package init() {}
}

/// Collects what a report shows, in one run: the rows of `flows`, the exchanges of `exchanges`, and how they
/// went.
package final class ReportCollector: PlacedSink {
  /// A conversation that is over.
  struct Row {
    var row: FlowRow
    var tally: ExchangeTally
  }

  let options: ReportOptions
  let findings: ReportFindings
  package let follower: StreamFollower
  /// Seen from the ends on the traced host; only where a policy is asked.
  private let ends: FlowEndsSink?

  /// - Parameters:
  ///   - flows: the table of the tracker in front.
  ///   - hasPolicy: whether rules are to be found for what is confidential.
  package init(
    _ options: ReportOptions, flows: FlowTable, limits: StreamAssembler.Limits, hasPolicy: Bool
  ) {
    self.options = options
    findings = ReportFindings(options)
    follower = StreamFollower(ReportStreams(findings), flows: flows, limits: limits)
    ends = hasPolicy ? FlowEndsSink(flows: flows) : nil
  }

  /// Conversations that are over.
  package var count: UInt64 { findings.groups.all.flows }
  /// The same from each end on the traced host.
  var localFlows: [LocalFlow] { ends?.flows ?? [] }

  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if let bytes = StreamFollower.countedBytes(placed, payload) { findings.count(placed, bytes) }
    try follower.record(&placed, payload)
    try ends?.record(&placed, payload)
  }

  package func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    if let bytes = StreamFollower.countedBytes(placed, packet) { findings.count(placed, bytes) }
    try follower.whole(&placed, packet)
    try ends?.whole(&placed, packet)
  }

  package func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try follower.closed(slot, how)
    try ends?.closed(slot, how)
  }

  package func finish() throws(TraceError) {
    try follower.finish()
    try ends?.finish()
    try findings.slowest.finish()
  }
}

/// What a report shows, as it is found.
final class ReportFindings {
  private(set) var groups = FlowGroups([])
  private(set) var series = ByteSeries()
  private(set) var operations = Operations()
  fileprivate(set) var ladders: Ladders
  let certificates = CertificateList()
  private(set) var rows: Foremost<ReportCollector.Row>
  /// The exchanges that took longest, once the run is over.
  private(set) var slowestExchanges: [ReportExchange] = []
  fileprivate lazy var slowest = ExchangeOrder(
    by: .duration, limit: ReportOptions.slowest
  ) { [unowned self] (told: FlowExchange) throws(TraceError) in
    slowestExchanges.append(ReportExchange(told))
  }

  init(_ options: ReportOptions) {
    ladders = Ladders(options.ladders)
    rows = Foremost(options.rows) { $0.row.precedes($1.row, by: .bytes) }
  }

  func count(_ placed: borrowing PlacedRecord, _ bytes: Int) {
    series.add(bytes, of: placed.record.name, at: placed.record.time)
    ladders.add(placed, bytes)
  }

  fileprivate func add(_ told: FlowExchange) throws(TraceError) {
    operations.add(told)
    ladders.add(told)
    if told.responseTime != nil { try slowest.add(told) }
  }

  fileprivate func add(_ row: FlowRow, _ tally: ExchangeTally) {
    groups.add(row, tally)
    ladders.close(row, tally)
    rows.add(ReportCollector.Row(row: row, tally: tally))
  }

  /// The rows to list, in the order of their numbers.
  func takeRows() -> [ReportCollector.Row] {
    rows.take().sorted { $0.row.precedes($1.row, by: .number) }
  }

  func takeLadders() -> [(row: FlowRow, ladder: Ladder)] { ladders.take() }
}

/// Gives the streams to everything that reads them.
private final class ReportStreams: StreamSink {
  private let findings: ReportFindings
  private let flows: FlowsAndExchanges

  init(_ findings: ReportFindings) {
    self.findings = findings
    flows = FlowsAndExchanges(exchange: findings.add) { findings.add($0, $1) }
  }

  func opened(_ flow: Conversation) throws(TraceError) { try flows.opened(flow) }

  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    try flows.data(flow, from: side, bytes, time: time, record: record)
    try findings.certificates.data(flow, from: side, bytes, time: time, record: record)
  }

  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    try flows.datagram(flow, from: side, bytes, length: length, time: time, record: record)
  }

  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    findings.ladders.gap(flow, side, count)
    try flows.gap(flow, from: side, count: count)
    try findings.certificates.gap(flow, from: side, count: count)
  }

  func overlap(
    _ flow: Conversation, from side: FlowSide, count: Int, _ check: OverlapCheck
  ) throws(TraceError) {
    try flows.overlap(flow, from: side, count: count, check)
  }

  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    try flows.ended(flow, from: side, how)
  }

  func closed(_ flow: Conversation) throws(TraceError) {
    try flows.closed(flow)
    try findings.certificates.closed(flow)
  }

  func finish() throws(TraceError) { try flows.finish() }
}
