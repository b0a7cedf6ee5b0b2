public import TraceModel

/// What a record must be to pass: values of one option are alternatives, all options must agree.
///
/// It is filled from the text of options; each `add` says what is wrong with a text it rejects.
public struct FilterSpecification: Sendable {
  /// What is known of the protection of a data-trace record.
  public enum Security: String, Sendable, CaseIterable {
    /// AT-TLS clear text.
    case clear
    /// AT-TLS confidential: the data is not in the trace.
    case confidential
    /// Neither: the connection does not use AT-TLS, or the record has no data.
    case plain
  }

  /// Address ranges of either end, of the source and of the destination.
  public internal(set) var ends: [AddressRange] = []
  /// Address ranges of the sender.
  public internal(set) var sources: [AddressRange] = []
  /// Address ranges of the receiver.
  public internal(set) var destinations: [AddressRange] = []
  /// Port ranges of either end.
  public internal(set) var ports: [PortRange] = []
  /// Job names of data-trace records.
  public internal(set) var jobs: [NamePattern] = []
  /// Interface names of packets.
  public internal(set) var interfaces: [NamePattern] = []
  /// The first moment that passes.
  public internal(set) var since: TimeLimit?
  /// The last moment that passes.
  public internal(set) var until: TimeLimit?
  /// Directions that pass; all when empty.
  public internal(set) var directions: [Direction] = []
  /// Kinds of records that pass; all when empty.
  public internal(set) var kinds: [RecordKind] = []
  /// What AT-TLS did to data that passes; anything when empty.
  public internal(set) var security: [Security] = []
  /// How many records pass at most.
  public internal(set) var count: UInt64?
  /// Texts of which the payload must hold one.
  public internal(set) var texts: [SearchText] = []
  /// libpcap expressions.
  public internal(set) var expressions: [String] = []
  /// Conversations by number.
  public internal(set) var flows: Set<FlowNumber> = []
  /// Conversations by `FlowIdentity.hash(_:firstTime:)`.
  public internal(set) var flowIDs: Set<UInt64> = []
  /// Whether texts pick whole conversations; ``chosen(_:)`` gives the filter of the second run.
  public var isOfWholeConversations = false
  /// Whether no other conversation passes than those in `flows`, even when there are none.
  public private(set) var isChosen = false

  /// Everything passes.
  public init() {}

  /// Whether every record passes.
  public var isEmpty: Bool {
    ends.isEmpty && sources.isEmpty && destinations.isEmpty && ports.isEmpty && jobs.isEmpty
      && interfaces.isEmpty && since == nil && until == nil && directions.isEmpty && kinds.isEmpty
      && security.isEmpty && count == nil && texts.isEmpty && expressions.isEmpty
      && flows.isEmpty && flowIDs.isEmpty && !isChosen
  }

  /// Whether a test asks for the headers of packets.
  public var needsHeaders: Bool {
    !ends.isEmpty || !sources.isEmpty || !destinations.isEmpty || !ports.isEmpty
      || !directions.isEmpty || !texts.isEmpty || !flows.isEmpty
  }

  /// Whether a test asks for the conversations of packets.
  public var needsFlows: Bool { !flows.isEmpty }

