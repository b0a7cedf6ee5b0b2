package import TraceBytes
package import TraceModel
package import TraceProtocols
package import TraceStreams

/// `exchanges`: requests with their answers, a line each.
package final class ExchangeList: TraceWork {
  /// Which exchanges are shown, and how.
  package struct Request {
    /// Empty for all protocols.
    package var protocols: Set<ApplicationProtocol> = []
    package var isFull = false
    package var isJSON = false
    package var failedOnly = false
    /// Nanoseconds that an exchange must have taken; nil for any.
    package var slowest: Int64?
    package var order = ExchangeOrder.Order.time
    /// How many are shown, by duration or bytes.
    package var top = 1000
    /// Whether it is noticed that credentials are shown.
    package var watches = false
    package var view = TableView()
    package var zone = Zone.utc

    package init() {}
  }

  package let flows = FlowTable()
  package let files: InputNames
  private let output: ByteSink
  private let follower: StreamFollower
  private let exchanges: ExchangeFlows
  private let order: ExchangeOrder
  private let text: ExchangeText
  private let watch: ExchangeWatch?
  private let leftOut: LeftOut
  private var shown: UInt64 { order.shown }

  package init(_ request: Request, _ limits: StreamAssembler.Limits, to output: ByteSink) {
    self.output = output
    let files = InputNames()
    self.files = files
    var lines = ExchangeJSON(output, files, full: request.isFull)
    let text = ExchangeText(output, request.view, full: request.isFull, zone: request.zone)
    let watch = request.watches ? ExchangeWatch(full: request.isFull) : nil
    let order = ExchangeOrder(
      by: request.order, limit: request.order == .time ? ExchangeOrder.limit : request.top
    ) { (told: FlowExchange) throws(TraceError) in
      watch?.look(told)
      if request.isJSON {
        try lines.show(told)
      } else {
        try text.show(told)
      }
    }
    let leftOut = LeftOut()
    self.leftOut = leftOut
    exchanges = ExchangeFlows(request.protocols) { (told: FlowExchange) throws(TraceError) in
      if request.failedOnly, !told.exchange.isFailure { return leftOut.byFailed += 1 }
      if let slow = request.slowest, told.exchange.isWait || (told.lastByte ?? 0) < slow {
        return leftOut.bySlow += 1
      }
      try order.add(told)
    }
    exchanges.onPause = { () throws(TraceError) in
      try order.flush()
      try text.flush()
      try output.flush()
    }
    (self.text, self.watch, self.order) = (text, watch, order)
    follower = StreamFollower(exchanges, flows: flows, limits: limits)
  }

  package var sink: (any PlacedSink)? { follower }

  package func finish(_ session: Session) throws(TraceError) {
    try order.finish()
    try text.flush()
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: shown)
    end.notes = text.notes + exchanges.otherConversations() + exchanges.losses()
    end.notes += ExchangeOrder.note(outOfOrder: order.outOfOrder)
    if order.leftOut > 0 {
      end.notes.append("\(order.leftOut.counted("exchange")) not shown (--top)")
    }
    end.notes += leftOut.lines
    end.notes += follower.assembler.counts.notes + (watch?.lines("shown") ?? [])
    end.result = shown.counted("exchange")
    end.remarks = session.tracker?.notesOfOthers ?? []
    return end
  }
}

/// Exchanges that an option left out.
private final class LeftOut {
  var byFailed: UInt64 = 0
  var bySlow: UInt64 = 0

  var lines: [String] {
    let parts = [(byFailed, "--failed"), (bySlow, "--slow")].filter { $0.0 > 0 }
    let words = parts.map { "\($0.0.counted("exchange")) by \($0.1)" }
    return words.isEmpty ? [] : ["left out: \(words.joined(separator: ", "))"]
  }
}
