/// A manual page (man, section 1 or 7) out of what the command says of itself.
package enum ManualPage {
  /// The page of a command.
  ///
  /// - Parameters:
  ///   - name: `zcap flows`.
  ///   - abstract: one sentence.
  ///   - help: the help of the argument parser, on lines of any length.
  ///   - others: names of pages to see too.
  package static func command(
    _ name: String, _ abstract: String, help: String, version: String, others: [String]
  ) -> String {
    let title = name.split(separator: " ").joined(separator: "-")
    var page = head(title, 1, version, abstract)
    var parts = Parts(help)
    page += ".SH SYNOPSIS\n.nf\n"
    for line in parts.take("USAGE") where !line.trimmed.isEmpty {
      page += text(line.trimmed) + "\n"
    }
    page += ".fi\n.SH DESCRIPTION\n"
    let overview = parts.take("OVERVIEW")
    page +=
      paragraphs(Array(overview.dropFirst())).isEmpty
      ? text(abstract) + "\n" : paragraphs(Array(overview.dropFirst()))
    let examples = overview.map(\.trimmed).filter { $0.hasPrefix("zcap ") }
    if !examples.isEmpty {
      page += ".SH EXAMPLES\n.nf\n" + examples.map { text($0) + "\n" }.joined() + ".fi\n"
    }
    for (section, lines) in parts.rest { page += ".SH \(section)\n" + options(lines) }
    page +=
      ".SH EXIT STATUS\n"
      + entries(HelpTopic.exitStatus.paragraphs.filter { $0.hasPrefix("  ") && $0.contains("\t") })
    page +=
      ".SH SEE ALSO\n" + others.map { ".BR \(text($0)) (\(section($0)))" }.joined(separator: ",\n")
      + "\n"
    return page
  }

  /// The page of a topic.
  package static func topic(_ topic: HelpTopic, version: String) -> String {
    var page = head("zcap-" + topic.rawValue, 7, version, topic.title) + ".SH DESCRIPTION\n"
    for paragraph in topic.paragraphs {
      page += paragraph.hasPrefix("  ") ? entries([paragraph]) : ".PP\n\(text(paragraph))\n"
    }
    return page + ".SH SEE ALSO\n.BR zcap (1)\n"
  }

  /// Names of the pages of all topics.
  package static let topics = HelpTopic.allCases.map { "zcap-" + $0.rawValue }

  private static func section(_ name: String) -> Int { topics.contains(name) ? 7 : 1 }

  private static func head(
    _ title: String, _ section: Int, _ version: String, _ abstract: String
  ) -> String {
    let sentence = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
    // No date: the same version makes the same page on any day.
    return """
      .TH \(text(title.uppercased())) \(section) "" "zcap \(text(version))" "zcap"
      .SH NAME
      \(text(title)) \\- \(text(sentence))

      """
  }

  private static func paragraphs(_ lines: [String]) -> String {
    var page = ""
    for line in lines.map(\.trimmed) where !line.isEmpty && !line.hasPrefix("zcap ") {
      page += ".PP\n\(text(line))\n"
    }
    return page
  }

  /// `  --ip <addr>    what it does`, or the second half on lines of its own.
  private static func options(_ lines: [String]) -> String {
    var page = ""
    for line in lines where !line.trimmed.isEmpty {
      let indent = line.prefix { $0 == " " }.count
      guard indent <= 4 else {
        page += text(line.trimmed) + "\n"
        continue
      }
      if line.trimmed.hasPrefix("See 'zcap") { continue }
      // The label ends where two blanks follow.
      let body = line.trimmed
      guard let gap = body.firstRange(of: "  ") else {
        page += ".TP\n.B \(text(body))\n"
        continue
      }
      page += ".TP\n.B \(text(String(body[..<gap.lowerBound])))\n"
      page += text(String(body[gap.upperBound...]).trimmed) + "\n"
    }
    return page
  }

  private static func entries(_ lines: [String]) -> String {
    var page = ""
    for line in lines {
      let parts = line.trimmed.split(separator: "\t", maxSplits: 1).map(String.init)
      page +=
        parts.count == 2
        ? ".TP\n.B \(text(parts[0]))\n\(text(parts[1]))\n" : ".PP\n.B \(text(parts[0]))\n"
    }
    return page
  }

  /// The text as roff takes it for nothing but text.
  private static func text(_ text: String) -> String {
    var shown = ""
    for character in text {
      switch character {
      case "\\": shown += "\\e"
      case "-": shown += "\\-"
      case "'": shown += "\\(aq"
      case "`": shown += "\\(ga"
      case "^": shown += "\\(ha"
      case "~": shown += "\\(ti"
      default: shown.append(character)
      }
    }
    return shown.hasPrefix(".") ? "\\&" + shown : shown
  }

  /// The help by its sections, which begin with a word in capitals.
  private struct Parts {
    private(set) var rest: [(name: String, lines: [String])] = []

    init(_ help: String) {
      for line in help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
        if let colon = line.firstIndex(of: ":"), line.first?.isUppercase == true,
          line[..<colon].allSatisfy({ $0.isUppercase || $0 == " " || $0 == "-" })
        {
          rest.append((String(line[..<colon]), [String(line[line.index(after: colon)...])]))
        } else if let last = rest.indices.last {
          rest[last].lines.append(line)
        }
      }
    }

    mutating func take(_ name: String) -> [String] {
      guard let index = rest.firstIndex(where: { $0.name == name }) else { return [] }
      return rest.remove(at: index).lines
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
