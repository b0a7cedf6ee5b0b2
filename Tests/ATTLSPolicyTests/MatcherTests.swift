import TraceModel
import Testing

@testable import ATTLSPolicy

/// The same rules decided one by one and through the index, in the same order.
@Suite struct MatcherTests {
  /// Numbers that look random and are the same in every run.
  private struct Dice {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func roll(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(truncatingIfNeeded: state % UInt64(bound))
    }
  }

  private func rules(_ dice: inout Dice) throws -> PolicySet {
    var text = ""
    for i in 0..<60 {
      var lines = ["Direction \(["Inbound", "Outbound", "Both"][dice.roll(3)])"]
      let kinds = 1 + dice.roll(63)
      if kinds & 1 != 0 { lines.append("LocalPortRange \(dice.roll(4))-\(4 + dice.roll(3))") }
      if kinds & 2 != 0 { lines.append("LocalPortRange \(1 + dice.roll(5))") }
      if kinds & 4 != 0 { lines.append("RemoteAddr 10.0.0.\(dice.roll(4))") }
      if kinds & 8 != 0 { lines.append("JobName \(["AB*", "ABC", "abd", "X*"][dice.roll(4)])") }
      if kinds & 16 != 0 { lines.append("UserId \(["U1", "U*", "u2"][dice.roll(3)])") }
      if kinds & 32 != 0 { lines.append("RemotePortRange \(1 + dice.roll(3))") }
      lines.append("Priority \(1 + dice.roll(3))")
      if dice.roll(9) == 0 {
        lines.append("IpTimeCondition\n{\nTimeOfDayRange 08:00-17:00\n}")
      }
      text += "TTLSRule R\(dice.roll(1000))x\(i)\n{\n\(lines.joined(separator: "\n"))\n}\n"
    }
    return try Inputs.set(text)
  }

  @Test func theIndexFindsWhatTryingEachRuleFinds() throws {
    var dice = Dice()
    for _ in 0..<8 {
      var set = try rules(&dice)
      for place in set.rules.indices where dice.roll(7) == 0 { set.rules[place].isNegated = true }
      let matcher = PolicyMatcher(set)
      for _ in 0..<200 {
        var connection = PolicyConnection()
        let known = dice.roll(64)
        if known & 1 != 0 { connection.localPort = UInt16(1 + dice.roll(6)) }
        if known & 2 != 0 { connection.remotePort = UInt16(1 + dice.roll(3)) }
        if known & 4 != 0 { connection.remoteAddress = IPAddress("10.0.0.\(dice.roll(4))") }
        if known & 8 != 0 { connection.job = ["abc", "ABD", "X", "Q"][dice.roll(4)] }
        if known & 16 != 0 { connection.user = ["u1", "U2", "V"][dice.roll(3)] }
        if known & 32 != 0 { connection.direction = [.inbound, .outbound][dice.roll(2)] }
        let slow = set.match(connection, limit: PolicyMatcher.possibleLimit)
        let fast = matcher.decide(connection)
        #expect(fast.possible == slow.possible.map(\.rule))
        #expect(fast.hasMore == (slow.possibleCount > slow.possible.count))
        #expect(fast.winner == (fast.hasMore ? nil : slow.winner))
      }
    }
  }

  /// A rule with `NegativeIndicator: On` takes the connections that its condition does not hold for.
  @Test(
    arguments: [
      (22, "A", "REST"), (22, "B", "ELSE"), (443, "A", "ELSE"), (443, "B", "ELSE"),
      (443, nil, "ELSE"), (nil, "B", "ELSE"), (22, nil, "REST?"), (nil, "A", "REST?"),
      (nil, nil, "REST?"),
    ] as [(UInt16?, String?, String)])
  func aNegatedCondition(port: UInt16?, user: String?, answer: String) throws {
    var set = try Inputs.set(
      """
      TTLSRule ELSE
      {
      LocalPortRange 22
      UserId A
      Direction Both
      Priority 2
      }
      TTLSRule REST
      {
      Direction Both
      }
      """)
    // Both parts hold for port 22 and user A; the negated rule takes everything else.
    set.rules[0].isNegated = true
    var connection = PolicyConnection()
    (connection.localPort, connection.user) = (port, user)
    let text = { (winner: Int?, isSure: Bool) in
      (winner.map { set.rules[$0].name } ?? "none") + (isSure ? "" : "?")
    }
    let decision = PolicyMatcher(set).decide(connection)
    #expect(text(decision.winner, decision.possible.isEmpty) == answer)
    let match = set.match(connection)
    #expect(text(match.winner, !match.isUndecided) == answer)
  }

