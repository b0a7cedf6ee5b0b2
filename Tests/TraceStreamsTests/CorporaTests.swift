import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

@testable import TraceStreams

/// Captures other people made, where they are there.
private enum Corpora {
  static let root = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] ?? ""
  static let zeek = "zeek__zeek/testing/btest/Traces"
  static let tcpdump = "the-tcpdump-group__tcpdump/tests"
  static let tshark = "/usr/bin/tshark"
  static let areThere =
    FileManager.default.fileExists(atPath: "\(root)/\(zeek)")
    && FileManager.default.isExecutableFile(atPath: tshark)

  /// A few captures, one for each kind of trouble; all of them with ZCAP_CORPORA_ALL.
  static let some = [
    "\(zeek)/tcp/reassembly.pcap", "\(zeek)/tcp/miss_end_data.pcap", "\(zeek)/tcp/ssh-dups.pcap",
    "\(zeek)/tcp/handshake-reorder.pcap", "\(zeek)/tcp/payload-syn.pcap",
    "\(zeek)/tcp/retransmit-fast009.pcap", "\(zeek)/tcp/rst-inject-rae.pcap",
    "\(zeek)/tcp/no-handshake.pcap", "\(zeek)/http/entity_gap.pcap",
    "\(zeek)/http/pipelined-requests.pcap", "\(zeek)/http/get_nosyn.pcap",
  ]

  static let files: [String] = {
    guard ProcessInfo.processInfo.environment["ZCAP_CORPORA_ALL"] != nil else { return some }
    var files: [String] = []
    for folder in [
      "\(zeek)/tcp", "\(zeek)/http", "\(zeek)/smtp", "\(zeek)/ftp", tcpdump,
    ] {
      let all = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
      for case let name as String in all ?? FileManager.DirectoryEnumerator() {
        if [".pcap", ".pcapng", ".pcap.gz"].contains(where: { name.hasSuffix($0) }) {
          files.append("\(folder)/\(name)")
        }
      }
    }
    return files.sorted()
  }()

  /// What is compared where tshark and zcap differ.
  enum Compared {
    /// All bytes, without the texts that stand for holes.
    case bytes
    /// How many bytes there are, without these texts.
    case counts
    /// Whether one stream begins with the other.
    case beginnings
    /// Only which frames are in which stream.
    case nothing
  }

  /// Where tshark and zcap give different bytes, and why.
  static let differences: [String: (Compared, String)] = [
    "\(zeek)/tcp/reassembly.pcap":
      (.counts, "bytes sent twice differ: zcap takes the first, tshark the last that it holds"),
    "\(zeek)/tcp/retransmit-fast009.pcap": (.bytes, "captured short: tshark does not tell"),
    "\(zeek)/tcp/timestamp.pcap": (.bytes, "captured short: tshark does not tell"),
    "\(zeek)/tcp/truncated-header.pcap": (.bytes, "captured short: tshark does not tell"),
    "\(zeek)/http/bro.org-filtered.pcap":
      (.beginnings, "bytes lost before the FIN: tshark does not tell of them"),
    "\(zeek)/tcp/miss_end_data.pcap":
      (.beginnings, "bytes lost before the FIN: tshark does not tell of them"),
    "\(zeek)/ftp/bigtransfer.pcap":
      (.beginnings, "most of it filtered out: the last hop is wider than any window, a stray"),
    "\(tcpdump)/bgp-cease-hard-reset.pcap":
      (.beginnings, "a hole before the last segment: tshark leaves out what follows"),
    "\(tcpdump)/of10_s4810.pcap": (.nothing, "tshark leaves out frames that it fails to dissect"),
    "\(tcpdump)/of13_ericsson.pcapng": (
      .nothing, "tshark leaves out frames that it fails to dissect"
    ),
  ].merging(
    [
      "babel_update_oobr", "beep-oobr", "bgp_mp_reach_nlri-oobr",
      "bgp_mvpn_6_and_7_oobr", "bgp_vpn_rt-oobr", "heapoverflow-tcp_print", "hoobr_nfs_printfh",
      "kday4", "kday7", "of10_7050sx_bsn-oobr", "of10_inv_OFPST_FLOW",
      "tcp-auth-heapoverflow", "tcp_rst_data-trunc", "tcp_rst_diag_payload-trunc",
    ].map { ("\(tcpdump)/\($0).pcap", (.bytes, "captured short: tshark does not tell")) }
  ) { $1 }

  /// Captures whose frames tshark puts into other streams, and why.
  static let otherStreams: [String: String] = [
    "\(tcpdump)/bgp-bgp_capabilities_print-oobr-1.pcap": alone,
    "\(tcpdump)/bgp-bgp_capabilities_print-oobr-2.pcap": alone,
    "\(tcpdump)/bgp_pmsi_tunnel-oobr.pcap": alone,
    "\(tcpdump)/rpki-rtr-oobr.pcap": alone,
    "\(tcpdump)/bigtcp-ipv6.pcap": "tshark 4.0 does not know packets of more than 64 KiB",
  ]
  private static let alone =
    "a first fragment, captured short: tshark takes it for all there will be, zcap waits"

  /// Whether tshark found TCP only where zcap looks: not in tunnels, nor in link types that are counted
  /// and not decoded.
  static func isDecoded(_ protocols: Substring) -> Bool {
    let before = protocols.split(separator: ":").prefix { $0 != "tcp" }
    let known: Set<Substring> = [
      "eth", "ethertype", "vlan", "ip", "ipv6", "raw", "sll", "null", "llc", "ipv6.fraghdr",
      "ipv6.hopopts", "ipv6.dstopts", "ipv6.routing", "ah", "data",
    ]
    return known.isSuperset(of: before) && before.filter { $0 == "ip" || $0 == "ipv6" }.count == 1
  }
}

