/// What `zcap help TOPIC` tells, and the manual page with it.
package enum HelpTopic: String, CaseIterable, Sendable {
  case formats, filters, json
  case exitStatus = "exit-status"

  package var title: String {
    switch self {
    case .formats: "What zcap reads and writes"
    case .filters: "Which records a command takes"
    case .json: "What --json writes"
    case .exitStatus: "How a command ends"
    }
  }

  /// Paragraphs and lists, each paragraph and each entry one line. A list is an entry with two blanks in front,
  /// and a tab between its term and what is said of it.
  package var paragraphs: [String] {
    switch self {
    case .formats: Self.formatText
    case .filters: Self.filterText
    case .json: Self.jsonText
    case .exitStatus: Self.statusText
    }
  }

  /// The topic as text of this width.
  package func text(width: Int) -> String {
    var lines = [title.uppercased(), ""]
    for (index, paragraph) in paragraphs.enumerated() {
      let isEntry = paragraph.hasPrefix("  ")
      if index > 0, !(isEntry && paragraphs[index - 1].hasPrefix("  ")) { lines.append("") }
      lines += isEntry ? Self.entry(paragraph, width) : Paragraph.wrapped(paragraph, to: width)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let termWidth = 22

  private static func entry(_ text: String, _ width: Int) -> [String] {
    let parts = text.dropFirst(2).split(separator: "\t", maxSplits: 1).map(String.init)
    let term = "  " + parts[0]
    guard parts.count == 2 else { return Paragraph.wrapped(parts[0], to: width, indent: 4) }
    let said = Paragraph.wrapped(parts[1], to: width, indent: termWidth + 2)
    guard term.count < termWidth + 1, let first = said.first else { return [term] + said }
    let blanks = String(repeating: " ", count: termWidth + 2 - term.count)
    return [term + blanks + first.drop { $0 == " " }] + said.dropFirst()
  }

  private static let formatText = [
    "A format is recognised by its content, whatever the file is called; gzip is expanded on the way, and - is standard input. Several files are read as one trace.",
    "Read:",
    "  CTRACE\tdata sets of SYSTCPDA (data trace, packet trace, OSAENTA) and SYSTCPOT, as FTP or Zowe brought them: with record descriptor words or without, in block mode, from the external writer; saved real-time buffers",
    "  IPCS reports\tof SYSTCPDA: SHORT, FULL, DUMP, SUMMARY, EXPORT, SNIFFER; in ASCII or EBCDIC",
    "  listings\tthat TCPDATA and TCPTRACE print; add --date, because they hold times without a day",
    "  captures\tpcap and pcapng of every link type; their packets are read like those of a packet trace",
    "  logs\tof AT-TLS: syslogd files, console output, SYSLOG, OPERLOG, job logs and answers of the z/OSMF log API (attls, explain, info; convert writes the TLS records in them)",
    "  policies\tof AT-TLS: Policy Agent files, pasearch -t, compact YAML (policy)",
    "Written:",
    "  text\ttables and lines; a terminal gets them fitted to its width (--wide, --columns)",
    "  JSON\tone object per line; see 'zcap help json'",
    "  pcapng\tfor Wireshark (convert), of the TLS records of a log too (attls --pcapng)",
    "  ctrace\ta component trace in its own form, for IPCS (convert --format ctrace)",
    "  tables\trecords, flows, exchanges and files as Parquet, Arrow, NDJSON, CSV, ECS and Zeek logs (export)",
    "  a page\tfor a browser, one file that needs no network (report)",
    "  HTTP Archives\t(http --har), bodies (http --export), certificates (attls --certs)",
    "  policies\tPolicy Agent files (policy generate) and compact YAML (policy report, template)",
    "Classic pcap is not written: it cannot hold job names, comments or losses; editcap -F pcap makes one of a pcapng. Files that zstd, xz, bzip2, zip or AMATERSE packed are named, and how to unpack them.",
    "Files that zcap writes have mode 0600, because traces hold passwords, and appear when they are complete. A name that ends in .gz is compressed. --force replaces a file that exists.",
  ]

  private static let filterText = [
    "All commands that read traces share these. Values of one option, with commas between them or the option given again, are alternatives; different options must all agree.",
    "  --ip ADDR\teither end: 10.1.1.2, 10.1.0.0/16, 2001:db8::/32; with a port 10.1.1.2:4000, 10.1.1.2..4000, [2001:db8::1]:4000 or *..4000. --src and --dst look at one end",
    "  --port N\tport of either end: 443, 8800-8899, https, or several: 80,443",
    "  --job, --interface\tjob name of a data trace, interface name of packets; * and ? stand for others: 'GPM*'",
    "  --since, --until\t2026-01-05T08:00:00Z, \"2026-01-05 08:00\", or 08:00 of any day, from 23:00 to 01:00 over midnight; UTC where no offset is written",
    "  --direction\tin or out, seen from the traced host",
    "  --kind\tkind of record: data, packet, ee, frame, smc, lost, capture",
    "  --secure\tclear (AT-TLS clear text), confidential (data not in the trace) or plain",
    "  --flow\tthe number that 'zcap flows' shows, udp:N for UDP, or a flow_id of --json",
    "  --contains TEXT\twithin the data of one record, in ASCII or EBCDIC; --ignore-case; --regex makes it an extended regular expression; --whole takes the whole conversations in which it is found, as far as they are within --since and --until: the other options say where the text is looked for",
    "  --count N\tthe first N records that pass",
    "  -f EXPRESSION\ta libpcap expression: 'host 10.1.1.2 and port 8803'",
    "At the end a line on standard error says how many records each option left out.",
    "Examples:",
    "  zcap print TRACE --job 'GPM*' --port 8800-8899 --since 08:00 --until 08:05",
    "  zcap print TRACE --contains ORDER4711 --ignore-case --whole --style stream",
  ]

  private static let jsonText = [
    "--json writes one JSON object per line (NDJSON) to standard output, or to the file of -o; everything for people goes to standard error.",
    "Names are in snake_case. \"type\" says what an object is and \"schema\" which version of its keys it has. Keys are added and never change their meaning within a schema. Which keys an object has never depends on the data: what is not known is null.",
    "Times are nanoseconds since 1970 in UTC, in keys that end in _ns; a key time holds the same as text of ISO 8601, or as an AT-TLS log has it where that gives no year. --tz changes no JSON.",
    "\"flow\" is the number that 'zcap flows' shows, \"flow_id\" stays the same whatever is filtered, and \"community_id\" is what Zeek, Suricata and Elastic call the same connection.",
    "Examples:",
    "  zcap flows TRACE --json | jq 'select(.missing_bytes > 0)'",
    "  zcap exchanges TRACE --json | jq -r '[.operation, .result] | @tsv'",
  ]

  private static let statusText = [
    "  0\tdone; a reader that closes the pipe early is no failure",
    "  1\tnothing matched: no record passed the filters, no code is known, no rule governs, a policy has errors",
    "  2\tan input cannot be read or recognised, or not to its end (gzip that is cut or damaged: what came before is shown), or the output cannot be written",
    "  3\twith --strict: records were lost or damaged",
    "  64\tthe command line cannot be understood",
    "  130, 143, 129\tstopped by SIGINT (Ctrl-C), SIGTERM or SIGHUP: the input ends where it is, and what was read until then is shown or written whole; a second signal ends the program at once, and leaves nothing",
    "Messages are on standard error and begin with zcap:. --quiet leaves out all but errors; the status stays the same.",
    "Example:",
    "  zcap convert TRACE -o TRACE.pcapng --strict --quiet || echo \"status $?\"",
  ]
}

/// Text that is broken where lines end.
package enum Paragraph {
  /// The words in lines of at most `width` columns, each with blanks in front; a longer word has a line of its
  /// own.
  package static func wrapped(_ text: String, to width: Int, indent: Int = 0) -> [String] {
    let blanks = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > width {
        lines.append(blanks + line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    if !line.isEmpty { lines.append(blanks + line) }
    return lines
  }
}
