/// The TLS bytes of one direction of a connection, as EZD1285I shows them.
public struct ATTLSRecordEvent: Sendable {
  /// What came.
  public enum Content: Sendable, Equatable {
    /// Bytes of the stream: a whole record, or the part of one that the log has.
    case bytes([UInt8])
    /// Bytes that belong here and are not in the log.
    case gap(Int)
    /// Bytes where a record should begin but none does.
    case unframed([UInt8])
  }

  /// The job name of the stack, where the log gives it: CONNIDs are per stack.
  public let stack: String
  /// CONNID.
  public let connectionID: UInt32
  /// Whether z/OS received the bytes; otherwise it sent them.
  public let isReceived: Bool
  /// The time of the log line.
  public let time: ATTLSTime?
  /// The line of the log.
  public let line: Int
  /// Where that line begins in the log.
  public let offset: UInt64
  /// What came.
  public let content: Content
}

/// Puts TLS records together out of EZD1285I lines.
///
/// A line holds what one read or write handled: a received record comes as two lines, header and
/// body; a sent one comes whole. The log leaves bytes out (application data has its header only), so
/// whatever a header promises and no line brings becomes a gap of that length.
public struct ATTLSRecordStream {
  private struct Key: Hashable {
    var stack: String
    var id: UInt32
    var isReceived: Bool
  }

  private struct Queue {
    var pending: [UInt8] = []
    var missing = 0
    var time: ATTLSTime?
    var line = 0
    var offset: UInt64 = 0
    var used: UInt64 = 0
  }

  /// Directions followed at once; the one that was silent longest goes first.
  public let maximumQueues: Int
  private var queues: [Key: Queue] = [:]
  private var clock: UInt64 = 0
  private var stacks = ATTLSStackNames()

  /// Makes an empty stream.
  public init(maximumQueues: Int = 8192) {
    self.maximumQueues = max(2, maximumQueues)
  }

  /// Adds a message; everything but EZD1285I and Map only ends what is open.
  public mutating func add(_ message: ATTLSMessage, _ emit: (ATTLSRecordEvent) -> Void) {
    guard let id = message.connectionID else { return }
    let stack = stacks.name(for: message, id)
    if message.kind == .map || message.kind == .event && message.isClose {
      close(Key(stack: stack, id: id, isReceived: true), emit)
      close(Key(stack: stack, id: id, isReceived: false), emit)
    }
    guard let data = message.data, !data.bytes.isEmpty else { return }
    let key = Key(stack: stack, id: id, isReceived: data.isReceived)
    clock += 1
    var queue = queues.removeValue(forKey: key) ?? Queue()
    queue.used = clock
    for _ in 0...min(message.repeats, 1000) {
      take(data.bytes, message.origin, key, &queue, emit)
    }
    queues[key] = queue
    if queues.count > maximumQueues {
      // A quarter at a time, so that a log of many open connections is not sorted for each line.
      let oldest = queues.sorted { $0.value.used < $1.value.used }.prefix(1 + maximumQueues / 4)
      for old in oldest { close(old.key, emit) }
    }
  }

  /// Hands on everything that is held back.
  public mutating func finish(_ emit: (ATTLSRecordEvent) -> Void) {
    for key in queues.keys.sorted(by: {
      ($0.id, $0.isReceived ? 0 : 1) < ($1.id, $1.isReceived ? 0 : 1)
    }) {
      close(key, emit)
    }
  }

  private mutating func close(_ key: Key, _ emit: (ATTLSRecordEvent) -> Void) {
    guard var queue = queues.removeValue(forKey: key) else { return }
    flush(key, &queue, emit)
  }

  private func take(
    _ bytes: [UInt8], _ origin: LogOrigin, _ key: Key, _ queue: inout Queue,
    _ emit: (ATTLSRecordEvent) -> Void
  ) {
    // A new header where a body was due: the body is not in the log.
    if queue.missing > 0, bytes.count != queue.missing, TLSRecordHeader(bytes) != nil {
      flush(key, &queue, emit)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      if queue.missing == 0 {
        guard let header = TLSRecordHeader(Array(rest.prefix(TLSRecordHeader.size))) else {
          queue.time = origin.time
          queue.line = origin.line
          queue.offset = origin.offset
          emit(event(key, queue, .unframed(Array(rest))))
          return
        }
        queue.time = origin.time
        queue.line = origin.line
        queue.offset = origin.offset
        queue.missing = header.length
        queue.pending = Array(rest.prefix(TLSRecordHeader.size))
        rest = rest.dropFirst(TLSRecordHeader.size)
      }
      let count = min(queue.missing, rest.count)
      queue.pending.append(contentsOf: rest.prefix(count))
      rest = rest.dropFirst(count)
      queue.missing -= count
      if queue.missing == 0 { flush(key, &queue, emit) }
    }
  }

  private func flush(_ key: Key, _ queue: inout Queue, _ emit: (ATTLSRecordEvent) -> Void) {
    if !queue.pending.isEmpty { emit(event(key, queue, .bytes(queue.pending))) }
    if queue.missing > 0 { emit(event(key, queue, .gap(queue.missing))) }
    queue.pending.removeAll()
    queue.missing = 0
  }

  private func event(
    _ key: Key, _ queue: Queue, _ content: ATTLSRecordEvent.Content
  ) -> ATTLSRecordEvent {
    ATTLSRecordEvent(
      stack: key.stack, connectionID: key.id, isReceived: key.isReceived, time: queue.time,
      line: queue.line, offset: queue.offset, content: content)
  }
}

/// The stack of each CONNID, for lines that have lost the columns with its name.
struct ATTLSStackNames {
  private var names: [UInt32: String] = [:]

  mutating func name(for message: ATTLSMessage, _ id: UInt32) -> String {
    guard let stack = message.origin.stack, !stack.isEmpty else { return names[id] ?? "" }
    if names[id] != stack {
      if names.count > 65_536 { names.removeAll() }
      names[id] = stack
    }
    return stack
  }
}