/// Builds streams as `tshark -z follow,tcp,raw` writes them: holes are a text.
private final class FollowSink: StreamSink {
  var streams: [UInt64: [FlowSide: [UInt8]]] = [:]
  var flows: [UInt64: Conversation] = [:]

  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) {
    streams[flow.number, default: [:]][side, default: []].append(bytes)
  }
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) {
    let text = "[\(count) bytes missing in capture file]\0"
    streams[flow.number, default: [:]][side, default: []] += Array(text.utf8)
  }
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) {}
  func closed(_ flow: Conversation) {
    if flow.key.ipProtocol == 6 { flows[flow.number] = flow }
  }
}

/// Notes which conversation each record is in.
private final class NumberingSink: PlacedStage {
  let downstream: any PlacedSink
  var numbers: [UInt64: UInt64] = [:]

  init(to downstream: any PlacedSink) { self.downstream = downstream }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if placed.flow.isKnown, placed.ipProtocol == 6 {
      numbers[placed.record.number] = placed.flow.number
    }
    try downstream.record(&placed, payload)
  }
}

private func readAll(_ path: String, into sink: any TraceSink) throws {
  let source = try ByteSource(path: path)
  var pcap = PcapReader()
  var pcapng = PcapngReader()
  _ = try source.fill()
  let isPcapng = source.withWindow { $0.byteCount >= 4 && $0.be32(0) == 0x0A0D_0D0A }
  while true {
    let atEnd = source.atEnd
    let used = try source.withWindow { window in
      isPcapng
        ? try pcapng.read(window, at: source.offset, atEnd: atEnd, into: sink)
        : try pcap.read(window, at: source.offset, atEnd: atEnd, into: sink)
    }
    try source.consume(used)
    if atEnd { break }
    _ = try source.fill()
  }
  try sink.finish()
}

private func tshark(_ arguments: [String]) throws -> String {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: Corpora.tshark)
  process.arguments = arguments
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return String(decoding: data, as: UTF8.self)
}

@Suite(.enabled(if: Corpora.areThere)) struct CorporaTests {
  @Test(arguments: Corpora.files)
  func streamsAreThoseOfTshark(_ file: String) throws {
    let path = "\(Corpora.root)/\(file)"
    let sink = FollowSink()
    let flows = FlowTable()
    let numbering = NumberingSink(to: StreamFollower(sink, flows: flows))
    try readAll(path, into: FlowTracker(to: numbering, flows: flows))

    let fields = try tshark([
      "-r", path, "-T", "fields", "-e", "frame.number", "-e", "tcp.stream", "-e", "frame.protocols",
    ])
    var theirs: [UInt64: UInt64] = [:]
    for line in fields.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 3, let frame = UInt64(parts[0]), let stream = UInt64(parts[1]) else {
        continue
      }
      guard Corpora.isDecoded(parts[2]) else { return }
      theirs[frame] = stream
    }
    let different = Set(theirs.keys).union(numbering.numbers.keys)
      .filter { theirs[$0] != numbering.numbers[$0] }.sorted()
    guard Corpora.otherStreams[file] == nil else {
      #expect(!different.isEmpty, "the same streams: take the file off the list")
      return
    }
    #expect(
      different.isEmpty,
      "frames \(different.prefix(5)) are in other streams than tshark has them in"
    )
    guard different.isEmpty else { return }

    let numbers = sink.flows.keys.sorted().prefix(40)
    guard !numbers.isEmpty else { return }
    let follows = try tshark(
      ["-r", path, "-q"] + numbers.flatMap { ["-z", "follow,tcp,raw,\($0)"] })
    // tshark may write them in any order; each names its stream.
    for part in follows.components(separatedBy: "Follow: tcp,raw\n").dropFirst() {
      try compare(part, sink, Corpora.differences[file]?.0)
    }
  }

  private func compare(_ part: String, _ sink: FollowSink, _ difference: Corpora.Compared?) throws {
    let lines = part.split(separator: "\n", omittingEmptySubsequences: false)
    let number = try #require(lines.first?.split(separator: " ").last.flatMap { UInt64($0) })
    let flow = try #require(sink.flows[number])
    let node0 = lines[1].dropFirst("Node 0: ".count)
    var theirs: [FlowSide: [UInt8]] = [:]
    let lower = flow.key.lower
    let isLower =
      node0 == "\(lower.address):\(lower.port)" || node0 == "[\(lower.address)]:\(lower.port)"
    let first: FlowSide = isLower ? .lower : .upper
    for line in lines.dropFirst(3) {
      if line.hasPrefix("=") { break }
      theirs[line.hasPrefix("\t") ? first.other : first, default: []] += hex(String(line))
    }
    for side in [FlowSide.lower, .upper] {
      var mine = sink.streams[number]?[side] ?? []
      var their = theirs[side] ?? []
      if difference == .bytes || difference == .counts {
        mine = withoutMarks(mine)
        their = withoutMarks(their)
      }
      let at = zip(mine, their).enumerated().first { $1.0 != $1.1 }?.offset
      let isSame =
        switch difference {
        case nil, .bytes: mine == their
        case .counts: mine.count == their.count
        case .beginnings: mine.starts(with: their) || their.starts(with: mine)
        case .nothing: true
        }
      #expect(
        isSame,
        "stream \(number), \(flow.endpoint(side)): \(mine.count), \(their.count), from \(at ?? -1)"
      )
    }
  }

  /// A stream without the texts that stand for holes.
  private func withoutMarks(_ bytes: [UInt8]) -> [UInt8] {
    let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    return text.replacing(/\[\d+ bytes missing in capture file\]\x00/, with: "").unicodeScalars
      .map { UInt8(truncatingIfNeeded: $0.value) }
  }
}
