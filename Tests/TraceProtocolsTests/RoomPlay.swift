import TestSupport
internal import TraceModel
import TraceProtocols

/// A step of a conversation that is given to a room.
enum RoomStep: Sendable {
  case client([UInt8])
  case server([UInt8])
  case gap(fromClient: Bool, count: Int)
}

/// What a room made of a conversation.
final class RoomResult: ExchangeSink {
  var exchanges: [Exchange] = []
  /// The bytes of each side with 0x2A in place of what is secret.
  var masked: [FlowSide: [UInt8]] = [.lower: [], .upper: []]
  var passedOver: UInt64 = 0
  var messages = 0

  func exchange(_ exchange: Exchange) { exchanges.append(exchange) }
}

/// How bytes are cut on their way to a room.
enum RoomCut: Sendable, CaseIterable {
  case whole, drip, sevens
}

/// Plays conversations to a room. The client is the lower side, each step takes a millisecond.
struct RoomPlay {
  let room: ProtocolRoom
  var searchesSecrets = true
  var reads = true

  init(_ application: ApplicationProtocol) {
    guard let room = ProtocolRegistry.room(application) else {
      preconditionFailure("no room for \(application)")
    }
    self.room = room
  }

  func play(
    _ steps: [RoomStep], cut: RoomCut = .whole, end: ConversationEnd = .traceEnd
  ) -> RoomResult {
    let result = RoomResult()
    guard let reader = room.makeReader?() else { return result }
    let cutter = MessageCutter(room, reader)
    var time: Int64 = 0
    func body(_ message: RawSpan, _ place: MessagePlace) {
      result.messages += 1
      var copy = message.withUnsafeBytesCopied()
      if searchesSecrets {
        reader.secrets(in: message, place) { range in
          for index in range { copy[index] = 0x2A }
        }
      }
      result.masked[place.side, default: []] += copy
      if reads { reader.read(message, place, into: result) }
    }
    for step in steps {
      time += 1_000_000
      switch step {
      case .client(let bytes): feed(.lower, bytes, cutter, time, cut, body)
      case .server(let bytes): feed(.upper, bytes, cutter, time, cut, body)
      case .gap(let fromClient, let count):
        cutter.gap(fromClient ? .lower : .upper, count: count, body)
      }
    }
    cutter.end(.lower, body)
    cutter.end(.upper, body)
    reader.finish(end, into: result)
    result.passedOver = cutter.passedOver.lower + cutter.passedOver.upper
    return result
  }

  private func feed(
    _ side: FlowSide, _ bytes: [UInt8], _ cutter: MessageCutter, _ time: Int64, _ cut: RoomCut,
    _ body: MessageCutter.Body
  ) {
    let step =
      switch cut {
      case .whole: max(1, bytes.count)
      case .drip: 1
      case .sevens: 7
      }
    for start in stride(from: 0, to: bytes.count, by: step) {
      let piece = Array(bytes[start..<min(bytes.count, start + step)])
      unsafe cutter.data(side, piece.span.bytes, time: time, body)
    }
  }
}

extension RawSpan {
  /// A copy of the bytes.
  func withUnsafeBytesCopied() -> [UInt8] {
    unsafe withUnsafeBytes { unsafe Array($0) }
  }
}

extension Exchange {
  /// What one line says, without times and sizes.
  var line: String {
    var parts = [operation]
    if !object.isEmpty { parts.append(object) }
    if !user.isEmpty { parts.append("user \(user)") }
    if !result.isEmpty { parts.append("-> \(result)") }
    if isFailure { parts.append("failed") }
    if isWait { parts.append("waits") }
    if missing != .nothing { parts.append("missing \(missing)") }
    return parts.joined(separator: " ")
  }

  /// The value of a detail.
  func detail(_ name: String) -> String? { details.first { $0.name == name }?.value }
}
