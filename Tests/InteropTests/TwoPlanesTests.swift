import Foundation
import TestSupport
import Testing
import TraceFormats
import TraceModel

/// The packets of a real TLS session and the application data of the same connection in one capture.
@Suite("Interop: packets and application data of one connection", .serialized)
struct TwoPlanesTests {
  private static let client = Endpoint(IPAddress(ipv4: 0x0A01_004D), 50123)
  private static let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803)
  private static let request = Array("GET /gpm HTTP/1.1\r\nHost: s0w1\r\n\r\n".utf8)
  private static let response = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nup\n".utf8)
  private static let mergecap = RunCommand.find("mergecap")

  /// A trace of one entry after the other.
  private struct Trace {
    var bytes: [UInt8] = []
    private var writer = CTEWriter()
    private var number: UInt32 = 0

    mutating func add(_ record: TraceRecord, _ payload: [UInt8], at time: Int64) {
      number += 1
      var record = record
      record.time = time
      record.traceNumber = number
      record.tracedLength = payload.count
      record.originalLength = payload.count
      unsafe writer.append(record, payload.span.bytes, to: &bytes)
    }
  }

  /// 2026-02-03 10:15:00 UTC.
  private static let start: Int64 = 1_770_113_700_000_000_000

  private static func header(_ kind: RecordKind, fromClient: Bool) -> TraceRecord {
    var record = TraceRecord()
    record.kind = kind
    record.name = RecordName(
      kind == .dataTrace ? "GPMSERVE" : "OSAETH1", length: kind == .dataTrace ? 8 : 16)
    record.direction = fromClient ? .inbound : .outbound
    let (from, to) = fromClient ? (client, server) : (server, client)
    (record.source, record.sourcePort) = (from.address, from.port)
    (record.destination, record.destinationPort) = (to.address, to.port)
    record.ipProtocol = 6
    record.socketDomain = 2
    record.socketType = 1
    return record
  }

  /// The session as a packet trace, 10 ms from one packet to the next.
  private static func packets(_ transfers: [OpenSSL.Transfer], into trace: inout Trace) {
    var numbers: (client: UInt32, server: UInt32) = (1000, 9000)
    var time = start
    func send(_ fromClient: Bool, _ flags: UInt8, _ data: [UInt8] = []) {
      let (own, other) =
        fromClient ? (numbers.client, numbers.server) : (numbers.server, numbers.client)
      let headers = PacketHeaders(
        source: fromClient ? client : server, destination: fromClient ? server : client,
        ipProtocol: 6, sequence: own, acknowledgement: flags & 0x10 != 0 ? other : 0,
        flags: flags)
      let packet = unsafe headers.bytes(data.span.bytes) + data
      trace.add(header(.packet, fromClient: fromClient), packet, at: time)
      time += 10_000_000
      let step = UInt32(data.count) + (flags & 3 != 0 ? 1 : 0)
      if fromClient { numbers.client += step } else { numbers.server += step }
    }
    send(true, 0x02)
    send(false, 0x12)
    send(true, 0x10)
    for transfer in transfers { send(transfer.isWritten, 0x18, transfer.bytes) }
    send(true, 0x11)
    send(false, 0x11)
  }

  /// What the job saw of it, between the packets.
  private static func data(hasStart: Bool, from first: Int64, into trace: inout Trace) {
    var opening = header(.dataTrace, fromClient: true)
    opening.socketState = 1
    var closing = header(.dataTrace, fromClient: false)
    closing.socketState = 2
    var received = header(.dataTrace, fromClient: true)
    received.flags = .clearText
    var sent = header(.dataTrace, fromClient: false)
    sent.flags = .clearText
    if hasStart { trace.add(opening, [], at: start + first) }
    for step in 0..<2 {
      let time = start + first + 15_000_000 + Int64(step) * 20_000_000
      trace.add(received, request, at: time)
      trace.add(sent, response, at: time + 10_000_000)
    }
    trace.add(closing, [], at: start + first + 80_000_000)
  }

  private func session(in folder: ScratchFolder) throws -> OpenSSL.Exchange {
    try OpenSSL.makeCertificate(in: folder, subject: "/CN=loopback.example")
    return try OpenSSL.connect(
      in: folder, server: "", client: "-tls1_3 -keylogfile keys.log", captures: false)
  }

  private func tshark(_ file: String, _ arguments: [String]) throws -> String {
    let report = try RunCommand.run(try #require(Tool.tshark), ["-r", file] + arguments)
    #expect(report.status == 0, "\(report.errors)")
    return report.text
  }

  private func rows(_ file: String, _ filter: String, _ fields: String...) throws -> [String] {
    try tshark(file, ["-Y", filter, "-T", "fields"] + fields.flatMap { ["-e", $0] })
      .split(separator: "\n").map(String.init)
  }

  enum Shape: String, CaseIterable {
    /// A packet trace and a data trace.
    case twoFiles = "two files"
    /// SYSTCPDA with both, as one data set.
    case oneFile = "one file"
    /// The connection is older than the data trace, whose first record comes before any packet.
    case olderConnection = "older connection"
  }

  @Test(
    "both streams are whole", .enabled(if: Tool.tshark != nil && OpenSSL.path != nil),
    .timeLimit(.minutes(2)), arguments: Shape.allCases)
  func whole(_ shape: Shape) throws {
    let folder = try ScratchFolder()
    let transfers = try session(in: folder).transfers
    var (packets, data) = (Trace(), Trace())
    Self.packets(transfers, into: &packets)
    let first: Int64 = shape == .olderConnection ? -100_000_000 : 25_000_000
    Self.data(hasStart: shape != .olderConnection, from: first, into: &data)
    try RunCommand.write(packets.bytes, to: folder("packets.ctr"))
    try RunCommand.write(data.bytes, to: folder("data.ctr"))
    try RunCommand.write(packets.bytes + data.bytes, to: folder("all.ctr"))

    let inputs = shape == .oneFile ? ["all.ctr", "--sort"] : ["data.ctr", "packets.ctr"]
    let made = try RunCommand.run(
      RunCommand.zcap, ["convert", "--secrets", "keys.log", "-o", "both.pcapng"] + inputs,
      in: folder.path)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("1 flow of application data written with another client port"))
    let file = folder("both.pcapng")

    // Decrypted: the line that the client sent, in the stream of the packets and in no other.
    let isDataFirst = shape == .olderConnection
    let (tls, clear) = isDataFirst ? ("1", "0") : ("0", "1")
    let typed = try tshark(file, ["-q", "-z", "follow,tls,ascii,\(tls)"])
    #expect(typed.contains("hello"))
    let exchanges = try rows(
      file, "http", "tcp.stream", "http.request.method", "http.response.code")
    #expect(
      exchanges
        == Array(repeating: ["\(clear)\tGET\t", "\(clear)\t\t200"], count: 2).flatMap { $0 })
    #expect(try rows(file, "tcp.analysis.flags", "frame.number").isEmpty)
    let times = try rows(file, "frame", "frame.time_epoch")
    #expect(times == times.sorted())
    #expect(Set(try rows(file, "tcp.port == 8803", "tcp.stream")) == ["0", "1"])

    // Each names the other.
    let ofClear = try rows(file, "tcp.stream == \(clear) && frame.comment", "frame.comment")
    #expect(ofClear.contains { $0.contains("true ports 10.1.0.77:50123 10.1.1.2:8803") })
    if !isDataFirst {
      #expect(ofClear.contains { $0.contains("the same connection as flow \(tls)") })
    }
    let ofPackets = try rows(file, "tcp.stream == \(tls) && frame.comment", "frame.comment")
    #expect(
      ofPackets.contains { $0.contains("application data of this connection is flow \(clear)") })
  }

  @Test(
    "the secrets decrypt TLS 1.2 too", .enabled(if: Tool.tshark != nil && OpenSSL.path != nil))
  func secrets() throws {
    let folder = try ScratchFolder()
    try OpenSSL.makeCertificate(in: folder, subject: "/CN=loopback.example")
    let exchange = try OpenSSL.connect(
      in: folder, server: "", client: "-tls1_2 -keylogfile keys.log", captures: false)
    var packets = Trace()
    Self.packets(exchange.transfers, into: &packets)
    try RunCommand.write(packets.bytes, to: folder("packets.ctr"))
    for hasSecrets in [false, true] {
      let made = try RunCommand.run(
        RunCommand.zcap,
        ["convert", "packets.ctr", "--force", "-o", "out.pcapng"]
          + (hasSecrets ? ["--secrets", "keys.log"] : []), in: folder.path)
      #expect(made.status == 0, "\(made.errors)")
      let typed = try tshark(folder("out.pcapng"), ["-q", "-z", "follow,tls,ascii,0"])
      #expect(typed.contains("hello") == hasSecrets)
    }
  }

  /// Why the ports are changed: under the true ones Wireshark has one stream, and it is broken.
  @Test(
    "under the true ports neither would be",
    .enabled(if: Tool.tshark != nil && OpenSSL.path != nil && mergecap != nil))
  func collision() throws {
    let folder = try ScratchFolder()
    var (packets, data) = (Trace(), Trace())
    Self.packets(try session(in: folder).transfers, into: &packets)
    Self.data(hasStart: true, from: 25_000_000, into: &data)
    for (name, trace) in [("packets", packets), ("data", data)] {
      try RunCommand.write(trace.bytes, to: folder("\(name).ctr"))
      let made = try RunCommand.run(
        RunCommand.zcap, ["convert", "\(name).ctr", "-o", "\(name).pcapng"], in: folder.path)
      #expect(made.status == 0)
    }
    let merged = try RunCommand.run(
      try #require(Self.mergecap), ["-w", "merged.pcapng", "packets.pcapng", "data.pcapng"],
      in: folder.path)
    #expect(merged.status == 0)
    #expect(try !rows(folder("merged.pcapng"), "tcp.analysis.flags", "frame.number").isEmpty)
    #expect(try rows(folder("merged.pcapng"), "http.response.code", "tcp.stream").count < 2)
  }

  @Test("what is no key log is refused")
  func noKeyLog() throws {
    let folder = try ScratchFolder()
    try RunCommand.write(Array("hello\n".utf8), to: folder("keys.log"))
    let made = try RunCommand.run(
      RunCommand.zcap,
      [
        "convert", Captures.folder + "packet-trace/ipv4.ctr", "--secrets", "keys.log", "-o",
        "out.pcapng",
      ], in: folder.path)
    #expect(made.status == 2)
    #expect(made.errors.hasPrefix("zcap: keys.log: no TLS secrets in this file"))
    #expect(!FileManager.default.fileExists(atPath: folder("out.pcapng")))
  }
}
