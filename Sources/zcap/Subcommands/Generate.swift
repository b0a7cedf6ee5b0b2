import ArgumentParser
import TraceFormats
import ZCapKit

extension ZCap {
  /// A large trace of any size, for tests and measurements.
  final class Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "generate",
      abstract: "Write a made-up trace of any size, the same for the same settings.",
      usage: "zcap generate <path> --size <n[K|M|G]> [<options>]",
      discussion: """
        The trace holds conversations of HTTP in ASCII and EBCDIC, or of other payloads, for tests and \
        measurements.

        zcap generate big.ctr --size 1G --flows 10000
        zcap generate mixed.ctr --size 1G --payload mixed --kind packet --lossy
        """)

    @Argument(help: "File to write; - is standard output.", completion: .file())
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

    @Option(
      help: ArgumentHelp(
        "What conversations carry: http, lines of text, the same in ebcdic, binary, SQL of drda, or all mixed.",
        valueName: "kind"))
    var payload = TraceGenerator.Payload.http

    @Option(
      help: ArgumentHelp(
        "Sizes of sends that are not HTTP: small, large, or as on real networks.",
        valueName: "small|large|real"))
    var sizes = TraceGenerator.Sizes.real

    @Flag(help: "Of a thousand records leave one out, write one twice and one after the next.")
    var lossy = false

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
      try refuse(flows, outside: 1...1_000_000, "--flows")
    }

    func run() throws {
      var generator = TraceGenerator()
      generator.kind = kind
      generator.flows = flows
      generator.seed = seed
      generator.payload = payload
      generator.sizes = sizes
      generator.isLossy = lossy
      let sink = try TraceGenerator.output(path, replace: force)
      let records = try generator.write(sink, in: container, size: size.bytes)
      Diagnostics.note("wrote \(records.counted("record"))")
    }
  }
}