  /// A negated rule neither covers another one nor is covered by what its condition alone would be.
  @Test func aNegatedRuleIsNotShadowed() throws {
    let text = { (name: String, priority: Int) in
      "TTLSRule \(name)\n{\nLocalPortRange 22\nDirection Both\nPriority \(priority)\n}\n"
    }
    var set = try Inputs.set(text("FIRST", 2) + text("SECOND", 1))
    #expect(ShadowCheck(set).found.all.count == 1)
    set.rules[1].isNegated = true
    #expect(ShadowCheck(set).found.all.isEmpty)
    (set.rules[0].isNegated, set.rules[1].isNegated) = (true, false)
    #expect(ShadowCheck(set).found.all.isEmpty)
  }

  /// One port each: whatever the number of rules, a flow is held against one.
  @Test(arguments: [1000, 2000, 4000, 8000])
  func aFlowIsHeldAgainstTheRulesOfItsPort(_ count: Int) throws {
    let set = try Inputs.set(ScaleTests.rules(count))
    var answers = WhyAnswers(set)
    for i in 0..<count {
      var connection = PolicyConnection()
      connection.localPort = UInt16(1 + i)
      connection.remoteAddress = IPAddress("10.0.\(i >> 8).\(i & 255)")
      connection.direction = .inbound
      answers.add(PolicyFlow(number: UInt64(i), connection: connection))
    }
    #expect(answers.all.allSatisfy { $0.rule != nil })
    #expect(answers.examined == count)
    #expect(ShadowCheck(set).comparisons == 0)
  }

  /// Nothing is known that decides: the search ends when enough rules are possible.
  @Test func whatIsUndecidedIsNotSearchedToTheEnd() throws {
    let text = (0..<3000).map { "TTLSRule R\($0)\n{\nUserId U\($0)\nDirection Both\n}\n" }.joined()
    let decision = PolicyMatcher(try Inputs.set(text)).decide(PolicyConnection())
    #expect(decision.hasMore && decision.winner == nil)
    #expect(decision.examined == PolicyMatcher.possibleLimit + 1)
  }

  @Test func aGroupIsKeptOnceHoweverManyRulesNameIt() throws {
    var text = "IpAddrGroup G\n{\n"
    for i in 0..<300 { text += "IpAddr\n{\nAddr 10.1.\(i >> 8).\(i & 255)\n}\n" }
    text += "}\n"
    for i in 0..<300 {
      text +=
        "TTLSRule R\(i)\n{\nRemoteAddrGroupRef G\nLocalPortRange \(i + 1)\nDirection Both\n}\n"
    }
    let set = try Inputs.set(text)
    #expect(set.rules.allSatisfy { $0.remoteAddresses.count == 300 })
    // Neighbours are one run.
    #expect(set.rules[0].remoteAddresses.runCount == 1)
    #expect(set.rules[7].remoteAddresses.contains(try #require(IPAddress("10.1.1.43"))))
    #expect(!set.rules[7].remoteAddresses.contains(try #require(IPAddress("10.1.1.44"))))
  }

  @Test func equalNamesAreNumberedOnwards() {
    var names = ActionNames()
    var seen = Set<String>()
    for _ in 0..<500 { #expect(seen.insert(names.name("G", "SAME")).inserted) }
    // A name that looks like a numbered one is stepped over.
    #expect(names.name("G", "SAME~500") == "GSAME~500")
    #expect(names.name("G", "SAME") == "GSAME~501")
    let long = String(repeating: "L", count: 40)
    for _ in 0..<200 {
      let name = names.name("G", long)
      #expect(name.count <= 32 && seen.insert(name).inserted)
    }
    #expect(names.steps <= 710)
  }

  @Test func addressesOfBothFamiliesAreCoveredRunByRun() throws {
    func ranges(_ texts: String...) -> AddressSet {
      AddressSet(texts.compactMap { AddressRange($0) })
    }
    let wide = ranges("10.0.0.0/9", "10.128.0.0/9", "2001:db8::/32")
    #expect(wide.covers(ranges("10.64.0.0-10.200.0.0")))
    #expect(wide.covers(ranges("2001:db8:1::/48", "10.1.2.3")))
    #expect(!wide.covers(ranges("2001:db9::1", "10.1.2.3")))
    #expect(!wide.covers(ranges("::a01:203")))
    #expect(!wide.covers([]))
    let edge = ranges("255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:0/112")
    #expect(edge.contains(try #require(IPAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))))
    #expect(!edge.contains(try #require(IPAddress("0.0.0.0"))))
  }
}
