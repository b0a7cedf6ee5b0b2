internal import TraceBytes

/// What a call and its reply tell, gathered from their segments.
struct MQCall {
  /// Word for the operation where it is not that of the type.
  var operation: String?
  var object = ""
  var objectType: UInt32 = 0
  /// Handle of the object in the request, and in the reply.
  var handle: UInt32?
  var newHandle: UInt32?
  var user = ""
  var completion: UInt32?
  var reason: UInt32 = 0
  var descriptor: MQDescriptor?
  var data: MQData?
  /// Milliseconds that a get waits; nil for one that does not.
  var wait: UInt32?
  var details: [Exchange.Detail] = []

  mutating func add(_ name: String, _ value: String) {
    if !value.isEmpty { details.append(.init(name, value)) }
  }

  // MARK: - Requests

  /// Takes the first segment of a call; `start` is where its header ends.
  mutating func ask(_ type: MQType, _ bytes: RawSpan, _ coding: MQCoding, at start: Int) {
    guard type.isCall else { return }
    let body = start + 16
    if bytes.has(16, at: start) { handle = coding.u32(bytes, start + 12) }
    switch type {
    case .connect:
      object = coding.text(bytes, body, 48)
      add("application", coding.text(bytes, body + 48, 28))
    case .open, .put1, .subscribe:
      takeObject(bytes, coding, from: body)
      if type == .put1 { takePut(bytes, coding, from: body) }
    case .put: takePut(bytes, coding, from: body)
    case .get: takeGet(bytes, coding, from: body, isReply: false)
    case .spi:
      operation = Self.verb(bytes, coding, body)
      takeObject(bytes, coding, from: body)
      takePut(bytes, coding, from: body)
      takeGet(bytes, coding, from: body, isReply: false)
    default: break
    }
  }

  /// The verb of a call behind the interface of the queue manager's own, by the name of its structure.
  private static func verb(_ bytes: RawSpan, _ coding: MQCoding, _ body: Int) -> String {
    for (eye, name) in [
      ("SPQU" as StaticString, "SPI QUERY"), ("SPOU", "SPI OPEN"), ("SPPU", "SPI PUT"),
      ("SPGU", "SPI GET"), ("SPAU", "SPI ACTIVATE"),
    ] where coding.has(eye, bytes, at: body + 12) { return name }
    return "SPI unknown verb \(coding.u32(bytes, body))"
  }

  /// `OD  `: 8 type, 12 name, 60 queue manager, 156 alternate user.
  private mutating func takeObject(_ bytes: RawSpan, _ coding: MQCoding, from start: Int) {
    guard let at = coding.find("OD  ", bytes, from: start) else { return }
    objectType = coding.u32(bytes, at + 8)
    object = coding.text(bytes, at + 12, 48)
    add("object type", Self.typeName(objectType).lowercased())
    add("object queue manager", coding.text(bytes, at + 60, 48))
    add("alternate user", coding.text(bytes, at + 156, 12))
  }

  static func typeName(_ type: UInt32) -> String {
    switch type {
    case 1: "QUEUE"
    case 2: "NAMELIST"
    case 3: "PROCESS"
    case 5: "QUEUE MANAGER"
    case 8: "TOPIC"
    default: "unknown object type \(type)"
    }
  }

  /// The descriptor, the options of a put and the data behind them.
  private mutating func takePut(_ bytes: RawSpan, _ coding: MQCoding, from start: Int) {
    takeDescriptor(bytes, coding, from: start)
    guard let at = coding.find("PMO ", bytes, from: start), bytes.has(8, at: at) else { return }
    let size = [128, 152, 176][min(2, Int(max(1, coding.u32(bytes, at + 4))) - 1)]
    guard bytes.has(4, at: at + size) else { return }
    let length = Int(coding.u32(bytes, at + size))
    data = MQData(coding, bytes, at: at + size + 4, size: length, format: descriptor?.format ?? "")
  }

  private mutating func takeDescriptor(_ bytes: RawSpan, _ coding: MQCoding, from start: Int) {
    guard let at = coding.find("MD  ", bytes, from: start) else { return }
    descriptor = MQDescriptor(coding, bytes, at: at) ?? descriptor
  }

  /// `GMO `: 8 options, of which 1 is wait, 12 interval, 24 resolved queue.
  private mutating func takeGet(
    _ bytes: RawSpan, _ coding: MQCoding, from start: Int, isReply: Bool
  ) {
    guard let at = coding.find("GMO ", bytes, from: start), bytes.has(72, at: at) else { return }
    if !isReply, coding.u32(bytes, at + 8) & 1 != 0 { wait = coding.u32(bytes, at + 12) }
    let resolved = coding.text(bytes, at + 24, 48)
    if object.isEmpty { object = resolved }
    guard isReply else { return }
    takeDescriptor(bytes, coding, from: start)
    let size = [72, 80, 100, 112][min(3, Int(max(1, coding.u32(bytes, at + 4))) - 1)]
    guard bytes.has(4, at: at + size) else { return }
    let length = Int(coding.u32(bytes, at + size))
    data = MQData(coding, bytes, at: at + size + 4, size: length, format: descriptor?.format ?? "")
  }

  // MARK: - Replies

