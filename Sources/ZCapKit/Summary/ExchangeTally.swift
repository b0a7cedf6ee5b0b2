internal import TraceProtocols

/// What came of the exchanges of a conversation, or of several.
package struct ExchangeTally: Sendable, Equatable {
  /// The exchange that took longest until the last byte of its answer. A server that is asked to wait is
  /// not slow.
  package struct Slowest: Sendable, Equatable {
    package var nanoseconds: Int64
    /// Number of its conversation, as `flows` shows it.
    package var flow: String
    package var operation: String
  }

  package private(set) var count: UInt64 = 0
  /// Those whose result is a failure.
  package private(set) var failed: UInt64 = 0
  /// Those that were asked and never answered, as far as the trace tells.
  package private(set) var unanswered: UInt64 = 0
  package private(set) var slowest: Slowest?

  package init() {}

  package mutating func add(_ told: FlowExchange) {
    let exchange = told.exchange
    count &+= 1
    if exchange.isFailure { failed &+= 1 }
    if told.isUnanswered { unanswered &+= 1 }
    guard let time = told.responseTime, time > slowest?.nanoseconds ?? -1 else { return }
    slowest = Slowest(
      nanoseconds: time, flow: told.flowText, operation: exchange.operation)
  }

  package mutating func add(_ other: ExchangeTally) {
    count &+= other.count
    failed &+= other.failed
    unanswered &+= other.unanswered
    guard let theirs = other.slowest else { return }
    if theirs.nanoseconds > slowest?.nanoseconds ?? -1 { slowest = theirs }
  }
}

extension FlowExchange {
  /// Nanoseconds until the last byte of the answer; nil where there is none, or the server was asked to
  /// wait.
  package var responseTime: Int64? { exchange.isWait ? nil : lastByte }

  /// Whether it was asked and the trace has no answer.
  package var isUnanswered: Bool {
    switch exchange.missing {
    // Of one that was given up, or filtered, nobody knows whether the trace has its answer.
    case .nothing, .request, .limit, .released, .filtered: false
    case .responseInGap, .closed, .traceEnded: true
    }
  }

  /// The number of its conversation, as `--flow` takes it.
  package var flowText: String { (isUDP ? "udp:" : "") + String(flow) }
}
