internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let gaps: [ConversationCase] = [
    .init(
      "a lost response that held back the ones after it: paired by time",
      [
        .at(1, .c("GET /1 HTTP/1.1\r\n\r\n")),
        .at(3, .c("GET /2 HTTP/1.1\r\n\r\n")),
        .at(5, .c("GET /3 HTTP/1.1\r\n\r\n")),
        .gap(.upper, 40),
        .at(4, .s("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n")),
        .at(6, .s("HTTP/1.1 203 A\r\nContent-Length: 0\r\n\r\n")),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      ! gap s@0 40
      0 done 1-1 - gap
      1<' 202 'A' for get http1.1 length(0)
      1<' end complete head 37 wire 0 body 0
      1 done 3-3 202 4-4
      2<' 203 'A' for get http1.1 length(0)
      2<' end complete head 37 wire 0 body 0
      2 done 5-5 203 6-6
      """#),
    .init(
      "a lost request that held back the ones after it: paired by time",
      [
        .at(2, .s("HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n")),
        .at(4, .s("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n")),
        .at(6, .s("HTTP/1.1 203 A\r\nContent-Length: 0\r\n\r\n")),
        .gap(.lower, 20),
        .at(3, .c("GET /2 HTTP/1.1\r\n\r\n")),
        .at(5, .c("GET /3 HTTP/1.1\r\n\r\n")),
        .at(7, .c("GET /4 HTTP/1.1\r\n\r\n")),
        .at(8, .s("HTTP/1.1 204 A\r\n\r\n")),
      ],
      #"""
      0<' 201 'A' for unknown http1.1 length(0)
      0<' end complete head 37 wire 0 body 0
      1<' 202 'A' for unknown http1.1 length(0)
      1<' end complete head 37 wire 0 body 0
      2<' 203 'A' for unknown http1.1 length(0)
      2<' end complete head 37 wire 0 body 0
      ! gap c@0 20
      ! requestMissing s@0
      0 done - 201 2-2 gap
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      1 done 3-3 202 4-4
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      2 done 5-5 203 6-6
      3> GET /4 http1.1 none
      3> end complete head 19 wire 0 body 0
      3<' 204 'A' for get http1.1 none
      3<' end complete head 18 wire 0 body 0
      3 done 7-7 204 8-8
      """#),
    .init(
      "a response under way before its request was put into order",
      [
        .at(2, .s("HTTP/1.1 200 A\r\nContent-Length: 4\r\n\r\nab")),
        .at(1, .c("GET /1 HTTP/1.1\r\n\r\n")),
        .at(3, .s("cd")),
      ],
      #"""
      0<' 200 'A' for unknown http1.1 length(4)
      0<' body 'ab'
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      0<' body 'cd'
      0<' end complete head 37 wire 4 body 4
      0 done 1-1 200 2-3
      """#),
    .init(
      "a response older than the request behind a gap",
      [
        .gap(.lower, 20),
        .at(3, .c("GET /2 HTTP/1.1\r\n\r\n")),
        .at(2, .s("HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n")),
        .at(4, .s("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n")),
      ],
      #"""
      ! gap c@0 20
      0> GET /2 http1.1 none
      0> end complete head 19 wire 0 body 0
      1<' 201 'A' for unknown http1.1 length(0)
      1<' end complete head 37 wire 0 body 0
      ! requestMissing s@0
      1 done - 201 2-2 gap
      0<' 202 'A' for get http1.1 length(0)
      0<' end complete head 37 wire 0 body 0
      0 done 3-3 202 4-4
      """#),
    .init(
      "in a body of known length",
      [
        .c("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"),
        .gap(.upper, 10),
        .s("defghijHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(20)
      0<' body 'abc'
      ! gap s@42 10
      0<' gap 10 reason 7
      0<' body 'defghij'
      0<' end complete head 39 wire 10 body 10 missing 10
      0 done 0-0 200 10-30
      1<' 200 'OK' for get http1.1 length(2)
      1<' body 'ok'
      1<' end complete head 38 wire 2 body 2
      1 done 0-0 200 30-30
      """#),
    .init(
      "exactly the rest of a body",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"),
        .gap(.upper, 17),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(20)
      0<' body 'abc'
      ! gap s@42 17
      0<' gap 17 reason 7
      0<' end complete head 39 wire 3 body 3 missing 17
      0 done 0-0 200 10-10
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      1<' 200 'OK' for get http1.1 length(2)
      1<' body 'ok'
      1<' end complete head 38 wire 2 body 2
      1 done 30-30 200 40-40
      """#),
    .init(
      "over the end of a body",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .gap(.upper, 100),
        .c("GET /3 HTTP/1.1\r\n\r\n"),
        .s("tail of twoHTTP/1.1 203 OK\r\nContent-Length: 2\r\n\r\nok"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(20)
      0<' body 'abc'
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      ! gap s@42 100
      0<' gap 17 reason 7
      0<' end gap head 39 wire 3 body 3 missing 17
      0 done 0-0 200 10-10
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      ! resynchronised s@153 11
      1 done 20-20 - gap uncertain
      2<' 203 'OK' for get http1.1 length(2)
      2<' body 'ok'
      2<' end complete head 38 wire 2 body 2
      2 done 40-40 203 50-50 uncertain
      """#),
    .init(
      "of unknown size in a body",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"),
        .gap(.upper, nil),
        .s("defghij\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(20)
      0<' body 'abc'
      ! gap s@42
      0<' gap ? reason 7
      0<' end gap head 39 wire 3 body 3 missing 0
      0 done 0-0 200 10-10
      ! resynchronised s@51 9
      1<' 200 'OK' for unknown http1.1 length(2)
      1<' body 'ok'
      1<' end complete head 38 wire 2 body 2
      ! requestMissing s@51
      1 done - 200 30-30 noRequest
      """#),
    .init(
      "in a body until close",
      [
        .c("GET / HTTP/1.0\r\n\r\n"),
        .s("HTTP/1.0 200 OK\r\n\r\nabc"),
        .gap(.upper, 10),
        .s("xyz"),
        .gap(.upper, nil),
        .s("!"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.0 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.0 untilClose
      0<' body 'abc'
      ! gap s@22 10
      0<' gap 10 reason 7
      0<' body 'xyz'
      ! gap s@35
      0<' gap ? reason 7
      0<' body '!'
      0<' end complete head 19 wire 7 body 7 missing 10
      0 done 0-0 200 10-50
      """#),
    .init(
      "inside a chunk",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"),
        .gap(.upper, 4),
        .s("gh\r\n0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'ab'
      ! gap s@52 4
      0<' gap 4 reason 7
      0<' body 'gh'
      0<' end complete head 47 wire 14 body 4 missing 4
      0 done 0-0 200 10-30
      """#),
    .init(
      "over chunk framing",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"),
        .gap(.upper, 12),
        .s("0\r\n\r\n"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'ab'
      ! gap s@52 12
      0<' gap ? reason 7
      0<' end gap head 47 wire 5 body 2 missing 0
      0 done 0-0 200 10-10
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      ! resynchronised s@69 5
      1<' 202 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 40-40 202 50-50
      """#),
    .init(
      "in heads",
      [
        .c("GET / HTTP/1.1\r\nHo"),
        .gap(.lower, nil),
        .c(": x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Le"),
        .gap(.upper, 5),
        .s(": 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      ! gap c@18
      0> GET / http1.1 unknown cut
      0> end gap head 18 wire 0 body 0 missing 0 cut
      ! resynchronised c@25 7
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      ! gap s@27 5
      0<' 200 'OK' for get http1.1 unknown cut
      0<' end gap head 27 wire 0 body 0 missing 0 cut
      0 done 0-0 200 30-30
      ! resynchronised s@41 9
      1<' 200 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 20-20 200 50-50 uncertain
      """#),
    .init(
      "in a start line",
      [
        .c("GET /a"),
        .gap(.lower, 3),
        .c("b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"
            + "Content-Length: 0\r\n\r\n"),
      ],
      #"""
      ! gap c@6 3
      ! resynchronised c@23 14
      0> GET /c http1.1 none
      0> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 20-20 200 30-30 uncertain
      1<' 200 'OK' for unknown http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      ! requestMissing s@38
      1 done - 200 30-30 gap
      """#),
    .init(
      "whole requests lost",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        .gap(.lower, 40),
        .s("HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
        .c("BREW /3 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 10-10
      ! gap c@18 40
      1<' 201 'OK' for unknown http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      ! requestMissing s@38
      1 done - 201 30-30 gap
      2> BREW /3 http1.1 none
      2> end complete head 20 wire 0 body 0
      2<' 203 'OK' for other http1.1 length(0)
      2<' end complete head 38 wire 0 body 0
      2 done 40-40 203 50-50
      """#),
    .init(
      "responses lost, pipelined",
      [
        .c("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
        .gap(.upper, 40),
        .s("HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      0<' 201 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 201 10-10
      ! gap s@38 40
      1<' 203 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 0-0 203 30-30 uncertain
      2 done 0-0 - traceEnded uncertain
      """#),
    .init(
      "a request lost, pipelined",
      [
        .c("GET /1 HTTP/1.1\r\n\r\n"),
        .gap(.lower, 19),
        .c("GET /3 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"
            + "HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n"),
        .c("GET /4 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 204 OK\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! gap c@19 19
      1> GET /3 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 201 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 201 30-30
      1<' 202 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 20-20 202 30-30 uncertain
      2<' 203 'OK' for unknown http1.1 length(0)
      2<' end complete head 38 wire 0 body 0
      ! requestMissing s@76
      2 done - 203 30-30 gap
      3> GET /4 http1.1 none
      3> end complete head 19 wire 0 body 0
      3<' 204 'OK' for get http1.1 none
      3<' end complete head 19 wire 0 body 0
      3 done 40-40 204 50-50
      """#),
    .init(
      "a request lost, pipelined, behind its answers and the end of the server",
      [
        .at(1, .c("GET /1 HTTP/1.1\r\n\r\n")),
        .at(
          5,
          .s(
            "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"
              + "HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n")),
        .end(.upper),
        .gap(.lower, 19),
        .at(2, .c("GET /3 HTTP/1.1\r\n\r\n")),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      0<' 201 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 1-1 201 5-5
      1<' 202 'OK' for unknown http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      2<' 203 'OK' for unknown http1.1 length(0)
      2<' end complete head 38 wire 0 body 0
      ! gap c@19 19
      1> GET /3 http1.1 none
      1> end complete head 19 wire 0 body 0
      1 done 2-2 202 5-5 uncertain
      ! requestMissing s@76
      2 done - 203 5-5 gap
      """#),
    .init(
      "a request lost whose client waited for its answer",
      [
        .c("GET /1 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"
            + "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"),
        .gap(.lower, 19),
        .c("GET /3 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 204 OK\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      0<' 201 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 201 10-10
      1<' 202 'OK' for unknown http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      ! gap c@19 19
      ! requestMissing s@38
      1 done - 202 10-10 gap
      2> GET /3 http1.1 none
      2> end complete head 19 wire 0 body 0
      2<' 204 'OK' for get http1.1 none
      2<' end complete head 19 wire 0 body 0
      2 done 30-30 204 40-40
      """#),
    .init(
      "request after a body without line end",
      [
        .c("POST /1 HTTP/1.1\r\nContent-Length: 100\r\n\r\n"),
        .gap(.lower, nil),
        .c("{\"a\":1}POST /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> POST /1 http1.1 length(100)
      ! gap c@41
      0> gap ? reason 7
      0> end gap head 41 wire 0 body 0 missing 0
      ! resynchronised c@48 7
      1> POST /2 http1.1 length(1)
      1> body 'x'
      1> end complete head 39 wire 1 body 1
      0<' 200 'OK' for post http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 30-30
      1 done 20-20 - traceEnded
      """#),
    .init(
      "size zero",
      [
        .c("GET / HT"),
        .gap(.lower, 0),
        .c("TP/1.1\r\n\r\n"),
        .s("HTTP/1.1 204 OK\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 204 'OK' for get http1.1 none
      0<' end complete head 19 wire 0 body 0
      0 done 0-20 204 30-30
      """#),
    .init(
      "begins in a response",
      [
        .s("some body bytes\r\nmore"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /2 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! startedMidMessage s@21 21
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 10-10 200 20-20
      """#),
    .init(
      "begins in bytes that are no text",
      [
        .s("\u{0}\u{1}GET /no\u{0} HTTP/1.1\u{2}"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .s("\u{3}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /2 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! startedMidMessage s@21 21
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 10-10 200 20-20
      """#),
    .init(
      "begins before an answer",
      [
        .s("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
      ],
      #"""
      0<' interim 100 'Continue' for unknown http1.1 none
      0<' end complete head 25 wire 0 body 0
      0<' 200 'OK' for unknown http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      ! requestMissing s@0
      0 done - 200 0-0 interim 1 traceBeganLater
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      1 done 10-10 - traceEnded
      """#),
    .init(
      "the time of a head behind other bytes is its own, whatever was held before the gap",
      [
        .at(1, .c("GE")),
        .at(2, .c("T /")),
        .gap(.lower, 10),
        .at(5, .c("junkGET /x HTTP/1.1\r\n\r\n")),
      ],
      #"""
      ! gap c@5 10
      ! resynchronised c@19 4
      0> GET /x http1.1 none
      0> end complete head 19 wire 0 body 0
      0 done 5-5 - traceEnded
      """#),
    .init(
      "begins in binary on both sides",
      [
        .c([0, 1, 2, 3, 255, 254, 10, 9, 8]),
        .s([200, 201, 10, 202]),
        .c("POST /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"),
        .s("yyHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      ! startedMidMessage c@9 9
      0> POST /2 http1.1 length(1)
      0> body 'x'
      0> end complete head 39 wire 1 body 1
      ! startedMidMessage s@6 6
      0<' 200 'OK' for post http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 20-20 200 30-30
      """#),
  ]
}
