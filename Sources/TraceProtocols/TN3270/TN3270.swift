internal import TraceBytes

/// 3270 sessions over telnet, with TN3270E or without. Source: RFC 854, 885, 1576, 2355, GA23-0059; see
/// Formats/tn3270.md.
enum TN3270 {
  static let room = ProtocolRoom(
    .tn3270, dissector: Dissector("telnet", decodeAs: "telnet", ports: [23]), recognise: recognise,
    makeReader: { TN3270Reader(.tn3270) })

  /// A negotiation that names a 3270, or a record of one.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    if let negotiation = Telnet.negotiation(bytes) {
      return negotiation.is3270 ? Recognition(.certain, fromClient: negotiation.fromClient) : nil
    }
    return Signs3270.recognise(bytes)
  }
}

/// Telnet without a 3270: lines, or keys one by one.
enum LineTelnet {
  static let room = ProtocolRoom(
    .telnet, dissector: Dissector("telnet", decodeAs: "telnet", ports: [23]), recognise: recognise,
    makeReader: { TN3270Reader(.telnet) })

  /// A negotiation, or the question for a name or a password.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    if let negotiation = Telnet.negotiation(bytes) {
      guard !negotiation.is3270 else { return nil }
      return Recognition(
        negotiation.isSure ? .certain : .likely, fromClient: negotiation.fromClient)
    }
    // Text before the first question, then the question; other words ask for names elsewhere, too.
    let range = 0..<min(bytes.byteCount, 64)
    guard let place = TextCoding.ascii.firstIndex(of: "LOGIN: ", bytes, range) else { return nil }
    for at in 0..<place where bytes.u8(at) < 0x20 || bytes.u8(at) >= 0x7F {
      guard bytes.u8(at) == Byte.cr || bytes.u8(at) == Byte.lf else { return nil }
    }
    // Finger has the words too, and goes on with what it knows of a user.
    let isAsked = place + 7 == bytes.byteCount
    guard isAsked || TextCoding.ascii.firstIndex(of: "PASSWORD", bytes, range) != nil else {
      return nil
    }
    return Recognition(.likely, fromClient: false)
  }
}

extension Telnet {
  /// What a stream that begins with IAC, a verb and an option tells.
  struct Negotiation {
    /// Whether TN3270E (RFC 2355) or an IBM terminal type (RFC 1576) is in it.
    var is3270 = false
    var isSure = false
    var fromClient: Bool?
  }

  static func negotiation(_ bytes: RawSpan) -> Negotiation? {
    let count = bytes.byteCount
    guard count >= 2, bytes.u8(0) == iac, bytes.u8(1) >= sb, bytes.u8(1) < iac else { return nil }
    var found = Negotiation()
    guard count >= 3 else { return found }
    found.isSure = bytes.u8(2) <= 49 || bytes.u8(2) == iac
    for at in 0..<count - 2
    where bytes.u8(at) == iac && bytes.u8(at + 1) >= sb && bytes.u8(at + 1) < iac {
      let (verb, option) = (bytes.u8(at + 1), bytes.u8(at + 2))
      if option == tn3270e { found.is3270 = true }
      guard found.fromClient == nil, option == tn3270e || option == terminalType else { continue }
      // Only a host asks for these, only a terminal offers them.
      if verb == 0xFD { found.fromClient = false }
      if verb == will { found.fromClient = true }
      if verb == sb, option == terminalType, at + 3 < count {
        found.fromClient = bytes.u8(at + 3) == 0
      }
    }
    if bytes.firstIndex(of: "IBM-327", from: 0, to: count) != nil { found.is3270 = true }
    return found
  }
}
