internal import TraceBytes

/// What a statement came to: the SQL communications area of a reply.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 1 | X'FF': none, SQLCODE 0 |
/// | 1 | 4 | SQLCODE, in the server's byte order |
/// | 5 | 5 | SQLSTATE |
/// | 10 | 8 | the module that found it |
/// | 18 | 1 | X'FF': no more |
/// | 19 | 24 | six numbers SQLERRD |
/// | 43 | 11 | warnings |
/// | 54 | . | length and database; length and tokens in mixed, then in single-byte characters |
///
/// Source: Formats/drda.md.
struct SQLCard {
  /// The length of the fixed part.
  private static let fixed = 18
  private static let extended = 54
  /// Bytes of tokens that are told.
  private static let mostTokens = 1024

  var code: Int32 = 0
  var state = ""
  /// Tokens of the message, without their separators.
  var tokens: [String] = []
  /// Rows that were inserted, updated or deleted: SQLERRD(3).
  var rows: Int32 = 0
  /// Where the tokens stand.
  private(set) var tokenRanges: [Range<Int>] = []

  /// Nil when the bytes hold none.
  init?(_ bytes: RawSpan, ccsid: UInt16? = nil) {
    guard bytes.byteCount >= 1 else { return nil }
    if bytes.u8(0) == 0xFF { return }
    guard bytes.u8(0) == 0, bytes.has(Self.fixed, at: 0) else { return nil }
    // A code has five digits at most: that tells the order of its bytes.
    let big = Int32(bitPattern: bytes.be32(1))
    let isBig = Self.isCode(big)
    code = isBig ? big : Int32(bitPattern: bytes.le32(1))
    guard Self.isCode(code) else { return nil }
    state = DRDAText.text(bytes.extracting(5..<10))
    guard state.utf8.count == 5 || code == 0 else { return nil }
    guard bytes.has(Self.extended, at: 0), bytes.u8(Self.fixed) == 0 else { return }
    // SQLERRD3; the order of its bytes is that of the code, unless the code is the same in both.
    let count = bytes.u32(Self.fixed + 9, bigEndian: isBig)
    let other = bytes.u32(Self.fixed + 9, bigEndian: !isBig)
    let isTold = code != code.byteSwapped
    rows = Int32(bitPattern: isTold ? count : min(count, other))
    takeTokens(bytes, ccsid)
  }

  private static func isCode(_ code: Int32) -> Bool { code > -100_000 && code < 100_000 }

  private mutating func takeTokens(_ bytes: RawSpan, _ ccsid: UInt16?) {
    // The name of the database; before SQLAM 7 it has 18 bytes and no length.
    var at = Self.extended
    guard bytes.has(2, at: at) else { return }
    if bytes.be16(at) > 255 { at += 18 } else { at += 2 + Int(bytes.be16(at)) }
    for _ in 0..<2 {
      guard bytes.has(2, at: at) else { return }
      let count = Int(bytes.be16(at))
      at += 2
      guard bytes.has(count, at: at) else { return }
      if count > 0 { tokenRanges.append(at..<at + count) }
      at += count
    }
    guard let first = tokenRanges.first else { return }
    let range = first.lowerBound..<min(first.upperBound, first.lowerBound + Self.mostTokens)
    var start = range.lowerBound
    // Derby has a control character between its tokens.
    for index in range where bytes.u8(index) == 0xFF || bytes.u8(index) == 0x14 {
      tokens.append(DRDAText.text(bytes.extracting(start..<index), ccsid: ccsid))
      start = index + 1
    }
    tokens.append(DRDAText.text(bytes.extracting(start..<range.upperBound), ccsid: ccsid))
  }

  /// The class of a SQLSTATE in words, for codes that have none here. Source: ISO/IEC 9075 and IBM's table.
  static func stateWords(_ state: String) -> StaticString? {
    switch state.prefix(2) {
    case "01": "warning"
    case "02": "no data"
    case "08": "connection"
    case "21": "cardinality"
    case "22": "data not valid"
    case "23": "constraint"
    case "24": "cursor state"
    case "25": "transaction state"
    case "28": "authorization"
    case "38": "error of a routine"
    case "39": "error of calling a routine"
    case "40": "rolled back"
    case "42": "syntax or access"
    case "51": "application state"
    case "53": "operands"
    case "54": "limit exceeded"
    case "55": "object state"
    case "56": "SQL or product"
    case "57": "resource or operator"
    case "58": "system error"
    case "XJ": "connection or statement of Derby"
    default: nil
    }
  }
}
