import Foundation
import TestSupport
import Testing
import TraceFormats
import TraceModel

/// Capture files that other people made; the tests are skipped where they are not there.
enum Corpora {
  static let folder: String? = {
    guard let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"],
      FileManager.default.fileExists(atPath: folder + "/INDEX.tsv")
    else { return nil }
    return folder
  }()

  struct Row: Sendable, CustomStringConvertible {
    var path: String
    var size: Int
    var packets: Int
    var description: String { path }
  }

  /// The lines of the index, cut into cells.
  private static let captures: [[String]] = {
    guard let folder, let data = try? RunCommand.bytes(folder + "/INDEX.tsv") else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
      .filter { $0.count > 13 && ($0[6] == "pcap" || $0[6] == "pcapng") }
  }()

  /// The files that capinfos reads to the end, with the packets it counts.
  static let readable: [Row] = captures.compactMap { cells in
    guard cells[13].isEmpty, let size = Int(cells[1]), let packets = Int(cells[3]), packets > 0
    else { return nil }
    return Row(path: cells[0], size: size, packets: packets)
  }

  /// The files that capinfos does not read to the end.
  static let damaged = captures.filter { !$0[13].isEmpty }.map(\.[0])

  /// The files that once crashed tcpdump or made it read beyond its buffer, by their names.
  static let crashers = captures.map(\.[0]).filter { path in
    ["oobr", "overflow", "asan", "crash", "segv", "heap", "loop", "invalid", "malformed"]
      .contains { path.contains($0) }
  }

  /// Every so many files, so that `count` are left; always the same ones.
  static func sample(_ rows: [Row], _ count: Int) -> [Row] {
    guard rows.count > count else { return rows }
    return (0..<count).map { rows[$0 * rows.count / count] }
  }

  /// Where zcap and capinfos count differently, and who is right.
  static let exceptions: [String: (packets: Int, why: String)] = [
    "the-tcpdump-group__tcpdump/tests/bgp_vpn_rt-oobr.pcap": (
      1, "592 zeros after the only packet are no packets"
    )
  ]
}

/// Counts, bytes, times and lengths of other people's captures survive.
@Suite("Interop: captures of others", .enabled(if: Corpora.folder != nil))
struct CorporaTests {
  @Test("info counts what capinfos counts", arguments: Corpora.sample(Corpora.readable, 300))
  func counts(_ row: Corpora.Row) throws {
    let path = try #require(Corpora.folder) + "/" + row.path
    let result = try RunCommand.run(RunCommand.zcap, ["info", "--json", path])
    #expect(result.status == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
    let records = object?["records"] as? Int
    #expect(records == Corpora.exceptions[row.path]?.packets ?? row.packets)
  }

  @Test(
    "conversion keeps bytes, times and lengths",
    .enabled(if: Tool.tshark != nil && Tool.editcap != nil),
    arguments: Corpora.sample(Corpora.readable.filter { $0.size < 400_000 }, 60))
  func conversion(_ row: Corpora.Row) throws {
    let path = try #require(Corpora.folder) + "/" + row.path
    let scratch = try ScratchFolder()
    let output = scratch("out.pcapng")
    let result = try RunCommand.run(RunCommand.zcap, ["convert", path, "-o", output])
    #expect(result.status == 0, "\(result.errors)")

    let (before, after) = (try Captures.read(path), try Captures.read(output))
    #expect(before.records.map(\.payload) == after.records.map(\.payload))
    #expect(before.records.map(\.record.time) == after.records.map(\.record.time))
    #expect(
      before.records.map(\.record.originalLength) == after.records.map(\.record.originalLength))
    #expect(before.interfaces.map(\.linkType) == after.interfaces.map(\.linkType))
    // Wireshark's own reading of both, without dissecting what the packets hold.
    #expect(try fields(path) == fields(output))
  }

  private func fields(_ path: String) throws -> String {
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      [
        "-r", path, "--disable-all-protocols", "--enable-protocol", "frame", "-T", "fields", "-e",
        "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len",
      ])
    return report.text
  }
}
