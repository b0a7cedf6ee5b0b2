import ATTLSPolicy
import Testing

/// The configuration of Policy Agent in place of the policy that it names.
@Suite struct ConfigurationTests {
  @Test(arguments: [
    (
      "TTLSConfig //'USER1.PAGENT(TTLS)' FLUSH PURGE\n",
      "its TTLSConfig names //'USER1.PAGENT(TTLS)'"
    ),
    (
      "LogLevel 31\nTcpImage TCPIP /etc/tcpip.image FLUSH 600\n",
      "names /etc/tcpip.image, whose TTLSConfig"
    ),
    (
      "# pagent.conf\nloglevel 15\ncommonTTLSConfig /etc/ttls.policy\n",
      "names /etc/ttls.policy: give"
    ),
    ("LogLevel 31\n", "give the file that TTLSConfig names"),
  ])
  func saysWhichFileToGive(_ text: String, _ sentence: String) {
    do {
      _ = try Inputs.set(text)
      Issue.record("read as a policy")
    } catch {
      #expect("\(error)".contains("is a configuration of Policy Agent, not a policy"))
      #expect("\(error)".contains(sentence), "\(error)")
    }
  }

  @Test func aConfigurationLineInAPolicyIsAnError() throws {
    let set = try Inputs.set("TTLSConfig x\nTTLSRule A\n{\nLocalPortRange 1\nDirection Both\n}\n")
    #expect(set.diagnostics.all.map(\.line) == [1])
    #expect(set.diagnostics.all[0].message.hasPrefix("TTLSConfig belongs to the configuration"))
  }

  @Test func anErrorNamesTheKeywordThatStandsThere() throws {
    let set = try Inputs.set(
      "TTLSRule A\n{\nRemoteAddrGroupRef GROUP\nLocalPortRangeRef PORTS\nDirection Both\n}\n")
    let messages = set.diagnostics.all.map(\.message)
    #expect(
      messages == [
        "RemoteAddrGroupRef names 'GROUP', which is not defined",
        "LocalPortRangeRef names 'PORTS', which is not defined",
      ])
  }

  private static let rule = [
    "# a rule", "TTLSRule A", "{", "  LocalPortRange 443", "", "  Direction Inbound",
    "  TTLSGroupActionRef g", "}", "TTLSGroupAction g", "{", "  TTLSEnabled Off", "}",
  ]

  /// ISPF numbers the records of a member, in columns 73 to 80 or in front.
  @Test(arguments: ["\n", "\r\n"]) func sequenceNumbersAreNoPartOfAPolicy(end: String) throws {
    let plain = try Inputs.set(Self.rule.joined(separator: "\n"))
    let numbers = Self.rule.indices.map { String("0000000\($0 + 1)".suffix(6)) + "00" }
    let behind = zip(Self.rule, numbers).map { line, number in
      line + String(repeating: " ", count: 72 - line.count) + number
    }
    let front = zip(Self.rule, numbers).map { $1 + $0 }
    for lines in [behind, front] {
      let set = try Inputs.set(lines.joined(separator: end))
      #expect(set.diagnostics.all.isEmpty, "\(set.diagnostics.all)")
      #expect(set.plain == plain.plain)
      #expect(set.rules[0].line == 2)
    }
    // One line without a number, and they are none.
    let mixed = try Inputs.set((behind + ["# end"]).joined(separator: end))
    #expect(mixed.diagnostics.errorCount > 0)
  }

  @Test func statementsAreExplained() {
    #expect(PolicyStatement.named("ttlskeyringparms")?.keywords.contains("Keyring") == true)
    #expect(PolicyStatement.named("TTLSCipherParms")?.parents.count == 2)
    #expect(PolicyStatement.named("Keyring") == nil)
    for name in PolicyStatement.names {
      #expect(PolicyStatement.named(name)?.meaning != "A block of parameters.", "\(name)")
    }
  }
}
