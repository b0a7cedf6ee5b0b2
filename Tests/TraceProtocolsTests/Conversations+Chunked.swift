internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let chunked: [ConversationCase] = [
    .init(
      "extensions, trailers, then until close",
      [
        .c("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;name=\"va;l\"\r\n"
            + "Wiki\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\n"
            + "HTTP/1.1 200 OK\r\n\r\nuntil close"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'Wiki0123456789'
      0<' trailers 'X-T: 1\r\nY: 2\r\n\r\n'
      0<' end complete head 47 wire 56 body 14
      0 done 0-0 200 10-10
      1<' 200 'OK' for get http1.1 untilClose
      1<' body 'until close'
      1<' end complete head 19 wire 11 body 11
      1 done 0-0 200 10-10
      """#),
    .init(
      "request in chunks",
      [
        .c(
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n00003\r\nabc\r\n"
            + "0;last\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> POST / http1.1 chunked
      0> body 'abc'
      0> end complete head 47 wire 22 body 3
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for post http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 10-10
      1 done 0-0 - traceEnded
      """#),
    .init(
      "bare LF everywhere",
      [
        .c("GET / HTTP/1.1\n\n"),
        .s("HTTP/1.1 200 OK\nTransfer-Encoding: CHUNKED\n\n4\nWiki\n2;x\nab\n0\n\n"),
      ],
      #"""
      0> GET / http1.1 none
      ! bareLF c@14
      0> end complete head 16 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! bareLF s@15
      0<' body 'Wikiab'
      0<' end complete head 44 wire 17 body 6
      0 done 0-0 200 10-10
      """#),
    .init(
      "bare LF in chunk framing",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x\nWiki\r\n0\r\n"
            + "\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! bareLF s@50
      0<' body 'Wiki'
      0<' end complete head 47 wire 15 body 4
      0 done 0-0 200 10-10
      """#),
    .init(
      "blanks around the size",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 4 \t\r\nWiki\r\n"
            + "0 \r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! oddChunkSize s@47
      0<' body 'Wiki'
      0<' end complete head 47 wire 18 body 4
      0 done 0-0 200 10-10
      """#),
    .init(
      "size with 0x",
      [
        .c("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n"
            + "0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! badChunkSize s@48
      0<' end badFraming head 47 wire 1 body 0
      0 done 0-0 200 10-10
      ! resynchronised s@64 16
      1<' 404 'Not Found' for get http1.1 length(0)
      1<' end complete head 45 wire 0 body 0
      1 done 0-0 404 10-10
      """#),
    .init(
      "size with plus",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n"
            + "\r\n"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! badChunkSize s@47
      0<' end badFraming head 47 wire 0 body 0
      0 done 0-0 200 10-10
      ! noStartLine s@47 16
      """#),
    .init(
      "size with minus",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n"
            + "\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! badChunkSize s@47
      0<' end badFraming head 47 wire 0 body 0
      0 done 0-0 200 10-10
      ! noStartLine s@47 16
      """#),
    .init(
      "size of 2^64",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "10000000000000000\r\nhello\r\n0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! hugeChunkSize s@63
      0<' end badFraming head 47 wire 16 body 0
      0 done 0-0 200 10-10
      ! noStartLine s@63 15
      """#),
    .init(
      "size of 2^64-1 with leading zeros",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "0000ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'hello\r\n0\r\n\r\n'
      0<' end traceEnded head 47 wire 34 body 12
      0 done 0-0 200 10-10
      """#),
    .init(
      "no line end after data",
      [
        .c("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n"
            + "\r\nHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'he'
      ! badChunkEnd s@52
      0<' end badFraming head 47 wire 5 body 2
      0 done 0-0 200 10-10
      ! resynchronised s@62 10
      1<' 201 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 0-0 201 10-10
      """#),
    .init(
      "CR without LF after data",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\rX0\r\n"
            + "\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'hello'
      ! badChunkEnd s@56
      0<' end badFraming head 47 wire 9 body 5
      0 done 0-0 200 10-10
      ! noStartLine s@56 6
      """#),
    .init(
      "CR without LF after the size",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! badChunkSize s@49
      0<' end badFraming head 47 wire 2 body 0
      0 done 0-0 200 10-10
      ! noStartLine s@49 12
      """#),
    .init(
      "ends without the last chunk",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'hello'
      0<' end streamEnded head 47 wire 10 body 5
      0 done 0-0 200 10-10
      """#),
    .init(
      "ends before the very last LF",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
            + "\r"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      0<' body 'hello'
      0<' end streamEnded head 47 wire 14 body 5
      0 done 0-0 200 10-10
      """#),
  ]
}
