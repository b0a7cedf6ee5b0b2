import ArgumentParser
import TraceBytes
import TraceFilter
import TraceFormats
import TraceModel
import TraceSecrets
import TraceStreams
import ZCapKit

/// What is read, shared by all commands.
struct InputOptions: ParsableArguments {
  @Argument(
    help: "Trace files, plain or gzip; - is standard input. Several files are one trace.")
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Day of a listing that has times only. Default: the file's day.", valueName: "yyyy-mm-dd"))
  var date: String?

  @Option(
    name: .customLong("leap-seconds"),
    help: ArgumentHelp(
      "Seconds by which the system's TOD clock is ahead of UTC (CVTLSO).", valueName: "n"))
  var leapSeconds = 0

  @Flag(help: "End with status 3 when data was lost or damaged.")
  var strict = false

  @OptionGroup var common: CommonOptions

  @Flag(help: "Put the records of all files into time order (uses temporary disk space).")
  var sort = false

  mutating func validate() throws {
    guard !files.isEmpty else {
      throw ValidationError("Name a trace file, or - for standard input.")
    }
    guard files.filter({ $0 == "-" }).count <= 1 else {
      throw ValidationError("Standard input can be read once only.")
    }
    if let date, CivilDate.days(date) == nil {
      throw ValidationError("--date \(date): write the day as YYYY-MM-DD.")
    }
    guard (-60...60).contains(leapSeconds) else {
      throw ValidationError("--leap-seconds \(leapSeconds): at most 60 either way.")
    }
  }

  /// The same for the run.
  private var run: RunOptions {
    var options = RunOptions(files: files)
    options.day = date.flatMap(CivilDate.days)
    options.leapSeconds = leapSeconds
    options.sort = sort
    options.strict = strict
    options.showsProgress = Terminal.isError && !Diagnostics.isQuiet
    return options
  }

  /// A run over these inputs; a filter that libpcap rejects is a usage error.
  func session(
    _ filter: FilterSpecification, flows: FlowTable = FlowTable(),
    captures: FlowTracker.CaptureDepth = .placed, into sink: (any PlacedSink)?,
    secrets: SecretStage.Options? = nil, others: [OtherFormat]? = nil,
    files: InputNames = InputNames(), cut: RangeCut? = nil
  ) throws -> Session {
    var (run, filter) = (run, filter)
    if filter.isOfWholeConversations {
      // A first run finds the conversations.
      try ZCap.reporting { () throws(TraceError) in
        filter = try WholeConversations.chosen(&run, filter)
      }
    }
    do throws(FilterMistake) {
      return try Session(
        run, filter: filter, flows: flows, captures: captures, into: sink, secrets: secrets,
        others: others, files: files, cut: cut,
        reportFailure: Diagnostics.error)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
