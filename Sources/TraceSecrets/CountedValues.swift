internal import TraceBytes
internal import TraceProtocols

/// Secrets in units that are no text: a name with its length in front, then a value with its own.
enum CountedValues {
  /// Attributes of LDAP and literal fields of HTTP/2: a name with its length, then a value with its own.
  static func mask(_ unit: [UInt8], _ fills: inout [UInt8]) {
    let ascii = CredentialText(translate: nil)
    var at = 0
    while at + 4 < unit.count {
      let length = Int(unit[at])
      let name = at + 1..<at + 1 + length
      guard length >= 3, length < 64, at > 0, Self.isTag(unit[at - 1]),
        name.upperBound < unit.count, Self.isNameByte(unit[at + 1]),
        Self.isNameByte(unit[name.upperBound - 1]),
        name.allSatisfy({ Self.isNameByte(unit[$0]) }),
        unsafe SecretName.matches(ascii, unit.span.bytes, name)
          || CredentialLocator.isSecretField(ascii, unit.span.bytes, name)
      else {
        at += 1
        continue
      }
      let values =
        unit[at - 1] == 0x04
        ? BERValues.values(unit, name.upperBound) : Self.counted(unit, name.upperBound)
      for value in values { for place in value { fills[place] = 0x2A } }
      at = name.upperBound
    }
    for value in BERValues.passwordModify(unit) { for place in value { fills[place] = 0x2A } }
  }

  /// A value of HPACK that is not compressed (RFC 7541 section 5.2).
  private static func counted(_ unit: [UInt8], _ at: Int) -> [Range<Int>] {
    guard at < unit.count, unit[at] > 0, unit[at] < 0x7F else { return [] }
    let value = at + 1..<min(unit.count, at + 1 + Int(unit[at]))
    return value.allSatisfy { unit[$0] >= 0x20 && unit[$0] < 0x7F } ? [value] : []
  }

  /// What stands in front of a name with its length: an octet string of BER, a literal of HPACK.
  private static func isTag(_ byte: UInt8) -> Bool {
    byte == 0x04 || byte == 0x00 || byte == 0x10 || byte == 0x40
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x5F || byte == 0x3B
  }
}

/// Values of LDAP messages, whose lengths are BER. Source: RFC 4511 section 4.1.7, RFC 3062.
enum BERValues {
  /// A length, and where what it measures begins.
  static func length(_ bytes: [UInt8], _ at: Int) -> Range<Int>? {
    guard at < bytes.count else { return nil }
    let first = Int(bytes[at])
    if first < 0x80 { return at + 1..<at + 1 + first }
    let size = first & 0x7F
    guard (1...4).contains(size), at + size < bytes.count else { return nil }
    var count = 0
    for index in 1...size { count = count << 8 | Int(bytes[at + index]) }
    return at + 1 + size..<at + 1 + size + count
  }

  /// The values of the attribute whose name ends at `start`: one, or a set of them.
  static func values(_ bytes: [UInt8], _ start: Int) -> [Range<Int>] {
    guard start < bytes.count, let whole = length(bytes, start + 1) else { return [] }
    if bytes[start] == 0x04 { return [whole.clamped(to: 0..<bytes.count)] }
    guard bytes[start] == 0x31 else { return [] }
    var values: [Range<Int>] = []
    var at = whole.lowerBound
    while at < min(whole.upperBound, bytes.count), bytes[at] == 0x04,
      let value = length(bytes, at + 1)
    {
      values.append(value.clamped(to: 0..<bytes.count))
      at = value.upperBound
    }
    return values
  }

  private static let operation = Array("1.3.6.1.4.1.4203.1.11.1".utf8)

  /// The old and the new password of a password modify request.
  static func passwordModify(_ bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count > operation.count + 6, bytes[0] == 0x30 else { return [] }
    for start in 0..<min(64, bytes.count - operation.count)
    where bytes[start] == operation[0] && Array(bytes[start..<start + operation.count]) == operation
    {
      let tag = start + operation.count
      guard tag < bytes.count, bytes[tag] == 0x81, let value = length(bytes, tag + 1),
        value.lowerBound < bytes.count, bytes[value.lowerBound] == 0x30,
        let sequence = length(bytes, value.lowerBound + 1)
      else { return [] }
      var found: [Range<Int>] = []
      var at = sequence.lowerBound
      while at < bytes.count, let field = length(bytes, at + 1) {
        if bytes[at] == 0x81 || bytes[at] == 0x82 {
          found.append(field.clamped(to: 0..<bytes.count))
        }
        at = max(at + 2, field.upperBound)
      }
      return found
    }
    return []
  }
}
