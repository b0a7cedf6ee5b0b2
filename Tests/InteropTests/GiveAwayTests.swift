import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// One secret in every coding, across every boundary, in every output: nothing of it is left, nothing else
/// changes, and Wireshark sees the same.
@Suite("Interop: traces to give away")
struct GiveAwayTests {
  static let secret = "Kx9Secret4you"

  // MARK: - The codings

  private static func escaped(_ text: String, _ body: (UInt8) -> String) -> String {
    text.utf8.map(body).joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// A body, its type, and whether the whole message is in an EBCDIC page.
  struct Coding: Sendable {
    var name: String
    var type = "application/json"
    var body: [UInt8]
    var page: CodePage?
    var encoding = ""
  }

  static let codings: [Coding] = {
    let json = #"{"user":"me","password":"\#(secret)","n":1}"#
    let form = Array("user=me&password=\(secret)&x=1".utf8)
    return [
      Coding(name: "ascii", type: "application/x-www-form-urlencoded", body: form),
      Coding(name: "1047", body: Array(json.utf8), page: .ibm1047),
      Coding(name: "037", body: Array(json.utf8), page: .ibm037),
      Coding(name: "utf16", body: json.utf8.flatMap { [$0, 0] }),
      Coding(
        name: "percent", type: "application/x-www-form-urlencoded",
        body: Array("user=me&pass%77ord=\(escaped(secret) { "%" + hex($0) })&x=1".utf8)),
      Coding(
        name: "json",
        body: Array(#"{"pass\u0077ord":"\#(escaped(secret) { "\\u00" + hex($0) })","n":1}"#.utf8)),
      Coding(
        name: "xml", type: "text/xml",
        body: Array("<a><password>\(escaped(secret) { "&#\($0);" })</password></a>".utf8)),
      Coding(
        name: "base64", type: "text/plain",
        body: Array("x \(Data(json.utf8).base64EncodedString()) y".utf8)),
      Coding(name: "gzip", body: Deflate.compress(Array(json.utf8), .gzip), encoding: "gzip"),
    ]
  }()

  /// What no output may hold.
  static let forms: [[UInt8]] = {
    let tail = String(secret.suffix(6))
    var forms: [[UInt8]] = [secret, tail].flatMap { (text: String) -> [[UInt8]] in
      [Array(text.utf8), CodePage.ibm1047.bytes(text) ?? [], text.utf8.flatMap { [$0, 0] }]
    }
    for code in [{ "%" + hex($0) }, { "\\u00" + hex($0) }, { "&#\($0);" }] as [(UInt8) -> String] {
      forms.append(Array(escaped(tail, code).utf8))
    }
    // The signs of base64 that only its own bytes make, wherever it begins.
    for lead in 0..<3 {
      let bytes = [UInt8](repeating: 0, count: lead) + Array(secret.utf8)
      let text = Data(bytes).base64EncodedString()
      forms.append(Array(text.dropFirst(4).prefix(8).utf8))
    }
    return forms
  }()

  private static func message(_ coding: Coding, chunk: Int?) -> [UInt8] {
    var head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: \(coding.type)\r\n"
    if !coding.encoding.isEmpty { head += "Content-Encoding: \(coding.encoding)\r\n" }
    var body = coding.body
    if let chunk {
      head += "Transfer-Encoding: chunked\r\n\r\n"
      body = []
      for start in stride(from: 0, to: coding.body.count, by: chunk) {
        let piece = coding.body[start..<min(start + chunk, coding.body.count)]
        body += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0D, 0x0A]
      }
      body += Array("0\r\n\r\n".utf8)
    } else {
      head += "Content-Length: \(body.count)\r\n\r\n"
    }
    guard let page = coding.page else { return Array(head.utf8) + body }
    return page.bytes(head + String(decoding: body, as: UTF8.self)) ?? []
  }

  // MARK: - The traces

  private static let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803)

  private static func packet(
    _ client: Endpoint, _ data: [UInt8], sequence: UInt32, flags: UInt8 = 0x18
  ) -> [UInt8] {
    let headers = PacketHeaders(
      source: client, destination: server, ipProtocol: 6, sequence: sequence, acknowledgement: 1,
      flags: flags)
    return unsafe headers.bytes(data.span.bytes) + data
  }

  private static func fragments(_ packet: [UInt8], at place: Int, id: UInt8) -> [[UInt8]] {
    let body = Array(packet[20...])
    let cut = max(8, min(place, body.count - 1) / 8 * 8)
    return [(0, cut, true), (cut, body.count, false)].map { low, high, more in
      var header = Array(packet[..<20])
      let length = 20 + high - low
      (header[2], header[3]) = (UInt8(length >> 8), UInt8(length & 0xFF))
      (header[4], header[5]) = (0x12, id)
      (header[6], header[7]) = ((more ? 0x20 : 0) | UInt8((low / 8) >> 8), UInt8((low / 8) & 0xFF))
      (header[10], header[11]) = (0, 0)
      var checksum = Checksum()
      unsafe checksum.add(header.span.bytes)
      (header[10], header[11]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 0xFF))
      return header + body[low..<high]
    }
  }

  /// A capture of raw IP with a conversation for each coding and boundary.
  static func capture(seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed)
    var packets: [[UInt8]] = []
    var port: UInt16 = 40_000
    for coding in codings {
      for boundary in 0..<5 {
        let isChunked = boundary == 0 && coding.page == nil
        let bytes = message(coding, chunk: isChunked ? Int.random(in: 1...9, using: &random) : nil)
        let client = Endpoint(IPAddress(ipv4: 0x0A01_0002), port)
        port += 1
        packets.append(packet(client, [], sequence: 999, flags: 2))
        let first = Int.random(in: 1..<bytes.count - 1, using: &random)
        let second = Int.random(in: first + 1...bytes.count - 1, using: &random)
        let parts = [0..<first, first..<second, second..<bytes.count]
        let sent: [Range<Int>] =
          switch boundary {
          case 1: [parts[0], parts[2], parts[1]]
          case 2: parts + [max(0, first - 5)..<min(second + 3, bytes.count)]
          case 3: [0..<bytes.count]
          default: parts
          }
        for range in sent {
          let one = packet(client, Array(bytes[range]), sequence: 1000 + UInt32(range.lowerBound))
          packets += boundary == 3 ? fragments(one, at: first + 20, id: UInt8(port & 0xFF)) : [one]
        }
      }
    }
    var file: [UInt8] = []
    func put(_ value: UInt32) {
      for shift in [0, 8, 16, 24] { file.append(UInt8(value >> UInt32(shift) & 0xFF)) }
    }
    for value in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 101] as [UInt32] { put(value) }
    for (index, packet) in packets.enumerated() {
      for value in [1_767_600_000, index * 100, packet.count, packet.count] { put(UInt32(value)) }
      file += packet
    }
    return file
  }

