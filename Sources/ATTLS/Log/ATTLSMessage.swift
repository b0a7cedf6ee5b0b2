/// The way a message came into the log.
public enum ATTLSTransport: String, Sendable {
  /// A file of syslogd.
  case syslogd
  /// The console copy that BPXF024I announces while syslogd is down.
  case consoleCopy = "console copy"
  /// A console message, job log, SYSLOG or OPERLOG line.
  case console
  /// An entry of the z/OSMF log API.
  case json = "z/OSMF"
  /// The bare text of a message.
  case bare
}

/// Where a message stood and what the columns before it say.
public struct LogOrigin: Sendable {
  /// The way it came.
  public var transport = ATTLSTransport.bare
  /// The line of its first part, counted from 1.
  public var line = 1
  /// The offset of that line in the input.
  public var offset: UInt64 = 0
  /// The time in front of it.
  public var time: ATTLSTime?
  /// The system's name.
  public var system: String?
  /// The process id of the stack: the same for all its connections.
  public var processID: UInt32?
  /// The job name of the TCP/IP stack.
  public var stack: String?
}

/// A message of AT-TLS with its fields; what a message does not carry is nil or empty.
public struct ATTLSMessage: Sendable {
  /// The word after TTLS.
  public enum Kind: String, Sendable {
    /// A connection was matched to a rule (EZD1281I).
    case map
    /// An event begins (EZD1282I).
    case start
    /// An event is over (EZD1283I).
    case event
    /// A call of System SSL (EZD1284I).
    case flow
    /// Bytes of a TLS record (EZD1285I).
    case data
    /// Something failed (EZD1286I, EZD1287I).
    case error
    /// A message around AT-TLS that is not one of its trace messages.
    case other
  }

  /// A call of System SSL in EZD1284I.
  public struct FlowCall: Sendable {
    /// Call, Get or Set.
    public var verb: String
    /// The System SSL name.
    public var name: String
    /// The number in parentheses.
    public var number: Int?
    /// The value; passwords are never kept.
    public var value: String?
  }

  /// The bytes in EZD1285I.
  public struct DataLine: Sendable {
    /// Whether this side received the bytes; otherwise it sent them.
    public var isReceived: Bool
    /// The word before the bytes: CIPHER in everything seen so far.
    public var form: String
    /// The bytes.
    public var bytes: [UInt8]
    /// False when the line was cut or holds something that is not a hexadecimal digit.
    public var isComplete: Bool
  }

  /// Where the message stood.
  public var origin: LogOrigin
  /// How often syslogd says that the message was repeated.
  public var repeats = 0
  /// The same as it stands in the log; a password is left out.
  let bytes: [UInt8]
  /// What its words are; texts are made of them when they are asked for.
  let fields: MessageFields

  /// A part of the message as text; nil for none.
  private func text(_ part: TextPart) -> String? {
    part.isEmpty ? nil : unsafe bytes.span.bytes.text(part)
  }

  private func endpoint(_ part: TextPart) -> ATTLSEndpoint? {
    part.isEmpty ? nil : unsafe ATTLSEndpoint(bytes.span.bytes.extracting(part.range))
  }

  /// The message id.
  public var id: String { text(fields.id) ?? "" }
  /// The kind of message.
  public var kind: Kind { fields.kind }
  /// ENVID: the environment.
  public var environmentID: UInt32? { fields.environmentID }
  /// CONNID: the connection; 0 for messages that belong to an environment.
  public var connectionID: UInt32? { fields.connectionID }
  /// The address and port on z/OS.
  public var local: ATTLSEndpoint? { endpoint(fields.local) }
  /// The partner's address and port.
  public var remote: ATTLSEndpoint? { endpoint(fields.remote) }
  /// The job name of the application.
  public var job: String? { text(fields.job) }
  /// The user ID of the application.
  public var user: String? { text(fields.user) }
  /// Whether both ends stand in the message.
  var namesBothEnds: Bool { !fields.local.isEmpty && !fields.remote.isEmpty }
  /// The name of the rule.
  public var rule: String? { text(fields.rule) }
  /// The TYPE field: InBound or OutBound.
  public var direction: String? { text(fields.direction) }
  /// The return code.
  public var returnCode: Int? { fields.returnCode }
  /// The handshake role that a Start message shows, such as HS-Server.
  public var role: String? { text(fields.role) }
  /// The protocol that a finished handshake agreed on, as the message writes it.
  public var protocolName: String? { text(fields.protocolName) }
  /// The cipher suite that a finished handshake agreed on.
  public var cipher: String? { text(fields.cipher) }
  /// The message in one line.
  public var text: String { printableText(bytes[...]) }

  /// The STATUS field: Enabled, Not Enabled or Appl Control.
  public var status: String? {
    guard let first = text(fields.status) else { return nil }
    return text(fields.statusRest).map { first + " " + $0 } ?? first
  }

  /// The names of the group, environment and connection action.
  public var actions: [String] {
    var names: [String] = []
    names.reserveCapacity(fields.actionCount)
    for place in 0..<fields.actionCount {
      if let name = text(fields.actions[place]) { names.append(name) }
    }
    return names
  }

  /// The event words, such as "Initial Handshake".
  public var event: String? {
    guard fields.event == .other else { return fields.event.name }
    let words = freeWords
    let known = words.prefix(eventWordCount(words))
    return known.isEmpty ? nil : known.compactMap(text).joined(separator: " ")
  }

  /// The words behind the event: handles, protocol, cipher suite, role.
  public var words: [String] {
    if fields.event == .none { return [] }
    let words = freeWords
    return words.dropFirst(eventWordCount(words)).compactMap(text)
  }

  private func eventWordCount(_ words: [TextPart]) -> Int {
    fields.event.wordCount
      ?? words.firstIndex { unsafe MessageParser.isValue(bytes.span.bytes, $0) } ?? words.count
  }

  /// The words that belong to no field: rarely asked for, so they are found again.
  private var freeWords: [TextPart] {
    var words: [TextPart] = []
    _ = unsafe MessageFields(bytes.span.bytes) { words.append($0) }
    return words
  }

  /// Whether an environment, a group or a connection is over.
  var isClose: Bool {
    fields.event.isClose ?? event?.hasSuffix("Close") ?? false
  }

  /// The System SSL call.
  public var flow: FlowCall? {
    guard kind == .flow, !(fields.verb.isEmpty && fields.call.isEmpty) else { return nil }
    let name = unsafe fields.callName(bytes.span.bytes)
    let digits = TextPart(Int(name.end) + 1, Int(fields.call.end))
    return FlowCall(
      verb: text(fields.verb) ?? "", name: text(name) ?? "",
      number: text(digits).flatMap { Int($0.prefix { $0 != ")" }) }, value: text(fields.value))
  }

  /// Whether the message shows bytes.
  var hasData: Bool { !fields.data.isEmpty }

  /// The bytes.
  public var data: DataLine? { hasData ? unsafe fields.dataLine(bytes.span.bytes) : nil }

  /// Whether the message reports a failure.
  public var isFailure: Bool { (returnCode ?? 0) != 0 && kind != .flow }
}
