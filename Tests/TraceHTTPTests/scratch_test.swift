import Testing
import TraceHTTP
@Test func show() {
  func show(_ name: String, _ steps: [Step]) {
    print("## \(name)")
    let whole = events(steps)
    for e in whole { print(e) }
    for cut in cuts(of: steps) {
      let other = run(steps, cut, into: Recorder())
      if other != whole { print("DIFF \(cut)"); for e in other { print("    ", e) }; break }
    }
  }
  show("get", [.c("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), .end(.forward), .end(.backward)])
  show("post pipelined", [.c("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\nHEAD /c HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nxxHTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")])
  show("continue", [.c("PUT /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"), .s("HTTP/1.1 100 Continue\r\n\r\n"), .c("abc"), .s("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")])
  show("early", [.c("PUT /a HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc"), .s("HTTP/1.1 413 Too\r\nContent-Length: 0\r\n\r\n"), .c("def")])
  show("chunked", [.c("GET / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;name=\"va;l\"\r\nWiki\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil close"), .end(.backward)])
  show("chunked LF", [.c("GET / HTTP/1.1\n\n"), .s("HTTP/1.1 200 OK\nTransfer-Encoding: CHUNKED\n\n4\nWiki\n 2 ;x\nab\n0\n\n")])
  show("bad chunk", [.c("GET / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")])
  show("connect", [.c("CONNECT h:443 HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 Connection established\r\nContent-Length: 9\r\n\r\n"), .c([0x16, 3, 1, 0, 1]), .s([0x16, 3, 3])])
  show("connect refused", [.c("CONNECT h:443 HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno"), .c("CONNECT h:443 HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\n\r\nxyz"),.c("abc")])
  show("websocket", [.c("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), .s("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n\u{1}hi"), .c("zz")])
  show("gap body", [.c("GET / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"), .gap(.backward, 10), .s("defghijHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")])
  show("gap big", [.c("GET / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc"), .c("GET /2 HTTP/1.1\r\n\r\n"), .gap(.backward, 100), .c("GET /3 HTTP/1.1\r\n\r\n"), .s("tail of twoHTTP/1.1 203 OK\r\nContent-Length: 2\r\n\r\nok")])
  show("gap head", [.c("GET / HTTP/1.1\r\nHo"), .gap(.forward, nil), .c(": x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nContent-Le"), .gap(.backward, 5), .s(": 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
  show("midstream", [.s("some body bytes\r\nmore"), .c("GET /2 HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
  show("midstream response", [.s("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .c("GET /2 HTTP/1.1\r\n\r\n")])
  show("0.9", [.c("GET /old\r\n"), .s("<html>\r\nhi there, this is a longer line\r\n"), .end(.backward)])
  show("smtp", [.s("220 mail.example ESMTP\r\n"), .c("EHLO me\r\n"), .s("250-mail.example\r\n250 AUTH LOGIN\r\n"), .c("AUTH LOGIN\r\n"), .s("334 VXNlcg==\r\n"), .c("dXNlcg==\r\n"), .s("334 UGFzcw==\r\n"), .c("cGFzcw==\r\n"), .s("235 ok\r\n"), .c("MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"), .s("250 a\r\n250 b\r\n354 go\r\n"), .c("Subject: x\r\n\r\n..dot\r\n.x\r\n.\r\nQUIT\r\n"), .s("250 queued\r\n221 bye\r\n")])
  show("ftp", [.s("220-FTPD1 IBM FTP CS V2R4\r\n220 Connection will close if idle\r\n"), .c("USER bob\r\n"), .s("331 Send password\r\n"), .c("PASS secret\r\n"), .s("230-hi\r\n text\r\n230 ok\r\n"), .c("AUTH TLS\r\n"), .s("234 ok\r\n"), .c([0x16,3,1]), .s("x")])
  show("tls", [.c([0x16,3,1,0,200,1,0,0,196,3,3] + Array(repeating: 0x0a, count: 30)), .s([0x16,3,3,0,2])])
  show("h2", [.c("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")])
  show("binary", [.c([0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35])])
  show("icap", [.c("REQMOD icap://i/s ICAP/1.0\r\nEncapsulated: req-hdr=0, req-body=18\r\n\r\nPOST / HTTP/1.1\r\n\r5\r\nhello\r\n0\r\n\r\n"), .s("ICAP/1.0 204 No\r\nEncapsulated: null-body=0\r\n\r\n")])
  show("rtsp", [.c("SETUP rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n"), .s("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\u{0}\u{0}\u{3}abc$\u{1}\u{0}\u{0}RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n")])
  show("sip", [.c("INVITE sip:x SIP/2.0\r\nl: 2\r\n\r\nab"), .s("SIP/2.0 100 Trying\r\nl: 0\r\n\r\nSIP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nz"), .s("BYE sip:x SIP/2.0\r\n\r\n"), .c("SIP/2.0 200 OK\r\n\r\n")])
  show("odd heads", [.c("\r\n\r\nGET /a b HTTP/1.1\r\nA : 1\r\nB: x\r\n\tfold\r\nnocolon\r\nC: \u{1}\rz\n\r\n"), .s("ICY 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")])
}
