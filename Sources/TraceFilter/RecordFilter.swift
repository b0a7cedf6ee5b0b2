public import TraceBytes
public import TraceModel

/// Lets the records pass that are as a specification says; everything else goes straight through.
///
/// Cheap tests come first, and a record is tested no further than to the first one it fails. Ports
/// are those of TCP, UDP and SCTP, and of whole packets or first fragments: later fragments have none
/// and do not match. Text is found when it stands within one record.
public final class RecordFilter: PlacedStage {
  public let downstream: any PlacedSink
  private let tests: Tests
  private let limit: UInt64
  private let kinds: UInt16
  private let directions: UInt16
  private let security: UInt16
  private let time: TimeTest
  private let ends: EndsTest
  private let texts: [SearchText]
  private let expression: PacketExpression?
  private let flows: Set<FlowNumber>
  private let flowIDs: Set<UInt64>
  /// Whether the conversations are those in which a run before this one found something.
  private let isChosen: Bool
  /// Whether something of an open conversation was left out that is not older than all that passed.
  private var isCut = PerFlow<Bool>()
  /// Whether an open conversation is one of `flowIDs`.
  private var wanted = PerFlow<Bool>()
  private var jobs: NameTest
  private var interfaces: NameTest
  /// What the patterns say of each interface of the captures.
  private var captureInterfaces: [UInt32: Bool] = [:]
  private var lastInterface: (id: UInt32, answer: Bool)?
  // Every record changes these; no expression that does calls anything that could come back here.
  private var passedCount: UInt64 = 0
  private var held: [Held] = []
  /// Comments of the record that comes next.
  @exclusivity(unchecked) private var comments: [[UInt8]] = []
  private var rejected = InlineArray<14, UInt64>(repeating: 0)

  /// Which tests a specification asks for.
  private struct Tests: OptionSet {
    let rawValue: UInt8
    static let head = Tests(rawValue: 1 << 0)
    static let time = Tests(rawValue: 1 << 1)
    static let job = Tests(rawValue: 1 << 2)
    static let interface = Tests(rawValue: 1 << 3)
    static let ends = Tests(rawValue: 1 << 4)
    static let text = Tests(rawValue: 1 << 5)
    static let expression = Tests(rawValue: 1 << 6)
    static let flow = Tests(rawValue: 1 << 7)
  }

  /// - Throws: when libpcap rejects an expression.
  public init(
    _ specification: FilterSpecification, to downstream: any PlacedSink
  ) throws(FilterMistake) {
    flows = specification.flows
    flowIDs = specification.flowIDs
    isChosen = specification.isChosen
    self.downstream = downstream
    limit = specification.count ?? .max
    kinds = Self.bits(specification.kinds.map(\.rawValue))
    directions = Self.bits(specification.directions.map(\.rawValue))
    security = Self.bits(specification.security.map(\.rank))
    time = TimeTest(since: specification.since, until: specification.until)
    ends = EndsTest(specification)
    texts = specification.texts
    expression =
      specification.expressions.isEmpty ? nil : try PacketExpression(specification.expressions)
    jobs = NameTest(specification.jobs)
    interfaces = NameTest(specification.interfaces)
    var tests: Tests = []
    if kinds & directions & security != .max { tests.insert(.head) }
    if !time.isEmpty { tests.insert(.time) }
    if !specification.jobs.isEmpty { tests.insert(.job) }
    if !specification.interfaces.isEmpty { tests.insert(.interface) }
    if !ends.isEmpty { tests.insert(.ends) }
    if !texts.isEmpty { tests.insert(.text) }
    if expression != nil { tests.insert(.expression) }
    if !flows.isEmpty || !flowIDs.isEmpty || isChosen { tests.insert(.flow) }
    self.tests = tests
  }

  /// A bit for each value; all of them for none.
  private static func bits(_ values: [UInt8]) -> UInt16 {
    values.isEmpty ? .max : values.reduce(0) { $0 | 1 << UInt16($1) }
  }

