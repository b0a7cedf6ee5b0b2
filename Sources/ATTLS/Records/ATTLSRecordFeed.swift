internal import TraceModel

/// Makes trace records of the TLS bytes in a log's messages.
///
/// The addresses come from the Map message. A connection that has none yet is held back until a
/// message names them or too much is held; then stand-ins are used. Of a connection within the
/// stack, whose two ends have a CONNID each, the end that shows bytes first is followed: it has
/// both directions.
struct ATTLSRecordFeed {
  struct Piece {
    var record: TraceRecord
    var bytes: [UInt8]
  }

  struct Key: Hashable {
    var stack: String
    var id: UInt32
  }

  private struct Held {
    var event: ATTLSRecordEvent
    var time: Int64
  }

  private struct Connection {
    var about = ATTLSConnectionFacts()
    var missingReceived = 0
    var missingSent = 0
    var held: [Held] = []
    var hasBegun = false
    var isOtherEnd = false
    var used: UInt64 = 0
  }

  /// Connections followed at once; those that were silent longest go first.
  static let maximumConnections = 8192
  /// Events held back for a connection without addresses.
  static let maximumHeld = 64

  /// Bytes of the messages whose bytes became records, as they stand in the log.
  private(set) var lineBytes: UInt64 = 0
  private let book: ATTLSLogBook
  private var stream = ATTLSRecordStream()
  private var stacks = ATTLSStackNames()
  private var connections: [Key: Connection] = [:]
  /// Which connection is being written for a pair of ends.
  private var writing: [FlowKey: Key] = [:]
  private var pieces: [Piece] = []
  private var clock: UInt64 = 0
  private var lastTime: Int64 = 0

  init(book: ATTLSLogBook) { self.book = book }

  mutating func takePieces() -> [Piece] {
    defer { pieces.removeAll(keepingCapacity: true) }
    return pieces
  }

  mutating func add(_ message: ATTLSMessage, _ time: Int64) {
    guard let id = message.connectionID, id != 0 else { return }
    lastTime = time
    if message.hasData { lineBytes += UInt64(message.bytes.count) }
    let key = Key(stack: stacks.name(for: message, id), id: id)
    var events: [ATTLSRecordEvent] = []
    stream.add(message) { events.append($0) }
    // A Map message ends what an earlier connection with this CONNID left open.
    for event in events { take(event, Key(stack: event.stack, id: event.connectionID), time) }
    switch message.kind {
    case .map:
      end(key, time, isClosed: false)
      var connection = Connection()
      connection.about.learn(message)
      put(key, connection)
    case .event where message.isClose:
      end(key, time, isClosed: true)
    default: learn(key, message)
    }
  }

  mutating func finish() {
    var events: [ATTLSRecordEvent] = []
    stream.finish { events.append($0) }
    for event in events { take(event, Key(stack: event.stack, id: event.connectionID), lastTime) }
    let keys = connections.sorted { $0.value.used < $1.value.used }.map(\.key)
    for key in keys { end(key, lastTime, isClosed: false) }
  }

  // MARK: Connections

  private mutating func put(_ key: Key, _ connection: Connection) {
    clock += 1
    connections[key] = connection
    connections[key]?.used = clock
    guard connections.count > Self.maximumConnections else { return }
    let oldest = connections.sorted { $0.value.used < $1.value.used }
    for (old, _) in oldest.prefix(Self.maximumConnections / 4) {
      end(old, lastTime, isClosed: false)
    }
  }

  private mutating func learn(_ key: Key, _ message: ATTLSMessage) {
    guard var connection = connections[key], message.local != nil, message.rule != nil else {
      return
    }
    let knew = connection.about.ends != nil
    connection.about.learn(message)
    if !knew, connection.about.ends != nil { giveHeld(key, &connection) }
    put(key, connection)
  }

  private mutating func end(_ key: Key, _ time: Int64, isClosed: Bool) {
    guard var connection = connections.removeValue(forKey: key) else { return }
    giveHeld(key, &connection)
    guard connection.hasBegun, let ends = connection.about.ends else { return }
    // Bytes missing at the end move the sequence numbers as others do.
    for isReceived in [true, false] {
      let missing = isReceived ? connection.missingReceived : connection.missingSent
      guard missing > 0 else { continue }
      var record = connection.about.record(key.id, isReceived: isReceived, time)
      record.gapBefore = missing
      pieces.append(Piece(record: record, bytes: []))
    }
    if isClosed {
      var record = connection.about.record(key.id, isReceived: false, time)
      record.flags.insert(.end)
      pieces.append(Piece(record: record, bytes: []))
    }
    if writing[ends] == key { writing[ends] = nil }
  }

  // MARK: Bytes

  private mutating func take(_ event: ATTLSRecordEvent, _ key: Key, _ time: Int64) {
    var connection = connections.removeValue(forKey: key) ?? Connection()
    if connection.about.ends == nil {
      connection.held.append(Held(event: event, time: time))
      if connection.held.count >= Self.maximumHeld { giveHeld(key, &connection) }
    } else {
      give(event, key, &connection, time)
    }
    put(key, connection)
  }

  private mutating func giveHeld(_ key: Key, _ connection: inout Connection) {
    guard !connection.held.isEmpty else { return }
    let held = connection.held
    connection.held = []
    if connection.about.ends == nil {
      connection.about.standIn(key.id)
      book.withoutAddresses += 1
    }
    for item in held { give(item.event, key, &connection, item.time) }
  }

  private mutating func give(
    _ event: ATTLSRecordEvent, _ key: Key, _ connection: inout Connection, _ time: Int64
  ) {
    guard !connection.isOtherEnd else { return }
    let bytes: [UInt8]
    switch event.content {
    case .gap(let count):
      if event.isReceived {
        connection.missingReceived += count
      } else {
        connection.missingSent += count
      }
      return
    case .bytes(let found), .unframed(let found): bytes = found
    }
    if !connection.hasBegun {
      guard begin(event, bytes, key, &connection, time) else { return }
    }
    var record = connection.about.record(key.id, isReceived: event.isReceived, time)
    record.traceNumber = UInt32(truncatingIfNeeded: event.line)
    record.offset = event.offset
    record.originalLength = bytes.count
    record.tracedLength = bytes.count
    if event.isReceived {
      record.gapBefore = connection.missingReceived
      connection.missingReceived = 0
    } else {
      record.gapBefore = connection.missingSent
      connection.missingSent = 0
    }
    pieces.append(Piece(record: record, bytes: bytes))
  }

  /// Writes the start record; false when the other end of the connection is written already.
  private mutating func begin(
    _ event: ATTLSRecordEvent, _ bytes: [UInt8], _ key: Key, _ connection: inout Connection,
    _ time: Int64
  ) -> Bool {
    guard let ends = connection.about.ends else { return false }
    if let other = writing[ends], other != key, let found = connections[other],
      found.about.local == connection.about.remote
    {
      connection.isOtherEnd = true
      book.otherEnds += 1
      return false
    }
    writing[ends] = key
    connection.hasBegun = true
    connection.about.judge(bytes, isReceived: event.isReceived)
    var record = connection.about.record(
      key.id, isReceived: connection.about.isOpenedHere == false, time)
    record.flags.insert(.start)
    record.traceNumber = UInt32(truncatingIfNeeded: event.line)
    record.offset = event.offset
    book.note(connection.about.text(key.id), about: record)
    pieces.append(Piece(record: record, bytes: []))
    return true
  }
}
