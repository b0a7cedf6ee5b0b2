import Testing
import TraceProtocols

/// The fields of one message, and what must come of them.
struct FramingCase: CustomTestStringConvertible, Sendable {
  var fields: String
  var request: HTTPFraming
  var response: HTTPFraming
  var findings: [HTTPFinding.Kind]

  init(
    _ fields: String, _ request: HTTPFraming, _ response: HTTPFraming,
    _ findings: [HTTPFinding.Kind] = []
  ) {
    self.fields = fields
    self.request = request
    self.response = response
    self.findings = findings
  }

  var testDescription: String { fields }
}

struct FramingTests {
  static let cases: [FramingCase] = [
    .init("A: b", .none, .untilClose),
    .init("Content-Length: 0", .length(0), .length(0)),
    .init("Content-Length: 5", .length(5), .length(5)),
    .init("CONTENT-LENGTH:\t5 ", .length(5), .length(5)),
    .init("Content-Length: 5, 5", .length(5), .length(5), [.duplicateLength]),
    .init("Content-Length: 5\r\nContent-Length: 5", .length(5), .length(5), [.duplicateLength]),
    .init(
      "Content-Length: 5\r\nContent-Length: 6", .unknown, .unknown,
      [.conflictingLengths, .framingUnknown]),
    .init("Content-Length: 5, 6", .unknown, .unknown, [.conflictingLengths, .framingUnknown]),
    .init("Content-Length:", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: ,", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: +5", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: -5", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: 0x5", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: 5 5", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: 5.0", .unknown, .unknown, [.badLength, .framingUnknown]),
    .init("Content-Length: 0005", .length(5), .length(5), [.oddLength]),
    .init(
      "Content-Length: 18446744073709551615", .length(.max), .length(.max), [.hugeLength]),
    .init(
      "Content-Length: 18446744073709551616", .length(.max), .length(.max), [.hugeLength]),
    .init(
      "Content-Length: 99999999999999999999999999", .length(.max), .length(.max), [.hugeLength]),
    .init("Transfer-Encoding: chunked", .chunked, .chunked),
    .init("Transfer-Encoding: Chunked", .chunked, .chunked),
    .init("Transfer-Encoding: ,chunked,", .chunked, .chunked),
    .init("Transfer-Encoding: gzip, chunked", .chunked, .chunked),
    .init("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", .chunked, .chunked),
    .init("Transfer-Encoding: chunked;q=1", .chunked, .chunked, [.oddTransferCoding]),
    .init("Transfer-Encoding: chunked, chunked", .chunked, .chunked, [.oddTransferCoding]),
    .init(
      "Transfer-Encoding: chunked, gzip", .unknown, .untilClose,
      [.oddTransferCoding, .framingUnknown]),
    .init("Transfer-Encoding: identity", .none, .untilClose),
    .init("Transfer-Encoding: identity\r\nContent-Length: 3", .length(3), .length(3)),
    .init(
      "Transfer-Encoding: xchunked", .unknown, .untilClose,
      [.unknownTransferCoding, .framingUnknown]),
    .init(
      "Transfer-Encoding: \"chunked\"", .unknown, .untilClose,
      [.unknownTransferCoding, .framingUnknown]),
    .init(
      "Transfer-Encoding: chunked\u{0B}", .unknown, .untilClose,
      [.controlInHead, .unknownTransferCoding, .framingUnknown]),
    .init("Transfer-Encoding: foo, chunked", .chunked, .chunked, [.unknownTransferCoding]),
    .init(
      "Transfer-Encoding: chunked\r\nContent-Length: 5", .chunked, .chunked, [.codingAndLength]),
    .init(
      "Content-Length: x\r\nTransfer-Encoding: chunked", .chunked, .chunked,
      [.badLength, .codingAndLength]),
    .init("Transfer-Encoding : chunked", .chunked, .chunked, [.blankBeforeColon]),
    .init("Transfer-Encoding:\r\n chunked", .chunked, .chunked, [.obsoleteFold]),
    .init("Transfer Encoding: chunked", .none, .untilClose, [.badFieldLine]),
    .init("Content-Length\r\nA: b", .none, .untilClose, [.badFieldLine]),
    .init(": x", .none, .untilClose, [.badFieldLine]),
  ]

