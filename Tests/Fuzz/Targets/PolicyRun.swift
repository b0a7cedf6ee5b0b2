internal import ATTLSPolicy
internal import TraceBytes
internal import TraceModel

/// A policy in any of its three forms: reported, checked, matched, written and read again.
enum PolicyRun {
  static func run(_ bytes: [UInt8]) throws {
    let set: PolicySet
    do throws(PolicyInputError) {
      set = try PolicySet.read([(file: "fuzz", bytes: bytes)])
    } catch {
      return try OutputChecks.text(Array("\(error)".utf8), "the error", allowsTabs: true)
    }
    let found = PolicyChecker.check(set)
    for one in found.all {
      try OutputChecks.text(Array(one.description.utf8), "policy check", allowsTabs: true)
      try OutputChecks.jsonLines("policy check --json") { json throws(TraceError) in
        try one.write(to: &json)
      }
    }
    let report = PolicyReport(showsAll: true)
    try OutputChecks.text(Array(report.yaml(set).utf8), "policy report", allowsTabs: true)
    try OutputChecks.jsonLines("policy report --json") { json throws(TraceError) in
      try report.write(set, to: &json)
    }
    var connection = PolicyConnection()
    connection.localPort = 443
    connection.job = "GPMSERVE"
    connection.remoteAddress = IPAddress("10.1.2.3")
    _ = set.match(connection)
    let text = PolicyWriter().write(set)
    try OutputChecks.text(Array(text.utf8), "policy generate", allowsTabs: true)
    // What was written without errors says the same when it is read. A damaged listing is no policy.
    guard found.errorCount == 0, !set.rules.isEmpty, set.kind != .listing else { return }
    let again: PolicySet
    do throws(PolicyInputError) {
      again = try PolicySet.read([(file: "written", bytes: Array(text.utf8))])
    } catch {
      throw Finding("what policy generate wrote cannot be read: \(error)")
    }
    // Comments tell what was left out, which is not there to be left out a second time.
    let second = PolicyWriter().write(again)
    try Finding.unless(
      statements(second) == statements(text),
      "written twice, the policy differs:\n\(text)\n\(second)")
  }

  /// The words of each line; blanks between them mean nothing.
  private static func statements(_ text: String) -> [[Substring]] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split { $0 == " " || $0 == "\t" } }
  }
}
