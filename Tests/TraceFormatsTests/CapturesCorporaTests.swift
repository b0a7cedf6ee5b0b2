import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// Capture files that other people made; the tests are skipped where they are not there.
enum Corpora {
  static let folder: String? = {
    let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"]
    return folder.flatMap {
      FileManager.default.fileExists(atPath: $0 + "/INDEX.tsv") ? $0 : nil
    }
  }()

  struct Row {
    var path: String
    /// Packets as their collector's own reader counted them, and as capinfos did where it could.
    var packets: Int
    var capinfos: Int?
    var format: String
  }

  static func rows() throws -> [Row] {
    guard let folder else { return [] }
    let text = try String(contentsOfFile: folder + "/INDEX.tsv", encoding: .utf8)
    return text.split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Row(
        path: cells[0], packets: Int(cells[2]) ?? 0, capinfos: Int(cells[3]), format: cells[6])
    }
  }
}

/// Counts what a reader gives; some files are too large to keep.
final class CountingSink: TraceSink {
  var records = 0
  var bytes: UInt64 = 0
  var notices: [TraceNotice] = []

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    records += 1
    bytes += UInt64(payload.byteCount)
  }
  func notice(_ notice: TraceNotice) throws(TraceError) { notices.append(notice) }
}

/// Runs a reader over a file as the command does.
func run<Reader: TraceReader>(
  _ start: Reader, _ path: String
) throws -> (sink: CountingSink, account: ByteAccount, size: UInt64) {
  var reader = start
  let source = try ByteSource(path: path)
  let sink = CountingSink()
  while true {
    let atEnd = source.atEnd
    let consumed = try source.withWindow { (window) throws(TraceError) in
      try reader.read(window, at: source.offset, atEnd: atEnd, into: sink)
    }
    try source.consume(consumed)
    if atEnd { break }
    _ = try source.fill()
  }
  return (sink, reader.account, source.offset)
}

@Suite("Captures: files of others", .enabled(if: Corpora.folder != nil))
struct CapturesCorporaTests {
  /// Files in which something is told, or whose count differs from the index: how many packets,
  /// how many notices, and why. Every other file has the packets that capinfos counts (or, where
  /// capinfos does not know the link type, the index) and gives no notice.
  static let exceptions: [String: (packets: Int, notices: Int, why: String)] = [
    "brimdata__brimcap/cmd/brimcap/ztests/extra.pcapng": (27, 1, "one stray byte at the end"),
    "google__gopacket/pcapgo/tests/be/test901.pcapng": (
      2, 1, "a section of version 2.0 between two of 1.0; capinfos stops there after 1 packet"
    ),
    "google__gopacket/pcapgo/tests/le/test901.pcapng": (2, 1, "as its big-endian twin"),
    "the-tcpdump-group__libpcap/tests/pcap-invalid-version-1.pcap": (
      1, 1, "version 1.4, which capinfos refuses"
    ),
    "the-tcpdump-group__libpcap/tests/pcap-invalid-version-2.pcap": (1, 1, "version 2.5"),
    "the-tcpdump-group__libpcap/tests/pcapng-invalid-vers-1.pcapng": (
      0, 1, "version 0.1, refused by capinfos too"
    ),
    "the-tcpdump-group__libpcap/tests/pcapng-invalid-vers-2.pcapng": (
      1, 1, "version 1.1: a minor version is read, capinfos refuses it"
    ),
    "the-tcpdump-group__libpcap/tests/shb-option-too-long.pcapng": (
      0, 1, "no block has a closing length that agrees; capinfos refuses the file"
    ),
    "the-tcpdump-group__tcpdump/tests/bgp_vpn_rt-oobr.pcap": (
      1, 1, "592 zeros after the only packet, which capinfos counts as 37 packets of no bytes"
    ),
    "wader__fq/format/pcap/testdata/dhcp_big_endian.pcapng": (4, 1, "times of the year 151991"),
    "wader__fq/format/pcap/testdata/dhcp_little_endian.pcapng": (4, 1, "times of the year 151991"),
    "the-tcpdump-group__tcpdump/tests/vtp_asan.pcap": (
      2, 1, "48 zeros after the packets, which the index counts as 3 packets of no bytes"
    ),
  ]

  @Test func packetCounts() throws {
    let folder = try #require(Corpora.folder)
    var files = 0
    for row in try Corpora.rows() where row.format == "pcap" || row.format == "pcapng" {
      files += 1
      let path = folder + "/" + row.path
      let result =
        try row.format == "pcap" ? run(PcapReader(), path) : run(PcapngReader(), path)
      let exception = Self.exceptions[row.path]
      #expect(result.account.total == result.size, "\(row.path)")
      #expect(result.account.records == result.sink.bytes, "\(row.path)")
      #expect(
        result.sink.records == exception?.packets ?? row.capinfos ?? row.packets, "\(row.path)")
      #expect(result.sink.notices.count == exception?.notices ?? 0, "\(row.path)")
    }
    #expect(files > 0)
  }

  /// The blocks of each file as its generator lists them: packets in their order, interfaces.
  @Test func blocksOfTheTestGenerator() throws {
    let folder = try #require(Corpora.folder)
    var files = 0
    for row in try Corpora.rows()
    where row.path.hasPrefix("hadrielk__pcapng-test-generator/") && row.path.hasSuffix(".pcapng") {
      files += 1
      let path = folder + "/" + row.path
      // Some of these texts are not UTF-8 throughout.
      let listing = path.replacingOccurrences(of: ".pcapng", with: ".txt")
      let text = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: listing)), as: UTF8.self)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Block sequence:") })
      let blocks = line.dropFirst(15).split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let sink = try readPcapng(bytes, .chunks)
      #expect(
        sink.records.count == blocks.count { $0 == "SPB" || $0 == "EPB" }, "\(row.path)")
      #expect(sink.interfaces.count == blocks.count { $0 == "IDB" }, "\(row.path)")
      #expect(sink.notices.isEmpty, "\(row.path)")
      expectSame(sink, try readPcapng(bytes, .drip), "\(row.path)")
    }
    #expect(files == 48)
  }
}
