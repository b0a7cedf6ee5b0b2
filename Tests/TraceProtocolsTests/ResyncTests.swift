internal import TraceModel
import Testing
import TraceProtocols

/// Bytes of other protocols without control characters: what is held of them is short, and a start line behind them
/// is found however they come.
struct ResyncTests {
  /// Text as EBCDIC has it: letters, blanks of 0x40, no line ends.
  private static let ebcdic: [UInt8] = (0..<5000).map { (place: Int) -> UInt8 in
    place % 7 == 0 ? 0x40 : 0xC1 + UInt8(place % 9)
  }

  private static func run(_ bytes: [UInt8], _ budget: MessageBudget, piece: Int) -> [String] {
    let recorder = Recorder()
    let connection = HTTPConnection(budget: budget, sink: recorder)
    for from in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[from..<min(bytes.count, from + piece)])
      connection.data(.lower, unsafe part.span.bytes, time: 1)
    }
    connection.finish()
    return recorder.finished()
  }

  @Test(arguments: [1, 2, 3, 20, 255, 256, 257, 1000, 1460, 4999, 5000, 5001, 9000])
  func pieces(_ piece: Int) {
    for line in [
      "GET /index HTTP/1.1\r\n\r\n", "BASELINE-CONTROL /x HTTP/1.1\r\n\r\n",
      " GET /index?q HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not found, and more words\r\n\r\n",
      "one two three POST /\(String(repeating: "y", count: 600)) HTTP/1.1\r\n\r\n",
    ] {
      let bytes = Self.ebcdic + Array(line.utf8)
      let whole = Self.run(bytes, MessageBudget(), piece: bytes.count)
      #expect(whole.contains { $0.contains("http1.") }, "\(line.prefix(40))")
      #expect(Self.run(bytes, MessageBudget(), piece: piece) == whole, "\(line.prefix(40))")
    }
  }

  @Test func holdsLittle() {
    let budget = MessageBudget()
    let recorders = (0..<100).map { _ in Recorder() }
    let connections = recorders.map { HTTPConnection(budget: budget, sink: $0) }
    for connection in connections {
      for side in FlowSide.allCases {
        for from in stride(from: 0, to: 5000, by: 1250) {
          let part = Array(Self.ebcdic[from..<from + 1250])
          connection.data(side, unsafe part.span.bytes, time: 1)
        }
      }
    }
    #expect(budget.held <= connections.count * 2 * 256)
  }

  /// Requests wait for their answers though streams of other protocols have used the budget up.
  @Test func requestsWait() {
    let budget = MessageBudget(most: 8192)
    let other = HTTPConnection(budget: budget, sink: Recorder())
    let long = Array("GET /\(String(repeating: "y", count: 12_000))".utf8)
    other.data(.lower, unsafe long.span.bytes, time: 1)
    #expect(budget.held > budget.most)
    let recorder = Recorder()
    let connection = HTTPConnection(budget: budget, sink: recorder)
    let requests = Array("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n".utf8)
    let answers = Array("HTTP/1.1 204 A\r\n\r\nHTTP/1.1 304 B\r\n\r\n".utf8)
    connection.data(.lower, unsafe requests.span.bytes, time: 2)
    connection.data(.upper, unsafe answers.span.bytes, time: 3)
    #expect(recorder.exchanges.map { $0.response?.status } == [204, 304])
    #expect(recorder.exchanges.allSatisfy { $0.missing == .none })
  }
}