  /// A data trace with the same in records.
  static func dataTrace(seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed)
    var file: [UInt8] = []
    var number: UInt32 = 0
    var port: UInt16 = 40_000
    for coding in codings {
      let bytes = message(coding, chunk: nil)
      port += 1
      var at = 0
      while at < bytes.count {
        let end = min(bytes.count, at + Int.random(in: 1...60, using: &random))
        number += 1
        var record = TraceRecord()
        record.kind = .dataTrace
        record.name = RecordName("WEBSRV", length: 8)
        record.direction = .inbound
        record.flags = .clearText
        record.time = 1_767_600_000_000_000_000 + Int64(number) * 1_000_000
        record.ipProtocol = 6
        record.socketType = 1
        record.socketDomain = 2
        record.traceNumber = number
        (record.source, record.sourcePort) = (IPAddress(ipv4: 0x0A01_0002), port)
        (record.destination, record.destinationPort) = (server.address, server.port)
        record.tracedLength = end - at
        record.originalLength = end - at
        unsafe CTEWriter().append(record, bytes.span.bytes.extracting(at..<end), to: &file)
        at = end
      }
    }
    return file
  }

  // MARK: - The outputs

  static let outputs: [[String]] = [
    ["print"], ["print", "--style", "stream"], ["print", "--json"], ["print", "--as", "both"],
    ["print", "--as", "ebcdic"], ["http", "--full"], ["http", "--json", "--full"],
    ["http", "--har", "-"], ["exchanges", "--full"], ["exchanges", "--json", "--full"],
    ["export", "records", "--payload", "text"], ["export", "exchanges"],
    ["convert", "-o", "-"], ["convert", "--style", "pdu", "-o", "-"],
    ["convert", "--format", "ctrace", "-o", "-"],
  ]

  private static func leak(_ bytes: [UInt8]) -> [UInt8]? { forms.first { bytes.contains($0) } }

  @Test("no output holds any of it", arguments: outputs, [false, true])
  func nothingIsLeft(_ arguments: [String], isData: Bool) throws {
    if !isData, arguments.contains("ctrace") { return }
    let scratch = try ScratchFolder()
    for seed in [3, 11] as [UInt64] {
      let file = scratch("trace\(seed)")
      try RunCommand.write(isData ? Self.dataTrace(seed: seed) : Self.capture(seed: seed), to: file)
      let result = try RunCommand.run(RunCommand.zcap, arguments + ["--redact", file])
      #expect(result.status == 0, "\(result.errors)")
      #expect(!result.output.isEmpty)
      let left = Self.leak(result.output)
      #expect(left == nil, "\(String(decoding: left ?? [], as: UTF8.self))")
      guard arguments == ["print", "--json"] else { continue }
      // Payload in base64 as well.
      for line in result.text.split(separator: "\n") {
        for part in line.split(separator: "\"") where part.utf8.count > 20 {
          guard let data = Data(base64Encoded: String(part)) else { continue }
          #expect(Self.leak(Array(data)) == nil, "\(line)")
        }
      }
    }
  }

  @Test(
    "Wireshark sees the same", .enabled(if: Tool.tshark != nil), arguments: [3, 11] as [UInt64])
  func dissected(seed: UInt64) throws {
    let tshark = try #require(Tool.tshark)
    let scratch = try ScratchFolder()
    try RunCommand.write(Self.capture(seed: seed), to: scratch("trace.pcap"))
    for (name, options) in [("clear", []), ("masked", ["--redact"])] {
      let result = try RunCommand.run(
        RunCommand.zcap,
        ["convert", scratch("trace.pcap"), "-o", scratch("\(name).pcapng")] + options)
      #expect(result.status == 0, "\(result.errors)")
    }
    let fields = [
      "frame.protocols", "frame.len", "tcp.stream", "tcp.len", "tcp.seq", "tcp.checksum.status",
      "http.request.method", "http.content_length", "http.content_encoding", "json.key", "xml.tag",
      "urlencoded-form.key", "_ws.malformed.expert",
    ]
    let show =
      ["-o", "tcp.check_checksum:TRUE", "-T", "fields"] + fields.flatMap { ["-e", $0] }
    var seen: [String] = []
    for name in ["clear", "masked"] {
      seen.append(
        try RunCommand.run(tshark, ["-r", scratch("\(name).pcapng")] + show).text)
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0].contains("POST"))
    #expect(!seen[0].contains("\t0\tPOST"))
  }
}
