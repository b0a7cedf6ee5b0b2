import ATTLS
import Testing

/// The examples of the messages that are known, in every shape in which a log can hold them.
@Suite struct TransportTests {
  struct Example: CustomTestStringConvertible, Sendable {
    var text: String
    /// The fields that the message must have; those it must not have are not named.
    var fields: [String: String]

    var testDescription: String { String(text.prefix(60)) }
  }

  static let examples: [Example] = [
    Example(
      text: "EZD1281I TTLS Map   CONNID: 00000032 LOCAL: 10.1.1.2..4000 REMOTE: 10.1.0.2..60742 "
        + "JOBNAME: COLATTLS USERID: START1 TYPE: InBound STATUS: Appl Control RULE: COLATTLJ "
        + "ACTIONS: TNGA TNEA TNCA",
      fields: [
        "kind": "map", "connection": "32", "local": "10.1.1.2:4000", "remote": "10.1.0.2:60742",
        "job": "COLATTLS", "user": "START1", "direction": "InBound", "status": "Appl Control",
        "rule": "COLATTLJ", "actions": "TNGA TNEA TNCA",
      ]),
    Example(
      text: "EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000000 CONNID: 00000032 RC:    0 "
        + "Connection Init",
      fields: [
        "kind": "event", "environment": "0", "connection": "32", "rc": "0",
        "event": "Connection Init",
      ]),
    Example(
      text: "EZD1282I TTLS Start GRPID: 00000007 ENVID: 00000001 CONNID: 00000000 Environment "
        + "Create ACTIONS: TNGA TNEA **N/A**",
      fields: [
        "kind": "start", "environment": "1", "connection": "0",
        "event": "Environment Create", "actions": "TNGA TNEA **N/A**",
      ]),
    Example(
      text: "EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000002 CONNID: 00000000 RC:    0 "
        + "Environment Master Create 00000001",
      fields: [
        "kind": "event", "environment": "2", "connection": "0", "rc": "0",
        "event": "Environment Master Create", "words": "00000001",
      ]),
    Example(
      text: "EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Initial "
        + "Handshake 0000005011440BB0 0000005011422870 TLSV1.2 C02C",
      fields: [
        "kind": "event", "environment": "3", "connection": "32", "rc": "0",
        "event": "Initial Handshake", "words": "0000005011440BB0 0000005011422870 TLSV1.2 C02C",
        "protocol": "TLSV1.2", "cipher": "C02C",
      ]),
    Example(
      text: "EZD1283I TTLS Event GRPID: 00000003 ENVID: 00000002 CONNID: 00000031 RC:  402 Initial "
        + "Handshake 00000000 7EB6E278",
      fields: [
        "kind": "event", "environment": "2", "connection": "31", "rc": "402",
        "event": "Initial Handshake", "words": "00000000 7EB6E278",
      ]),
    Example(
      text: "EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000002 CONNID: 0000002F RC:    0 Call "
        + "GSK_ENVIRONMENT_OPEN - 0000005011421D10",
      fields: [
        "kind": "flow", "environment": "2", "connection": "2f", "rc": "0",
        "call": "Call GSK_ENVIRONMENT_OPEN = 0000005011421D10",
      ]),
    Example(
      text: "EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000004 CONNID: 00000032 RC:    0 Set "
        + "GSK_KEYRING_FILE(201) start1/TN3270",
      fields: [
        "kind": "flow", "environment": "4", "connection": "32", "rc": "0",
        "call": "Set GSK_KEYRING_FILE = start1/TN3270", "number": "201",
      ]),
    Example(
      text: "EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Get "
        + "GSK_CONNECT_CIPHER_SPEC(207) - C02C",
      fields: [
        "kind": "flow", "environment": "3", "connection": "32", "rc": "0",
        "call": "Get GSK_CONNECT_CIPHER_SPEC = C02C", "number": "207",
      ]),
    Example(
      text: "EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER 1603010116",
      fields: ["kind": "data", "connection": "32", "data": "received 5: 22 3 1 1 22"]),
    Example(
      text: "EZD1285I TTLS Data  CONNID: 00000014 SEND CIPHER 1503020002020A",
      fields: ["kind": "data", "connection": "14", "data": "sent 7: 21 3 2 0 2 2 10"]),
    Example(
      text: "EZD1286I TTLS Error GRPID: 00000007 ENVID: 00000002 CONNID: 00000036 LOCAL: "
        + "10.1.1.2..1032 REMOTE: 10.1.0.2..25 JOBNAME: CSSMTP USERID: START1 RULE: CSSMTPRule RC:  "
        + "417 Initial Handshake 0000000000000000 0000005011421D10 0000000000000000",
      fields: [
        "kind": "error", "environment": "2", "connection": "36",
        "local": "10.1.1.2:1032", "remote": "10.1.0.2:25", "job": "CSSMTP", "user": "START1",
        "rule": "CSSMTPRule", "rc": "417", "event": "Initial Handshake",
        "words": "0000000000000000 0000005011421D10 0000000000000000",
      ]),
    Example(
      text: "EZD1287I TTLS Error RC: 5003 Data Decryption\nLOCAL: ::FFFF:10.1.1.2..2252\n"
        + "REMOTE: ::FFFF:10.1.0.2..41288\nJOBNAME: JES2S001 RULE: CPJES2IN\n"
        + "USERID: JES2 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1",
      fields: [
        "kind": "error", "environment": "1", "connection": "1eef1",
        "local": "10.1.1.2:2252", "remote": "10.1.0.2:41288", "job": "JES2S001", "user": "JES2",
        "rule": "CPJES2IN", "rc": "5003", "event": "Data Decryption",
      ]),
    Example(
      text: "EZD1287I TTLS Error RC:  406 Initial Handshake\nLOCAL: ::FFFF:000.000.000.002..3973\n"
        + "REMOTE: ::FFFF:000.000.000.003..8803\nJOBNAME: P00SVR00 RULE: DDSClientRule\n"
        + "USERID: IZUSVR0 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1",
      fields: [
        "kind": "error", "environment": "1", "connection": "1eef1",
        "local": "0.0.0.2:3973", "remote": "0.0.0.3:8803", "job": "P00SVR00", "user": "IZUSVR0",
        "rule": "DDSClientRule", "rc": "406", "event": "Initial Handshake",
      ]),
  ]
  /// What people paste: the first line alone, and a slip without the words in front of the code.
  static let bareForms: [Example] =
    [6, 428, 435, 467, 510].map { code in
      Example(
        text: "EZD1287I TTLS Error RC: \(code) Initial Handshake",
        fields: ["kind": "error", "rc": "\(code)", "event": "Initial Handshake"])
    } + [
      Example(
        text: "EZD1287I TTLS 403 No certificate received from partner.",
        fields: ["kind": "error", "rc": "403"])
    ]

