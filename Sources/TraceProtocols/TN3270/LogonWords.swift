internal import TraceBytes

/// Secrets in what is typed where nothing is hidden: `LOGON user/password`, the operands of CICS and
/// RACF, and the placeholder of an express logon.
enum LogonWords {
  static func find(
    _ bytes: RawSpan, _ range: Range<Int>, _ coding: TextCoding, mark: (Range<Int>) -> Void
  ) {
    var at = range.lowerBound
    var isLogon = false
    var isCICS = false
    var hasUser = false
    while let word = coding.nextWord(bytes, at..<range.upperBound) {
      at = word.upperBound
      if coding.equals("LOGON", bytes, word) || coding.equals("LOGIN", bytes, word) {
        isLogon = true
        continue
      }
      if coding.equals("CESN", bytes, word) || coding.equals("CESL", bytes, word) { isCICS = true }
      if isCICS { cics(bytes, word, coding, mark) }
      // The user's is the first word, or that of DATA().
      if isLogon, !hasUser || coding.begins(with: "DATA(", bytes, word) {
        hasUser = true
        slashes(bytes, word, coding, mark)
      }
      placeholder(bytes, word, coding, mark)
    }
    OperandSecrets.find(bytes, range, coding, mark: mark)
  }

  /// `user/password/new password`. Source: IBM, TSO/E Command Reference, LOGON.
  private static func slashes(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding, _ mark: (Range<Int>) -> Void
  ) {
    var start: Int?
    for at in word {
      switch coding.fold(bytes.u8(at)) {
      case Byte.slash, 0x29, 0x28, 0x27, Byte.comma:
        if let low = start, low < at { mark(low..<at) }
        start = coding.fold(bytes.u8(at)) == Byte.slash ? at + 1 : nil
      default: break
      }
    }
    if let low = start, low < word.upperBound { mark(low..<word.upperBound) }
  }

  /// `CESN USERID=user,PS=password,NEWPS=password`. Source: IBM, CICS Supplied Transactions, CESN.
  private static func cics(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding, _ mark: (Range<Int>) -> Void
  ) {
    var start = word.lowerBound
    while start < word.upperBound {
      let end = bytes.end(from: start, to: word.upperBound) { coding.fold($0) != Byte.comma }
      for name in ["PS=", "NEWPS="] as [StaticString] {
        let value = start + name.utf8CodeUnitCount
        if coding.begins(with: name, bytes, start..<end), value < end { mark(value..<end) }
      }
      start = end + 1
    }
  }

  private static func placeholder(
    _ bytes: RawSpan, _ word: Range<Int>, _ coding: TextCoding, _ mark: (Range<Int>) -> Void
  ) {
    guard let at = coding.firstIndex(of: ")PSS.WD(", bytes, word) else { return }
    mark(at..<at + 8)
  }
}
