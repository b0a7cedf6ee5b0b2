internal import TraceBytes
public import TraceModel

/// Cuts the two streams of a conversation into messages, and gives them to their reader.
///
/// A message that lies within one piece of a stream is given in place. Bytes that wait for the rest of a
/// message are kept up to ``Limits/messageBytes``; of a longer message the reader gets the beginning and
/// its true length. After missing bytes, and where no message begins, the next place is looked for where the
/// protocol recognises itself; what is passed over is counted.
public final class MessageCutter {
  public struct Limits: Sendable {
    /// Bytes of a message that are kept for its reader.
    public var messageBytes = 64 * 1024
    /// Bytes that a search for the next message looks at from one place.
    public var searchBytes = 512

    public init() {}
  }

  /// One of the two streams.
  private struct Stream {
    /// Bytes that wait for more.
    var kept: [UInt8] = []
    /// Offset of the first byte kept, or of the next byte when none is.
    var offset: UInt64 = 0
    var firstTime: Int64 = 0
    /// Bytes of the message under way that are still to come and are not kept.
    var toPass = 0
    /// The message under way whose rest is passed over, and its beginning.
    var place: MessagePlace?
    var beginning: [UInt8] = []
    /// Whether the next message has to be looked for.
    var isLost = false
  }

  private let room: ProtocolRoom
  private let reader: any MessageReader
  private let limits: Limits
  private var lower = Stream()
  private var upper = Stream()
  /// Bytes that were no message of the protocol, of each side.
  public private(set) var passedOver: (lower: UInt64, upper: UInt64) = (0, 0)

  public init(_ room: ProtocolRoom, _ reader: any MessageReader, limits: Limits = Limits()) {
    self.room = room
    self.reader = reader
    self.limits = limits
  }

  /// What a reader is given, message by message.
  public typealias Body = (_ message: RawSpan, _ place: MessagePlace) -> Void

  /// The next bytes of a side, seen at `time` (nanoseconds since 1970); `body` gets each message that is
  /// whole with them.
  public func data(_ side: FlowSide, _ bytes: RawSpan, time: Int64, _ body: Body) {
    if side == .lower {
      cut(&lower, side, bytes, time, body)
    } else {
      cut(&upper, side, bytes, time, body)
    }
  }

  /// Bytes of a side are missing; 0 when nobody knows how many.
  public func gap(_ side: FlowSide, count: Int, _ body: Body) {
    if side == .lower { gap(&lower, side, count, body) } else { gap(&upper, side, count, body) }
    reader.gap(side)
  }

  /// The stream of a side is over: what is left is given as the message that it begins.
  public func end(_ side: FlowSide, _ body: Body) {
    if side == .lower { flush(&lower, side, body) } else { flush(&upper, side, body) }
  }

  /// Bytes of a side that wait for the rest of their message.
  public func waiting(_ side: FlowSide) -> Int {
    side == .lower ? lower.kept.count : upper.kept.count
  }

  private func cut(
    _ stream: inout Stream, _ side: FlowSide, _ bytes: RawSpan, _ time: Int64, _ body: Body
  ) {
    var rest = bytes
    if stream.toPass > 0 {
      let count = min(stream.toPass, rest.byteCount)
      stream.toPass -= count
      stream.offset &+= UInt64(count)
      stream.place?.lastTime = time
      rest = rest.extracting(count..<rest.byteCount)
      if stream.toPass == 0 { give(&stream, body) }
    }
    if stream.kept.isEmpty {
      if rest.byteCount > 0 { stream.firstTime = time }
      let used = messages(&stream, side, rest, time, body)
      if used < rest.byteCount { stream.kept.append(rest, used..<rest.byteCount) }
      return
    }
    stream.kept.append(rest, 0..<rest.byteCount)
    let kept = stream.kept
    stream.kept = []
    let used = unsafe messages(&stream, side, kept.span.bytes, time, body)
    if used < kept.count {
      stream.kept = kept
      stream.kept.removeFirst(used)
    }
  }

