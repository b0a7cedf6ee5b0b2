import ATTLS
import ArgumentParser
import TraceBytes

/// Shows the connections in an AT-TLS trace.
struct Attls: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attls",
    abstract:
      "Show the connections in an AT-TLS trace: who, which rule, which protocol, how it went.",
    discussion: """
      A log is a syslogd file, console output, SYSLOG or OPERLOG, a job log, or an answer of the \
      z/OSMF log API. Times are as the log gives them.

      zcap attls syslog.log --failed
      zcap attls syslog.log --pcapng handshakes.pcapng

      Exit status: 0 done, 1 no connection in the log, 2 the log cannot be read.
      """)

  @Flag(help: "Show each connection's course, message by message.")
  var events = false

  @Flag(help: "Show how often each rule was used, and what failed.")
  var rules = false

  @Flag(help: "Tell the TLS handshakes in plain words (needs trace level 32).")
  var handshakes = false

  @Flag(help: "Write one JSON object per line.")
  var json = false

  @Flag(help: "Only connections with a failure.")
  var failed = false

  @Option(
    help: ArgumentHelp(
      "Write the TLS records of the log (needs trace level 32) as TCP, for Wireshark; - is standard "
        + "output.", valueName: "out"))
  var pcapng: String?

  @Flag(help: "Replace an output file that exists.")
  var force = false

  @Option(help: "The year of a log that gives none.")
  var year: Int?

  @OptionGroup var input: InputOptions

  @OptionGroup(title: "Filters") var filter: FilterOptions

  mutating func validate() throws {
    if pcapng == nil, !filter.contains.isEmpty {
      throw ValidationError("--contains looks into data, and rows have none; --pcapng has.")
    }
    if force, pcapng == nil { throw ValidationError("--force belongs to --pcapng.") }
    if let year {
      guard (1970...2200).contains(year) else {
        throw ValidationError("--year \(year): 1970 or later.")
      }
      if input.date == nil { input.date = "\(year)-12-31" }
    }
  }

  func run() throws {
    if let pcapng {
      return try AttlsCapture(input: input, filter: filter.specification).write(
        to: pcapng, force: force)
    }
    let logs = input.files
    let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
    var run = ATTLSRun(
      command: self, output: output,
      filter: try ConnectionFilter(filter.specification, day: input.date.flatMap(CivilDate.days)))
    do {
      for log in logs where !run.filter.isSatisfied { try run.read(log) }
      try run.finish()
      try output.commit()
    } catch {
      try LogInput.report(error)
    }
    run.filter.summarise()
    if run.connections == 0 { throw ExitCode(1) }
  }
}

/// One run over one or more logs.
private struct ATTLSRun {
  let command: Attls
  let output: ByteSink
  let filter: ConnectionFilter
  var connections = 0
  var usage = ATTLSRuleUsage()
  var hasHeader = false

  mutating func read(_ log: String) throws {
    var reader = ATTLSLogReader(year: command.year)
    var table = ATTLSConnectionTable(
      keepsSteps: command.events,
      maximumConnections: command.events || command.handshakes ? 1024 : 8192)
    var streams = ATTLSRecordStream()
    var handshakes = HandshakeTable()
    var ready: [ATTLSConnection] = []
    var failure: (any Error)?
    try LogInput.read(log) { window, atEnd in
      reader.read(window, atEnd: atEnd) { message in
        table.add(message) { ready.append($0) }
        if command.handshakes {
          streams.add(message) { handshakes.add($0) }
          if message.kind == .map { handshakes.begin(message) }
        }
      }
      do { try show(&ready, &handshakes) } catch let caught { failure = failure ?? caught }
    }
    streams.finish { handshakes.add($0) }
    table.finish { ready.append($0) }
    if let failure { throw failure }
    try show(&ready, &handshakes)
    let counts = reader.counts
    LogInput.note(
      "\(log): \(LogInput.counted(counts.lines, "line")), "
        + "\(LogInput.counted(counts.messages, "AT-TLS message")), "
        + "\(counts.otherLines) of other programs"
        + (counts.damaged > 0 ? ", \(counts.damaged) damaged" : ""))
  }

  mutating func show(
    _ ready: inout [ATTLSConnection], _ handshakes: inout HandshakeTable
  ) throws {
    for connection in ready {
      let story = command.handshakes ? handshakes.summary(connection) : []
      if command.failed, connection.outcome != .failed { continue }
      guard try filter.passes(connection) else { continue }
      connections += 1
      usage.add(connection)
      if command.rules { continue }
      try show(connection, story)
    }
    ready.removeAll(keepingCapacity: true)
  }

  mutating func show(_ connection: ATTLSConnection, _ story: [String]) throws {
    if command.json {
      var object = connection.json(withSteps: command.events)
      object.add("handshake", story)
      try output.append(object.text + "\n")
      return
    }
    if !hasHeader {
      hasHeader = true
      try output.append(ATTLSConnection.heading + "\n")
    }
    try output.append(connection.row + "\n")
    if command.events {
      for step in connection.steps { try output.append("    " + step.row + "\n") }
      if connection.droppedSteps > 0 {
        try output.append("    … and \(connection.droppedSteps) more\n")
      }
    }
    for line in story { try output.append("    | \(line)\n") }
    if command.events || !story.isEmpty { try output.append("\n") }
  }

  mutating func finish() throws {
    guard command.rules else { return }
    if command.json {
      for rule in usage.rules { try output.append(rule.json().text + "\n") }
      return
    }
    try output.append(ATTLSRuleUsage.Rule.heading + "\n")
    for rule in usage.rules {
      for line in rule.rows { try output.append(line + "\n") }
    }
  }
}
