internal import TraceBytes

/// Code points of DDM and DRDA that have a name here; others are values as well.
///
/// Source: Formats/drda.md.
struct DDMCode: RawRepresentable, Equatable, Sendable {
  var rawValue: UInt16

  static let excsat = DDMCode(rawValue: 0x1041)
  static let excsatrd = DDMCode(rawValue: 0x1443)
  static let accsec = DDMCode(rawValue: 0x106D)
  static let accsecrd = DDMCode(rawValue: 0x14AC)
  static let secchk = DDMCode(rawValue: 0x106E)
  static let secchkrm = DDMCode(rawValue: 0x1219)
  static let accrdb = DDMCode(rawValue: 0x2001)
  static let accrdbrm = DDMCode(rawValue: 0x2201)
  static let intrdbrqs = DDMCode(rawValue: 0x2003)
  static let syncctl = DDMCode(rawValue: 0x1055)
  static let syncrsy = DDMCode(rawValue: 0x106F)
  static let synclog = DDMCode(rawValue: 0x1069)
  static let prpsqlstt = DDMCode(rawValue: 0x200D)
  static let excsqlstt = DDMCode(rawValue: 0x200B)
  static let excsqlimm = DDMCode(rawValue: 0x200A)
  static let excsqlset = DDMCode(rawValue: 0x2014)
  static let dscsqlstt = DDMCode(rawValue: 0x2008)
  static let opnqry = DDMCode(rawValue: 0x200C)
  static let cntqry = DDMCode(rawValue: 0x2006)
  static let clsqry = DDMCode(rawValue: 0x2005)
  static let rdbcmm = DDMCode(rawValue: 0x200E)
  static let rdbrllbck = DDMCode(rawValue: 0x200F)
  static let bgnbnd = DDMCode(rawValue: 0x2002)
  static let bndsqlstt = DDMCode(rawValue: 0x2004)
  static let endbnd = DDMCode(rawValue: 0x2009)
  static let rebind = DDMCode(rawValue: 0x2010)
  static let drppkg = DDMCode(rawValue: 0x2007)
  static let dscrdbtbl = DDMCode(rawValue: 0x2012)
  static let bndcpy = DDMCode(rawValue: 0x2015)
  static let bnddply = DDMCode(rawValue: 0x2016)
  static let sqlstt = DDMCode(rawValue: 0x2414)
  static let sqlattr = DDMCode(rawValue: 0x2450)
  static let sqldta = DDMCode(rawValue: 0x2412)
  static let sqldtard = DDMCode(rawValue: 0x2413)
  static let sqlcard = DDMCode(rawValue: 0x2408)
  static let sqldard = DDMCode(rawValue: 0x2411)
  static let qrydta = DDMCode(rawValue: 0x241B)
  static let extdta = DDMCode(rawValue: 0x146C)
  static let fdodta = DDMCode(rawValue: 0x147A)
  static let sqlrslrd = DDMCode(rawValue: 0x240E)
  static let opnqryrm = DDMCode(rawValue: 0x2205)
  static let opnqflrm = DDMCode(rawValue: 0x2212)
  static let endqryrm = DDMCode(rawValue: 0x220B)
  static let enduowrm = DDMCode(rawValue: 0x220C)
  static let abnuowrm = DDMCode(rawValue: 0x220D)
  static let rslsetrm = DDMCode(rawValue: 0x2219)
  static let sqlerrrm = DDMCode(rawValue: 0x2213)
  static let qrynoprm = DDMCode(rawValue: 0x2202)
  static let qrypoprm = DDMCode(rawValue: 0x220F)
  static let rdbaccrm = DDMCode(rawValue: 0x2207)
  static let bgnbndrm = DDMCode(rawValue: 0x2208)
  static let dtamchrm = DDMCode(rawValue: 0x220A)
  static let cmmrqsrm = DDMCode(rawValue: 0x2215)
  static let cmdvltrm = DDMCode(rawValue: 0x2225)
  static let prccnvrm = DDMCode(rawValue: 0x1245)
  static let syntaxrm = DDMCode(rawValue: 0x124C)
  static let cmdchkrm = DDMCode(rawValue: 0x1254)
  static let agnprmrm = DDMCode(rawValue: 0x1232)
  static let cmdathrm = DDMCode(rawValue: 0x121C)
  static let rdbnfnrm = DDMCode(rawValue: 0x2211)
  static let rdbathrm = DDMCode(rawValue: 0x22CB)
  static let rdbnacrm = DDMCode(rawValue: 0x2204)
  static let rdbaflrm = DDMCode(rawValue: 0x221A)
  static let rsclmtrm = DDMCode(rawValue: 0x1233)
  static let cmdnsprm = DDMCode(rawValue: 0x1250)
  static let prmnsprm = DDMCode(rawValue: 0x1251)
  static let valnsprm = DDMCode(rawValue: 0x1252)
  static let objnsprm = DDMCode(rawValue: 0x1253)
  static let mgrlvlrm = DDMCode(rawValue: 0x1210)
  static let mgrdeprm = DDMCode(rawValue: 0x1218)
  static let trgnsprm = DDMCode(rawValue: 0x125F)
  static let pkgbparm = DDMCode(rawValue: 0x2209)
  static let pkgbnarm = DDMCode(rawValue: 0x2206)
  static let extnam = DDMCode(rawValue: 0x115E)
  static let srvnam = DDMCode(rawValue: 0x116D)
  static let srvrlslv = DDMCode(rawValue: 0x115A)
  static let srvclsnm = DDMCode(rawValue: 0x1147)
  static let mgrlvlls = DDMCode(rawValue: 0x1404)
  static let rdbnam = DDMCode(rawValue: 0x2110)
  static let prdid = DDMCode(rawValue: 0x112E)
  static let pkgnamcsn = DDMCode(rawValue: 0x2113)
  static let prcnam = DDMCode(rawValue: 0x2138)
  static let crrtkn = DDMCode(rawValue: 0x2135)
  static let svrcod = DDMCode(rawValue: 0x1149)
  static let usrid = DDMCode(rawValue: 0x11A0)
  static let password = DDMCode(rawValue: 0x11A1)
  static let newpassword = DDMCode(rawValue: 0x11DE)
  static let sectkn = DDMCode(rawValue: 0x11DC)
  static let secmec = DDMCode(rawValue: 0x11A2)
  static let secchkcd = DDMCode(rawValue: 0x11A4)
  static let uowdsp = DDMCode(rawValue: 0x2115)
  static let typdefnam = DDMCode(rawValue: 0x002F)
  static let typdefovr = DDMCode(rawValue: 0x0035)
  static let ccsidsbc = DDMCode(rawValue: 0x119C)
  static let ccsidmbc = DDMCode(rawValue: 0x119E)
  static let prccnvcd = DDMCode(rawValue: 0x113F)
  static let synerrcd = DDMCode(rawValue: 0x114A)

