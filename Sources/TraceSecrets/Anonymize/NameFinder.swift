internal import TraceBytes

/// Finds host names, users and addresses in text, by what names them and by their shape.
///
/// The text can begin and end anywhere. What was named once is known as a word from then on.
struct NameFinder {
  /// A range of the text and what stands in its place, as long as it.
  typealias Found = (range: Range<Int>, bytes: [UInt8])

  private let text: [UInt8]
  private let pseudonyms: Pseudonyms
  private(set) var found: [Found] = []
  /// What stands in none of what was found.
  private var isFree: [Bool]

  private static let longest = 255

  init(_ text: [UInt8], _ pseudonyms: Pseudonyms) {
    self.text = text
    self.pseudonyms = pseudonyms
    isFree = [Bool](repeating: true, count: text.count)
  }

  /// - Parameters:
  ///   - byName: whether names are looked for by what stands in front of them.
  ///   - isCoded: whether the text stood in base64, where a line can be a user with a password.
  mutating func search(byName: Bool = true, isCoded: Bool = false) {
    if isCoded { logons() }
    if byName {
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
    words()
    found.sort { $0.range.lowerBound < $1.range.lowerBound }
  }

  // MARK: - By name

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
    byte <= 0x20 || byte >= 0x7F || [0x2F, 0x3F, 0x23, 0x22, 0x27, 0x3C, 0x3E, 0x5C].contains(byte)
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
    var start = blank
    while start > 0, blank - start < 12, isLetter(text[start - 1]) { start -= 1 }
    guard start < blank, blank - start < 12 else { return blank }
    let word = folded(start..<blank)
    switch word {
    case "ehlo", "helo":
      return beginsLine(start) ? take(.host, blank + 1) : blank
    case "user", "logon", "nick":
      return beginsLine(start) ? take(.user, blank + 1) : blank
    case "login":
      // Behind the tag of IMAP, or by itself.
      return take(.user, isQuote(blank + 1) ? blank + 2 : blank + 1)
    case "adduser", "altuser", "listuser", "deluser", "connect", "permit":
      return beginsLine(start) ? take(.user, blank + 1) : blank
    default: return blank
    }
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
      var end = start
      while end < text.count, text[end] != 0x0A { end += 1 }
      if let colon = text[start..<end].firstIndex(of: 0x3A), colon - start <= 64,
        text[start..<colon].allSatisfy(isUserByte)
      {
        user(start..<colon)
      }
      start = end + 1
    }
  }

  private enum Kind { case host, user }

  private mutating func take(_ kind: Kind, _ start: Int) -> Int {
    switch kind {
    case .host: return host(start)
    case .user:
      var end = start
      while end < text.count, end - start < 64, isUserByte(text[end]) { end += 1 }
      // Several names of a distinguished name or a list.
      user(start..<end)
      return end
    }
  }

  private static let users: Set<String> = [
    "user", "userid", "username", "uid", "usr", "login", "loginname", "logon", "logonid", "racfid",
    "jusername", "owner", "notify", "xuser", "xuserid", "xremoteuser", "remoteuser", "ivuser",
    "xforwardeduser", "xauthenticateduser", "account", "accountname", "cn", "sn", "givenname",
    "author", "member", "memberuid", "usrid", "creator", "group", "dfltgrp",
  ]
  private static let hosts: Set<String> = [
    "host", "hostname", "authority", "xforwardedhost", "xforwardedserver", "server", "servername",
    "serverhost", "domain", "fqdn", "peer", "remotehost", "system", "sysname", "node", "dc",
    "xoriginalhost", "lparname",
  ]

  /// What the name in front of a sign is the name of.
  private func kind(before sign: Int) -> Kind? {
    var end = sign
    while end > 0, sign - end < 4, isBlank(end - 1) || isQuote(end - 1) { end -= 1 }
    var start = end
    while start > 0, end - start < 32, isNameByte(text[start - 1]) { start -= 1 }
    guard start < end else { return nil }
    let word = String(
      folded(start..<end).filter { $0 != "-" && $0 != "_" && $0 != "." && $0 != "$" })
    if Self.users.contains(word) { return .user }
    return Self.hosts.contains(word) ? .host : nil
  }

  private mutating func user(_ range: Range<Int>) {
    let name = Array(text[range])
    guard !range.isEmpty, name.contains(where: isLetterOrDigit) else { return }
    pseudonyms.learn(name)
    put(range, pseudonyms.map(name: name))
  }

  private func hostEnd(_ start: Int) -> Int {
    var end = start
    while end < text.count, end - start < Self.longest,
      isLetterOrDigit(text[end]) || [0x2D, 0x2E, 0x5F].contains(text[end])
    {
      end += 1
    }
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

  // MARK: - By shape

  /// Addresses and known names.
  private mutating func words() {
    var at = 0
    while at < text.count {
      guard isLetterOrDigit(text[at]) || text[at] == 0x3A else {
        at += 1
        continue
      }
      var end = at
      while end < text.count, end - at < Self.longest, isWordByte(text[end]) { end += 1 }
      word(at..<max(end, at + 1))
      at = max(end, at + 1)
    }
  }

  private mutating func word(_ range: Range<Int>) {
    var high = range.upperBound
    while high > range.lowerBound, [0x2E, 0x2D, 0x3A, 0x2C].contains(text[high - 1]) { high -= 1 }
    let word = range.lowerBound..<high
    if text[word].contains(0x3A), colons(word) { return }
    for separator: UInt8 in [0x2E, 0x2C] where numbers(word, separator) { return }
    // `host:port` and lists fall apart.
    for part in parts(word, [0x3A, 0x2C]) {
      if numbers(part, 0x2E) { continue }
      if known(part) { continue }
      for piece in parts(part, [0x2E, 0x2D, 0x5F]) { _ = known(piece) }
    }
  }

  private func parts(_ range: Range<Int>, _ signs: [UInt8]) -> [Range<Int>] {
    text[range].split { signs.contains($0) }.map { $0.startIndex..<$0.endIndex }
  }

  private mutating func known(_ range: Range<Int>) -> Bool {
    guard pseudonyms.isLearned(text[range]) else { return false }
    let name = Array(text[range])
    put(range, name.contains(0x2E) ? pseudonyms.map(host: name) : pseudonyms.map(name: name))
    return true
  }

  /// Four numbers; of a list, as FTP has it, the first four of six. A version behind a slash is none.
  private mutating func numbers(_ range: Range<Int>, _ separator: UInt8) -> Bool {
    let all = text[range].split(separator: separator, omittingEmptySubsequences: false)
    guard all.count == 4 && separator == 0x2E || all.count == 6 && separator == 0x2C,
      all.allSatisfy({ !$0.isEmpty && $0.count <= 3 && $0.allSatisfy { $0 &- 0x30 < 10 } })
    else { return false }
    if range.lowerBound > 1, text[range.lowerBound - 1] == 0x2F,
      isLetter(text[range.lowerBound - 2])
    {
      return false
    }
    let four = all[0].startIndex..<all[3].endIndex
    guard let mapped = pseudonyms.map(dotted: Array(text[four]), separator: separator) else {
      return false
    }
    put(four, mapped)
    return true
  }

  private mutating func colons(_ range: Range<Int>) -> Bool {
    let groups = text[range].split(separator: 0x3A, omittingEmptySubsequences: false)
    let isCut = groups.contains { $0.isEmpty }
    guard groups.count == 8 || isCut && groups.count >= 3 && groups.count <= 8,
      groups.allSatisfy({ $0.count <= 4 && $0.allSatisfy { SecretText.hex($0) != nil } }),
      groups.contains(where: { $0.count >= 2 })
    else { return false }
    put(range, pseudonyms.map(colons: Array(text[range])))
    return true
  }

  // MARK: - Bytes

  private mutating func put(_ range: Range<Int>, _ bytes: [UInt8]) {
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
    guard text.count - start >= word.utf8CodeUnitCount else { return false }
    for index in 0..<word.utf8CodeUnitCount
    where unsafe text[start + index] != word.utf8Start[index] { return false }
    return true
  }

  private func isBlank(_ at: Int) -> Bool {
    at >= 0 && at < text.count && (text[at] == 0x20 || text[at] == 0x09)
  }

  private func isQuote(_ at: Int) -> Bool {
    at >= 0 && at < text.count && [0x22, 0x27, 0x5C].contains(text[at])
  }

  private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  private func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || byte &- 0x30 < 10 }

  private func isNameByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || [0x2D, 0x2E, 0x5F, 0x24].contains(byte)
  }

  private func isUserByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || [0x2D, 0x2E, 0x5F, 0x24, 0x23].contains(byte)
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    isUserByte(byte) || byte == 0x3A || byte == 0x2C
  }
}
