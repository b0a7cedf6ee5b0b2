import ATTLSPolicy
import Testing
import TestSupport
import TraceBytes

/// Inputs made to break a reader: each ends in a clear line, soon, and in bounded memory.
@Suite struct HostileTests {
  private func refusal(_ bytes: [UInt8]) -> String? {
    do {
      _ = try PolicySet.read([(file: "h", bytes: bytes)])
      return nil
    } catch { return error.description }
  }

  private func refusal(_ text: String) -> String? { refusal(Array(text.utf8)) }

  private func errors(_ text: String) throws -> [String] {
    PolicyChecker.check(try Inputs.set(text)).all.filter { $0.severity == .error }
      .map(\.description)
  }

  static let head = "policyRule : A\nLocalPortRange : 1\n"

  @Test func anAliasBombIsRefusedAtItsFirstAnchor() {
    var text = Self.head + "a : &a [x,x,x,x,x,x,x,x,x]\n"
    for (name, inner) in zip("bcdefghi", "abcdefgh") {
      text += "\(name) : &\(name) [" + String(repeating: "*\(inner),", count: 9) + "]\n"
    }
    #expect(refusal(text)?.hasPrefix("h:3: YAML anchors (&name) are not read; use BasedOn") == true)
    // Quoting does not hide an anchor from the guard, nor does a flow list.
    #expect(refusal(Self.head + "x : ['a, &b c']\n")?.contains("h:3: YAML anchors") == true)
    #expect(refusal(Self.head + "x : {\"k\":&b c}\n")?.contains("h:3: YAML anchors") == true)
    #expect(refusal(Self.head + "CertificateLabel : R&D\n") == nil)
  }

  @Test(arguments: ["my {", "{", "my # label", "# label"])
  func aValueThatAPolicyFileCannotHoldIsAnError(_ label: String) throws {
    let found = try errors(Self.head + "CertificateLabel : \"\(label)\"\n")
    #expect(found.contains { $0.contains("which no policy file can hold") })
  }

  @Test func deepNestingIsRefusedBeforeTheParserRecurses() {
    let flow = Self.head + "x : " + String(repeating: "[", count: 100_000)
    #expect(refusal(flow)?.contains("h:3: more than 256 [ and {") == true)
    let closed = Self.head + "x : " + String(repeating: "[']',", count: 100_000)
    #expect(refusal(closed)?.contains("more than 256") == true)
    let dashes = Self.head + "x :\n" + String(repeating: "- ", count: 100_000) + "y\n"
    #expect(refusal(dashes)?.contains("h:4: indented by more than 64 columns") == true)
    let steps = (0..<2000).map { String(repeating: " ", count: $0) + "k\($0):\n" }.joined()
    #expect(refusal(Self.head + steps)?.contains("indented by more than 64 columns") == true)
  }

  @Test func nestingWithinTheLimitIsAnErrorNotACrash() throws {
    let nested = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(
      try errors(Self.head + "Trace : \(nested)\n").contains { $0.contains("takes one value") })
    let steps = (0..<60).map { String(repeating: " ", count: $0) + "Trace\($0):\n" }.joined()
    #expect(try !errors(Self.head + steps).isEmpty)
  }

