import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// A conversation of HTTP, as the entries that a growing trace gets one by one.
enum LiveTraces {
  private static func entry(
    _ payload: String, _ direction: Direction, at millisecond: Int64, port: UInt16 = 50_000,
    state: UInt8 = 0, isConfidential: Bool = false, serverPort: UInt16 = 8803
  ) -> [UInt8] {
    var record = TraceRecord()
    record.time = 1_770_000_000_000_000_000 + millisecond * 1_000_000
    record.kind = .dataTrace
    record.direction = direction
    record.flags = payload.isEmpty ? [] : isConfidential ? .confidential : .clearText
    record.socketState = state
    record.ipProtocol = 6
    record.socketDomain = 2
    record.socketType = 1
    record.name = RecordName("GPMSERVE", length: 8)
    let (client, server) = (IPAddress("10.1.0.77"), IPAddress("10.1.1.2"))
    if let client, let server {
      (record.source, record.destination) =
        direction == .inbound ? (client, server) : (server, client)
    }
    (record.sourcePort, record.destinationPort) =
      direction == .inbound ? (port, serverPort) : (serverPort, port)
    record.tracedLength = isConfidential ? 0 : payload.utf8.count
    record.originalLength = payload.utf8.count
    var bytes: [UInt8] = []
    // What is confidential has a length and no bytes.
    let data = isConfidential ? [] : Array(payload.utf8)
    unsafe CTEWriter().append(record, data.span.bytes, to: &bytes)
    return bytes
  }

  /// A request and its answer.
  static func exchange(_ number: Int) -> (request: [UInt8], answer: [UInt8]) {
    let time = Int64(number) * 1000
    return (
      entry("GET /page\(number) HTTP/1.1\r\nHost: a\r\n\r\n", .inbound, at: time),
      entry("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", .outbound, at: time + 10)
    )
  }

  /// A conversation of one exchange on a port of its own, from its beginning to its end.
  static func whole(port: UInt16) -> [[UInt8]] {
    [
      entry("", .inbound, at: Int64(port), port: port, state: 1),
      entry("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .inbound, at: Int64(port) + 1, port: port),
      entry(
        "HTTP/1.1 204 No Content\r\n\r\n", .outbound, at: Int64(port) + 2, port: port),
      entry("", .outbound, at: Int64(port) + 3, port: port, state: 2),
    ]
  }

  /// A conversation of which AT-TLS kept back a part.
  static let confidentialMiddle = [
    entry("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", .inbound, at: 1),
    entry("withheld", .outbound, at: 2, isConfidential: true),
    entry("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .outbound, at: 3),
    entry("GET /b HTTP/1.1\r\nHost: a\r\n\r\n", .inbound, at: 4),
  ]

  /// Clear text on the port of telnet over TLS: options, a prompt and an answer.
  static let telnet = [
    entry("login: ", .outbound, at: 1, serverPort: 992),
    entry("IBMUSER\r\n", .inbound, at: 2, serverPort: 992),
  ]
}
