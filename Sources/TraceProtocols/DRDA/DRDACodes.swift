/// Codes of replies in words.
///
/// Source: Formats/drda.md.
enum DRDACodes {
  /// What a security check came to: SECCHKCD.
  static func securityCheck(_ code: UInt8) -> StaticString? {
    switch code {
    case 0x00: "ok"
    case 0x01: "mechanism not supported"
    case 0x0B: "token missing or invalid"
    case 0x0E: "password expired"
    case 0x0F: "password invalid"
    case 0x10: "password missing"
    case 0x12: "user missing"
    case 0x13: "user invalid"
    case 0x14: "user revoked"
    case 0x15: "new password invalid"
    default: nil
    }
  }

  /// Mechanism of security: SECMEC.
  static func mechanism(_ code: UInt16) -> StaticString? {
    switch code {
    case 1: "DCE"
    case 3: "user and password"
    case 4: "user only"
    case 5: "user, password and new password"
    case 6: "password substitute"
    case 7: "user and encrypted password"
    case 8: "strong password substitute"
    case 9: "encrypted user and password"
    case 10: "encrypted user, password and new password"
    case 11: "Kerberos"
    case 18: "TLS client certificate"
    default: nil
    }
  }

  /// What a reply says that refuses or ends something; nil for one that does not.
  static func failure(_ code: DDMCode) -> StaticString? {
    switch code {
    case .prccnvrm: "protocol error"
    case .syntaxrm: "data stream is not well-formed"
    case .cmdchkrm: "command check"
    case .agnprmrm: "permanent error of the agent"
    case .cmdathrm: "not authorised to the command"
    case .rdbnfnrm: "no such database"
    case .rdbathrm: "not authorised to the database"
    case .rdbnacrm: "database is not connected"
    case .rdbaflrm: "database could not be connected"
    case .rdbaccrm: "database is connected already"
    case .rsclmtrm: "resource limit reached"
    case .cmdnsprm: "command not supported"
    case .prmnsprm: "parameter not supported"
    case .valnsprm: "value not supported"
    case .objnsprm: "object not supported"
    case .trgnsprm: "target not supported"
    case .mgrlvlrm: "manager level not supported"
    case .mgrdeprm: "manager dependency not met"
    case .pkgbparm: "a bind is under way"
    case .pkgbnarm: "no bind is under way"
    case .bgnbndrm: "bind could not begin"
    case .opnqflrm: "query could not be opened"
    case .qrynoprm: "query is not open"
    case .qrypoprm: "query is open already"
    case .dtamchrm: "data do not match their description"
    case .cmmrqsrm: "commit or rollback is needed"
    case .cmdvltrm: "command not allowed here"
    case .abnuowrm: "unit of work rolled back"
    case .sqlerrrm: "SQL error"
    default: nil
    }
  }

  /// Severity of a reply: SVRCOD.
  static func severity(_ code: UInt16) -> StaticString? {
    switch code {
    case 0: "information"
    case 4: "warning"
    case 8: "error"
    case 16: "severe error"
    case 32: "access damage"
    case 64: "permanent damage"
    case 128: "session damage"
    default: nil
    }
  }

  /// A command in the word people use.
  static func verb(_ code: DDMCode) -> String {
    switch code {
    case .excsat, .accsec: "NEGOTIATE"
    case .secchk: "LOGON"
    case .accrdb: "CONNECT"
    case .prpsqlstt: "PREPARE"
    case .excsqlstt, .excsqlimm: "EXECUTE"
    case .excsqlset: "SET"
    case .dscsqlstt: "DESCRIBE"
    case .opnqry: "OPEN"
    case .cntqry: "FETCH"
    case .clsqry: "CLOSE"
    case .rdbcmm: "COMMIT"
    case .rdbrllbck: "ROLLBACK"
    case .bgnbnd, .bndsqlstt, .endbnd, .bndcpy, .bnddply: "BIND"
    case .rebind: "REBIND"
    case .drppkg: "DROP PACKAGE"
    case .dscrdbtbl: "DESCRIBE TABLE"
    case .intrdbrqs: "INTERRUPT"
    case .syncctl, .syncrsy, .synclog: "SYNC"
    default: code.text
    }
  }

  /// A product and its release: `DSN12015` is Db2 for z/OS 12.1.5.
  static func product(_ id: String) -> String {
    let bytes = Array(id.utf8)
    guard bytes.count == 8, bytes[3...7].allSatisfy({ Byte.isDigit($0) }) else { return id }
    let digits = bytes[3...].map { Int($0) - 0x30 }
    let release = "\(digits[0] * 10 + digits[1]).\(digits[2] * 10 + digits[3]).\(digits[4])"
    switch id.prefix(3) {
    case "DSN": return "\(id), Db2 for z/OS \(release)"
    case "SQL": return "\(id), Db2 LUW \(release)"
    case "QSQ": return "\(id), Db2 for i \(release)"
    case "ARI": return "\(id), Db2 for VM and VSE \(release)"
    case "JCC": return "\(id), JDBC driver \(release)"
    case "CSS": return "\(id), Derby \(release)"
    case "DNC": return "\(id), Derby client \(release)"
    default: return id
    }
  }
}
