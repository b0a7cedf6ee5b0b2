import ArgumentParser
import TraceBytes
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a file is written.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "File to write; - is standard output, a name that ends in .gz is compressed.",
      valueName: "file"))
  var path: String

  @Flag(help: "Replace an output file that exists.")
  var force = false

  func open(_ kind: OutputKind = .capture, besides inputs: [String]) throws -> ByteSink {
    try Self.open(path, kind, force: force, besides: inputs)
  }

  /// Opens a file that is none of the inputs, or standard output for -.
  static func open(
    _ path: String, _ kind: OutputKind? = nil, force: Bool, besides inputs: [String]
  ) throws -> ByteSink {
    do throws(TraceError) {
      // A file that is called - is no output.
      if path != "-" { try OutputFile.refuse(path, among: inputs) }
    } catch {
      Diagnostics.error(error)
      throw ExitStatus.failed.code
    }
    if let mistake = kind?.mistake(in: path) { throw ValidationError(mistake) }
    if path == "-", kind?.isBinary == true, Terminal.isOutput {
      throw ValidationError("A capture is not for a terminal; name a file with -o, or pipe it on.")
    }
    do throws(TraceError) {
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
