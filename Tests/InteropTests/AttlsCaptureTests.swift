import Foundation
import TestSupport
import Testing
import TraceModel

/// `attls --pcapng`: a log made of a real handshake against a capture of the same handshake.
@Suite("Interop: TLS records of a log in Wireshark", .serialized)
struct AttlsCaptureTests {
  /// One kind of handshake, and what it must show for the comparison to mean something.
  struct Handshake: CustomTestStringConvertible {
    var name: String
    var server: String
    var client: String
    var shows: [(field: String, value: String)]

    var testDescription: String { name }
  }

  static let handshakes = [
    Handshake(
      name: "TLS 1.2", server: "", client: "-tls1_2 -servername loopback.example",
      shows: [
        ("tls.handshake.type", "11"), ("tls.handshake.version", "0x0303"),
        ("tls.handshake.extensions_server_name", "loopback.example"),
      ]),
    Handshake(
      name: "TLS 1.3", server: "", client: "-tls1_3 -alpn h2",
      shows: [
        ("tls.handshake.extensions.supported_version", "0x0304"),
        ("tls.handshake.extensions_alpn_str", "h2"),
      ]),
    Handshake(
      name: "client certificate", server: "-Verify 1",
      client: "-tls1_2 -cert c.pem -key k.pem",
      shows: [("tls.handshake.type", "13"), ("tls.handshake.type", "15")]),
    Handshake(
      name: "refused", server: "-tls1_3", client: "-tls1_2",
      shows: [("tls.alert_message.desc", "70")]),
  ]

  /// What is compared, for each direction.
  static let fields = [
    "tls.handshake.type", "tls.handshake.version", "tls.handshake.length",
    "tls.handshake.ciphersuite", "tls.handshake.random", "tls.handshake.session_id",
    "tls.handshake.extension.type", "tls.handshake.extensions_server_name",
    "tls.handshake.extensions.supported_version", "tls.handshake.extensions_supported_group",
    "tls.handshake.extensions_alpn_str", "tls.handshake.certificate",
    "x509sat.uTF8String", "x509ce.dNSName", "tls.alert_message.level", "tls.alert_message.desc",
  ]

  @Test(
    "the same handshake messages", .enabled(if: Tool.tshark != nil && OpenSSL.path != nil),
    .timeLimit(.minutes(2)), arguments: handshakes)
  func same(_ handshake: Handshake) throws {
    let folder = try ScratchFolder()
    try OpenSSL.makeCertificate(
      in: folder, subject: "/CN=loopback.example/O=Zcap",
      ["-addext", "subjectAltName=DNS:loopback.example,DNS:other.example"])
    let exchange = try OpenSSL.connect(
      in: folder, server: handshake.server, client: handshake.client, captures: true)
    let port = exchange.port
    // Without the right to capture, text2pcap writes the bytes that openssl says it transferred.
    if !exchange.isCaptured {
      try TransferText.write(exchange.transfers, port: port, into: folder)
    }
    let log = TransferText.log(exchange.transfers, port: port)
    try RunCommand.write(Array(log.utf8), to: folder("ttls.log"))
    let made = try RunCommand.run(
      RunCommand.zcap, ["attls", "ttls.log", "--year", "2026", "--pcapng", "log.pcapng"],
      in: folder.path)
    #expect(made.status == 0, "\(made.errors)")

    var all: [String: [String]] = [:]
    for isServer in [true, false] {
      let wire = try Self.values(folder("wire.pcap"), port, fromServer: isServer)
      let logged = try Self.values(folder("log.pcapng"), port, fromServer: isServer)
      for field in Self.fields {
        #expect(
          wire[field] == logged[field], "\(field) from \(isServer ? "server" : "client")")
        all[field, default: []] += logged[field] ?? []
      }
    }
    for (field, value) in handshake.shows {
      #expect(all[field]?.contains(value) == true, "\(field) is never \(value)")
    }
    try expectSound(folder("log.pcapng"), made)
    // TLS 1.3 encrypts certificates.
    let isClear = all["tls.handshake.certificate"]?.isEmpty == false
    for input in ["ttls.log", "wire.pcap"] { try expectCertificates(input, folder, isClear) }
  }

  /// `--certs` gives the server's certificate, for its owner's eyes, and replaces nothing unasked.
  private func expectCertificates(
    _ input: String, _ folder: ScratchFolder, _ isClear: Bool
  ) throws {
    let arguments = ["attls", input, "--year", "2026", "--certs", "certs-of-\(input)"]
    let first = try RunCommand.run(RunCommand.zcap, arguments, in: folder.path)
    #expect(first.status == 0, "\(first.errors)")
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder("certs-of-\(input)"))
    guard isClear else {
      #expect(files.isEmpty)
      return
    }
    let name = try #require(files.first)
    #expect(files.count == 1 && name.hasPrefix("conn-") && name.contains("-server-1-"))
    let path = folder("certs-of-\(input)/\(name)")
    let own = try RunCommand.run(
      try #require(OpenSSL.path), ["x509", "-in", "c.pem"], in: folder.path)
    #expect(try RunCommand.bytes(path) == own.output)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let again = try RunCommand.run(RunCommand.zcap, arguments, in: folder.path)
    #expect(again.status == 2 && again.errors.contains("--force"))
    let forced = try RunCommand.run(RunCommand.zcap, arguments + ["--force"], in: folder.path)
    #expect(forced.status == 0)
  }

  /// syslogd writes no year: it is the latest one that is not after the file's day.
  @Test("a log without a year is as old as its file") func year() throws {
    let folder = try ScratchFolder()
    let log = try RunCommand.bytes(Captures.folder + "attls/trace255.log")
    try RunCommand.write(log, to: folder("ttls.log"))
    // 15 January 2025; the lines are of November.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_736_899_200)],
      ofItemAtPath: folder("ttls.log"))
    for (option, connections) in [("2024-11-03", 5), ("2025-01-01", 0)] {
      let rows = try RunCommand.run(
        RunCommand.zcap, ["attls", folder("ttls.log"), "--json", "--since", option])
      #expect(rows.text.split(separator: "\n").count == connections, "\(rows.errors)")
    }
    let made = try RunCommand.run(
      RunCommand.zcap, ["attls", folder("ttls.log"), "--pcapng", folder("log.pcapng")])
    #expect(made.errors.contains("taken for 2024"))
    let first = try #require(try Captures.read(folder("log.pcapng")).records.first)
    #expect(first.record.time / 1_000_000_000 == 1_730_621_701)
  }

  /// The same bytes each time, valid checksums, and one connection that opens as a connection does.
  private func expectSound(_ path: String, _ made: CommandResult) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let again = try RunCommand.run(
      RunCommand.zcap, ["attls", "ttls.log", "--year", "2026", "--pcapng", "-"], in: folder)
    #expect(try RunCommand.bytes(path) == again.output)
    let refused = try RunCommand.run(
      RunCommand.zcap, ["attls", "ttls.log", "--pcapng", "log.pcapng"], in: folder)
    #expect(refused.status == 2 && refused.errors.contains("--force"))
    let checks = ["ip", "tcp"].flatMap { ["-o", "\($0).check_checksum:TRUE"] }
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      checks + [
        "-r", path, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.flags.syn", "-e",
        "tcp.checksum.status", "-e", "frame.comment",
      ])
    let rows = report.text.split(separator: "\n")
    #expect(rows.filter { $0.hasPrefix("0\t1\t1") }.count == 2)
    #expect(rows.allSatisfy { $0.hasPrefix("0\t") && $0.contains("\t1") })
    #expect(rows.first?.contains("CONNID 0000004D, rule LOOPRULE") == true)
  }

  /// The values of each field in one direction, in order.
  private static func values(
    _ path: String, _ port: String, fromServer: Bool
  ) throws -> [String: [String]] {
    let filter = "tls && tcp.\(fromServer ? "srcport" : "dstport") == \(port)"
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      ["-r", path, "-d", "tcp.port==\(port),tls", "-Y", filter, "-T", "fields"]
        + ["-E", "separator=/t"] + fields.flatMap { ["-e", $0] })
    #expect(report.status == 0, "\(report.errors)")
    var found: [String: [String]] = [:]
    for line in report.text.split(separator: "\n") {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      for (field, column) in zip(fields, columns) where !column.isEmpty {
        found[field, default: []] += column.split(separator: ",").map(String.init)
      }
    }
    return found
  }
}

