internal import TraceBytes
internal import TraceModel

/// A connection of commands and replies in lines: SMTP (RFC 5321) or FTP control (RFC 959).
final class Dialogue {
  private var agreement: DialogueAgreement
  var application: ApplicationProtocol { agreement.application }
  private let limits: HTTPLimits
  private let budget: MessageBudget
  private let sink: any HTTPSink
  private let sides = Sides(lower: Side(.lower), upper: Side(.upper))
  /// Memory of lines that go on.
  var heldBytes: Int { sides.lower.held.capacity + sides.upper.held.capacity }
  private(set) var clientDirection: FlowSide?
  /// When the server agreed to TLS.
  private var agreedTime: Int64 = 0

  private static let dotBytes: [UInt8] = [Byte.dot, Byte.cr]

  init(
    _ application: ApplicationProtocol, limits: HTTPLimits, budget: MessageBudget,
    sink: any HTTPSink
  ) {
    self.budget = budget
    agreement = DialogueAgreement(application)
    self.limits = limits
    self.sink = sink
  }

  func data(_ direction: FlowSide, _ span: RawSpan, offset: UInt64, time: Int64) {
    let side = sides[direction]
    var at = 0
    let end = span.byteCount
    while at < end {
      side.next = offset &+ UInt64(at)
      switch side.phase {
      case .lines: at = line(side, span, at, offset, time)
      case .mail: at = mail(side, span, at)
      case .counted:
        let count = Int(clamping: min(side.remaining, UInt64(end - at)))
        give(side, span, at..<at + count)
        side.remaining -= UInt64(count)
        at += count
        if side.remaining == 0 { endMail(side, cut: false) }
      case .afterTLS where side.isCut: at = unsure(side, span, at, offset, time)
      case .afterTLS: follow(!TLSRecords.isText(span.u8(at)))
      case .records: at = records(side, span, at, time)
      case .opaque:
        sink.opaqueData(direction, bytes: span.extracting(at..<end), time: time)
        at = end
      }
    }
    side.next = offset &+ UInt64(end)
  }

  func gap(_ direction: FlowSide, _ count: UInt64?, reason: UInt16) {
    let side = sides[direction]
    switch side.phase {
    case .afterTLS:
      // What is missing may be TLS or not, and what comes next is the rest of it.
      side.isCut = true
    case .records:
      if !side.records.skip(count) { side.phase = .opaque }
      sink.opaqueGap(direction, count: count, reason: reason)
    case .opaque: sink.opaqueGap(direction, count: count, reason: reason)
    case .lines:
      // What comes next is the rest of some line: of a command it is that of the same one.
      side.openCode = 0
      agreement.loseReply()
      if direction == clientDirection?.other {
        // Neither what is held nor what comes next is a reply of its own without a code.
        side.lacksCode = true
        end(direction)
        side.lacksCode = true
      }
      side.isCut = true
      side.isBehindGap = true
      side.mayBeMail = direction == clientDirection && application == .smtp
    case .mail:
      giveHeldDot(side)
      side.mail?.isGapped = true
      side.place = .inLine
    case .counted:
      side.mail?.isGapped = true
      if let count, count < side.remaining {
        side.remaining -= count
      } else {
        endMail(side, cut: true)
      }
    }
  }

  func end(_ direction: FlowSide) {
    let side = sides[direction]
    if side.phase == .lines, side.hasLine {
      side.isCut = true
      let bytes = side.held
      side.held = []
      finishLine(side, unsafe bytes.span.bytes)
    }
    if side.mail != nil {
      giveHeldDot(side)
      endMail(side, cut: true)
    }
  }

  /// The conversation is over: TLS was agreed on, and nothing came of it.
  func finish() {
    if sides.lower.phase == .afterTLS || sides.upper.phase == .afterTLS { follow(true) }
  }

  // MARK: - After STARTTLS and AUTH TLS

  /// Bytes after a gap that must be text, so that they are a line and not a part of a TLS record.
  private static let surelyText = 16

