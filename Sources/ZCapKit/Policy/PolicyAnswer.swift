package import ATTLSPolicy
package import TraceBytes
internal import TraceModel

/// What a subcommand of `policy` has to say.
package struct PolicyAnswer {
  /// What goes to the output.
  package enum Content {
    case nothing
    case text(String, OutputKind)
    case json((inout JSONLine) throws(TraceError) -> Void)
  }

  /// Lines on what is wrong with the input, told before anything else.
  package var complaints: [String] = []
  package var content = Content.nothing
  /// Lines behind the output.
  package var notes: [String] = []
  /// Whether errors were found, or no rule.
  package var hasErrors = false

  private init(_ content: Content = .nothing) { self.content = content }

  /// The kind of the output; nil when there is nothing for it.
  package var kind: OutputKind? {
    switch content {
    case .nothing: nil
    case .text(_, let kind): kind
    case .json: .json
    }
  }

  /// Writes what goes to the output.
  package func write(to output: ByteSink) throws(TraceError) {
    switch content {
    case .nothing: break
    case .text(let text, _): try output.append(text)
    case .json(let body):
      var json = JSONLine(output)
      try body(&json)
    }
    try output.commit()
  }

  /// Bytes of a policy that are read: it is small next to traces.
  ///
  /// - Throws: `TraceError` for what cannot be read or is not recognised.
  package static func load(_ paths: [String]) throws(TraceError) -> PolicySet {
    var inputs: [(file: String, bytes: [UInt8])] = []
    for path in paths {
      let bytes = try TextInput.whole(path, limit: PolicySet.sizeLimit)
      inputs.append((file: path == "-" ? "stdin" : path, bytes: bytes))
    }
    do throws(PolicyInputError) {
      return try PolicySet.read(inputs)
    } catch {
      let place = error.line > 0 ? "\(error.file):\(error.line)" : error.file
      throw TraceError(place, .failed(error.message))
    }
  }

  /// Lines on what is wrong with a policy.
  package static func complaints(
    _ found: PolicyDiagnostics, errorsOnly: Bool = true
  ) -> [String] {
    found.all.filter { !errorsOnly || $0.severity == .error }.map(\.description)
      + (found.dropped > 0 ? ["… and \(found.dropped) more"] : [])
  }

  /// `policy report`: what is in force.
  ///
  /// - Parameters:
  ///   - rule: the only rule that is wanted; nil for all.
  ///   - input: its name, for a complaint.
  ///   - view: how a table is shown; nil for YAML.
  package static func report(
    _ set: PolicySet, all: Bool, rule: String?, of input: String, isJSON: Bool, _ view: TableView?
  ) throws(TraceError) -> PolicyAnswer {
    var answer = PolicyAnswer()
    answer.complaints = complaints(set.diagnostics)
    answer.hasErrors = set.diagnostics.errorCount > 0
    if let rule, set.rule(named: rule) == nil {
      answer.complaints.append("zcap: no rule named '\(rule)' in \(input)")
      answer.hasErrors = true
      return answer
    }
    let report = PolicyReport(showsAll: all, ruleName: rule)
    if isJSON {
      answer.content = .json { json throws(TraceError) in try report.write(set, to: &json) }
    } else if let view {
      let told = try PolicyTables.rules(report, set, view)
      answer.content = .text(told.text, .text)
      answer.notes = told.notes.map { "zcap: \($0)" }
    } else {
      answer.content = .text(report.yaml(set), .policy)
    }
    return answer
  }

  /// `policy generate`: a policy file; nothing when there are errors.
  package static func file(_ set: PolicySet) -> PolicyAnswer {
    let found = PolicyChecker.check(set)
    var answer = PolicyAnswer()
    answer.complaints = complaints(found, errorsOnly: false)
    if found.errorCount > 0 {
      answer.complaints.append("zcap: nothing generated: correct the errors first")
      answer.hasErrors = true
      return answer
    }
    if !set.templates.isEmpty {
      answer.complaints.append(
        "zcap: not written as rules, only built on: \(set.templates.joined(separator: ", "))")
    }
    answer.content = .text(PolicyWriter().write(set), .policy)
    return answer
  }

  /// `policy check`: errors and doubts.
  package static func check(_ set: PolicySet, isJSON: Bool) -> PolicyAnswer {
    let found = PolicyChecker.check(set)
    var answer = PolicyAnswer(
      isJSON
        ? .json { json throws(TraceError) in for one in found.all { try one.write(to: &json) } }
        : .text(found.all.map { $0.description + "\n" }.joined(), .text))
    let warnings = found.all.count { $0.severity == .warning }
    answer.notes = [
      UInt64(set.rules.count).counted("rule") + ": "
        + UInt64(found.errorCount).counted("error") + ", " + UInt64(warnings).counted("warning")
        + (found.dropped > 0 ? "; \(found.dropped) findings not shown" : "")
    ]
    answer.hasErrors = found.errorCount > 0
    return answer
  }

  /// `policy match`: the rule of a connection.
  package static func rule(of connection: PolicyConnection, in set: PolicySet) -> PolicyAnswer {
    let result = set.match(connection)
    var answer = PolicyAnswer(.text(set.text(of: result), .text))
    answer.complaints = complaints(set.diagnostics)
    answer.hasErrors = result.winner == nil || result.isUndecided
    return answer
  }

  /// `policy keywords`: what can be written.
  package static func keywords(
    upTo level: KeywordExperience, topic: String?, isJSON: Bool, width: Int
  ) -> PolicyAnswer {
    guard isJSON else {
      return PolicyAnswer(.text(PolicyKeyword.list(upTo: level, topic: topic, width: width), .text))
    }
    return PolicyAnswer(
      .json { json throws(TraceError) in
        for keyword in PolicyKeyword.all
        where keyword.experience <= level && (topic ?? keyword.topic) == keyword.topic {
          try keyword.write(to: &json)
        }
      })
  }

  /// `policy template`: a rule to begin with.
  package static func template(
    _ role: PolicyTemplate.Role, upTo level: KeywordExperience
  ) -> PolicyAnswer {
    PolicyAnswer(.text(PolicyTemplate.text(role, upTo: level), .policy))
  }
}

extension PolicyConnection {
  /// What a command is told of a connection.
  ///
  /// - Throws: ``UsageMistake`` for a direction or an end that is none.
  package init(
    job: String?, user: String?, local: String?, remote: String?, direction: String?
  ) throws(UsageMistake) {
    self.init()
    self.job = job
    self.user = user
    (localAddress, localPort) = try Self.end(local, "--local")
    (remoteAddress, remotePort) = try Self.end(remote, "--remote")
    switch direction?.lowercased() {
    case nil: break
    case "in", "inbound": self.direction = .inbound
    case "out", "outbound": self.direction = .outbound
    default: throw UsageMistake("--direction is in or out, not '\(direction ?? "")'")
    }
  }

  private static func end(
    _ text: String?, _ option: String
  ) throws(UsageMistake) -> (IPAddress?, UInt16?) {
    guard let text else { return (nil, nil) }
    guard let end = endpoint(text) else {
      throw UsageMistake(
        "\(option) takes ADDR..PORT, such as 10.1.1.2..4000 or 10.1.1.2:4000, not '\(text)'")
    }
    return (end.address, end.port)
  }
}
