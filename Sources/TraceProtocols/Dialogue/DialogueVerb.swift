/// The commands that change how a dialogue is read, or tell which dialogue it is.
enum DialogueVerb {
  case data
  case bdat
  case startTLS
  case auth
  case smtp
  case ftp
  case either

  private static let table: [(StaticString, DialogueVerb)] = [
    ("data", .data), ("bdat", .bdat), ("starttls", .startTLS), ("auth", .auth),
    ("ehlo", .smtp), ("helo", .smtp), ("mail", .smtp), ("rcpt", .smtp), ("vrfy", .smtp),
    ("expn", .smtp), ("user", .ftp), ("pass", .ftp), ("acct", .ftp), ("pasv", .ftp),
    ("epsv", .ftp), ("port", .ftp), ("eprt", .ftp), ("retr", .ftp), ("stor", .ftp),
    ("stou", .ftp), ("appe", .ftp), ("list", .ftp), ("nlst", .ftp), ("cwd", .ftp),
    ("cdup", .ftp), ("pwd", .ftp), ("type", .ftp), ("mode", .ftp), ("stru", .ftp),
    ("syst", .ftp), ("site", .ftp), ("feat", .ftp), ("opts", .ftp), ("pbsz", .ftp),
    ("prot", .ftp), ("ccc", .ftp), ("adat", .ftp), ("rnfr", .ftp), ("rnto", .ftp),
    ("dele", .ftp), ("mkd", .ftp), ("rmd", .ftp), ("abor", .ftp), ("rest", .ftp),
    ("size", .ftp), ("mdtm", .ftp), ("mlsd", .ftp), ("mlst", .ftp), ("stat", .ftp),
    ("quit", .either), ("noop", .either), ("help", .either), ("rset", .either),
  ]

  /// The verb that a command line begins with, if it is one of these.
  init?(_ text: RawSpan) {
    var end = 0
    while end < text.byteCount, end < 9, Byte.isLetter(text.byte(end)) { end += 1 }
    guard end >= 3,
      end == text.byteCount || Byte.isBlank(text.byte(end))
    else { return nil }
    for (name, verb) in DialogueVerb.table where text.equals(name, in: 0..<end) {
      self = verb
      return
    }
    return nil
  }

  /// The dialogue that the verb belongs to, if it belongs to one only.
  var application: ApplicationProtocol? {
    switch self {
    case .data, .bdat, .startTLS, .smtp: .smtp
    case .ftp: .ftp
    case .auth, .either: nil
    }
  }

  /// The count of a BDAT line.
  func count(_ text: RawSpan) -> UInt64? {
    var at = 4
    while at < text.byteCount, text.byte(at) == Byte.space { at += 1 }
    var number: UInt64 = 0
    let start = at
    while at < text.byteCount, Byte.isDigit(text.byte(at)), at - start < 18 {
      number = number * 10 + UInt64(text.byte(at) - Byte.zero)
      at += 1
    }
    return at > start ? number : nil
  }
}
