internal import TraceModel
import Testing

@testable import TraceProtocols

/// Frames as RFC 9113 section 4.1 has them.
enum HTTP2Frames {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let settings = frame(4, 0, 0, [])

  static func frame(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ bytes: [UInt8]) -> [UInt8] {
    be(bytes.count, 3) + [type, flags] + be(stream, 4) + bytes
  }

  /// A literal field that is not kept, with its name (RFC 7541 section 6.2.2).
  static func field(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  static func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { $0.isHexDigit }
    return stride(from: 0, to: digits.count, by: 2).compactMap { at in
      let start = digits.index(digits.startIndex, offsetBy: at)
      return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
    }
  }
}

private func decode(_ table: inout HPACK, _ block: String) -> [String] {
  let bytes = HTTP2Frames.hex(block)
  var fields: [String] = []
  let isWhole = table.decode(unsafe bytes.span.bytes) { field in
    let name = field.name.map { String(decoding: $0, as: UTF8.self) } ?? "?"
    let value = field.value.map { String(decoding: $0, as: UTF8.self) } ?? "?"
    fields.append("\(name): \(value)")
  }
  return isWhole ? fields : fields + ["damaged"]
}

@Suite("HPACK")
struct HPACKTests {
  /// RFC 7541 appendix C.4.
  static let requests = [
    "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
  ]

  @Test("a block that refers to a long entry again and again is not given to its end")
  func references() {
    var table = HPACK()
    let entry: [UInt8] = [0x40, 1, 0x61, 0x7F, 0xB9, 0x16] + [UInt8](repeating: 0x78, count: 3000)
    #expect(table.decode(unsafe entry.span.bytes) { _ in })
    let block = [UInt8](repeating: 0xBE, count: 4000)
    var bytes = 0
    #expect(!table.decode(unsafe block.span.bytes) { bytes += $0.value?.count ?? 0 })
    #expect(bytes > 0 && bytes <= 256 * 1024 + 3000)
  }

  @Test("requests of RFC 7541 appendix C.4")
  func requests() {
    var table = HPACK()
    let first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"]
    #expect(decode(&table, Self.requests[0]) == first)
    #expect(decode(&table, Self.requests[1]) == first + ["cache-control: no-cache"])
    #expect(
      decode(&table, Self.requests[2]) == [
        ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
        "custom-key: custom-value",
      ])
  }

  @Test("responses of RFC 7541 appendix C.6, with a table of 256 bytes")
  func responses() {
    var table = HPACK()
    let rest = [
      "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]
    #expect(
      decode(
        &table,
        "3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 "
          + "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3") == [":status: 302"] + rest)
    #expect(decode(&table, "4883 640e ffc1 c0bf") == [":status: 307"] + rest)
    #expect(
      decode(
        &table,
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad "
          + "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 "
          + "65c0 03ed 4ee5 b106 3d50 07") == [
          ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT",
          "location: https://www.example.com", "content-encoding: gzip",
          "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        ])
  }

  @Test("what was sent before is not known, and the rest is")
  func late() {
    var table = HPACK()
    #expect(
      decode(&table, Self.requests[1]) == [
        ":method: GET", ":scheme: http", ":path: /", "?: ?", "cache-control: no-cache",
      ])
    // The entry that was added since is known.
    #expect(decode(&table, "be") == ["cache-control: no-cache"])
  }

  @Test("damage", arguments: ["80", "ffffffffffff", "0085", "4184ffffffff", "828684418cf1e3"])
  func damage(_ block: String) {
    var table = HPACK()
    #expect(decode(&table, block).last == "damaged")
  }
}

@Suite("HTTP/2")
struct HTTP2Tests {
  typealias F = HTTP2Frames

  static let plain: [RoomStep] = [
    .client(F.preface + F.settings),
    .server(F.settings + F.frame(4, 1, 0, [])),
    .client(F.frame(1, 5, 1, F.hex(HPACKTests.requests[0]))),
    .client(F.frame(1, 5, 3, F.hex(HPACKTests.requests[1]))),
    // The second is answered first.
    .server(F.frame(1, 5, 3, [0x8D])),
    .server(F.frame(1, 4, 1, [0x88]) + F.frame(0, 1, 1, Array("hi".utf8))),
    .server(F.frame(7, 0, 0, be(3, 4) + be(11, 4))),
  ]

