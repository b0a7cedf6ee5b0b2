import Foundation
import TestSupport
import Testing

/// Parts of a trace together are the whole of it.
@Suite("Interop: shards")
struct ShardTests {
  private func lines(_ arguments: [String]) throws -> [Substring] {
    let result = try RunCommand.run(RunCommand.zcap, ["export"] + arguments, in: Captures.folder)
    #expect(result.status <= 1, "\(result.errors)")
    return String(decoding: result.output, as: UTF8.self).split(separator: "\n")
  }

  private static let all =
    Captures.files("containers", "data-trace", "packet-trace", "pcap", "protocols", "sniffer")

  @Test("together are the whole, byte for byte", arguments: ["flows", "exchanges"], [2, 5])
  func union(_ table: String, _ count: Int) throws {
    let whole = try lines([table, "--date", "2026-02-03"] + Self.all).sorted()
    var parts: [Substring] = []
    var sizes: [Int] = []
    for number in 1...count {
      let part = try lines(
        [table, "--date", "2026-02-03", "--shard", "\(number)/\(count)"] + Self.all)
      sizes.append(part.count)
      parts += part
    }
    #expect(parts.sorted() == whole)
    // One part that has it all would be the whole too.
    #expect(sizes.allSatisfy { $0 > 0 && $0 < whole.count }, "\(sizes)")
  }

  @Test(
    "64 parts of a generated trace, IPv4 and IPv6, in time and out of it",
    arguments: ["data", "packet"])
  func many(_ kind: String) throws {
    let scratch = try ScratchFolder()
    let trace = scratch("t.ctr")
    let made = try RunCommand.run(
      RunCommand.zcap, ["generate", trace, "--size", "300K", "--flows", "150", "--kind", kind])
    #expect(made.status == 0, "\(made.errors)")
    for table in ["flows", "exchanges"] {
      let whole = try lines([table, trace]).sorted()
      #expect(whole.count > 60)
      var parts: [Substring] = []
      for number in 1...64 { parts += try lines([table, trace, "--shard", "\(number)/64"]) }
      #expect(parts.sorted() == whole)
    }
  }
}
