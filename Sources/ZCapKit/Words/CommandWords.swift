/// What a command line means before its options are looked at: a command, a file alone, or something that
/// other tools call by this name.
package enum CommandWords {
  /// What is to be done with a command line.
  package enum Reading: Equatable {
    /// It is a command with its arguments.
    case command([String])
    /// `help` with one of the topics.
    case topic(HelpTopic)
    /// It is none; a sentence says what it may have been.
    case mistake(String)
  }

  /// - Parameters:
  ///   - words: the arguments, without the name of the program.
  ///   - commands: the names of all commands.
  ///   - groups: the names of the commands of a command that has some.
  ///   - isFile: whether something stands under a path.
  package static func read(
    _ words: [String], commands: [String], groups: [String: [String]] = [:],
    isFile: (String) -> Bool
  ) -> Reading {
    guard let first = words.first else { return .command(["--help"]) }
    if let mistake = inGroup(words, groups) ?? misplaced(words, isFile) {
      return .mistake(mistake)
    }
    if first == "help", words.count == 2, let topic = HelpTopic(rawValue: words[1]) {
      return .topic(topic)
    }
    if first == "help", words.count >= 2, !commands.contains(words[1]) {
      let near = nearest(words[1], commands + HelpTopic.allCases.map(\.rawValue))
      let meant = near.map { "; did you mean 'zcap help \($0)'?" } ?? "."
      let topics = HelpTopic.allCases.map(\.rawValue).joined(separator: ", ")
      return .mistake("there is no help on '\(words[1])'\(meant) Topics: \(topics).")
    }
    if commands.contains(first) || ["help", "--help", "-h", "--version"].contains(first) {
      return .command(words)
    }
    if first == "-" || isFile(first) {
      guard let late = words.dropFirst().first(where: { commands.contains($0) && !isFile($0) })
      else { return .command(["info"] + words) }
      let rest = words.filter { $0 != late }.joined(separator: " ")
      return .mistake("the command comes first: zcap \(late) \(rest)")
    }
    if first.hasPrefix("-") {
      if let hint = hint(for: first) { return .mistake("\(first): \(hint)") }
      if let file = words.dropFirst().first(where: isFile) {
        return .mistake(
          "options stand behind the command and the file: zcap info \(file) \(first), or another command."
        )
      }
      return .command(words)
    }
    if let command = elsewhere[first.lowercased()] {
      return .mistake("there is no command '\(first)'; here it is 'zcap \(command)'.")
    }
    if let group = groups.first(where: { $0.value.contains(first.lowercased()) })?.key {
      return .mistake(
        "there is no command '\(first)'; here it is 'zcap \(group) \(first.lowercased())'.")
    }
    if let near = nearest(first, commands) {
      return .mistake("there is no command '\(first)'; did you mean 'zcap \(near)'?")
    }
    // What looks like a path is opened, so that the system says why it cannot be.
    if first.contains("/") || first.contains(".") { return .command(["info"] + words) }
    let isCode = first.contains { $0.isNumber } || first.hasPrefix("GSK_")
    return .mistake(
      "there is no command and no file '\(first)'; "
        + (isCode
          ? "'zcap explain \(words.joined(separator: " "))' tells what a code means."
          : "'zcap --help' lists the commands."))
  }

  /// What is taken for a file and is none: the order of rows behind --sort, an expression without -f.
  private static func misplaced(_ words: [String], _ isFile: (String) -> Bool) -> String? {
    for (word, next) in zip(words, words.dropFirst()) where !isFile(next) {
      if word == "--sort", ["bytes", "duration", "records", "number", "time"].contains(next) {
        return "--sort puts the records of all files into time order; --by \(next) orders rows."
      }
      if ["host", "port", "net"].contains(word), !isFile(word), words.first != "explain",
        next.first?.isNumber == true, words.first(where: { $0.contains(" ") }) == nil
      {
        return
          "'\(word) \(next)' is a libpcap expression, which goes behind -f: -f '\(word) \(next)'"
      }
    }
    return nil
  }

  /// What is wrong with the second word of a command that has commands of its own, or of `help` for it.
  private static func inGroup(_ words: [String], _ groups: [String: [String]]) -> String? {
    let words = words.first == "help" ? Array(words.dropFirst()) : words
    guard words.count > 1, let names = groups[words[0]], !names.contains(words[1]),
      !words[1].hasPrefix("-"), words[1] != "help"
    else { return nil }
    let near = nearest(words[1], names).map { "; did you mean 'zcap \(words[0]) \($0)'?" } ?? "."
    return "there is no 'zcap \(words[0]) \(words[1])'\(near) There are: "
      + names.joined(separator: ", ") + "."
  }

  /// What tshark, tcpdump, capinfos and others call an option, in the words of this command; nil when it is
  /// no habit that is known.
  package static func hint(for option: String) -> String? { habits[option] }

  /// What is said of a command line in place of what the argument parser says; nil where its words are good.
  ///
  /// - Parameters:
  ///   - message: of the argument parser, in lines.
  ///   - words: the command line.
  ///   - options: those of all commands.
  static func sentence(
    for message: String, _ words: [String], _ options: CommandOptions = CommandOptions()
  ) -> String? {
    if let option = UsageText.unknownOption(in: message) {
      return hint(for: option).map { "\(option): \($0)" } ?? options.mistake(option, words)
    }
    guard message.contains("Missing expected argument") else { return nil }
    // What is missing may stand there by another name.
    let known = ["-f", "-h", "-o", "-q"]
    if let option = words.first(where: {
      !known.contains($0) && habits[$0] != nil && (!$0.hasPrefix("--") || $0 == "--out")
    }) {
      return hint(for: option).map { "\(option): \($0)" }
    }
    if let mistake = options.mistake(in: words) { return mistake }
    if message.contains("'--output <file>'") {
      return "name the file to write with -o; - is standard output."
    }
    if message.contains("'<files> ...'") {
      return "name a trace file, or - for standard input."
    }
    return nil
  }

  /// The message of the argument parser as it is shown.
  package static func shown(
    _ message: String, _ words: [String], _ options: CommandOptions
  ) -> String {
    if let sentence = sentence(for: message, words, options) {
      let rest = message.split(separator: "\n").dropFirst().filter { !$0.hasPrefix("Help:") }
      return "zcap: \(sentence)\n" + rest.joined(separator: "\n")
    }
    let text = UsageText.inOneLine(message)
    return text.hasPrefix("Error: ") ? "zcap: " + text.dropFirst(7) : text
  }

  /// The word that is meant by one with a mistake in it; nil when none is near enough.
  package static func nearest(_ word: String, _ known: [String]) -> String? {
    let word = word.lowercased()
    let limit = word.count <= 4 ? 1 : 2
    let near = known.map { (name: $0, distance: distance(word, $0)) }
      .min { $0.distance < $1.distance }
    if let near, near.distance <= limit { return near.name }
    // `conv` for convert.
    let longer = known.filter { word.count >= 2 && $0.hasPrefix(word) }
    return longer.count == 1 ? longer[0] : nil
  }

  /// How many letters are to be put in, left out, changed or exchanged with the next one (the optimal string
  /// alignment distance).
  static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one.prefix(40)), Array(other.prefix(40)))
    var before: [Int] = []
    var last = Array(0...other.count)
    for row in one.indices {
      var next = [row + 1]
      for column in other.indices {
        var best = min(last[column + 1], next[column]) + 1
        best = min(best, last[column] + (one[row] == other[column] ? 0 : 1))
        if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
          best = min(best, before[column - 1] + 1)
        }
        next.append(best)
      }
      (before, last) = (last, next)
    }
    return last[other.count]
  }

  /// Commands by the names that people know from elsewhere.
  private static let elsewhere = [
    "capinfos": "info", "stat": "info", "stats": "info", "show": "print", "cat": "print",
    "dump": "print", "text": "print", "view": "print", "tshark": "print", "conversations": "flows",
    "conv": "flows", "streams": "flows", "sessions": "flows", "connections": "flows",
    "editcap": "convert", "mergecap": "convert", "pcap": "convert", "pcapng": "convert",
    "write": "convert", "save": "convert", "merge": "convert", "tls": "attls", "ssl": "attls",
    "at-tls": "attls", "requests": "exchanges", "error": "explain", "code": "explain",
    "code-explain": "explain", "lookup": "explain", "pagent": "policy", "pasearch": "policy",
    "decode": "print", "follow": "print --style stream --flow N", "search": "print --contains TEXT",
    "grep": "print --contains TEXT", "find": "print --contains TEXT", "redact": "convert --redact",
    "mask": "convert --redact", "anonymize": "convert --anonymize",
    "version": "--version",
  ]

  /// Options by the names that people know from elsewhere.
  private static let habits = [
    "-r": "files are named without an option: zcap print FILE.",
    "-w":
      "zcap convert FILE -o OUT.pcapng writes a capture; classic pcap cannot hold what is known of a trace "
      + "and is not written.",
    "-c": "--count N stops after N records.",
    "-n": "names are never looked up; leave it out.",
    "-nn": "names are never looked up; leave it out.",
    "-i":
      "zcap reads files and captures nothing; --interface PATTERN picks an interface of a trace.",
    "-Y":
      "a display filter is Wireshark's; -f takes a libpcap expression, and 'zcap help filters' tells the "
      + "rest.",
    "-R":
      "a display filter is Wireshark's; -f takes a libpcap expression, and 'zcap help filters' tells the "
      + "rest.",
    "-d": "Wireshark's settings; zcap finds the protocol from the bytes.",
    "-T": "--json writes one JSON object per line.",
    "-e": "--columns picks columns of a table; --json has all of them.",
    "-z": "zcap flows lists conversations; 'zcap --help' lists what else there is.",
    "-x": "zcap print --as both FILE shows hex beside text; --as hex hex alone.",
    "-X": "zcap print --as both FILE shows hex beside text; --as hex hex alone.",
    "-A": "zcap print --as ascii FILE shows text.",
    "-E": "zcap print --as ebcdic FILE shows EBCDIC.",
    "-V": "--version tells the version; zcap print FILE shows what was sent.",
    "-v": "--version tells the version.",
    "-q": "options stand behind the command or the file; --quiet leaves out everything but errors.",
    "-t": "--tz ZONE shows times in a zone.",
    "-j": "--json writes one JSON object per line.",
    "-p": "--port N picks a port.",
    "-s": "records are read whole; --max-bytes N of zcap print shows less of each.",
    "-S": "zcap print --style stream shows a conversation as it was.",
    "--host": "--ip ADDR picks an address.",
    "--address": "--ip ADDR picks an address.",
    "--hex": "--as hex shows bytes, --as both beside text.",
    "--ascii": "--as ascii shows text.",
    "--ebcdic": "--as ebcdic shows EBCDIC.",
    "--grep": "--contains TEXT finds text, --regex an expression.",
    "--search": "--contains TEXT finds text, --regex an expression.",
    "--find": "--contains TEXT finds text, --regex an expression.",
    "--match": "--contains TEXT finds text, --regex an expression.",
    "--limit":
      "--count N stops after N records; --top N shows the first rows of flows and exchanges.",
    "--head":
      "--count N stops after N records; --top N shows the first rows of flows and exchanges.",
    "--csv": "zcap export flows FILE -o OUT.csv writes a table; exchanges and records too.",
    "--parquet": "zcap export flows FILE -o OUT.parquet writes a table; exchanges and records too.",
    "--format": "--json writes JSON; zcap export writes tables, zcap convert captures.",
    "--timezone": "--tz ZONE shows times in a zone.",
    "--zone": "--tz ZONE shows times in a zone.",
    "--utc": "times are UTC where --tz ZONE does not say otherwise.",
    "--local": "--tz local shows the times of this machine.",
    "--out": "-o FILE names the output.",
    "--from": "--since TIME and --until TIME pick times.",
    "--start": "--since TIME and --until TIME pick times.",
    "--to": "--since TIME and --until TIME pick times.",
    "--end": "--since TIME and --until TIME pick times.",
    "--jobname": "--job NAME picks a job; GPM* stands for all that begin so.",
    "--verbose":
      "print shows everything there is; --full of http and exchanges what stands inside.",
    "-F": "captures are written as pcapng; other forms are told by the command.",
  ]
}
