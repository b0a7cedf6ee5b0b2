internal import TraceModel
import Testing
import TraceProtocols

struct LimitTests {
  private static func small() -> HTTPLimits {
    var limits = HTTPLimits()
    limits.headBytes = 256
    limits.headGiveUpBytes = 1024
    limits.trailerBytes = 16
    limits.chunkLineBytes = 8
    limits.resyncLineBytes = 64
    limits.undecidedBytes = 100
    limits.pendingRequests = 2
    limits.dialogueLineBytes = 16
    return limits
  }

  private static let long = String(repeating: "x", count: 400)

  static let cases: [ConversationCase] = [
    .init(
      "long head with an end",
      [
        .c("PUT / HTTP/1.1\r\nContent-Length: 2\r\nX: \(long)\r\n\r\nabGET /2 HTTP/1.1\r\n\r\n")
      ],
      #"""
      0> PUT / http1.1 length(2) cut
      ! longHead c@0 256
      0> body 'ab'
      0> end complete head 442 wire 2 body 2 cut
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 0-0 - traceEnded
      """#),
    .init(
      "long head without an end",
      [.c("PUT / HTTP/1.1\r\n\(long)\(long)\(long)\nGET /2 HTTP/1.1\r\n\r\n")],
      #"""
      0> PUT / http1.1 none cut
      ! longHead c@0 256
      0> end headTooLong head 1024 wire 0 body 0 cut
      ! noStartLine c@1024
      ! resynchronised c@1217 193
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 0-0 - traceEnded
      """#),
    .init(
      "long start line",
      [.c("GET /1 HTTP/1.1\r\n\r\nGET /\(long) HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! longStartLine c@19
      ! resynchronised c@437 418
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 0-0 - traceEnded
      """#),
    .init(
      "long trailers and chunk extension",
      [
        .c(
          "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;abcdefghijk\r\nx\r\n0\r\n"
            + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n")
      ],
      #"""
      0> PUT / http1.1 chunked
      ! longChunkLine c@54
      0> body 'x'
      ! longTrailers c@83
      0> trailers 'A: 1\r\nB: 2\r\nC: 3'
      0> end complete head 46 wire 47 body 1
      0 done 0-0 - traceEnded
      """#),
    .init(
      "too many requests",
      [.c("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - limit
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      1 done 0-0 - traceEnded
      2 done 0-0 - traceEnded
      """#),
    .init(
      "undecided for too long",
      [.c(String(repeating: "yyyyyyyyy\n", count: 10) + "GET / HTTP/1.1\r\n\r\n")],
      "not HTTP: unknown none"),
    .init(
      "undecided for just not too long",
      [.c(String(repeating: "yyyyyyyyy\n", count: 8) + "GET / HTTP/1.1\r\n\r\n")],
      #"""
      ! startedMidMessage c@80 80
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0 done 0-0 - traceEnded
      """#),
    .init(
      "long dialogue line",
      [.s("220 ftp FTP\r\n"), .c("SITE 890123456789\r\nQUIT\r\n")],
      #"""
      s ftp reply 220 '220 ftp FTP'
      ! longLine c@16
      c ftp command 'SITE 89012345678' cut
      c ftp command 'QUIT'
      """#),
  ]

  @Test(arguments: cases)
  func limitsHold(_ conversation: ConversationCase) {
    let whole = run(conversation.steps, limits: Self.small(), into: Recorder())
    #expect(whole == conversation.expected)
    for cut in cuts(of: conversation.steps) {
      let found = run(conversation.steps, cut, limits: Self.small(), into: Recorder())
      #expect(found == conversation.expected, "\(cut)")
      if found != conversation.expected { return }
    }
  }

  /// Limits as large as numbers go are limits still.
  @Test func limitsOfAnySizeAreFine() {
    for value in [Int.min, -1, 0, 1, .max] {
      var limits = HTTPLimits()
      limits.headBytes = value
      limits.trailerBytes = value
      limits.resyncLineBytes = value
      limits.pendingRequests = value
      limits.dialogueLineBytes = value
      for size in [UInt64.min, .max] {
        limits.headGiveUpBytes = size
        limits.undecidedBytes = size
        limits.chunkLineBytes = size
        limits.decodedBytes = size
        limits.decodedRatio = size
        for conversation in ConversationCase.all {
          let found = run(conversation.steps, limits: limits, into: Recorder())
          #expect(found.count < 100)
        }
      }
    }
  }

  /// Sixty-four megabytes of one header line are kept nowhere.
  @Test func oneEndlessHeaderLine() {
    let recorder = Recorder()
    let connection = HTTPConnection(sink: recorder)
    let head = Array("GET / HTTP/1.1\r\nX: ".utf8)
    unsafe connection.data(.lower, head.span.bytes, time: 0)
    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
    for _ in 0..<64 { unsafe connection.data(.lower, piece.span.bytes, time: 0) }
    connection.finish()
    #expect(recorder.finished().contains { $0.hasPrefix("0> end headTooLong head 16777216") })
    #expect(recorder.findings.map(\.kind).contains(.longHead))
  }

  @Test func thousandsOfUnansweredRequests() {
    let recorder = Recorder()
    recorder.keepsText = false
    var limits = HTTPLimits()
    limits.pendingRequests = 5000
    let connection = HTTPConnection(limits: limits, sink: recorder)
    let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    for _ in 0..<5010 { unsafe connection.data(.lower, request.span.bytes, time: 0) }
    let evicted = recorder.exchanges.filter { $0.missing == .limit }
    #expect(evicted.map(\.number) == Array(0..<10))
    connection.finish()
    #expect(recorder.exchanges.count == 5010)
  }
}
