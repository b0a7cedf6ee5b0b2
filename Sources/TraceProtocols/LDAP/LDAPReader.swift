internal import TraceBytes
internal import TraceModel

/// Reads operations and pairs them with their results by the number of the message.
final class LDAPReader: MessageReader {
  private struct Pending {
    var told: Exchange
    var entries = 0
    var references = 0
    /// Holes in the answers before it: bytes of its own may be lost in further ones.
    var holes: UInt64
  }

  private(set) var client: FlowSide?
  private var pending: [Int64: Pending] = [:]
  /// Bytes of their texts that the budget counts.
  private var text = 0
  /// Numbers of operations that wait no more, because too many did; what comes for them is passed over.
  private var givenUp = NumberRanges()
  /// Holes in the answers. Nobody is told of one: thousands can wait.
  private var holes: UInt64 = 0
  private var budget = MessageBudget()
  /// What it has of the budget.
  private var held = 0
  /// The name of the last successful bind; nil before one.
  private var user = ""

  /// Operations that wait for a result; the oldest are given without one when there are more.
  static let mostPending = 10_000
  /// No message is longer; z/OS has a limit of 100 MiB for its own.
  private static let mostBytes = 1 << 28

  deinit { budget.change(&held, to: 0) }

  func share(_ budget: MessageBudget) { self.budget = budget }

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard bytes.byteCount >= 2 else { return .needsMore }
    guard bytes.u8(0) == 0x30 else { return .noMessage }
    if let message = LDAPMessage(bytes) {
      return message.length <= Self.mostBytes ? .message(message.length) : .noMessage
    }
    // Head of the sequence, of the number and of the operation: no more than six, six and six bytes.
    return bytes.byteCount < 18 && !isWhole(bytes) ? .needsMore : .noMessage
  }

  /// Whether all of a sequence is there, so that no more bytes can make a message of it.
  private func isWhole(_ bytes: RawSpan) -> Bool {
    guard let outer = BER(bytes, at: 0, in: 0..<bytes.byteCount) else { return false }
    return outer.value.upperBound <= bytes.byteCount
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    guard let envelope = LDAPMessage(message) else { return }
    if envelope.operation.isRequest {
      client = place.side
      request(envelope, message, place, sink)
    } else {
      client = client ?? place.side.other
      response(envelope, message, place, sink)
    }
    budget.countRequests(&held, pending.count, text: text)
  }

  func gap(_ side: FlowSide) {
    // Entries may be lost of every search that waits.
    if side != client { holes &+= 1 }
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    for number in pending.keys.sorted() {
      guard var open = take(number) else { continue }
      open.told.missing = how.missing
      tell(open, sink)
    }
  }

  // MARK: - Requests

  private func request(
    _ envelope: LDAPMessage, _ message: RawSpan, _ place: MessagePlace, _ sink: any ExchangeSink
  ) {
    var told = Exchange(.ldap, client: place.side, operation: envelope.operation.name)
    told.request = Exchange.Half(place)
    told.user = user
    describe(envelope, message, &told)
    if envelope.operation == .unbind || envelope.operation == .abandon {
      return sink.exchange(told)
    }
    makeRoom(sink)
    if var old = take(envelope.number) {
      old.told.missing = .responseInGap
      tell(old, sink)
    }
    wait(envelope.number, Pending(told: told, holes: holes))
  }

  private func wait(_ number: Int64, _ open: Pending) {
    pending[number] = open
    text += open.told.text
  }

  private func take(_ number: Int64) -> Pending? {
    guard let open = pending.removeValue(forKey: number) else { return nil }
    text -= open.told.text
    return open
  }

  /// Gives up what has waited longest when there is no room for one more: a sixteenth, because to look for it takes
  /// as long however much is found.
  private func makeRoom(_ sink: any ExchangeSink) {
    guard !budget.hasRoom(beside: pending.count, most: Self.mostPending) else { return }
    for number in pending.keys.sorted().prefix(max(1, pending.count / 16)) {
      guard var lost = take(number) else { continue }
      givenUp.insert(number)
      if lost.told.request != nil { lost.told.missing = .limit }
      lost.told.response?.isWhole = false
      lost.told.findings.append("given up without its result: too many operations wait")
      tell(lost, sink)
    }
  }

  private func describe(_ envelope: LDAPMessage, _ message: RawSpan, _ told: inout Exchange) {
    let parts = envelope.body.parts(message)
    switch envelope.operation {
    case .bindRequest:
      guard parts.count >= 3 else { return }
      told.object = parts[1].text(message)
      told.user = told.object
      if parts[2].tag == 0xA3, let mechanism = parts[2].parts(message).first {
        told.details.append(Exchange.Detail("mechanism", mechanism.text(message)))
      } else {
        let kind = parts[2].value.isEmpty ? "anonymous" : "simple"
        told.details.append(Exchange.Detail("mechanism", kind))
      }
    case .search:
      guard parts.count >= 7 else { return }
      told.object = parts[0].text(message)
      let scopes = ["base", "one level", "subtree"]
      let scope = parts[1].number(message) ?? -1
      told.details.append(
        Exchange.Detail(
          "scope", scope >= 0 && scope < 3 ? scopes[Int(scope)] : "unknown \(scope)"))
      told.details.append(Exchange.Detail("filter", LDAPFilter.text(parts[6], message)))
    case .modify, .add, .modifyName, .compare:
      told.object = parts.first?.text(message) ?? ""
    case .delete: told.object = envelope.body.text(message)
    case .abandon:
      told.object = envelope.body.number(message).map { "message \($0)" } ?? ""
    case .extended:
      told.object = parts.first.map { LDAPCodes.extended($0.text(message)) } ?? ""
    default: break
    }
  }

  // MARK: - Responses

  private func response(
    _ envelope: LDAPMessage, _ message: RawSpan, _ place: MessagePlace, _ sink: any ExchangeSink
  ) {
    let waiting = take(envelope.number)
    if waiting == nil, givenUp.contains(envelope.number) { return }
    var open =
      waiting
      ?? Pending(
        told: Exchange(.ldap, client: place.side.other, operation: envelope.operation.name),
        holes: holes)
    if open.told.request == nil { open.told.missing = .request }
    open.told.response.take(place)
    switch envelope.operation {
    case .entry, .intermediate, .reference:
      if envelope.operation == .entry { open.entries += 1 }
      if envelope.operation == .reference { open.references += 1 }
      makeRoom(sink)
      return wait(envelope.number, open)
    default: break
    }
    let parts = envelope.body.parts(message)
    if parts.count >= 3, let code = parts[0].number(message) {
      open.told.status = code
      open.told.result = "\(code) \(LDAPCodes.result(code))"
      // A comparison, a referral and the next step of a bind are no failures.
      open.told.isFailure = ![0, 5, 6, 10, 14].contains(code)
      let text = parts[2].text(message)
      if !text.isEmpty { open.told.details.append(Exchange.Detail("message", text)) }
      if envelope.operation == .bindResponse, code == 0 { user = open.told.user }
    }
    tell(open, sink)
  }

  private func tell(_ open: Pending, _ sink: any ExchangeSink) {
    var told = open.told
    if told.operation == "search" {
      if open.holes != holes { told.response?.isWhole = false }
      told.details.append(Exchange.Detail("entries", "\(open.entries)"))
      if open.references > 0 {
        told.details.append(Exchange.Detail("references", "\(open.references)"))
      }
    }
    sink.exchange(told)
  }

  // MARK: - Secrets

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    guard let envelope = LDAPMessage(message) else { return }
    let parts = envelope.body.parts(message)
    switch envelope.operation {
    case .bindRequest:
      guard parts.count >= 3 else { return }
      // Simple: the password itself; SASL: the credentials behind the mechanism.
      let secret = parts[2].tag == 0xA3 ? parts[2].parts(message).dropFirst().first : parts[2]
      if let secret { report(secret, message, mark) }
    case .bindResponse:
      if let token = parts.first(where: { $0.tag == 0x87 }) { report(token, message, mark) }
    case .extended, .extendedResponse:
      // The values of a change of password: old and new.
      for part in parts where part.tag == 0x81 || part.tag == 0x8B { report(part, message, mark) }
    case .add, .modify, .entry:
      for list in parts.dropFirst() { attributes(list, message, depth: 0, mark) }
    case .compare:
      guard parts.count >= 2 else { return }
      pair(parts[1].parts(message), message, mark)
    case .search:
      if parts.count >= 7 { filter(parts[6], message, depth: 0, mark) }
    default: break
    }
  }

  /// Looks for attributes in a list of them, or of changes to them.
  private func attributes(
    _ list: BER, _ message: RawSpan, depth: Int, _ mark: (Range<Int>) -> Void
  ) {
    guard depth < 3, list.tag == 0x30 || list.tag == 0x31 else { return }
    let parts = list.parts(message, most: .max)
    if parts.count >= 2, parts[0].tag == 4 { return pair(parts, message, mark) }
    for part in parts { attributes(part, message, depth: depth + 1, mark) }
  }

  /// Values that a filter compares secret attributes with.
  private func filter(_ part: BER, _ message: RawSpan, depth: Int, _ mark: (Range<Int>) -> Void) {
    switch part.tag {
    case 0xA0, 0xA1, 0xA2:
      guard depth < 100 else { return }
      for one in part.parts(message, most: .max) { filter(one, message, depth: depth + 1, mark) }
    case 0xA3, 0xA5, 0xA6, 0xA8: pair(part.parts(message, most: .max), message, mark)
    case 0xA4:
      let parts = part.parts(message, most: .max)
      guard parts.count >= 2, LDAPFilter.isSecret(parts[0].text(message)) else { return }
      for piece in parts[1].parts(message, most: .max) { report(piece, message, mark) }
    default: break
    }
  }

  /// Every value of a message is a text by itself, with the name of its attribute in front.
  func contents(in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void) {
    guard let envelope = LDAPMessage(message) else { return }
    texts(in: envelope.body, message, depth: 0, body)
  }

  private func texts(
    in element: BER, _ message: RawSpan, depth: Int, _ body: (SecretContent) -> Void
  ) {
    guard depth < 6 else { return }
    var name: [UInt8] = []
    for part in element.parts(message, most: .max) {
      if part.tag & 0x20 != 0 {
        if part.tag == 0x31 {
          for value in part.parts(message, most: .max) { text(value, message, name, body) }
        } else {
          texts(in: part, message, depth: depth + 1, body)
        }
      } else if part.tag == 0x04 {
        text(part, message, name, body)
        name = part.text(message).utf8.prefix(64) + [0x3A, 0x20]
      }
    }
  }

  private func text(
    _ part: BER, _ message: RawSpan, _ name: [UInt8], _ body: (SecretContent) -> Void
  ) {
    let range = part.value.clamped(to: 0..<message.byteCount)
    guard !range.isEmpty else { return }
    let bytes = name + message.extracting(range).copied()
    body(
      SecretContent(
        bytes: bytes, parts: [SecretContent.Part(name.count..<bytes.count, at: range.lowerBound)],
        stream: UInt64.max, isHeader: true))
  }

  private func pair(_ parts: [BER], _ message: RawSpan, _ mark: (Range<Int>) -> Void) {
    guard parts.count >= 2, LDAPFilter.isSecret(parts[0].text(message)) else { return }
    if parts[1].tag == 0x31 {
      for value in parts[1].parts(message, most: .max) { report(value, message, mark) }
    } else {
      report(parts[1], message, mark)
    }
  }

  private func report(_ part: BER, _ message: RawSpan, _ mark: (Range<Int>) -> Void) {
    let range = part.value.clamped(to: 0..<message.byteCount)
    if !range.isEmpty { mark(range) }
  }
}
