internal import TraceBytes

/// Finds host names, users and addresses in text, by what names them and by their shape.
///
/// The text can begin and end anywhere. What was named once is known as a word from then on.
struct NameFinder {
  /// A range of the text and what stands in its place, as long as it.
  typealias Found = (range: Range<Int>, bytes: [UInt8])

  let text: [UInt8]
  let pseudonyms: Pseudonyms
  private(set) var found: [Found] = []
  /// Whether a byte is in nothing that was found; empty as long as nothing was.
  private var isFree: [Bool] = []

  static let longest = 255

  init(_ text: [UInt8], _ pseudonyms: Pseudonyms) {
    self.text = text
    self.pseudonyms = pseudonyms
  }

  /// - Parameters:
  ///   - byName: whether names are looked for by what stands in front of them.
  ///   - isCoded: whether the text stood in base64, where a line can be a user with a password.
  mutating func search(byName: Bool = true, isCoded: Bool = false) {
    if isCoded { logons() }
    if byName { signs() }
    words()
    found.sort { $0.range.lowerBound < $1.range.lowerBound }
  }

  // MARK: - By name

  private mutating func signs() {
    let text = self.text
    var at = 0
    while at < text.count {
      switch text[at] {
      case 0x3A: at = max(at + 1, has("://", at) ? authority(at + 3) : member(at))
      case 0x3D: at = max(at + 1, pair(at))
      case 0x28: at = max(at + 1, operand(at))
      case 0x40: at = max(at + 1, mail(at))
      case 0x20: at = max(at + 1, behindWord(at))
      case 0x3E: at = max(at + 1, element(at))
      default: at += 1
      }
    }
  }

  /// `user:password@host:port` of a URL.
  private mutating func authority(_ start: Int) -> Int {
    var end = start
    var sign: Int?
    while end < text.count, end - start < Self.longest, !endsAuthority(text[end]) {
      if text[end] == 0x40 { sign = end }
      end += 1
    }
    if let sign {
      let colon = text[start..<sign].firstIndex(of: 0x3A) ?? sign
      user(start..<colon)
    }
    return host(sign.map { $0 + 1 } ?? start)
  }

