import Testing
import TraceBytes

@testable import TraceProtocols

/// Credentials in bytes of any protocol, whole and cut at every place, in ASCII and in EBCDIC.
struct CredentialSearchTests {
  private static let page = CodePage.ibm1047.scalars.map { $0 < 0x100 ? UInt8($0) : 0 }

  static let texts = [
    // Heads.
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic «dXNlcjpwYXNz»\r\nA: b\r\n\r\n",
    "GET / HTTP/1.1\r\nauthorization:Bearer   «abc.def»  \r\n\r\n",
    "GET / HTTP/1.1\r\nProxy-Authorization: «opaque»\r\n\r\n",
    "GET / HTTP/1.1\r\nAuthorization: Digest «username=\"x\",»\r\n  «response=\"y\"»\r\nB: c\r\n\r\n",
    "GET / HTTP/1.1\r\nCookie: «a=b; c=d»\r\nCookie: «e»\r\n\r\n",
    "HTTP/1.1 200 OK\r\nSet-Cookie: «LtpaToken2=abc; Path=/»\r\nServer: x\r\n\r\n",
    "X-Checksum: abc\r\nX-Auth-Token: «t»\r\n\r\n",
    "GET / HTTP/1.1\nX-Api-Key : «k»\nX-My-Secret-Thing: «s»\n\n",
    "GET / HTTP/1.1\r\nAuthorization:\r\n «folded»\r\n\r\n",
    // Queries and forms.
    "GET /x?user=bob&password=«p%20w»&z=1 HTTP/1.1\r\n\r\n",
    "GET /x;jsessionid=«0000abc»?a=b HTTP/1.1\r\n\r\n",
    "GET http://bob:«pw»@host:80/?token=«t» HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET ftp://bob@host/ HTTP/1.1\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /cb?code=1&access_token=«xyz»#id_token=«q»\r\n\r\n",
    "user=bob&password=«secret»&submit=1",
    "PASSWORD=«a=b»;new-passwd=«c»&",
    "pin=«1234»&spin=5&pwd=«x»&",
    "client_secret=«s»&grant_type=client_credentials&api.key=«k»&",
    "password=&x=1",
    "<a href=\"/x?token=«abc»\">password</a>",
    "user[password]=«x y»&commit=1",
    // JSON.
    "{\"user\":\"bob\",\"password\":\"«s\\\"x»\",\"n\":1}",
    "{\"accessToken\" : \"«t»\" , \"expires\": 3600, \"pin\": «1234»}",
    "{\"credentials\":{\"name\":\"«a»\",\"list\":[\"«b»\",«2»,«true»]},\"x\":\"y\"}",
    "[{\"password\":«null»,\"a\":\"password\"},{\"secret\":[«1»,[«2»]],\"b\":3}]",
    "{\"password\":\"\",\"a\":1}",
    "\"password\" ",
    "{\"a\":{\"b\":{\"api_key\":\"«k»\"}}}",
    "{\"log\":\"{\\\"password\\\":\\\"«hunter2»\\\",\\\"a\\\":1}\"}",
    // XML.
    "<login><user>bob</user><password>«hunter2»</password></login>",
    "<wsse:Password Type=\"a#PasswordText\">«hunter2»</wsse:Password><x>y</x>",
    "<password/><x>y</x>",
    // Multipart.
    "Content-Disposition: form-data; name=\"password\"\r\n\r\n«hunter2»\r\n--b\r\nrest",
    "Content-Disposition: form-data; name=\"token\"; x=y\r\nA: b\r\n\r\n«two»\r\n«lines»\r\n--b--\r\n",
    "Content-Disposition: form-data; name=\"user\"\r\n\r\nbob\r\n--b\r\n",
    // Dialogues.
    "USER «ibmuser»\r\nPASS «sys1 pass»\r\nCWD /home\r\n",
    "acct «x»\r\nAPOP «bob c4c9334bac56»\r\n",
    "a1 LOGIN «bob secret»\r\na2 SELECT inbox\r\n",
    "AUTH TLS\r\nRETR passwords.txt\r\nSITE pass the salt\r\n",
    // SQL.
    "CONNECT TO LOCDB2 USER IBMUSER USING '«S3CRETPW»' ; x",
    "connect to db user bob using «pw1»; commit",
    "create user bob identified by «geheim» profile x",
    "CONNECT TO LOCDB2 USER :u USING :pw\r\nJOIN a USING (b)",
    // Nothing.
    "the password is not here, nor a token of it", "", "=", "}}]]:,", "auth", "User-Agent: x\r\n",
  ].map { SecretCase($0) }

