import ArgumentParser
import TraceFilter
import ZCapKit

extension ZCap {
  /// What is in a trace, without converting it.
  final class Info: ParsableCommand {
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

    func run() throws {
      var request = TraceInfo.Request()
      request.isJSON = json
      request.showsUnknown = unknown
      request.isFiltered = try !filter.specification.isEmpty
      request.zone = time.zone
      request.room = result.room
      let join = try log.load()
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      try input.run(TraceInfo(request, join, to: output), filter)
    }
  }
}
