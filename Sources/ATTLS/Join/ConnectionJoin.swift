internal import Synchronization
public import TraceBytes
public import TraceModel

/// Finds the connection of an AT-TLS log that a conversation of a trace is: by its two ends, and by
/// the time where the same ends were used again.
public struct ConnectionJoin: Sendable {
  /// Connections kept, in all and between the same ends; later ones are counted.
  public static let limit = 100_000
  static let limitOfEnds = 1_000
  /// The log counts whole seconds, and tells of a connection some time after its first packet.
  private static let slack: Int64 = 2_000_000_000

  /// Seconds that the clock of the log is ahead of UTC.
  public let zone: Zone
  /// Connections of the log that are kept.
  public private(set) var count = 0
  /// Connections that were left out: beyond the limits, or without both ends.
  public private(set) var leftOut = 0
  private var byEnds: [FlowKey: [ATTLSConnection]] = [:]
  private let use = JoinUse()

  /// An empty table for a log whose clock is so many seconds ahead of UTC.
  public init(zone: Zone = .utc) { self.zone = zone }

  /// Adds a connection; those of one pair of ends come in the order of the log.
  public mutating func add(_ connection: ATTLSConnection) {
    guard count < Self.limit, let local = connection.local?.endpoint,
      let remote = connection.remote?.endpoint
    else {
      leftOut += 1
      return
    }
    let key = FlowKey(local, remote, ipProtocol: IPProtocol.tcp.rawValue)
    guard byEnds[key, default: []].count < Self.limitOfEnds else {
      leftOut += 1
      return
    }
    byEnds[key, default: []].append(connection)
    count += 1
  }

  /// Whether conversations were looked for, and none was found.
  public var isOfOthers: Bool {
    use.hasMissed.load(ordering: .relaxed) && !use.hasFound.load(ordering: .relaxed)
  }

  /// The connection that a conversation was at a time (nanoseconds since 1970, UTC), or nil when the
  /// log has none between its two ends.
  public func find(_ key: FlowKey, at time: Int64) -> JoinedConnection? {
    guard key.ipProtocol == IPProtocol.tcp.rawValue else { return nil }
    let ends = FlowKey(key.lower, key.upper, ipProtocol: key.ipProtocol)
    guard let candidates = byEnds[ends], !candidates.isEmpty else {
      use.hasMissed.store(true, ordering: .relaxed)
      return nil
    }
    use.hasFound.store(true, ordering: .relaxed)
    let spans = candidates.map { span($0, near: time) }
    let index =
      spans.lastIndex { Self.holds($0, time) } ?? spans.firstIndex { time < $0.lowerBound }
    let place = index ?? spans.count - 1
    let found = candidates[place]
    return JoinedConnection(
      connection: found, lowerIsLocal: found.local?.endpoint == ends.lower,
      secondsAway: Self.seconds(spans[place], time))
  }

  private static func holds(_ span: ClosedRange<Int64>, _ time: Int64) -> Bool {
    TraceTime.add(span.lowerBound, -slack) <= time && time <= TraceTime.add(span.upperBound, slack)
  }

  private static func seconds(_ span: ClosedRange<Int64>, _ time: Int64) -> Int {
    let distance =
      time < span.lowerBound
      ? TraceTime.span(from: time, to: span.lowerBound)
      : TraceTime.span(from: span.upperBound, to: time)
    return Int(max(0, distance) / 1_000_000_000)
  }

  /// When a connection was, as the log has it; one that is not seen to close has no end.
  private func span(_ connection: ATTLSConnection, near time: Int64) -> ClosedRange<Int64> {
    // Without a time in the log only the ends tell.
    guard let start = connection.start?.nanoseconds(near: time, zone: zone.offset(at: time)) else {
      return Int64.min / 2...Int64.max / 2
    }
    guard connection.isClosed,
      let end = connection.end?.nanoseconds(near: time, zone: zone.offset(at: time))
    else {
      return start...Int64.max / 2
    }
    return start...max(start, end)
  }
}

/// What came of the questions to a join.
private final class JoinUse: Sendable {
  let hasMissed = Atomic<Bool>(false)
  let hasFound = Atomic<Bool>(false)
}

extension ATTLSTime {
  /// Nanoseconds since 1970 in UTC; the year or day that a log leaves out is the one nearest to
  /// another time.
  func nanoseconds(near time: Int64, zone: Int) -> Int64? {
    let shift = Int64(zone) * 1_000_000_000
    let day: Int64 = 86_400_000_000_000
    guard month != nil, self.day != nil else {
      let inDay = Int64(secondOfDay) * 1_000_000_000 + Int64(hundredths ?? 0) * 10_000_000
      let today = (time &+ shift) / day &* day &+ inDay &- shift
      return Self.nearest([today &- day, today, today &+ day], to: time)
    }
    if let year { return nanosecondsSince1970(fallbackYear: year).map { $0 - shift } }
    let guess = 1970 + Int(time / day * 10_000 / 3_652_425)
    return Self.nearest(
      [guess - 1, guess, guess + 1].compactMap {
        nanosecondsSince1970(fallbackYear: $0).map { $0 - shift }
      }, to: time)
  }

  private static func nearest(_ times: [Int64], to time: Int64) -> Int64? {
    times.min { ($0 &- time).magnitude < ($1 &- time).magnitude }
  }
}

extension ATTLSEndpoint {
  /// The end as traces have it; nil without a port or when the text is no address.
  public var endpoint: Endpoint? {
    guard let port, let address = IPAddress(address) else { return nil }
    return Endpoint(address, port)
  }
}
