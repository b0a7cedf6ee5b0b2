import ArgumentParser
import TraceBytes
import ZCapKit

/// Where a file is written.
final class OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "File to write; - is standard output, a name that ends in .gz is compressed.",
      valueName: "file"),
    completion: .file())
  var path: String

  @Flag(help: "Replace an output file that exists.")
  var force = false

  func open(_ kind: OutputKind, besides inputs: [String]) throws -> ByteSink {
    try ResultFile.open(path, kind, replace: force, besides: inputs)
  }
}
