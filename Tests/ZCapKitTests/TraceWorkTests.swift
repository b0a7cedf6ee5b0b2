import ATTLS
import ATTLSPolicy
import TestSupport
import Testing
import TraceBytes
import TraceConvert
import TraceFilter
import TraceModel
import TraceProtocols
import TraceRender

import TraceTables

@testable import TraceStreams
@testable import ZCapKit

/// What commands do with a run, without a command.
@Suite struct TraceWorkTests {
  private static let trace = RunCommand.packageRoot + "/captures/data-trace/http-clear-text.ctr"
  private static let missing = RunCommand.packageRoot + "/captures/no-such.ctr"

  /// What a run tells, and what it writes.
  private final class Told {
    var notes: [String] = []
    var failures: [String] = []
    let target = MemoryTarget()
    lazy var output = ByteSink(target)

    var text: String { String(decoding: target.bytes, as: UTF8.self) }

    func run(
      _ work: any TraceWork, _ files: [String] = [trace],
      _ filter: FilterSpecification = FilterSpecification()
    ) throws -> RunOutcome {
      try Session.run(
        work, RunOptions(files: files), filter,
        Telling(
          note: { self.notes.append($0) }, failure: { self.failures.append($0) },
          error: { self.failures.append("\($0)") }))
    }
  }

  private static var noPorts: FilterSpecification {
    get throws {
      var filter = FilterSpecification()
      try filter.addPort("1")
      return filter
    }
  }

  private static func conversion(_ told: Told, evenEmpty: Bool = false) -> Conversion {
    var request = Conversion.Request(files: [trace], path: "out.pcapng")
    request.evenEmpty = evenEmpty
    return Conversion(request, ConvertOptions(), to: told.output)
  }

  @Test func aTraceIsConverted() throws {
    let told = Told()
    #expect(try told.run(Self.conversion(told)) == .done)
    #expect(told.target.bytes.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]))
    #expect(told.text.contains("Converted from http-clear-text.ctr. TCP, IP and Ethernet headers"))
    #expect(told.notes.last?.hasPrefix("read 11 records, wrote ") == true)
  }

  @Test func aLogIsConverted() throws {
    let told = Told()
    let log = RunCommand.packageRoot + "/captures/attls/trace255.log"
    let work = LogConversion([log], ConvertOptions(), to: told.output, path: "out.pcapng")
    #expect(try told.run(work, [log]) == .done)
    // The line for the shell belongs to the one before.
    let place = try #require(told.notes.firstIndex { $0.contains("something else than TLS; try") })
    #expect(told.notes[place + 1] == "  tshark -d tcp.port==25,tls -r out.pcapng")
  }

  @Test func nothingIsWrittenWhenNothingIsLeft() throws {
    let told = Told()
    #expect(try told.run(Self.conversion(told), [Self.trace], try Self.noPorts) == .nothingMatched)
    #expect(told.target.bytes.isEmpty && told.failures.isEmpty)
    let empty = Told()
    let work = Self.conversion(empty, evenEmpty: true)
    #expect(try empty.run(work, [Self.trace], try Self.noPorts) == .nothingMatched)
    #expect(!empty.target.bytes.isEmpty)
    #expect(empty.failures.count == 1 && empty.failures[0].hasPrefix("no record is left: read 11"))
  }

  @Test func whatCannotBeReadFails() throws {
    let told = Told()
    #expect(try told.run(Self.conversion(told), [Self.missing, Self.trace]) == .failed)
    #expect(told.failures.count == 1 && told.failures[0].contains("no-such.ctr"))
    #expect(told.notes.last?.hasPrefix("read 11 records") == true)
  }

  @Test func flowsHaveASummaryAndWhatIsInNone() throws {
    let told = Told()
    let work = FlowList(FlowList.Request(), nil, StreamAssembler.Limits(), to: told.output)
    #expect(try told.run(work) == .done)
    #expect(told.text.contains("10.1.1.2:8803"))
    #expect(told.notes == ["read 11 records, 1 flow"])
  }