  /// A shape of log: it writes the lines of a message.
  enum Shape: String, CaseIterable, Sendable {
    case bare, syslogd, syslogdWrapped, syslogdWithUser, consoleCopy, hardcopy,
      consoleCopyInHardcopy
    case jobLog, zosmf, relayed, relayedStructured, behindPriority

    func log(_ example: Example) -> String {
      let lines = example.text.split(separator: "\n").map(String.init)
      let whole = lines.joined(separator: " ")
      let prefix = "Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    "
      switch self {
      case .bare: return whole + "\n"
      case .syslogd: return prefix + whole + "\n"
      case .syslogdWithUser:
        return "Apr  2 17:25:53 S0W1 TCPIP/TCPIP    TTLS[16842781]: 17:25:53 TCPIP    \(whole)\n"
      case .relayed:
        return "2026-04-02T17:25:53.123456+02:00 S0W1 TTLS[16842781]: 17:25:53 TCPIP    \(whole)\n"
      case .relayedStructured:
        return "<13>1 2026-04-02T17:25:53Z S0W1 TTLS 16842 - - 17:25:53 TCPIP    \(whole)\n"
      case .behindPriority: return "<13>\(prefix)\(whole)\n"
      case .syslogdWrapped:
        return ([prefix] + Self.wrap(whole, 60)).joined(separator: "\n") + "\n"
      case .consoleCopy:
        let head = "BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP"
        return ([head] + Self.wrap(whole, 70)).map { $0 + "     \n" }.joined()
      case .consoleCopyInHardcopy:
        let columns = "N 4000000 S0W1     25092 17:17:03.12 STC00123 00000090  "
        let head = "BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP"
        let rest = Self.wrap(whole, 70).map {
          "S" + String(repeating: " ", count: columns.count - 1) + $0
        }
        return ([columns + head] + rest).joined(separator: "\n") + "\n"
      case .hardcopy:
        let parts = lines.count > 1 ? lines : Self.wrap(whole, 70)
        let columns = "4040000 S0W1     25092 17:17:03.12 STC00123 00000090  "
        var text = "M " + columns + parts[0] + " 123\n"
        for (index, part) in parts.dropFirst().enumerated() {
          let letter = index == parts.count - 2 ? "E" : "D"
          text += letter + String(repeating: " ", count: 41) + "123 00000090    \(part)\n"
        }
        return text
      case .jobLog:
        let parts = lines.count > 1 ? lines : Self.wrap(whole, 70)
        return "17.17.03 STC00123  \(parts[0]) 124\n"
          + parts.dropFirst().map { "   124               \($0)\n" }.joined()
      case .zosmf:
        let message = " " + lines.joined(separator: "\\r   ")
        return "{\"items\":[{\"jobName\":\"TCPIP\",\"system\":\"P00\",\"message\":\"\(message)\","
          + "\"time\":\"Tue Aug 10 06:16:35 GMT 2021\"}]}\n"
      }
    }

