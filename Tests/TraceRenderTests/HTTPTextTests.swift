internal import TraceModel
import Testing
import TraceBytes
import TraceProtocols

@testable import TraceRender

private let ends = "  flow 7  GPMSERVE  10.1.1.2:51234 > 10.1.1.1:8803  "
private let back = "  flow 7  GPMSERVE  10.1.1.1:8803 > 10.1.1.2:51234  "
private func at(_ milliseconds: Int) -> String { "2026-01-05 08:00:00.00\(milliseconds)000 UTC" }

struct Shown: Sendable, CustomTestStringConvertible {
  var name: String
  var steps: [Step]
  var heads = false
  var bodies = false
  var redacts = false
  var lines: [String]
  var testDescription: String { name }
}

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

/// `{"token": "abc"}`, as gzip writes it.
private let gzipped: [UInt8] = [
  0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0x56, 0x2A, 0xC9, 0xCF, 0x4E,
  0xCD, 0x53, 0xB2, 0x52, 0x50, 0x4A, 0x4C, 0x4A, 0x56, 0xAA, 0x05, 0x00, 0xE8, 0x8E, 0x51, 0xEF,
  0x10, 0x00, 0x00, 0x00,
]

private let cases: [Shown] = [
  Shown(
    name: "an exchange",
    steps: [.c(get), .s("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), .s("hi")],
    lines: [at(0) + ends + "GET /a  sent 0 B  200  2 B  first byte 1.000 ms, last 2.000 ms  -"]),
  Shown(
    name: "a request with a body",
    steps: [
      .c("POST /f HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
      .s("HTTP/1.1 204 No Content\r\n\r\n"),
    ],
    lines: [at(0) + ends + "POST /f  sent 3 B  204  0 B  first byte 1.000 ms, last 1.000 ms  -"]),
  Shown(
    name: "no answer before the end of the trace",
    steps: [.c(get)],
    lines: [at(0) + ends + "GET /a  sent 0 B  -  -  -  [unanswered: trace ended]"]),
  Shown(
    name: "no answer before the end of the connection",
    steps: [.c(get), .end(.lower), .end(.upper)],
    lines: [at(0) + ends + "GET /a  sent 0 B  -  -  -  [unanswered: connection ended]"]),
  Shown(
    name: "the trace began after the request",
    steps: [.s("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
    lines: [
      at(0) + ends + "(no request)  sent 0 B  200  0 B  -  [request missing: trace began later]"
    ]),
  Shown(
    name: "a gap in a body",
    steps: [
      .c(get), .s("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .gap(.upper, 4),
      .s("hij"),
    ],
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  6 B  first byte 1.000 ms, last 3.000 ms  "
        + "[response has a gap of 4 bytes: packets lost or cut]"
    ]),
  Shown(
    name: "a body that ends early",
    steps: [
      .c(get), .s("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .end(.upper),
    ],
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  3 B  first byte 1.000 ms, last 1.000 ms  "
        + "[response truncated: connection ended]"
    ]),
  Shown(
    name: "a target that would act on the terminal, and is long",
    steps: [
      .c("GET /\u{1B}[2J\u{202E}" + String(repeating: "x", count: 200) + " HTTP/1.1\r\n\r\n")
    ],
    lines: [
      at(0) + ends + "GET /\\x1b[2J\\u{202e}" + String(repeating: "x", count: 112)
        + "…  sent 0 B  -  -  -  [unanswered: trace ended]",
      "    finding: control byte in the head, offset 5 from 10.1.1.2:51234",
    ]),
  Shown(
    name: "heads",
    steps: [
      .c("GET /a HTTP/1.1\r\nHost: h\r\nX: \u{7}\r\n\r\n"),
      .s("HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n"),
    ],
    heads: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  304  0 B  first byte 1.000 ms, last 1.000 ms  -",
      "    finding: control byte in the head, offset 29 from 10.1.1.2:51234",
      "    > GET /a HTTP/1.1", "    > Host: h", "    > X: \\x07", "    >",
      "    < HTTP/1.1 304 Not Modified", "    < ETag: 1", "    <",
    ]),
  Shown(
    name: "a body in EBCDIC",
    steps: [
      .c(get),
      .s(
        Array("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n".utf8)
          + (CodePage.ibm1047.bytes("HELLO") ?? []) + [0x15]
          + (CodePage.ibm1047.bytes("THERE") ?? [])),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  11 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 11 bytes, EBCDIC 1047)", "    | HELLO", "    | THERE",
    ]),
  Shown(
    name: "a binary body",
    steps: [
      .c(get), .s(Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".utf8) + [0, 1, 0xFF, 0x41]),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  4 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 4 bytes)",
      "    | 00000000 00 01 ff 41" + String(repeating: " ", count: 38) + "...A",
    ]),
  Shown(
    name: "a chunked body in Latin-1",
    steps: [
      .c(get),
      .s(
        Array(
          ("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n2\r\nf").utf8) + [0xFC]
          + Array("\r\n1\r\nr\r\n0\r\n\r\n".utf8)),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  3 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 3 bytes, text/plain)", "    | für",
    ]),
  Shown(
    name: "a coding that is not decoded, and a search for credentials",
    steps: [
      .c(get), .s("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd"),
    ],
    bodies: true, redacts: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  4 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 4 bytes, content coding brotli is not decoded: it is shown as sent)",
      "    | abcd",
    ]),
  Shown(
    name: "a gzip body, masked",
    steps: [
      .c(get),
      .s(
        Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 36\r\n\r\n".utf8)
          + gzipped),
    ],
    bodies: true, redacts: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  36 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 16 bytes)", "    | {\"token\": \"***\"}",
    ]),
  Shown(
    name: "a gzip body that ends early",
    steps: [
      .c(get),
      .s(
        Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n".utf8)
          + gzipped.prefix(20)),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  20 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 9 bytes, gzip data ends early; 9 bytes could be decoded)", "    | {\"token\":",
    ]),
  Shown(
    name: "a label that is wrong",
    steps: [
      .c(get), .s("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  5 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 5 bytes, it is no gzip data, whatever its head says: shown as sent)",
      "    | plain",
    ]),
  Shown(
    name: "a coding and none",
    steps: [
      .c(get),
      .s(
        Array(
          ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, identity\r\n"
            + "Content-Length: 36\r\n\r\n").utf8) + gzipped),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  36 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 16 bytes)", "    | {\"token\": \"abc\"}",
    ]),
  Shown(
    name: "a coding named twice, and applied once",
    steps: [
      .c(get),
      .s(
        Array(
          ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n"
            + "Content-Length: 36\r\n\r\n").utf8) + gzipped),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  36 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 16 bytes, it is no gzip data, whatever its head says: shown as sent)",
      "    | {\"token\": \"abc\"}",
    ]),
  Shown(
    name: "a coding that nobody knows",
    steps: [
      .c(get), .s("HTTP/1.1 200 OK\r\nContent-Encoding: none\r\nContent-Length: 2\r\n\r\nhi"),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  2 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 2 bytes, content coding none is not decoded: it is shown as sent)", "    | hi",
    ]),
  Shown(
    name: "a transfer coding below chunks",
    steps: [
      .c(get),
      .s(
        Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n24\r\n".utf8) + gzipped
          + Array("\r\n0\r\n\r\n".utf8)),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  36 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 16 bytes)", "    | {\"token\": \"abc\"}",
    ]),
  Shown(
    name: "UTF-16",
    steps: [
      .c(get),
      .s(
        Array(
          ("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-16\r\n"
            + "Content-Length: 6\r\n\r\n").utf8) + [0xFF, 0xFE, 0x68, 0, 0xFC, 0]),
    ],
    bodies: true,
    lines: [
      at(0) + ends + "GET /a  sent 0 B  200  6 B  first byte 1.000 ms, last 1.000 ms  -",
      "    (body, 6 bytes, text/plain, UTF-16)", "    | hü",
    ]),
  Shown(
    name: "a final answer before the body that it makes needless",
    steps: [
      .c("PUT /up HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"),
      .s("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"), .c(get),
      .s("HTTP/1.1 204 No\r\n\r\n"),
    ],
    lines: [
      at(0) + ends + "PUT /up  sent 0 B  417  0 B  first byte 1.000 ms, last 1.000 ms  -",
      at(2) + ends + "GET /a  sent 0 B  204  0 B  first byte 1.000 ms, last 1.000 ms  -",
    ]),
  Shown(
    name: "WebSocket",
    steps: [
      .c("GET /s HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      .s(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      .c("abc"), .s("defgh"), .gap(.upper, 9),
    ],
    lines: [
      at(0) + ends + "GET /s  sent 0 B  101  0 B  first byte 1.000 ms, last 1.000 ms  -",
      at(1) + ends + "HTTP ends: WebSocket, websocket",
      at(1) + ends + "after HTTP, WebSocket: 3 bytes from 10.1.1.2:51234, 5 bytes from "
        + "10.1.1.1:8803, 9 missing",
    ]),
  Shown(
    name: "a mail",
    steps: [
      .s("220 host SMTP\r\n"), .c("DATA\r\n"), .s("354 go on\r\n"), .c("a\r\nb\r\n.\r\n"),
      .s("250 taken\r\n"),
    ],
    lines: [
      // A mail begins when the server lets it.
      at(0) + back + "220 host SMTP", at(1) + ends + "DATA", at(2) + back + "354 go on",
      at(2) + ends + "mail, 6 bytes", at(4) + back + "250 taken",
    ]),
]

