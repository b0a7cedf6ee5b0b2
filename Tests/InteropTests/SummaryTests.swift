import Foundation
import TestSupport
import Testing

/// `summary` counts what `flows` and `exchanges` show.
@Suite("Interop: summary")
struct SummaryTests {
  private typealias Line = [String: Any]

  private static func lines(_ arguments: [String]) throws -> [Line] {
    let result = try RunCommand.run(RunCommand.zcap, arguments, in: Captures.folder)
    #expect(result.status == 0 || result.status == 1, "\(result.errors)")
    return try result.text.split(separator: "\n").compactMap {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Line
    }
  }

  private static func number(_ line: Line, _ key: String) -> UInt64 {
    (line[key] as? NSNumber)?.uint64Value ?? 0
  }

  private static func sum(_ lines: [Line], _ key: String) -> UInt64 {
    lines.reduce(0) { $0 + number($1, key) }
  }

  @Test(arguments: [
    Captures.files("data-trace"), Captures.files("packet-trace"), Captures.files("pcap"),
    Captures.files("protocols"), ["containers/writer.ctr"],
  ])
  func sumsAreEqual(_ captures: [String]) throws {
    let flows = try Self.lines(["flows", "--json"] + captures)
    let exchanges = try Self.lines(["exchanges", "--json"] + captures)
    let groups = try Self.lines(["summary", "--json"] + captures)
    for grouping in ["all", "job", "server", "protocol", "security"] {
      let mine = groups.filter { $0["group"] as? String == grouping }
      #expect(Self.sum(mine, "flows") == UInt64(flows.count))
      for key in ["client_bytes", "server_bytes", "missing_bytes", "gaps"] {
        #expect(Self.sum(mine, key) == Self.sum(flows, key), "\(grouping) \(key)")
      }
      #expect(
        Self.sum(mine, "records")
          == Self.sum(flows, "client_records") + Self.sum(flows, "server_records"))
      #expect(Self.sum(mine, "exchanges") == UInt64(exchanges.count))
      #expect(
        Self.sum(mine, "failed_exchanges")
          == UInt64(exchanges.count { $0["failed"] as? Bool == true }))
      #expect(
        Self.sum(mine, "unanswered_exchanges")
          == UInt64(
            exchanges.count {
              ["response_in_gap", "closed", "trace_ended"].contains($0["missing"] as? String)
            }))
      let longest =
        exchanges.filter { $0["waits"] as? Bool != true }
        .map { Self.number($0, "last_byte_ns") }.max() ?? 0
      #expect(mine.map { Self.number($0, "slowest_ns") }.max() ?? 0 == longest)
    }
  }
}
