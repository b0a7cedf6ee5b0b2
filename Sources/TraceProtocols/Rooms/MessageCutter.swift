internal import TraceBytes
public import TraceModel

/// Cuts the two streams of a conversation into messages, and gives them to their reader.
///
/// A message that lies within one piece of a stream is given in place. Bytes that wait for the rest of a
/// message are kept up to ``Limits/messageBytes``; of a longer message the reader gets the beginning and
/// its true length. After missing bytes, and where no message begins, the next place is looked for where the
/// protocol recognises itself; what is passed over is counted.
///
/// The reader gets a gap for missing bytes unless they lie in a message whose length is known: such a message is
/// given as far as it was there, and the next one begins where its length says.
public final class MessageCutter {
  /// What may be kept and looked at.
  public struct Limits: Sendable {
    /// Bytes of a message that are kept for its reader.
    public var messageBytes = 64 * 1024
    /// Bytes that a search for the next message looks at from one place.
    public var searchBytes = 512
    /// Whether a message that does not tell its length ends where the other side speaks.
    public var endsWithTurn = true

    /// 64 KiB of a message, 512 bytes of a search.
    public init() {}
  }

  /// One of the two streams.
  private struct Stream {
    let side: FlowSide
    /// Bytes that wait for more.
    var kept: [UInt8] = []
    /// Bytes at hand before which it is no use to look again; 0 when any may do.
    var wanted = 0
    /// How far the reader has looked for the end of the message that begins at an offset.
    var searched = (offset: UInt64(0), count: 0)
    /// Bytes of the message that they begin, as far as it is known.
    var length = 0
    /// Offset of the first byte kept, or of the next byte when none is.
    var offset: UInt64 = 0
    /// Time of the first byte kept.
    var firstTime: Int64 = 0
    /// Time of the last byte seen.
    var lastTime: Int64 = 0
    /// Bytes of the message under way that are still to come and are not kept.
    var toPass = 0
    /// The message under way whose rest is passed over, and its beginning.
    var place: MessagePlace?
    var beginning: [UInt8] = []
    /// Whether the next message has to be looked for.
    var isLost = false
    /// Whether the bytes kept go on until the next message.
    var isUntilNext = false

    /// Memory of what is kept.
    var capacity: Int { kept.capacity + beginning.capacity }

    /// Where a message of a length stands that begins with what is kept, or with the next byte.
    func place(_ length: Int) -> MessagePlace {
      MessagePlace(
        side: side, offset: offset, length: length, firstTime: firstTime, lastTime: lastTime)
    }
  }

  private let room: ProtocolRoom
  private let reader: any MessageReader
  private let limits: Limits
  private let budget: MessageBudget
  /// What it has of the budget.
  private var held = 0
  private var streams = Sides(lower: Stream(side: .lower), upper: Stream(side: .upper))
  /// Bytes that were no message of the protocol, of each side.
  public private(set) var passedOver = Sides<UInt64>(lower: 0, upper: 0)

  /// - Parameters:
  ///   - room: recognises where a message begins, after bytes are missing.
  ///   - reader: made for this conversation alone.
  ///   - budget: shared by all conversations of a run.
  public init(
    _ room: ProtocolRoom, _ reader: any MessageReader, limits: Limits = Limits(),
    budget: MessageBudget = MessageBudget()
  ) {
    self.budget = budget
    self.room = room
    self.reader = reader
    self.limits = limits
  }

  /// What a reader is given, message by message.
  public typealias Body = (_ message: RawSpan, _ place: MessagePlace) -> Void

  /// The next bytes of a side, seen at `time` (nanoseconds since 1970); `body` gets each message that is
  /// whole with them.
  public func data(_ side: FlowSide, _ bytes: RawSpan, time: Int64, _ body: Body) {
    if limits.endsWithTurn, streams[side.other].isUntilNext { end(side.other, body) }
    cut(&streams[side], bytes, time, body)
    budget.change(&held, to: streams.lower.capacity + streams.upper.capacity)
  }

  deinit { budget.change(&held, to: 0) }

  /// Bytes of a message that are kept.
  private var messageBytes: Int {
    budget.isFull ? min(MessageBudget.least, limits.messageBytes) : limits.messageBytes
  }

