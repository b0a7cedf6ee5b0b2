package import ATTLS
package import TraceBytes
package import TraceFilter
internal import TraceModel

/// Applies the filters of all commands to the connections of a log: a connection counts as the record
/// that opens it.
package final class ConnectionFilter {
  private let looksIntoData: Bool
  private let filter: RecordFilter?
  private var records = ATTLSConnectionRecords(day: nil)

  package init(_ specification: FilterSpecification) throws(FilterMistake) {
    filter = specification.isEmpty ? nil : try RecordFilter(specification, to: NoSink())
    looksIntoData = !specification.texts.isEmpty
  }

  /// Begins another log.
  ///
  /// - Parameter day: a day after its last line, in days since 1970, because syslogd gives no year.
  package func begin(day: Int64?) { records = ATTLSConnectionRecords(day: day) }

  package func passes(_ connection: ATTLSConnection) throws(TraceError) -> Bool {
    guard let filter else { return true }
    var placed = PlacedRecord(applicationData: records.record(of: connection))
    return filter.admits(&placed, RawSpan())
  }

  /// Which option left out how many connections: lines for people.
  package func summary() -> [String] {
    guard let filter else { return [] }
    var lines: [String] = []
    if looksIntoData {
      lines.append(
        "rows of a log hold no data, so --contains finds none; with --pcapng it looks into the "
          + "TLS records")
    }
    let leftOut = filter.leftOut.map { "\($0.count.grouped) by \($0.option)" }
    if !leftOut.isEmpty { lines.append("left out: \(leftOut.joined(separator: ", "))") }
    return lines
  }
}