  /// The name of the architecture, nil for a code point that is not known here.
  var name: String? { Self.names[rawValue] }

  var isKnown: Bool { Self.names[rawValue] != nil }

  /// The name, or the number with the word unknown.
  var text: String { name ?? "unknown code point \(Hex.text(rawValue, digits: 4))" }

  /// The name of a manager, in a list of levels.
  var manager: String {
    switch rawValue {
    case 0x1403: "AGENT"
    case 0x2407: "SQLAM"
    case 0x240F: "RDB"
    case 0x1440: "SECMGR"
    case 0x1474: "CMNTCPIP"
    case 0x1444: "CMNAPPC"
    case 0x147C: "CMNSYNCPT"
    case 0x14C0: "SYNCPTMGR"
    case 0x14C1: "RSYNCMGR"
    case 0x1C01: "XAMGR"
    case 0x1C08: "UNICODEMGR"
    case 0x14CC: "CCSIDMGR"
    default: "unknown manager \(Hex.text(rawValue, digits: 4))"
    }
  }

  /// Whether only clients, or only servers, send such an object. A server sends statements too: those that
  /// set its special registers.
  var fromClient: Bool? {
    if Self.clients.contains(rawValue) { return true }
    return Self.servers.contains(rawValue) ? false : nil
  }

