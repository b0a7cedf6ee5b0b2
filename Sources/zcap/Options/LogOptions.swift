import ATTLS
import ArgumentParser
import TraceBytes
import ZCapKit

/// An AT-TLS log beside a trace: who, which rule and which cipher suite belong to a conversation.
struct LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log"),
    help: ArgumentHelp(
      "AT-TLS log (syslogd, console, SYSLOG, z/OSMF): tells rule, user and cipher suite of each flow.",
      valueName: "file"))
  var logs: [String] = []

  @Option(
    name: .customLong("log-zone"), parsing: .unconditional,
    help: ArgumentHelp(
      "Zone of the log's clock: +02:00, Europe/Berlin; matters where ports were reused.",
      valueName: "zone"))
  var zone = ZoneArgument(zone: .utc)

  /// The connections of the logs; nil when no log is named. A log that cannot be read ends the run.
  ///
  /// - Parameter each: is given every message of AT-TLS.
  func load(_ each: (ATTLSMessage) -> Void = { _ in }) throws -> ConnectionJoin? {
    guard !logs.isEmpty else { return nil }
    var join = ConnectionJoin(zone: zone.zone)
    for log in logs {
      var reader = ATTLSLogReader()
      var table = ATTLSConnectionTable(keepsSteps: false)
      do {
        try TextInput.read(log) { window, atEnd in
          reader.read(window, atEnd: atEnd) { message in
            table.add(message) { join.add($0) }
            each(message)
          }
        }
      } catch {
        try ZCap.report(error)
      }
      table.finish { join.add($0) }
      if reader.counts.messages == 0 {
        Diagnostics.line("zcap: \(log): no AT-TLS message in this log")
      }
    }
    if join.leftOut > 0 {
      Diagnostics.line(
        "zcap: \(UInt64(join.leftOut).counted("connection")) of the log not used: no addresses, or "
          + "after the first \(UInt64(ConnectionJoin.limit).grouped); give the part of the log that goes "
          + "with the trace")
    }
    return join
  }
}
