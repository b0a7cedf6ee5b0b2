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
}
