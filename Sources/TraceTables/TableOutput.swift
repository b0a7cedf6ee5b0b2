public import TraceBytes

/// Writes batches of one table in one format.
protocol TableWriter {
  /// What comes before the first row.
  mutating func begin(_ schema: TableSchema) throws(TraceError)
  /// The rows of a batch, at least one.
  mutating func write(_ batch: borrowing TableBatch) throws(TraceError)
  /// What comes behind the last row.
  mutating func finish() throws(TraceError)
  /// Rows that the format has no place for.
  var leftOut: UInt64 { get }
}

extension TableWriter {
  var leftOut: UInt64 { 0 }
}

/// The formats of a table.
public enum TableFormat: String, CaseIterable, Sendable {
  /// A JSON object a line.
  case ndjson
  /// Comma-separated values (RFC 4180) with a line of names.
  case csv
  /// An Arrow IPC stream.
  case arrow
  /// A Parquet file.
  case parquet
  /// JSON objects in the names of the Elastic Common Schema.
  case ecs
  /// Logs as Zeek writes them, separated by tabs.
  case zeek

  /// The format that the name of a file asks for; nil when it asks for none.
  public init?(path: String) {
    var name = path.lowercased()
    let isCompressed = name.hasSuffix(".gz")
    if isCompressed { name.removeLast(3) }
    let known: [(String, TableFormat)] = [
      (".ndjson", .ndjson), (".jsonl", .ndjson), (".json", .ndjson), (".csv", .csv),
      (".arrow", .arrow), (".arrows", .arrow), (".parquet", .parquet),
    ]
    guard let found = known.first(where: { name.hasSuffix($0.0) })?.1 else { return nil }
    if isCompressed, !found.isText { return nil }
    self = found
  }

  /// Whether it has names for flows and exchanges only.
  public var isOfConversations: Bool { self == .ecs || self == .zeek }

  /// Whether it is lines of text, which can be shown, compressed and followed.
  public var isText: Bool { self != .arrow && self != .parquet }
}

/// Collects rows into batches and hands full ones to a writer, so that memory is bounded however many
/// rows there are.
public final class TableOutput {
  /// The rows that are not written yet; a row is one value for each column, then ``endRow()``.
  public var batch: TableBatch
  /// Rows so far.
  public private(set) var rows: UInt64 = 0

  /// Rows that the format has no place for.
  public var leftOut: UInt64 { writer.leftOut }

  private let sink: ByteSink
  private let format: TableFormat
  private let batchRows: Int
  private var writer: any TableWriter
  private var hasBegun = false

  /// - Parameters:
  ///   - batchRows: rows of a batch; of Parquet those of a row group.
  ///   - masksQueries: whether ECS and Zeek hide what the query of a URL says.
  public init(
    _ schema: TableSchema, as format: TableFormat, batchRows: Int = TableBatch.fullRows,
    masksQueries: Bool = true, to sink: ByteSink
  ) {
    batch = TableBatch(schema)
    self.batchRows = max(1, batchRows)
    self.sink = sink
    self.format = format
    writer =
      switch format {
      case .ndjson: NDJSONWriter(sink)
      case .csv: CSVWriter(sink)
      case .arrow: ArrowWriter(sink)
      case .parquet: ParquetWriter(sink)
      case .ecs: ECSWriter(sink, masksQueries: masksQueries)
      case .zeek: ZeekWriter(sink, masksQueries: masksQueries)
      }
  }

  /// Ends a row: every column of ``batch`` has got its value. Writes the batch when it is full.
  public func endRow() throws(TraceError) {
    batch.endRow()
    rows &+= 1
    if batch.rows >= batchRows || batch.isFull { try writeBatch() }
  }

  /// Everything read so far has been given: rows of a live trace are shown as they come.
  public func pause() throws(TraceError) {
    guard format.isText else { return }
    try writeBatch()
    try sink.flush()
  }

  /// Writes what is left and makes the output final.
  public func finish() throws(TraceError) {
    try begin()
    try writeBatch()
    try writer.finish()
    try sink.commit()
  }

  private func begin() throws(TraceError) {
    if hasBegun { return }
    hasBegun = true
    try writer.begin(batch.schema)
  }

  private func writeBatch() throws(TraceError) {
    guard batch.rows > 0 else { return }
    try begin()
    try writer.write(batch)
    batch.removeAll()
  }
}
