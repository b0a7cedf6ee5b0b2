import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceFilter

/// Names, times, kinds, text and the count.
struct OptionTests {
  @Test(arguments: [
    ("GPMSERVE", "GPMSERVE", true), ("gpmserve", "GPMSERVE", true), ("GPM", "GPMSERVE", false),
    ("GPM*", "GPMSERVE", true), ("*", "GPMSERVE", true), ("*SERVE", "GPMSERVE", true),
    ("*S*V*", "GPMSERVE", true), ("*S*VX", "GPMSERVE", false), ("DB2?DIST", "DB2ADIST", true),
    ("DB2?DIST", "DB2DIST", false), ("????????", "DB2ADIST", true), ("???", "DB2ADIST", false),
    ("*A*A*A*A*B", "AAAAAAAA", false), ("GPM**E", "GPMSERVE", true), ("$#@*", "$#@1", true),
  ])
  func namePattern(pattern: String, name: String, expected: Bool) throws {
    let job = try filter { try $0.addJob(pattern) }
    let interface = try filter { try $0.addInterface(pattern) }
    #expect(try passes(Sample(name: name), job) == expected)
    #expect(try passes(Sample(kind: .packet, name: name), interface) == expected)
    // A job name is of data-trace records only, an interface name of packets only.
    #expect(try !passes(Sample(kind: .packet, name: name), job))
    #expect(try !passes(Sample(name: name), interface))
  }

  /// Values stand between commas, as people write them.
  @Test func severalValuesOfOneOption() throws {
    let jobs = try filter { try $0.addJob("DB2*, gpmserve") }
    #expect(try passes(Sample(name: "GPMSERVE"), jobs))
    #expect(try passes(Sample(name: "DB2ADIST"), jobs))
    #expect(try !passes(Sample(name: "CICS"), jobs))
    let kinds = try filter { try $0.addKind("Lost,DATA") }
    #expect(try passes(Sample(name: "A"), kinds))
    #expect(try !passes(Sample(kind: .packet, name: "A"), kinds))
    for text in ["80, 443", "443 ,80"] { _ = try filter { try $0.addPort(text) } }
    for text in ["Inbound", "OUT"] { _ = try filter { try $0.addDirection(text) } }
    _ = try filter { try $0.addSecurity("Clear,plain") }
    _ = try filter { try $0.addIP("10.1.1.2:80, 10.1.0.0/16") }
    _ = try filter { try $0.addFlow("0, udp:3") }
    for mistake in ["", "80,", ",80", "80,,443", "80;443"] {
      #expect(throws: FilterMistake.self) { _ = try filter { try $0.addPort(mistake) } }
    }
  }

  @Test func captureInterfacesHaveNames() throws {
    let sink = CollectingSink()
    let stage = try RecordFilter(filter { try $0.addInterface("eth*") }, to: sink)
    let tracker = FlowTracker(to: stage)
    for (id, name) in ["eth0", "lo", "ETH1"].enumerated() {
      try tracker.interface(
        CaptureInterface(id: UInt32(id), linkType: .ethernet, name: name))
    }
    for id: UInt32 in [0, 1, 2, 1, 0, 3] {
      try give(Sample(kind: .capture, interface: id).record, [], to: tracker)
    }
    #expect(sink.records.map(\.record.interface) == [0, 2, 0])
    #expect(sink.interfaces.count == 3)
    #expect(stage.leftOut.map(\.option) == ["--interface"])
    #expect(stage.leftOut.map(\.count) == [3])
  }

  /// A name is looked at as text once; the cache says the same every time and stays small.
  @Test func manyNames() throws {
    let sink = CollectingSink()
    let stage = try RecordFilter(filter { try $0.addJob("JOB*7") }, to: sink)
    let tracker = FlowTracker(to: stage)
    for round in 0..<2 {
      for number in 0..<5000 {
        try give(Sample(name: "JOB\(number)").record, [UInt8(round)], to: tracker)
      }
    }
    #expect(sink.records.count == 1000)
  }