  // MARK: - What it did

  /// Records that passed.
  public var passed: UInt64 { passedCount }

  /// Whether as many records have passed as were asked for; no other one will.
  public var isSatisfied: Bool { passedCount >= limit }

  /// How many records each option left out, each counted for the first test it failed.
  public var leftOut: [(option: String, count: UInt64)] {
    FilterOption.allCases.compactMap {
      guard rejected[$0.rawValue] > 0 else { return nil }
      // In no conversation was found what --whole belongs to.
      let name = isChosen && $0 == .flow ? flows.isEmpty ? "--contains" : "--whole" : $0.name
      return (name, rejected[$0.rawValue])
    }
  }

  /// What is to be known of the tests: link types for which libpcap rejects the expression.
  public var remarks: [String] { expression?.remarks ?? [] }

  // MARK: - Records

  /// Whether a record that is in no stream of records passes; counts it as one that does or does not.
  public func admits(_ placed: inout PlacedRecord, _ payload: RawSpan) -> Bool {
    guard passedCount < limit else { return false }
    let isOther = tests.contains(.flow) && !isWanted(&placed)
    if let option = rejection(&placed, payload) ?? (isOther ? .flow : nil) {
      leaveOut(option)
      return false
    }
    passedCount &+= 1
    return true
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    unsafe comments.append(text.copied())
  }

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    defer { if unsafe !comments.isEmpty { unsafe comments = [] } }
    placed.isLeftOut = true
    guard passedCount < limit else { return }
    if !tests.isEmpty, let option = rejection(&placed, payload) {
      noteCut(placed.flow, option)
      return leaveOut(option)
    }
    if tests.contains(.flow) {
      let isFragment = placed.packet.status == .fragment
      guard placed.flow.isKnown else {
        // The conversation of a fragment is known when its packet is whole.
        return isFragment ? hold(&placed, payload) : leaveOut(.flow)
      }
      let isWanted = isWanted(&placed)
      if isFragment { try decide(FragmentKey(placed.packet), isWanted) }
      if !isWanted { return leaveOut(.flow) }
    }
    try pass(&placed, payload)
  }

  public func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    placed.isLeftOut = true
    guard tests.isEmpty || rejection(&placed, packet) == nil else { return }
    if tests.contains(.flow), !isWanted(&placed) { return }
    placed.isLeftOut = false
    try downstream.whole(&placed, packet)
  }

  private func isWanted(_ placed: inout PlacedRecord) -> Bool {
    guard placed.flow.isKnown else { return false }
    if flows.contains(FlowNumber(ipProtocol: placed.ipProtocol, number: placed.flow.number)) {
      return true
    }
    if flowIDs.isEmpty { return false }
    let slot = Int(placed.flow.slot)
    if let known = wanted[slot] { return known }
    let isWanted = flowIDs.contains(
      FlowIdentity.hash(placed.key, firstTime: placed.flow.firstTime))
    wanted[slot] = isWanted
    return isWanted
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    wanted[slot] = nil
    let isCut = isCut.close(slot) == true || isSatisfied
    try downstream.closed(slot, isCut && how != .idle ? .filtered : how)
  }

  private func noteCut(_ flow: Placement, _ option: FilterOption) {
    guard flow.isKnown, option != .since || !time.isSinceFirst, isCut[Int(flow.slot)] == nil else {
      return
    }
    isCut[Int(flow.slot)] = true
  }

  private func leaveOut(_ option: FilterOption) { rejected[option.rawValue] &+= 1 }

  private func pass(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard passedCount < limit else { return }
    passedCount &+= 1
    placed.isLeftOut = false
    for comment in unsafe comments { try unsafe downstream.comment(comment.span.bytes) }
    try downstream.record(&placed, payload)
  }

  // MARK: - Fragments

  /// A fragment of a packet that is not whole yet.
  private struct Held {
    var key: FragmentKey
    var placed: PlacedRecord
    var payload: [UInt8]
  }

  /// Fragments held at a time, of at most 64 KB each; the oldest goes for a new one.
  private static let heldLimit = 256

  private func hold(_ placed: inout PlacedRecord, _ payload: RawSpan) {
    if held.count >= Self.heldLimit {
      held.removeFirst()
      leaveOut(.flow)
    }
    held.append(
      Held(key: FragmentKey(placed.packet), placed: copy placed, payload: payload.copied()))
  }

  /// The packet of these fragments is whole: its conversation is known.
  private func decide(_ key: FragmentKey, _ isWanted: Bool) throws(TraceError) {
    for fragment in held where fragment.key == key {
      if isWanted {
        var placed = fragment.placed
        try unsafe pass(&placed, fragment.payload.span.bytes)
      } else {
        leaveOut(.flow)
      }
    }
    held.removeAll { $0.key == key }
  }

  /// The first option that the record does not satisfy.
  @inline(__always)
  private func rejection(
    _ placed: inout PlacedRecord, _ payload: RawSpan
  ) -> FilterOption? {
    if tests.contains(.head), let option = headRejection(&placed) { return option }
    if tests.contains(.time), let option = time.rejection(placed.record.time) { return option }
    if tests.contains(.job), !isOfJob(placed.record) { return .job }
    if tests.contains(.interface), !isOfInterface(placed.record) { return .interface }
    if tests.contains(.ends), let option = ends.rejection(&placed) { return option }
    if tests.contains(.text), !holdsText(&placed, payload) { return .text }
    if tests.contains(.expression), expression?.matches(placed.record, payload) == false {
      return .expression
    }
    return nil
  }

  private func headRejection(_ placed: inout PlacedRecord) -> FilterOption? {
    let kind = placed.record.kind
    if kinds >> UInt16(kind.rawValue) & 1 == 0 { return .kind }
    if directions >> UInt16(placed.direction.rawValue) & 1 == 0 { return .direction }
    guard security != .max else { return nil }
    guard kind == .dataTrace else { return .security }
    let flags = placed.record.flags
    let found: FilterSpecification.Security =
      flags.contains(.confidential) ? .confidential : flags.contains(.clearText) ? .clear : .plain
    return security >> UInt16(found.rank) & 1 == 0 ? .security : nil
  }

  private func isOfJob(_ record: borrowing TraceRecord) -> Bool {
    guard record.kind == .dataTrace else { return false }
    return jobs.matches(record.name)
  }

  private func isOfInterface(_ record: borrowing TraceRecord) -> Bool {
    switch record.kind {
    case .capture:
      let id = record.interface
      if let lastInterface, lastInterface.id == id { return lastInterface.answer }
      let answer = captureInterfaces[id] ?? false
      lastInterface = (id, answer)
      return answer
    case .dataTrace, .lost, .unknown:
      return false
    default:
      return interfaces.matches(record.name)
    }
  }

  /// Whether the payload of the record, or what a packet carries behind its headers, holds a text.
  private func holdsText(_ placed: inout PlacedRecord, _ payload: RawSpan) -> Bool {
    let searched = placed.packet.hasNetwork ? payload.extracting(placed.packet.payload) : payload
    for text in texts where text.isFound(in: searched) { return true }
    return false
  }

  // MARK: - Everything else

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if tests.contains(.interface) {
      captureInterfaces[interface.id] = interfaces.matches(interface.name)
      lastInterface = nil
    }
    try downstream.interface(interface)
  }

  public func finish() throws(TraceError) {
    rejected[FilterOption.flow.rawValue] &+= UInt64(held.count)
    held = []
    try downstream.finish()
  }
}

extension FilterSpecification.Security {
  var rank: UInt8 {
    switch self {
    case .clear: 0
    case .confidential: 1
    case .plain: 2
    }
  }
}
