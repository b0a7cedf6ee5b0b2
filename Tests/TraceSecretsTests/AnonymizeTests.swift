import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceProtocols
@testable import TraceSecrets

/// Pseudonyms: the published vectors, and what must stay as it was.
@Suite("Pseudonyms") struct AnonymizeTests {
  /// The key of the sample of CryptoPAn's authors.
  private static let key: [UInt8] = [
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121,
    121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
  ]

  private static func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8).compactMap(SecretText.hex)
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  // FIPS 197 appendices B and C.1, and the first block of SP 800-38A F.1.1.
  @Test(arguments: [
    (
      "2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734",
      "3925841d02dc09fbdc118597196a0b32"
    ),
    (
      "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
      "69c4e0d86a7b0430d8cdb78070b4c55a"
    ),
    (
      "2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172a",
      "3ad77bb40d7a3660a89ecaf32466ef97"
    ),
  ])
  func cipher(_ key: String, _ plain: String, _ coded: String) {
    #expect(AES128(Self.hex(key)).encrypt(Self.hex(plain)) == Self.hex(coded))
  }

  private static func ipv4(_ text: String) -> UInt32 {
    text.split(separator: ".").reduce(0) { $0 << 8 | (UInt32($1) ?? 0) }
  }

  // The sample trace that comes with the program of CryptoPAn's authors.
  @Test(arguments: [
    ("128.11.68.132", "135.242.180.132"), ("129.118.74.4", "134.136.186.123"),
    ("130.132.252.244", "133.68.164.234"), ("141.223.7.43", "141.167.8.160"),
    ("141.233.145.108", "141.129.237.235"), ("152.163.225.39", "151.140.114.167"),
    ("156.29.3.236", "147.225.12.42"), ("165.247.96.84", "162.9.99.234"),
    ("166.107.77.190", "160.132.178.185"), ("192.102.249.13", "252.138.62.131"),
    ("192.215.32.125", "252.43.47.189"), ("192.233.80.103", "252.25.108.8"),
    ("192.41.57.43", "252.222.221.184"), ("193.150.244.223", "253.169.52.216"),
    ("195.205.63.100", "255.186.223.5"), ("198.200.171.101", "249.199.68.213"),
    ("198.26.132.101", "249.36.123.202"), ("198.36.213.5", "249.7.21.132"),
    ("198.51.77.238", "249.18.186.254"), ("199.217.79.101", "248.38.184.213"),
  ])
  func addressesOfVersion4(_ old: String, _ new: String) {
    var map = AddressMap(Self.key)
    #expect(map.map(ipv4: Self.ipv4(old)) == Self.ipv4(new))
    // It is remembered as it was.
    #expect(map.map(ipv4: Self.ipv4(old)) == Self.ipv4(new))
  }

  @Test func prefixesStay() {
    var map = AddressMap(Self.key)
    var random = SplitMix(7)
    for _ in 0..<300 {
      let one = UInt32.random(in: 0x0100_0000...0x7EFF_FFFF, using: &random)
      let shared = Int.random(in: 0...31, using: &random)
      let other = one ^ (0x8000_0000 >> UInt32(shared))
      guard !AddressMap.stays(ipv4: other) else { continue }
      let common = (map.map(ipv4: one) ^ map.map(ipv4: other)).leadingZeroBitCount
      #expect(common == (one ^ other).leadingZeroBitCount)
    }
    for base in [
      IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), IPAddress(high: 0xFE80 << 48, low: 9),
    ] {
      for bit in 0..<128 {
        var other = base
        if bit < 64 {
          other.high ^= 1 << UInt64(63 - bit)
        } else {
          other.low ^= 1 << UInt64(127 - bit)
        }
        guard !AddressMap.stays(other), !other.isIPv4 else { continue }
        let (a, b) = (map.map(base), map.map(other))
        let common =
          a.high == b.high
          ? 64 + (a.low ^ b.low).leadingZeroBitCount : (a.high ^ b.high).leadingZeroBitCount
        #expect(common == bit)
      }
    }
    for special in [0, UInt32.max, 0x7F00_0001, 0xE000_0005] {
      #expect(map.map(ipv4: special) == special)
    }
  }

  @Test func namesAreOneToOne() {
    var map = NameMap(Self.key)
    var seen: Set<[UInt8]> = []
    for number in 0..<2000 {
      let name = Array("USER\(number)".utf8)
      let mapped = map.map(name)
      #expect(mapped.count == name.count)
      #expect(seen.insert(mapped).inserted)
      for (old, new) in zip(name, mapped) {
        #expect((old &- 0x30 < 10) == (new &- 0x30 < 10))
        #expect((old &- 0x41 < 26) == (new &- 0x41 < 26))
      }
    }
    let upper = map.map(Array("IBMUSER".utf8))
    #expect(map.map(Array("ibmuser".utf8)) == upper.map { $0 | 0x20 })
    #expect(upper != Array("IBMUSER".utf8))
    var other = NameMap([UInt8](repeating: 1, count: 32))
    #expect(other.map(Array("IBMUSER".utf8)) != upper)
  }

  @Test func keys() {
    let digits = String(repeating: "0f", count: 32)
    #expect(Pseudonyms.key(Array(digits.utf8)) == [UInt8](repeating: 0x0F, count: 32))
    #expect(Pseudonyms.key(Array("0x\(digits)\n".utf8)) == [UInt8](repeating: 0x0F, count: 32))
    #expect(Pseudonyms.key(Self.key) == Self.key)
    let phrase = Pseudonyms.key(Array("a phrase".utf8))
    #expect(phrase.count == 32)
    #expect(phrase == Pseudonyms.key(Array("a phrase\n".utf8)))
    #expect(phrase != Pseudonyms.key(Array("another".utf8)))
    #expect(Pseudonyms.randomKey() != Pseudonyms.randomKey())
  }

  // MARK: - Texts

  private static func mapped(_ text: String, _ pseudonyms: Pseudonyms) -> String {
    var finder = NameFinder(Array(text.utf8), pseudonyms)
    finder.search()
    var bytes = Array(text.utf8)
    for (range, new) in finder.found { bytes.replaceSubrange(range, with: new) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    "GET /x HTTP/1.1\r\nHost: gpm1.corp.example.com:8803\r\n",
    "Referer: http://gpm1.corp.example.com/x?y=1",
    "see ftp://IBMUSER:pw@gpm1.corp.example.com/x now",
    "From: IBMUSER@corp.example.com\r\n",
    "USER IBMUSER\r\n", "ALTUSER IBMUSER RESUME", "//A JOB 1,USER=IBMUSER,CLASS=A",
    "ADDUSER IBMUSER OWNER(IBMUSER)", #"{"userid": "IBMUSER", "n": 1}"#,
    "<user>IBMUSER</user>", "a1 LOGIN IBMUSER x", "racfid=IBMUSER,profiletype=user",
    "X-Forwarded-For: 192.168.17.23, 10.9.8.7", "from 2001:db8:7:8::17 to",
    "PORT 192,168,17,23,195,80\r\n", "EHLO gpm1.corp.example.com\r\n", "helo gpm1.corp.example.com",
    "NICK IBMUSER", "LOGON IBMUSER", "a1 login \"IBMUSER\"", "LISTUSER IBMUSER", "DELUSER IBMUSER",
    "CONNECT IBMUSER GROUP(X)", "PERMIT IBMUSER", "X-Authenticated-User: IBMUSER",
    "Login_Name=IBMUSER",
  ])
  func textsNameNobody(_ text: String) {
    let pseudonyms = Pseudonyms(key: Self.key)
    let mapped = Self.mapped(text, pseudonyms)
    #expect(mapped.utf8.count == text.utf8.count)
    for secret in [
      "IBMUSER", "gpm1", "corp", "example", "192.168.17.23", "10.9.8.7", "192,168,17,23",
      "2001:db8:7:8::17",
    ] {
      #expect(!mapped.contains(secret), "\(mapped)")
    }
    // The same again.
    #expect(Self.mapped(text, Pseudonyms(key: Self.key)) == mapped)
  }

  @Test(arguments: [
    "at 10.1.2.3.", "10.1.2.3:80", "x,10.1.2.3", "10,1,2,3,4,5", "fe80::1a", "to [2001:db8::17]",
    "fe80::1a.", ":12:ab", "1:2:3:4:5:6:7:80", "host:10.1.2.3,x",
  ])
  func addressesByTheirShape(_ text: String) {
    #expect(Self.mapped(text, Pseudonyms(key: Self.key)) != text)
  }

  @Test(arguments: [
    "10.1.2", "10.1.2.3.4", "10.1.2.1234", "10.1..3", "a10.1.2.3", "x/10.1.2.3", "10,1,2,3",
    "10,1,2,3,4,5,6", "10:14:58", "a::b", "12345::1a", "1:2:3:4:5:6:7:8:90", "ab:cd", "::",
    "300.1.2.3",
  ])
  func otherNumbersStay(_ text: String) {
    #expect(Self.mapped(text, Pseudonyms(key: Self.key)) == text)
  }

  @Test(arguments: [
    "POST /login HTTP/1.1\r\n", "GET /a/b/login HTTP/1.0\r\n", "GET /user-login HTTP/1.1\r\n",
    "GET /a?login HTTP/1.1\r\n", "GET /a.login HTTP/1.1\r\n", "GET /2login HTTP/1.1\r\n",
  ])
  func versionsOfHTTPStay(_ text: String) {
    #expect(Self.mapped(text, Pseudonyms(key: Self.key)) == text)
  }

  @Test func namesOfRecordsAreRemembered() {
    let pseudonyms = Pseudonyms(key: Self.key)
    let names = ["GPMSERVE", "DB2ADIST", "IZUSVR1"].map { RecordName($0, length: 8) }
    for name in names + names { pseudonyms.learn(name) }
    let mapped = names.map { pseudonyms.map($0) }
    #expect(Set(mapped).count == 3)
    #expect(names.map { Pseudonyms(key: Self.key).map($0) } == mapped)
    #expect(Self.mapped("job DB2ADIST", pseudonyms) == "job \(mapped[1].text)")
  }

  @Test func whatWasNamedIsKnown() {
    let pseudonyms = Pseudonyms(key: Self.key)
    let user = String(decoding: pseudonyms.map(name: Array("IBMUSER".utf8)), as: UTF8.self)
    #expect(Self.mapped("IBMUSER is a word", pseudonyms) == "IBMUSER is a word")
    _ = Self.mapped("user=IBMUSER", pseudonyms)
    #expect(Self.mapped("IBMUSER is a name", pseudonyms) == "\(user) is a name")
    #expect(Self.mapped("of ibmuser.", pseudonyms) == "of \(user.lowercased()).")
    #expect(Self.mapped("a-IBMUSER_b", pseudonyms) == "a-\(user)_b")
    // The same letters in front, the same last one, the same length.
    for other in ["IBMUSERS are not", "IBMUXER", "ibmuxyr", "XIBMUSER", "IBMUSE"] {
      #expect(Self.mapped(other, pseudonyms) == other)
    }
    let plain = "GET /a/perform.xml HTTP/1.1\r\nUser-Agent: x/1.2.3.4 y\r\nAccept: */*\r\n"
    #expect(Self.mapped(plain, pseudonyms) == plain)
  }

  @Test func moreNamesThanAreKnown() {
    let pseudonyms = Pseudonyms(key: Self.key, mostLearned: 2)
    for name in ["IBMUSER", "ibmuser", "OTHERS"] { pseudonyms.learn(Array(name.utf8)) }
    #expect(!pseudonyms.isFull)
    pseudonyms.learn(Array("THIRD".utf8))
    #expect(pseudonyms.isFull)
    #expect(Self.mapped("of THIRD", pseudonyms) == "of THIRD")
    #expect(Self.mapped("of OTHERS", pseudonyms) != "of OTHERS")
  }

  // MARK: - Records and packets

  @Test(arguments: [false, true])
  func dataTraces(masks: Bool) throws {
    let body = Array(#"{"user":"IBMUSER","password":"pw4"}"#.utf8)
    let host = "gpm1.example.com"
    let texts: [[UInt8]] = [
      Array(
        ("POST /x HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Basic SUJNVVNFUjpwdzQ=\r\n"
          + "Content-Length: \(body.count)\r\n\r\n").utf8) + body,
      CodePage.ibm1047.bytes("POST /x HTTP/1.1\nHost: \(host)\n\n") ?? [],
    ]
    for text in texts {
      for cut in stride(from: 1, to: text.count, by: 3) {
        let sink = CollectingSink()
        var options = SecretStage.Options(.redact)
        options.masks = masks
        let pseudonyms = Pseudonyms(key: Self.key)
        options.pseudonyms = pseudonyms
        let behind = FlowTracker(to: sink)
        let stage = SecretStage(to: AnonymizeStage(to: behind, pseudonyms), options)
        let tracker = FlowTracker(to: stage)
        for (index, piece) in [Array(text[..<cut]), Array(text[cut...])].enumerated() {
          var record = TraceRecord()
          record.kind = .dataTrace
          record.direction = .inbound
          record.name = RecordName("GPMSERVE", length: 8)
          record.number = UInt64(index + 1)
          record.ipProtocol = 6
          record.source = IPAddress(ipv4: 0x800B_4484)
          record.destination = IPAddress(ipv4: 0x8176_4A04)
          (record.sourcePort, record.destinationPort) = (40000, 8803)
          record.tracedLength = piece.count
          record.originalLength = piece.count
          try unsafe tracker.record(record, piece.span.bytes)
        }
        try tracker.finish()
        let output = sink.records.flatMap(\.payload)
        #expect(output.count == text.count)
        for word in ["IBMUSER", "gpm1", "SUJNVVNFUj", masks ? "pw4" : "IBMUSER"] {
          #expect(!output.contains(Array(word.utf8)), "\(cut): \(word)")
          #expect(!output.contains(CodePage.ibm1047.bytes(word) ?? []), "\(cut): \(word)")
        }
        #expect(stage.credentials.seen == (!masks && text == texts[0]))
        for record in sink.records {
          #expect(record.record.source == IPAddress(ipv4: 0x87F2_B484))
          #expect(record.record.destination == IPAddress(ipv4: 0x8688_BA7B))
          #expect(record.record.name.text != "GPMSERVE")
          #expect(record.record.name.text.count == 8)
        }
      }
    }
  }

  @Test(arguments: [6, 17] as [UInt8], [4, 6])
  func checksumsOfPackets(number: UInt8, version: Int) throws {
    let source =
      version == 4
      ? IPAddress(ipv4: 0x0A01_0203) : IPAddress(high: 0x2001_0DB8_0000_0000, low: 0x17)
    let destination =
      version == 4
      ? IPAddress(ipv4: 0x0A01_0204) : IPAddress(high: 0x2001_0DB8_0000_0000, low: 0x18)
    let payload = Array("some text that is sent".utf8)
    let build = { (from: IPAddress, to: IPAddress) in
      let headers = PacketHeaders(
        source: Endpoint(from, 1000), destination: Endpoint(to, 2000), ipProtocol: number,
        sequence: 5, acknowledgement: 6, flags: 0x18)
      return unsafe headers.bytes(payload.span.bytes) + payload
    }
    let pseudonyms = Pseudonyms(key: Self.key)
    var packet = build(source, destination)
    let expected = build(pseudonyms.map(source), pseudonyms.map(destination))
    var mapper = PacketMapper(pseudonyms)
    mapper.map(&packet, .raw)
    #expect(packet == expected)
    // In an Ethernet frame, and inside of an answer of ICMP.
    let ether = version == 4 ? [0x08, 0x00] : [0x86, 0xDD] as [UInt8]
    var frame =
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 2, 3, 4, 5] + ether + build(source, destination)
    mapper.map(&frame, .ethernet)
    #expect(Array(frame[..<6]) == [UInt8](repeating: 0xFF, count: 6))
    #expect(frame[6] & 3 == 2)
    #expect(Array(frame[14...]) == expected)
    #expect(!mapper.isUnknown)
  }

  @Test func namesOfDNS() {
    func name(_ labels: [String]) -> [UInt8] {
      labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    }
    let question = name(["gpm1", "corp", "com"]) + [0, 0, 1, 0, 1]
    let answer: [UInt8] =
      [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 128, 11, 68, 132]
      + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 7] + name(["zos1"]) + [0xC0, 17]
    let head: [UInt8] = [1, 2, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]
    let message = head + question + answer
    let pseudonyms = Pseudonyms(key: Self.key)
    var mapper = DNSMapper(pseudonyms)
    var mapped = message
    mapper.map(&mapped)
    #expect(mapped.count == message.count)
    for word in ["gpm1", "corp", "zos1"] { #expect(!mapped.contains(Array(word.utf8))) }
    #expect(mapped.contains(Array("com".utf8)))
    #expect(mapped.contains([135, 242, 180, 132]))
    let host = pseudonyms.map(host: Array("gpm1.corp.com".utf8))
    #expect(Array(mapped[13..<17]) == Array(host[..<4]))
    for length in 0..<message.count {
      var cut = Array(message[..<length])
      mapper.map(&cut)
      #expect(cut.count == length)
    }
  }

  /// Damaged packets and messages: no length changes, and nothing stops the run.
  @Test func damaged() throws {
    var random = SplitMix(99)
    let pseudonyms = Pseudonyms(key: Self.key)
    let seeds: [[UInt8]] = [
      Self.udp(
        53, [1, 2, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 4, 0x67, 0x70, 0x6D, 0x31, 0, 0, 1, 0, 1])
        + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 128, 11, 68, 132],
      Self.udp(8803, Array("Host: gpm1.example.com user=IBMUSER 10.1.2.3 ::1 a@b.c".utf8)),
      [22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3] + [UInt8](repeating: 1, count: 60),
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 9, 1, 5, 0, 0, 0, 1]
        + [0x40, 3] + Array("abc".utf8) + [0x83, 0xF9, 0xF9, 0xF9],
      [0, 0, 0, 30, 0, 36, 0, 2, 0, 0, 0, 7, 0, 5] + Array("admin".utf8) + [
        0, 9, 0, 1, 2, 0, 3, 4, 0,
      ],
    ]
    for round in 0..<3000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random) / 2)
      let sink = CollectingSink()
      var options = SecretStage.Options(round % 3 == 0 ? .strict : .redact)
      options.masks = round % 2 == 0
      options.pseudonyms = pseudonyms
      let behind = FlowTracker(to: sink)
      let tracker = FlowTracker(
        to: SecretStage(to: AnonymizeStage(to: behind, pseudonyms), options))
      for number in 1...2 {
        var record = TraceRecord()
        record.kind = round % seeds.count < 2 ? .capture : .dataTrace
        record.linkType = record.kind == .capture ? .raw : .none
        record.number = UInt64(number)
        record.ipProtocol = 6
        record.source = IPAddress(ipv4: 0x0A01_0203)
        record.destination = IPAddress(ipv4: 0x0A01_0204)
        (record.sourcePort, record.destinationPort) = (40000, 8803)
        record.tracedLength = bytes.count
        record.originalLength = bytes.count
        try unsafe tracker.record(record, bytes.span.bytes)
      }
      try tracker.finish()
      #expect(sink.records.count == 2)
      if round % 3 != 0 { #expect(sink.records.allSatisfy { $0.payload.count == bytes.count }) }
    }
  }

  private static func udp(_ port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let headers = PacketHeaders(
      source: Endpoint(IPAddress(ipv4: 0x0A01_0203), 40000),
      destination: Endpoint(IPAddress(ipv4: 0x0A01_0204), port), ipProtocol: 17, sequence: 0,
      acknowledgement: 0, flags: 0)
    return unsafe headers.bytes(payload.span.bytes) + payload
  }

  @Test func theServerNameOfTLS() throws {
    let host = Array("gpm1.corp.example.com".utf8)
    func counted(_ bytes: [UInt8]) -> [UInt8] {
      [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }
    let names = counted(counted([0] + counted(host)))
    let hello =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + counted([0x13, 1]) + [1, 0]
      + counted([0, 0] + names)
    let record = [22, 3, 1] + counted([1, 0] + counted(hello))
    for cut in 1..<record.count {
      let sink = CollectingSink()
      var options = SecretStage.Options(.redact)
      options.masks = false
      options.pseudonyms = Pseudonyms(key: Self.key)
      let tracker = FlowTracker(to: SecretStage(to: sink, options))
      for (index, piece) in [Array(record[..<cut]), Array(record[cut...])].enumerated() {
        var entry = TraceRecord()
        entry.kind = .dataTrace
        entry.direction = .inbound
        entry.number = UInt64(index + 1)
        entry.ipProtocol = 6
        entry.source = IPAddress(ipv4: 1)
        entry.destination = IPAddress(ipv4: 2)
        (entry.sourcePort, entry.destinationPort) = (1000, 443)
        entry.tracedLength = piece.count
        entry.originalLength = piece.count
        try unsafe tracker.record(entry, piece.span.bytes)
      }
      try tracker.finish()
      let output = sink.records.flatMap(\.payload)
      #expect(output.count == record.count)
      #expect(!output.contains(Array("example".utf8)), "\(cut)")
      #expect(
        Array(output[..<(record.count - host.count)])
          == Array(record[..<(record.count - host.count)]))
    }
  }
}
