import ArgumentParser
import TraceFilter

/// Which records are wanted, the same for all commands. Values of one option are alternatives;
/// different options must all agree.
final class FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address or network of either end; a port may follow: 10.1.1.2:4000, 10.1.1.2..4000.",
      valueName: "addr[/prefix]"))
  var ip: [String] = []

  @Option(help: ArgumentHelp("The same of the source.", valueName: "addr[/prefix]"))
  var src: [String] = []

  @Option(help: ArgumentHelp("The same of the destination.", valueName: "addr[/prefix]"))
  var dst: [String] = []

  @Option(
    help: ArgumentHelp(
      "Port of either end: 443, 8800-8899, https, or several: 80,443. Fragments without ports do not match.",
      valueName: "ports"))
  var port: [String] = []

  @Option(
    help: ArgumentHelp(
      "Job name of data-trace records; * and ? stand for others. Several with commas.",
      valueName: "pattern"))
  var job: [String] = []

  @Option(
    help: ArgumentHelp(
      "Interface name of packets; * and ? stand for others.", valueName: "pattern"))
  var interface: [String] = []

  @Option(
    help: ArgumentHelp(
      "From this time on: 2026-01-05T08:00:00Z, \"2026-01-05 08:00:00.5\", or 08:00 of any day (UTC).",
      valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Up to this time, its last digit included.", valueName: "time"))
  var until: String?

  @Option(
    help: ArgumentHelp("in or out, seen from the traced host.", valueName: "in|out"),
    completion: .list(["in", "out"]))
  var direction: [String] = []

  @Option(
    help: ArgumentHelp(
      "Kind of record: data, packet, ee, frame, smc, lost, capture, …", valueName: "data|packet|…"),
    completion: .list(FilterSpecification.kindNames))
  var kind: [String] = []

  @Option(
    help: ArgumentHelp(
      "Data-trace records by AT-TLS: clear, confidential or plain.", valueName: "how"),
    completion: .list(["clear", "confidential", "plain"]))
  var secure: [String] = []

  @Option(
    help: ArgumentHelp(
      "Conversation by the number that flows shows, udp:n for UDP, or by its flow_id; or several: 0,4.",
      valueName: "n"))
  var flow: [String] = []

  @Option(help: ArgumentHelp("Stop after this many records have passed.", valueName: "n"))
  var count: UInt64?

  @Option(
    help: ArgumentHelp(
      "Text within the data of one record, in ASCII (UTF-8) or EBCDIC.", valueName: "text"))
  var contains: [String] = []

  @Flag(
    name: .customLong("ignore-case"), help: "--contains: capital and small letters are the same.")
  var ignoreCase = false

  @Flag(help: "--contains: an extended regular expression.")
  var regex = false

  @Flag(
    help:
      "--contains: whole conversations in which it is found, within --since and --until; reads the inputs twice."
  )
  var whole = false

  @Option(
    name: .customShort("f"),
    help: ArgumentHelp(
      "libpcap expression like 'host 10.1.1.2 and port 8803'; data-trace records count as the "
        + "packets that convert writes for them.", valueName: "expression"))
  var expression: [String] = []

  func validate() throws {
    try refuse(
      contains.isEmpty && (ignoreCase || regex || whole),
      "--ignore-case, --regex and --whole belong to --contains.")
    _ = try specification
  }

  /// The filter that the options ask for.
  var specification: FilterSpecification { get throws { try understood(build) } }

  private func build() throws(FilterMistake) -> FilterSpecification {
    var filter = FilterSpecification()
    for text in ip { try filter.addIP(text) }
    for text in src { try filter.addSource(text) }
    for text in dst { try filter.addDestination(text) }
    for text in port { try filter.addPort(text) }
    for text in job { try filter.addJob(text) }
    for text in interface { try filter.addInterface(text) }
    if let since { try filter.setSince(since) }
    if let until { try filter.setUntil(until) }
    for text in direction { try filter.addDirection(text) }
    for text in kind { try filter.addKind(text) }
    for text in secure { try filter.addSecurity(text) }
    for text in flow { try filter.addFlow(text) }
    if let count { try filter.setCount(count) }
    for text in contains {
      try filter.addText(text, ignoringCase: ignoreCase, isExpression: regex)
    }
    filter.isOfWholeConversations = whole
    for text in expression { try filter.addExpression(text) }
    return filter
  }
}