  /// Bytes of a side are missing; 0 when it is not known how many.
  public func gap(_ side: FlowSide, count: Int, _ body: Body) {
    gap(&streams[side], count, body)
  }

  /// The stream of a side is over: what is left is given as the message that it begins.
  public func end(_ side: FlowSide, _ body: Body) {
    flush(&streams[side], body)
  }

  /// Offset up to which everything of a side was given or passed over.
  public func decided(_ side: FlowSide) -> UInt64 {
    streams[side].place?.offset ?? streams[side].offset
  }

  /// Gives the message under way as far as it has come, and passes over its rest. Bytes that do not show yet
  /// where their message ends count as no message.
  public func giveUnfinished(_ side: FlowSide, _ body: Body) {
    giveUnfinished(&streams[side], body)
  }

  private func giveUnfinished(_ stream: inout Stream, _ body: Body) {
    if stream.place != nil { return give(&stream, body) }
    guard !stream.kept.isEmpty else { return }
    let kept = stream.kept
    guard !stream.isLost,
      let length = self.length(kept, stream.side), length > kept.count
    else { return flush(&stream, body) }
    stream.kept = []
    stream.wanted = 0
    let place = stream.place(length)
    stream.offset &+= UInt64(kept.count)
    stream.toPass = length - kept.count
    unsafe body(kept.span.bytes, place)
  }

  private func cut(
    _ stream: inout Stream, _ bytes: RawSpan, _ time: Int64, _ body: Body
  ) {
    stream.lastTime = time
    var at = 0
    while at < bytes.byteCount {
      let rest = bytes.byteCount - at
      if stream.toPass > 0 {
        let count = min(stream.toPass, rest)
        stream.toPass -= count
        stream.offset &+= UInt64(count)
        at += count
        stream.place?.lastTime = time
        if stream.toPass == 0 { give(&stream, body) }
      } else if stream.kept.isEmpty {
        stream.firstTime = time
        at += messages(&stream, bytes.extracting(at..<bytes.byteCount), body)
        guard stream.toPass == 0 else { continue }
        stream.kept.append(bytes, at..<bytes.byteCount)
        return
      } else {
        // Only what the message under way needs is copied; messages behind it are given without a copy.
        let most = stream.wanted > 0 ? stream.wanted : messageBytes
        let count = min(rest, max(1, most - stream.kept.count))
        stream.kept.append(bytes, at..<at + count)
        at += count
        guard stream.kept.count >= stream.wanted else {
          guard budget.isFull, stream.kept.count >= messageBytes else { continue }
          passRest(&stream, stream.length)
          stream.place?.isShortened = true
          continue
        }
        var kept: [UInt8] = []
        swap(&kept, &stream.kept)
        let used = unsafe messages(&stream, kept.span.bytes, body)
        if used < kept.count {
          kept.removeFirst(used)
          swap(&kept, &stream.kept)
        }
      }
    }
  }

  /// Gives the messages at the front of the bytes; returns how many bytes are done with.
  private func messages(_ stream: inout Stream, _ bytes: RawSpan, _ body: Body) -> Int {
    stream.wanted = 0
    stream.isUntilNext = false
    var at = 0
    while at < bytes.byteCount {
      if stream.isLost {
        let found = search(bytes, from: at)
        stream.isLost = found == nil
        // The last bytes are kept: with those that follow they may begin a message.
        let next = found ?? max(at, bytes.byteCount - ApplicationProtocol.prefixBytes)
        if next > at { stream.firstTime = stream.lastTime }
        pass(&stream, next - at)
        at = next
        if found == nil { return at }
      }
      let rest = bytes.extracting(at..<bytes.byteCount)
      if stream.searched.offset != stream.offset { stream.searched = (stream.offset, 0) }
      var frame = reader.frame(rest, from: stream.side, searched: &stream.searched.count)
      if frame == .untilNext, rest.byteCount >= messageBytes { frame = .message(rest.byteCount) }
      switch frame {
      case .untilNext:
        stream.isUntilNext = true
        return at
      case .needsMore where rest.byteCount < messageBytes: return at
      case .needsMore:
        // No reader asks for so much: none of it is a message.
        lose(&stream, rest.byteCount)
        at = bytes.byteCount
      case .noMessage:
        lose(&stream, 1)
        at += 1
      case .message(let most):
        let length = max(1, most)
        var place = stream.place(length)
        place.isShortened = length > messageBytes
        if length <= rest.byteCount {
          body(rest.extracting(0..<min(length, messageBytes)), place)
          at += length
          stream.offset &+= UInt64(length)
          stream.firstTime = stream.lastTime
        } else if rest.byteCount < messageBytes {
          stream.wanted = min(length, messageBytes)
          stream.length = length
          return at
        } else {
          // Too long to be kept: the beginning is, and the rest is counted.
          stream.beginning.append(rest, 0..<messageBytes)
          stream.place = place
          stream.toPass = length - rest.byteCount
          stream.offset &+= UInt64(rest.byteCount)
          return bytes.byteCount
        }
      }
    }
    return at
  }

