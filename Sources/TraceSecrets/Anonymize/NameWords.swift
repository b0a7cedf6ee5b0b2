internal import TraceBytes

/// Words that stand in front of a name and tell what it is the name of.
///
/// Nearly all words are none of them, which their first letter and length show before they are looked up.
struct NameWords {
  enum Kind { case host, user }

  private var kinds: [String: Kind] = [:]
  /// By first letter, a bit for each length.
  private var lengths = InlineArray<32, UInt32>(repeating: 0)
  /// A bit for each last letter.
  private var ends: UInt32 = 0

  private init(users: [String], hosts: [String]) {
    add(users, .user)
    add(hosts, .host)
  }

  private mutating func add(_ words: [String], _ kind: Kind) {
    for word in words {
      kinds[word] = kind
      lengths[Int((word.utf8.first ?? 0) & 31)] |= 1 << UInt32(word.utf8.count)
      ends |= 1 << UInt32((word.utf8.last ?? 0) & 31)
    }
  }

  /// Whether any of the words ends in a letter.
  func mayEnd(in letter: UInt8) -> Bool { ends >> UInt32(letter & 31) & 1 != 0 }

  /// What a word says, by its letters and digits alone: signs and case do not count.
  func kind(_ text: [UInt8], _ range: Range<Int>) -> Kind? {
    var word = ShortText()
    var (first, count): (UInt8, Int) = (0, 0)
    for byte in text[range] {
      let isLetter = (byte | 0x20) &- 0x61 < 26
      guard isLetter || byte &- 0x30 < 10 else { continue }
      let small = isLetter ? byte | 0x20 : byte
      if count == 0 { first = small }
      word.append(small)
      count += 1
    }
    guard count > 0, lengths[Int(first & 31)] >> UInt32(count) & 1 != 0 else { return nil }
    return kinds[word.text]
  }

  /// Words at the beginning of a line, with a blank behind them.
  static let verbs = NameWords(
    users: [
      "user", "logon", "nick", "login", "adduser", "altuser", "listuser", "deluser", "connect",
      "permit",
    ],
    hosts: ["ehlo", "helo"])

  /// Names of fields, members and operands.
  static let fields = NameWords(
    users: [
      "user", "userid", "username", "uid", "usr", "login", "loginname", "logon", "logonid",
      "racfid", "jusername", "owner", "notify", "xuser", "xuserid", "xremoteuser", "remoteuser",
      "ivuser", "xforwardeduser", "xauthenticateduser", "account", "accountname", "cn", "sn",
      "givenname", "author", "member", "memberuid", "usrid", "creator", "group", "dfltgrp",
    ],
    hosts: [
      "host", "hostname", "authority", "xforwardedhost", "xforwardedserver", "server",
      "servername", "serverhost", "domain", "fqdn", "peer", "remotehost", "system", "sysname",
      "node", "dc", "xoriginalhost", "lparname",
    ])
}
