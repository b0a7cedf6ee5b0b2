import TraceBytes
import TraceSecrets
import TraceProtocols
import TraceModel

@testable import TraceRender

/// One step of a conversation; the client sends the stream of the lower end.
enum Step: Sendable {
  case c([UInt8])
  case s([UInt8])
  case gap(FlowSide, UInt64?)
  case end(FlowSide)

  static func c(_ text: String) -> Step { .c(Array(text.utf8)) }
  static func s(_ text: String) -> Step { .s(Array(text.utf8)) }
}

/// 2026-01-05 08:00:00 UTC; each step comes a millisecond after the one before.
let firstTime: Int64 = 1_767_600_000_000_000_000

let flow = HTTPFlow(
  number: 7, name: "GPMSERVE", lower: Endpoint(IPAddress(ipv4: 0x0A01_0102), 51234),
  upper: Endpoint(IPAddress(ipv4: 0x0A01_0101), 8803))

/// Runs the steps through a connection and shows what comes out of it.
func run(_ steps: [Step], _ store: HTTPStore, _ presenters: [any HTTPPresenter]) throws {
  let collector = HTTPCollector(store)
  let connection = HTTPConnection(sink: collector)
  for (number, step) in steps.enumerated() {
    let time = firstTime + Int64(number) * 1_000_000
    switch step {
    case .c(let bytes): connection.data(.lower, unsafe bytes.span.bytes, time: time)
    case .s(let bytes): connection.data(.upper, unsafe bytes.span.bytes, time: time)
    case .gap(let direction, let count):
      connection.gap(direction, byteCount: count, reason: HTTPGapReason.packets.rawValue)
    case .end(let direction): connection.end(direction, time: time)
    }
  }
  connection.finish()
  collector.close(.traceEnd)
  try store.takeItems { (item) throws(TraceError) in
    for presenter in presenters { try presenter.show(item, of: flow) }
  }
  for presenter in presenters { try presenter.finish() }
}

/// The bytes that a presenter made of the steps.
func output(
  _ steps: [Step], _ store: HTTPStore, _ presenter: (ByteSink) -> any HTTPPresenter
) throws -> [UInt8] {
  let target = MemoryTarget()
  let sink = ByteSink(target)
  try run(steps, store, [presenter(sink)])
  try sink.commit()
  return target.bytes
}

func store(
  heads: Bool = false, bodies: Bool = false, redacts: Bool = false, message: Int = 8 << 20,
  total: Int = 64 << 20
) -> HTTPStore {
  var options = HTTPStore.Options()
  options.keepsHeads = heads || bodies
  options.keepsBodies = bodies
  options.redacts = redacts
  options.messageBytes = message
  options.totalBytes = total
  let store = HTTPStore(options)
  if redacts { store.masker = SecretMasker() }
  return store
}

/// Heads and bodies full of what breaks writers.
let hostile: [Step] = [
  .c(
    Array("POST /\"\\\u{1B}[2J?a=\u{202E}b&\u{FF}=%00 HTTP/1.1\r\nHost: h\"\\\r\nX: ".utf8)
      + [0xFF, 0x80, 0x00, 0x1B, 0x0D] + Array("\r\nbad line\r\nContent-Length: 6\r\n\r\n".utf8)
      + [0x22, 0x5C, 0x00, 0xFF, 0xC0, 0x80]),
  .s(
    Array("HTTP/1.1 200 \u{1B}]0;x\u{07}\r\nContent-Type: a\"b\\\u{01}\r\nTransfer-Encoding: ".utf8)
      + Array("chunked\r\n\r\n4\r\n".utf8) + [0xED, 0xA0, 0x80, 0x22]
      + Array("\r\n0\r\nT: \"\u{7F}\r\n\r\n".utf8)),
  .c("GET http://u:p@x/?;;&&== HTTP/1.0\n\n"),
  .s("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
]