  // swift-format-ignore
  private static let names: [UInt16: String] = [
    0x1041: "EXCSAT", 0x1443: "EXCSATRD", 0x106D: "ACCSEC", 0x14AC: "ACCSECRD", 0x106E: "SECCHK",
    0x1219: "SECCHKRM", 0x2001: "ACCRDB", 0x2201: "ACCRDBRM", 0x2003: "INTRDBRQS", 0x1055: "SYNCCTL",
    0x106F: "SYNCRSY", 0x1248: "SYNCCRD", 0x126D: "SYNCRRD", 0x1069: "SYNCLOG", 0x200D: "PRPSQLSTT",
    0x200B: "EXCSQLSTT", 0x200A: "EXCSQLIMM", 0x2014: "EXCSQLSET", 0x2008: "DSCSQLSTT", 0x200C: "OPNQRY",
    0x2006: "CNTQRY", 0x2005: "CLSQRY", 0x200E: "RDBCMM", 0x200F: "RDBRLLBCK", 0x2002: "BGNBND",
    0x2004: "BNDSQLSTT", 0x2009: "ENDBND", 0x2010: "REBIND", 0x2007: "DRPPKG", 0x2012: "DSCRDBTBL",
    0x2015: "BNDCPY", 0x2016: "BNDDPLY", 0x2414: "SQLSTT", 0x2450: "SQLATTR", 0x2412: "SQLDTA",
    0x2419: "SQLSTTVRB", 0x2405: "BNDOPT", 0x2413: "SQLDTARD", 0x2408: "SQLCARD", 0x2411: "SQLDARD",
    0x241A: "QRYDSC", 0x241B: "QRYDTA", 0x146C: "EXTDTA", 0x147A: "FDODTA", 0x0010: "FDODSC",
    0x240B: "SQLCINRD", 0x240E: "SQLRSLRD", 0x2205: "OPNQRYRM", 0x2212: "OPNQFLRM", 0x220B: "ENDQRYRM",
    0x220C: "ENDUOWRM", 0x220D: "ABNUOWRM", 0x2218: "RDBUPDRM", 0x2219: "RSLSETRM", 0x2213: "SQLERRRM",
    0x2202: "QRYNOPRM", 0x220F: "QRYPOPRM", 0x2207: "RDBACCRM", 0x2208: "BGNBNDRM", 0x220A: "DTAMCHRM",
    0x2215: "CMMRQSRM", 0x2225: "CMDVLTRM", 0x1245: "PRCCNVRM", 0x124C: "SYNTAXRM", 0x1254: "CMDCHKRM",
    0x1232: "AGNPRMRM", 0x121C: "CMDATHRM", 0x2211: "RDBNFNRM", 0x22CB: "RDBATHRM", 0x2204: "RDBNACRM",
    0x221A: "RDBAFLRM", 0x1233: "RSCLMTRM", 0x1250: "CMDNSPRM", 0x1251: "PRMNSPRM", 0x1252: "VALNSPRM",
    0x1253: "OBJNSPRM", 0x1210: "MGRLVLRM", 0x1218: "MGRDEPRM", 0x125F: "TRGNSPRM", 0x2209: "PKGBPARM",
    0x2206: "PKGBNARM", 0x115E: "EXTNAM", 0x116D: "SRVNAM", 0x115A: "SRVRLSLV", 0x1147: "SRVCLSNM",
    0x1404: "MGRLVLLS", 0x2110: "RDBNAM", 0x112E: "PRDID", 0x2104: "PRDDTA", 0x2113: "PKGNAMCSN",
    0x2138: "PRCNAM", 0x2135: "CRRTKN", 0x1149: "SVRCOD", 0x11A0: "USRID", 0x11A1: "PASSWORD",
    0x11DE: "NEWPASSWORD", 0x11DC: "SECTKN", 0x11A2: "SECMEC", 0x11A4: "SECCHKCD", 0x2115: "UOWDSP",
    0x2142: "RSLSETFLG", 0x2140: "MAXRSLCNT", 0x002F: "TYPDEFNAM", 0x0035: "TYPDEFOVR", 0x119C: "CCSIDSBC",
    0x119D: "CCSIDDBC", 0x119E: "CCSIDMBC", 0x1913: "CCSIDXML", 0x14CC: "CCSIDMGR", 0x113F: "PRCCNVCD", 0xC000: "PBSD",
    0x114A: "SYNERRCD", 0x1127: "RSNCOD",
  ]

  // swift-format-ignore
  private static let clients: Set<UInt16> = [
    0x1041, 0x106D, 0x106E, 0x2001, 0x2003, 0x1055, 0x106F, 0x1069, 0x200D, 0x200B, 0x200A, 0x2014, 0x2008,
    0x200C, 0x2006, 0x2005, 0x200E, 0x200F, 0x2002, 0x2004, 0x2009, 0x2010, 0x2007, 0x2012, 0x2015, 0x2016,
    0x2450, 0x2412, 0x2419, 0x2405,
  ]
  // swift-format-ignore
  private static let servers: Set<UInt16> = [
    0x1443, 0x14AC, 0x1219, 0x2201, 0x1248, 0x126D, 0x2413, 0x2408, 0x2411, 0x241A, 0x241B, 0x240B, 0x240E,
    0x2205, 0x2212, 0x220B, 0x220C, 0x220D, 0x2218, 0x2219, 0x2213, 0x2202, 0x220F, 0x2207, 0x2208, 0x220A,
    0x2215, 0x2225, 0x1245, 0x124C, 0x1254, 0x1232, 0x121C, 0x2211, 0x22CB, 0x2204, 0x221A, 0x1233, 0x1250,
    0x1251, 0x1252, 0x1253, 0x1210, 0x1218, 0x125F, 0x2209, 0x2206,
  ]
}
