import Testing

@testable import ATTLSPolicy

/// Rules of equal Priority are tried in the order of their names, wherever they stand.
@Suite struct OrderTests {
  private func policy(_ rules: [(name: String, lines: String)]) throws -> PolicySet {
    try Inputs.set(
      rules.map { "TTLSRule \($0.name)\n{\nDirection Both\n\($0.lines)\n}\n" }.joined())
  }

  @Test func theNameDecidesNotThePlace() throws {
    let set = try policy([
      ("ZALL", "LocalAddr All"), ("AWEB", "LocalPortRange 443"), ("MAIL", "LocalPortRange 25"),
      ("ZTOP", "LocalPortRange 443\nPriority 2"),
    ])
    #expect(set.searchOrder.map { set.rules[$0].name } == ["ZTOP", "AWEB", "MAIL", "ZALL"])
    let found = PolicyChecker.check(set).all.filter { $0.message.contains("never wins") }
    #expect(found.map(\.line) == [6], "\(found)")
    #expect(found[0].message.hasPrefix("AWEB never wins: ZTOP"))
    var connection = PolicyConnection()
    connection.localPort = 25
    #expect(set.match(connection).winner.map { set.rules[$0].name } == "MAIL")
  }

  @Test func mixedCaseIsNotCertain() throws {
    let set = try policy([("webB", "LocalPortRange 443"), ("WEBA", "LocalPortRange 443")])
    #expect(!set.isOrderCertain(0, before: 1))
    var connection = PolicyConnection()
    connection.localPort = 443
    connection.direction = .inbound
    let text = set.text(of: set.match(connection))
    #expect(text.contains("not certain: webB and WEBA have the same Priority"))
    let found = PolicyChecker.check(set).all.map(\.message)
    #expect(
      found.contains { $0.contains("WEBA or webB (line 1) never wins: both have Priority 1") })
    let same = try policy([("WEBB", "LocalPortRange 443"), ("WEBA1", "LocalPortRange 443")])
    #expect(same.isOrderCertain(1, before: 0))
    #expect(!same.text(of: same.match(connection)).contains("not certain"))
    // A digit is behind the letters in EBCDIC and before them in ASCII.
    #expect(try !policy([("R1", ""), ("RA", "")]).isOrderCertain(0, before: 1))
    #expect(try policy([("R1", ""), ("R10", "")]).isOrderCertain(0, before: 1))
  }

  @Test(arguments: [
    ("UserId START1", "the user ID"), ("JobName WEB*", "the job name"),
    ("RemotePortRange 5", "the remote port"), ("Direction Inbound", "the direction"),
    ("IpTimeCondition\n{\nTimeOfDayRange 08:00-17:00\n}", "the time"),
  ])
  func aMissingFactLeavesItUndecided(_ condition: String, _ fact: String) throws {
    let set = try policy([
      ("A", "Priority 9\nLocalPortRange 443\n\(condition)"), ("B", "LocalPortRange 443"),
    ])
    var connection = PolicyConnection()
    connection.localPort = 443
    let result = set.match(connection)
    #expect(result.isUndecided && result.missing == [fact])
    #expect(set.text(of: result).hasPrefix("undecided: \(fact) is not known\nwould govern: A"))
    #expect(set.text(of: result).contains("otherwise: rule B"))
  }
}
