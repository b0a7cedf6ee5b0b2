import ArgumentParser
import ZCapKit

/// What `attls` shows.
final class AttlsOptions: ParsableArguments {
  @Flag(help: "Show each connection's course, message by message (logs).")
  var events = false

  @Flag(help: "Show how often each rule was used, and what failed (logs).")
  var rules = false

  @Flag(help: "Tell the TLS handshakes in plain words; of logs, those with trace level 32.")
  var handshake = false

  @Flag(help: "Write one JSON object per line.")
  var json = false

  @Flag(help: "Only connections with a failure.")
  var failed = false

  @Option(
    help: ArgumentHelp(
      "Write the certificates that were sent in clear (up to TLS 1.2) as PEM files into this folder.",
      valueName: "dir"),
    completion: .directory)
  var certs: String?

  @Option(
    help: ArgumentHelp(
      "Write the TLS records of a log (trace level 32) as TCP, for Wireshark; - is standard output.",
      valueName: "out"),
    completion: .file())
  var pcapng: String?

  @OptionGroup var table: TableOptions
  @OptionGroup var time: TimeOptions
  @OptionGroup var result: ResultOptions

  @Option(help: ArgumentHelp("The year of a log that gives none.", valueName: "yyyy"))
  var year: Int?

  func rows(_ common: CommonOptions) -> TLSRowOptions {
    var rows = TLSRowOptions()
    rows.events = events
    rows.rules = self.rules
    rows.handshake = handshake
    rows.json = json
    rows.failed = failed
    rows.keepsCertificates = certs != nil
    rows.year = year
    rows.zone = time.zone
    rows.view = table.view(result, common)
    return rows
  }

  func validate() throws {
    try refuse(
      result.force && result.isStandard && pcapng == nil && certs == nil,
      "--force belongs to -o, --pcapng or --certs.")
    if pcapng != nil {
      try refuse(
        events || rules || handshake || json || failed || certs != nil,
        "--pcapng writes the TLS records, and nothing else is shown.")
      try refuse(!result.isStandard, "--pcapng names the file itself; leave out -o.")
    }
    try table.check(TLSRowOptions.columnNames)
    try refuse(
      rules && (events || handshake),
      "--rules counts; it does not go with --events or --handshake.")
    if let year, !(1970...2200).contains(year) {
      throw ValidationError("--year \(year): from 1970 to 2200.")
    }
  }
}