  /// What is kept is the beginning of a message of a length, whose rest is passed over.
  private func passRest(_ stream: inout Stream, _ length: Int) {
    stream.place = stream.place(length)
    stream.toPass = length - stream.kept.count
    stream.offset &+= UInt64(stream.kept.count)
    stream.wanted = 0
    swap(&stream.beginning, &stream.kept)
  }

  /// Gives a message whose rest was passed over.
  private func give(_ stream: inout Stream, _ body: Body) {
    guard let place = stream.place else { return }
    let beginning = stream.beginning
    stream.place = nil
    stream.beginning = []
    unsafe body(beginning.span.bytes, place)
  }

  private func gap(_ stream: inout Stream, _ count: Int, _ body: Body) {
    if count > 0, stream.toPass == 0, !stream.isLost, !stream.kept.isEmpty,
      let length = self.length(stream.kept, stream.side), length - stream.kept.count >= count
    {
      passRest(&stream, length)
    }
    if count > 0, count <= stream.toPass {
      // The message under way goes on behind the gap, or ends with it.
      stream.toPass -= count
      stream.offset &+= UInt64(count)
      stream.place?.isShortened = false
      if stream.toPass == 0 { give(&stream, body) }
      return
    }
    flush(&stream, body)
    stream.offset &+= UInt64(max(0, count))
    stream.isLost = true
    reader.gap(stream.side)
  }

  private func flush(_ stream: inout Stream, _ body: Body) {
    stream.toPass = 0
    stream.wanted = 0
    stream.isUntilNext = false
    give(&stream, body)
    let kept = stream.kept
    stream.kept = []
    guard !kept.isEmpty else { return }
    let offset = stream.offset
    stream.offset &+= UInt64(kept.count)
    guard !stream.isLost, let length = self.length(kept, stream.side) else {
      return passedOver[stream.side] &+= UInt64(kept.count)
    }
    var place = stream.place(length)
    place.offset = offset
    unsafe body(kept.span.bytes, place)
  }

  /// Bytes of the message that kept ones begin; nil when they do not begin one, or do not tell it yet.
  private func length(_ kept: [UInt8], _ side: FlowSide) -> Int? {
    switch unsafe reader.frame(kept.span.bytes, from: side) {
    case .message(let length): length
    case .untilNext: kept.count
    case .needsMore, .noMessage: nil
    }
  }

  /// The next place where the protocol recognises itself.
  private func search(_ bytes: RawSpan, from start: Int) -> Int? {
    for at in start..<bytes.byteCount {
      let end = min(bytes.byteCount, at + limits.searchBytes)
      if room.recognise(bytes.extracting(at..<end))?.confidence == .certain { return at }
    }
    return nil
  }

  /// Bytes are no message: the next one has to be looked for behind them.
  private func lose(_ stream: inout Stream, _ bytes: Int) {
    reader.gap(stream.side)
    stream.isLost = true
    pass(&stream, bytes)
  }

  private func pass(_ stream: inout Stream, _ bytes: Int) {
    stream.offset &+= UInt64(bytes)
    passedOver[stream.side] &+= UInt64(bytes)
  }
}
