internal import TraceBytes
internal import TraceModel

/// The calls of one socket that wait for their replies: a reply belongs to the call of its type and conversation.
struct MQCalls {
  /// Calls that wait for replies; each conversation has one at a time.
  private static let mostWaiting = 64
  /// Objects whose names are known by their handles. Those are forgotten that were not used while as many others
  /// were.
  private static let mostHandles = 4096

  /// What the calls until now told of the channel.
  var channel = MQChannel()
  private var waiting: [MQWaiting] = []
  /// Names of objects by conversation and handle, and those that were not used lately.
  private var handles: [UInt64: String] = [:]
  private var olderHandles: [UInt64: String] = [:]

  /// Whether the other side waits for an answer of this type.
  func isAwaited(_ segment: MQSegment, from side: FlowSide) -> Bool {
    waiting.contains {
      $0.type == segment.type && $0.conversation == segment.conversation && $0.side != side
    }
  }

  /// Bytes of a side are missing.
  mutating func gap(_ side: FlowSide) {
    for index in waiting.indices {
      waiting[index].isInGap = true
      guard waiting[index].side == side else {
        waiting[index].response?.isWhole = false
        continue
      }
      if !waiting[index].isAsked { waiting[index].request?.isWhole = false }
      waiting[index].isAsked = true
    }
  }

  /// The connection or the trace is over: what waits is told without its answer.
  mutating func finish(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    while !waiting.isEmpty { tell(0, missing: missing, into: sink) }
  }

  // MARK: - Calls and replies

  /// A segment of a call. The call before it in its conversation is over, answered or not.
  mutating func ask(
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
    }) {
      tell(index, missing: waiting[index].isInGap ? .responseInGap : .nothing, into: sink)
    }
    if waiting.count >= Self.mostWaiting { tell(0, missing: .limit, into: sink) }
    var next = MQWaiting(side: place.side, conversation: segment.conversation, type: segment.type)
    next.request = Exchange.Half(place, isWhole: isWhole)
    next.isAsked = isLast
    let start = segment.kind.byteCount
    switch segment.type {
    case .initialData:
      if let data = MQInitialData(message, coding, at: start) {
        channel.name = data.channel
        channel.product = data.product
        next.call.object = data.channel
        next.call.add("client product", data.product)
        next.call.add("level", "\(data.level)")
        next.call.add("CCSID", "\(data.ccsid)")
      }
    case .authentication:
      if let texts = MQAuthentication(coding, message, segment) {
        next.call.user = coding.text(message, texts.user.lowerBound, texts.user.count)
        channel.user = next.call.user
      }
    default:
      next.call.ask(segment.type, message, coding, at: start)
      // A queue manager needs no name.
      if next.call.objectType == 5, next.call.object.isEmpty { next.call.object = channel.manager }
    }
    if segment.type == .connect { next.call.user = channel.user }
    if next.call.object.isEmpty, let handle = next.call.handle {
      next.call.object = name(segment.conversation, handle)
    }
    waiting.append(next)
  }

  /// A segment of a reply to a call of `type`; the exchange is told with the last one.
  mutating func answer(
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
        MQWaiting(side: place.side.other, conversation: segment.conversation, type: type))
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

  private mutating func takeInitialData(
    _ index: Int, _ message: RawSpan, _ segment: MQSegment, _ coding: MQCoding
  ) {
    guard let data = MQInitialData(message, coding, at: segment.kind.byteCount) else { return }
    channel.manager = data.manager
    if channel.name.isEmpty { channel.name = data.channel }
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

  // MARK: - Status and events

  /// A status segment: it answers a batch, or what is no call, or refuses the channel.
  mutating func status(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    _ batches: inout MQBatches, into sink: any ExchangeSink
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
    if batches.tell(
      place.side.other, place, channel, missing: .nothing,
      result: isError ? result : "confirmed", isFailure: isError, into: sink)
    {
      return
    }
    let known = waiting.firstIndex {
      $0.conversation == segment.conversation && $0.side != place.side && !$0.type.isCall
    }
    let index = known ?? waiting.count
    if known == nil {
      waiting.append(
        MQWaiting(side: place.side.other, conversation: segment.conversation, type: .status))
      waiting[index].call.object = channel.name
    }
    let isStart = waiting[index].type == .initialData
    waiting[index].response = Exchange.Half(place, isWhole: message.byteCount >= place.length)
    waiting[index].result = isError && isStart ? "CHANNEL REFUSED: \(result)" : result
    waiting[index].isFailure = isError
    if isError { waiting[index].status = Int64(code) }
    tell(index, missing: .nothing, into: sink)
  }

  /// A segment that nobody has to answer: a message that was read ahead, an action on the socket, a notification.
  mutating func event(
    _ message: RawSpan, _ place: MessagePlace, _ segment: MQSegment, _ coding: MQCoding,
    into sink: any ExchangeSink
  ) {
    let start = segment.kind.byteCount
    var event = MQWaiting(
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

  private static func key(_ conversation: UInt32, _ handle: UInt32) -> UInt64 {
    UInt64(conversation) << 32 | UInt64(handle)
  }

  private mutating func name(_ conversation: UInt32, _ handle: UInt32) -> String {
    let key = Self.key(conversation, handle)
    if let name = handles[key] { return name }
    guard let name = olderHandles.removeValue(forKey: key) else { return "" }
    keep(name, key)
    return name
  }

  private mutating func keep(_ name: String, _ key: UInt64) {
    if handles.count >= Self.mostHandles, handles[key] == nil {
      olderHandles = handles
      handles = [:]
    }
    handles[key] = name
  }

  /// Keeps the names of objects by their handles.
  private mutating func note(_ item: MQWaiting) {
    guard item.call.completion ?? 2 < 2 else { return }
    if item.type == .close, let handle = item.call.handle {
      let key = Self.key(item.conversation, handle)
      handles[key] = nil
      olderHandles[key] = nil
    } else if item.type == .open || item.type == .spi, let handle = item.call.newHandle,
      !item.call.object.isEmpty
    {
      keep(item.call.object, Self.key(item.conversation, handle))
    }
  }

  private mutating func tell(
    _ index: Int, missing: Exchange.Missing, isEvent: Bool = false, into sink: any ExchangeSink
  ) {
    var item = waiting.remove(at: index)
    note(item)
    var exchange = Exchange(
      .mq, client: item.side, operation: item.call.operation ?? item.type.name ?? "STATUS")
    exchange.request = item.request
    exchange.response = item.response
    exchange.user = item.call.user
    exchange.object = item.object(channel)
    exchange.result = item.outcome
    exchange.isFailure = item.isFailure || item.call.completion == 2 && item.call.reason != 2033
    exchange.status = item.status ?? item.call.completion.map { _ in Int64(item.call.reason) }
    exchange.isWait = item.call.wait.map { $0 > 0 } ?? false || item.type == .asyncMessage
    if !isEvent {
      exchange.missing =
        item.request == nil ? .request : item.response == nil ? missing : .nothing
      if item.request != nil, item.response == nil, missing == .nothing {
        exchange.result = "no answer before the next request"
      }
      if item.isInGap, item.response != nil { exchange.findings.append(Exchange.answerInDoubt) }
    }
    item.call.addDescriptor()
    exchange.details = item.call.details
    if item.conversation != 0 {
      exchange.details.append(.init("conversation", "\(item.conversation)"))
    }
    sink.exchange(exchange)
  }
}
