import ATTLSPolicy
import Testing

@Suite struct MatchTests {
  static let policy = """
    TTLSRule First
    {
      LocalPortRange 4000
      Direction Both
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
      TTLSConnectionActionRef C
    }
    TTLSRule Second
    {
      LocalPortRange 4000
      Userid START1
      Direction Both
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
    }
    TTLSRule Mail
    {
      RemoteAddr 10.1.0.0/16
      RemotePortRange 25
      Jobname MAIL*
      Direction Outbound
      Priority 10
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
    }
    TTLSGroupAction G
    {
      TTLSEnabled On
      CtraceClearText On
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
    }
    """

  private func connection(
    _ local: String, _ remote: String, job: String? = nil, user: String? = nil,
    _ direction: PolicyDirection? = nil
  ) throws -> PolicyConnection {
    var connection = PolicyConnection()
    (connection.localAddress, connection.localPort) = try #require(
      PolicyConnection.endpoint(local))
    (connection.remoteAddress, connection.remotePort) = try #require(
      PolicyConnection.endpoint(remote))
    connection.job = job
    connection.user = user
    connection.direction = direction
    return connection
  }

  @Test func theFirstOfEqualPriorityWinsEvenWhenALaterOneSaysMore() throws {
    let set = try Inputs.set(Self.policy)
    let result = set.match(
      try connection("10.1.1.2..4000", "10.1.0.2..1", job: "X", user: "START1", .inbound))
    #expect(result.winner == 0)
    #expect(result.alsoFit == [1])
    #expect(result.possible.isEmpty)
    #expect(result.near.isEmpty == false)
  }

  @Test func theHigherPriorityWins() throws {
    let set = try Inputs.set(
      Self.policy.replacing("Userid START1", with: "Userid START1\nPriority 2"))
    let both = try connection("10.1.1.2..4000", "10.1.0.2..1", job: "X", user: "start1", .inbound)
    #expect(set.match(both).winner.map { set.rules[$0].name } == "Second")
    // Without the user, the stronger rule cannot be ruled out.
    let result = set.match(try connection("10.1.1.2..4000", "10.1.0.2..1", job: "X", .inbound))
    #expect(result.winner == 0)
    #expect(result.possible.map(\.unknown) == [["UserId START1"]])
  }

  @Test(arguments: [
    ("10.2.0.1..25", "MAILER", PolicyDirection.outbound, "RemoteAddr is 10.1.0.0/16, not 10.2.0.1"),
    ("10.1.0.1..26", "MAILER", .outbound, "RemotePortRange is 25-25, not 26"),
    ("10.1.0.1..25", "POST", .outbound, "JobName is MAIL*, not POST"),
    ("10.1.0.1..25", "MAILER", .inbound, "Direction is Outbound, not Inbound"),
  ])
  func whyARuleDoesNotFit(
    _ remote: String, _ job: String, _ direction: PolicyDirection, _ why: String
  ) throws {
    let set = try Inputs.set(Self.policy)
    let result = set.match(try connection("10.1.1.2..1032", remote, job: job, user: "U", direction))
    #expect(result.winner == nil)
    #expect(result.near.first?.rule == 2)
    #expect(result.near.first?.failed == [why])
  }

  @Test func aMappedAddressIsTheIPv4Address() throws {
    let set = try Inputs.set(Self.policy)
    let mapped = try connection(
      "::FFFF:10.1.1.2..1032", "::FFFF:10.1.0.2..25", job: "MAILER", user: "U", .outbound)
    #expect(set.match(mapped).winner.map { set.rules[$0].name } == "Mail")
  }

  @Test func clearTextSaysWhatDecidesAndWhatToChange() throws {
    let set = try Inputs.set(Self.policy, file: "p.policy")
    let first = set.clearText(of: try #require(set.rule(named: "First")))
    #expect(!first.isOn && first.isEnabled)
    #expect(first.source?.scope == .connection)
    #expect(first.source?.line == 42)
    #expect(
      first.advice?.hasPrefix("write CtraceClearText On in TTLSConnectionAction C (p.policy:42)")
        == true)
    let second = set.clearText(of: try #require(set.rule(named: "second")))
    #expect(second.isOn && second.advice == nil)
    #expect(second.source?.line == 30)
    let silent = try Inputs.set(Self.policy.replacing("CtraceClearText On", with: ""))
    let third = silent.clearText(of: try #require(silent.rule(named: "Second")))
    #expect(third.source == nil && !third.isOn)
    #expect(third.advice?.hasPrefix("add CtraceClearText On to TTLSEnvironmentAction E") == true)
    let off = try Inputs.set(Self.policy.replacing("TTLSEnabled On", with: "TTLSEnabled Off"))
    let fourth = off.clearText(of: try #require(off.rule(named: "First")))
    #expect(!fourth.isEnabled && fourth.advice == nil)
  }
}