  @Test(arguments: cases)
  func requestFraming(_ item: FramingCase) {
    let recorder = Recorder()
    run([.c("POST / HTTP/1.1\r\n\(item.fields)\r\n\r\n")], into: recorder)
    #expect(recorder.heads.first?.framing == item.request)
    #expect(Set(recorder.findings.map(\.kind)) == Set(item.findings))
  }

  @Test(arguments: cases)
  func responseFraming(_ item: FramingCase) {
    let recorder = Recorder()
    run(
      [.c("POST / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\n\(item.fields)\r\n\r\n")],
      into: recorder)
    #expect(recorder.heads.last?.framing == item.response)
    var expected = Set(item.findings)
    if item.response != .unknown { expected.remove(.framingUnknown) }
    #expect(Set(recorder.findings.map(\.kind)) == expected)
  }

  /// Rules 1 and 2 come before any field.
  @Test(arguments: [
    ("HEAD", 200, HTTPFraming.none), ("HEAD", 404, .none), ("GET", 204, .none),
    ("GET", 304, .none), ("GET", 199, .none), ("GET", 101, .handOver), ("CONNECT", 200, .handOver),
    ("CONNECT", 299, .handOver), ("CONNECT", 300, .chunked), ("GET", 205, .chunked),
    ("GET", 999, .chunked),
  ])
  func statusAndMethodComeFirst(_ method: String, _ status: Int, _ framing: HTTPFraming) {
    let recorder = Recorder()
    run(
      [
        .c("\(method) / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 \(status) X\r\nTransfer-Encoding: chunked\r\n\r\n"),
      ], into: recorder)
    #expect(recorder.heads.last?.framing == framing)
  }

  @Test func codingInHTTP10IsAFinding() {
    let recorder = Recorder()
    run([.c("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")], into: recorder)
    #expect(recorder.heads.first?.framing == .chunked)
    #expect(recorder.findings.map(\.kind) == [.codingInOldVersion])
  }

  @Test(arguments: [
    "GET / HTTP/1.1 \r\n", "GET  / HTTP/1.1\r\n", "GET / HTTP/1.1\n",
    "!#$%&'*+-.^_`|~09 / HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n", "HTTP/1.1 200\r\n", "HTTP/1.0 200 \r\n", "HTTP/1.1 200 a b\r\n",
    "GET HTTP/1.1\r\n", "GET  HTTP/1.1\r\n",
  ])
  func startLinesThatCount(_ line: String) {
    let recorder = Recorder()
    run([.c("\(line)\r\n")], into: recorder)
    #expect(recorder.heads.count == 1)
  }

  @Test(arguments: [
    "GET\r\n", "GET /\u{1} \r\n", "POST /\r\n", "get / http/1.1\r\n", "GET / HTTP/2.0\r\n",
    "GET / HTTP/11\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 099 x\r\n", "HTTP/1.1 2000 x\r\n",
    "HTTP/1.1\r\n", "HTTP/2 200 OK\r\n", "G(T / HTTP/1.1\r\n", " GET / HTTP/1.1x\r\n",
  ])
  func startLinesThatDoNot(_ line: String) {
    let recorder = Recorder()
    run([.c("\(line)\r\n")], into: recorder)
    #expect(recorder.heads.isEmpty)
  }

  @Test func headRangesNameTheParts() {
    let recorder = Recorder()
    let text = Array("POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: a/b; charset=c\r\n".utf8)
    let more = Array("Content-Encoding: gzip, x-gzip\r\nContent-Length: 0\r\n\r\n".utf8)
    run([.c(text + more)], into: recorder)
    let head = recorder.heads.first
    #expect(head.map { String(decoding: text[$0.target], as: UTF8.self) } == "/x")
    #expect(head?.host.map { String(decoding: text[$0], as: UTF8.self) } == "h")
    #expect(
      head?.contentType.map { String(decoding: text[$0], as: UTF8.self) } == "a/b; charset=c")
    #expect(head?.contentCodings[0] == .gzip)
    #expect(head?.fieldsStart == 18)
  }
}
