internal import TraceBytes

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
    while end < text.byteCount, end < 9, Byte.isLetter(text.u8(end)) { end += 1 }
    guard end >= 3,
      end == text.byteCount || Byte.isBlank(text.u8(end))
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
    var at = text.end(from: 4) { $0 == Byte.space }
    var number: UInt64 = 0
    let start = at
    while at < text.byteCount, Byte.isDigit(text.u8(at)), at - start < 18 {
      number = number * 10 + UInt64(text.u8(at) - Byte.zero)
      at += 1
    }
    return at > start ? number : nil
  }

  /// Whether what follows the verb is what it takes, as far as anything is known of it: words of other
  /// protocols and of people begin with a verb too (RFC 959 section 5.3, RFC 5321 section 4.1).
  func takes(_ text: RawSpan) -> Bool {
    guard let words = FirstLine(text) else { return false }
    let verb = words[0]
    let arguments = words.count - 1
    if text.equals("mail", in: verb) { return Self.has("from:", text, words[1]) }
    if text.equals("rcpt", in: verb) { return Self.has("to:", text, words[1]) }
    for name in ["type", "mode", "stru"] as [StaticString] where text.equals(name, in: verb) {
      return arguments >= 1 && words[1].count == 1
    }
    if text.equals("port", in: verb) {
      return arguments == 1
        && words[1].allSatisfy { Byte.isDigit(text.u8($0)) || text.u8($0) == Byte.comma }
    }
    for name in ["rest", "pbsz", "bdat"] as [StaticString] where text.equals(name, in: verb) {
      return words.isNumber(1, text)
    }
    // Names, that may hold blanks where they are those of files.
    let needsOne: [StaticString] = [
      "user", "pass", "acct", "retr", "stor", "appe", "cwd", "eprt", "rnfr", "rnto", "dele", "mkd",
      "rmd", "size", "mdtm", "opts", "prot", "ehlo", "helo", "vrfy", "expn", "auth", "adat",
    ]
    for name in needsOne where text.equals(name, in: verb) { return arguments >= 1 }
    let takesNone: [StaticString] = [
      "data", "starttls", "pasv", "cdup", "pwd", "syst", "ccc", "abor", "quit", "rset", "feat",
    ]
    for name in takesNone where text.equals(name, in: verb) { return arguments == 0 }
    return true
  }

  /// Whether a word begins with a text, whatever the case of its letters.
  private static func has(_ name: StaticString, _ text: RawSpan, _ word: Range<Int>) -> Bool {
    let count = name.utf8CodeUnitCount
    return word.count >= count
      && text.equals(name, in: word.lowerBound..<word.lowerBound + count)
  }

  /// Whether a line tells by itself that it is a command of FTP or SMTP: a verb in capitals that neither
  /// POP, network news nor people's words have, or one with what only it takes.
  func isTelling(_ text: RawSpan) -> Bool {
    guard let words = FirstLine(text) else { return false }
    for name in ["list", "stat", "quit", "noop", "help", "site", "rset"] as [StaticString]
    where text.equals(name, in: words[0]) {
      return false
    }
    if text.equals("mail", in: words[0]) || text.equals("rcpt", in: words[0]) { return true }
    return words[0].allSatisfy { text.u8($0) < 0x61 }
  }
}
