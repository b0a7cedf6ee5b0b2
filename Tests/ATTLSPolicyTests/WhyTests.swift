import TraceModel
import Testing

@testable import ATTLSPolicy
import TestSupport
import TraceBytes

@Suite struct WhyTests {
  static let policy = """
    TTLSRule WEBA
    {
      LocalPortRange 443
      Direction Inbound
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
      TTLSConnectionActionRef C
    }
    TTLSRule WEBB
    {
      LocalPortRange 444
      Direction Inbound
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
      TTLSConnectionActionRef C
    }
    TTLSRule MAIL
    {
      LocalPortRange 25
      UserId MAILUSR
      Direction Inbound
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
    }
    TTLSGroupAction G
    {
      TTLSEnabled On
    }
    TTLSEnvironmentAction E
    {
      HandshakeRole Server
      TTLSKeyringParms
      {
        Keyring a/b
      }
    }
    TTLSConnectionAction C
    {
      CtraceClearText Off
      Trace 7
      TTLSConnectionAdvancedParms
      {
        TLSv1.2 On
      }
    }
    """

  private func flow(_ number: UInt64, port: UInt16, rule: String? = nil) throws -> PolicyFlow {
    var connection = PolicyConnection()
    connection.job = "WEB\u{1B}[2J"
    connection.localAddress = IPAddress("10.1.1.2")
    connection.localPort = port
    connection.remoteAddress = IPAddress("2001:db8::7")
    connection.remotePort = 50_000
    connection.direction = .inbound
    var flow = PolicyFlow(number: number, connection: connection)
    flow.records = 3
    flow.confidential = 2
    flow.loggedRule = rule
    return flow
  }

  private func report(_ flows: [PolicyFlow]) throws -> (text: String, json: [String]) {
    var answers = WhyAnswers(try Inputs.set(Self.policy, file: "p.policy"))
    for flow in flows { answers.add(flow) }
    let json = try jsonText { json throws(TraceError) in
      try WhyReport(answers).write(to: &json)
    }
    let text = WhyReport(answers).text { rows in
      rows.map { $0.joined(separator: " ") + "\n" }.joined()
    }
    return (text, json.split(separator: "\n").map { String($0) })
  }

  @Test func whoeverSharesTheActionIsNamedAndAnOwnOneOffered() throws {
    let (text, json) = try report([try flow(1, port: 443), try flow(2, port: 443)])
    #expect(text.contains("write CtraceClearText On in TTLSConnectionAction C (p.policy:"))
    #expect(text.contains("also used by rule WEBB, which change with it; for WEBA alone"))
    #expect(text.contains("TTLSConnectionActionRef WEBA~CLEAR\n"))
    // One section for both flows.
    #expect(text.split(separator: "\n").count { $0.hasPrefix("rule WEBA, p.policy:1:") } == 1)
    #expect(json.count == 2 && json[0].contains(#""shared_with":["WEBB"],"shared_with_count":1"#))
  }

  /// The statement that is offered, pasted into the policy, does what it says.
  @Test func theOwnActionTurnsTheRuleAloneClear() throws {
    let set = try Inputs.set(Self.policy)
    var answers = WhyAnswers(set)
    answers.add(try flow(1, port: 443))
    let own = answers.ownAction(for: 0)
    let place = try #require(Self.policy.firstRange(of: "TTLSConnectionActionRef C"))
    let changed = Self.policy.replacingCharacters(place, own.reference) + "\n" + own.statement
    let after = try Inputs.set(changed)
    #expect(PolicyChecker.check(after).errorCount == 0)
    #expect(after.clearText(of: after.rules[0]).isOn)
    #expect(!after.clearText(of: after.rules[1]).isOn)
    #expect(after.values("Trace", "WEBA") == ["7"] && after.values("TLSv1.2", "WEBA") == ["On"])
  }

  @Test func whatTheTraceDoesNotTellLeavesItUndecided() throws {
    let (text, json) = try report([try flow(5, port: 25)])
    #expect(text.hasPrefix("undecided which rule\n"))
    #expect(text.contains("flow 5 would be governed by MAIL (line 17) if UserId MAILUSR"))
    #expect(
      json[0].contains(#""attls_rule":null"#) && json[0].contains(#""if":["UserId MAILUSR"]"#))
  }

  @Test func aRuleOfTheLogNeedsNoGuess() throws {
    let (text, _) = try report([
      try flow(1, port: 9, rule: "weba"), try flow(2, port: 443, rule: "OTHER"),
    ])
    #expect(text.contains("rule WEBA (log), p.policy:1"))
    #expect(text.contains("rule OTHER (log), not in this policy"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test func manyFlowsOfARuleAreCounted() throws {
    let (text, json) = try report(try (0..<100).map { try flow($0, port: 443) })
    #expect(text.split(separator: "\n").count < 50)
    #expect(text.contains("and 80 more flows; --json has each"))
    #expect(json.count == 100)
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, _ text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