  /// What was agreed on begins: TLS, or clear text where AT-TLS or a decryption had taken TLS away.
  private func follow(_ isTLS: Bool) {
    if isTLS {
      let none: [UInt8] = []
      sink.handOver(
        HTTPHandOver(exchange: 0, kind: .tls, time: agreedTime, application: application),
        name: unsafe none.span.bytes)
    }
    for direction in FlowSide.allCases {
      let side = sides[direction]
      guard side.phase == .afterTLS else { continue }
      guard isTLS else {
        side.phase = .lines
        continue
      }
      side.phase = side.isCut ? .opaque : .records
      side.records = TLSRecords()
      side.isCut = false
      side.hasLine = false
      if !side.held.isEmpty {
        sink.opaqueData(direction, bytes: unsafe side.held.span.bytes, time: side.time)
        side.held = []
      }
    }
  }

  /// Bytes behind a gap: kept until there are enough to tell a line from a part of a TLS record.
  private func unsure(
    _ side: Side, _ span: RawSpan, _ from: Int, _ offset: UInt64, _ time: Int64
  ) -> Int {
    if side.held.isEmpty {
      side.offset = offset &+ UInt64(from)
      side.time = time
      side.hasLine = true
    }
    var at = from
    while at < span.byteCount {
      let byte = span.u8(at)
      guard TLSRecords.isText(byte) else {
        follow(true)
        return at
      }
      if byte == Byte.lf || side.held.count == Self.surelyText {
        follow(side.held.count < 4)
        return at
      }
      side.held.append(byte)
      at += 1
    }
    return at
  }

  /// Passes over TLS records; returns where clear text begins again, or the end.
  private func records(_ side: Side, _ span: RawSpan, _ from: Int, _ time: Int64) -> Int {
    let end = side.records.pass(span, from: from)
    if end > from {
      sink.opaqueData(side.direction, bytes: span.extracting(from..<end), time: time)
    }
    guard end < span.byteCount else { return end }
    side.phase = side.records.hasPassed && TLSRecords.isText(span.u8(end)) ? .lines : .opaque
    return end
  }

  // MARK: - Lines

  private func line(
    _ side: Side, _ span: RawSpan, _ from: Int, _ offset: UInt64, _ time: Int64
  ) -> Int {
    if !side.hasLine || side.held.isEmpty {
      side.offset = offset &+ UInt64(from)
      side.time = time
      side.hasLine = true
    }
    // A client that sends on after DATA without waiting sends the mail.
    if agreement.isAwaitingMail, side.openCode == 0, side.direction == clientDirection {
      agreement.isAwaitingMail = false
      side.hasLine = false
      startMail(side, .mail, time: time)
      return from
    }
    let end = span.byteCount
    let feed = span.firstIndex(of: Byte.lf, from: from, to: end)
    let stop = feed ?? end
    if let feed { side.next = offset &+ UInt64(feed + 1) }
    if side.held.isEmpty, let feed, feed - from <= limits.dialogueLineBytes {
      finishLine(side, span.extracting(from..<feed))
      return feed + 1
    }
    let most =
      budget.isFull
      ? min(MessageBudget.least, limits.dialogueLineBytes) : limits.dialogueLineBytes
    let room = max(0, most - side.held.count)
    if stop - from > room, !side.isCut {
      side.isCut = true
      sink.finding(
        HTTPFinding(
          kind: .longLine, direction: side.direction, offset: offset &+ UInt64(from + room),
          exchange: nil, time: time))
    }
    side.held.append(span, from..<min(stop, from + room))
    guard let feed else { return end }
    var bytes: [UInt8] = []
    swap(&bytes, &side.held)
    finishLine(side, unsafe bytes.span.bytes)
    bytes.removeAll(keepingCapacity: bytes.capacity <= 4096)
    side.held = bytes
    return feed + 1
  }

