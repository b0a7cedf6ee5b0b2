internal import TraceBytes
internal import TraceModel

/// Tells a dialogue as exchanges: commands with their replies, and of SMTP one for each message.
final class DialogueExchanges {
  /// A command that waits for its reply.
  private struct Command {
    var verb: String
    var argument: String
    var told: Exchange
    var mailBytes: UInt64?

    init(verb: String, argument: String, told: Exchange) {
      self.verb = verb
      self.argument = argument
      self.told = told
    }

    /// A reply without its command.
    init(_ line: DialogueLine, isGreeting: Bool = false) {
      self.init(
        verb: "", argument: "",
        told: Exchange(
          line.application, client: line.direction.other,
          operation: isGreeting ? "greeting" : DialogueExchanges.reply))
    }
  }

  /// A message of SMTP, from MAIL to the reply that takes it (RFC 5321 section 3.3).
  private struct Message {
    var told: Exchange
    var sender: String
    var recipients: [String] = []
    /// Recipients that were taken or refused, and are not named.
    var unnamed = (taken: 0, refused: 0)
    var size: UInt64 = 0
    /// Whether DATA or BDAT was seen.
    var hasText = false

    /// Takes a recipient and what was said of it.
    mutating func take(_ name: String, _ reply: Exchange, most: Int) {
      if !reply.isFailure {
        if recipients.count < most { recipients.append(name) } else { unnamed.taken += 1 }
      } else if told.details.count < most {
        told.details.append(Exchange.Detail("refused", "\(name): \(reply.result)"))
      } else {
        unnamed.refused += 1
      }
    }
  }

  /// What may be missing, so that commands and replies are out of step.
  private struct Losses {
    /// A reply to no command is no greeting any more.
    var hasCommands = false
    /// Commands are missing: a reply may be older than those that wait.
    var mayLackCommands = false
    /// Replies may be missing since the last whole one.
    var mayLackReplies = false
    /// A command was sent before the one before it was answered.
    var isPipelined = false
    /// Until no command waits.
    var isUncertain = false
    /// What is missing in front of the reply under way may be the whole reply, and the next command too.
    var isReplyInDoubt = false
  }

  private let sink: any ExchangeSink
  private let budget: MessageBudget
  /// What it has of the budget.
  private var held = 0
  /// Clients send several commands at once (RFC 2920).
  private var commands = WaitingQueue<Command>()
  /// Bytes of their texts that the budget counts.
  private var text = 0
  /// Commands that wait no more, because too many did, and whose replies are still to come before those to the
  /// others.
  private var givenUp: UInt64 = 0
  /// The reply under way to one of them, or to a command that is not there.
  private var late: Command?
  /// Replies that are over, to commands that are not there: these may be in a segment that is late.
  private var unasked: [Command] = []
  private var losses = Losses()
  private var message: Message?
  /// Where the next data connection of FTP goes.
  private var dataPort: Exchange.DataPort?

  /// Commands that wait at a time.
  private static let mostCommands = 10_000
  /// Replies that wait for their commands at a time.
  private static let mostUnasked = 64
  /// Recipients that are named, of those that were taken and of those that were refused.
  private static let mostRecipients = 100
  private static let reply = "reply"
  /// What a server says first, unasked (RFC 959 section 5.4, RFC 5321 section 4.3.2), and 421 whenever it likes.
  private static let greetings: Set<UInt16> = [120, 220, 421, 554]
  private static let tooMany = "commands were given up without their replies: too many waited"

  init(into sink: any ExchangeSink, budget: MessageBudget) {
    self.sink = sink
    self.budget = budget
  }

  deinit { budget.change(&held, to: 0) }

  func take(_ line: DialogueLine, _ bytes: RawSpan) {
    let place = MessagePlace(
      side: line.direction, offset: line.offset, length: bytes.byteCount, firstTime: line.time,
      lastTime: line.time)
    switch line.kind {
    case .command: begin(line, bytes, place)
    case .authData: commands.first?.told.request?.add(place)
    case .replyPart: answer(line, place)
    case .reply:
      answer(line, place)
      finishCommand(line, bytes)
    }
    budget.countRequests(&held, commands.count, text: text)
  }

  private func wait(_ command: Command) {
    commands.append(command)
    text += command.told.text
  }

  /// The command that has waited longest.
  private func takeFirst() -> Command? {
    let command = commands.popFirst()
    text -= command?.told.text ?? 0
    return command
  }

  func take(_ mail: DialogueMail) {
    commands.updateLast(where: { $0.verb == "DATA" || $0.verb == "BDAT" }) { command in
      command.mailBytes = (command.mailBytes ?? 0) &+ mail.bytes
      command.told.request?.bytes &+= mail.bytes
      if mail.isGapped || mail.isCut { command.told.request?.isWhole = false }
    }
  }

  func finish(_ how: ConversationEnd) {
    tellUnasked()
    if let late { deliver(late) }
    while var command = takeFirst() {
      command.told.missing = how.missing
      deliver(command)
    }
    budget.change(&held, to: 0)
    tellMessage()
  }

  // MARK: - Commands and replies

