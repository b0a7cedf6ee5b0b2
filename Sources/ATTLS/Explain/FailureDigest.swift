/// The failures of a log, each told once: by return code, event and rule.
public struct FailureDigest {
  /// One kind of failure.
  public struct Failure: Sendable {
    /// The first message that reported it.
    public let example: ATTLSMessage
    /// How often it was reported; the same connection reporting it twice counts once.
    public fileprivate(set) var count: Int
    /// When it was reported first.
    public var first: ATTLSTime? { example.origin.time }
    /// When it was reported last.
    public fileprivate(set) var last: ATTLSTime?
    /// The return code that the same connection reported just before.
    public fileprivate(set) var after: Int?
    /// The alert that the trace shows before it, in words.
    public fileprivate(set) var alert: String?
    /// The failure of the environment that led to it.
    public fileprivate(set) var cause: String?
  }

  private struct Key: Hashable {
    var code: Int
    var event: String
    var rule: String
  }

  private static let maximumKinds = 10_000

  private var index: [Key: Int] = [:]
  private var lastConnection: [Key: UInt32] = [:]
  private var lastCode: [UInt32: Int] = [:]
  private var alerts = AlertMemory()
  private var environments: [UInt32: String] = [:]
  private var ruleOfConnection: [UInt32: String] = [:]
  /// The failures, in the order in which they first occurred.
  public private(set) var failures: [Failure] = []
  /// Failures that were not told apart because there were too many kinds.
  public private(set) var dropped = 0

  /// Makes an empty digest.
  public init() {}

  /// Adds a message; those that report no failure only teach which rule a connection has.
  public mutating func add(_ message: ATTLSMessage) {
    let id = message.connectionID ?? 0
    if let rule = message.rule, id != 0 {
      if ruleOfConnection.count >= 1 << 16 { ruleOfConnection.removeAll() }
      ruleOfConnection[id] = rule
    }
    if message.kind == .map { alerts.forget(id) }
    if let data = message.data { alerts.add(data, id) }
    guard message.isFailure, let code = message.returnCode else { return }
    let before = lastCode[id]
    if id != 0 {
      if lastCode.count >= 1 << 16 { lastCode.removeAll() }
      lastCode[id] = code
    }
    noteEnvironment(message, code)
    let rule = message.rule ?? ruleOfConnection[id] ?? ""
    let key = Key(code: code, event: message.event ?? "", rule: rule)
    guard let position = index[key] else {
      guard failures.count < Self.maximumKinds else {
        dropped += 1
        return
      }
      index[key] = failures.count
      lastConnection[key] = id
      var failure = Failure(example: message, count: 1 + message.repeats, last: message.origin.time)
      failure.after = id != 0 && before != code ? before : nil
      failure.alert = alerts[id]
      if code == 5006 { failure.cause = message.environmentID.flatMap { environments[$0] } }
      failures.append(failure)
      return
    }
    failures[position].last = message.origin.time ?? failures[position].last
    if id == 0 || lastConnection[key] != id { failures[position].count += 1 }
    failures[position].count += message.repeats
    lastConnection[key] = id
  }

  /// Remembers why an environment failed: its connections only say 5006.
  private mutating func noteEnvironment(_ message: ATTLSMessage, _ code: Int) {
    guard code != 5006, let environment = message.environmentID, environment != 0,
      message.event?.hasPrefix("Environment") ?? false, environments.count < 4096
    else { return }
    let meaning = Knowledge.returnCode(code).map { ": " + $0.meaning } ?? ""
    environments[environment] =
      "RC \(code) \(message.event ?? ""), line \(message.origin.line)\(meaning)"
  }

  /// A kind of failure in short.
  public struct Row: Sendable {
    /// The return code.
    public var returnCode: Int
    /// What was being done, such as "Initial Handshake".
    public var event: String
    /// The rule, where the log tells it.
    public var rule: String?
    /// How often it was met.
    public var count: Int
    /// What the code means, where that is known.
    public var meaning: String?
  }

  /// Each kind of failure in short, the most frequent first.
  public var rows: [Row] {
    failures.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map { _, failure in
        let code = failure.example.returnCode ?? 0
        let rule =
          failure.example.rule ?? failure.example.connectionID.flatMap { ruleOfConnection[$0] }
        return Row(
          returnCode: code, event: failure.example.event ?? "", rule: rule, count: failure.count,
          meaning: Knowledge.returnCode(code)?.meaning)
      }
  }

  /// The explanation of each failure, the most frequent first.
  public func explanations() -> [Explanation] {
    let order = failures.indices.sorted {
      (failures[$1].count, $0) < (failures[$0].count, $1)
    }
    return order.map { position in
      let failure = failures[position]
      var explanation = Explainer.explain(failure.example)
      explanation.count = failure.count
      var when = failure.count == 1 ? "once" : "\(failure.count) times"
      if let first = failure.first {
        when += failure.count == 1 ? ", \(first)" : ", first \(first)"
        if let last = failure.last, failure.count > 1 { when += ", last \(last)" }
      }
      explanation.facts.removeAll { $0.label == "time" }
      explanation.facts.insert(.init("seen", when), at: 0)
      if let code = failure.after {
        let meaning = Knowledge.returnCode(code).map { ": " + $0.meaning } ?? ""
        explanation.facts.append(.init("after", "RC \(code) on the same connection\(meaning)"))
      }
      if let alert = failure.alert { explanation.facts.append(.init("alert", alert)) }
      if let cause = failure.cause { explanation.causes = [cause] }
      explanation.facts.append(
        .init("example", "line \(failure.example.origin.line): \(failure.example.text.prefix(240))")
      )
      return explanation
    }
  }
}