/// What openssl transferred, in the forms that other programs read.
private enum TransferText {
  /// A log as AT-TLS on the server's side writes it: a received record as header and body, a sent one
  /// whole, of application data the header only.
  static func log(_ transfers: [OpenSSL.Transfer], port: String) -> String {
    let prefix = "Nov 25 13:00:01 ZOS1 TTLS[65571]: 13:00:01 TCPIP    "
    var lines = [
      "EZD1281I TTLS Map   CONNID: 0000004D LOCAL: ::FFFF:127.0.0.1..\(port) REMOTE: "
        + "::FFFF:127.0.0.1..54321 JOBNAME: LOOPSRV USERID: LOOP TYPE: InBound STATUS: Enabled "
        + "RULE: LOOPRULE ACTIONS: LG LE **N/A**"
    ]
    var pending: [Bool: [UInt8]] = [:]
    for transfer in transfers {
      var bytes = (pending[transfer.isWritten] ?? []) + transfer.bytes
      while bytes.count >= 5, bytes.count >= 5 + Int(bytes[3]) << 8 + Int(bytes[4]) {
        let end = 5 + Int(bytes[3]) << 8 + Int(bytes[4])
        let parts: [ArraySlice<UInt8>]
        if bytes[0] == 0x17 {
          parts = [bytes[..<5]]
        } else {
          parts = transfer.isWritten ? [bytes[..<5], bytes[5..<end]] : [bytes[..<end]]
        }
        for part in parts {
          let hex = part.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().uppercased()
          let way = transfer.isWritten ? "RECV" : "SEND"
          lines.append("EZD1285I TTLS Data  CONNID: 0000004D \(way) CIPHER \(hex)")
        }
        bytes.removeFirst(end)
      }
      pending[transfer.isWritten] = bytes
    }
    return lines.map { prefix + $0 + "\n" }.joined()
  }

  /// Writes wire.pcap with text2pcap.
  static func write(
    _ transfers: [OpenSSL.Transfer], port: String, into folder: ScratchFolder
  ) throws {
    var text = ""
    for transfer in transfers {
      text += transfer.isWritten ? "O\n" : "I\n"
      for start in stride(from: 0, to: transfer.bytes.count, by: 16) {
        let row = transfer.bytes[start..<min(start + 16, transfer.bytes.count)]
        let offset = String(start, radix: 16)
        text += String(repeating: "0", count: 6 - offset.count) + offset
        for byte in row { text += (byte < 16 ? " 0" : " ") + String(byte, radix: 16) }
        text += "\n"
      }
    }
    try RunCommand.write(Array(text.utf8), to: folder("wire.txt"))
    let made = try RunCommand.run(
      try #require(RunCommand.find("text2pcap")),
      ["-D", "-T", "54321,\(port)", folder("wire.txt"), folder("wire.pcap")])
    #expect(made.status == 0, "\(made.errors)")
  }
}
