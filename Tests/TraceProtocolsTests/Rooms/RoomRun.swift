internal import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// A piece of a conversation, for a test.
enum RoomEvent: Sendable {
  case data(FlowSide, [UInt8])
  /// So many bytes of a side are missing.
  case gap(FlowSide, Int)

  var side: FlowSide {
    switch self {
    case .data(let side, _), .gap(let side, _): side
    }
  }
}

/// A conversation with a name.
struct RoomCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var events: [RoomEvent]

  init(_ name: String, _ events: [RoomEvent]) {
    testDescription = name
    self.events = events
  }
}

/// Runs a protocol's room over a conversation, and keeps what it tells.
final class RoomRun: ExchangeSink {
  let reader: any MessageReader
  private let cutter: MessageCutter
  private(set) var exchanges: [Exchange] = []
  /// Secret bytes of each side, by their offsets in the stream.
  private(set) var secrets: (lower: Set<UInt64>, upper: Set<UInt64>) = ([], [])
  private(set) var isOutOfBounds = false
  private var time: Int64 = 0
  private let reads: Bool

  /// `reads` false asks for secrets only.
  init(_ room: ProtocolRoom, reads: Bool = true, limits: MessageCutter.Limits = .init()) throws {
    let make = try #require(room.makeReader)
    reader = make()
    cutter = MessageCutter(room, reader, limits: limits)
    self.reads = reads
  }

  func exchange(_ exchange: Exchange) { exchanges.append(exchange) }

  private func take(_ message: RawSpan, _ place: MessagePlace) {
    reader.secrets(in: message, place) { range in
      if range.lowerBound < 0 || range.upperBound > message.byteCount || range.isEmpty {
        isOutOfBounds = true
      }
      for at in range {
        let offset = place.offset + UInt64(at)
        if place.side == .lower {
          secrets.lower.insert(offset)
        } else {
          secrets.upper.insert(offset)
        }
      }
    }
    if reads { reader.read(message, place, into: self) }
  }

  func add(_ event: RoomEvent, drip: Bool = false) {
    time += 1_000
    switch event {
    case .data(let side, let bytes) where drip:
      for byte in bytes { unsafe cutter.data(side, [byte].span.bytes, time: time, take) }
    case .data(let side, let bytes): unsafe cutter.data(side, bytes.span.bytes, time: time, take)
    case .gap(let side, let count): cutter.gap(side, count: count, take)
    }
  }

  @discardableResult
  func run(_ events: [RoomEvent], drip: Bool = false, how: ConversationEnd = .traceEnd) -> Self {
    for event in events { add(event, drip: drip) }
    for side in FlowSide.allCases { cutter.end(side, take) }
    reader.finish(how, into: self)
    return self
  }

  /// An exchange on a line: operation, object, user, result, what is missing, bytes.
  var lines: [String] { exchanges.map(Self.line) }

  static func line(_ exchange: Exchange) -> String {
    var parts = [exchange.operation]
    if !exchange.object.isEmpty { parts.append(exchange.object) }
    if !exchange.user.isEmpty { parts.append("user \(exchange.user)") }
    parts.append("-> \(exchange.result)")
    if exchange.isFailure { parts.append("FAILED") }
    if exchange.isWait { parts.append("WAIT") }
    if exchange.missing != .nothing { parts.append("missing \(exchange.missing)") }
    parts.append("\(exchange.request?.bytes ?? 0)/\(exchange.response?.bytes ?? 0) B")
    return parts.joined(separator: " ")
  }

  /// The secret bytes of a side as text, for a conversation given whole.
  func secretText(_ side: FlowSide, _ events: [RoomEvent]) -> [UInt8] {
    var stream: [UInt8] = []
    for case .data(let sender, let bytes) in events where sender == side { stream += bytes }
    let offsets = side == .lower ? secrets.lower : secrets.upper
    return offsets.sorted().map { stream[Int($0)] }
  }
}

/// What every room must stand, whatever the conversation.
enum RoomTrial {
  /// The same exchanges and secrets whole and byte by byte; secrets also when nobody reads.
  static func feeds(_ room: ProtocolRoom, _ events: [RoomEvent]) throws {
    let whole = try RoomRun(room).run(events)
    let drip = try RoomRun(room).run(events, drip: true)
    #expect(drip.exchanges == whole.exchanges)
    #expect(drip.secrets == whole.secrets)
    let alone = try RoomRun(room, reads: false).run(events, drip: true)
    #expect(alone.secrets == whole.secrets)
    #expect(!whole.isOutOfBounds)
  }

