import ArgumentParser
import TraceBytes

/// Where a file is written.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "File to write; - is standard output, a name that ends in .gz is compressed.")
  var path: String

  @Flag(help: "Replace an output file that exists.")
  var force = false

  func open(besides inputs: [String]) throws -> ByteSink {
    try Self.open(path, force: force, besides: inputs)
  }

  /// Opens a file that is none of the inputs, or standard output for -.
  static func open(_ path: String, force: Bool, besides inputs: [String]) throws -> ByteSink {
    do throws(TraceError) {
      try OutputFile.refuse(path, among: inputs)
      return ByteSink(try target(path, force: force))
    } catch {
      Diagnostics.error(error)
      throw ExitStatus.failed.code
    }
  }

  private static func target(
    _ path: String, force: Bool
  ) throws(TraceError) -> any ByteTarget {
    if path == "-" { return DescriptorTarget(descriptor: 1, name: "standard output") }
    let file = try OutputFile(path: path, replace: force)
    // Writing and compressing overlap with decoding.
    return BackgroundWriter(path.hasSuffix(".gz") ? GzipTarget(file) : file)
  }
}