  @Test(arguments: [
    ("2026-01-05T08:00:00Z", "2026-01-05 08:00:00.999999999"),
    ("2026-01-05 08:00:00.000000 UTC", "2026-01-05 08:00:00.000000999"),
    ("2026-01-05 10:00:00 +02:00", "2026-01-05 08:00:00.999999999"),
    ("2026-01-05 08:00:00", "2026-01-05 08:00:00.999999999"),
    ("2026-01-05T08:00:00.5Z", "2026-01-05 08:00:00.599999999"),
    ("2026-01-05t09:00:00+01:00", "2026-01-05 08:00:00.999999999"),
    ("2026-01-05T02:30:00-0530", "2026-01-05 08:00:00.999999999"),
    ("2026-01-05 08:00", "2026-01-05 08:00:59.999999999"),
    ("2026-01-05", "2026-01-05 23:59:59.999999999"),
    ("1969-12-31 23:59:59.999999999", "1969-12-31 23:59:59.999999999"),
    ("2024-02-29 00:00:00", "2024-02-29 00:00:00.999999999"),
  ])
  func moment(text: String, last: String) throws {
    let limit = try TimeLimit("--until", text)
    #expect(CivilDate.text(nanoseconds: limit.last, digits: 9) == last)
    #expect(!limit.isTimeOfDay)
    let since = try filter { try $0.setSince(text) }
    let until = try filter { try $0.setUntil(text) }
    #expect(try passes(Sample(time: limit.first), since))
    #expect(try !passes(Sample(time: limit.first - 1), since))
    #expect(try passes(Sample(time: limit.last), until))
    #expect(try !passes(Sample(time: limit.last + 1), until))
  }

  @Test(arguments: [
    ("08:00", "09:00", "07:59:59.999999999", false), ("08:00", "09:00", "08:00:00", true),
    ("08:00", "09:00", "09:00:59.999999999", true), ("08:00", "09:00", "09:01:00", false),
    ("08:00:00.25", "08:00:00.25", "08:00:00.259999999", true),
    ("08:00:00.25", "08:00:00.25", "08:00:00.26", false),
    ("23:00", "01:00", "23:30:00", true), ("23:00", "01:00", "00:30:00", true),
    ("23:00", "01:00", "12:00:00", false), ("10:00+02:00", "11:00+02:00", "08:30:00", true),
    ("00:30+01:00", "00:40+01:00", "23:35:00", true),
  ])
  func timeOfAnyDay(since: String, until: String, time: String, expected: Bool) throws {
    let window = try filter {
      try $0.setSince(since)
      try $0.setUntil(until)
    }
    for date in ["2026-01-05", "1999-12-31", "1969-07-20"] {
      let moment = try TimeLimit("", "\(date) \(time)").first
      #expect(try passes(Sample(time: moment), window) == expected)
    }
  }

  @Test(arguments: [
    "", "8", "8:00", "25:00", "08:60", "08:00:60", "08:00:00.", "08:00:00.1234567890", "08:00.5",
    "2026-13-01", "2026-02-30", "2026-01-05X08:00", "2026-01-05 ", "9999-01-01", "0001-01-01",
    "2026-01-05T08:00:00+1", "2026-01-05T08:00:00+99:00", "yesterday", "08:-1:00", "+026-01-05",
    "10:00-10:05", "03:00-05:00", "2026-01-05 10:00-10:05", "10:00:00-10:05",
  ])
  func mistakenTime(text: String) {
    #expect(throws: FilterMistake.self) { try TimeLimit("--since", text) }
  }

  @Test func timeWithAnOffset() throws {
    #expect(try TimeLimit("--since", "10:00-05:00") == TimeLimit("--since", "15:00"))
    #expect(try TimeLimit("--since", "03:00:00-05:00") == TimeLimit("--since", "08:00:00"))
  }

