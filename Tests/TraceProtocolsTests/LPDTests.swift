internal import TraceModel
import Testing

@testable import TraceProtocols

/// RFC 1179.
@Suite("LPD")
struct LPDTests {
  private static let control = "Hhost1\nPuser1\nJreport\nldfA001host1\nUdfA001host1\nNreport.txt\n"

  private static func job(refused: Bool = false) -> [RoomStep] {
    [
      .client(Array("\u{2}PRT1\n".utf8)), .server([0]),
      .client(Array("\u{2}\(control.utf8.count) cfA001host1\n".utf8)), .server([0]),
      .client(Array((control + "\0").utf8)), .server([0]),
      .client(Array("\u{3}12 dfA001host1\n".utf8)), .server([0]),
      // A line feed and a command's byte in the data begin nothing.
      .client(Array("hello\n\u{2}P2\ny\n\0".utf8)), .server([refused ? 1 : 0]),
    ]
  }

  @Test("a job with its files is one exchange", arguments: [false, true])
  func job(drip: Bool) throws {
    let found = Web.exchanges(Self.job(), drip: drip)
    #expect(found.map(\.line) == ["PRINT PRT1 user user1 -> accepted"])
    let job = try #require(found.first)
    #expect(job.client == .lower && job.response?.messages == 5)
    #expect(job.detail("job") == "report" && job.detail("file") == "report.txt")
    #expect(job.detail("data") == "12 bytes" && job.detail("files") == "2")
    #expect(job.request?.firstTime == 1_000_000 && job.response?.lastTime == 10_000_000)
  }

  @Test("a job that is refused, and one whose end is missing")
  func refused() {
    let found = Web.exchanges(Self.job(refused: true))
    #expect(found.first?.isFailure == true && found.first?.result == "refused (1)")
    let cut = Web.exchanges(Array(Self.job().prefix(5)))
    #expect(cut.count == 1 && cut[0].detail("data") == "0 bytes")
  }

  @Test("the state of a queue is text")
  func state() {
    let found = Web.exchanges([
      .client(Array("\u{4}PRT1 user1\n".utf8)), .server(Array("no entries\n".utf8)),
    ])
    #expect(found.map(\.line) == ["STATE LONG PRT1 user1 -> answered"])
    let unanswered = Web.exchanges([.client(Array("\u{1}PRT1\n".utf8))])
    #expect(unanswered.map(\.missing) == [.traceEnded])
  }

  @Test("counts that cannot be", arguments: ["99999999999999999999", "", "-1", "4x"])
  func counts(_ count: String) {
    let steps: [RoomStep] = [
      .client(Array("\u{2}PRT1\n\u{3}\(count) dfA1h\n".utf8)), .client(Array("data\0".utf8)),
    ]
    #expect(Web.exchanges(steps).count <= 1)
  }
}
