import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

extension ZCap {
  /// What is in a trace, without converting it.
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info",
      abstract: "Show what a trace holds: format, records, jobs, time span, loss and damage.",
      discussion: """
        Formats: CTRACE data sets of SYSTCPDA and SYSTCPOT in every form of transfer (FTP with or \
        without RDW, Zowe record mode, block mode, external writer), saved real-time buffers, pcap, \
        pcapng (2cUTC ones too), TCPDATA and TCPTRACE listings, IPCS reports, sniffer exports; plain \
        or gzip.

        zcap info TRACE
        zcap info TRACE --unknown
        zcap TRACE
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @OptionGroup var log: LogOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var result: ResultOptions

    @Flag(
      help:
        "Show what headers hold beyond what is understood: raw values, and how many records have each."
    )
    var unknown = false

    @Flag(help: "One JSON object.")
    var json = false

    mutating func run() throws {
      let filter = try filter.specification
      // The report is of the records that pass.
      let join = try log.load()
      let flows = FlowTable()
      let ends = join.map { _ in FlowEndsSink(flows: flows) }
      let kept = filter.isEmpty ? nil : PlacedSurvey(to: ends)
      let values = unknown ? HeaderValues(to: kept ?? ends) : nil
      let session = try input.session(filter, flows: flows, into: values ?? kept ?? ends)
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        let summary = join.map { LogSummary(ends?.flows ?? [], $0) }
        let report = InfoReport(
          session, kept?.survey ?? session.survey, summary, zone: time.zone.zone,
          values: values, room: result.room)
        if session.survey.records > 0 || !session.hasFailed {
          try json ? report.writeJSON(to: output) : report.write(to: output)
        }
        try output.commit()
      }
      if !filter.isEmpty { Diagnostics.notes(session.filterSummary()) }
      try ExitStatus.end(session.outcome(matched: session.passed))
    }
  }
}