    private static func wrap(_ text: String, _ width: Int) -> [String] {
      var lines = [""]
      for word in text.split(separator: " ") {
        if lines[lines.count - 1].count + word.count >= width { lines.append("") }
        lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
      }
      return lines
    }
  }

  @Test(arguments: examples, Shape.allCases)
  func everyShape(_ example: Example, _ shape: Shape) {
    let found = messages(in: shape.log(example))
    #expect(found.map(Self.fields) == [example.fields], "\(shape.log(example))")
  }

  /// Times of relays have a year, and an offset that makes them UTC.
  @Test(arguments: [
    ("2026-12-31T23:59:58.25Z S0W1 TTLS[1]: ", "2026-12-31 23:59:58.25"),
    ("2026-12-31T23:59:58-01:30 S0W1 TTLS[1]: ", "2027-01-01 01:29:58"),
    ("2026-03-01 00:10:00,5+0100 S0W1 TTLS[1]: ", "2026-02-28 23:10:00"),
    ("<165>1 2026-12-31T23:59:58Z S0W1 TTLS 65032 - - ", "2026-12-31 23:59:58"),
    ("<13>Dec 31 23:59:58 S0W1 TTLS[1]: ", "Dec 31 23:59:58"),
    ("Dec 31 2026 23:59:58 S0W1 TTLS[1]: ", "2026-12-31 23:59:58"),
  ]) func timesOfRelays(_ prefix: String, _ time: String) {
    let found = messages(in: prefix + Self.examples[1].text + "\n")
    #expect(found.map { $0.origin.time?.description } == [time])
  }

  @Test(arguments: bareForms, [Shape.bare, .syslogd, .zosmf])
  func bareForm(_ example: Example, _ shape: Shape) {
    #expect(messages(in: shape.log(example)).map(Self.fields) == [example.fields])
  }

  /// Messages one behind the other, with lines of other programs between them, keep to themselves.
  @Test(arguments: Shape.allCases.filter { $0 != .zosmf }) func inARow(_ shape: Shape) {
    let other = "Apr  2 17:25:53 S0W1 sshd[123]: Accepted publickey for colin\n"
    let log = Self.examples.map { shape.log($0) }.joined(separator: other)
    #expect(messages(in: log).map(Self.fields) == Self.examples.map(\.fields))
  }

  /// Of a log with one line cut anywhere, or gone, all other messages are as they were.
  @Test(arguments: [Shape.syslogd, .syslogdWithUser]) func cutLines(_ shape: Shape) {
    for hurt in Self.examples.indices {
      let lines = Self.examples.map { shape.log($0) }
      for count in stride(from: 0, to: lines[hurt].utf8.count, by: 9) {
        var cut = lines
        cut[hurt] = String(lines[hurt].prefix(count)) + "\n"
        let found = messages(in: cut.joined()).map(Self.fields)
        for (index, example) in Self.examples.enumerated() where index != hurt {
          #expect(found.contains(example.fields), "\(index) with \(hurt) cut at \(count)")
        }
        #expect(found.count <= Self.examples.count)
      }
    }
  }

  static func fields(_ message: ATTLSMessage) -> [String: String] {
    var fields: [String: String] = ["kind": message.kind.rawValue]
    fields["environment"] = message.environmentID.map { String($0, radix: 16) }
    fields["connection"] = message.connectionID.map { String($0, radix: 16) }
    fields["local"] = message.local?.description
    fields["remote"] = message.remote?.description
    fields["job"] = message.job
    fields["user"] = message.user
    fields["direction"] = message.direction
    fields["status"] = message.status
    fields["rule"] = message.rule
    if !message.actions.isEmpty { fields["actions"] = message.actions.joined(separator: " ") }
    fields["rc"] = message.returnCode.map { "\($0)" }
    if message.event?.isEmpty == false, message.returnCode != 403 {
      fields["event"] = message.event
    }
    if !message.words.isEmpty, message.returnCode != 403 {
      fields["words"] = message.words.joined(separator: " ")
    }
    fields["protocol"] = message.protocolName
    fields["cipher"] = message.cipher
    if let flow = message.flow {
      fields["call"] = "\(flow.verb) \(flow.name) = \(flow.value ?? "")"
      fields["number"] = flow.number.map { "\($0)" }
    }
    if let data = message.data {
      let bytes = data.bytes.map { "\($0)" }.joined(separator: " ")
      fields["data"] = "\(data.isReceived ? "received" : "sent") \(data.bytes.count): \(bytes)"
    }
    return fields
  }
}