  private static func bytes(_ text: [UInt8], inEBCDIC: Bool) -> [UInt8] {
    inEBCDIC ? text.map { UInt8(page.firstIndex(of: $0) ?? 0) } : text
  }

  /// The new password of an SQL CONNECT is told by the old one before it.
  @Test(arguments: [false, true])
  func newPasswords(inEBCDIC: Bool) {
    let item = SecretCase(
      "connect to db user bob using «pw1» new '«pw2»' confirm '«pw2»'; commit")
    let bytes = Self.bytes(item.plain.bytes, inEBCDIC: inEBCDIC)
    #expect(Self.masked([bytes]).count == 3)
  }

  /// What is masked when the bytes come in these pieces.
  private static func masked(
    _ pieces: [[UInt8]], speaker: CredentialSearch.Speaker = CredentialSearch.Speaker()
  ) -> (bytes: [UInt8], count: Int) {
    var search = CredentialSearch(ebcdic: page)
    var trail = CredentialSearch.Trail()
    var lines = CredentialLocator.LineState()
    var all: [UInt8] = []
    var count = 0
    for piece in pieces {
      var piece = piece
      unsafe search.search(piece.span.bytes, after: &trail, lines: &lines, speaker)
      var end = 0
      for found in search.found {
        #expect(found.range.lowerBound >= end && found.range.upperBound <= piece.count)
        end = found.range.upperBound
        for place in found.range { piece[place] = 0x2A }
        if !found.continues { count += 1 }
      }
      all += piece
    }
    return (all, count)
  }

  @Test(arguments: texts, [false, true])
  func whole(_ item: SecretCase, inEBCDIC: Bool) {
    let (plain, ranges) = item.plain
    let text = Self.bytes(plain, inEBCDIC: inEBCDIC)
    var expected = text
    for place in ranges.joined() { expected[place] = 0x2A }
    let result = Self.masked([text])
    #expect(result.bytes == expected)
    #expect(result.count == ranges.count)
  }

  /// In two pieces, and byte by byte: no byte of a secret is left. What is not secret stays, but for
  /// words that are only known for what they are by what follows (`Basic`, names in objects).
  @Test(arguments: texts, [false, true])
  func cut(_ item: SecretCase, inEBCDIC: Bool) {
    let (plain, ranges) = item.plain
    let text = Self.bytes(plain, inEBCDIC: inEBCDIC)
    let secret = Set(ranges.joined().filter { plain[$0] != 0x20 })
    for at in 0...text.count {
      let result = Self.masked([Array(text[..<at]), Array(text[at...])]).bytes
      #expect(result.count == text.count)
      let left = secret.filter { result[$0] != 0x2A }
      #expect(left.isEmpty, "cut at \(at): \(left.sorted())")
      let more = text.indices.filter { !secret.contains($0) && result[$0] != text[$0] }
      #expect(more.count <= 12, "cut at \(at): \(more)")
    }
    let drip = Self.masked(text.map { [$0] }).bytes
    #expect(secret.allSatisfy { drip[$0] == 0x2A })
  }

