import ATTLS
import Foundation
import Testing

/// Handshakes made on the spot with the openssl command, when there is one.
@Suite(.serialized) struct OpenSSLTests {
  static let openssl: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/openssl" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// A server on a free port of the loopback interface.
  final class Server {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let port: String

    init?(_ openssl: String, _ folder: URL) {
      process.executableURL = URL(fileURLWithPath: openssl)
      process.currentDirectoryURL = folder
      process.arguments = [
        "s_server", "-accept", "127.0.0.1:0", "-cert", "c.pem", "-key", "k.pem", "-alpn",
        "http/1.1",
      ]
      process.standardInput = input
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return nil }
      var text = ""
      var found: String?
      while found == nil {
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { break }
        text += String(decoding: data, as: UTF8.self)
        if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT") }),
          text.hasSuffix("\n")
        {
          found = line.split(separator: ":").last.map { String($0) }
        }
      }
      guard let found else {
        process.terminate()
        return nil
      }
      port = found
    }

    deinit { process.terminate() }
  }

  static func run(_ openssl: String, _ folder: URL, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.currentDirectoryURL = folder
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// The bytes in the output of `s_client -debug`: (written, read).
  static func streams(_ text: String) -> (written: [UInt8], read: [UInt8]) {
    var written: [UInt8] = []
    var read: [UInt8] = []
    var isWrite = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("write to ") { isWrite = true }
      if line.hasPrefix("read from ") { isWrite = false }
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, parts[0].count == 4, UInt32(parts[0], radix: 16) != nil,
        parts[1] == "-"
      else { continue }
      let digits = parts[2].prefix(47).split { $0 == " " || $0 == "-" }
        .prefix { $0.count == 2 }.compactMap { UInt8($0, radix: 16) }
      if isWrite { written += digits } else { read += digits }
    }
    return (written, read)
  }

  @Test(
    .enabled(if: openssl != nil), .timeLimit(.minutes(1)),
    arguments: [("-tls1_2", 0x0303), ("-tls1_3", 0x0304)] as [(String, UInt16)])
  func liveHandshake(_ option: String, _ version: UInt16) throws {
    let openssl = try #require(Self.openssl)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("attls-\(ProcessInfo.processInfo.processIdentifier)\(option)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try Self.run(
      openssl, folder,
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", "k.pem", "-out", "c.pem", "-days", "2", "-subj", "/CN=loopback.example",
      ])
    let server = try #require(Server(openssl, folder))
    let text = try Self.run(
      openssl, folder,
      [
        "s_client", "-connect", "127.0.0.1:\(server.port)", "-debug", option, "-servername",
        "loopback.example", "-alpn", "http/1.1",
      ])
    let streams = Self.streams(text)
    let offer = try #require(handshakeEvents(streams.written, pieces: 11).clientHello)
    #expect(offer.serverName == "loopback.example")
    #expect(offer.versions == [version])
    #expect(offer.applicationProtocols == ["http/1.1"])
    let answer = handshakeEvents(streams.read, pieces: 11)
    let choice = try #require(answer.serverHello)
    #expect(choice.version == version)
    // What openssl itself says it agreed on.
    let name = try #require(Knowledge.cipherName(choice.suite))
    let line = text.split(separator: "\n").first { $0.contains("Cipher is ") }
    let agreed = try #require(line?.split(separator: " ").last)
    #expect(
      name == agreed
        || name.replacing("TLS_", with: "").replacing("_WITH", with: "")
          .replacing("AES_256", with: "AES256").replacing("_", with: "-") == agreed
    )
    #expect((answer.certificates?.count ?? 0) == (version == 0x0303 ? 1 : 0))
  }
}
