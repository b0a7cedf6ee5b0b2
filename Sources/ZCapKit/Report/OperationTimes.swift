internal import TraceProtocols

/// Response times of exchanges with the same protocol, operation and object.
struct OperationTimes {
  var application: ApplicationProtocol
  var operation: String
  var object: String
  private(set) var count: UInt64 = 0
  private(set) var failed: UInt64 = 0
  private(set) var unanswered: UInt64 = 0
  private(set) var longest: Int64 = -1
  private var times: [Int64] = []
  /// Of so many times one is kept.
  private var stride: UInt64 = 1
  private var timed: UInt64 = 0

  /// Times that are kept of each; of more, every second one, then every fourth.
  private static let limit = 65_536

  init(_ application: ApplicationProtocol, _ operation: String, _ object: String) {
    self.application = application
    self.operation = operation
    self.object = object
  }

  /// Whether percentiles are those of a part of the times.
  var isSample: Bool { stride > 1 }

  mutating func add(_ told: FlowExchange) {
    count &+= 1
    if told.exchange.isFailure { failed &+= 1 }
    if told.isUnanswered { unanswered &+= 1 }
    guard let time = told.responseTime else { return }
    longest = max(longest, time)
    if timed % stride == 0 { times.append(time) }
    timed &+= 1
    guard times.count > Self.limit else { return }
    times = times.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    stride *= 2
  }

  /// The times that `percents` of all are not above (nearest rank), -1 where there is no answer.
  func percentiles(_ percents: [Int]) -> [Int64] {
    let sorted = times.sorted()
    return percents.map { percent in
      sorted.isEmpty ? -1 : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
  }
}

/// All operations of a trace, and how long answers took.
struct Operations {
  /// Objects that are told apart; those of others are one.
  private static let limit = 10_000

  private struct Key: Hashable {
    var application: ApplicationProtocol
    var operation: String
    var object: String
  }

  private(set) var all: [OperationTimes] = []
  private var places: [Key: Int] = [:]
  /// Whether not all objects are told apart.
  private(set) var hasOthers = false

  /// Upper bounds of the bars, in nanoseconds: 1, 2 and 5 of each power of ten, from 1 us to 1,000 s.
  static let bounds: [Int64] =
    (3...11).flatMap { power in
      [1, 2, 5].map { $0 * (0..<power).reduce(Int64(1)) { whole, _ in whole * 10 } }
    } + [1_000_000_000_000]
  /// Answers by their time, the last ones above all bounds, and those of them that are failures.
  private(set) var answered = [UInt64](repeating: 0, count: bounds.count + 1)
  private(set) var failed = [UInt64](repeating: 0, count: bounds.count + 1)
  /// Exchanges in which the server was asked to wait.
  private(set) var waits: UInt64 = 0

  mutating func add(_ told: FlowExchange) {
    let exchange = told.exchange
    var key = Key(
      application: exchange.application, operation: exchange.operation,
      object: Self.object(exchange))
    if places[key] == nil, all.count >= Self.limit {
      hasOthers = true
      key.object = "(others)"
      if places[key] == nil, all.count >= 2 * Self.limit { key.operation = "(others)" }
    }
    let place = places[key] ?? all.count
    if place == all.count {
      places[key] = place
      all.append(OperationTimes(key.application, key.operation, key.object))
    }
    all[place].add(told)
    if exchange.isWait { waits &+= 1 }
    guard let time = told.responseTime else { return }
    let bar = Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count
    answered[bar] &+= 1
    if exchange.isFailure { failed[bar] &+= 1 }
  }

  /// What was asked for, without the query of a URL.
  private static func object(_ exchange: Exchange) -> String {
    guard !exchange.host.isEmpty || exchange.application == .http1 else { return exchange.object }
    return exchange.object.firstIndex(of: "?").map { String(exchange.object[..<$0]) }
      ?? exchange.object
  }
}
