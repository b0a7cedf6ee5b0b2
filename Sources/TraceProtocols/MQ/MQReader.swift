internal import TraceBytes
internal import TraceModel

/// Reads the conversations of one socket: calls with their replies, channels that start or are refused, and
/// batches of messages between queue managers.
final class MQReader: MessageReader {
  /// Calls that wait for replies; each conversation has one at a time.
  private static let mostWaiting = 64
  /// Objects whose names are known by their handles.
  private static let mostHandles = 24

  /// A request on its way, or waiting for its reply.
  struct Waiting {
    var side: FlowSide
    var conversation: UInt32
    var type: MQType
    var request: Exchange.Half?
    var response: Exchange.Half?
    /// Whether all segments of the request came.
    var isAsked = false
    var isInGap = false
    var call = MQCall()
    var result = ""
    var isFailure = false
    var status: Int64?
    var findings: [String] = []
  }

  private struct Handle {
    var conversation: UInt32
    var handle: UInt32
    var name: String
  }

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

  private(set) var client: FlowSide?
  private var waiting: [Waiting] = []
  private var handles: [Handle] = []
  private var batches: (lower: Batch?, upper: Batch?)
  private var channel = ""
  private var manager = ""
  private var product = ""
  private var user = ""

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame { MQSegment.frame(bytes) }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    MQSecrets.mark(message, mark)
  }

  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    MQNames.find(in: message, body)
  }

  func gap(_ side: FlowSide) {
    for index in waiting.indices {
      waiting[index].isInGap = true
      guard waiting[index].side == side else {
        waiting[index].response?.isWhole = false
        continue
      }
      if !waiting[index].isAsked { waiting[index].request?.isWhole = false }
      waiting[index].isAsked = true
    }
    batches.lower?.isInGap = true
    batches.upper?.isInGap = true
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    let missing: Exchange.Missing = how == .closed ? .closed : .traceEnded
    while !waiting.isEmpty { tell(0, missing: missing, into: sink) }
    for side in FlowSide.allCases { tellBatch(side, nil, missing: missing, result: "", into: sink) }
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    guard let segment = MQSegment(message) else { return }
    if client == nil, let sent = MQ.recognise(message)?.fromClient {
      client = sent ? place.side : place.side.other
    }
    let coding = MQCoding(segment)
    switch segment.type {
    case .heartbeat: break
    case .userID: user = Self.user(message, coding, segment.kind.byteCount)
    case .messageData: takeMessage(message, place, segment, coding, into: sink)
    case .status: takeStatus(message, place, segment, coding, into: sink)
    case .asyncMessage, .socketAction, .notification:
      takeEvent(message, place, segment, coding, into: sink)
    case _ where segment.type.isReply:
      answer(segment.type.asked, message, place, segment, coding, into: sink)
    case _ where segment.type.isCall || segment.type == .authentication:
      ask(message, place, segment, coding, into: sink)
    default:
      // Both sides send it: the second one answers.
      let isAnswer = waiting.contains {
        $0.type == segment.type && $0.conversation == segment.conversation && $0.side != place.side
      }
      if isAnswer {
        answer(segment.type, message, place, segment, coding, into: sink)
      } else {
        ask(message, place, segment, coding, into: sink)
      }
    }
  }

  /// `UID `: the long user behind the password, else the short one.
  private static func user(_ message: RawSpan, _ coding: MQCoding, _ start: Int) -> String {
    guard coding.has("UID ", message, at: start) else { return "" }
    let short = coding.text(message, start + 4, 12)
    return short.isEmpty ? coding.text(message, start + 28, 64) : short
  }

  // MARK: - Requests and replies

  private func ask(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    into sink: any ExchangeSink
  ) {
    let isWhole = message.byteCount >= place.length
    let isLast = segment.has(MQSegment.Flags.last) || !segment.has(MQSegment.Flags.first)
    if !segment.has(MQSegment.Flags.first),
      let index = waiting.firstIndex(where: {
        $0.side == place.side && $0.conversation == segment.conversation && $0.type == segment.type
          && !$0.isAsked
      })
    {
      // A further segment holds data only.
      waiting[index].request?.add(place, isWhole: isWhole)
      waiting[index].isAsked = segment.has(MQSegment.Flags.last)
      return
    }
    while let index = waiting.firstIndex(where: {
      $0.side == place.side && $0.conversation == segment.conversation
    }) ?? (waiting.count >= Self.mostWaiting ? 0 : nil) {
      tell(index, missing: waiting[index].isInGap ? .responseInGap : .nothing, into: sink)
    }
    var next = Waiting(side: place.side, conversation: segment.conversation, type: segment.type)
    next.request = Exchange.Half(place, isWhole: isWhole)
    next.isAsked = isLast
    let start = segment.kind.byteCount
    switch segment.type {
    case .initialData:
      if let data = MQInitialData(message, coding, at: start) {
        channel = data.channel
        product = data.product
        next.call.object = data.channel
        next.call.add("client product", data.product)
        next.call.add("level", "\(data.level)")
        next.call.add("CCSID", "\(data.ccsid)")
      }
    case .authentication:
      if let texts = MQAuthentication(coding, message, segment) {
        next.call.user = coding.text(message, texts.user.lowerBound, texts.user.count)
        user = next.call.user
      }
    default:
      next.call.ask(segment.type, message, coding, at: start)
      // A queue manager needs no name.
      if next.call.objectType == 5, next.call.object.isEmpty { next.call.object = manager }
    }
    if segment.type == .connect { next.call.user = user }
    if next.call.object.isEmpty, let handle = next.call.handle {
      next.call.object = name(segment.conversation, handle)
    }
    waiting.append(next)
  }

  private func answer(
    _ type: MQType, _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment,
    _ coding: MQCoding, into sink: any ExchangeSink
  ) {
    let isWhole = message.byteCount >= place.length
    let found = waiting.firstIndex {
      $0.type == type && $0.conversation == segment.conversation && $0.side != place.side
    }
    let index = found ?? waiting.count
    if found == nil {
      waiting.append(
        Waiting(side: place.side.other, conversation: segment.conversation, type: type))
    }
    let isBegun = waiting[index].response != nil
    if isBegun {
      waiting[index].response?.add(place, isWhole: isWhole)
    } else {
      waiting[index].response = Exchange.Half(place, isWhole: isWhole)
      if type == .initialData {
        takeInitialData(index, message, segment, coding)
      } else {
        waiting[index].call.answer(type, message, coding, at: segment.kind.byteCount)
      }
    }
    let isLast =
      segment.has(MQSegment.Flags.last) || !(isBegun || segment.has(MQSegment.Flags.first))
    if isLast { tell(index, missing: .nothing, into: sink) }
  }

  private func takeInitialData(
    _ index: Int, _ message: RawSpan, _ segment: MQSegment, _ coding: MQCoding
  ) {
    guard let data = MQInitialData(message, coding, at: segment.kind.byteCount) else { return }
    manager = data.manager
    if channel.isEmpty { channel = data.channel }
    waiting[index].call.object = "\(data.channel) > \(data.manager)"
    waiting[index].call.add("server product", data.product)
    waiting[index].call.add("heartbeat", "\(data.heartbeat) s")
    waiting[index].call.add("conversations per socket", "\(data.conversations)")
    waiting[index].call.add("largest message", "\(data.mostMessage)")
    var parts = [data.product].filter { !$0.isEmpty }
    if segment.has(MQSegment.Flags.error) {
      let flags = UInt16(data.errors.0) << 8 | UInt16(data.errors.1)
      let which = flags == 0 ? "" : " (error flags \(Hex.text(flags, digits: 4)))"
      parts.append("asks for other values\(which)")
    } else {
      parts.append("ok")
    }
    waiting[index].result = parts.joined(separator: ", ")
  }

  // MARK: - Status

  private func takeStatus(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    into sink: any ExchangeSink
  ) {
    let isError = segment.has(MQSegment.Flags.error)
    var result = "ok"
    var code: UInt32 = 0
    if isError {
      code = coding.u32(message, segment.kind.byteCount + 4)
      let words = MQStatus.words(code).map { "\($0)" } ?? "unknown status"
      result = "\(words) (\(Hex.text(UInt16(clamping: code), digits: 2)))"
    } else if segment.has(MQSegment.Flags.close) || segment.has(MQSegment.Flags.requestClose) {
      result = "channel is closed"
    }
    if tellBatch(
      place.side.other, place, missing: .nothing, result: isError ? result : "confirmed",
      isFailure: isError, into: sink)
    {
      return
    }
    let known = waiting.firstIndex {
      $0.conversation == segment.conversation && $0.side != place.side && !$0.type.isCall
    }
    let index = known ?? waiting.count
    if known == nil {
      waiting.append(
        Waiting(side: place.side.other, conversation: segment.conversation, type: .status))
      waiting[index].call.object = channel
    }
    let isStart = waiting[index].type == .initialData
    waiting[index].response = Exchange.Half(place, isWhole: message.byteCount >= place.length)
    waiting[index].result = isError && isStart ? "CHANNEL REFUSED: \(result)" : result
    waiting[index].isFailure = isError
    if isError { waiting[index].status = Int64(code) }
    tell(index, missing: .nothing, into: sink)
  }

  // MARK: - Messages between queue managers

  private func takeMessage(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    into sink: any ExchangeSink
  ) {
    let side = place.side
    if let open = side == .lower ? batches.lower : batches.upper, open.isOver {
      tellBatch(
        side, nil, missing: open.isInGap ? .responseInGap : .nothing, result: "", into: sink)
    }
    let isWhole = message.byteCount >= place.length
    var batch = (side == .lower ? batches.lower : batches.upper) ?? Batch(half: .init(place))
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
    if side == .lower { batches.lower = batch } else { batches.upper = batch }
  }

  /// Tells of the batch that a side sent, if there is one; says whether there was.
  @discardableResult
  private func tellBatch(
    _ side: FlowSide, _ answer: MessagePlace?, missing: Exchange.Missing, result: String,
    isFailure: Bool = false, into sink: any ExchangeSink
  ) -> Bool {
    guard let batch = side == .lower ? batches.lower : batches.upper else { return false }
    if side == .lower { batches.lower = nil } else { batches.upper = nil }
    var exchange = Exchange(.mq, client: side, operation: "BATCH")
    var parts = [channel, "\(batch.count) message\(batch.count == 1 ? "" : "s")"]
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
    if batch.isInGap { exchange.findings.append(Self.lost) }
    sink.exchange(exchange)
    return true
  }

  // MARK: - Events

  private func takeEvent(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    into sink: any ExchangeSink
  ) {
    let start = segment.kind.byteCount
    var event = Waiting(
      side: place.side, conversation: segment.conversation, type: segment.type)
    event.isAsked = true
    if segment.type == .asyncMessage {
      // The one who gets it is the client; it may have asked for it.
      let asked = waiting.firstIndex {
        $0.type == .requestMessages && $0.conversation == segment.conversation
      }
      if let asked { event = waiting.remove(at: asked) }
      event.type = .asyncMessage
      event.side = place.side.other
      event.response = Exchange.Half(place, isWhole: message.byteCount >= place.length)
      event.call.readAhead(message, coding, at: start)
      if event.call.object.isEmpty, let handle = event.call.handle {
        event.call.object = name(segment.conversation, handle)
      }
      guard segment.has(MQSegment.Flags.first) || event.call.descriptor != nil else { return }
    } else {
      event.request = Exchange.Half(place, isWhole: message.byteCount >= place.length)
      if segment.type == .socketAction, message.has(12, at: start) {
        event.call.object =
          "conversation \(coding.u32(message, start)) action \(coding.u32(message, start + 8))"
      }
    }
    waiting.append(event)
    tell(waiting.count - 1, missing: .nothing, isEvent: true, into: sink)
  }

  // MARK: - Exchanges

  private static let lost = "bytes are missing; the answer may be that of another request"

  private func name(_ conversation: UInt32, _ handle: UInt32) -> String {
    handles.last { $0.conversation == conversation && $0.handle == handle }?.name ?? ""
  }

  /// Keeps the names of objects by their handles.
  private func note(_ item: Waiting) {
    guard item.call.completion ?? 2 < 2 else { return }
    if item.type == .close, let handle = item.call.handle {
      handles.removeAll { $0.conversation == item.conversation && $0.handle == handle }
    } else if item.type == .open || item.type == .spi, let handle = item.call.newHandle,
      !item.call.object.isEmpty
    {
      handles.removeAll { $0.conversation == item.conversation && $0.handle == handle }
      if handles.count == Self.mostHandles { handles.removeFirst() }
      handles.append(
        Handle(conversation: item.conversation, handle: handle, name: item.call.object))
    }
  }

  private func tell(
    _ index: Int, missing: Exchange.Missing, isEvent: Bool = false, into sink: any ExchangeSink
  ) {
    var item = waiting.remove(at: index)
    note(item)
    var exchange = Exchange(
      .mq, client: item.side, operation: item.call.operation ?? item.type.name ?? "STATUS")
    exchange.request = item.request
    exchange.response = item.response
    exchange.user = item.call.user
    exchange.object = object(item)
    exchange.result = item.result.isEmpty ? result(item) : item.result
    exchange.isFailure = item.isFailure || item.call.completion == 2 && item.call.reason != 2033
    exchange.status = item.status ?? item.call.completion.map { _ in Int64(item.call.reason) }
    exchange.isWait = item.call.wait.map { $0 > 0 } ?? false || item.type == .asyncMessage
    exchange.findings = item.findings
    if !isEvent {
      exchange.missing =
        item.request == nil ? .request : item.response == nil ? missing : .nothing
      if item.request != nil, item.response == nil, missing == .nothing {
        exchange.result = "no answer before the next request"
      }
      if item.isInGap, item.response != nil { exchange.findings.append(Self.lost) }
    }
    item.call.addDescriptor()
    exchange.details = item.call.details
    if item.conversation != 0 {
      exchange.details.append(.init("conversation", "\(item.conversation)"))
    }
    sink.exchange(exchange)
  }

  private func object(_ item: Waiting) -> String {
    switch item.type {
    case .connect:
      let asked = ["", "*"].contains(item.call.object) ? manager : item.call.object
      let route = [channel, asked].filter { !$0.isEmpty }.joined(separator: " > ")
      return product.isEmpty ? route : "\(route) (\(product))"
    case .open:
      return [MQCall.typeName(item.call.objectType), item.call.object].filter { !$0.isEmpty }
        .joined(separator: " ")
    case .put, .put1:
      return [item.call.object, item.call.messageText].filter { !$0.isEmpty }
        .joined(separator: " ")
    case .get:
      guard let wait = item.call.wait else { return item.call.object }
      let seconds = wait % 1000 == 0 ? "\(wait / 1000) s" : "\(wait) ms"
      let time = wait == .max ? "for ever" : seconds
      return [item.call.object, "wait \(time)"].filter { !$0.isEmpty }.joined(separator: " ")
    default: return item.call.object
    }
  }

  private func result(_ item: Waiting) -> String {
    var parts = [item.call.resultText].filter { !$0.isEmpty }
    if item.call.completion == 0 {
      switch item.type {
      case .open: if let handle = item.call.newHandle { parts.append("handle \(handle)") }
      case .get, .asyncMessage: parts.append(item.call.messageText)
      default: break
      }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