  private func begin(_ line: DialogueLine, _ bytes: RawSpan, _ place: MessagePlace) {
    if !budget.hasRoom(beside: commands.count, most: Self.mostCommands) { giveUp() }
    let text = HTTPExchanges.text(bytes, 0..<bytes.byteCount)
    let words = text.split(separator: " ", maxSplits: 1)
    let verb = words.first.map(String.init) ?? ""
    var argument = words.count < 2 ? "" : String(words[1])
    // What follows a password verb is the password.
    if ["PASS", "AUTH", "ACCT", "ADAT"].contains(verb.uppercased()) { argument = "" }
    var told = Exchange(line.application, client: line.direction, operation: verb)
    told.object = argument
    if verb.uppercased() == "USER" { told.user = argument }
    // More of the mail may have stood before it.
    let isOfMail = ["RCPT", "DATA", "BDAT"].contains(verb.uppercased())
    told.request = Exchange.Half(place, isWhole: !line.isBehindGap || !isOfMail)
    if line.isBehindGap { losses.mayLackCommands = true }
    losses.hasCommands = true
    pair(Command(verb: verb.uppercased(), argument: argument, told: told), sent: line.time)
  }

  /// A command waits for its reply, unless that is here: the command stood behind bytes that were missing.
  private func pair(_ command: Command, sent time: Int64) {
    tellUnasked(notAfter: time)
    guard commands.isEmpty else { return wait(command) }
    var command = command
    if !unasked.isEmpty {
      let reply = unasked.removeFirst().told
      losses.isUncertain = losses.isPipelined || !unasked.isEmpty
      command.told.response = reply.response
      command.told.application = reply.application
      conclude(&command, reply.result, reply.status, isFailure: reply.isFailure)
      return deliver(command)
    }
    losses.isUncertain = false
    if let reply = late?.told, reply.missing != .limit, reply.time > time {
      command.told.response = reply.response
      late = nil
    }
    wait(command)
  }

  /// Tells the replies that no command sent after `time` can have asked for.
  private func tellUnasked(notAfter time: Int64 = .max) {
    while let first = unasked.first, first.told.time <= time { deliver(unasked.removeFirst()) }
  }

  /// A client that waits for each reply has had those to all commands but the last one before a reply.
  private func passLost(before time: Int64) {
    guard let first = commands.first, let second = commands.second else { return }
    if losses.isPipelined || first.told.time == second.told.time {
      losses.isUncertain = true
      return
    }
    while let next = commands.second, next.told.time <= time, var lost = takeFirst() {
      lost.told.response?.isWhole = false
      if lost.told.response == nil { lost.told.missing = .responseInGap }
      deliver(lost)
    }
  }

  /// The command that has waited longest is told without its reply.
  private func giveUp() {
    guard var command = takeFirst() else { return }
    givenUp &+= 1
    command.told.missing = .limit
    command.told.findings.append(Self.tooMany)
    deliver(command)
  }

  private func answer(_ line: DialogueLine, _ place: MessagePlace) {
    if line.isBehindGap {
      losses.mayLackReplies = true
      // The reply under way may have ended there, where another command waits.
      if var cut = late, cut.told.missing != .limit, isAwaited(line) {
        late = nil
        cut.told.response?.isWhole = false
        deliver(cut)
      }
    }
    let waiting = commands.count
    if losses.mayLackReplies { passLost(before: line.time) }
    if line.isBehindGap, late == nil, commands.count == waiting { losses.isReplyInDoubt = true }
    if late == nil, givenUp > 0 {
      late = Command(line)
      late?.told.missing = .limit
    } else if late == nil, !isAwaited(line) {
      // The rest of a reply whose beginning is missing.
      if line.isRest { return }
      late = Command(line, isGreeting: !losses.hasCommands && Self.greetings.contains(line.code))
      losses.mayLackCommands = losses.mayLackCommands || losses.hasCommands
    }
    // Lines of it may have stood before it.
    let isWhole = !line.isBehindGap
    if late == nil {
      commands.first?.told.response.take(place, isWhole: isWhole)
    } else {
      late?.told.response.take(place, isWhole: isWhole)
    }
  }

  /// Whether a command waits that a line of a reply may answer.
  private func isAwaited(_ line: DialogueLine) -> Bool {
    guard let first = commands.first else { return false }
    // Bytes behind a hole come late: what they answer was sent before them.
    return first.told.time <= line.time || !losses.mayLackCommands && !losses.mayLackReplies
  }

  private func finishCommand(_ line: DialogueLine, _ bytes: RawSpan) {
    // 1xx is no answer yet; 354 and 334 ask for the rest of the same command (RFC 959 section 4.2).
    if (100..<200).contains(line.code) || line.code == 354 || line.code == 334 { return }
    guard var command = late ?? takeFirst() else { return }
    let isLate = late != nil
    let isInStep = !losses.mayLackReplies
    late = nil
    losses.mayLackReplies = false
    command.told.application = line.application
    conclude(
      &command, HTTPExchanges.text(bytes, 0..<bytes.byteCount), Int64(line.code),
      isFailure: line.code >= 400)
    if isLate, command.told.missing == .limit {
      givenUp &-= 1
    } else if isLate, command.told.operation == Self.reply {
      unasked.append(command)
      if unasked.count > Self.mostUnasked { deliver(unasked.removeFirst()) }
      return
    } else if isInStep, let next = commands.first, next.told.time < line.time {
      losses.isPipelined = true
    }
    deliver(command)
  }

