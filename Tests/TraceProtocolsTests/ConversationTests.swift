internal import TraceModel
import Testing
import TraceProtocols

/// A conversation with the events that come of it, one a line.
struct ConversationCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var steps: [Step]
  var expected: [String]

  init(_ name: String, _ steps: [Step], _ expected: String) {
    testDescription = name
    self.steps = steps
    self.expected = expected.split(separator: "\n").map(String.init)
  }

  static let all =
    exchanges + handOver + chunked + gaps + relatives + odd + dialogues + lost
}

struct ConversationTests {
  @Test(arguments: ConversationCase.all)
  func eventsAreAsExpected(_ conversation: ConversationCase) {
    #expect(events(conversation.steps) == conversation.expected)
  }

  /// Where the pieces are cut must not show.
  @Test(arguments: ConversationCase.all)
  func piecesMakeNoDifference(_ conversation: ConversationCase) {
    for cut in cuts(of: conversation.steps) {
      let found = run(conversation.steps, cut, into: Recorder())
      #expect(found == conversation.expected, "\(cut)")
      if found != conversation.expected { return }
    }
  }

  /// A stream that ends anywhere leaves no request without its exchange, and no message open.
  @Test(arguments: ConversationCase.all)
  func everythingThatBeginsEnds(_ conversation: ConversationCase) {
    for (number, step) in conversation.steps.enumerated() where !step.bytes.isEmpty {
      for count in 0..<step.bytes.count {
        var steps = Array(conversation.steps[0..<number])
        let part = Array(step.bytes[0..<count])
        steps.append(step.direction == .lower ? .c(part) : .s(part))
        let recorder = Recorder()
        let found = run(steps, into: recorder)
        let starts = recorder.heads.count
        let ends = found.filter { $0.contains(" end ") && !$0.hasPrefix("mail") }.count
        #expect(starts == ends)
        let requests = Set(recorder.heads.map(\.message.exchange))
        let handedOver = found.contains { $0.contains("hand-over") }
        #expect(handedOver || requests == Set(recorder.exchanges.map(\.number)))
      }
    }
  }
}

struct RoleTests {
  @Test(arguments: [
    ([Step.s("GET / HTTP/1.1\r\n\r\n")], FlowSide.upper),
    ([.c("GET / HTTP/1.1\r\n\r\n")], .lower),
    ([.c("HTTP/1.1 204 No\r\n\r\n")], .upper),
    ([.c("220 x FTP\r\n")], .upper),
    ([.c("EHLO x\r\n")], .lower),
    ([.c("neither\r\n")], nil),
  ])
  func theClientIsSeenFromBytes(_ steps: [Step], _ client: FlowSide?) {
    let connection = HTTPConnection(sink: Recorder())
    for step in steps { unsafe connection.data(step.direction, step.bytes.span.bytes, time: 0) }
    #expect(connection.clientDirection == client)
  }

  /// The greeting came after the first piece of a command; nothing of it is lost.
  @Test func aDialogueTakesOverWhatTheOtherStreamHeld() {
    let found = events([.c("US"), .s("220 x FTP\r\n"), .c("ER bob\r\n")])
    #expect(
      found == ["s ftp reply 220 '220 x FTP'", "c ftp command 'USER bob'"])
  }
}
