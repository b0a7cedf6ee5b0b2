import ArgumentParser
import TraceBytes
import TraceSecrets
import ZCapKit

/// What is read, shared by all commands. A class, as all of them: code to copy each option was 200 KB of the command.
final class InputOptions: ParsableArguments {
  @Argument(
    help: "Trace files, plain or gzip; - is standard input. Several files are one trace.",
    completion: .file())
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

  func validate() throws {
    try refuse(files.isEmpty, "Name a trace file, or - for standard input.")
    try refuse(files.count { $0 == "-" } > 1, "Standard input can be read once only.")
    if let date {
      try refuse(CivilDate.days(date) == nil, "--date \(date): write the day as YYYY-MM-DD.")
    }
    try refuse(
      !(-60...60).contains(leapSeconds), "--leap-seconds \(leapSeconds): at most 60 either way.")
  }

  /// Reads the inputs for a piece of work, tells what is to be said of it, and ends the command unless all is well.
  func run(
    _ work: any TraceWork, _ filter: FilterOptions, secrets: SecretStage.Options? = nil,
    follow: FollowOptions? = nil
  ) throws {
    var options = RunOptions(files: files)
    options.day = date.flatMap(CivilDate.days)
    options.leapSeconds = leapSeconds
    options.sort = sort
    options.strict = strict
    options.showsProgress = Terminal.isError && !Diagnostics.isQuiet
    options.follows = follow?.follow ?? false
    let outcome = try Session.run(
      work, options, filter.specification, secrets: secrets, Diagnostics.telling)
    try ExitStatus(outcome).end()
  }
}

/// A file that is still written to, for the commands that show what comes.
final class FollowOptions: ParsableArguments {
  @Flag(
    help: """
      At the end of the (last) file wait for more and show it as it comes, until Ctrl-C; a file that is \
      truncated or replaced is read anew.
      """)
  var follow = false

  /// Tells the input; refuses what needs the end of the input.
  func prepare(_ input: inout InputOptions, whole: Bool = false) throws {
    guard follow else { return }
    try refuse(
      input.files.contains("-"),
      "--follow is for files: standard input is shown as it comes without it.")
    try refuse(
      input.sort,
      "--follow shows records as they come; to put them into time order (--sort, or several files of "
        + "convert) needs the end of the input.")
    try refuse(whole, "--follow reads once, and --whole twice; leave out one.")
    input.common.noPager = true
    Interrupt.isExpected = true
  }
}
