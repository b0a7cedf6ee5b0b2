public import TraceBytes
public import TraceModel

/// Lets the records pass that are as a specification says; everything else goes straight through.
///
/// Cheap tests come first, and a record is tested no further than to the first one it fails. Ports
/// are those of TCP, UDP and SCTP, and of whole packets or first fragments: later fragments have none
/// and do not match. Text is found when it stands within one record.
public final class RecordFilter: TraceSink {
  private let downstream: any TraceSink
  private let tests: Tests
  private let limit: UInt64
  private let kinds: UInt16
  private let directions: UInt16
  private let security: UInt16
  private let time: TimeTest
  private let ends: EndsTest
  private let texts: [SearchText]
  private let expression: PacketExpression?
  private let flows: (any FlowTest)?
  private var jobs: NameTest
  private var interfaces: NameTest
  /// What the patterns say of each interface of the captures.
  private var captureInterfaces: [UInt32: Bool] = [:]
  private var lastInterface: (id: UInt32, answer: Bool)?
  // Private to the last: the compiler then leaves out the run-time check of each access.
  private var passedCount: UInt64 = 0
  private var held: [Held] = []
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

  /// - Parameter flows: finds the conversations that the specification wants by number.
  /// - Throws: when libpcap rejects an expression, or conversations are wanted and nobody finds them.
  public init(
    _ specification: FilterSpecification, flows: (any FlowTest)? = nil,
    to downstream: any TraceSink
  ) throws(FilterMistake) {
    guard flows != nil || specification.flows.isEmpty else {
      throw FilterMistake("--flow: what this command reads has no numbered flows.")
    }
    self.flows = flows
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
    if !specification.flows.isEmpty { tests.insert(.flow) }
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
      rejected[$0.rawValue] > 0 ? ($0.name, rejected[$0.rawValue]) : nil
    }
  }

  /// What is to be known of the tests: link types for which libpcap rejects the expression.
  public var remarks: [String] { expression?.remarks ?? [] }

  // MARK: - Records

  public func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    guard passedCount < limit else { return }
    if !tests.isEmpty, let option = rejection(record, payload) {
      rejected[option.rawValue] &+= 1
      return
    }
    if tests.contains(.flow), let flows {
      switch try flows.answer(record, payload) {
      case .wanted: break
      case .unwanted:
        rejected[FilterOption.flow.rawValue] &+= 1
        return
      case .fragment(let key): return hold(record, payload, key)
      case .lastFragment(let key, let isWanted):
        try decide(key, isWanted)
        if !isWanted {
          rejected[FilterOption.flow.rawValue] &+= 1
          return
        }
      }
    }
    try pass(record, payload)
  }

  private func pass(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    guard passedCount < limit else { return }
    passedCount &+= 1
    try downstream.record(record, payload)
  }

  // MARK: - Fragments

  /// A fragment of a packet that is not whole yet.
  private struct Held {
    var key: FragmentKey
    var record: TraceRecord
    var payload: [UInt8]
  }

  /// Fragments held at a time, of at most 64 KB each; the oldest goes for a new one.
  private static let heldLimit = 256

  private func hold(_ record: TraceRecord, _ payload: RawSpan, _ key: FragmentKey) {
    if held.count >= Self.heldLimit {
      held.removeFirst()
      rejected[FilterOption.flow.rawValue] &+= 1
    }
    held.append(Held(key: key, record: record, payload: payload.copied()))
  }

  /// The packet of these fragments is whole: its conversation is known.
  private func decide(_ key: FragmentKey, _ isWanted: Bool) throws(TraceError) {
    for fragment in held where fragment.key == key {
      if isWanted {
        try unsafe pass(fragment.record, fragment.payload.span.bytes)
      } else {
        rejected[FilterOption.flow.rawValue] &+= 1
      }
    }
    held.removeAll { $0.key == key }
  }

  /// The first option that the record does not satisfy.
  @inline(__always)
  private func rejection(
    _ record: TraceRecord, _ payload: RawSpan
  ) -> FilterOption? {
    if tests.contains(.head), let option = headRejection(record, payload) { return option }
    if tests.contains(.time), let option = time.rejection(record.time) { return option }
    if tests.contains(.job), !isOfJob(record) { return .job }
    if tests.contains(.interface), !isOfInterface(record) { return .interface }
    if tests.contains(.ends), let option = ends.rejection(PacketEnds.of(record, payload)) {
      return option
    }
    if tests.contains(.text), !holdsText(record, payload) { return .text }
    if tests.contains(.expression), expression?.matches(record, payload) == false {
      return .expression
    }
    return nil
  }

  private func headRejection(
    _ record: TraceRecord, _ payload: RawSpan
  ) -> FilterOption? {
    if kinds >> UInt16(record.kind.rawValue) & 1 == 0 { return .kind }
    if directions != .max {
      let direction = PacketEnds.direction(record, payload)
      if directions >> UInt16(direction.rawValue) & 1 == 0 { return .direction }
    }
    guard security != .max else { return nil }
    guard record.kind == .dataTrace else { return .security }
    let found: FilterSpecification.Security =
      record.flags.contains(.confidential)
      ? .confidential : record.flags.contains(.clearText) ? .clear : .plain
    return security >> UInt16(found.rank) & 1 == 0 ? .security : nil
  }

  private func isOfJob(_ record: TraceRecord) -> Bool {
    record.kind == .dataTrace && jobs.matches(record.name)
  }

  private func isOfInterface(_ record: TraceRecord) -> Bool {
    switch record.kind {
    case .capture:
      if let lastInterface, lastInterface.id == record.interface { return lastInterface.answer }
      let answer = captureInterfaces[record.interface] ?? false
      lastInterface = (record.interface, answer)
      return answer
    case .dataTrace, .lost, .unknown:
      return false
    default:
      return interfaces.matches(record.name)
    }
  }

  /// Whether the payload of the record, or what a packet carries behind its headers, holds a text.
  private func holdsText(_ record: TraceRecord, _ payload: RawSpan) -> Bool {
    var range = 0..<payload.byteCount
    if record.kind != .dataTrace, record.linkType != .none, !record.flags.contains(.orphan) {
      let view = PacketView.decode(
        payload, linkType: record.linkType, originalLength: record.originalLength)
      if view.hasNetwork { range = view.payload }
    }
    let searched = payload.extracting(range)
    for text in texts where text.isFound(in: searched) { return true }
    return false
  }

  // MARK: - Everything else

  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if tests.contains(.interface) {
      captureInterfaces[interface.id] = interfaces.matches(interface.name)
      lastInterface = nil
    }
    try downstream.interface(interface)
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream.secrets(type: type, bytes)
  }

  public func pause() throws(TraceError) { try downstream.pause() }

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
