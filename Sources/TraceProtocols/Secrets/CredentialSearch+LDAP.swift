internal import TraceBytes

extension CredentialSearch {
  private enum Tag {
    /// BindRequest, [APPLICATION 0].
    static let bindRequest: UInt8 = 0x60
    static let octetString: UInt8 = 0x04
    static let simple: UInt8 = 0x80
    static let sasl: UInt8 = 0xA3
  }

  /// The password of an LDAP bind whose version stands at `place`: of a simple one, and the
  /// credentials of a SASL one. Gives the place to go on from.
  ///
  ///     60 len  02 01 version  04 len name  80 len password
  ///                                         A3 len 04 len mechanism 04 len credentials
  ///
  /// Source: RFC 4511 section 4.2; lengths are BER (X.690 section 8.1.3), short or long.
  mutating func bind(_ bytes: RawSpan, _ place: Int, _ trail: inout Trail) -> Int {
    guard let end = requestEnd(bytes, place), let name = Self.length(bytes, place + 4) else {
      return place + 1
    }
    let choice = name.start + name.count
    guard choice < end, choice < bytes.byteCount else { return place + 1 }
    let tag = bytes.u8(choice)
    guard var secret = Self.length(bytes, choice + 1), secret.start + secret.count <= end else {
      return place + 1
    }
    if tag == Tag.sasl {
      let bound = secret.start + secret.count
      guard let mechanism = Self.string(bytes, secret.start),
        let credentials = Self.string(bytes, mechanism.start + mechanism.count),
        credentials.start + credentials.count <= bound
      else { return place + 1 }
      secret = credentials
    } else if tag != Tag.simple {
      return place + 1
    }
    var value = CredentialValue(.counted(secret.count), isEBCDIC: false)
    return take(&value, bytes, from: min(secret.start, bytes.byteCount), &trail)
  }

  /// Where the request ends, by the tag and length in front of the version.
  private func requestEnd(_ bytes: RawSpan, _ version: Int) -> Int? {
    for size in 1...5 {
      let tag = version - 1 - size
      guard tag >= 0 else { return nil }
      guard bytes.u8(tag) == Tag.bindRequest, let length = Self.length(bytes, tag + 1),
        length.start == version
      else { continue }
      return version + length.count
    }
    return nil
  }

  /// An octet string at `at`, by the place and number of its bytes.
  private static func string(_ bytes: RawSpan, _ at: Int) -> (start: Int, count: Int)? {
    guard at < bytes.byteCount, bytes.u8(at) == Tag.octetString else { return nil }
    return length(bytes, at + 1)
  }

  /// A length of up to four bytes, and where what it measures begins.
  private static func length(_ bytes: RawSpan, _ at: Int) -> (start: Int, count: Int)? {
    guard at < bytes.byteCount else { return nil }
    let first = bytes.u8(at)
    guard first >= 0x80 else { return (at + 1, Int(first)) }
    let size = Int(first & 0x7F)
    guard (1...4).contains(size), at + 1 + size <= bytes.byteCount else { return nil }
    var count = 0
    for offset in 1...size { count = count << 8 | Int(bytes.u8(at + offset)) }
    return (at + 1 + size, count)
  }
}
