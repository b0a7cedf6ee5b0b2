internal import TraceBytes
internal import TraceFilter

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What Wireshark asks a source of captures: which there are, what their dialog holds, to capture.
///
/// Source: extcap(4) of Wireshark, and what versions 4.0 to 4.6 were seen to ask.
package struct ExtcapRequest {
  /// What is done about a question.
  package enum Answer: Equatable {
    /// Lines for standard output.
    case text(String)
    /// A command line of this program.
    case command([String])
    /// Why it cannot be done.
    case mistake(String)
  }

  /// The name of the only source.
  static let interface = "zcap"
  private let options: [String: String]
  private let version: String

  /// Nil when the words are no question of Wireshark's.
  package init?(_ words: [String], version: String) {
    let first = words.first ?? ""
    guard first.hasPrefix("--"), words.contains(where: { $0.hasPrefix("--extcap-") }) else {
      return nil
    }
    var options: [String: String] = [:]
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      guard word.hasPrefix("--") else { continue }
      if let sign = word.firstIndex(of: "=") {
        options[String(word[..<sign])] = String(word[word.index(after: sign)...])
      } else if index < words.count, !words[index].hasPrefix("--") {
        options[word] = words[index]
        index += 1
      } else {
        options[word] = ""
      }
    }
    self.options = options
    self.version = version
  }

  /// Opens the pipe of a capture until the program ends: whatever is wrong, Wireshark, which waits for this,
  /// hears of it.
  package func openPipe() {
    guard options["--capture"] != nil, let path = options["--fifo"] else { return }
    _ = unsafe open(path, O_WRONLY | O_CLOEXEC)
  }

  package func answer() -> Answer {
    if options["--extcap-interfaces"] != nil { return .text(interfaces) }
    if options["--extcap-dlts"] != nil {
      return .text("dlt {number=1}{name=EN10MB}{display=Ethernet, headers made by zcap}\n")
    }
    if options["--extcap-config"] != nil {
      let names = options["--extcap-reload-option"] == nil ? "" : nameValues()
      return .text(names.isEmpty ? Self.dialog : names)
    }
    if options["--capture"] != nil { return capture() }
    if let filter = options["--extcap-capture-filter"] { return .text(Self.mistake(in: filter)) }
    return .mistake(
      "Wireshark asks something that zcap does not know; 'zcap help extcap' tells what it is for")
  }

  private var interfaces: String {
    """
    extcap {version=\(version)}{display=zcap}
    interface {value=\(Self.interface)}{display=z/OS trace file}

    """
  }

  /// The dialog, a line for each field. Selections that a file decides are empty until it is read.
  private static let dialog = """
    arg {number=0}{call=--file}{display=Trace file}{type=fileselect}{mustexist=true}{required=true}{group=Trace}{tooltip=A trace in any form that zcap reads, plain or gzip}
    arg {number=1}{call=--job}{display=Job or interface}{type=selector}{reload=true}{placeholder=Read names from the file}{group=Trace}{tooltip=Records of this job or interface only}
    arg {number=2}{call=--secure}{display=AT-TLS}{type=selector}{group=Trace}{tooltip=Data-trace records by what AT-TLS did}
    arg {number=3}{call=--since}{display=From this time on}{type=string}{placeholder=2026-01-05T08:00:00Z, or 08:00 of any day (UTC)}{group=Trace}
    arg {number=4}{call=--until}{display=Up to this time}{type=string}{placeholder=2026-01-05T09:00:00Z}{group=Trace}
    arg {number=5}{call=--log}{display=AT-TLS log}{type=fileselect}{mustexist=true}{group=Trace}{tooltip=A log of the same time: comments name the rule, the user and the cipher suite of each flow}
    arg {number=6}{call=--redact}{display=Mask credentials}{type=boolflag}{default=false}{group=Output}{tooltip=Asterisks of the same length for passwords, tokens and keys}
    arg {number=7}{call=--follow}{display=Wait for more at the end of the file}{type=boolflag}{default=false}{group=Output}{tooltip=For a trace that is still written}
    value {arg=1}{value=}{display=All}{default=true}
    value {arg=2}{value=}{display=All}{default=true}
    value {arg=2}{value=clear}{display=Clear text of AT-TLS}
    value {arg=2}{value=confidential}{display=Confidential, data not recorded}
    value {arg=2}{value=plain}{display=Not AT-TLS}

    """

  /// The jobs and interfaces of the file that the dialog names.
  private func nameValues() -> String {
    guard let file = options["--file"], !file.isEmpty else { return "" }
    var text = "value {arg=1}{value=}{display=All}{default=true}\n"
    for name in TraceNames.of(file) {
      let kind = name.isJob ? "job" : "interface"
      let shown = VisibleText.of(name.text).filter { $0 != "{" && $0 != "}" }
      text += "value {arg=1}{value=\(kind)=\(shown)}{display=\(shown) (\(kind))}\n"
    }
    return text
  }

  /// The command line of a capture: a conversion into the pipe of Wireshark.
  private func capture() -> Answer {
    guard let pipe = options["--fifo"], !pipe.isEmpty else {
      return .mistake("--fifo names the pipe to write to")
    }
    guard let file = options["--file"], !file.isEmpty else {
      return .mistake(
        "name a trace file: the dialog of 'z/OS trace file', or -o extcap.zcap.file:FILE")
    }
    var words = ["convert", file, "-o", pipe, "--force", "--quiet", "--even-empty"]
    if let name = options["--job"], !name.isEmpty {
      let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
      words +=
        parts.count == 2 && ["job", "interface"].contains(parts[0])
        ? ["--\(parts[0])", parts[1]] : ["--job", name]
    }
    for name in ["--secure", "--since", "--until", "--log"] {
      if let value = options[name], !value.isEmpty { words += [name, value] }
    }
    for name in ["--redact", "--follow"] {
      if let value = options[name], value != "false" { words.append(name) }
    }
    if let filter = options["--extcap-capture-filter"], !filter.isEmpty { words += ["-f", filter] }
    return .command(words)
  }

  /// What is wrong with a capture filter; nothing when it is good.
  private static func mistake(in filter: String) -> String {
    var specification = FilterSpecification()
    do throws(FilterMistake) {
      try specification.addExpression(filter)
      _ = try RecordFilter(specification, to: NoSink())
      return ""
    } catch {
      return error.description + "\n"
    }
  }
}
