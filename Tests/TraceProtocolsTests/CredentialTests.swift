import Testing
import TraceProtocols

/// A text with what is to be masked between « and ».
struct SecretCase: CustomTestStringConvertible, Sendable {
  var testDescription: String { marked }
  var marked: String

  init(_ marked: String) { self.marked = marked }

  /// The text without the marks, and the ranges that were marked.
  var plain: (bytes: [UInt8], ranges: [Range<Int>]) {
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    var start = 0
    for scalar in marked.unicodeScalars {
      if scalar == "«" {
        start = bytes.count
      } else if scalar == "»" {
        ranges.append(start..<bytes.count)
      } else {
        bytes += Array(String(scalar).utf8)
      }
    }
    return (bytes, ranges)
  }
}

struct CredentialTests {
  typealias Locator = (RawSpan, [UInt8]?, inout [Range<Int>]) -> Void

  /// A made-up code page that no byte of ASCII survives: each byte is turned over.
  private static let translate = (0..<256).map { UInt8($0) ^ 0xFF }

  private func check(_ item: SecretCase, _ locate: Locator) {
    let (bytes, expected) = item.plain
    var found: [Range<Int>] = []
    unsafe locate(bytes.span.bytes, nil, &found)
    #expect(found == expected)

    let other = bytes.map { $0 ^ 0xFF }
    var translated: [Range<Int>] = []
    unsafe locate(other.span.bytes, Self.translate, &translated)
    #expect(translated == expected)

    // Cut anywhere: no trap, ranges in order and inside.
    for count in 0..<bytes.count {
      var part: [Range<Int>] = []
      let cut = Array(bytes[0..<count])
      unsafe locate(cut.span.bytes, nil, &part)
      for (one, two) in zip(part, part.dropFirst()) { #expect(one.upperBound <= two.lowerBound) }
      if let last = part.last { #expect(last.upperBound <= count) }
    }
  }

  @Test(arguments: [
    SecretCase("user=bob&password=«secret»&submit=1"),
    .init("PASSWORD=«a=b»;new-passwd=«c»"),
    .init("pin=«1234»&spin=5&pwd=«x»"),
    .init("client_secret=«s»&grant_type=client_credentials&api.key=«k»"),
    .init("password="),
    .init("nothing here"),
    .init("="),
    .init(""),
  ])
  func forms(_ item: SecretCase) {
    check(item) { CredentialLocator.form($0, translate: $1, into: &$2) }
  }

  @Test(arguments: [
    SecretCase("{\"user\":\"bob\",\"password\":\"«s\\\"x»\",\"n\":1}"),
    .init("{\"accessToken\" : \"«t»\" , \"expires\": 3600, \"pin\": «1234»}"),
    .init("{\"credentials\":{\"name\":\"«a»\",\"list\":[\"«b»\",«2»,«true»]},\"x\":\"y\"}"),
    .init("[{\"password\":«null»,\"a\":\"password\"},{\"secret\":[«1»,[«2»]],\"b\":3}]"),
    .init("{\"password\":\"\"}"),
    .init("\"password\""),
    .init("{\"a\":{\"b\":{\"api_key\":\"«k»\"}}}"),
    .init("{\"password\":\"«unfinished»"),
    .init("}}]]:,"),
  ])
  func json(_ item: SecretCase) {
    check(item) { CredentialLocator.json($0, translate: $1, into: &$2) }
  }

  @Test(arguments: [
    ["c USER «bob»", "s 331 pw", "c PASS «secret word»", "s 230 ok"],
    ["c pass «x»"],
    ["c AUTH TLS", "s 234 ok", "c USER «bob»"],
    [
      "c AUTH LOGIN", "s 334 «VXNlcg==»", "c «dXNlcg==»", "s 334 «UGFzcw==»", "c «cGFzcw==»",
      "s 235 ok", "c QUIT",
    ],
    ["c AUTH PLAIN «AGJvYgBwdw==»", "s 235 ok", "c NOOP"],
    [
      "c RSET", "c AUTH LOGIN", "s 250 ok", "s 334 «VXNlcg==»", "c «dXNlcg==»", "s 235 ok",
      "c NOOP",
    ],
    [
      "c a1 AUTHENTICATE PLAIN", "s * OK still here", "s + ", "c «AGJvYgBwdw==»", "s a1 OK done",
      "c a2 NOOP",
    ],
    ["c AUTH CRAM-MD5", "s 334 «abc»", "c «*»", "s 501 cancelled", "c EHLO x"],
    // The reply was captured before what it answers.
    [
      "c AUTH LOGIN", "s 334 «VXNlcg==»", "c «dXNlcg==»", "s 235 ok", "c «c2VjcmV0»", "c QUIT",
      "c c2VjcmV0",
    ],
    ["c APOP «bob c4c9334bac560ecc979e58001b3e22fb»"],
    ["c a1 LOGIN «bob secret»", "c a2 SELECT inbox"],
    [
      "c a1 LOGIN «{3}»", "s + «more»", "c «bob {6}»", "s + «more»", "c «secret»", "s a1 OK done",
      "c a2 NOOP",
    ],
    ["c a1 LOGIN «{3+}»", "c «bob {6+}»", "c «secret»", "s a1 OK done", "c a2 NOOP"],
    ["c a1 AUTHENTICATE PLAIN", "s + ", "c «AGJvYgBwdw==»", "s a1 OK done", "c a2 NOOP"],
    ["c ACCT «acct»"],
    ["c RETR passwords.txt", "c "],
  ])
  func dialogues(_ lines: [String]) {
    for translate in [nil, Self.translate] as [[UInt8]?] {
      var state = CredentialLocator.LineState()
      for line in lines {
        let (bytes, expected) = SecretCase(String(line.dropFirst(2))).plain
        let seen = translate == nil ? bytes : bytes.map { $0 ^ 0xFF }
        var found: [Range<Int>] = []
        let span = unsafe seen.span.bytes
        if line.hasPrefix("c") {
          CredentialLocator.clientLine(span, state: &state, translate: translate, into: &found)
        } else {
          CredentialLocator.serverLine(span, state: &state, translate: translate, into: &found)
        }
        #expect(found == expected, "\(line)")
      }
    }
  }

  @Test func userNamesCanStay() {
    var state = CredentialLocator.LineState()
    var found: [Range<Int>] = []
    let line = Array("USER bob\r\n".utf8)
    unsafe CredentialLocator.clientLine(
      line.span.bytes, state: &state, masksUser: false, into: &found)
    #expect(found.isEmpty)
  }
}