  /// Cut after every byte, what was told before stays, and no other secret appears.
  static func truncations(_ room: ProtocolRoom, _ events: [RoomEvent], step: Int = 1) throws {
    let whole = try RoomRun(room).run(events)
    var total = 0
    for case .data(_, let bytes) in events { total += bytes.count }
    for length in stride(from: 0, to: total, by: step) {
      var left = length
      var cut: [RoomEvent] = []
      for case .data(let side, let bytes) in events where left > 0 {
        cut.append(.data(side, Array(bytes.prefix(left))))
        left -= min(left, bytes.count)
      }
      let run = try RoomRun(room).run(cut)
      #expect(run.secrets.lower.isSubset(of: whole.secrets.lower), "cut after \(length)")
      #expect(run.secrets.upper.isSubset(of: whole.secrets.upper), "cut after \(length)")
      let told = run.exchanges.filter { $0.missing == .nothing && $0.response?.isWhole ?? true }
      for exchange in told.dropLast() {
        #expect(
          whole.exchanges.contains(exchange), "cut after \(length): \(RoomRun.line(exchange))")
      }
    }
  }

  /// Late starts and gaps at every message: what is told whole is what was said.
  static func losses(_ room: ProtocolRoom, _ events: [RoomEvent]) throws {
    let whole = Set(try RoomRun(room).run(events).lines)
    for index in events.indices {
      let late = try RoomRun(room).run(Array(events[(index + 1)...]))
      check(late, "late after \(index)")
      var lost = events
      if case .data(let side, let bytes) = events[index] {
        for count in [bytes.count, 0] {
          lost[index] = .gap(side, count)
          check(try RoomRun(room).run(lost), "gap of \(count) at \(index)")
        }
        // The middle of a message, with both ends there.
        if bytes.count > 12 {
          lost[index] = .data(side, Array(bytes[..<6]))
          lost.insert(.gap(side, bytes.count - 8), at: index + 1)
          lost.insert(.data(side, Array(bytes[(bytes.count - 2)...])), at: index + 2)
          check(try RoomRun(room).run(lost), "gap within \(index)")
        }
      }
    }
    func check(_ run: RoomRun, _ what: String) {
      for exchange in run.exchanges
      where exchange.missing == .nothing && exchange.request?.isWhole ?? true
        && exchange.response?.isWhole ?? true && exchange.findings.isEmpty
      {
        // A text that another exchange told may be missing, no more.
        let line = RoomRun.line(exchange)
        let end = String(line.suffix(line.count - line.count(before: "-> ")))
        #expect(
          whole.contains { $0.hasPrefix(exchange.operation) && $0.hasSuffix(end) },
          "\(what): \(line)")
      }
    }
  }

  /// Bytes changed at random: nothing traps, and no range lies outside its message.
  static func mutations(_ room: ProtocolRoom, _ events: [RoomEvent], count: Int) throws {
    var random = SplitMix(2026)
    for _ in 0..<count {
      let changed = events.map { event -> RoomEvent in
        guard case .data(let side, var bytes) = event, !bytes.isEmpty else { return event }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          let at = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
          case 2: bytes.remove(at: at)
          default: bytes.insert(bytes[at], at: at)
          }
          if bytes.isEmpty { return .data(side, []) }
        }
        return .data(side, bytes)
      }
      let run = try RoomRun(room).run(changed)
      #expect(!run.isOutOfBounds)
    }
  }

  /// Nothing certain in bytes that are something else.
  static func strangers(_ room: ProtocolRoom) {
    var random = SplitMix(4711)
    var bytes: [UInt8] = []
    for _ in 0..<400_000 { bytes.append(UInt8.random(in: 0...255, using: &random)) }
    let text = "GET /TSH index.html HTTP/1.1\r\nHost: TSHM.example.com\r\n\r\n220 TSH ready\r\n"
    for _ in 0..<100 { bytes += Array(text.utf8) }
    bytes += [UInt8](repeating: 0, count: 1000) + [UInt8](repeating: 0xD0, count: 1000)
    var found = 0
    for at in 0..<(bytes.count - 64) {
      let part = unsafe bytes.span.bytes.extracting(at..<at + 64)
      if room.recognise(part)?.confidence == .certain { found += 1 }
    }
    #expect(found == 0)
  }
}

extension String {
  /// Characters before the first occurrence of a text.
  fileprivate func count(before text: String) -> Int {
    var rest = self[...]
    while !rest.isEmpty, !rest.hasPrefix(text) { rest = rest.dropFirst() }
    return count - rest.count
  }
}
