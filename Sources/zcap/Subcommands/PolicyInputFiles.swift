import ATTLSPolicy
import ArgumentParser
import TraceBytes
import ZCapKit

/// Reads policy inputs whole: they are small next to traces, and have a limit.
enum PolicyInputFiles {
  /// What the subcommands exit with (see Formats/attls-policy.md).
  static let errorsFound = ExitCode(1)

  /// Reads and recognises the inputs, or says in one line why not.
  static func load(_ paths: [String]) throws -> PolicySet {
    do {
      var inputs: [(file: String, bytes: [UInt8])] = []
      for path in paths {
        let bytes = try TextInput.whole(path, limit: PolicySet.sizeLimit)
        inputs.append((file: path == "-" ? "stdin" : path, bytes: bytes))
      }
      return try PolicySet.read(inputs)
    } catch {
      printError("zcap: \(error)")
      throw ExitStatus.failed.code
    }
  }

  /// Prints what is wrong with the input on stderr; true when there are errors.
  static func complain(_ found: PolicyDiagnostics, errorsOnly: Bool = false) -> Bool {
    for one in found.all where !errorsOnly || one.severity == .error {
      printError(one.description)
    }
    if found.dropped > 0 { printError("… and \(found.dropped) more") }
    return found.errorCount > 0
  }

  static func printError(_ line: String) { Diagnostics.failure(line) }
}

/// Where a policy subcommand writes, and what all of them understand.
struct PolicyOutput: ParsableArguments {
  @OptionGroup var result: ResultOptions
  @OptionGroup var common: CommonOptions

  /// Writes a report, or ends the run with the reason why not.
  func print(_ text: String, _ kind: OutputKind = .policy) throws {
    let output = try result.open(kind, common)
    try ZCap.reporting { () throws(TraceError) in
      try output.append(text)
      try output.commit()
    }
  }

  /// Writes lines of JSON.
  func write(_ body: (inout JSONLine) throws(TraceError) -> Void) throws {
    let output = try result.open(.json, common)
    try ZCap.reporting { () throws(TraceError) in
      var json = JSONLine(output)
      try body(&json)
      try output.commit()
    }
  }
}