@Test(arguments: cases)
func shows(_ shown: Shown) throws {
  let store = store(heads: shown.heads, bodies: shown.bodies, redacts: shown.redacts)
  let detail = HTTPTextWriter.Detail(heads: shown.heads, bodies: shown.bodies)
  let bytes = try output(shown.steps, store) { HTTPTextWriter($0, detail: detail) }
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  #expect(lines == shown.lines)
}

@Test func nothingHostileReachesATerminal() throws {
  let store = store(heads: true, bodies: true)
  let detail = HTTPTextWriter.Detail(heads: true, bodies: true)
  let bytes = try output(hostile, store) { HTTPTextWriter($0, detail: detail) }
  let text = try #require(String(validating: bytes, as: UTF8.self))
  for scalar in text.unicodeScalars where scalar != "\n" && scalar != "\t" {
    #expect(VisibleText.isSafe(scalar))
  }
}

@Test func memoryIsBounded() throws {
  let body = String(repeating: "x", count: 5000)
  let steps: [Step] = [
    .c(get), .s("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body),
    .c(get), .s("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body),
  ]
  let detail = HTTPTextWriter.Detail(bodies: true)
  let small = store(bodies: true, message: 1000)
  let cut = String(
    decoding: try output(steps, small) { HTTPTextWriter($0, detail: detail) }, as: UTF8.self)
  #expect(small.counts.bodiesCut == 2)
  #expect(cut.contains("(body, 1000 bytes, only the first 1000 bytes were kept)"))
  // The first exchange fills the store; what it held is given back only when it has been shown.
  let shared = store(bodies: true, total: 8000)
  _ = try output(steps, shared) { HTTPTextWriter($0, detail: detail) }
  #expect(shared.counts.bodiesCut == 1)
  #expect(shared.take(8000) == 8000)
}

/// What follows an upgrade to HTTP/2 counts in the budget of the run: here a frame of 8,192 bytes that is under way.
@Test func upgradesShareTheBudget() {
  let budget = MessageBudget()
  let collector = HTTPCollector(store(), budget)
  let connection = HTTPConnection(budget: budget, sink: collector)
  let asked = Array("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n".utf8)
  let answered = Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n".utf8)
  let frame: [UInt8] = [0, 0x20, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0x61, count: 4000)
  connection.data(.lower, unsafe asked.span.bytes, time: 0)
  connection.data(.upper, unsafe answered.span.bytes, time: 1)
  connection.data(.upper, unsafe frame.span.bytes, time: 2)
  #expect(budget.held >= 4000)
  collector.close(.traceEnd)
}