  private func conclude(
    _ command: inout Command, _ result: String, _ status: Int64?, isFailure: Bool
  ) {
    command.told.status = status
    command.told.result = result
    command.told.isFailure = isFailure
    if losses.isUncertain {
      command.told.findings.append(Exchange.pairingUncertain)
    } else if losses.isReplyInDoubt, command.told.request != nil {
      command.told.findings.append(Exchange.answerInDoubt)
    }
    losses.isReplyInDoubt = false
  }

  private func deliver(_ command: Command) {
    var told = command.told
    if told.operation == Self.reply, told.status != 421, told.missing == .nothing {
      told.missing = .request
    }
    guard told.application == .smtp else {
      noteData(command, &told)
      return sink.exchange(told)
    }
    switch command.verb {
    case "MAIL":
      tellMessage()
      told.operation = "mail"
      told.object = ""
      message = Message(told: told, sender: Self.address(command.argument))
      if told.isFailure || told.response == nil && told.missing != .responseInGap { tellMessage() }
    case "RCPT" where message != nil:
      let name = Self.address(command.argument)
      merge(told)
      message?.take(name, told, most: Self.mostRecipients)
    case "DATA" where message != nil, "BDAT" where message != nil:
      merge(told)
      message?.hasText = true
      message?.size &+= command.mailBytes ?? 0
      let goesOn =
        command.verb == "BDAT" && !told.isFailure
        && !command.argument.uppercased().hasSuffix("LAST")
      if !goesOn { tellMessage() }
    default:
      if ["RSET", "QUIT", "EHLO", "HELO"].contains(command.verb) { tellMessage() }
      if let size = command.mailBytes {
        told.details.append(Exchange.Detail("size", "\(size) bytes"))
      }
      sink.exchange(told)
    }
  }

  // MARK: - Messages of SMTP

  /// A command and its reply are part of the message.
  private func merge(_ part: Exchange) {
    guard var message else { return }
    message.told.request = Self.sum(message.told.request, part.request)
    message.told.response = Self.sum(message.told.response, part.response)
    message.told.result = part.result
    message.told.status = part.status
    message.told.isFailure = part.isFailure
    message.told.missing = part.missing
    for finding in part.findings where !message.told.findings.contains(finding) {
      message.told.findings.append(finding)
    }
    self.message = message
  }

  private static func sum(_ one: Exchange.Half?, _ other: Exchange.Half?) -> Exchange.Half? {
    guard var one, let other else { return one ?? other }
    one.lastTime = other.lastTime
    one.bytes &+= other.bytes
    one.messages &+= other.messages
    one.isWhole = one.isWhole && other.isWhole
    return one
  }

  private func tellMessage() {
    guard var message else { return }
    self.message = nil
    if !message.hasText, !message.told.isFailure, losses.mayLackCommands {
      // What was said of the recipients is not what was said of the mail.
      message.told.result = ""
      message.told.status = nil
      message.told.response?.isWhole = false
      message.told.findings.append("its text may be in a gap")
    }
    let (taken, refused) = message.unnamed
    if taken > 0 { message.recipients.append("and \(taken) more") }
    if refused > 0 { message.told.details.append(Exchange.Detail("refused", "\(refused) more")) }
    message.told.object =
      message.sender + " > " + message.recipients.joined(separator: ", ")
    message.told.user = message.sender
    message.told.details.insert(Exchange.Detail("size", "\(message.size) bytes"), at: 0)
    sink.exchange(message.told)
  }

  // MARK: - Data connections of FTP

  /// Which port the next transfer goes to (RFC 959 section 4.1.2, RFC 2428). The address is that of the end
  /// itself: what it says of it is often that behind a router.
  private func noteData(_ command: Command, _ told: inout Exchange) {
    let server = told.client.other
    switch command.verb {
    case "PORT" where !told.isFailure:
      agree(told.client, Self.port(numbers: command.argument), &told)
    case "EPRT" where !told.isFailure:
      agree(told.client, command.argument.split(separator: "|").last.flatMap { UInt16($0) }, &told)
    case "PASV" where !told.isFailure:
      let text = told.result.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }
      agree(server, Self.port(numbers: String(text)), &told)
    case "EPSV" where !told.isFailure:
      let parts = told.result.split(separator: "|")
      agree(server, parts.count < 2 ? nil : UInt16(parts[parts.count - 2]), &told)
    case "RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD":
      told.dataPort = dataPort
      dataPort = nil
    default: break
    }
  }

  private func agree(_ listener: FlowSide, _ port: UInt16?, _ told: inout Exchange) {
    guard let port else { return }
    dataPort = Exchange.DataPort(listener: listener, port: port)
    told.dataPort = dataPort
  }
}
