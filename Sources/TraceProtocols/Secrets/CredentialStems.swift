internal import TraceBytes

/// A quick look for the places where a credential may be named.
///
/// Every name, verb and sign that introduces one contains a stem of four bytes: `pass`, `toke`,
/// `pin=`. A table of all pairs of bytes says of each pair whether it begins a stem, another whether
/// it ends one; a stem is where both agree. That is two loads for each byte whatever it is, and no
/// branch, for ASCII and EBCDIC at once. What it finds is looked at closely.
struct CredentialStems {
  /// For each pair (first byte in the low half), the groups of stems that begin and end with it.
  private let begins: [UInt16]
  private let ends: [UInt16]

  static let shared = CredentialStems()

  /// The first place at or after `start` that a stem may begin at; nil when there is none.
  func next(_ bytes: RawSpan, from start: Int) -> Int? {
    let last = bytes.byteCount - 4
    guard start <= last else { return nil }
    return unsafe begins.withUnsafeBufferPointer { begins in
      unsafe ends.withUnsafeBufferPointer { ends in
        unsafe bytes.withUnsafeBytes { source in
          var at = start
          while at &+ 3 <= last {
            let a = unsafe Self.hit(source, at, begins, ends)
            let b = unsafe Self.hit(source, at &+ 1, begins, ends)
            let c = unsafe Self.hit(source, at &+ 2, begins, ends)
            let d = unsafe Self.hit(source, at &+ 3, begins, ends)
            if a | b | c | d != 0 { return at + (a != 0 ? 0 : b != 0 ? 1 : c != 0 ? 2 : 3) }
            at &+= 4
          }
          while at <= last {
            if unsafe Self.hit(source, at, begins, ends) != 0 { return at }
            at &+= 1
          }
          return nil
        }
      }
    }
  }

  @inline(__always)
  private static func hit(
    _ source: UnsafeRawBufferPointer, _ at: Int, _ begins: UnsafeBufferPointer<UInt16>,
    _ ends: UnsafeBufferPointer<UInt16>
  ) -> UInt16 {
    let first = unsafe source.loadUnaligned(fromByteOffset: at, as: UInt16.self).littleEndian
    let second = unsafe source.loadUnaligned(fromByteOffset: at &+ 2, as: UInt16.self).littleEndian
    return unsafe begins[Int(first)] & ends[Int(second)]
  }

  // MARK: - The tables

  /// Stems by group; those of one group are so unlike that one's beginning with another's end is no
  /// word. A full stop stands for whatever may follow a whole name, a dash for what joins two words.
  private static let groups: [[String]] = [
    ["pass", "ltpa"],
    ["toke", "saml"],
    ["secr", "gnat"],
    ["auth", "vate"],
    ["cook", "apop"],
    ["sess", "adat"],
    ["cred", "acct"],
    ["apik", "ap-k", "api-"],
    ["skey", "s-ke", "t-ke"],
    ["pin.", "sig.", "otp."],
    ["pwd.", "sid.", "jwt."],
    // The third is in `using`, behind the user of an SQL CONNECT.
    ["psw.", "-ver", "usin", "rtio"],
    // Followed by a blank: USER of FTP and POP, LOGIN of IMAP.
    ["ser ", "gin "],
  ]
  /// `IDENTIFIED BY` of SQL.
  private static let identifiedGroup = UInt16(1) << 15
  private static let uriGroup = UInt16(1) << 13
  private static let bindGroup = UInt16(1) << 14

  private init() {
    var begins = [UInt16](repeating: 0, count: 65_536)
    var ends = begins
    func add(_ first: [UInt8], _ second: [UInt8], _ table: inout [UInt16], _ group: UInt16) {
      for one in first {
        for two in second { table[Int(one) | Int(two) << 8] |= group }
      }
    }
    for (number, stems) in Self.groups.enumerated() {
      for stem in stems {
        for isEBCDIC in [false, true] {
          let bytes = stem.utf8.map { Self.variants($0, isEBCDIC) }
          add(bytes[0], bytes[1], &begins, 1 << UInt16(number))
          add(bytes[2], bytes[3], &ends, 1 << UInt16(number))
        }
      }
    }
    for isEBCDIC in [false, true] {
      let bytes = "ied ".utf8.map { Self.variants($0, isEBCDIC) }
      add(bytes[0], bytes[1], &begins, Self.identifiedGroup)
      add(bytes[2], bytes[3], &ends, Self.identifiedGroup)
    }
    // `://` and the first character behind it.
    for (colon, slash) in [(0x3A, 0x2F), (0x7A, 0x61)] as [(UInt8, UInt8)] {
      add([colon], [slash], &begins, Self.uriGroup)
      add([slash], Array(0...255), &ends, Self.uriGroup)
    }
    // The version of an LDAP bind, 2 or 3, and the tag of the name (RFC 4511 section 4.2).
    add([0x02], [0x01], &begins, Self.bindGroup)
    add([0x02, 0x03], [0x04], &ends, Self.bindGroup)
    self.begins = begins
    self.ends = ends
  }

  /// The bytes that a character of a stem stands for. Letters and digits have the same bytes in all
  /// EBCDIC code pages.
  private static func variants(_ character: UInt8, _ isEBCDIC: Bool) -> [UInt8] {
    let characters: [UInt8] =
      switch character {
      case Byte.dot: Array(" \t\r\"'=:>]%,;".utf8)
      case Byte.dash: Array("-_.".utf8)
      case 0x61...0x7A: [character, character ^ 0x20]
      default: [character]
      }
    guard isEBCDIC else { return characters }
    return characters.compactMap { wanted in
      CodePage.ibm1047.scalars.firstIndex(of: UInt16(wanted)).map { UInt8($0) }
    }
  }
}
