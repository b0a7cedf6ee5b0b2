import ATTLS
import ArgumentParser
import TraceBytes
import ZCapKit

/// An AT-TLS log beside a trace: who, which rule and which cipher suite belong to a conversation.
final class LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log"),
    help: ArgumentHelp(
      "AT-TLS log (syslogd, console, SYSLOG, z/OSMF): tells rule, user and cipher suite of each flow.",
      valueName: "file"),
    completion: .file())
  var logs: [String] = []

  @Option(
    name: .customLong("log-zone"), parsing: .unconditional,
    help: ArgumentHelp(
      "Zone of the log's clock: +02:00, Europe/Berlin; matters where ports were reused.",
      valueName: "zone"))
  var zone = Zone.utc

  /// The connections of the logs; nil when no log is named.
  ///
  /// - Parameter each: is given every message of AT-TLS.
  func load(_ each: (ATTLSMessage) -> Void = { _ in }) throws -> ConnectionJoin? {
    try LogFiles.connections(of: logs, zone, note: Diagnostics.note, each)
  }
}