  @Test func printSaysWhyItShowsNothing() throws {
    let told = Told()
    var options = PrintOptions()
    options.payloadOnly = true
    let limits = StreamAssembler.Limits()
    let file = RunCommand.packageRoot + "/captures/data-trace/confidential.ctr"
    let work = Printing(.lines, options, nil, limits, to: told.output)
    #expect(try told.run(work, [file]) == .nothingMatched)
    #expect(told.notes.last == "nothing to show: no record has bytes of the application")
    let stream = Told()
    let streams = Printing(.stream, PrintOptions(), nil, limits, to: stream.output)
    #expect(try stream.run(streams) == .done)
    #expect(stream.text.contains("GET "))
  }

  @Test func infoHasNoSummary() throws {
    let told = Told()
    var request = TraceInfo.Request()
    request.isFiltered = true
    let filter = try Self.noPorts
    #expect(
      try told.run(TraceInfo(request, nil, to: told.output), [Self.trace], filter)
        == .nothingMatched)
    #expect(told.notes == ["left out: 11 by --port"])
  }

  @Test func whatWasGivenUpIsTold() {
    #expect(LogFiles.givenUp(0).isEmpty)
    let given = LogFiles.givenUp(2).first
    #expect(given?.hasPrefix("2 connections of the log told while open") == true)
    var counts = StreamAssembler.Counts()
    #expect(counts.notes.isEmpty)
    (counts.byMemory, counts.late, counts.strays) = (1, 2, 1000)
    #expect(
      counts.notes == [
        "1 hole became gaps to bound memory (--max-memory), 2 packets came too late for a hole given up "
          + "before, 1,000 packets not read: sequence numbers that do not belong to the connection"
      ])
  }

  @Test func aProgramCanFilter() throws {
    let trace = try Trace(path: Self.trace)
    var filter = FilterSpecification()
    try filter.addDirection("in")
    var (all, flows) = (0, Set<UInt64>())
    try trace.records(filter: filter) { (placed, _) in
      all += 1
      flows.insert(placed.flow.number)
    }
    #expect(all > 0 && all < 11 && flows == [0])
  }
}

