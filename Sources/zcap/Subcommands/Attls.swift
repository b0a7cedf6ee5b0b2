import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceStreams
import ZCapKit

/// Shows TLS connections: in an AT-TLS log who, which rule and how it went; in packets the handshake.
struct Attls: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attls",
    abstract: "Show TLS connections in an AT-TLS log, or in the packets of any trace.",
    discussion: """
      A log is a syslogd file, console output, SYSLOG or OPERLOG, a job log, or an answer of the \
      z/OSMF log API; its rows say who, which rule, which protocol and how it went. Times are as the \
      log gives them. Packet traces, pcap and pcapng show one row per TLS connection.

      zcap attls syslog.log --failed
      zcap attls syslog.log --pcapng handshakes.pcapng
      zcap attls trace.pcapng --handshake --certs certs
      """)

  @OptionGroup var options: AttlsOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var follow: FollowOptions
  @OptionGroup(title: "Filters") var filter: FilterOptions

  mutating func validate() throws {
    try follow.prepare(&input, whole: filter.whole)
    if let year = options.year, input.date == nil { input.date = "\(year)-12-31" }
  }

  func run() throws {
    let specification = try filter.specification
    if let path = options.pcapng {
      return try AttlsCapture(input: input, filter: specification, follows: follow.follow).write(
        to: path, force: options.result.force)
    }
    let output = try options.result.open(
      options.json ? .json : .text, input.common, besides: input.files)
    let rowOptions = options.rows(input.common)
    let certificates = try folder()
    let rows = AttlsRows(
      rowOptions, output, certificates,
      try connections(specification))
    let flows = TLSFlows(rowOptions, output, certificates)
    // What a handshake holds is kept until its connection is over.
    let table = FlowTable(limit: 8192)
    let session = try input.session(
      specification, flows: table, into: StreamFollower(flows, flows: table),
      others: [rows.format], files: flows.files, follows: follow.follow)
    try ZCap.reporting { () throws(TraceError) in
      try session.run()
      try rows.finish()
      try output.commit()
    }
    try report(session, rows, flows)
    if let certificates, let path = options.certs { Diagnostics.notes(certificates.summary(path)) }
    try ExitStatus.end(session.outcome(matched: rows.connections + flows.connections))
  }

  private func connections(_ filter: FilterSpecification) throws -> ConnectionFilter {
    do throws(FilterMistake) {
      return try ConnectionFilter(filter)
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func folder() throws -> CertificateFolder? {
    guard let path = options.certs else { return nil }
    do throws(TraceError) {
      return try CertificateFolder(path: path, replace: options.result.force)
    } catch {
      Diagnostics.error(error)
      throw ExitStatus.failed.code
    }
  }

  private func report(_ session: Session, _ rows: AttlsRows, _ flows: TLSFlows) throws {
    let read = session.inputs.filter { !$0.format.isEmpty }
    Diagnostics.notes(
      rows.summary(read.filter { $0.format.contains(TLSRowOptions.logFormat) }.map(\.name)))
    // The coding of a log stands behind its name: "AT-TLS log, UTF-16".
    let traces = read.filter { !$0.format.hasPrefix(TLSRowOptions.logFormat) }
    Diagnostics.notes(flows.notes)
    guard let trace = traces.first else { return }
    Diagnostics.notes(session.summary("found \(flows.connections.counted("TLS connection"))"))
    guard options.events || options.rules else { return }
    Diagnostics.line(
      "zcap: \(trace.name): --events and --rules tell what AT-TLS logged, and this is no log "
        + "(\(trace.format))")
    throw ExitStatus.failed.code
  }
}
