internal import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceStreams

/// Records that one end sent one after another.
struct LadderStep {
  /// What is to be said of a step; the page has the words in this order.
  struct Marks: OptionSet {
    let rawValue: UInt8
    static let start = Marks(rawValue: 1)
    static let end = Marks(rawValue: 2)
    static let syn = Marks(rawValue: 4)
    static let fin = Marks(rawValue: 8)
    static let reset = Marks(rawValue: 16)
    static let confidential = Marks(rawValue: 32)
    /// The bytes are those that are missing.
    static let missing = Marks(rawValue: 64)
  }

  var time: Int64
  var bytes: UInt64
  var records: UInt32
  var side: FlowSide
  var marks: Marks
}

/// An exchange as far as the page shows it.
struct ReportExchange {
  /// Letters of a text that are shown.
  private static let longest = 200

  var isUDP: Bool
  var flow: UInt64
  var time: Int64
  /// Nanoseconds from the first byte of the request to its last one, to the first of the answer and to the
  /// last; nil where that is not there.
  var requestTime: Int64?
  var firstByte: Int64?
  var lastByte: Int64?
  var name: RecordName
  var client: Endpoint
  var server: Endpoint
  var application: ApplicationProtocol
  var operation: String
  var object: String
  var user: String
  var result: String
  var isFailure: Bool
  var requestBytes: UInt64?
  var responseBytes: UInt64?

  init(_ told: FlowExchange) {
    let exchange = told.exchange
    isUDP = told.isUDP
    flow = told.flow
    time = exchange.time
    requestTime = exchange.request.map { max(0, $0.lastTime &- $0.firstTime) }
    firstByte = told.firstByte
    lastByte = told.lastByte
    name = told.name
    client = told.client
    server = told.server
    application = exchange.application
    operation = Self.short(exchange.operation)
    object = Self.short(exchange.object)
    user = Self.short(exchange.user)
    let missing = ExchangeWords.missing(exchange.missing) ?? ""
    result = Self.short(
      [exchange.result, missing].filter { !$0.isEmpty }.joined(separator: "; "))
    isFailure = exchange.isFailure
    requestBytes = exchange.request?.bytes
    responseBytes = exchange.response?.bytes
  }

  static func short(_ text: String) -> String {
    guard text.utf8.count > longest else { return text }
    let cut = text.prefix(longest)
    return cut.endIndex == text.endIndex ? text : cut + "…"
  }
}

/// A conversation step by step.
final class Ladder {
  /// Steps and exchanges that are kept of each, and of all that are open or kept.
  static let limit = 120
  static let limitOfAll = 1_000_000

  fileprivate(set) var steps: [LadderStep] = []
  fileprivate(set) var exchanges: [ReportExchange] = []
  /// Records and exchanges that came later.
  fileprivate(set) var more: UInt64 = 0
  fileprivate(set) var moreExchanges: UInt64 = 0
  /// The end on the traced host, as far as records tell.
  fileprivate(set) var local: FlowSide?

  var size: Int { steps.count + exchanges.count }
}

/// The ladders of the conversations that are worth a look: those with failures, gaps and resets, then the
/// slowest and the largest.
struct Ladders {
  /// How much a conversation is worth a look.
  private struct Rank: Comparable {
    var trouble: Int
    var slowest: Int64
    var bytes: UInt64

    static func < (left: Rank, right: Rank) -> Bool {
      (left.trouble, left.slowest, left.bytes) < (right.trouble, right.slowest, right.bytes)
    }
  }

  private struct Kept {
    var row: FlowRow
    var ladder: Ladder
    var rank: Rank

    func precedes(_ other: Kept) -> Bool {
      if rank != other.rank { return rank > other.rank }
      return row.flow.firstRecord < other.row.flow.firstRecord
    }
  }

  private let count: Int
  private var open = PerFlow<Ladder>()
  private var kept: Foremost<Kept>
  /// Steps and exchanges that are held.
  private var held = 0

  /// - Parameter count: how many are wanted.
  init(_ count: Int) {
    self.count = max(0, count)
    kept = Foremost(count) { $0.precedes($1) }
  }

  /// What was kept of the conversations, the best worth a look first.
  mutating func take() -> [(row: FlowRow, ladder: Ladder)] {
    kept.take().map { ($0.row, $0.ladder) }
  }

  mutating func add(_ placed: borrowing PlacedRecord, _ bytes: Int) {
    guard count > 0 else { return }
    let record = placed.record
    var marks: LadderStep.Marks = []
    if record.flags.contains(.start) { marks.insert(.start) }
    if record.flags.contains(.end) { marks.insert(.end) }
    if record.flags.contains(.confidential) { marks.insert(.confidential) }
    if placed.isPacket, placed.packet.ipProtocol == .tcp {
      let flags = placed.packet.tcpFlags
      if flags.contains(.syn) { marks.insert(.syn) }
      if flags.contains(.fin) { marks.insert(.fin) }
      if flags.contains(.rst) { marks.insert(.reset) }
      // What only acknowledges says nothing here.
      if marks.isEmpty, bytes == 0 { return }
    }
    let side = placed.side
    let ladder = ladder(Int(placed.flow.slot))
    if record.direction != .unknown {
      ladder.local = record.direction == .outbound ? side : side.other
    }
    put(
      LadderStep(
        time: record.time, bytes: UInt64(clamping: bytes), records: 1, side: side, marks: marks),
      ladder)
  }

  mutating func gap(_ flow: Conversation, _ side: FlowSide, _ count: Int) {
    guard self.count > 0 else { return }
    put(
      LadderStep(
        time: flow.lastTime, bytes: UInt64(clamping: count), records: 1, side: side,
        marks: .missing), ladder(flow.slot))
  }

  mutating func add(_ told: FlowExchange) {
    guard count > 0 else { return }
    let ladder = ladder(told.slot)
    guard ladder.exchanges.count < Ladder.limit, held < Ladder.limitOfAll else {
      ladder.moreExchanges &+= 1
      return
    }
    ladder.exchanges.append(ReportExchange(told))
    held += 1
  }

  private mutating func put(_ step: LadderStep, _ ladder: Ladder) {
    if ladder.more == 0, let last = ladder.steps.indices.last,
      ladder.steps[last].side == step.side, ladder.steps[last].marks == step.marks,
      step.marks.isEmpty || step.marks == .confidential
    {
      ladder.steps[last].bytes &+= step.bytes
      ladder.steps[last].records &+= 1
      return
    }
    guard ladder.steps.count < Ladder.limit, held < Ladder.limitOfAll else {
      ladder.more &+= 1
      return
    }
    ladder.steps.append(step)
    held += 1
  }

  private mutating func ladder(_ slot: Int) -> Ladder {
    if let known = open[slot] { return known }
    let new = Ladder()
    open[slot] = new
    return new
  }

  /// A conversation is over.
  mutating func close(_ row: FlowRow, _ tally: ExchangeTally) {
    guard count > 0, let ladder = open.close(row.flow.slot) else { return }
    let flow = row.flow
    let isReset = flow.lower.end == .reset || flow.upper.end == .reset
    let trouble =
      (tally.failed + tally.unanswered > 0 ? 8 : 0) + (row.gaps > 0 ? 4 : 0) + (isReset ? 2 : 0)
      + (flow.confidentialRecords > 0 ? 1 : 0)
    let dropped = kept.add(
      Kept(
        row: row, ladder: ladder,
        rank: Rank(
          trouble: trouble, slowest: tally.slowest?.nanoseconds ?? -1,
          bytes: flow.lower.bytes &+ flow.upper.bytes)))
    for gone in dropped { held -= gone.ladder.size }
  }
}
