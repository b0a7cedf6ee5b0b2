import ArgumentParser
import TraceBytes
import TraceConvert
import TraceFilter
import TraceFormats
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ZCap {
  /// How fast this machine gets through a trace.
  struct Bench: ParsableCommand {
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

    @Argument(help: "A trace file, plain or gzip.")
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

    mutating func validate() throws {
      try table.check(BenchRow.columns.map(\.name))
      guard (1...1000).contains(rounds) else {
        throw ValidationError("--rounds \(rounds): from 1 to 1,000.")
      }
    }

    mutating func run() throws {
      let output = try result.open(json ? .json : .text, common, endsProgress: false)
      let view = self.table.view(result, common)
      let (file, size, rounds, json) = (self.file, size.bytes, rounds, self.json)
      try ZCap.reporting { () throws(TraceError) in
        let trace = try BenchTrace(file, size: size)
        var run = BenchRun(trace.path, rounds: rounds)
        var table = view.table(BenchRow.columns)
        var lines = JSONLine(output)
        for stage in BenchStage.allCases {
          guard let row = try run.measure(stage) else { break }
          if json {
            try row.write(to: &lines)
          } else {
            table.add(row.cells)
            try table.flush(to: output)
          }
          try output.flush()
        }
        try output.commit()
      }
    }
  }
}
