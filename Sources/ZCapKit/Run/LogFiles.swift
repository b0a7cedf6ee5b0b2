package import ATTLS
package import TraceBytes

/// AT-TLS logs beside a trace.
package enum LogFiles {
  /// The connections of the logs; nil when none is named.
  ///
  /// - Parameters:
  ///   - zone: of the clocks of the logs.
  ///   - note: is told what of the logs is not used.
  ///   - each: is given every message of AT-TLS.
  package static func connections(
    of paths: [String], _ zone: Zone, note: (String) -> Void, _ each: (ATTLSMessage) -> Void
  ) throws(TraceError) -> ConnectionJoin? {
    guard !paths.isEmpty else { return nil }
    var join = ConnectionJoin(zone: zone)
    for path in paths {
      var reader = ATTLSLogReader()
      var table = ATTLSConnectionTable(keepsSteps: false)
      try TextInput.read(path) { window, atEnd in
        reader.read(window, atEnd: atEnd) { message in
          table.add(message) { join.add($0) }
          each(message)
        }
      }
      table.finish { join.add($0) }
      givenUp(table.givenUp).forEach { note("\(path): \($0)") }
      if reader.counts.messages == 0 { note("\(path): no AT-TLS message in this log") }
    }
    if join.leftOut > 0 {
      note(
        "\(UInt64(join.leftOut).counted("connection")) of the log not used: no addresses, or "
          + "after the first \(UInt64(ConnectionJoin.limit).grouped); give the part of the log that goes "
          + "with the trace")
    }
    return join
  }

  /// What is said of connections of a log that were told before their end.
  static func givenUp(_ count: Int) -> [String] {
    guard count > 0 else { return [] }
    return [
      "\(UInt64(count).counted("connection")) of the log told while open, to bound memory; what the log has of "
        + "them later stands as another connection"
    ]
  }
}
