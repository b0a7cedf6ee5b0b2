import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// What IPCS prints of a trace, in the shapes that the IP Diagnosis Guide describes.
///
/// Written for the tests out of the records of a trace; the reader of reports knows nothing of it.
struct IPCSReport {
  enum Style: String, CaseIterable {
    case short, dump, full, summary, export

    var isFormatted: Bool { self == .short || self == .full }
    var isDumped: Bool { self == .dump || self == .full }
  }

  /// One report of each shape, and one of each kind of record.
  static let captures: [Capture] = [
    capture("ipv4-short.txt", .short, PacketTraces.all, "packet-trace/ipv4.ctr"),
    capture("ipv4-dump.txt", .dump, PacketTraces.all, "packet-trace/ipv4.ctr"),
    capture("ipv4-full.txt", .full, PacketTraces.all, "packet-trace/ipv4.ctr"),
    capture("ipv4-summary.txt", .summary, PacketTraces.all, "packet-trace/ipv4.ctr"),
    capture("ipv4-export.csv", .export, PacketTraces.all, "packet-trace/ipv4.ctr"),
    capture("ipv6-full.txt", .full, PacketTraces.all, "packet-trace/ipv6.ctr"),
    capture("ee-full.txt", .full, PacketTraces.all, "packet-trace/enterprise-extender.ctr"),
    capture("osaenta-full.txt", .full, PacketTraces.all, "packet-trace/osaenta.ctr"),
    capture("smc-full.txt", .full, PacketTraces.all, "packet-trace/smc.ctr"),
    capture("clear-text-full.txt", .full, DataTraces.all, "data-trace/http-clear-text.ctr"),
    capture("confidential-short.txt", .short, DataTraces.all, "data-trace/confidential.ctr"),
  ]

  private static func capture(
    _ name: String, _ style: Style, _ traces: [Capture], _ path: String
  ) -> Capture {
    Capture("ipcs/\(name)", "\(path) as IPCS prints it: \(style.rawValue.uppercased())") {
      guard let trace = traces.first(where: { $0.path == path }) else { return [] }
      return try bytes(style, of: trace.make())
    }
  }

  let style: Style
  private(set) var text = ""

  /// The report of a trace without record marks.
  static func bytes(_ style: Style, of trace: [UInt8]) throws -> [UInt8] {
    Array(IPCSReport(style, try records(of: trace)).text.utf8)
  }

  static func records(of trace: [UInt8]) throws -> [CollectingSink.Kept] {
    var reader = CTEReader(framing: .none)
    return try collect(&reader, trace).records
  }

  init(_ style: Style, _ records: [CollectingSink.Kept]) {
    self.style = style
    switch style {
    case .export: exportHeading()
    case .summary: summaryHeading()
    default: heading()
    }
    for kept in records {
      switch style {
      case .export: export(kept.record, kept.payload)
      case .summary: summary(kept.record, kept.payload)
      default: record(kept.record, kept.payload)
      }
    }
  }

  // MARK: - Words

  private mutating func line(_ words: String) { text += words + "\n" }