  /// Takes the first segment of a reply.
  mutating func answer(_ type: MQType, _ bytes: RawSpan, _ coding: MQCoding, at start: Int) {
    guard bytes.has(16, at: start) else { return }
    completion = coding.u32(bytes, start + 4)
    reason = coding.u32(bytes, start + 8)
    newHandle = coding.u32(bytes, start + 12)
    let body = start + 16
    switch type {
    case .connect: add("queue manager", coding.text(bytes, body, 48))
    case .open where object.isEmpty: takeObject(bytes, coding, from: body)
    case .put, .put1, .spi:
      let asked = descriptor
      takeDescriptor(bytes, coding, from: body)
      // The queue manager makes the ids; the rest is as it was asked.
      if var known = asked, let told = descriptor {
        known.messageID = told.messageID
        known.correlationID = told.correlationID
        descriptor = known
      }
      if let at = coding.find("PMO ", bytes, from: body) {
        let queue = coding.text(bytes, at + 32, 48)
        if object.isEmpty { object = queue }
        add("resolved queue", queue)
        add("resolved queue manager", coding.text(bytes, at + 80, 48))
      }
      if type == .spi { takeGet(bytes, coding, from: body, isReply: true) }
    case .get: takeGet(bytes, coding, from: body, isReply: true)
    default: break
    }
  }

  /// A message that was sent ahead of a get: 4 handle, 24 reason, 32 length, 54 length of a name, the name, a
  /// descriptor, data.
  mutating func readAhead(_ bytes: RawSpan, _ coding: MQCoding, at start: Int) {
    guard bytes.has(55, at: start) else { return }
    handle = coding.u32(bytes, start + 4)
    reason = coding.u32(bytes, start + 24)
    completion = reason == 0 ? 0 : 1
    object = coding.text(bytes, start + 55, Int(bytes.u8(start + 54)))
    // The name has any length.
    for step in 0..<4 where descriptor == nil {
      takeDescriptor(bytes, coding, from: start + 55 + step)
    }
    data = MQData(
      coding, bytes, at: bytes.byteCount, size: Int(coding.u32(bytes, start + 28)),
      format: descriptor?.format ?? "")
  }

  // MARK: - Words

  /// Size, format and persistence of the message.
  var messageText: String {
    var parts: [String] = []
    if let data { parts.append("\(data.size) B") }
    if let format = data?.format ?? descriptor?.format, !format.isEmpty { parts.append(format) }
    if let isPersistent = descriptor?.isPersistent {
      parts.append(isPersistent ? "persistent" : "non-persistent")
    }
    return parts.joined(separator: " ")
  }

  mutating func addDescriptor() {
    guard let descriptor else { return }
    add("message type", descriptor.kindName)
    add("format", descriptor.format)
    add("message id", descriptor.messageID)
    add("correlation id", descriptor.correlationID)
    add("reply-to queue", descriptor.replyQueue)
    add("reply-to queue manager", descriptor.replyManager)
    add("user", descriptor.user)
    add("put by", descriptor.application)
    add("put at", descriptor.putTime)
  }

  /// Completion and reason by number and name.
  var resultText: String {
    guard let completion else { return "" }
    if completion == 0, reason == 0 { return "ok" }
    let known = MQReason.words(reason)
    let name = known.map { "MQRC_\($0.name): \($0.words)" } ?? "unknown reason"
    let word =
      switch completion {
      case 0: "ok"
      case 1: "warning"
      case 2: "failed"
      default: "unknown completion \(completion)"
      }
    return "\(word), \(completion) \(reason) \(name)"
  }
}

/// The beginning of a channel, as one side asks for it: `ID  `.
struct MQInitialData {
  var level: UInt8
  var channel: String
  var manager: String
  var heartbeat: UInt32
  var conversations: UInt32
  var product: String
  var mostMessage: UInt32
  var ccsid: UInt16
  /// Flags of values that the other side does not take.
  var errors: (UInt8, UInt8)

  init?(_ bytes: RawSpan, _ coding: MQCoding, at start: Int) {
    guard coding.has("ID  ", bytes, at: start), bytes.has(103, at: start) else { return nil }
    level = bytes.u8(start + 4)
    errors = (bytes.u8(start + 6), bytes.u8(start + 102))
    mostMessage = coding.u32(bytes, start + 16)
    channel = coding.text(bytes, start + 24, 20)
    ccsid = coding.u16(bytes, start + 46)
    manager = coding.text(bytes, start + 48, 48)
    heartbeat = coding.u32(bytes, start + 96)
    conversations = coding.u32(bytes, start + 128)
    product = Self.product(coding.text(bytes, start + 148, 12))
  }

  /// `MQMM09040300` is MQMM 9.4.3.
  private static func product(_ id: String) -> String {
    let bytes = Array(id.utf8)
    guard bytes.count == 12, bytes[4...].allSatisfy({ Byte.isDigit($0) }) else { return id }
    let numbers = stride(from: 4, to: 12, by: 2).map {
      Int(bytes[$0] - 0x30) * 10 + Int(bytes[$0 + 1] - 0x30)
    }
    let release = "\(id.prefix(4)) \(numbers[0]).\(numbers[1]).\(numbers[2])"
    return numbers[3] == 0 ? release : release + ".\(numbers[3])"
  }
}

/// Why a channel was not started, or ends.
enum MQStatus {
  static func words(_ code: UInt32) -> StaticString? {
    switch code {
    case 0x01: "no channel"
    case 0x02: "wrong channel type"
    case 0x03: "queue manager unavailable"
    case 0x04: "sequence error"
    case 0x07: "closed by the user"
    case 0x14: "security failure"
    case 0x16: "channel unavailable"
    case 0x17: "closed by an exit"
    case 0x18: "cipher specification"
    case 0x19: "peer name"
    case 0x1A: "client certificate"
    default: nil
    }
  }
}
