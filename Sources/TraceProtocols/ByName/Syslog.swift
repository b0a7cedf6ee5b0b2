internal import TraceBytes

/// Syslog over TCP, with a count before each message (RFC 6587 section 3.4.1) or without one.
enum Syslog {
  static let room = ProtocolRoom(
    .syslog, dissector: Dissector("syslog", decodeAs: "syslog", ports: [514]), recognise: recognise)

  /// A count, a blank and a priority; or a priority and a version or a month.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    var at = 0
    while at < bytes.byteCount, at < 6, Byte.isDigit(bytes.u8(at)) { at += 1 }
    if at > 0 {
      guard bytes.u8(0) != Byte.zero, at < 6, at < bytes.byteCount, bytes.u8(at) == Byte.space
      else { return nil }
      return priority(bytes, at + 1) == nil ? nil : Recognition(.certain, fromClient: true)
    }
    guard let end = priority(bytes, 0) else { return nil }
    if bytes.has("1 ", at: end) { return Recognition(.certain, fromClient: true) }
    let months: [StaticString] = [
      "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ",
      "Dec ",
    ]
    for month in months where bytes.has(month, at: end) {
      return Recognition(.certain, fromClient: true)
    }
    return nil
  }

  /// A datagram of it: a priority and text, whatever it is (RFC 3164 section 4.3).
  static func isDatagram(_ bytes: RawSpan) -> Bool {
    guard let start = priority(bytes, 0), start < bytes.byteCount else { return false }
    for at in start..<bytes.byteCount where bytes.u8(at) < 0x20 && !Byte.isBlank(bytes.u8(at)) {
      return false
    }
    return true
  }

  /// `<29>`: facility and severity, at most 191 (RFC 5424 section 6.2.1). Where it ends.
  private static func priority(_ bytes: RawSpan, _ start: Int) -> Int? {
    guard start < bytes.byteCount, bytes.u8(start) == 0x3C else { return nil }
    var at = start + 1
    var value = 0
    while at < bytes.byteCount, at < start + 4, Byte.isDigit(bytes.u8(at)) {
      value = value * 10 + Int(bytes.u8(at) &- Byte.zero)
      at += 1
    }
    guard at > start + 1, value <= 191, at < bytes.byteCount, bytes.u8(at) == 0x3E else {
      return nil
    }
    return at + 1
  }
}