  @Test func exchangesOfDialogues() {
    var client = CredentialSearch.Speaker()
    client.isDialogue = true
    var server = client
    server.isServer = true
    var search = CredentialSearch(ebcdic: Self.page)
    var trails = [CredentialSearch.Trail(), CredentialSearch.Trail()]
    var lines = CredentialLocator.LineState()
    for marked in [
      "s220 ready\r\n", "cEHLO x\r\n", "s250 AUTH LOGIN\r\n", "cAUTH LOGIN\r\n",
      "s334 «VXNlcg==»\r\n", "c«dXNlcg==»\r\n", "s334 «UGFzcw==»\r\n", "c«cGFz»", "c«cw==»\r\n",
      "s235 pass ok\r\n", "cMAIL FROM:<a@b>\r\n", "cAUTH PLAIN «AGJvYgBwdw==»\r\n", "s235 ok\r\n",
      "cQUIT\r\n",
    ] {
      let isServer = marked.hasPrefix("s")
      let (bytes, ranges) = SecretCase(String(marked.dropFirst())).plain
      unsafe search.search(
        bytes.span.bytes, after: &trails[isServer ? 1 : 0], lines: &lines,
        isServer ? server : client)
      #expect(search.found.map(\.range) == ranges, "\(marked)")
    }
  }

  @Test(arguments: [
    // Short lengths; long lengths as other servers write them; SASL.
    "30 1c 02 01 01 60 17 02 01 03 04 0a 636e3d6a6f652c6f3d78 80 06 «68756e746572»",
    "308400000021 02 01 02 6084000000 18 02 01 03 04 84 00000003 636e3d 80 84 00000006 «736563726574»",
    "30 1b 02 01 01 60 16 02 01 03 04 00 a3 0f 04 05 504c41494e 04 06 «0061007077ff» 3005020103 4200",
    // No password, and no bind.
    "30 0c 02 01 01 60 07 02 01 03 04 00 80 00", "02 01 03 04 05 68656c6c6f 80 03 616263",
  ])
  func binds(_ marked: String) {
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    var start = 0
    var digits = ""
    for character in marked where character != " " {
      switch character {
      case "«": start = bytes.count
      case "»": ranges.append(start..<bytes.count)
      default:
        digits.append(character)
        guard digits.count == 2 else { continue }
        bytes.append(UInt8(digits, radix: 16) ?? 0)
        digits = ""
      }
    }
    for at in 0...bytes.count {
      let result = Self.masked([Array(bytes[..<at]), Array(bytes[at...])])
      var expected = bytes
      for place in ranges.joined() { expected[place] = 0x2A }
      #expect(result.bytes == expected, "cut at \(at)")
      #expect(result.count == ranges.count, "cut at \(at)")
    }
  }

  /// Names at each distance from the end of eight-byte words, and far from anything else.
  @Test func stemsAreFoundEverywhere() {
    for stem in ["password", "TOKEN", "Secret", "pin=", "://", "x-api-key", "signature", "cookie"] {
      for offset in 0..<40 {
        let bytes = Array((String(repeating: ".", count: offset) + stem + "=....").utf8)
        let place = unsafe CredentialStems.shared.next(bytes.span.bytes, from: 0)
        #expect(place != nil && place ?? 0 >= offset && place ?? 0 < offset + stem.utf8.count)
      }
    }
    let plain = Array("the quick brown fox jumps over the lazy dog, 0123456789 times".utf8)
    #expect(unsafe CredentialStems.shared.next(plain.span.bytes, from: 0) == nil)
  }

  /// Whatever the bytes are: ranges in order and inside, in bounded time.
  @Test func anyBytes() {
    var state: UInt64 = 7
    let pieces = [
      "pass", "\"token\":", "{", "}", "\"", "=", ":", "\r\n", " ", "auth", "<", ">", "://", "@",
    ]
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      while bytes.count < 400 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let pick = Int(state >> 33)
        if pick % 3 == 0 {
          bytes.append(UInt8(truncatingIfNeeded: pick >> 8))
        } else {
          bytes += Array(pieces[pick % pieces.count].utf8)
        }
      }
      let cut = Int(state >> 40) % bytes.count
      #expect(Self.masked([Array(bytes[..<cut]), Array(bytes[cut...])]).bytes.count == bytes.count)
    }
  }
}