  /// `--ip`: either end is in the range.
  public mutating func addIP(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) { ends.append(try AddressRange("--ip", part)) }
  }

  /// `--src`: the source is in the range.
  public mutating func addSource(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) { sources.append(try AddressRange("--src", part)) }
  }

  /// `--dst`: the destination is in the range.
  public mutating func addDestination(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) { destinations.append(try AddressRange("--dst", part)) }
  }

  /// `--port`: either end has a port in the range.
  public mutating func addPort(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) { ports.append(try PortRange("--port", part[...])) }
  }

  /// `--job`: the record is of a data trace and bears such a job name.
  public mutating func addJob(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) { jobs.append(try NamePattern("--job", part)) }
  }

  /// `--interface`: the record is a packet of such an interface.
  public mutating func addInterface(_ text: String) throws(FilterMistake) {
    interfaces.append(try NamePattern("--interface", text))
  }

  /// `--since`: the record is of this time or later.
  public mutating func setSince(_ text: String) throws(FilterMistake) {
    since = try TimeLimit("--since", text)
    try checkTimes()
  }

  /// `--until`: the record is not later than the last digit of this time says.
  public mutating func setUntil(_ text: String) throws(FilterMistake) {
    until = try TimeLimit("--until", text)
    try checkTimes()
  }

  /// `--direction`: `in` or `out`, seen from the traced host.
  public mutating func addDirection(_ text: String) throws(FilterMistake) {
    switch text.lowercased() {
    case "in", "inbound": directions.append(.inbound)
    case "out", "outbound": directions.append(.outbound)
    default: throw FilterMistake("--direction \(text): write in or out.")
    }
  }

  /// `--kind`: the word of `RecordKind.name`.
  public mutating func addKind(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) {
      guard let kind = RecordKind.allCases.first(where: { "\($0.name)" == part.lowercased() })
      else {
        let all = Self.kindNames.joined(separator: ", ")
        throw FilterMistake("--kind \(part): there is no such kind of record; write one of \(all).")
      }
      kinds.append(kind)
    }
  }

  /// The words that `addKind` takes.
  public static var kindNames: [String] { RecordKind.allCases.map { "\($0.name)" } }

  /// `--secure`: `clear`, `confidential` or `plain`.
  public mutating func addSecurity(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) {
      guard let value = Security(rawValue: part.lowercased()) else {
        throw FilterMistake("--secure \(part): write clear, confidential or plain.")
      }
      security.append(value)
    }
  }

  /// `--count`: so many records pass, then no more.
  public mutating func setCount(_ value: UInt64) throws(FilterMistake) {
    guard value > 0 else { throw FilterMistake("--count 0: write how many records are wanted.") }
    count = value
  }

  /// `--contains`: the payload holds this text, in ASCII (UTF-8) or EBCDIC 1047; with `--regex` what an
  /// extended regular expression says, with `--ignore-case` in capital and small letters.
  public mutating func addText(
    _ text: String, ignoringCase: Bool = false, isExpression: Bool = false
  ) throws(FilterMistake) {
    texts.append(try SearchText(text, ignoringCase: ignoringCase, isExpression: isExpression))
  }

  /// `-f`: a libpcap expression.
  public mutating func addExpression(_ text: String) throws(FilterMistake) {
    try PacketExpression.check(text)
    expressions.append(text)
  }

  /// `--flow`: the record is of the conversation that `flows` shows under this number, or with this
  /// `flow_id`.
  public mutating func addFlow(_ text: String) throws(FilterMistake) {
    for part in Self.parts(text) {
      if let id = FlowIdentity.hash(digits: part) {
        flowIDs.insert(id)
      } else {
        flows.insert(try FlowNumber(part))
      }
    }
  }

  /// The values between commas, of which there is always one.
  private static func parts(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      var part = part
      while part.first == " " { part.removeFirst() }
      while part.last == " " { part.removeLast() }
      return String(part)
    }
  }

  /// The filter of a second run over the same inputs, which lets all of these conversations pass: those in
  /// which this one found something. How many records pass is counted there, and no record passes that is
  /// outside the time of this one.
  public func chosen(_ flows: Set<FlowNumber>) -> FilterSpecification {
    var filter = FilterSpecification()
    filter.flows = flows
    filter.isChosen = true
    filter.since = since
    filter.until = until
    filter.count = count
    return filter
  }

  /// This filter as it looks for the conversations of ``chosen(_:)``.
  public var choosing: FilterSpecification {
    var filter = self
    filter.count = nil
    return filter
  }

  private func checkTimes() throws(FilterMistake) {
    // Times of day may pass midnight: --since 23:00 --until 01:00.
    guard let since, let until, !since.isTimeOfDay, !until.isTimeOfDay, since.first > until.last
    else { return }
    throw FilterMistake("--since is later than --until: exchange the two times.")
  }
}
