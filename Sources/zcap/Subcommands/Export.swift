import ArgumentParser
import TraceBytes
import TraceStreams
import TraceTables
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ExportTable: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}
extension TablePayload: ExpressibleByArgument {}

extension TableLabel: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ByteRange: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Shard: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ZCap {
  /// Rows for other engines.
  struct Export: ParsableCommand {
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

    @Flag(help: "Print the columns of the table and read nothing.")
    var schema = false

    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions

    mutating func validate() throws {
      if name != nil, input.files.count > 1 {
        throw ValidationError("--name stands for one input; name one.")
      }
      if shard != nil, table == .records || table == .files {
        throw ValidationError("--shard cuts flows and exchanges.")
      }
      if let range { try validate(range) }
      if payload != .none, table != .records {
        throw ValidationError("--payload goes with records.")
      }
      let format = try chosenFormat
      if format.isOfConversations, table == .records || table == .files {
        throw ValidationError("--format \(format.rawValue) is of flows and exchanges.")
      }
      if !log.logs.isEmpty, table != .flows {
        throw ValidationError("--log goes with flows.")
      }
      var plain = try options
      plain.labels = []
      // The first two keys of an object of NDJSON.
      var names = Set(plain.schema.columns.map(\.name) + ["type", "schema"])
      for label in labels where !names.insert(label.name).inserted {
        throw ValidationError("--label \(label.name): there is a column of that name.")
      }
    }

    private func validate(_ range: ByteRange) throws {
      guard table == .records || table == .files else {
        throw ValidationError("--range cuts records and files; --shard cuts flows and exchanges.")
      }
      guard input.files.count == 1, input.files != ["-"] else {
        throw ValidationError("--range is of one file.")
      }
      if !filter.flow.isEmpty || filter.count != nil || input.sort {
        throw ValidationError(
          "--range knows a part of the file only: no --flow, --count or --sort.")
      }
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
        if let format {
          if path.hasSuffix(".gz"), !format.isText {
            throw ValidationError("-o \(path): \(format.rawValue) is not compressed as a whole.")
          }
          return format
        }
        if let known = TableFormat(path: path) { return known }
        guard path == "-" || path.hasPrefix("/dev/") else {
          throw ValidationError(
            (OutputKind.table.mistake(in: path) ?? "\(path): the name has no ending.")
              + " --format tells what to write, whatever the name.")
        }
        return .ndjson
      }
    }

    mutating func run() throws {
      var options = try options
      if schema { return try printSchema(options.schema) }
      if path == "-", !options.format.isText, isatty(1) == 1 {
        throw ValidationError(
          "\(options.format.rawValue) is not for a terminal; name a file with -o.")
      }
      if let range { options.cut = try cut(range) }
      let join = try log.load()
      let output = try OutputOptions.open(path, force: force, besides: input.files)
      let export = TableExport(options, join: join, limits: memory.limits, to: output)
      let session = try input.session(
        filter.specification, flows: export.flows, into: export.sink,
        secrets: redact.changes || payload != .none ? try redact.options() : nil,
        files: export.files,
        cut: options.cut)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        try export.finish(session)
      }
      if let follower = export.follower { MemoryOptions.report(follower.assembler.counts) }
      if export.leftOut > 0 {
        Diagnostics.line(
          "zcap: \(export.leftOut.counted("row")) not written: zeek has a log for HTTP only")
      }
      Diagnostics.notes(CredentialWords.seen(session, "written"))
      Diagnostics.notes(export.watch?.lines("written") ?? [])
      var result = "wrote \(export.rows.counted("row"))"
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(session.outcome(matched: export.rows))
    }

    private func cut(_ range: ByteRange) throws -> RangeCut {
      do {
        return try RangeCut(range, of: input.files[0])
      } catch let mistake as RangeMistake {
        throw ValidationError(mistake.description)
      } catch {
        try ZCap.report(error)
        throw ExitStatus.failed.code
      }
    }

    private func printSchema(_ schema: TableSchema) throws {
      let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
      try ZCap.reporting { () throws(TraceError) in
        for column in schema.columns {
          let type = column.type.name + (column.isNullable ? "" : ", never null")
          try output.append("\(column.name)\t\(type)\t\(column.meaning)\n")
        }
        try output.commit()
      }
    }
  }
}