  @Test("requests and responses by stream")
  func streams() {
    let result = RoomPlay(.http2).play(Self.plain)
    #expect(
      result.exchanges.map(\.line) == [
        "GET www.example.com/ -> 404 failed", "GET www.example.com/ -> 200",
        "GOAWAY -> ENHANCE_YOUR_CALM failed",
      ])
    #expect(result.exchanges[1].detail("stream") == "1")
    #expect(result.exchanges[1].response?.messages == 2)
    #expect(result.passedOver == 0)
  }

  @Test("a call of gRPC")
  func grpc() {
    let ask = [0x83, 0x86] + [0x04, 0x08] + Array("/p.S/Get".utf8)
    let call: [RoomStep] = [
      .client(
        F.preface + F.settings
          + F.frame(1, 4, 1, ask + F.field("content-type", "application/grpc"))),
      .client(F.frame(0, 1, 1, [0, 0, 0, 0, 3, 1, 2, 3])),
      .server(F.frame(1, 4, 1, [0x88] + F.field("content-type", "application/grpc"))),
      .server(F.frame(0, 0, 1, [0, 0, 0, 0, 2, 1])),
      .server(F.frame(0, 0, 1, [2, 0, 0, 0, 0, 0])),
      .server(
        F.frame(1, 5, 1, F.field("grpc-status", "5") + F.field("grpc-message", "no such thing"))),
    ]
    let result = RoomPlay(.http2).play(call)
    #expect(
      result.exchanges.map(\.line)
        == ["gRPC /p.S/Get -> grpc-status 5 NOT_FOUND: no such thing failed"])
    #expect(result.exchanges.first?.detail("messages") == "1 sent, 2 received")
    RoomChecks(.http2, call).cutAnywhere()
  }

  @Test("a trace that begins later says what it cannot know")
  func late() {
    let result = RoomPlay(.http2).play(Array(Self.plain[3...]))
    let first = result.exchanges.first
    #expect(first?.line == "GET / -> 404 failed")
    #expect(
      first?.findings == ["1 header fields not known: they refer to ones from before the trace"])
  }

  @Test("a block in several frames, padding, priority, a reset")
  func frames() {
    let block = F.hex(HPACKTests.requests[0])
    let steps: [RoomStep] = [
      .client(F.preface + F.settings),
      .client(
        F.frame(1, 0x29, 1, [2, 0, 0, 0, 0, 16] + block[..<4] + [0, 0])
          + F.frame(9, 4, 1, Array(block[4...]))),
      .server(F.frame(3, 0, 1, be(8, 4))),
    ]
    let result = RoomPlay(.http2).play(steps)
    #expect(
      result.exchanges.map(\.line) == [
        "GET www.example.com/ -> reset: CANCEL failed missing closed"
      ])
  }

  @Test("a half of which frames may be missing is not whole, and an answer may be among them")
  func losses() {
    let ask = F.preface + F.settings + F.frame(1, 5, 1, [0x82, 0x86, 0x84])
    let head = F.frame(1, 4, 1, [0x88])
    // Behind a gap HTTP/2 is known again by frames that follow each other.
    let end = F.settings + F.frame(8, 0, 0, be(1, 4)) + F.frame(0, 1, 1, Array("end".utf8))
    let lost = RoomStep.gap(fromClient: false, count: 100)
    let play = { (steps: [RoomStep]) in RoomPlay(.http2).play(steps).exchanges.first }
    #expect(play([.client(ask), .server(head + end)])?.response?.isWhole == true)
    #expect(play([.client(ask), .server(head), lost, .server(end)])?.response?.isWhole == false)
    #expect(play([.client(ask), lost, .server(end)])?.response?.isWhole == false)
    #expect(play([.client(ask), .server(head)])?.response?.isWhole == false)
    #expect(play([.client(ask), lost])?.missing == .responseInGap)
    let answer = RoomStep.server(F.settings + head + end)
    #expect(play([.client(ask), lost, answer])?.response?.isWhole == true)
    // Within a frame.
    let cut = Array(F.frame(0, 1, 1, Array(repeating: 0x61, count: 120)).prefix(29))
    let part = play([.client(ask), .server(head + cut), lost])
    #expect(part?.response?.isWhole == false)
    // The frame of the head and that of the data, as far as it says it goes.
    let bytes = part?.response?.bytes ?? 0
    #expect(bytes == 139)
  }

  @Test("fields are given as text, and say where their values stand")
  func contents() throws {
    let ask = [0x82, 0x86, 0x84] + F.field("authorization", "Bearer abc") + F.field("x", "plain")
    // The second value stands in two frames.
    let steps = [
      F.preface, F.frame(1, 1, 1, Array(ask.dropLast(3))), F.frame(9, 4, 1, ask.suffix(3)),
    ]
    let reader = HTTP2Reader()
    var stream: [UInt8] = []
    var text = ""
    var values: [String] = []
    for step in steps {
      let offset = stream.count
      stream += step
      let place = MessagePlace(
        side: .lower, offset: UInt64(offset), length: step.count, firstTime: 0, lastTime: 0)
      reader.contents(in: unsafe step.span.bytes, place) { content in
        text += String(decoding: content.bytes, as: UTF8.self)
        for part in content.parts {
          let at = offset + part.place
          let bytes = stream[at..<at + part.length]
          #expect(Array(bytes) == Array(content.bytes[part.text]))
          values.append(String(decoding: bytes, as: UTF8.self))
        }
      }
      #expect((reader.unfinishedSince(.lower) != nil) == (step == steps[1]))
    }
    #expect(text.hasSuffix("authorization: Bearer abc\r\nx: plain\r\n"))
    #expect(values == ["Bearer abc", "pl", "ain"])
    let result = RoomPlay(.http2).play([
      .client(F.preface + F.settings + F.frame(1, 5, 1, ask))
    ])
    #expect(result.exchanges.first?.detail("> authorization") == "(secret)")
  }

  @Test("a masked string in the code is as long as it was, and one of the code")
  func maskedHuffman() {
    let text = Array("user=me&token=kZ9#x1&y=2 {~}".utf8)
    let coded = HPACKTables.masked(text, [])
    #expect(HPACKTables.huffman(unsafe coded.span.bytes, 0..<coded.count) == text)
    for low in 0..<text.count {
      for high in low + 1...text.count {
        let masked = HPACKTables.masked(text, [low..<high])
        #expect(masked.count == coded.count)
        let back = HPACKTables.huffman(unsafe masked.span.bytes, 0..<masked.count) ?? []
        #expect(Array(back.prefix(low)) == Array(text[..<low]))
        #expect(Array(back.suffix(text.count - high)) == Array(text[high...]))
        if high - low > 2 { #expect(back.place(of: Array(text[low..<high])) == nil) }
      }
    }
  }

  @Test("however bytes are cut, damaged, late")
  func robust() {
    let checks = RoomChecks(.http2, Self.plain)
    checks.cutAnywhere()
    checks.truncatedLateAndWithGaps()
    checks.damaged(rounds: 500)
    checks.recognisesNothingElse()
  }

  @Test("an upgrade from HTTP/1.1 is followed")
  func upgrade() {
    let found = Web.exchanges([
      .client(Array("GET /u HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n".utf8)),
      .server(
        Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n".utf8) + F.settings),
      .client(F.preface + F.settings),
      .server(F.frame(1, 5, 1, [0x89])),
    ])
    #expect(found.map(\.line) == ["GET h/u -> 101 Switching Protocols", "GET h/u -> 204"])
    #expect(found.last?.application == .http2)
  }
}

/// Plays conversations to the reader of any of them.
enum Web {
  static func exchanges(_ steps: [RoomStep], drip: Bool = false) -> [Exchange] {
    let result = RoomResult()
    let reader = ApplicationReader(into: result)
    var time: Int64 = 0
    for step in steps {
      time += 1_000_000
      let (side, bytes): (FlowSide, [UInt8])
      switch step {
      case .client(let sent): (side, bytes) = (.lower, sent)
      case .server(let sent): (side, bytes) = (.upper, sent)
      case .gap(let fromClient, let count):
        reader.gap(fromClient ? .lower : .upper, count: count)
        continue
      }
      for start in stride(from: 0, to: bytes.count, by: drip ? 1 : max(1, bytes.count)) {
        let piece = Array(bytes[start..<(drip ? start + 1 : bytes.count)])
        unsafe reader.data(side, piece.span.bytes, time: time)
      }
    }
    reader.finish(.traceEnd)
    return result.exchanges
  }
}