  private func finishLine(_ side: Side, _ bytes: RawSpan) {
    var count = bytes.byteCount
    if count > 0, bytes.u8(count - 1) == Byte.cr { count -= 1 }
    let text = bytes.extracting(0..<count)
    let wasCut = side.isCut
    side.hasLine = false
    side.isCut = false
    if clientDirection == nil {
      clientDirection = text.replyCode == nil ? side.direction : side.direction.other
    }
    let isClient = clientDirection == side.direction
    if side.mayBeMail {
      guard let verb = DialogueVerb(text), verb.takes(text) else { return }
      side.mayBeMail = false
    }
    var counted: UInt64?
    var line = DialogueLine(
      application: application, direction: side.direction, kind: .command, code: 0,
      offset: side.offset, time: side.time, isCut: wasCut, isBehindGap: side.isBehindGap)
    side.isBehindGap = false
    if isClient {
      if agreement.takesSecret(text) {
        line.kind = .authData
      } else {
        counted = agreement.command(text)
        line.application = application
      }
      sink.dialogueLine(line, bytes: text)
      guard let counted else { return }
      startMail(side, .counted, time: side.time)
      side.remaining = counted
      if counted == 0 { endMail(side, cut: false) }
      return
    }
    let code = text.replyCode
    let goesOn = count > 3 && text.u8(3) == Byte.dash
    if side.openCode != 0 {
      line.code = side.openCode
      line.kind = code == side.openCode && !goesOn ? .reply : .replyPart
    } else {
      if code != nil { side.lacksCode = false }
      line.code = code ?? 0
      line.kind = side.lacksCode || code != nil && goesOn ? .replyPart : .reply
    }
    side.openCode = line.kind == .replyPart ? line.code : 0
    sink.dialogueLine(line, bytes: text)
    guard line.kind == .reply else { return }
    switch agreement.reply(line.code) {
    case .lines: break
    case .mail:
      if let client = clientDirection {
        startMail(sides[client], .mail, time: line.time)
      }
    case .tls:
      agreedTime = line.time
      for side in [sides.lower, sides.upper] where side.phase == .lines { side.phase = .afterTLS }
    }
  }

  // MARK: - Mail

  private func startMail(_ side: Side, _ phase: Phase, time: Int64) {
    side.phase = phase
    side.place = .lineStart
    let mail = DialogueMail(direction: side.direction, offset: side.next, time: time)
    side.mail = mail
    sink.mailStart(mail)
  }

  private func endMail(_ side: Side, cut: Bool) {
    // The dot is answered like a command.
    if side.phase == .mail { agreement.unanswered += 1 }
    side.phase = .lines
    side.hasLine = false
    guard var mail = side.mail else { return }
    mail.isCut = cut
    side.mail = nil
    sink.mailEnd(mail)
  }

  private func give(_ side: Side, _ span: RawSpan, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    side.mail?.bytes &+= UInt64(range.count)
    sink.mailData(side.direction, bytes: span.extracting(range))
  }

  /// The dot that was held back is part of the mail.
  private func giveHeldDot(_ side: Side) {
    guard side.place == .dot || side.place == .dotCR else { return }
    let count = side.place == .dot ? 1 : 2
    give(side, unsafe Dialogue.dotBytes.span.bytes, 0..<count)
    side.place = .inLine
  }

  /// Gives mail bytes on up to the line that is a dot; a dot at the start of a line waits until
  /// it is clear what it is.
  private func mail(_ side: Side, _ span: RawSpan, _ start: Int) -> Int {
    var at = start
    var from = start
    let end = span.byteCount
    while at < end {
      switch side.place {
      case .inLine:
        guard let feed = span.firstIndex(of: Byte.lf, from: at, to: end) else {
          at = end
          continue
        }
        at = feed + 1
        side.place = .lineStart
      case .lineStart:
        let byte = span.u8(at)
        if byte == Byte.dot {
          give(side, span, from..<at)
          side.place = .dot
          from = at + 1
        } else if byte != Byte.lf {
          side.place = .inLine
        }
        at += 1
      case .dot, .dotCR:
        let byte = span.u8(at)
        if byte == Byte.lf {
          endMail(side, cut: false)
          return at + 1
        }
        if side.place == .dot, byte == Byte.cr {
          side.place = .dotCR
          at += 1
          from = at
        } else {
          giveHeldDot(side)
          from = at
        }
      }
    }
    give(side, span, from..<end)
    return end
  }
}
