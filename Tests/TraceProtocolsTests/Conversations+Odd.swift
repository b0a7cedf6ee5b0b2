internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let odd: [ConversationCase] = [
    .init(
      "odd head",
      [
        .c(
          "\r\n\r\nGET /a b HTTP/1.1\r\nA : 1\r\nB: x\r\n\tfold\r\nnocolon\r\n"
            + "C: \u{1}\rz\n\r\n"),
        .s("HTTP/1.1  200\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET /a b http1.1 none
      ! blankBeforeColon c@24
      ! obsoleteFold c@30
      ! badFieldLine c@43
      ! controlInHead c@55
      ! bareCR c@56
      ! bareLF c@58
      ! oddStartLine c@4
      0> end complete head 57 wire 0 body 0
      0<' 200 '' for get http1.1 length(0)
      ! oddStartLine s@0
      0<' end complete head 36 wire 0 body 0
      0 done 0-0 200 10-10
      """#),
    .init(
      "folded transfer coding",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n  chunked\r\n\r\n1\r\nx\r\n0\r\n"
            + "\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 chunked
      ! obsoleteFold s@17
      0<' body 'x'
      0<' end complete head 50 wire 11 body 1
      0 done 0-0 200 10-10
      """#),
    .init(
      "folded first line",
      [
        .c("GET / HTTP/1.1\r\n Host: x\r\nA: b\r\n\r\n"),
        .s("HTTP/1.1 204 No\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      ! badFieldLine c@16
      0> end complete head 34 wire 0 body 0
      0<' 204 'No' for get http1.1 none
      0<' end complete head 19 wire 0 body 0
      0 done 0-0 204 10-10
      """#),
    .init(
      "length with blank before colon",
      [
        .c("POST / HTTP/1.1\r\nContent-Length : 2\r\n\r\nabGET /2 HTTP/1.1\r\n\r\n")
      ],
      #"""
      0> POST / http1.1 length(2)
      ! blankBeforeColon c@31
      0> body 'ab'
      0> end complete head 39 wire 2 body 2
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 0-0 - traceEnded
      """#),
    .init(
      "gzip transfer coding until close",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 untilClose
      0<' body 'xyz'
      0<' end complete head 44 wire 3 body 3
      0 done 0-0 200 10-10
      """#),
    .init(
      "request with unknown framing",
      [
        .c(
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\nbody\r\n"
            + "GET /2 HTTP/1.1\r\n\r\n")
      ],
      #"""
      0> POST / http1.1 unknown
      ! oddTransferCoding c@45
      ! framingUnknown c@0
      0> end badFraming head 53 wire 0 body 0
      ! resynchronised c@59 6
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 0-0 - traceEnded
      """#),
    .init(
      "garbage between messages",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            + "okay, this is more than the length said\r\nHTTP/1.1 200 OK\r\n"
            + "Content-Length: 0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(2)
      0<' body 'ok'
      0<' end complete head 38 wire 2 body 2
      0 done 0-0 200 10-10
      ! noStartLine s@40
      ! resynchronised s@79 39
      1<' 200 'OK' for unknown http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      ! requestMissing s@79
      1 done - 200 10-10 noRequest
      """#),
    .init(
      "garbage to the end",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\u{1}\u{2}\u{3}"),
        .end(.upper),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(2)
      0<' body 'ok'
      0<' end complete head 38 wire 2 body 2
      0 done 0-0 200 10-10
      ! noStartLine s@40
      """#),
    .init(
      "bytes after the end",
      [
        .c("GET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        .end(.lower),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 18 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 10-10
      ! dataAfterEnd c@18
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      1 done 30-30 - traceEnded
      """#),
    .init(
      "TLS",
      [
        .c([
          0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 10, 10, 10, 10, 10,
          10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
        ]),
        .s([0x16, 3, 3, 0, 2]),
      ],
      #"""
      not HTTP: tls certain
      """#),
    .init(
      "HTTP/2",
      [
        .c("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}"),
        .s([0, 0, 0, 4, 0, 0, 0, 0, 0]),
      ],
      #"""
      not HTTP: http2 certain
      """#),
    .init(
      "short binary",
      [
        .c([0, 1, 2, 3]),
        .s([5, 6]),
      ],
      #"""
      not HTTP: unknown none
      """#),
    .init(
      "POP3",
      [
        .s("+OK ready\r\n"),
        .c("USER bob\r\n"),
      ],
      #"""
      not HTTP: pop3 certain
      """#),
    .init(
      "nothing",
      [
        .end(.lower),
        .end(.upper),
      ],
      #"""
      """#),
  ]
}