  @Test func binaryAndForeignInputsSayWhatIsExpected() {
    #expect(refusal("")?.contains("is empty") == true)
    #expect(refusal("hello\n")?.contains("not recognised: expected an AT-TLS policy") == true)
    #expect(refusal([0, 1, 2, 3])?.contains("is binary") == true)
    #expect(refusal(Array(Self.head.utf8) + [0, 10])?.contains("is binary") == true)
    let late = Self.head + String(repeating: "# filler\n", count: 1000) + "x : a\u{0}b\n"
    #expect(refusal(late)?.contains("h:1003: a NUL byte") == true)
    // "TTLSRule A" in IBM-1047, over and over.
    let ebcdic: [UInt8] = [0xE3, 0xE3, 0xD3, 0xE2, 0xD9, 0xA4, 0x93, 0x85, 0x40, 0xC1, 0x15]
    #expect(
      refusal([[UInt8]](repeating: ebcdic, count: 20).flatMap { $0 })?
        .contains("iconv -f IBM-1047 -t UTF-8 h") == true)
  }

  @Test(arguments: [
    "- a\n- b\n", "--- just words\n", "---\n? [a]\n: b\n", "---\n!!python/object x : y\n",
    "--- [policyRule, A]\n", "---\npolicyRule : [A]\n", "---\npolicyRule : {A: b}\n",
    "---\npolicyRule : A\nTrace : \"\\e[2J\"\n", "---\nLocalPortRange : 1\n", "---\n%%\n",
    "---\n'unclosed\n", "---\npolicyRule : 'A B'\n", "---\na: b: c\n", "---\n\tpolicyRule : A\n",
  ])
  func wrongShapesAreErrors(_ text: String) throws {
    let probe = "policyRule : OK\n---\nTrace : 1\n"
    #expect(
      try !errors(text.hasPrefix("-") && !text.hasPrefix("---") ? "---\n" + text : text).isEmpty)
    #expect(try !errors(probe).isEmpty)
  }

  @Test func nothingThatReachesATerminalHoldsControlCharacters() throws {
    let evil = "\u{1B}[31m\u{9B}2J\u{7}\u{202E}\u{200B}\u{FEFF}\u{E0041}\u{2060}\u{AD}"
    let inputs = [
      "TTLSRule A\(evil)\n{\nJobname X\(evil)\nFoo\(evil) 1\nDirection \(evil)\n}\n",
      "---\npolicyRule : A\nCertificateLabel : \"\\e[31m\\x9b\\a\"\n\"Tr\\ea\" : 1\n",
      "---\npolicyRule : A\nTrace : \(evil)\n",
      "TCP/IP pasearch\npolicyRule: A\(evil)\n  Rule Type: TTLS\nFoo \(evil)\n   JobName: \(evil)\n",
    ]
    for text in inputs {
      guard let set = try? Inputs.set(text) else { continue }
      let report = PolicyReport(showsAll: true)
      let json = try jsonText { json throws(TraceError) in try report.write(set, to: &json) }
      let out =
        report.yaml(set) + json + PolicyWriter().write(set)
        + PolicyChecker.check(set).all.map(\.description).joined(separator: "\n")
      let bad = out.unicodeScalars.contains { scalar in
        scalar.value < 32 && scalar != "\n" && scalar != "\t" || (127...159).contains(scalar.value)
          || [0x202E, 0x200B, 0xFEFF, 0xE0041, 0x2060, 0xAD].contains(scalar.value)
      }
      #expect(!bad, "\(out.debugDescription)")
    }
  }

  @Test func byteOrderMarksAndUTF16AreRead() throws {
    let text = "TTLSRule ÄB\n{\n  LocalPortRange 443\n  Direction Both\n}\n"
    let units = Array(text.utf16)
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    let little = units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let forms: [[UInt8]] = [
      Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), [0xFE, 0xFF] + big,
      [0xFF, 0xFE] + little, big, little, [0xFF, 0xFE] + little + [0x41],
    ]
    for bytes in forms {
      let set = try PolicySet.read([(file: "u", bytes: bytes)])
      #expect(set.rules.map(\.name) == ["ÄB"] && set.rules[0].line == 1)
      #expect(set.diagnostics.all.isEmpty)
    }
    #expect(refusal([0xFF, 0xFE])?.contains("is empty") == true)
    #expect(refusal([0xFF, 0xFE, 0x41]) != nil)
  }

  @Test func aLoopOfDocumentsAndALongChainEnd() throws {
    let loop = "---\npolicyRule : A\nBasedOn : B\n---\npolicyRule : B\nBasedOn : A\n"
    #expect(try errors(loop).contains { $0.contains("based on itself") })
    let chain = (0..<3000).map { "---\npolicyRule : R\($0)\nBasedOn : R\($0 + 1)\n" }.joined()
    #expect(
      try errors(chain + "---\ntemplate : R3000\nTrace : 1\n").contains {
        $0.contains("leads through more than 64 documents")
      })
  }

  @Test func groupsThatHoldEachOtherEnd() throws {
    let text = """
      TTLSRule A
      {
        LocalAddrGroupRef G
        Direction Both
      }
      IpAddrGroup G
      {
        IpAddrSetRef S
        IpAddrSetRef S
      }
      IpAddrSet S
      {
        Prefix 10.0.0.0/8
      }
      """
    #expect(try Inputs.set(text).rules[0].localAddresses.count == 2)
  }

  @Test func mistakesWithoutEndAreCountedNotKept() throws {
    var text = "TTLSRule A\n{\n"
    for i in 0..<20_000 { text += "Foo\(i % 500) bar\n" }
    let found = PolicyChecker.check(try Inputs.set(text))
    #expect(found.errorCount >= 20_000)
    #expect(found.all.count { $0.severity == .error } == PolicyDiagnostics.limit)
    #expect(found.dropped > 18_000)
    // No number of warnings hides an error.
    let doubts = String(repeating: "Trace 1\n", count: 1500)
    let hidden =
      "TTLSGroupAction G\n{\n\(doubts)TTLSEnabled Maybe\n}\nTTLSRule A\n{\nDirection Both\n"
    let mixed = PolicyChecker.check(
      try Inputs.set(hidden + "LocalPortRange 1\nTTLSGroupActionRef G\n}\n"))
    #expect(mixed.warningCount >= 1499)
    #expect(mixed.all.contains { $0.message.contains("Maybe") })
    let braces = String(repeating: "TTLSRule A\n{\n", count: 5_000)
    #expect(PolicyChecker.check(try Inputs.set(braces)).errorCount > 4_000)
    let closing = "TTLSRule A\n" + String(repeating: "}\n", count: 5_000)
    #expect(PolicyChecker.check(try Inputs.set(closing)).errorCount >= 5_000)
    let long = "TTLSRule A\n{\n" + String(repeating: "x", count: 500_000) + "\n}\n"
    #expect(PolicyChecker.check(try Inputs.set(long)).all.allSatisfy { $0.message.count < 200 })
  }

  /// Deterministic noise over real inputs: any outcome but a crash.
  @Test func damagedInputsNeverCrash() throws {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func random(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(truncatingIfNeeded: state % UInt64(max(bound, 1)))
    }
    for name in ["nje-out.policy", "wrong-words.policy", "two-rules.pasearch", "web.yaml"] {
      let original = try Inputs.capture(name)
      for _ in 0..<10 {
        var bytes = original
        for _ in 0...random(8) {
          let at = random(bytes.count)
          switch random(4) {
          case 0: bytes[at] = UInt8(truncatingIfNeeded: random(256))
          case 1: bytes.remove(at: at)
          case 2: bytes.insert(Array("{}\n:[&*-0#".utf8)[random(10)], at: at)
          default: bytes.removeSubrange(at..<min(bytes.count, at + random(200)))
          }
          if bytes.isEmpty { bytes = [10] }
        }
        guard let set = try? PolicySet.read([(file: name, bytes: bytes)]) else { continue }
        let found = PolicyChecker.check(set)
        #expect(found.all.allSatisfy { !$0.message.isEmpty })
        _ = PolicyReport(showsAll: true).yaml(set) + PolicyWriter().write(set)
        _ = set.match(PolicyConnection())
      }
    }
  }
}

