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
  public var transport: ATTLSTransport
  /// The line of its first part, counted from 1.
  public var line: Int
  /// The offset of that line in the input.
  public var offset: UInt64
  /// The time in front of it.
  public var time: ATTLSTime?
  /// The system's name.
  public var system: String?
  /// The process id of the stack: the same for all its connections.
  public var processID: UInt32?
  /// The job name of the TCP/IP stack.
  public var stack: String?

  /// Makes an origin; everything that is not known may be left out.
  public init(
    transport: ATTLSTransport = .bare, line: Int = 1, offset: UInt64 = 0, time: ATTLSTime? = nil,
    system: String? = nil, processID: UInt32? = nil, stack: String? = nil
  ) {
    self.transport = transport
    self.line = line
    self.offset = offset
    self.time = time
    self.system = system
    self.processID = processID
    self.stack = stack
  }
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

  /// The message id.
  public var id: String
  /// The kind of message.
  public var kind: Kind
  /// Where it stood.
  public var origin: LogOrigin
  /// GRPID: the process of a TTLSGroupAction.
  public var groupID: UInt32?
  /// ENVID: the environment.
  public var environmentID: UInt32?
  /// CONNID: the connection; 0 for messages that belong to an environment.
  public var connectionID: UInt32?
  /// The address and port on z/OS.
  public var local: ATTLSEndpoint?
  /// The partner's address and port.
  public var remote: ATTLSEndpoint?
  /// The job name of the application.
  public var job: String?
  /// The user ID of the application.
  public var user: String?
  /// The name of the rule.
  public var rule: String?
  /// The TYPE field: InBound or OutBound.
  public var direction: String?
  /// The STATUS field: Enabled, Not Enabled or Appl Control.
  public var status: String?
  /// The names of the group, environment and connection action.
  public var actions: [String] = []
  /// The return code.
  public var returnCode: Int?
  /// The event words, such as "Initial Handshake".
  public var event: String?
  /// The words behind the event: handles, protocol, cipher suite, role.
  public var words: [String] = []
  /// The System SSL call.
  public var flow: FlowCall?
  /// The bytes.
  public var data: DataLine?
  /// The message in one line.
  public var text: String { printableText(bytes[...]) }
  /// The same as it stands in the log; a password is left out.
  var bytes: [UInt8]
  /// How often syslogd says that the message was repeated.
  public var repeats = 0

  /// The protocol that a finished handshake agreed on, as the message writes it.
  public var protocolName: String? {
    words.first { $0.hasPrefix("TLSV") || $0.hasPrefix("SSLV") }
  }

  /// The cipher suite that a finished handshake agreed on.
  public var cipher: String? {
    guard let index = words.firstIndex(where: { $0.hasPrefix("TLSV") || $0.hasPrefix("SSLV") }),
      index + 1 < words.count
    else { return nil }
    return words[index + 1]
  }

  /// The handshake role that a Start message shows, such as HS-Server.
  public var role: String? { words.first { $0.hasPrefix("HS-") } }

  /// Whether the message reports a failure.
  public var isFailure: Bool { (returnCode ?? 0) != 0 && kind != .flow }
}
