internal import TraceBytes

/// A stretch of bytes to be masked.
public struct CredentialFound: Sendable, Equatable {
  /// Offsets into the bytes that were searched.
  public var range: Range<Int>
  /// Whether it is text in EBCDIC.
  public var isEBCDIC: Bool
  /// Whether it goes on with what the bytes before ended in.
  public var continues = false
}

/// A secret value that has begun: what ends it, and how far it has come. It can go on in later bytes.
struct CredentialValue: Sendable {
  enum Kind: Sendable {
    /// The value of a header field, with the lines that continue it.
    case field
    /// The rest of a line.
    case line
    /// The value of a form or query parameter.
    case pair
    /// A string up to this sign.
    case quoted(UInt8)
    /// A string whose quotes are escaped, because it is inside another.
    case escapedQuoted
    /// A number or word.
    case bare
    /// Up to a quote or the end of the line.
    case toQuote
    /// A member of an object, before its value.
    case member
    /// All values in an object or array.
    case nested
    /// The content of an element.
    case element
    /// The header fields of a part of a multipart body, then its content.
    case partHead, partBody
    /// The password in front of a host.
    case userInfo
    /// So many bytes.
    case counted(Int)
  }

  var kind: Kind
  var isEBCDIC: Bool
  /// Whether bytes of it were found.
  private(set) var hasBegun = false
  /// Bytes that stand for themselves because of what came before them.
  private var escaped = 0
  /// Objects and arrays that are open.
  private var depth = 0
  private var isInString = false
  /// Ends of line directly before.
  private var lineEnds = 0
  /// What stands behind the dashes of the line that ends a part; empty when it is not known.
  var boundary: [UInt8] = []
  /// Bytes of that line that were there so far.
  private var matched = 0
  /// Bytes of a head that were passed over.
  private var passed = 0
  /// Most bytes of a part's header fields.
  private static let headLimit = 2048

  init(_ kind: Kind, isEBCDIC: Bool) {
    self.kind = kind
    self.isEBCDIC = isEBCDIC
  }

  /// Takes what belongs to the value; nil when it can go on behind the bytes, else where it ends.
  mutating func take(
    _ bytes: RawSpan, from start: Int, _ text: CredentialText, into found: inout [CredentialFound]
  ) -> Int? {
    switch kind {
    case .field: return field(bytes, start, text, &found)
    case .nested: return nested(bytes, start, text, &found)
    case .partHead: return partHead(bytes, start, text, &found)
    case .partBody: return partBody(bytes, start, text, &found)
    case .member: return member(bytes, start, text, &found)
    case .counted(let count):
      let end = min(bytes.byteCount, start + count)
      add(start..<end, &found)
      kind = .counted(count - (end - start))
      return end - start == count ? end : nil
    case .line, .pair, .quoted, .escapedQuoted, .bare, .toQuote, .userInfo, .element:
      var at = start + escaped
      while at < bytes.byteCount, !ends(bytes, &at, text) { at += 1 }
      escaped = max(0, at - bytes.byteCount)
      at = min(at, bytes.byteCount)
      add(start..<at, &found)
      return at < bytes.byteCount ? at : nil
    }
  }

  private mutating func add(_ range: Range<Int>, _ found: inout [CredentialFound]) {
    guard !range.isEmpty else { return }
    hasBegun = true
    found.append(CredentialFound(range: range, isEBCDIC: isEBCDIC))
  }

  /// Whether the value ends at `at`; moves over what is escaped.
  private func ends(_ bytes: RawSpan, _ at: inout Int, _ text: CredentialText) -> Bool {
    let byte = text.byte(bytes, at)
    if case .element = kind { return byte == 0x3C }
    if byte < 0x20, byte != Byte.tab { return true }
    if isEBCDIC, byte == 0x85 { return true }
    switch kind {
    case .pair:
      switch byte {
      case Byte.ampersand, Byte.semicolon, 0x3F, 0x23, Byte.quote, 0x3C, 0x3E: return true
      case Byte.space: return Self.isVersion(text, bytes, at + 1)
      default: return false
      }
    case .quoted(let quote):
      if byte == Byte.backslash { at += 1 }
      return byte == quote
    case .escapedQuoted:
      guard byte == Byte.backslash, at + 1 < bytes.byteCount else { return false }
      if text.byte(bytes, at + 1) == Byte.quote { return true }
      // An escaped backslash, and the escaped sign behind it.
      at += 3
      return false
    case .bare:
      switch byte {
      case Byte.space, Byte.tab, Byte.comma, Byte.semicolon, Byte.quote, 0x27, 0x29, 0x5D, 0x7D:
        return true
      default: return false
      }
    case .toQuote: return byte == Byte.quote
    case .userInfo:
      switch byte {
      case 0x40, Byte.slash, 0x3F, 0x23, Byte.space, Byte.quote, 0x3C, 0x3E: return true
      default: return false
      }
    default: return false
    }
  }