@Suite struct ScaleTests {
  static func rules(_ count: Int) -> String {
    var text = ""
    for i in 0..<count {
      text += """
        TTLSRule R\(i)
        {
          LocalPortRange \(1 + i % 60_000)
          RemoteAddr 10.\(i >> 16 & 255).\(i >> 8 & 255).\(i & 255)
          Direction Inbound
          TTLSGroupActionRef G
          TTLSEnvironmentActionRef E\(i)
        }
        TTLSEnvironmentAction E\(i)
        {
          HandshakeRole Server
          TTLSKeyringParmsRef K
          TTLSEnvironmentAdvancedParmsRef A
        }

        """
    }
    return text + """
      TTLSGroupAction G
      {
        TTLSEnabled On
      }
      TTLSKeyringParms K
      {
        Keyring a/b
      }
      TTLSEnvironmentAdvancedParms A
      {
        TLSv1 Off
        TLSv1.1 Off
        TLSv1.2 On
      }
      """
  }

  @Test func tenThousandRulesAreCheckedInSeconds() throws {
    let clock = ContinuousClock()
    let text = Self.rules(10_000)
    let start = clock.now
    let set = try Inputs.set(text)
    let found = PolicyChecker.check(set)
    // A debug build on a busy machine; a quadratic search takes minutes.
    #expect(clock.now - start < .seconds(30))
    #expect(set.rules.count == 10_000)
    #expect(found.all.isEmpty)
  }

  @Test func tenThousandRulesOfRangesAreCheckedInSeconds() throws {
    // Nothing exact to file them under: every pair is compared, up to the limit.
    let text = Self.rules(600).replacing("LocalPortRange ", with: "LocalPortRange 0-")
      .replacing("RemoteAddr 10.", with: "RemoteAddr 10.0.0.0-10.")
    let clock = ContinuousClock()
    let start = clock.now
    let set = try Inputs.set(text)
    _ = PolicyChecker.check(set)
    #expect(set.rules.count == 600)
    #expect(clock.now - start < .seconds(30))
  }
}
