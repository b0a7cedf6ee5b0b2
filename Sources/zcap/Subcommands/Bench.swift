import ArgumentParser
import ZCapKit

extension ZCap {
  /// How fast this machine gets through a trace.
  final class Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bench",
      abstract: "Measure how fast this machine gets through a trace, stage by stage.",
      usage: "zcap bench [<file>] [<options>]",
      discussion: """
        Each stage is a pass over the whole trace: reading; decoding as well; and decoding with one \
        thing done to the records. Nothing is written, so the disk counts for the reading only. \
        Without FILE a data trace is made up for the purpose.

        zcap bench --size 1G
        zcap bench TRACE --json
        """)

    @Argument(help: "A trace file, plain or gzip.", completion: .file())
    var file: String?

    @Option(
      help: ArgumentHelp(
        "Size of the trace that is made up: bytes, or with K, M or G.", valueName: "n[K|M|G]"))
    var size = ByteSize(bytes: 100_000_000)

    @Option(help: ArgumentHelp("Passes for each stage; the median counts.", valueName: "n"))
    var rounds = 3

    @Flag(help: "One JSON object per stage.")
    var json = false

    @OptionGroup var table: TableOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      try table.check(BenchRow.columnNames)
      try refuse(rounds, outside: 1...1000, "--rounds")
    }

    func run() throws {
      let output = try result.open(json ? .json : .text, common, endsProgress: false)
      let trace = try BenchTrace(file, size: size.bytes)
      var run = BenchRun(trace.path, rounds: rounds)
      try run.show(json ? nil : table.view(result, common), to: output)
    }
  }
}
