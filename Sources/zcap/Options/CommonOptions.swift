import ArgumentParser
import TraceBytes
import ZCapKit

/// What every command understands.
final class CommonOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Leave out everything on standard error but errors.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Colours: auto (on a terminal and without NO_COLOR), always or never.", valueName: "when"))
  var color = ColorMode.auto

  @Flag(
    name: .customLong("no-pager"),
    help: "On a terminal: show everything at once, without ZCAP_PAGER, PAGER or less.")
  var noPager = false

  func validate() throws { Diagnostics.beQuiet(quiet) }
}

/// When output is coloured.
enum ColorMode: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never

  /// Whether standard output gets colours.
  var isOn: Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: Terminal.takesColour
    }
  }
}

/// Where the result of a command goes.
final class ResultOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "File to write instead of standard output; a name that ends in .gz is compressed.",
      valueName: "file", visibility: .default),
    completion: .file())
  var output: String?

  @Flag(help: "Replace files that exist.")
  var force = false

  @Flag(help: "Lines as long as they are, and all columns; by default they fit the terminal.")
  var wide = false

  /// Columns that a line may have; nil for no end.
  var room: Int? { wide || !isStandard ? nil : Terminal.width }

  /// Standard output, or the file.
  func open(
    _ kind: OutputKind, _ common: CommonOptions, besides inputs: [String] = [],
    endsProgress: Bool = true
  ) throws -> ByteSink {
    guard let output, output != "-" else {
      return ResultFile.standardOutput(
        kind, pages: !common.noPager, besides: inputs, room: room, endsProgress: endsProgress)
    }
    return try ResultFile.open(output, kind, replace: force, besides: inputs)
  }

  /// Whether it goes to standard output.
  var isStandard: Bool { output == nil || output == "-" }

  /// Colours are for terminals, and for files when they are asked for.
  func colours(_ common: CommonOptions) -> Bool {
    isStandard ? common.color.isOn : common.color == .always
  }
}

/// The zone of the times that people read.
final class TimeOptions: ParsableArguments {
  @Option(
    name: .customLong("tz"), parsing: .unconditional,
    help: ArgumentHelp(
      "Zone of printed times: +02:00, Europe/Berlin, or local. JSON and filters stay in UTC.",
      valueName: "zone"))
  var zone = Zone.utc
}

/// Which columns of a table are shown.
final class TableOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Columns of the table, in this order.", valueName: "a,b,c"))
  var columns: String?

  /// What is asked for, of the columns there are.
  func view(_ result: ResultOptions, _ common: CommonOptions) -> TableView {
    var view = TableView()
    view.columns = columns.map(TableView.names)
    view.room = result.room
    view.emphasisesTitles = result.colours(common)
    return view
  }

  /// Refuses columns that a table has not.
  func check(_ names: [String]) throws {
    try refuse(columns.flatMap { TableView.mistake(in: $0, of: names) })
  }
}