  @Test func exchangedTimes() throws {
    #expect(throws: FilterMistake.self) {
      try filter {
        try $0.setUntil("2026-01-05")
        try $0.setSince("2026-01-06")
      }
    }
  }

  @Test(arguments: RecordKind.allCases)
  func kind(kind: RecordKind) throws {
    let only = try filter { try $0.addKind("\(kind.name)") }
    for other in RecordKind.allCases {
      #expect(try passes(Sample(kind: other), only) == (other == kind))
    }
    let two = try filter {
      try $0.addKind("\(kind.name)")
      try $0.addKind("lost")
    }
    #expect(try passes(Sample(kind: .lost), two))
  }

  @Test(arguments: [
    ("clear", [true, false, false, false]), ("confidential", [false, true, false, true]),
    ("plain", [false, false, true, false]),
  ])
  func security(word: String, expected: [Bool]) throws {
    let only = try filter { try $0.addSecurity(word) }
    let flags: [RecordFlags] = [.clearText, .confidential, [.start], [.clearText, .confidential]]
    #expect(try flags.map { try passes(Sample(flags: $0), only) } == expected)
    #expect(try !passes(Sample(kind: .packet), only))
  }

  @Test func direction() throws {
    let out = try filter { try $0.addDirection("out") }
    let all: [Direction] = [.unknown, .inbound, .outbound]
    #expect(try all.map { try passes(Sample(direction: $0), out) } == [false, false, true])
    // A Linux cooked header says which way: packet type 4 is outgoing.
    for (type, expected) in [("0000", false), ("0004", true)] {
      let payload = hex("\(type) 0001 0006 020000000001 0000 0800")
      let sample = Sample(kind: .capture, payload: payload, linkType: .linuxCooked)
      #expect(try passes(sample, out) == expected)
    }
  }

  @Test func mistakenWords() {
    var filter = FilterSpecification()
    #expect(throws: FilterMistake.self) { try filter.addKind("DATUM") }
    #expect(throws: FilterMistake.self) { try filter.addSecurity("") }
    #expect(throws: FilterMistake.self) { try filter.addDirection("both") }
    #expect(throws: FilterMistake.self) { try filter.addJob("") }
    #expect(throws: FilterMistake.self) { try filter.addText("") }
    #expect(throws: FilterMistake.self) { try filter.addExpression(" ") }
    #expect(throws: FilterMistake.self) { try filter.setCount(0) }
    #expect(filter.isEmpty)
  }

  /// Text at every place of payloads around the step of the search.
  @Test(arguments: ["x", "GET", "a somewhat longer text, of more than 32 bytes", "naïve"])
  func textIsFoundAnywhere(text: String) throws {
    let filter = try filter { try $0.addText(text) }
    let forms = [Array(text.utf8), try #require(CodePage.ibm1047.bytes(text))]
    for form in forms {
      for length in [form.count, 31, 33, 64, 95] where length >= form.count {
        for place in 0...(length - form.count) {
          // The first byte stands everywhere, so that it alone does not make a hit.
          var payload = [UInt8](repeating: form.count > 1 ? form[0] : 0, count: length)
          payload[place..<place + form.count] = form[...]
          #expect(try passes(Sample(payload: payload), filter))
          payload[place + form.count - 1] ^= 0x20
          #expect(try !passes(Sample(payload: payload), filter))
        }
      }
    }
    #expect(try !passes(Sample(), filter))
  }

  @Test func textIsSearchedInTheDataOfAPacket() throws {
    // The addresses read "ABCD" and "EFGH", the data "data".
    let packet = hex("4500002C BEEF0000 40060000 41424344 45464748" + EndsTests.tcp + "64617461")
    let sample = Sample(kind: .packet, payload: packet, linkType: .raw)
    #expect(try passes(sample, filter { try $0.addText("data") }))
    #expect(try !passes(sample, filter { try $0.addText("CDEF") }))
    #expect(
      try passes(
        sample,
        filter {
          try $0.addText("CDEF")
          try $0.addText("ata")
        }))
  }

  @Test func countStopsAndTheRestPassesThrough() throws {
    let sink = CollectingSink()
    let stage = try RecordFilter(
      filter {
        try $0.addPort("8803")
        try $0.setCount(2)
      }, to: sink)
    let tracker = FlowTracker(to: stage)
    for port: UInt16 in [1, 8803, 2, 8803, 8803, 3] {
      #expect(stage.isSatisfied == (stage.passed == 2))
      try give(Sample(ports: (port, 50_000)).record, [], to: tracker)
    }
    try stage.notice(TraceNotice(.lost, .lostRecords(packets: nil, data: nil), at: 0))
    try stage.secrets(type: 7, RawSpan())
    #expect(sink.records.count == 2)
    #expect(stage.passed == 2)
    #expect(stage.isSatisfied)
    #expect(sink.notices.count == 1)
    #expect(sink.secrets.map(\.type) == [7])
    #expect(stage.leftOut.map(\.option) == ["--port"])
    #expect(stage.leftOut.map(\.count) == [2])
  }

  @Test func emptyFilterPassesAll() throws {
    #expect(FilterSpecification().isEmpty)
    for kind in RecordKind.allCases {
      #expect(try passes(Sample(kind: kind), FilterSpecification()))
    }
  }

  /// At every place of payloads around the step of the search, in both codes.
  @Test(arguments: ["x", "Order4711", "a Somewhat Longer text, of more than 32 bytes", "naÏve"])
  func caseDoesNotCount(text: String) throws {
    let filter = try filter { try $0.addText(text, ignoringCase: true) }
    for spelt in [text.uppercased(), text.lowercased(), text] {
      // Of UTF-8 only the letters of ASCII have a case.
      let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
      let forms = [
        isASCII ? Array(spelt.utf8) : Array(text.utf8), try #require(CodePage.ibm1047.bytes(spelt)),
      ]
      for form in forms {
        for length in [form.count, 33, 64, 95] where length >= form.count {
          for place in 0...(length - form.count) {
            var payload = [UInt8](repeating: 0, count: length)
            payload[place..<place + form.count] = form[...]
            #expect(try passes(Sample(payload: payload), filter))
            payload[place + form.count - 1] = 0x01
            #expect(try !passes(Sample(payload: payload), filter))
          }
        }
      }
    }
    #expect(
      try passes(
        Sample(payload: Array("{".utf8)),
        TraceFilterTests.filter { try $0.addText("{", ignoringCase: true) }))
    #expect(
      try !passes(
        Sample(payload: Array("[".utf8)),
        TraceFilterTests.filter { try $0.addText("{", ignoringCase: true) }))
  }

  @Test(arguments: [
    ("ORDER[0-9]{4}", "an ORDER4711 of today", false, true),
    ("ORDER[0-9]{4}", "an order4711", false, false),
    ("ORDER[0-9]{4}", "an order4711", true, true),
    ("^POST .*HTTP/1.1$", "x\nPOST /a HTTP/1.1\ny", false, true),
    ("^POST$", "GET\nPOSTS", false, false), ("a.c", "a\nc", false, false),
    ("a\\.c", "abc", false, false),
    ("end$", "\u{0}\u{0}the end", false, true),
  ])
  func expressions(pattern: String, text: String, ignoringCase: Bool, expected: Bool) throws {
    let filter = try filter {
      try $0.addText(pattern, ignoringCase: ignoringCase, isExpression: true)
    }
    #expect(try passes(Sample(payload: Array(text.utf8)), filter) == expected)
    let encoded = try #require(CodePage.ibm1047.bytes(text))
    #expect(try passes(Sample(payload: encoded), filter) == expected)
    #expect(try !passes(Sample(), filter))
  }

  @Test(arguments: ["(", "a{2,1}", "[z-a]", "*("])
  func mistakenExpression(pattern: String) {
    #expect(throws: FilterMistake.self) {
      try filter { try $0.addText(pattern, isExpression: true) }
    }
  }

  /// The conversations in which something was found, of which only the time is looked at again.
  @Test func wholeConversationsWithinTheTime() throws {
    var first = try filter {
      try $0.addText("A")
      try $0.addDirection("in")
      try $0.setSince("00:00:01")
      try $0.setUntil("00:00:02")
      try $0.setCount(9)
    }
    first.isOfWholeConversations = true
    let sink = CollectingSink()
    let stage = try RecordFilter(
      first.chosen([FlowNumber(ipProtocol: 6, number: 0)]), to: sink)
    let tracker = FlowTracker(to: stage)
    for second in 0...3 as ClosedRange<Int64> {
      for port: UInt16 in [40_000, 40_001] {
        let sample = Sample(ports: (8803, port), time: second * 1_000_000_000, direction: .outbound)
        try give(sample.record, [], to: tracker)
      }
    }
    #expect(sink.records.map(\.record.time) == [1_000_000_000, 2_000_000_000])
    #expect(
      stage.leftOut.map { "\($0.option) \($0.count)" } == ["--since 2", "--until 2", "--whole 2"])
  }

  /// A conversation by the name that stays the same whatever is filtered.
  @Test func flowByID() throws {
    let sample = Sample(time: 7)
    let key = FlowKey(
      Endpoint(try #require(IPAddress("10.1.1.2")), 8803),
      Endpoint(try #require(IPAddress("10.1.2.3")), 40_000),
      ipProtocol: 6, plane: 1)
    let id = FlowIdentity.text(key, firstTime: 7)
    #expect(try passes(sample, filter { try $0.addFlow(id) }))
    #expect(try passes(sample, filter { try $0.addFlow(id.uppercased()) }))
    #expect(try !passes(Sample(time: 8), filter { try $0.addFlow(id) }))
    #expect(throws: FilterMistake.self) { try filter { try $0.addFlow(String(id.dropLast())) } }
  }
}
