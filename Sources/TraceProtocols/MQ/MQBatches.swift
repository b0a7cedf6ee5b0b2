internal import TraceBytes
internal import TraceModel

/// Messages that queue managers send each other, confirmed in batches; one batch of each side is open.
struct MQBatches {
  /// Messages from queue manager to queue manager since the last confirmation.
  private struct Batch {
    var half: Exchange.Half
    var count = 0
    var first: UInt32?
    var last: UInt32 = 0
    var queue = ""
    var manager = ""
    /// Whether the sender waits for a confirmation.
    var isOver = false
    var isInGap = false
  }

  private var open = Sides<Batch?>(lower: nil, upper: nil)

  /// Bytes are missing.
  mutating func gap() {
    open.lower?.isInGap = true
    open.upper?.isInGap = true
  }

  /// Takes a segment of a message.
  mutating func take(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    _ channel: MQChannel, into sink: any ExchangeSink
  ) {
    let side = place.side
    if let before = open[side], before.isOver {
      tell(
        side, nil, channel, missing: before.isInGap ? .responseInGap : .nothing, result: "",
        into: sink)
    }
    let isWhole = message.byteCount >= place.length
    var batch = open[side] ?? Batch(half: .init(place))
    if batch.count > 0 {
      batch.half.add(place, isWhole: isWhole)
    } else {
      batch.half.isWhole = isWhole
    }
    let start = segment.kind.byteCount
    // `MSH `: 4 sequence number; then `XQH `: 8 queue, 56 queue manager.
    if coding.has("MSH ", message, at: start) {
      batch.count += 1
      batch.last = coding.u32(message, start + 4)
      if batch.first == nil { batch.first = batch.last }
      if let at = coding.find("XQH ", message, from: start, most: 256) {
        let queue = coding.text(message, at + 8, 48)
        if batch.queue.isEmpty || batch.queue == queue {
          batch.queue = queue
          batch.manager = coding.text(message, at + 56, 48)
        } else {
          batch.queue = "several queues"
        }
      }
    } else if batch.count == 0 {
      // The beginning of the message was not seen.
      batch.half.isWhole = false
      batch.count = 1
    }
    if segment.has(MQSegment.Flags.confirm) { batch.isOver = true }
    open[side] = batch
  }

  /// Tells of the batch that a side sent, if there is one; says whether there was.
  @discardableResult
  mutating func tell(
    _ side: FlowSide, _ answer: MessagePlace?, _ channel: MQChannel,
    missing: Exchange.Missing, result: String, isFailure: Bool = false,
    into sink: any ExchangeSink
  ) -> Bool {
    guard var batch = open[side] else { return false }
    open[side] = nil
    // The message that asks for the confirmation was not seen.
    if answer != nil, !batch.isOver { batch.half.isWhole = false }
    var exchange = Exchange(.mq, client: side, operation: "BATCH")
    var parts = [channel.name, "\(batch.count) message\(batch.count == 1 ? "" : "s")"]
    if let first = batch.first {
      parts.append(first == batch.last ? "seq \(first)" : "seq \(first)-\(batch.last)")
    }
    if !batch.queue.isEmpty { parts.append("> \(batch.queue)") }
    if !batch.manager.isEmpty { parts.append("at \(batch.manager)") }
    exchange.object = parts.filter { !$0.isEmpty }.joined(separator: " ")
    exchange.request = batch.half
    exchange.response = answer.map { Exchange.Half($0) }
    // Messages that nobody confirms are fast, non-persistent ones.
    exchange.missing = answer == nil && batch.isOver ? missing : .nothing
    exchange.result = result
    exchange.isFailure = isFailure
    if batch.isInGap { exchange.findings.append(Exchange.answerInDoubt) }
    sink.exchange(exchange)
    return true
  }
}
