internal import TraceBytes

/// LDAP, version 3. Source: RFC 4511.
enum LDAP {
  static let room = ProtocolRoom(
    .ldap, dissector: Dissector("ldap", decodeAs: "ldap", ports: [389, 3268]), recognise: recognise,
    makeReader: { LDAPReader() })

  /// A message: a sequence of a number and an operation, whose lengths agree.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard let message = LDAPMessage(bytes) else { return nil }
    return Recognition(.certain, fromClient: message.operation.isRequest)
  }
}

/// The envelope of an operation (RFC 4511 section 4.1.1).
struct LDAPMessage {
  let number: Int64
  let operation: LDAPCodes.Operation
  let body: BER
  /// Bytes of all of it.
  let length: Int

  /// The message that the bytes begin with; it may be longer than they are.
  init?(_ bytes: RawSpan) {
    let all = 0..<bytes.byteCount
    guard let outer = BER(bytes, at: 0, in: all), outer.tag == 0x30,
      let id = BER(bytes, at: outer.value.lowerBound, in: all), id.tag == 2, id.value.count <= 4,
      let number = id.number(bytes), number >= 0,
      let body = BER(bytes, at: id.value.upperBound, in: all),
      let operation = LDAPCodes.Operation(rawValue: body.tag),
      body.value.upperBound <= outer.value.upperBound
    else { return nil }
    // Nothing but controls follows an operation.
    let end = body.value.upperBound
    if end < min(outer.value.upperBound, bytes.byteCount), bytes.u8(end) != 0xA0 { return nil }
    self.number = number
    self.operation = operation
    self.body = body
    length = outer.value.upperBound
  }
}
