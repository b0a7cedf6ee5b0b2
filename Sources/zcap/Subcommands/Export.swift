import ArgumentParser
import TraceBytes
import TraceTables
import ZCapKit

extension ZCap {
  /// Rows for other engines.
  final class Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write records, flows, exchanges or files as a table for DuckDB, Spark and others.",
      discussion: """
        Formats/tables.md tells the columns of each table; --schema prints them.

        zcap export flows TRACE -o flows.parquet
        duckdb -c "SELECT job, sum(server_bytes) FROM 'flows.parquet' GROUP BY job"

        Several machines share a trace by --shard: each gets other conversations, and all of them \
        together what one machine would.
        """)

    @Argument(help: "records, flows, exchanges or files.")
    var table: ExportTable

    @OptionGroup var input: InputOptions

    @Option(
      name: [.customShort("o"), .customLong("output")],
      help: ArgumentHelp(
        "File to write; - is standard output, a name that ends in .gz is compressed.",
        valueName: "file"))
    var path = "-"

    @Flag(help: "Replace an output file that exists.")
    var force = false

    @Option(
      help: ArgumentHelp(
        """
        ndjson, csv, arrow, parquet; of flows and exchanges also ecs (Elastic Common Schema) and zeek \
        (conn.log, http.log). Default: by the name of the output, else ndjson.
        """, valueName: "ndjson|csv|…"))
    var format: TableFormat?

    @Option(
      help: ArgumentHelp(
        "Of records: their data as text, as bytes, or none.", valueName: "none|text|bytes"))
    var payload = TablePayload.none

    @Option(
      help: ArgumentHelp(
        "Of flows and exchanges: only part K of N, cut by addresses and ports.", valueName: "K/N"))
    var shard: Shard?

    @Option(
      help: ArgumentHelp(
        "Of records and files: only those that begin in these bytes of the only file, which is not "
          + "compressed; parts that tile a file have all of its records.", valueName: "start-end"))
    var range: ByteRange?

    @Option(
      help: ArgumentHelp(
        "What the column file says, instead of the name of the only input.", valueName: "text"))
    var name: String?

    @Option(
      name: .customLong("label"),
      help: ArgumentHelp(
        "A column with the same text in every row, such as system=SYS1.", valueName: "key=value"))
    var labels: [TableLabel] = []

    @Flag(
      name: .customLong("show-queries"),
      help: "With ecs and zeek: what queries of URLs say, which can be secrets.")
    var showQueries = false

    @Flag(help: "Print the columns of the table and read nothing; - is enough for a file.")
    var schema = false

    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions

    func validate() throws {
      let isOfConversations = table == .flows || table == .exchanges
      try refuse(name != nil && input.files.count > 1, "--name stands for one input; name one.")
      try refuse(shard != nil && !isOfConversations, "--shard cuts flows and exchanges.")
      if range != nil {
        try refuse(
          isOfConversations,
          "--range cuts records and files; --shard cuts flows and exchanges.")
        try refuse(input.files.count != 1 || input.files == ["-"], "--range is of one file.")
        try refuse(
          !filter.flow.isEmpty || filter.count != nil || input.sort,
          "--range knows a part of the file only: no --flow, --count or --sort.")
      }
      try refuse(payload != .none && table != .records, "--payload goes with records.")
      let format = try chosenFormat
      try refuse(
        format.isOfConversations && !isOfConversations,
        "--format \(format.rawValue) is of flows and exchanges.")
      try refuse(!log.logs.isEmpty && table != .flows, "--log goes with flows.")
      try refuse(options.labelMistake)
    }

    private var options: ExportOptions {
      get throws {
        var options = ExportOptions(table, as: try chosenFormat)
        options.payload = payload
        options.labels = labels
        options.shard = shard
        options.name = name
        options.masksQueries = !showQueries
        options.watches = !redact.isOn
        return options
      }
    }

    private var chosenFormat: TableFormat {
      get throws {
        try understood { () throws(UsageMistake) in try TableFormat.chosen(format, for: path) }
      }
    }

    func run() throws {
      var options = try options
      if schema {
        let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
        try output.append(options.schema.text)
        return try output.commit()
      }
      try refuse(
        path == "-" && !options.format.isText && Terminal.isOutput,
        "\(options.format.rawValue) is not for a terminal; name a file with -o.")
      options.cut = try range.map { try RangeCut($0, of: input.files[0]) }
      let join = try log.load()
      let output = try ResultFile.open(path, replace: force, besides: input.files)
      try input.run(
        TableExport(options, join: join, limits: memory.limits, to: output), filter,
        secrets: redact.changes || payload != .none ? try redact.options() : nil)
    }
  }
}
