/// Something wrong or doubtful in a policy: where, what, and what to write instead.
public struct PolicyDiagnostic: Sendable, Equatable {
  /// How bad it is.
  public enum Severity: String, Sendable {
    /// The policy would not be installed, or cannot do what it says.
    case error
    /// Legal, but probably not meant or not safe.
    case warning
  }

  /// How bad it is.
  public var severity: Severity
  /// The input it was found in.
  public var file: String
  /// The line, counted from 1; 0 when it concerns the whole input.
  public var line: Int
  /// What is wrong.
  public var message: String
  /// What to write or do instead.
  public var remedy: String

  /// `file:line: severity: message; remedy`.
  public var description: String {
    let place = line > 0 ? "\(file):\(line)" : file
    return "\(place): \(severity.rawValue): \(message)" + (remedy.isEmpty ? "" : "; \(remedy)")
  }
}

/// A diagnostics list that stops growing: a hostile input must not fill the memory.
///
/// Errors and warnings are kept apart, so that no number of warnings hides an error.
public struct PolicyDiagnostics: Sendable {
  /// At most this many errors and as many warnings are kept; the rest are counted.
  public static let limit = 1000
  private var errors: [(order: Int, one: PolicyDiagnostic)] = []
  private var warnings: [(order: Int, one: PolicyDiagnostic)] = []
  /// How many errors there were, kept or not.
  public private(set) var errorCount = 0
  /// How many warnings there were, kept or not.
  public private(set) var warningCount = 0

  /// What was found and kept, in the order it was found.
  public var all: [PolicyDiagnostic] {
    (errors + warnings).sorted { $0.order < $1.order }.map(\.one)
  }
  /// How many were left out.
  public var dropped: Int { errorCount - errors.count + warningCount - warnings.count }

  /// Is there no room for another error?
  var isFull: Bool { errors.count >= Self.limit }

  mutating func error(_ file: String, _ line: Int, _ message: String, _ remedy: String) {
    add(
      PolicyDiagnostic(
        severity: .error, file: file, line: line, message: message, remedy: remedy))
  }

  mutating func warning(_ file: String, _ line: Int, _ message: String, _ remedy: String) {
    add(
      PolicyDiagnostic(
        severity: .warning, file: file, line: line, message: message, remedy: remedy))
  }

  mutating func append(_ other: PolicyDiagnostics) {
    for one in other.all { add(one) }
    errorCount += other.errorCount - other.errors.count
    warningCount += other.warningCount - other.warnings.count
  }

  /// The same in line order, file by file.
  func sorted() -> PolicyDiagnostics {
    let found = all
    let files = uniqued(found.map(\.file))
    let rank = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($1, $0) })
    let order = found.indices.sorted { a, b in
      (rank[found[a].file] ?? 0, found[a].line, a) < (rank[found[b].file] ?? 0, found[b].line, b)
    }
    var sorted = PolicyDiagnostics()
    for place in order { sorted.add(found[place]) }
    sorted.errorCount = errorCount
    sorted.warningCount = warningCount
    return sorted
  }

  private mutating func add(_ one: PolicyDiagnostic) {
    let order = errorCount + warningCount
    switch one.severity {
    case .error:
      errorCount += 1
      if errors.count < Self.limit { errors.append((order, one)) }
    case .warning:
      warningCount += 1
      if warnings.count < Self.limit { warnings.append((order, one)) }
    }
  }
}

/// Why an input could not be read at all.
public struct PolicyInputError: Error, Sendable, CustomStringConvertible {
  /// The input.
  public let file: String
  /// The line, 0 when there is none to name.
  public let line: Int
  /// What is wrong and what to do.
  public let message: String

  /// `file:line: message`.
  public var description: String {
    line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
  }
}

/// `text` in quotes for a message, shortened: a line of a hostile input may be megabytes long.
func quoted(_ text: some StringProtocol) -> String {
  let head = text.prefix(60)
  return "'\(head)\(head.endIndex < text.endIndex ? "…" : "")'"
}

/// The candidate that differs least from `word`, nil when none is close.
func nearest(to word: some StringProtocol, in candidates: some Sequence<String>) -> String? {
  let a = Array(word.lowercased().utf8.prefix(48))
  guard !a.isEmpty else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let b = Array(candidate.lowercased().utf8)
    let allowed = max(1, min(4, max(a.count, b.count) / 3))
    guard abs(a.count - b.count) <= allowed else { continue }
    let found = editDistance(a, b)
    // Of two that differ as little, the longer: a sign left out is likelier than one put in.
    let isBetter =
      best.map { ($0.distance, candidate.utf8.count) > (found, $0.name.utf8.count) } ?? true
    if found <= allowed, isBetter { best = (candidate, found) }
  }
  if let best { return best.name }
  // `Output` for Outbound: the only one that begins alike.
  let alike = candidates.filter { $0.lowercased().utf8.starts(with: a.prefix(3)) }
  return a.count >= 3 && alike.count == 1 ? alike[0] : nil
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let cost = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(cost, row[j + 1] + 1, row[j] + 1)
    }
  }
  return row[b.count]
}
