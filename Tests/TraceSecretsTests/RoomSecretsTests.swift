import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceProtocols
@testable import TraceSecrets

/// Secrets in messages of protocols that have a room: masked where they stand, in what the protocol allows.
@Suite("Secrets of rooms") struct RoomSecretsTests {
  typealias Piece = (fromClient: Bool, bytes: [UInt8])
  private static let secret = Carrier.secret

  /// What both sides sent after it went through the stage in records that were cut at `cut`.
  static func masked(
    _ pieces: [Piece], cut: Int, mode: SecretStage.Mode = .redact
  ) throws -> (client: [UInt8], server: [UInt8], stage: SecretStage) {
    let sink = CollectingSink()
    let stage = SecretStage(to: sink, SecretStage.Options(mode))
    let tracker = FlowTracker(to: stage)
    var number = 0
    for (fromClient, bytes) in pieces {
      let at = bytes.count > 1 ? 1 + cut % (bytes.count - 1) : 0
      for part in [Array(bytes[..<at]), Array(bytes[at...])] where !part.isEmpty {
        var record = TraceRecord()
        record.kind = .dataTrace
        record.direction = fromClient ? .inbound : .outbound
        record.number = UInt64(number + 1)
        record.time = 1_767_600_000_000_000_000 + Int64(number)
        record.ipProtocol = 6
        let ends = [(UInt32(0x0A01_0002), UInt16(45168)), (0x0A01_0102, 8803)]
        let (from, to) = fromClient ? (ends[0], ends[1]) : (ends[1], ends[0])
        (record.source, record.sourcePort) = (IPAddress(ipv4: from.0), from.1)
        (record.destination, record.destinationPort) = (IPAddress(ipv4: to.0), to.1)
        record.tracedLength = part.count
        record.originalLength = part.count
        try unsafe tracker.record(record, part.span.bytes)
        number += 1
      }
    }
    try tracker.finish()
    let said = { (direction: Direction) in
      sink.records.filter { $0.record.direction == direction }.flatMap(\.payload)
    }
    return (said(.inbound), said(.outbound), stage)
  }

  private static func leaks(_ bytes: [UInt8]) -> Bool {
    Carrier.forms.contains { bytes.contains($0) }
  }

  // MARK: - HTTP/2

