import ArgumentParser
import TraceBytes
import TraceFormats
import TraceModel
import ZCapKit

extension Container: ExpressibleByArgument {}
extension TraceGenerator.Kind: ExpressibleByArgument {}

extension ZCap {
  /// A large trace of any size, for tests and measurements.
  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "generate",
      abstract: "Write a made-up trace of any size, the same for the same settings.",
      usage: "zcap generate <path> --size <n[K|M|G]> [<options>]",
      discussion: """
        The trace holds conversations of HTTP and EBCDIC text, for tests and measurements.

        zcap generate big.ctr --size 1G --flows 10000
        """)

    @Argument(help: "File to write; - is standard output.")
    var path: String

    @Option(
      help: ArgumentHelp("Size of the trace: bytes, or with K, M or G.", valueName: "n[K|M|G]"))
    var size: ByteSize

    @Option(help: ArgumentHelp("Form of transfer.", valueName: "form"))
    var container = Container.chain

    @Option(help: ArgumentHelp("Conversations open at the same time.", valueName: "n"))
    var flows = 100

    @Option(help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Kind of trace: data or packet.", valueName: "data|packet"))
    var kind = TraceGenerator.Kind.data

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    mutating func validate() throws {
      guard (1...1_000_000).contains(flows) else {
        throw ValidationError("--flows \(flows): from 1 to 1,000,000.")
      }
    }

    mutating func run() throws {
      var generator = TraceGenerator()
      generator.kind = kind
      generator.flows = flows
      generator.seed = seed
      let (path, container, force, wanted) = (path, container, force, size.bytes)
      var records: UInt64 = 0
      try ZCap.reporting { () throws(TraceError) in
        let target: any ByteTarget =
          path == "-"
          ? DescriptorTarget(descriptor: 1, name: "standard output")
          : try OutputFile(path: path, replace: force)
        records = try generator.write(ByteSink(target), in: container, size: wanted)
      }
      Diagnostics.line("zcap: wrote \(records.counted("record"))")
    }
  }
}

/// A size in bytes, as people write it: 1500, 64K, 100M, 4G (powers of ten).
struct ByteSize: ExpressibleByArgument {
  var bytes: UInt64

  init(bytes: UInt64) { self.bytes = bytes }

  init?(argument: String) {
    let scales: [Character: UInt64] = ["K": 1000, "M": 1_000_000, "G": 1_000_000_000]
    guard let last = argument.uppercased().last else { return nil }
    let digits = scales[last] == nil ? Substring(argument) : argument.dropLast()
    guard let number = UInt64(digits), number > 0 else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: scales[last] ?? 1)
    guard !overflow else { return nil }
    self.bytes = bytes
  }
}
