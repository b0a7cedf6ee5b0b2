internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let handOver: [ConversationCase] = [
    .init(
      "what waits behind lost bytes when HTTP is handed over begins at its line, however it is cut",
      [
        .c("GET / HTTP/1.1\r\nUpgrade: foo/2\r\n\r\n"),
        .gap(.lower, 3),
        .c("x\rab"),
        .s("HTTP/1.1 101 Yes\r\nUpgrade: foo/2\r\n\r\nfoo"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 34 wire 0 body 0
      ! gap c@34 3
      0<' 101 'Yes' for get http1.1 handOver
      0<' end complete head 36 wire 0 body 0
      0 done 0-0 101 30-30
      0 hand-over other 'foo/2'
      c opaque 'ab'
      s opaque 'foo'
      """#),
    .init(
      "CONNECT",
      [
        .c("CONNECT h:443 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 Connection established\r\nContent-Length: 9\r\n\r\n"),
        .c([0x16, 3, 1, 0, 1]),
        .s([0x16, 3, 3]),
        .gap(.upper, 3),
        .s("x"),
      ],
      #"""
      0> CONNECT h:443 http1.1 none
      0> end complete head 26 wire 0 body 0
      0<' 200 'Connection established' for connect http1.1 handOver
      0<' end complete head 58 wire 0 body 0
      0 done 0-0 200 10-10
      0 hand-over tunnel ''
      c opaque '\16\03\01\00\01'
      s opaque '\16\03\03'
      opaque gap 3 reason 7
      s opaque 'x'
      """#),
    .init(
      "CONNECT refused, then granted",
      [
        .c("CONNECT h:443 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno"),
        .c("CONNECT h:443 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\n\r\nxyz"),
        .c("abc"),
      ],
      #"""
      0> CONNECT h:443 http1.1 none
      0> end complete head 26 wire 0 body 0
      0<' 407 'Auth' for connect http1.1 length(2)
      0<' body 'no'
      0<' end complete head 40 wire 2 body 2
      0 done 0-0 407 10-10
      1> CONNECT h:443 http1.1 none
      1> end complete head 26 wire 0 body 0
      1<' 200 'OK' for connect http1.1 handOver
      1<' end complete head 19 wire 0 body 0
      1 done 20-20 200 30-30
      1 hand-over tunnel ''
      s opaque 'xyz'
      c opaque 'abc'
      """#),
    .init(
      "CONNECT with early data, refused",
      [
        .c("CONNECT h:443 HTTP/1.1\r\n\r\nearly"),
        .s("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"),
        .c("\r\nGET / HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ],
      #"""
      0> CONNECT h:443 http1.1 none
      0> end complete head 26 wire 0 body 0
      ! earlyTunnelData c@26
      c opaque 'early'
      0<' 502 'No' for connect http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 502 10-10
      ! resynchronised c@33 2
      1> GET / http1.1 none
      1> end complete head 18 wire 0 body 0
      1<' 200 'OK' for get http1.1 length(0)
      1<' end complete head 38 wire 0 body 0
      1 done 20-20 200 30-30
      """#),
    .init(
      "CONNECT, then HTTP in clear text",
      [
        .c("CONNECT h:443 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\n\r\n"),
        .c("GET /a HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 204 No\r\n\r\n"),
      ],
      #"""
      0> CONNECT h:443 http1.1 none
      0> end complete head 26 wire 0 body 0
      0<' 200 'OK' for connect http1.1 handOver
      0<' end complete head 19 wire 0 body 0
      0 done 0-0 200 10-10
      1> GET /a http1.1 none
      1> end complete head 19 wire 0 body 0
      1<' 204 'No' for get http1.1 none
      1<' end complete head 19 wire 0 body 0
      1 done 20-20 204 30-30
      """#),
    .init(
      "CONNECT, then SMTP in clear text",
      [
        .c("CONNECT h:25 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\n\r\n220 x SMTP\r\n"),
        .c("EHLO me\r\n"),
      ],
      #"""
      0> CONNECT h:25 http1.1 none
      0> end complete head 25 wire 0 body 0
      0<' 200 'OK' for connect http1.1 handOver
      0<' end complete head 19 wire 0 body 0
      0 done 0-0 200 10-10
      s smtp reply 220 '220 x SMTP'
      c smtp command 'EHLO me'
      """#),
    .init(
      "Upgrade to TLS, then HTTP in clear text",
      [
        .c("GET / HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n"),
        .s("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\n\r\n"),
        .c("GET /a HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 204 No\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 36 wire 0 body 0
      0<' 101 'Switching Protocols' for get http1.1 handOver
      0<' end complete head 54 wire 0 body 0
      0 done 0-0 101 10-10
      1> GET /a http1.1 none
      1> end complete head 19 wire 0 body 0
      1<' 204 'No' for get http1.1 none
      1<' end complete head 19 wire 0 body 0
      1 done 20-20 204 30-30
      """#),
    .init(
      "WebSocket",
      [
        .c("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        .s("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n\u{1}hi"),
        .c("zz"),
      ],
      #"""
      0> GET /ws http1.1 none
      0> end complete head 61 wire 0 body 0
      0<' 101 'Switching Protocols' for get http1.1 handOver
      0<' end complete head 56 wire 0 body 0
      0 done 0-0 101 10-10
      0 hand-over webSocket 'WebSocket'
      s opaque '\01hi'
      c opaque 'zz'
      """#),
    .init(
      "Upgrade to h2c",
      [
        .c("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"),
        .s(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + "Upgrade: h2c\r\n\r\n\u{0}\u{0}"),
        .c("PRI * HTTP/2.0\r\n\r\n"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 32 wire 0 body 0
      0<' 101 'Switching Protocols' for get http1.1 handOver
      0<' end complete head 71 wire 0 body 0
      0 done 0-0 101 10-10
      0 hand-over http2 'h2c'
      s opaque '\00\00'
      c opaque 'PRI * HTTP/2.0\r\n\r\n'
      """#),
    .init(
      "Upgrade to TLS",
      [
        .c("GET / HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n"),
        .s("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n\r\n"),
        .c([0x16, 3, 1]),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 36 wire 0 body 0
      0<' 101 'Switching Protocols' for get http1.1 handOver
      0<' end complete head 64 wire 0 body 0
      0 done 0-0 101 10-10
      0 hand-over tls 'TLS/1.0, HTTP/1.1'
      c opaque '\16\03\01'
      """#),
    .init(
      "Upgrade not taken",
      [
        .c("GET / HTTP/1.1\r\nUpgrade: foo/2\r\n\r\n"),
        .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        .c("GET /2 HTTP/1.1\r\n\r\n"),
        .s("HTTP/1.1 101 Yes\r\nUpgrade: foo/2\r\n\r\nfoo"),
      ],
      #"""
      0> GET / http1.1 none
      0> end complete head 34 wire 0 body 0
      0<' 200 'OK' for get http1.1 length(0)
      0<' end complete head 38 wire 0 body 0
      0 done 0-0 200 10-10
      1> GET /2 http1.1 none
      1> end complete head 19 wire 0 body 0
      1<' 101 'Yes' for get http1.1 handOver
      1<' end complete head 36 wire 0 body 0
      1 done 20-20 101 30-30
      1 hand-over other 'foo/2'
      s opaque 'foo'
      """#),
    .init(
      "gap in the head of 101",
      [
        .c("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
        .s("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nSec"),
        .gap(.upper, nil),
        .s("\u{1}hi"),
      ],
      #"""
      0> GET /ws http1.1 none
      0> end complete head 40 wire 0 body 0
      ! gap s@57
      0<' 101 'Switching Protocols' for get http1.1 handOver cut
      0<' end gap head 57 wire 0 body 0 missing 0 cut
      0 done 0-0 101 10-10
      0 hand-over webSocket 'WebSocket'
      s opaque '\01hi'
      """#),
  ]
}