  private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ bytes: [UInt8])
    -> [UInt8]
  {
    [
      0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF), type, flags, 0, 0,
      UInt8(stream >> 8), UInt8(stream & 0xFF),
    ] + bytes
  }

  private static func field(_ name: String, _ value: String, coded: Bool) -> [UInt8] {
    let bytes = Array(value.utf8)
    let text = coded ? HPACKTables.masked(bytes, []) : bytes
    // Kept in the table.
    return [0x40, UInt8(name.utf8.count)] + Array(name.utf8)
      + [UInt8(text.count) | (coded ? 0x80 : 0)] + text
  }

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])

  @Test(arguments: [false, true], [false, true])
  func fieldsOfHTTP2(coded: Bool, inFrames: Bool) throws {
    let block =
      [0x82, 0x86]
      + Self.field(":path", "/cb?state=1&code=\(Self.secret)&x=1", coded: coded)
      + Self.field("authorization", "Bearer \(Self.secret)", coded: coded)
      + Self.field("cookie", "a=\(Self.secret)", coded: coded)
      + Self.field("accept", "text/plain", coded: coded)
    let middle = 40
    let heads =
      inFrames
      ? Self.frame(1, 1, 1, Array(block[..<middle])) + Self.frame(9, 4, 1, Array(block[middle...]))
      : Self.frame(1, 5, 1, block)
    // The table holds what was masked; it is told by number in the next request.
    let next = Self.frame(1, 5, 3, [0x82, 0x86, 0xC1, 0xC0, 0xBF, 0xBE])
    let bytes = Self.preface + heads + next
    for cut in stride(from: 0, to: bytes.count, by: 3) {
      let output = try Self.masked([(true, bytes)], cut: cut).client
      #expect(output.count == bytes.count)
      var table = HPACK()
      var fields: [String] = []
      var parts: [UInt8] = []
      var at = 24
      while at < output.count {
        let rest = Array(output[at...])
        let head = try #require(HTTP2Frame(unsafe rest.span.bytes))
        parts += output[at + 9..<at + 9 + head.length]
        if head.flags & 4 != 0 {
          let isWhole = table.decode(unsafe parts.span.bytes) {
            fields.append(
              String(decoding: $0.name ?? [], as: UTF8.self) + ": "
                + String(decoding: $0.value ?? [], as: UTF8.self))
          }
          #expect(isWhole)
          parts = []
        }
        at += 9 + head.length
      }
      #expect(fields.count == 12, "\(cut): \(fields)")
      #expect(!fields.contains { $0.contains(Self.secret.suffix(6)) }, "\(cut): \(fields)")
      #expect(fields.filter { $0.hasPrefix(":path: /cb?state=1&code=*") }.count == 2, "\(fields)")
      #expect(fields.filter { $0.hasPrefix("authorization: Bearer *") }.count == 2, "\(fields)")
      #expect(fields.filter { $0 == "accept: text/plain" }.count == 2, "\(fields)")
      if !coded { #expect(!Self.leaks(output)) }
    }
  }

  @Test func bodiesOfHTTP2() throws {
    let body = Array(#"{"user":"me","password":"\#(Self.secret)","n":1}"#.utf8)
    let head = [0x83, 0x86, 0x84] + Self.field("content-type", "application/json", coded: false)
    let bytes =
      Self.preface + Self.frame(1, 4, 1, head) + Self.frame(0, 0, 1, Array(body[..<30]))
      + Self.frame(1, 5, 3, [0x82, 0x86, 0x84]) + Self.frame(0, 1, 1, Array(body[30...]))
    for cut in stride(from: 0, to: bytes.count, by: 3) {
      let output = try Self.masked([(true, bytes)], cut: cut).client
      #expect(output.count == bytes.count)
      #expect(!Self.leaks(output))
      #expect(output.contains(Array(#"{"user":"me","password":"*****"#.utf8)))
    }
  }

  /// The frames of so many streams with one body each, which are under way at the same time.
  private static func manyBodies(_ count: Int, _ head: [UInt8], _ body: [UInt8]) -> [Piece] {
    let middle = body.count - 14
    let streams = (0..<count).map { 2 * $0 + 1 }
    return [(true, preface)] + streams.map { (true, frame(1, 4, $0, head)) }
      + streams.map { (true, frame(0, 0, $0, Array(body[..<middle]))) }
      + streams.map { (true, frame(0, 1, $0, Array(body[middle...]))) }
  }

  @Test(arguments: [300, 1200])
  func bodiesOfManyStreams(_ count: Int) throws {
    let body = Array(#"{"user":"me","password":"\#(Self.secret)"}"#.utf8)
    let pieces = Self.manyBodies(count, [0x83, 0x86, 0x84], body)
    let (output, _, stage) = try Self.masked(pieces, cut: 7)
    #expect(!Self.leaks(output))
    #expect(stage.credentials.masked == UInt64(count))
    #expect(stage.unsearched == [])
  }

  @Test func bodiesOfMoreStreamsThanAreKept() throws {
    let count = OpenTexts.mostTexts + 500
    let body = Array(#"{"value":"\#(Self.secret)","name":"password"}"#.utf8)
    let pieces = Self.manyBodies(count, [0x83, 0x86, 0x84], body)
    let (output, _, stage) = try Self.masked(pieces, cut: 7, mode: .strict)
    #expect(!Self.leaks(output))
    #expect(stage.unsearched.map(\.what) == ["what follows missing bytes"])
    #expect(stage.leftOut > 0)
  }

  @Test func codingsOfMoreStreamsThanAreKept() throws {
    let body = Deflate.compress(Array(#"{"user":"me","password":"\#(Self.secret)"}"#.utf8), .gzip)
    let head = [0x83, 0x86, 0x84] + Self.field("content-encoding", "gzip", coded: false)
    let more = (0...HTTP2Secrets.mostBodies).map {
      (true, Self.frame(1, 4, 2 * $0 + 1, $0 == 0 ? head : [0x83, 0x86, 0x84, 0xBE]))
    }
    let pieces: [Piece] = [(true, Self.preface)] + more + [(true, Self.frame(0, 1, 1, body))]
    for mode in [SecretStage.Mode.redact, .strict] {
      let (output, _, stage) = try Self.masked(pieces, cut: 7, mode: mode)
      #expect(!stage.unsearched.isEmpty)
      #expect(output.contains(body.suffix(12)) == (mode == .redact))
    }
  }

  // MARK: - LDAP

  @Test(arguments: [50, 1190])
  func attributesOfLargeEntries(_ place: Int) throws {
    func tlv(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
    let attributes = (0..<1200).map { number in
      let (name, value) = number == place ? ("userPassword", Self.secret) : ("a\(number)", "v")
      return tlv(0x30, tlv(4, Array(name.utf8)) + tlv(0x31, tlv(4, Array(value.utf8))))
    }
    let entry = tlv(4, Array("cn=x".utf8)) + tlv(0x30, attributes.flatMap { $0 })
    let bind = tlv(0x60, [2, 1, 3] + tlv(4, Array("cn=me".utf8)) + tlv(0x80, Array("pw".utf8)))
    let pieces: [Piece] = [
      (true, tlv(0x30, [2, 1, 1] + bind)), (true, tlv(0x30, [2, 1, 2] + tlv(0x68, entry))),
    ]
    #expect(!Self.leaks(try Self.masked(pieces, cut: 7).client))
  }

  // MARK: - WebSocket

  private static func webSocket(
    _ text: [UInt8], key: [UInt8] = [], opcode: UInt8 = 0x81
  ) -> [UInt8] {
    var head = [opcode, UInt8(text.count) | (key.isEmpty ? 0 : 0x80)] + key
    for (index, byte) in text.enumerated() {
      head.append(key.isEmpty ? byte : byte ^ key[index & 3])
    }
    return head
  }

  @Test func webSocketMessages() throws {
    let ask = Array("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n".utf8)
    let answer = Array("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n".utf8)
    let text = Array(#"{"user":"me","password":"\#(Self.secret)","pin":1234}"#.utf8)
    let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    let client =
      Self.webSocket(Array(text[..<30]), key: key, opcode: 0x01)
      + Self.webSocket(Array(text[30...]), key: key.reversed(), opcode: 0x80)
    let server = Self.webSocket(Array("token=\(Self.secret)".utf8))
    for cut in 0..<client.count {
      let (said, answered, _) = try Self.masked(
        [(true, ask), (false, answer + server), (true, client)], cut: cut)
      #expect(!Self.leaks(answered))
      let frames = Array(said[ask.count...])
      #expect(frames.count == client.count)
      var plain: [UInt8] = []
      for range in [6..<36, 42..<frames.count] {
        let mask = Array(frames[range.lowerBound - 4..<range.lowerBound])
        plain += frames[range].enumerated().map { $1 ^ mask[$0 & 3] }
      }
      let masked = String(repeating: "*", count: Self.secret.utf8.count)
      #expect(
        String(decoding: plain, as: UTF8.self)
          == #"{"user":"me","password":"\#(masked)","pin":1111}"#, "\(cut)")
    }
  }

  // MARK: - LDAP, Kafka

  private static func ber(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    content.count < 0x80
      ? [tag, UInt8(content.count)] + content
      : [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
  }

  private static let operations: [(name: String, bytes: [UInt8])] = {
    let secret = Array(Self.secret.utf8)
    let name = ber(4, Array("cn=me,o=x".utf8))
    let attribute = { (name: String) in ber(4, Array(name.utf8)) }
    let set = ber(0x31, ber(4, secret) + ber(4, secret))
    let change = ber(0x30, ber(10, [2]) + ber(0x30, attribute("racfPassword") + set))
    let search =
      name + ber(10, [2]) + ber(10, [0]) + ber(2, [0]) + ber(2, [0]) + ber(1, [0])
      + ber(
        0xA0,
        ber(0xA3, attribute("uid") + ber(4, Array("me".utf8)))
          + ber(0xA3, attribute("userPassword") + ber(4, secret))) + ber(0x30, [])
    return [
      ("simple bind", ber(0x60, ber(2, [3]) + name + ber(0x80, secret))),
      (
        "SASL bind",
        ber(
          0x60, ber(2, [3]) + name + ber(0xA3, ber(4, Array("PLAIN".utf8)) + ber(4, [0] + secret)))
      ),
      ("modify", ber(0x66, name + ber(0x30, change + change + change + change))),
      ("search", ber(0x63, search)),
      (
        "description",
        ber(
          0x68,
          name
            + ber(
              0x30,
              ber(
                0x30,
                attribute("description") + ber(0x31, ber(4, Array("password=\(Self.secret)".utf8)))
              )))
      ),
    ]
  }()

  @Test(arguments: operations.indices)
  func ldap(_ index: Int) throws {
    let (name, operation) = Self.operations[index]
    let bytes =
      Self.ber(0x30, Self.ber(2, [1]) + Self.ber(0x42, []))
      + Self.ber(0x30, Self.ber(2, [2]) + operation)
    for cut in 0..<bytes.count {
      let output = try Self.masked([(true, bytes)], cut: cut).client
      #expect(output.count == bytes.count)
      #expect(!Self.leaks(output), "\(name), \(cut): \(String(decoding: output, as: UTF8.self))")
      #expect(output.contains(Array("cn=me,o=x".utf8)))
      // Every element is where it was.
      let second = Array(output[7...])
      let message = try #require(LDAPMessage(unsafe second.span.bytes))
      #expect(message.length == second.count)
    }
  }

  @Test(arguments: [UInt16(0), 1, 2])
  func kafka(version: UInt16) throws {
    let token = Array("\u{0}me\u{0}\(Self.secret)".utf8)
    func message(_ key: UInt8, _ version: UInt16, _ body: [UInt8]) -> [UInt8] {
      let content = [0, key, 0, UInt8(version), 0, 0, 0, 7, 0, 5] + Array("admin".utf8) + body
      return [0, 0, 0, UInt8(content.count)] + content
    }
    let handshake = message(17, version == 0 ? 0 : 1, [0, 5] + Array("PLAIN".utf8))
    let login: [UInt8] =
      switch version {
      case 0: [0, 0, 0, UInt8(token.count)] + token
      case 1: message(36, 1, [0, 0, 0, UInt8(token.count)] + token)
      default: message(36, 2, [0, UInt8(token.count + 1)] + token + [0])
      }
    let bytes = handshake + login
    for cut in 0..<bytes.count {
      let output = try Self.masked([(true, bytes)], cut: cut).client
      #expect(output.count == bytes.count)
      #expect(!Self.leaks(output))
      var expected = bytes
      let last = version == 2 ? 1 : 0
      for at in 0..<Self.secret.utf8.count { expected[bytes.count - 1 - last - at] = 0x2A }
      #expect(output == expected, "\(cut)")
    }
  }

  // MARK: - Coded bodies

  @Test(arguments: ["gzip", "deflate", "raw", "gzip, gzip", "deflate, gzip"], [false, true])
  func codedBodies(_ codings: String, chunked: Bool) throws {
    let filler = (0..<200).map { "\"k\($0)\":\($0 * 7919 % 1000)" }.joined(separator: ",")
    let text = Array(#"{"user":"me","password":"\#(Self.secret)",\#(filler)}"#.utf8)
    var body = text
    for coding in codings.split(separator: ", ") {
      body = Deflate.compress(body, coding == "gzip" ? .gzip : coding == "raw" ? .raw : .zlib)
    }
    let name = codings == "raw" ? "deflate" : codings
    var head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Encoding: \(name)\r\n"
    var framed = body
    if chunked {
      head += "Transfer-Encoding: chunked\r\n\r\n"
      framed = []
      for start in stride(from: 0, to: body.count, by: 100) {
        let chunk = body[start..<min(start + 100, body.count)]
        framed += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
      }
      framed += Array("0\r\n\r\n".utf8)
    } else {
      head += "Content-Length: \(body.count)\r\n\r\n"
    }
    let bytes = Array(head.utf8) + framed
    for cut in stride(from: 0, to: bytes.count, by: 37) {
      let (output, _, stage) = try Self.masked([(true, bytes)], cut: cut, mode: .strict)
      #expect(output.count == bytes.count)
      #expect(stage.unsearched == [])
      var content = Array(output[head.utf8.count...])
      if chunked {
        var at = 0
        var parts: [UInt8] = []
        while let end = content[at...].firstIndex(of: 0x0D),
          let size = Int(String(decoding: content[at..<end], as: UTF8.self), radix: 16), size > 0
        {
          parts += content[end + 2..<end + 2 + size]
          at = end + 4 + size
        }
        content = parts
      }
      for coding in codings.split(separator: ", ").reversed() {
        let decoder = ContentDecoder(coding == "gzip" ? .gzip : .deflate)
        var plain: [UInt8] = []
        decoder.decode(unsafe content.span.bytes) { plain.append($0) }
        decoder.finish()
        #expect(decoder.state == .complete)
        content = plain
      }
      var expected = text
      let at = try #require(text.place(of: Array(Self.secret.utf8)))
      for index in at..<at + Self.secret.utf8.count { expected[index] = 0x2A }
      #expect(content == expected, "\(String(decoding: content, as: UTF8.self))")
    }
  }

  /// Masking goes through all of a body; who only watches for secrets looks at its beginning.
  @Test(arguments: [1000, 300_000])
  func largeCodedBodies(_ before: Int) throws {
    let filler = String(repeating: "nothing to see here\n", count: before / 20)
    let text = Array("\(filler){\"password\":\"\(Self.secret)\"}".utf8)
    let body = Deflate.compress(text, .gzip)
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"
    let answer = (false, Array(head.utf8) + body)
    let (_, output, stage) = try Self.masked([answer], cut: 9, mode: .strict)
    let decoder = ContentDecoder(.gzip)
    var plain: [UInt8] = []
    let coded = Array(output[head.utf8.count...])
    decoder.decode(unsafe coded.span.bytes) { plain.append($0) }
    #expect(plain.count == text.count)
    #expect(plain.place(of: Array(Self.secret.utf8)) == nil)
    #expect(stage.credentials.masked == 1)
    let watch = try Self.masked([answer], cut: 9, mode: .watch).stage
    #expect(watch.credentials.seen == (before < 65_536))
  }

  @Test func codedDataIsFilledToAnyLength() throws {
    let text = Array("nothing but some text to be coded".utf8)
    for format in [Deflate.Format.gzip, .zlib, .raw] {
      let data = Deflate.compress(text, format)
      var found = 0
      for more in 0...60 {
        guard let filled = CodedBody.filled(data, format, to: data.count + more) else { continue }
        found += 1
        #expect(filled.count == data.count + more)
        let decoder = ContentDecoder(format == .gzip ? .gzip : .deflate)
        var plain: [UInt8] = []
        decoder.decode(unsafe filled.span.bytes) { plain.append($0) }
        decoder.finish()
        // Raw data that begins with filling looks like none with a header to nobody.
        #expect(plain == text, "\(format), \(more)")
      }
      #expect(found >= (format == .gzip ? 61 : 55), "\(format): \(found)")
    }
  }
}

extension [UInt8] {
  fileprivate func place(of other: [UInt8]) -> Int? {
    guard other.count <= count else { return nil }
    return (0...count - other.count).first { Array(self[$0..<$0 + other.count]) == other }
  }
}
