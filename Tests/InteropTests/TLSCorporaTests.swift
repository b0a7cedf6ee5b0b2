import Foundation
import TestSupport
import Testing

/// What `zcap attls` says of the TLS in other people's captures, against what tshark says.
@Suite("Interop: TLS handshakes in captures")
struct TLSCorporaTests {
  /// One TLS connection, as far as both tell of it.
  struct Told: Equatable {
    var offered: [String] = []
    var chosen: String?
    var serverName: String?
    var serials: [String] = []
    var alerts: [Int] = []
  }

  static let files: [String] = {
    guard let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] else { return [] }
    let tls = "wader__fq/format/tls/testdata/"
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(tls)ciphers")) ?? []
    let ciphers = names.filter { $0.hasSuffix(".pcap") }.sorted().enumerated()
      .filter { $0.offset % 9 == 0 }.map { "\(tls)ciphers/\($0.element)" }
    return
      ([
        "\(tls)dump.pcapng", "\(tls)dump-broken.pcapng", "\(tls)testtls.com.http1.1-tls1.2.pcap",
        "wader__fq/format/inet/testdata/flow_missing_synack.pcap",
        "brimdata__brimcap/cmd/brimcap/ztests/alerts.pcap",
        "brimdata__brimcap/cmd/brimcap/ztests/extra.pcapng",
        "zeek__zeek/testing/btest/Traces/ftp/ftp-auth-tls.pcap",
        "zeek__zeek/testing/btest/Traces/http/connect-with-header.pcap",
      ] + ciphers).map { "\(folder)/\($0)" }
  }()

  @Test(
    "hellos, certificates and alerts are those of tshark",
    .enabled(if: Tool.tshark != nil && !files.isEmpty), arguments: files)
  func same(_ path: String) throws {
    let expected = try Self.byTshark(path)
    let found = try Self.byZcap(path)
    #expect(!found.isEmpty)
    #expect(Set(found.keys) == Set(expected.keys))
    for (flow, told) in found { #expect(told == expected[flow], "flow \(flow)") }
  }

  private static func byZcap(_ path: String) throws -> [Int: Told] {
    let result = try RunCommand.run(RunCommand.zcap, ["attls", "--json", path])
    #expect(result.status == 0, "\(result.errors)")
    var all: [Int: Told] = [:]
    for line in result.text.split(separator: "\n") {
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let tls = try #require(object["tls"] as? [String: Any])
      let offered = tls["offered"] as? [String: Any]
      let certificates = tls["certificates"] as? [[String: Any]] ?? []
      let alerts = tls["alerts"] as? [[String: Any]] ?? []
      all[try #require(object["flow"] as? Int)] = Told(
        offered: offered?["ciphers"] as? [String] ?? [], chosen: tls["cipher"] as? String,
        serverName: offered?["server_name"] as? String,
        serials: certificates.compactMap { $0["serial"] as? String }.map(digits),
        alerts: alerts.compactMap { $0["code"] as? Int })
    }
    return all
  }

  private static func byTshark(_ path: String) throws -> [Int: Told] {
    let fields = [
      "tcp.stream", "tls.handshake.type", "tls.handshake.ciphersuite",
      "tls.handshake.extensions_server_name", "x509af.serialNumber", "tls.alert_message.desc",
    ]
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      ["-r", path, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "tls", "-T", "fields"]
        + fields.flatMap { ["-e", $0] })
    var all: [Int: Told] = [:]
    for line in report.text.split(separator: "\n") {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map {
        $0.split(separator: ",").map(String.init)
      }
      guard columns.count == fields.count, let stream = columns[0].first.flatMap({ Int($0) })
      else { continue }
      let suites = columns[2].map { $0.dropFirst(2).uppercased() }
      if columns[1].contains("1") {
        // Fillers of RFC 8701 look like 1A1A.
        all[stream, default: Told()].offered = suites.filter {
          !($0.prefix(2) == $0.suffix(2) && $0.hasSuffix("A"))
        }
        all[stream, default: Told()].serverName = columns[3].first
      }
      if columns[1].contains("2") { all[stream, default: Told()].chosen = suites.last }
      all[stream, default: Told()].serials += columns[4].map(digits)
      all[stream, default: Told()].alerts += columns[5].compactMap { Int($0) }
    }
    return all
  }

  /// A serial number without what the two write around it.
  private static func digits(_ serial: String) -> String {
    let hex = (serial.hasPrefix("0x") ? String(serial.dropFirst(2)) : serial).uppercased()
      .filter { $0 != ":" }
    return String(hex.drop { $0 == "0" })
  }
}