/// Words of the command line that are values.
@Suite struct AmountTests {
  @Test(arguments: [
    ("1500", 1500), ("64K", 64_000), ("100m", 100_000_000), ("4G", 4_000_000_000), ("0", nil),
    ("", nil), ("K", nil), ("1T", nil), ("-1", nil), ("99999999999G", nil),
  ])
  func sizes(_ text: String, _ bytes: UInt64?) { #expect(ByteSize(text)?.bytes == bytes) }

  @Test func sizesAsText() {
    for text in ["1500", "64K", "100M", "4G", "1M"] { #expect(ByteSize(text)?.description == text) }
  }

  @Test(arguments: [
    ("500ms", 500_000_000), ("1.5s", 1_500_000_000), ("2", 2_000_000_000), ("7us", 7000),
    ("3ns", 3), ("-1", nil), ("s", nil), ("1e10", nil), ("", nil), ("1h", nil),
  ])
  func spans(_ text: String, _ nanoseconds: Int64?) {
    #expect(TimeSpan(text)?.nanoseconds == nanoseconds)
  }

  @Test func aPortIsNamedWhenTwoRecordsSayIt() {
    let names = PortNames()
    func heard(_ text: String, _ port: UInt16) -> Bool {
      let bytes = Array(text.utf8)
      return unsafe names.heard(bytes.span.bytes, onPort: port)
    }
    // One of many records can look like a protocol; more of them are asked for.
    #expect(heard("220-FTPD1 IBM FTP CS V2R5 at HOST", 2100) && names.dissectors.isEmpty)
    #expect(heard("\u{1}\u{2}", 2100) && names.dissectors.isEmpty)
    #expect(!heard("220-FTPD1 IBM FTP CS V2R5 at HOST", 2100) && names.dissectors[2100] != nil)
    #expect(
      !heard("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 8803) && names.dissectors[8803] != nil)
  }

  @Test func protocolsAndPorts() {
    #expect(ProtocolNames("drda,mq")?.protocols == [.drda, .mq])
    #expect(ProtocolNames("DB2,3270,MQ")?.protocols == [.drda, .tn3270, .mq])
    #expect(ProtocolNames("drda,x") == nil && !ProtocolNames.all.contains("unknown"))
    #expect(PortMap("auto")?.isEmpty == false && PortMap("992=23,8443=80") != nil)
    for text in ["", "992", "992=", "992=70000", "1=2,", "1=2=3"] { #expect(PortMap(text) == nil) }
  }

  @Test func formatsOfTables() throws {
    #expect(try TableFormat.chosen(nil, for: "-") == .ndjson)
    #expect(try TableFormat.chosen(nil, for: "a.csv.gz") == .csv)
    #expect(try TableFormat.chosen(.parquet, for: "a.csv") == .parquet)
    #expect(throws: UsageMistake.self) { try TableFormat.chosen(.parquet, for: "a.gz") }
    #expect(throws: UsageMistake.self) { try TableFormat.chosen(nil, for: "a") }
  }
}

/// What `policy` and `explain` say.
@Suite struct AnswerTests {
  private static let policy = RunCommand.packageRoot + "/captures/policy/gpmserve.policy"
  private static let wrong = RunCommand.packageRoot + "/captures/policy/wrong-words.policy"

  private static func text(_ answer: PolicyAnswer) -> String? {
    if case .text(let text, _) = answer.content { text } else { nil }
  }

  @Test func reportsAndChecks() throws {
    let set = try PolicyAnswer.load([Self.policy])
    let report = try PolicyAnswer.report(
      set, all: false, rule: nil, of: "p", isJSON: false, nil)
    #expect(Self.text(report)?.contains("policyRule") == true && !report.hasErrors)
    let none = try PolicyAnswer.report(
      set, all: false, rule: "NONE", of: "p", isJSON: false, TableView())
    #expect(none.hasErrors && none.complaints.last == "zcap: no rule named 'NONE' in p")
    #expect(Self.text(none) == nil)
    #expect(PolicyAnswer.check(set, isJSON: false).notes[0].contains(" 0 errors"))
    let wrong = try PolicyAnswer.load([Self.wrong])
    #expect(PolicyAnswer.check(wrong, isJSON: true).hasErrors)
    let file = PolicyAnswer.file(wrong)
    #expect(file.hasErrors && Self.text(file) == nil && file.complaints.count > 1)
    #expect(throws: TraceError.self) { try PolicyAnswer.load([Self.policy + ".none"]) }
  }

  @Test func connectionsInWords() throws {
    let connection = try PolicyConnection(
      job: "A", user: nil, local: "10.1.1.2..443", remote: nil, direction: "IN")
    #expect(connection.localPort == 443 && connection.direction == .inbound)
    #expect(throws: UsageMistake.self) {
      try PolicyConnection(job: nil, user: nil, local: "x", remote: nil, direction: nil)
    }
    #expect(throws: UsageMistake.self) {
      try PolicyConnection(job: nil, user: nil, local: nil, remote: nil, direction: "up")
    }
  }

  @Test func explanations() throws {
    var codes = ExplanationRequest(["alert", "48", "40"], year: nil, countsFailures: true)
    #expect(try codes.explanations().count == 2)
    for (words, title) in [
      (["mqrc", "2085"], "2085  MQRC_UNKNOWN_OBJECT_NAME  (IBM MQ)"),
      (["2085"], "2085  MQRC_UNKNOWN_OBJECT_NAME  (IBM MQ)"),
      (["SQLCODE", "-204"], "SQLCODE -204  (Db2)"),
    ] {
      var server = ExplanationRequest(words, year: nil, countsFailures: true)
      #expect(try server.explanations().map(\.title) == [title])
    }
    var none = ExplanationRequest(["mqrc", "1"], year: nil, countsFailures: true)
    #expect(try none.explanations().map(\.isKnown) == [false])
    var near = ExplanationRequest(["Keyrings"], year: nil, countsFailures: true)
    let found = try near.explanations()
    #expect(found.count == 1 && !found[0].isKnown)
    let log = RunCommand.packageRoot + "/captures/attls/trace255.log"
    for counts in [true, false] {
      var request = ExplanationRequest([log], year: 2026, countsFailures: counts)
      #expect(try !request.explanations().isEmpty && request.notes.isEmpty != counts)
    }
    var path = ExplanationRequest(["no/such.log"], year: nil, countsFailures: true)
    #expect(throws: TraceError.self) { try path.explanations() }
  }
}