  private func endsAuthority(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F..., 0x2F, 0x3F, 0x23, 0x22, 0x27, 0x3C, 0x3E, 0x5C: true
    default: false
    }
  }

  /// `Host: name`, `"user": "name"`.
  private mutating func member(_ sign: Int) -> Int {
    guard let kind = kind(before: sign) else { return sign }
    var at = sign + 1
    while isBlank(at) || isQuote(at) { at += 1 }
    return take(kind, at)
  }

  /// `user=name`, `host="name"`, `uid=name,ou=…`.
  private mutating func pair(_ sign: Int) -> Int {
    guard let kind = kind(before: sign) else { return sign }
    var at = sign + 1
    while isQuote(at) || at < text.count && text[at] == 0x28 { at += 1 }
    return take(kind, at)
  }

  /// `USER(name)`.
  private mutating func operand(_ sign: Int) -> Int {
    guard let kind = kind(before: sign) else { return sign }
    return take(kind, isQuote(sign + 1) ? sign + 2 : sign + 1)
  }

  /// `<user>name</user>`.
  private mutating func element(_ sign: Int) -> Int {
    guard let kind = kind(before: sign), sign > 0, text[..<sign].last.map(isNameByte) == true
    else { return sign }
    return take(kind, sign + 1)
  }

  /// `USER name`, `LOGON name`, `EHLO name` at the beginning of a line.
  private mutating func behindWord(_ blank: Int) -> Int {
    guard blank > 0, NameWords.verbs.mayEnd(in: text[blank - 1]) else { return blank }
    var start = blank
    while start > 0, blank - start < 12, isLetter(text[start - 1]) { start -= 1 }
    guard let kind = NameWords.verbs.kind(text, start..<blank) else { return blank }
    // Behind the tag of IMAP, or by itself; at the end of a path HTTP's version stands behind it.
    if folded(start..<blank) == "login", start == 0 || !isPathSign(text[start - 1]) {
      return take(.user, isQuote(blank + 1) ? blank + 2 : blank + 1)
    }
    return beginsLine(start) ? take(kind, blank + 1) : blank
  }

  /// `user@host.domain`.
  private mutating func mail(_ sign: Int) -> Int {
    var start = sign
    while start > 0, sign - start < 64, isNameByte(text[start - 1]) || text[start - 1] == 0x2B {
      start -= 1
    }
    guard start < sign else { return sign }
    let end = hostEnd(sign + 1)
    guard text[sign + 1..<end].contains(0x2E) else { return sign }
    user(start..<sign)
    return host(sign + 1)
  }

  /// `user:password` as a line by itself (RFC 7617).
  private mutating func logons() {
    var start = 0
    while start < text.count {
      let end = text.end(from: start) { $0 != 0x0A }
      if let colon = text[start..<end].firstIndex(of: 0x3A), colon - start <= 64,
        text[start..<colon].allSatisfy(isUserByte)
      {
        user(start..<colon)
      }
      start = end + 1
    }
  }

  private mutating func take(_ kind: NameWords.Kind, _ start: Int) -> Int {
    switch kind {
    case .host: return host(start)
    case .user:
      let end = text.end(from: start, to: start + 64) { isUserByte($0) }
      // Several names of a distinguished name or a list.
      user(start..<end)
      return end
    }
  }

  /// What the name in front of a sign is the name of.
  private func kind(before sign: Int) -> NameWords.Kind? {
    var end = sign
    while end > 0, sign - end < 4, isBlank(end - 1) || isQuote(end - 1) { end -= 1 }
    var start = end
    while start > 0, end - start < 32, isNameByte(text[start - 1]) { start -= 1 }
    return NameWords.fields.kind(text, start..<end)
  }

  private mutating func user(_ range: Range<Int>) {
    let name = Array(text[range])
    guard !range.isEmpty, name.contains(where: isLetterOrDigit) else { return }
    pseudonyms.learn(name)
    put(range, pseudonyms.map(name: name))
  }

  private func hostEnd(_ start: Int) -> Int {
    let end = text.end(from: start, to: start + Self.longest) { isNameByte($0) && $0 != 0x24 }
    return max(start, end)
  }

  private mutating func host(_ start: Int) -> Int {
    if start < text.count, text[start] == 0x5B { return start }
    var end = hostEnd(start)
    while end > start, text[end - 1] == 0x2E { end -= 1 }
    guard end > start else { return start }
    let name = Array(text[start..<end])
    // Addresses are found by their shape.
    if name.allSatisfy({ !isLetter($0) }) { return start }
    pseudonyms.learn(host: name)
    put(start..<end, pseudonyms.map(host: name))
    return end
  }

  // MARK: - Bytes

  mutating func put(_ range: Range<Int>, _ bytes: [UInt8]) {
    if isFree.isEmpty { isFree = [Bool](repeating: true, count: text.count) }
    guard bytes.count == range.count, range.allSatisfy({ isFree[$0] }) else { return }
    for index in range { isFree[index] = false }
    found.append((range, bytes))
  }

  private func folded(_ range: Range<Int>) -> String {
    String(decoding: text[range].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private func beginsLine(_ start: Int) -> Bool {
    var at = start
    while at > 0, start - at < 4, isBlank(at - 1) { at -= 1 }
    return at == 0 || text[at - 1] < 0x20 || text[at - 1] >= 0x7F
  }

  private func has(_ word: StaticString, _ start: Int) -> Bool {
    unsafe text.span.bytes.has(word, at: start)
  }

  /// What joins a word of a path or a query to the one before it.
  private func isPathSign(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x23, 0x25, 0x26, 0x2B, 0x2D...0x39, 0x3D, 0x3F, 0x5F, 0x7E: true
    default: false
    }
  }

  private func isBlank(_ at: Int) -> Bool {
    at >= 0 && at < text.count && (text[at] == 0x20 || text[at] == 0x09)
  }

  private func isQuote(_ at: Int) -> Bool {
    at >= 0 && at < text.count && (text[at] == 0x22 || text[at] == 0x27 || text[at] == 0x5C)
  }

  func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  private func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || byte &- 0x30 < 10 }

  func isJoint(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x2E || byte == 0x5F }

  private func isNameByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || isJoint(byte) || byte == 0x24
  }

  private func isUserByte(_ byte: UInt8) -> Bool { isNameByte(byte) || byte == 0x23 }
}
