internal import TraceBytes

/// Where the columns of an EXPORT file are, by the names in its first row.
///
/// EXPORT(SUMMARY) is documented; EXPORT(DETAIL) has more columns, and those that have the same names
/// are read the same way.
struct IPCSColumns: Sendable {
  enum Column: Int, CaseIterable {
    case flags, packet, time, device, source, destination, length, protocolName, summary

    var name: StaticString {
      switch self {
      case .flags: "Flags"
      case .packet: "Packet"
      case .time: "Absolute Time"
      case .device: "Device"
      case .source: "Source"
      case .destination: "Destination"
      case .length: "IpLen"
      case .protocolName: "Protocol"
      case .summary: "Summary"
      }
    }
  }

  /// The most columns of a row.
  static let limit = 128

  /// How many columns a row has.
  let count: Int
  private var places: [Int?]

  /// The columns of EXPORT(SUMMARY).
  static let summary = IPCSColumns(
    count: 12, places: [0, 1, 2, 5, 6, 7, 9, 10, 11])

  private init(count: Int, places: [Int?]) {
    self.count = count
    self.places = places
  }

  /// The columns that a first row names; nil when the row is none.
  init?(heading row: RawSpan) {
    let fields = IPCSTables.fields(row, limit: Self.limit)
    count = fields.count
    places = Column.allCases.map { column in
      fields.firstIndex { field in
        let name = IPCSTables.trimmed(row, field)
        var at = name.lowerBound
        return row.take(column.name, &at) && at == name.upperBound
      }
    }
    for column in [Column.flags, .time, .source, .destination] where self[column] == nil {
      return nil
    }
  }

  subscript(_ column: Column) -> Int? { places[column.rawValue] }
}
