import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceModel

/// Applies the filters of all commands to the connections of a log: a connection counts as the record
/// that opens it.
final class ConnectionFilter {
  private let looksIntoData: Bool
  private let filter: RecordFilter?
  private var records = ATTLSConnectionRecords(day: nil)

  init(_ specification: FilterSpecification) throws {
    do throws(FilterMistake) {
      filter = specification.isEmpty ? nil : try RecordFilter(specification, to: NoSink())
    } catch {
      throw ValidationError(error.description)
    }
    looksIntoData = !specification.texts.isEmpty
  }

  /// Begins another log.
  ///
  /// - Parameter day: a day after its last line, in days since 1970, because syslogd gives no year.
  func begin(day: Int64?) { records = ATTLSConnectionRecords(day: day) }

  func passes(_ connection: ATTLSConnection) throws(TraceError) -> Bool {
    guard let filter else { return true }
    return filter.admits(
      PlacedRecord(applicationData: records.record(of: connection)), RawSpan())
  }

  /// Writes which option left out how many connections.
  func summarise() {
    guard let filter else { return }
    if looksIntoData {
      Diagnostics.line(
        "zcap: rows of a log hold no data, so --contains finds none; with --pcapng it looks into the "
          + "TLS records")
    }
    let leftOut = filter.leftOut.map { "\($0.count.grouped) by \($0.option)" }
    if !leftOut.isEmpty { Diagnostics.line("zcap: left out: \(leftOut.joined(separator: ", "))") }
  }
}