  /// Gives the messages at the front of the bytes; returns how many bytes are done with.
  private func messages(
    _ stream: inout Stream, _ side: FlowSide, _ bytes: RawSpan, _ time: Int64, _ body: Body
  ) -> Int {
    var at = 0
    while at < bytes.byteCount {
      if stream.isLost {
        let found = search(bytes, from: at)
        stream.isLost = found == nil
        // Less than a beginning of a message may be one with the bytes that follow.
        let next = found ?? max(at, bytes.byteCount - ApplicationProtocol.prefixBytes)
        if next > at { stream.firstTime = time }
        pass(&stream, side, next - at)
        at = next
        if found == nil { return at }
      }
      let rest = bytes.extracting(at..<bytes.byteCount)
      switch reader.frame(rest, from: side) {
      case .needsMore where rest.byteCount < limits.messageBytes: return at
      case .needsMore, .noMessage:
        reader.gap(side)
        stream.isLost = true
        pass(&stream, side, 1)
        at += 1
      case .message(let most):
        let length = max(1, most)
        let place = MessagePlace(
          side: side, offset: stream.offset, length: length, firstTime: stream.firstTime,
          lastTime: time)
        if length <= rest.byteCount {
          body(rest.extracting(0..<min(length, limits.messageBytes)), place)
          at += length
          stream.offset &+= UInt64(length)
          stream.firstTime = time
        } else if rest.byteCount < limits.messageBytes {
          return at
        } else {
          // Too long to be kept: the beginning is, and the rest is counted.
          stream.beginning.append(rest, 0..<limits.messageBytes)
          stream.place = place
          stream.toPass = length - rest.byteCount
          stream.offset &+= UInt64(rest.byteCount)
          return bytes.byteCount
        }
      }
    }
    return at
  }

  /// Gives a message whose rest was passed over.
  private func give(_ stream: inout Stream, _ body: Body) {
    guard let place = stream.place else { return }
    let beginning = stream.beginning
    stream.place = nil
    stream.beginning = []
    unsafe body(beginning.span.bytes, place)
  }

  private func gap(_ stream: inout Stream, _ side: FlowSide, _ count: Int, _ body: Body) {
    if count > 0, count <= stream.toPass {
      // The message under way goes on behind the gap: its length says where it ends.
      stream.toPass -= count
      stream.offset &+= UInt64(count)
      if stream.toPass == 0 { give(&stream, body) }
      return
    }
    if count > 0, !stream.isLost, !stream.kept.isEmpty,
      case .message(let length) = unsafe reader.frame(stream.kept.span.bytes, from: side),
      length > stream.kept.count, length - stream.kept.count >= count
    {
      let place = MessagePlace(
        side: side, offset: stream.offset, length: length, firstTime: stream.firstTime,
        lastTime: stream.firstTime)
      stream.place = place
      stream.toPass = length - stream.kept.count - count
      stream.offset &+= UInt64(stream.kept.count) &+ UInt64(count)
      stream.beginning = stream.kept
      stream.kept = []
      if stream.toPass == 0 { give(&stream, body) }
      return
    }
    flush(&stream, side, body)
    stream.offset &+= UInt64(clamping: count)
    stream.isLost = true
  }

  private func flush(_ stream: inout Stream, _ side: FlowSide, _ body: Body) {
    stream.toPass = 0
    give(&stream, body)
    let kept = stream.kept
    stream.kept = []
    guard !kept.isEmpty else { return }
    stream.offset &+= UInt64(kept.count)
    guard !stream.isLost,
      case .message(let length) = unsafe reader.frame(kept.span.bytes, from: side)
    else { return count(side, kept.count) }
    let place = MessagePlace(
      side: side, offset: stream.offset &- UInt64(kept.count), length: length,
      firstTime: stream.firstTime, lastTime: stream.firstTime)
    unsafe body(kept.span.bytes, place)
  }

  /// The next place where the protocol recognises itself.
  private func search(_ bytes: RawSpan, from start: Int) -> Int? {
    for at in start..<bytes.byteCount {
      let end = min(bytes.byteCount, at + limits.searchBytes)
      if room.recognise(bytes.extracting(at..<end))?.confidence == .certain { return at }
    }
    return nil
  }

  private func pass(_ stream: inout Stream, _ side: FlowSide, _ bytes: Int) {
    stream.offset &+= UInt64(bytes)
    count(side, bytes)
  }

  private func count(_ side: FlowSide, _ bytes: Int) {
    if side == .lower {
      passedOver.lower &+= UInt64(bytes)
    } else {
      passedOver.upper &+= UInt64(bytes)
    }
  }
}
