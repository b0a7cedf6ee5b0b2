internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let exchanges: [ConversationCase] = [
    .init(
      "get with body and both ends",
      [
        .c("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        .end(.lower),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 27 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(5)
      0<' body 'hello'
      0<' end complete head 38 wire 5 body 5
      0 done 0-0 200 10-10
      """#),
    .init(
      "pipelined, 204, HEAD",
      [
        .c(
          "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n"
            + "HEAD /c HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n"
            + "xxHTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
      ],
      #"""
      0> POST /a http1.1 length(3)
      0> body 'abc'
      0> end complete head 39 wire 3 body 3
      1> GET /b http1.1 none
      1> end complete head 19 wire 0 body 0
      2> HEAD /c http1.1 none
      2> end complete head 20 wire 0 body 0
      0<' 204 'No' for post http1.1 none
      0<' end complete head 19 wire 0 body 0
      0 done 0-0 204 10-10
      1<' 200 'OK' for get http1.1 length(2)
      1<' body 'xx'
      1<' end complete head 37 wire 2 body 2
      1 done 0-0 200 10-10
      2<' 200 'OK' for head http1.1 none
      2<' end complete head 40 wire 0 body 0
      2 done 0-0 200 10-10
      """#),
    .init(
      "304 with a length",
      [
        .c("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n"
            + "Content-Length: 1\r\n\r\nb"),
      ],
      #"""
      0> GET /a http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /b http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 304 'Not Modified' for get http1.1 none
      0<' end complete head 48 wire 0 body 0
      0 done 0-0 304 10-10
      1<' 200 'OK' for get http1.1 length(1)
      1<' body 'b'
      1<' end complete head 38 wire 1 body 1
      1 done 0-0 200 10-10
      """#),
    .init(
      "100-continue and 103",
      [
        .c("PUT /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
        .s("HTTP/1.1 100 Continue\r\n\r\n"),
        .c("abc"),
        .s(
          "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\n"
            + "Content-Length: 0\r\n\r\n"),
      ],
      #"""
      0> PUT /a http1.1 length(3)
      0<' interim 100 'Continue' for put http1.1 none
      0<' end complete head 25 wire 0 body 0
      0> body 'abc'
      0> end complete head 60 wire 3 body 3
      0<' interim 103 'Early Hints' for put http1.1 none
      0<' end complete head 37 wire 0 body 0
      0<' 201 'Created' for put http1.1 length(0)
      0<' end complete head 43 wire 0 body 0
      0 done 0-20 201 30-30 interim 2
      """#),
    .init(
      "answer before the end of the request",
      [
        .c("PUT /a HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc"),
        .s("HTTP/1.1 413 Too\r\nContent-Length: 0\r\n\r\n"),
        .c("def"),
      ],
      #"""
      0> PUT /a http1.1 length(6)
      0> body 'abc'
      0<' 413 'Too' for put http1.1 length(0)
      0<' end complete head 39 wire 0 body 0
      0> body 'def'
      0> end complete head 38 wire 6 body 6
      0 done 0-20 413 10-10
      """#),
    .init(
      "HTTP/1.0 until close",
      [
        .c("GET / HTTP/1.0\r\n\r\n"),
        .s(
          "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\n\r\n"),
        .end(.upper),
        .end(.lower),
      ],
      #"""
      0> GET / http1.0 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.0 untilClose
      0<' body '<p>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'
      0<' end complete head 44 wire 26 body 26
      0 done 0-0 200 10-10
      """#),
    .init(
      "HTTP/0.9",
      [
        .c("GET /old\r\n"),
        .s("<html>\r\nhi there, this is a longer line\r\n"),
        .end(.upper),
      ],
      #"""
      0> GET /old http0.9 none
      ! http09 c@0
      0> end complete head 10 wire 0 body 0
      0<' 0 '' for get http0.9 untilClose
      ! http09 s@0
      0<' body '<html>\r\nhi there, this is a longer line\r\n'
      0<' end complete head 0 wire 41 body 41
      0 done 0-0 0 10-10
      """#),
    .init(
      "HTTP/0.9 without line end",
      [
        .c("GET /old\r\n"),
        .s("short"),
        .end(.upper),
      ],
      #"""
      0> GET /old http0.9 none
      ! http09 c@0
      0> end complete head 10 wire 0 body 0
      0<' 0 '' for get http0.9 untilClose
      ! http09 s@0
      0<' body 'short'
      0<' end complete head 0 wire 5 body 5
      0 done 0-0 0 10-10
      """#),
    .init(
      "range",
      [
        .c("GET /f HTTP/1.1\r\nRange: bytes=2-4\r\n\r\n"),
        .s(
          "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/10\r\n"
            + "Content-Length: 3\r\n\r\ncde"),
      ],
      #"""
      0> GET /f http1.1 none
      0> end complete head 37 wire 0 body 0
      0<' 206 'Partial Content' for get http1.1 length(3)
      0<' body 'cde'
      0<' end complete head 80 wire 3 body 3
      0 done 0-0 206 10-10
      """#),
    .init(
      "blank lines between messages",
      [
        .c("\r\n\nGET /1 HTTP/1.1\r\n\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\nHTTP/1.1 200 OK\r\n"
            + "Content-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(2)
      0<' body 'ok'
      0<' end complete head 38 wire 2 body 2
      0 done 0-0 200 10-10
      1<' 200 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 0-0 200 10-10
      """#),
    .init(
      "trace ends in a body",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(50)
      0<' body 'hello'
      0<' end traceEnded head 39 wire 5 body 5
      0 done 0-0 200 10-10
      """#),
    .init(
      "stream ends in a body",
      [
        .c("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(50)
      0<' body 'hello'
      0<' end streamEnded head 39 wire 5 body 5
      0 done 0-0 200 10-10
      1 done 0-0 - streamEnded
      """#),
    .init(
      "stream ends in a head",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Len"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 unknown cut
      0<' end streamEnded head 28 wire 0 body 0 cut
      0 done 0-0 200 10-10
      """#),
    .init(
      "unanswered",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .end(.lower),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0 done 0-0 - streamEnded
      """#),
    .init(
      "answer without a request",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 408 Timeout\r\n"
            + "Content-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 10-10
      1<' 408 'Timeout' for unknown http1.1 length(0)
      1<' end complete head 43 wire 0 body 0
      ! requestMissing s@38
      1 done - 408 10-10 noRequest
      """#),
  ]

  static let lost: [ConversationCase] = [
    .init(
      "an answer and the request behind it lost: the next answer is not surely the first one's",
      [
        .c("GET /1 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .gap(.upper, 40),
        .s("HTTP/1.1 203 A\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      0<' 201 'A' for get http1.1 length(0)
      0<' end complete head 37 wire 0 body 0
      0 done 0-0 201 10-10
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      ! gap s@37 40
      1<' 203 'A' for get http1.1 length(0)
      1<' end complete head 37 wire 0 body 0
      1 done 20-20 203 40-40 uncertain
      """#),
    .init(
      "the first answer and the second request lost: the same",
      [
        .c("GET /1 HTTP/1.1\r\n\r\n"),
        .gap(.upper, 40),
        .s("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! gap s@0 40
      0<' 202 'A' for get http1.1 length(0)
      0<' end complete head 37 wire 0 body 0
      0 done 0-0 202 20-20 uncertain
      """#),
    .init(
      "an answer that waited behind a gap and is older than a request is not its own",
      [
        .at(1, .c("GET /1 HTTP/1.1\r\n\r\n")),
        .at(5, .c("GET /2 HTTP/1.1\r\n\r\n")),
        .gap(.upper, 10),
        .at(2, .s("HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n")),
        .at(3, .s("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n")),
        .at(6, .s("HTTP/1.1 203 A\r\nContent-Length: 0\r\n\r\n")),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      ! gap s@0 10
      0<' 201 'A' for get http1.1 length(0)
      0<' end complete head 37 wire 0 body 0
      0 done 1-1 201 2-2
      2<' 202 'A' for unknown http1.1 length(0)
      2<' end complete head 37 wire 0 body 0
      ! requestMissing s@47
      2 done - 202 3-3 noRequest
      1<' 203 'A' for get http1.1 length(0)
      1<' end complete head 37 wire 0 body 0
      1 done 5-5 203 6-6
      """#),
  ]
}
