internal import TraceBytes

/// What the values of a column are.
public enum ColumnType: Sendable, Equatable {
  /// UTF-8 text.
  case text
  /// Bytes as they were captured.
  case binary
  /// True or false.
  case bool
  /// A signed number of 32 bits.
  case int32
  /// A signed number of 64 bits.
  case int64
  /// Microseconds since 1970, UTC.
  case time
  /// A list of texts, which may be empty and is never null.
  case texts

  /// The word that `--schema` and Formats/tables.md use.
  public var name: String {
    switch self {
    case .text: "text"
    case .binary: "binary"
    case .bool: "bool"
    case .int32: "int32"
    case .int64: "int64"
    case .time: "timestamp"
    case .texts: "list of text"
    }
  }
}

/// A column of a table: its name, what is in it, and what that means.
public struct Column: Sendable, Equatable {
  /// As it stands in the file: snake_case.
  public var name: String
  /// What the column holds.
  public var type: ColumnType
  /// Whether a row may have no value.
  public var isNullable: Bool
  /// A sentence for people.
  public var meaning: String

  /// - Parameter meaning: a sentence for people.
  public init(_ name: String, _ type: ColumnType, isNullable: Bool, _ meaning: String) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.meaning = meaning
  }
}

/// A table: its name and its columns in order.
public struct TableSchema: Sendable, Equatable {
  /// The version of all schemas: it grows when a column goes or changes, not when one is added at the end.
  public static let version = 1

  /// `flows`.
  public var name: String
  /// What one row is: `flow`.
  public var row: String
  /// In the order of the file; new ones come at the end.
  public var columns: [Column]

  /// - Parameter row: what one row is: `flow`.
  public init(name: String, row: String, columns: [Column]) {
    self.name = name
    self.row = row
    self.columns = columns
  }

  /// The place of a column, by name.
  public func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }
}
