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
    files: InputNames = InputNames(), cut: RangeCut? = nil, follows: Bool = false
  ) throws -> Session {
    var (run, filter) = (run, filter)
    run.follows = follows
    if filter.isOfWholeConversations {
      // A first run finds the conversations.
      try ZCap.reporting { () throws(TraceError) in
        filter = try WholeConversations.chosen(&run, filter)
      }
    }
    do throws(FilterMistake) {
      let session = try Session(
        run, filter: filter, flows: flows, captures: captures, into: sink, secrets: secrets,
        others: others, files: files, cut: cut,
        reportFailure: Diagnostics.error)
      session.note = { Diagnostics.line("zcap: \($0)") }
      return session
    } catch {
      throw ValidationError(error.description)
    }
  }
}

/// A file that is still written to, for the commands that show what comes.
struct FollowOptions: ParsableArguments {
  @Flag(
    help: """
      At the end of the (last) file wait for more and show it as it comes, until Ctrl-C; a file that is \
      truncated or replaced is read anew.
      """)
  var follow = false

  /// Tells the input; refuses what needs the end of the input.
  func prepare(_ input: inout InputOptions, whole: Bool = false) throws {
    guard follow else { return }
    if input.files.contains("-") {
      throw ValidationError(
        "--follow is for files: standard input is shown as it comes without it.")
    }
    if input.sort {
      throw ValidationError(
        "--follow shows records as they come; to put them into time order (--sort, or several files of "
          + "convert) needs the end of the input.")
    }
    if whole { throw ValidationError("--follow reads once, and --whole twice; leave out one.") }
    input.common.noPager = true
    Interrupt.isExpected = true
  }
}
