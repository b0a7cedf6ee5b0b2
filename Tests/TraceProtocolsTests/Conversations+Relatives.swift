internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let relatives: [ConversationCase] = [
    .init(
      "ICAP with a body",
      [
        .c(
          "REQMOD icap://i/s ICAP/1.0\r\nEncapsulated: req-hdr=0, req-body=19\r\n"
            + "\r\nPOST / HTTP/1.1\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        .s("ICAP/1.0 204 No\r\nEncapsulated: null-body=0\r\n\r\n"),
      ],
      #"""
      0> REQMOD icap://i/s icap1.0 encapsulated(19, chunked: true)
      0> body 'POST / HTTP/1.1\r\n\r\nhello'
      0> end complete head 68 wire 34 body 24
      0<' 204 'No' for other icap1.0 encapsulated(0, chunked: false)
      0<' end complete head 46 wire 0 body 0
      0 done 0-0 204 10-10
      """#),
    .init(
      "ICAP without a body",
      [
        .c(
          "REQMOD icap://i/s ICAP/1.0\r\nEncapsulated: req-hdr=0, null-body=18\r\n"
            + "\r\nGET / HTTP/1.1\r\n\r\n"),
        .s(
          "ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\n"
            + "HTTP/1.1 403 No\r\n\r\n2\r\nno\r\n0\r\n\r\n"),
      ],
      #"""
      0> REQMOD icap://i/s icap1.0 encapsulated(18, chunked: false)
      0> body 'GET / HTTP/1.1\r\n\r\n'
      0> end complete head 69 wire 18 body 18
      0<' 200 'OK' for other icap1.0 encapsulated(19, chunked: true)
      0<' body 'HTTP/1.1 403 No\r\n\r\nno'
      0<' end complete head 57 wire 31 body 21
      0 done 0-0 200 10-10
      """#),
    .init(
      "RTSP with interleaved data",
      [
        .c(
          "SETUP rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\nPLAY rtsp://x RTSP/1.0\r\n"
            + "CSeq: 2\r\n\r\n"),
        .s(
          "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"
            + "$\u{0}\u{0}\u{3}abc$\u{1}\u{0}\u{0}RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n"),
      ],
      #"""
      0> SETUP rtsp://x rtsp1.0 none
      0> end complete head 36 wire 0 body 0
      1> PLAY rtsp://x rtsp1.0 none
      1> end complete head 35 wire 0 body 0
      0<' 200 'OK' for other rtsp1.0 none
      0<' end complete head 28 wire 0 body 0
      0 done 0-0 200 10-10
      1<' 200 'OK' for other rtsp1.0 none
      1<' end complete head 28 wire 0 body 0
      1 done 0-0 200 10-10
      """#),
    .init(
      "SIP in both directions",
      [
        .c("INVITE sip:x SIP/2.0\r\nl: 2\r\n\r\nab"),
        .s(
          "SIP/2.0 100 Trying\r\nl: 0\r\n\r\nSIP/2.0 200 OK\r\nContent-Length: 1\r\n"
            + "\r\nz"),
        .s("BYE sip:x SIP/2.0\r\n\r\n"),
        .c("SIP/2.0 200 OK\r\n\r\n"),
      ],
      #"""
      0> INVITE sip:x sip2.0 length(2)
      0> body 'ab'
      0> end complete head 30 wire 2 body 2
      0<' interim 100 'Trying' for other sip2.0 length(0)
      0<' end complete head 28 wire 0 body 0
      0<' 200 'OK' for other sip2.0 length(1)
      0<' body 'z'
      0<' end complete head 37 wire 1 body 1
      0 done 0-0 200 10-10 interim 1
      1>' BYE sip:x sip2.0 none
      1>' end complete head 21 wire 0 body 0
      1< 200 'OK' for other sip2.0 none
      1< end complete head 18 wire 0 body 0
      1 done 20-20 200 30-30
      """#),
    .init(
      "ICY",
      [
        .c("GET /radio HTTP/1.0\r\n\r\n"),
        .s("ICY 200 OK\r\nicy-name:x\r\n\r\n\u{1}\u{2}"),
        .end(.upper),
      ],
      #"""
      0> GET /radio http1.0 none
      0> end complete head 23 wire 0 body 0
      0<' 200 'OK' for get http1.0 untilClose
      ! oddStartLine s@0
      0<' body '\01\02'
      0<' end complete head 26 wire 2 body 2
      0 done 0-0 200 10-10
      """#),
    .init(
      "requests both ways",
      [
        .c("GET /1 HTTP/1.1\r\n\r\n"),
        .s("GET /2 HTTP/1.1\r\n\r\n"),
      ],
      #"""
      0> GET /1 http1.1 none
      0> end complete head 19 wire 0 body 0
      ! rolesMixed s@0
      1>' GET /2 http1.1 none
      1>' end complete head 19 wire 0 body 0
      0 done 0-0 - traceEnded
      1 done 10-10 - traceEnded
      """#),
  ]
}
