/// One connection under AT-TLS, put together from the messages with its CONNID.
public struct ATTLSConnection: Sendable {
  /// How the connection fared.
  public enum Outcome: String, Sendable {
    /// The handshake succeeded.
    case secure
    /// Something failed.
    case failed
    /// A handshake began and its end was not logged.
    case unfinished
    /// No handshake was logged.
    case noHandshake = "no_handshake"
  }

  /// One step of a connection.
  public struct Step: Sendable {
    /// When it was logged.
    public var time: ATTLSTime?
    /// The line of the log.
    public var line: Int
    /// The kind of message.
    public var kind: ATTLSMessage.Kind
    /// The event or the System SSL name.
    public var name: String
    /// The return code.
    public var returnCode: Int?
    /// What else the message says.
    public var detail: String
  }

  /// A failure; the same one logged by several messages counts as one.
  public struct Failure: Sendable {
    /// The return code.
    public var returnCode: Int
    /// The event during which it happened.
    public var event: String
    /// When it was logged first.
    public var time: ATTLSTime?
    /// What the code means, when it is known.
    public var meaning: String?
    /// The failure of the environment that led to this one.
    public var cause: String?
  }

  /// CONNID; nil when the log lost it.
  public var id: UInt32?
  /// When it was first heard of.
  public var start: ATTLSTime?
  /// When it was last heard of.
  public var end: ATTLSTime?
  /// The job name of the TCP/IP stack.
  public var stack: String?
  /// The job name of the application.
  public var job: String?
  /// The user ID of the application.
  public var user: String?
  /// The address and port on z/OS.
  public var local: ATTLSEndpoint?
  /// The partner's address and port.
  public var remote: ATTLSEndpoint?
  /// The rule.
  public var rule: String?
  /// The names of the group, environment and connection action.
  public var actions: [String] = []
  /// InBound or OutBound.
  public var direction: String?
  /// Enabled, Not Enabled or Appl Control.
  public var status: String?
  /// The handshake role, such as HS-Server.
  public var role: String?
  /// The protocol agreed on, as the log writes it.
  public var protocolName: String?
  /// The code of the cipher suite agreed on.
  public var cipher: String?
  /// The environment of the newest message that names one.
  public var environmentID: UInt32?
  /// Whether a handshake began.
  public var handshakeStart: ATTLSTime?
  /// Seconds from the start to the end of the handshake, when both are logged.
  public var handshakeSeconds: Int?
  /// Whether the handshake was reported as done.
  public var isSecure = false
  /// Whether a handshake was begun.
  public var hasHandshake = false
  /// Whether the log shows how it was matched to its rule.
  public var isMapped = false
  /// Whether the connection was reported as closed.
  public var isClosed = false
  /// Failures, in order.
  public var failures: [Failure] = []
  /// The steps, in order, up to the limit of the table that keeps them.
  public var steps: [Step] = []
  /// Messages with this CONNID.
  public var messages = 0
  /// Steps that were not kept.
  public var droppedSteps = 0

  /// How it fared.
  public var outcome: Outcome {
    if !failures.isEmpty { return .failed }
    if isSecure { return .secure }
    return hasHandshake ? .unfinished : .noHandshake
  }

  /// The name of the cipher suite, when the code is known.
  public var cipherName: String? { cipher.flatMap { Knowledge.cipherSuite($0)?.name } }

  /// The protocol as people write it: "TLS 1.2".
  public var protocolText: String? { protocolName.map { Self.protocolText($0) } }

  /// "TLSV1.2" as people write it.
  public static func protocolText(_ name: String) -> String {
    switch name {
    case "TLSV1.2": return "TLS 1.2"
    case "TLSV1.3": return "TLS 1.3"
    default: break
    }
    guard name.hasPrefix("TLSV") || name.hasPrefix("SSLV") else { return name }
    var text = name.hasPrefix("TLSV") ? "TLS " : "SSL "
    var hasDot = false
    for letter in name.unicodeScalars.dropFirst(4) {
      let isDot = letter == "." || letter == "_"
      hasDot = hasDot || isDot
      text.unicodeScalars.append(isDot ? "." : letter)
    }
    return hasDot ? text : text + ".0"
  }

  // MARK: Building

  mutating func apply(_ message: ATTLSMessage, maximumSteps: Int, cause: String?) {
    messages += 1 + message.repeats
    if message.kind == .map { isMapped = true }
    if start == nil { start = message.origin.time }
    end = message.origin.time ?? end
    id = id ?? message.connectionID
    stack = stack ?? message.origin.stack
    job = message.job ?? job
    user = message.user ?? user
    local = message.local ?? local
    remote = message.remote ?? remote
    rule = message.rule ?? rule
    direction = message.direction ?? direction
    status = message.status ?? status
    role = message.role ?? role
    environmentID = message.environmentID ?? environmentID
    if message.fields.actionCount > 0 { actions = message.actions }
    applyEvent(message)
    applyFlow(message)
    if message.isFailure { fail(message, cause) }
    if maximumSteps > 0 { keep(message, maximumSteps) }
  }

  private mutating func applyEvent(_ message: ATTLSMessage) {
    let event = message.fields.event
    if event == .initialHandshake {
      hasHandshake = true
      if message.kind == .start {
        handshakeStart = message.origin.time
        return
      }
      if let started = handshakeStart, let ended = message.origin.time, handshakeSeconds == nil {
        handshakeSeconds = ended.seconds(since: started)
      }
      if message.returnCode == 0 {
        isSecure = true
        protocolName = message.protocolName ?? protocolName
        cipher = message.cipher ?? cipher
      }
    } else if message.kind == .event, event.isConnectionClose {
      isClosed = true
    }
  }

  /// Older releases tell protocol and suite only through the calls.
  private mutating func applyFlow(_ message: ATTLSMessage) {
    guard message.kind == .flow, message.returnCode == 0, protocolName == nil || cipher == nil,
      let flow = message.flow, let value = flow.value
    else { return }
    switch flow.name {
    case "GSK_CONNECT_SEC_TYPE": protocolName = protocolName ?? value
    case "GSK_CONNECT_CIPHER_SPEC": cipher = cipher ?? value
    default: break
    }
  }

  private mutating func fail(_ message: ATTLSMessage, _ cause: String?) {
    let code = message.returnCode ?? 0
    let event = message.event ?? ""
    guard failures.count < 16,
      !failures.contains(where: { $0.returnCode == code && $0.event == event })
    else { return }
    failures.append(
      Failure(
        returnCode: code, event: event, time: message.origin.time,
        meaning: Knowledge.returnCode(code)?.meaning, cause: cause))
  }

  private mutating func keep(_ message: ATTLSMessage, _ maximum: Int) {
    guard steps.count < maximum else {
      droppedSteps += 1
      return
    }
    var step = Step(
      time: message.origin.time, line: message.origin.line, kind: message.kind,
      name: message.event ?? message.id, returnCode: message.returnCode,
      detail: message.words.joined(separator: " "))
    switch message.kind {
    case .map:
      step.name = "rule \(message.rule ?? "?")"
      step.detail = (message.actions + [message.status].compactMap { $0 }).joined(separator: " ")
    case .flow:
      guard let flow = message.flow else { break }
      step.name = flow.verb.isEmpty ? flow.name : "\(flow.verb) \(flow.name)"
      step.detail = flow.value ?? ""
    case .data:
      guard let data = message.data else { break }
      step.name = data.isReceived ? "received" : "sent"
      step.detail = TLSRecordText.describe(data.bytes)
    default: break
    }
    if message.repeats > 0 { step.detail += " (repeated \(message.repeats) times)" }
    steps.append(step)
  }
}
