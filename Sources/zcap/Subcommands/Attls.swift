import ArgumentParser
import TraceConvert
import ZCapKit

/// Shows TLS connections: in an AT-TLS log who, which rule and how it went; in packets the handshake.
final class Attls: ParsableCommand {
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

  func validate() throws {
    try follow.prepare(&input, whole: filter.whole)
    if let year = options.year, input.date == nil { input.date = "\(year)-12-31" }
  }

  func run() throws {
    if let path = options.pcapng {
      var capture = ConvertOptions()
      capture.application = "zcap \(ZCap.version)"
      let sink = try ResultFile.open(
        path, .capture, replace: options.result.force, besides: input.files)
      return try input.run(
        LogConversion(input.files, capture, to: sink, path: path), filter, follow: follow)
    }
    let output = try options.result.open(
      options.json ? .json : .text, input.common, besides: input.files)
    let work = try TLSList(
      options.rows(input.common), filter.specification, certificates: options.certs,
      replace: options.result.force, to: output)
    try input.run(work, filter, follow: follow)
  }
}
