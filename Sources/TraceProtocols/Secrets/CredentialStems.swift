internal import TraceBytes

/// A quick look for the places where a credential may be named.
///
/// Every name, verb and sign that introduces one contains a stem of four bytes: `pass`, `toke`,
/// `pin=`. What is found is looked at closely.
struct CredentialStems {
  static let shared = CredentialStems()

  private var table = StemTable<UInt16>()

  /// The first place at or after `start` that a stem may begin at; nil when there is none.
  func next(_ bytes: RawSpan, from start: Int) -> Int? { table.next(bytes, from: start)?.place }

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
    for isEBCDIC in [false, true] {
      let bytes = { (stem: String) in stem.utf8.map { Self.variants($0, isEBCDIC) } }
      for (number, stems) in Self.groups.enumerated() {
        for stem in stems { table.add(bytes(stem), 1 << UInt16(number)) }
      }
      table.add(bytes("ied "), Self.identifiedGroup)
      // `://` and the first character behind it.
      let (colon, slash): (UInt8, UInt8) = isEBCDIC ? (0x7A, 0x61) : (0x3A, 0x2F)
      table.add([[colon], [slash], [slash], Array(0...255)], Self.uriGroup)
    }
    // The version of an LDAP bind, 2 or 3, and the tag of the name (RFC 4511 section 4.2).
    table.add([[0x02], [0x01], [0x02, 0x03], [0x04]], Self.bindGroup)
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
