internal import TraceBytes
import TraceModel

/// Reads a telnet session: commands, records of a 3270, lines.
final class TN3270Reader: MessageReader {
  private var session: TerminalSession
  private var exchanges: TerminalExchanges
  /// What the message at a place was, when its secrets were asked for before it is read.
  private var last: (place: MessagePlace, event: TerminalSession.Event)?
  private(set) var isUnsearched = false

  init(_ application: ApplicationProtocol) {
    session = TerminalSession(isRecordMode: application == .tn3270 ? true : nil)
    exchanges = TerminalExchanges(application)
  }

  var client: FlowSide? { session.host?.other }

  /// Logical units of a negotiation (RFC 2355 section 7.1), which stand behind CONNECT and ASSOCIATE.
  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    guard message.byteCount > 7, message.u8(0) == Telnet.iac, message.u8(1) == Telnet.sb,
      message.u8(2) == Telnet.tn3270e, message.u8(3) == 2
    else { return }
    var at = 5
    let end = message.byteCount - 2
    while at < end, message.u8(at) > 1 { at += 1 }
    if at + 1 < end { body(at + 1..<end, .name) }
  }

  func learn(secretNames: [[UInt8]]) { session.screen.names = secretNames }

  // MARK: - Messages

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    var searched = 0
    return frame(bytes, from: side, searched: &searched)
  }

  func frame(_ bytes: RawSpan, from side: FlowSide, searched: inout Int) -> Frame {
    guard bytes.byteCount >= 2 else {
      guard let first = bytes.isEmpty ? nil : bytes.u8(0) else { return .needsMore }
      return session.isRecordMode == false && first != Telnet.iac ? .message(1) : .needsMore
    }
    guard bytes.u8(0) == Telnet.iac else { return data(bytes, &searched) }
    switch bytes.u8(1) {
    case Telnet.iac: return data(bytes, &searched)
    case Telnet.will...Telnet.dont: return .message(3)
    case Telnet.sb: return subnegotiation(bytes, &searched)
    default: return .message(2)
    }
  }

  /// Longest subnegotiation: names of terminals and logical units are short.
  private static let mostOptionBytes = 4096

  private func subnegotiation(_ bytes: RawSpan, _ searched: inout Int) -> Frame {
    searched = max(2, searched)
    // IAC twice is data; anything else but SE is an end, too.
    if let end = Self.command(in: bytes, &searched, where: { $0 != Telnet.iac }) {
      return .message(end)
    }
    return bytes.byteCount < Self.mostOptionBytes ? .needsMore : .noMessage
  }

  /// Where a command of a kind ends; a byte of data that is IAC stands there twice.
  private static func command(
    in bytes: RawSpan, _ searched: inout Int, where isOne: (UInt8) -> Bool
  ) -> Int? {
    while let found = bytes.firstIndex(of: Telnet.iac, from: searched, to: bytes.byteCount) {
      searched = found
      guard found + 1 < bytes.byteCount else { return nil }
      if isOne(bytes.u8(found + 1)) { return found + 2 }
      searched = found + 2
    }
    searched = bytes.byteCount
    return nil
  }

  private func data(_ bytes: RawSpan, _ searched: inout Int) -> Frame {
    if session.isRecordMode ?? !Self.isText(bytes) {
      let end = Self.command(in: bytes, &searched) { $0 == Telnet.eor }
      return end.map { .message($0) } ?? .needsMore
    }
    // A line, or what there is of it.
    for at in 0..<bytes.byteCount {
      switch bytes.u8(at) {
      case Telnet.iac: return .message(max(1, at))
      case Byte.lf: return .message(at + 1)
      case Byte.cr:
        guard at + 1 < bytes.byteCount else { return .message(at + 1) }
        let next = bytes.u8(at + 1)
        return .message(next == Byte.lf || next == 0 ? at + 2 : at + 1)
      default: break
      }
    }
    return .message(bytes.byteCount)
  }

  /// Whether bytes begin as text does, not as a 3270 record.
  private static func isText(_ bytes: RawSpan) -> Bool {
    guard Signs3270.recognise(bytes) == nil else { return false }
    for at in 0..<min(bytes.byteCount, 16) {
      let byte = bytes.u8(at)
      guard
        byte == Telnet.iac || byte >= 0x20 && byte < 0x7F || byte >= 0x07 && byte <= 0x0D
          || byte == 0x1B
      else { return false }
      if byte == Telnet.iac { break }
    }
    return true
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    let event = session.take(message, from: place.side, mark: mark)
    isUnsearched = session.isUnsearched
    last = (place, event)
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    let event: TerminalSession.Event
    if let last, last.place == place {
      event = last.event
    } else {
      event = session.take(message, from: place.side) { _ in }
    }
    last = nil
    exchanges.take(event, message, place, session, into: sink)
  }

  func gap(_ side: FlowSide) {
    session.gap(side)
    exchanges.gap(side)
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    exchanges.finish(how.missing, into: sink)
  }
}