  private static func pad(_ value: some CustomStringConvertible, _ width: Int) -> String {
    let text = value.description
    return text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func right(_ value: some CustomStringConvertible, _ width: Int) -> String {
    let text = value.description
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func hex(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func clock(_ time: Int64) -> String {
    String(CivilDate.text(nanoseconds: time).suffix(15))
  }

  private static func date(_ time: Int64) -> String {
    String(CivilDate.text(nanoseconds: time).prefix(10)).replacing("-", with: "/")
  }

  // MARK: - SHORT, DUMP, FULL

  private static let rule = " " + String(repeating: "-", count: 79)

  private mutating func heading() {
    let options = ["short": "FORMAT", "dump": "DUMP", "full": "FORMAT DUMP"][style.rawValue] ?? ""
    line(" COMPONENT TRACE \(style == .full ? "FULL" : "SHORT") FORMAT")
    line(" SYSNAME(SYS1)")
    line(" COMP(SYSTCPDA)SUBNAME((TCPIP))")
    line(" OPTIONS((\(options)))")
    line(" DSNAME('USER1.CTRACE')")
    line("")
    line(" **** 2026/02/03")
    line(" RcdNr Sysname  Mnemonic Entry Id   Time Stamp    Description")
    line(" ----- -------- -------- -------- --------------- --------------------------------")
    line("")
    line(Self.rule)
  }

  private static func mnemonic(_ kind: RecordKind) -> (word: String, id: Int, text: String) {
    switch kind {
    case .dataTrace: ("DATA", 5, "Data Trace")
    case .enterpriseExtender: ("EE", 6, "Enterprise Extender Trace")
    case .frame: ("OSAENTA", 7, "OSAENTA Trace")
    case .smc: ("SMC", 8, "SMC Trace")
    default: ("PACKET", 4, "Packet Trace")
    }
  }

  private mutating func record(_ record: TraceRecord, _ payload: [UInt8]) {
    let (word, id, words) = Self.mnemonic(record.kind)
    // The trace moved the record to its buffer 2 µs after it took the time.
    line(
      " \(Self.right(record.traceNumber, 5)) SYS1     \(Self.pad(word, 8)) \(Self.hex(id, 8)) "
        + "\(Self.clock(record.time + 2000)) \(words)")
    head(record)
    let packet = record.kind == .dataTrace ? [] : Self.parts(record, payload)
    if style.isFormatted { formatted(packet) }
    if style.isDumped {
      let parts = record.kind == .dataTrace ? [("Data", payload)] : packet
      let whole = record.originalLength - parts.dropLast().reduce(0) { $0 + $1.1.count }
      for (name, bytes) in parts where !bytes.isEmpty { dump(name, bytes, of: whole) }
    }
    line(Self.rule)
  }

  private mutating func head(_ record: TraceRecord) {
    let way = record.direction == .outbound ? "To" : "From"
    let isData = record.kind == .dataTrace
    let isCut = record.tracedLength < record.originalLength
    let device = record.deviceType == 39 ? "IPAQENET" : record.deviceType == 53 ? "IPAQENET6" : ""
    line(
      " " + Self.pad("\(way) \(isData ? "Jobname" : "Interface")", 18) + ": "
        + Self.pad(record.name.text, 17) + (device.isEmpty ? "" : "Device: \(Self.pad(device, 16))")
        + "\(isCut ? "Abbrev" : "Full")=\(record.tracedLength)")
    let clock = "  Tod Clock        : \(Self.date(record.time)) \(Self.clock(record.time))"
    var flags: [String] = isData ? [] : ["Pkt"]
    if record.flags.contains(.local) { flags.append("Local") }
    if record.flags.contains(.confidential) { flags.append("CfTxt") }
    if record.flags.contains(.clearText) { flags.append("ClearTxt") }
    flags.append(record.direction == .outbound ? "Out" : "In")
    guard isData else {
      line(clock)
      line("  Sequence #       : 0                Flags: \(flags.joined(separator: " "))")
      ports(record)
      return
    }
    line(clock + "       Cid: \(Self.hex(record.connectionID, 8))")
    let domain = record.socketDomain == 19 ? "AF_Inet6" : "AF_Inet"
    let type = record.socketType == 2 ? "Datagram" : "Stream"
    let name = record.ipProtocol == 17 ? "UDP" : "TCP"
    line(
      "  Domain           : \(Self.pad(domain, 16)) Type: \(Self.pad(type, 18)) Protocol: \(name)")
    if record.flags.contains(.start) { line("  State            : API Data Flow Starts") }
    if record.flags.contains(.end) { line("  State            : API Data Flow Ends") }
    line(
      "  Segment #        : \(Self.pad(record.segment, 16)) Flags: \(flags.joined(separator: " "))")
    line("  Source           : \(record.source)")
    line("  Destination      : \(record.destination)")
    ports(record)
  }

  private mutating func ports(_ record: TraceRecord) {
    line(
      "  Source Port      : \(Self.pad(record.sourcePort, 16)) Dest Port: "
        + "\(record.destinationPort)  Asid: \(Self.hex(record.asid, 4)) "
        + "TCB: \(Self.hex(record.connectionID, 8))")
  }

  /// The parts of a packet under the names of their sections.
  private static func parts(
    _ record: TraceRecord, _ payload: [UInt8]
  ) -> [(name: String, bytes: [UInt8])] {
    if record.kind == .smc { return [("Data", payload)] }
    let link = record.kind == .frame ? 14 : 0
    let packet = Array(payload.dropFirst(link))
    let isIP =
      link == 0
      || payload.count > 13 && [8, 0x86].contains(payload[12])
        && [0, 0xDD].contains(payload[13])
    var parts: [(name: String, bytes: [UInt8])] = []
    if link > 0 { parts.append(("Ethernet Header", Array(payload.prefix(link)))) }
    guard isIP, let first = packet.first else { return parts + [("Data", packet)] }
    let network = first >> 4 == 6 ? 40 : Int(first & 15) * 4
    let isTCP = packet[first >> 4 == 6 ? 6 : 9] == 6
    let transport = isTCP ? Int(packet[network + 12] >> 4) * 4 : 8
    parts.append(("IP Header", Array(packet.prefix(network))))
    parts.append(("Protocol Header", Array(packet.dropFirst(network).prefix(transport))))
    return parts + [("Data", Array(packet.dropFirst(network + transport)))]
  }

  private mutating func formatted(_ parts: [(name: String, bytes: [UInt8])]) {
    guard let ip = parts.first(where: { $0.name == "IP Header" })?.bytes,
      let transport = parts.first(where: { $0.name == "Protocol Header" })?.bytes
    else { return }
    let number = { (bytes: [UInt8], at: Int) in Int(bytes[at]) << 8 | Int(bytes[at + 1]) }
    let isSix = ip[0] >> 4 == 6
    let name = ip[isSix ? 6 : 9] == 6 ? "TCP" : "UDP"
    line(" IpHeader: Version : \(isSix ? 6 : 4)                Header Length: \(ip.count)")
    if isSix {
      line("  Payload Length   : \(Self.pad(number(ip, 4), 16)) Protocol: \(name)")
    } else {
      line("  Tos              : 00               QOS: Routine Normal Service")
      let identifier = Self.hex(number(ip, 4), 4)
      line("  Packet Length    : \(Self.pad(number(ip, 2), 16)) ID Number: \(identifier)")
      line("  Fragment         :                  Offset: 0")
      line("  TTL              : \(Self.pad(ip[8], 16)) Protocol: \(name)")
    }
    let span = ip.span
    let bytes = unsafe span.bytes
    let (source, target) =
      isSix
      ? (bytes.ipv6Address(8), bytes.ipv6Address(24))
      : (bytes.ipv4Address(12), bytes.ipv4Address(16))
    line("  Source           : \(source)")
    line("  Destination      : \(target)")
    line("")
    line(" \(name)")
    line(
      "  Source Port      : \(number(transport, 0))  ()        Destination Port: "
        + "\(number(transport, 2))  ()")
    if name == "TCP" {
      let words = { (at: Int) in number(transport, at) << 16 | number(transport, at + 2) }
      line(
        "  Sequence Number  : \(Self.pad(words(4), 16)) Ack Number: \(words(8))")
      line(
        "  Header Length    : \(Self.pad(transport.count, 16)) "
          + "Flags: \(Self.flags(transport[13]).map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined(separator: " "))"
      )
      line("  Window Size      : \(number(transport, 14))")
    } else {
      line("  Datagram Length  : \(number(transport, 4))")
    }
    line("")
  }

  /// Names of TCP flags, in the order of the reports.
  private static func flags(_ byte: UInt8) -> [String] {
    [(0x10, "ACK"), (0x08, "PSH"), (0x02, "SYN"), (0x04, "RST"), (0x01, "FIN")]
      .filter { byte & $0.0 != 0 }.map(\.1)
  }

  private mutating func dump(_ name: String, _ bytes: [UInt8], of whole: Int) {
    let tail = name == "Data" ? "               Data Length: \(whole)" : ""
    line("  \(Self.pad(name, 17)): \(bytes.count)\(tail)")
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let part = bytes[start..<min(bytes.count, start + 16)]
      let words = stride(from: part.startIndex, to: part.endIndex, by: 4).map { at in
        part[at..<min(part.endIndex, at + 4)].map { Self.hex($0, 2) }.joined()
      }
      let pages = [Self.ebcdic, Self.ascii].map { Self.pad(part.map($0).joined(), 16) }
      line(
        Self.hex(start, 6) + " " + Self.pad(words.joined(separator: " "), 35)
          + " |\(pages.joined(separator: " "))|")
    }
  }

  private static func ascii(_ byte: UInt8) -> String {
    (0x20..<0x7F).contains(byte) ? String(Unicode.Scalar(byte)) : "."
  }

  private static func ebcdic(_ byte: UInt8) -> String {
    let scalar = CodePage.ibm1047.scalars[Int(byte)]
    return (0x20..<0x7F).contains(scalar) ? ascii(UInt8(scalar)) : "."
  }

  // MARK: - SUMMARY

  private mutating func summaryHeading() {
    line(" **** 2026/02/03")
    line(" I - Inbound packet")
    line(" O - Outbound packet")
    line("")
    line(
      " DP   Nr hh:mm:ss.mmmmmm IpId    Seq_num    Ack_num  Wndw Flags            DatLn "
        + "Source/Destination")
  }

  private mutating func summary(_ record: TraceRecord, _ payload: [UInt8]) {
    let isData = record.kind == .dataTrace
    let way = record.direction == .outbound ? "O" : "I"
    let letter = isData ? "D" : record.ipProtocol == 6 ? "T" : record.ipProtocol == 17 ? "U" : "P"
    let data = isData ? payload : Self.parts(record, payload).last?.bytes ?? []
    let start = " \(way)\(letter) \(Self.right(record.traceNumber, 4)) \(Self.clock(record.time)) "
    var middle = isData ? "" : "0000"
    if letter == "T" {
      let header = Self.parts(record, payload).dropLast().last?.bytes ?? []
      let word = { (at: Int) in header[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
      middle =
        "0000 \(Self.right(word(4), 10)) \(Self.right(word(8), 10)) "
        + "\(Self.right(word(12) & 0xFFFF, 5)) \(Self.flags(header[13]).joined(separator: " "))"
    }
    line(
      start + Self.pad(middle, 49) + Self.right(data.count, 6)
        + " \(record.source)-\(record.sourcePort)")
    let shown = data.prefix(8)
    let words = stride(from: 0, to: shown.count, by: 4).map { at in
      shown[at..<min(shown.count, at + 4)].map { Self.hex($0, 2) }.joined()
    }
    let quoted =
      shown.isEmpty
      ? ""
      : Self.pad(words.joined(separator: " "), 17)
        + " *\(shown.map(Self.ebcdic).joined()) \(shown.map(Self.ascii).joined())*"
    line(
      String(repeating: " ", count: 25) + Self.pad(quoted, 56)
        + "\(record.destination)-\(record.destinationPort)")
  }

  // MARK: - EXPORT

  private mutating func exportHeading() {
    line(
      #""Flags ","Packet","Absolute Time  ","Rel Time","Delta Time","Device          ","Source          ","#
        + #""Destination     ","IpId","IpLen","Protocol  ","Summary""#)
  }

  private mutating func export(_ record: TraceRecord, _ payload: [UInt8]) {
    let way = record.direction == .outbound ? "O" : "I"
    let name =
      record.ipProtocol == 6 ? "TCP" : record.ipProtocol == 17 ? "UDP" : "\(record.ipProtocol)"
    line(
      #""\#(way) O   ",\#(Self.right(record.traceNumber, 6)),"\#(Self.clock(record.time))","#
        + "  0.000000,  0.000000,"
        + #""\#(Self.pad(record.name.text, 16))","\#(Self.pad(record.source, 16))","#
        + #""\#(Self.pad(record.destination, 16))",    0,\#(Self.right(record.originalLength, 4)),"#
        + #""\#(name)","S=\#(record.sourcePort) D=\#(record.destinationPort)""#)
  }
}