  /// The end of a request line, which ends its query.
  private static func isVersion(_ text: CredentialText, _ bytes: RawSpan, _ at: Int) -> Bool {
    let names: [StaticString] = ["http/", "rtsp/", "icap/", "sip/"]
    for name in names where text.has(name, bytes, at: at, before: bytes.byteCount) { return true }
    return false
  }

  // MARK: - Values of several lines

  private mutating func field(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ found: inout [CredentialFound]
  ) -> Int? {
    var at = start
    while at < bytes.byteCount {
      var byte = text.byte(bytes, at)
      if lineEnds > 0 {
        // CR LF is one end; a blank behind it continues the value (obs-fold).
        if text.isLineEnd(byte), byte != Byte.cr, lineEnds == 1 {
          lineEnds = 2
          at += 1
          continue
        }
        guard text.isBlank(byte) else { return at }
        lineEnds = 0
      }
      while text.isBlank(byte), at + 1 < bytes.byteCount {
        at += 1
        byte = text.byte(bytes, at)
      }
      let first = at
      while at < bytes.byteCount, !text.isLineEnd(text.byte(bytes, at)) { at += 1 }
      var last = at
      while last > first, text.isBlank(text.byte(bytes, last - 1)) { last -= 1 }
      add(first..<last, &found)
      guard at < bytes.byteCount else { return nil }
      lineEnds = text.byte(bytes, at) == Byte.cr ? 1 : 2
      at += 1
    }
    return nil
  }

  private mutating func member(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ found: inout [CredentialFound]
  ) -> Int? {
    var at = start
    while at < bytes.byteCount,
      text.isBlank(text.byte(bytes, at)) || text.isLineEnd(text.byte(bytes, at))
    {
      at += 1
    }
    guard at < bytes.byteCount else { return nil }
    switch text.byte(bytes, at) {
    case Byte.quote, 0x27:
      kind = .quoted(text.byte(bytes, at))
      at += 1
    case Byte.backslash:
      kind = .escapedQuoted
      at += 2
    case 0x7B, 0x5B: kind = .nested
    default: kind = .bare
    }
    return take(bytes, from: min(at, bytes.byteCount), text, into: &found)
  }

  /// Masks strings that are no names, and whatever else is no sign of the structure.
  private mutating func nested(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ found: inout [CredentialFound]
  ) -> Int? {
    var at = start
    let end = bytes.byteCount
    while at < end {
      if isInString {
        let first = at
        while at < end, text.byte(bytes, at) != Byte.quote {
          at += text.byte(bytes, at) == Byte.backslash ? 2 : 1
        }
        at = min(at, end)
        guard at < end else {
          add(first..<end, &found)
          return nil
        }
        isInString = false
        var next = at + 1
        while next < end, text.isBlank(text.byte(bytes, next)) { next += 1 }
        let isName = next < end && text.byte(bytes, next) == Byte.colon
        if !isName { add(first..<at, &found) }
        at += 1
        continue
      }
      switch text.byte(bytes, at) {
      case Byte.quote: isInString = true
      case 0x7B, 0x5B: depth += 1
      case 0x7D, 0x5D:
        depth -= 1
        if depth <= 0 { return at + 1 }
      case Byte.comma, Byte.colon: break
      case let byte where text.isBlank(byte) || text.isLineEnd(byte): break
      default:
        let first = at
        while at < end, Self.isWord(text.byte(bytes, at)) { at += 1 }
        at = max(at, first + 1)
        add(first..<at, &found)
        continue
      }
      at += 1
    }
    return nil
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x85, Byte.quote, Byte.comma, Byte.colon, 0x5B, 0x5D, 0x7B, 0x7D: false
    default: true
    }
  }

  private mutating func partHead(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ found: inout [CredentialFound]
  ) -> Int? {
    var at = start
    while at < bytes.byteCount {
      let byte = text.byte(bytes, at)
      at += 1
      passed += 1
      if byte == Byte.cr { continue }
      lineEnds = text.isLineEnd(byte) ? lineEnds + 1 : 0
      if lineEnds == 2 {
        kind = .partBody
        lineEnds = 0
        return partBody(bytes, at, text, &found)
      }
      if passed > Self.headLimit { return at }
    }
    return nil
  }

  /// Up to a line that begins with two dashes and the boundary (RFC 2046 section 5.1.1).
  private mutating func partBody(
    _ bytes: RawSpan, _ start: Int, _ text: CredentialText, _ found: inout [CredentialFound]
  ) -> Int? {
    var at = start
    var first = start
    while at < bytes.byteCount {
      let byte = text.byte(bytes, at)
      if text.isLineEnd(byte) {
        add(first..<at, &found)
        lineEnds = 1
        matched = 0
        first = at + 1
      } else if lineEnds == 1 {
        let fits =
          matched < 2
          ? byte == Byte.dash : bytes.u8(at) == boundary[matched - 2]
        matched = fits ? matched + 1 : 0
        if !fits { lineEnds = 0 }
        if matched == 2 + boundary.count { return max(start, at + 1 - matched) }
      }
      at += 1
    }
    // What stands here of the line that ends the part stays.
    if matched == 0 { add(first..<at, &found) }
    return nil
  }
}
