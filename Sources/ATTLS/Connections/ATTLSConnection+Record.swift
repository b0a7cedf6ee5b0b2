public import TraceModel

/// Makes the records that stand for connections where the filters of traces are applied to a log.
public struct ATTLSConnectionRecords {
  private var dates: ATTLSLogDates

  /// - Parameter day: a day after the last line of the log, in days since 1970.
  public init(day: Int64?) { dates = ATTLSLogDates(day: day) }

  /// The record that would open the connection: from the end that opened it, when it was heard of.
  public mutating func record(of connection: ATTLSConnection) -> TraceRecord {
    let facts = ATTLSConnectionFacts(connection)
    return facts.record(
      connection.id ?? 0, isReceived: facts.isOpenedHere != true, dates.time(of: connection.start))
  }
}
