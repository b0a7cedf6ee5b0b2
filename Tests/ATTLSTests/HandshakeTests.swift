import ATTLS
import Foundation
import Testing

/// Events of one direction, fed in pieces of a given size.
func handshakeEvents(_ bytes: [UInt8], pieces: Int = .max) -> [TLSEvent] {
  var decoder = TLSHandshake()
  var found: [TLSEvent] = []
  var start = 0
  while start < bytes.count {
    let end = pieces < bytes.count - start ? start + pieces : bytes.count
    let piece = Array(bytes[start..<end])
    unsafe decoder.read(piece.span.bytes) { found.append($0) }
    start = end
  }
  return found
}

extension [TLSEvent] {
  var clientHello: TLSClientHello? {
    for case .clientHello(let hello) in map(\.content) { return hello }
    return nil
  }

  var offeredSuites: [UInt16]? {
    for case .version2Hello(_, let suites) in map(\.content) {
      return suites.compactMap { UInt16(exactly: $0) }
    }
    return clientHello?.suites
  }

  var serverHello: TLSServerHello? {
    for case .serverHello(let hello) in map(\.content) { return hello }
    return nil
  }

  var certificates: [[UInt8]]? {
    for case .certificates(let chain) in map(\.content) { return chain }
    return nil
  }
}

/// The TLS bytes of each connection in the fixture: (received, sent).
func fixtureStreams() throws -> [UInt32: (received: [UInt8], sent: [UInt8])] {
  var stream = ATTLSRecordStream()
  var found: [UInt32: (received: [UInt8], sent: [UInt8])] = [:]
  func take(_ event: ATTLSRecordEvent) {
    guard case .bytes(let bytes) = event.content, bytes.count > 5 else { return }
    if event.isReceived {
      found[event.connectionID, default: ([], [])].received += bytes
    } else {
      found[event.connectionID, default: ([], [])].sent += bytes
    }
  }
  for message in messages(in: try fixture("trace255.log")) { stream.add(message) { take($0) } }
  stream.finish { take($0) }
  return found
}

@Suite struct HandshakeTests {
  @Test func version12FromTheTrace() throws {
    let streams = try #require(try fixtureStreams()[0x32])
    let client = handshakeEvents(streams.received)
    let hello = try #require(client.clientHello)
    #expect(hello.serverName == "zos.example")
    #expect(hello.applicationProtocols == ["http/1.1"])
    #expect(hello.versions == [0x0303])
    #expect(hello.suites.first == 0xC02C)
    #expect(hello.groups.contains(0x001D))
    #expect(hello.signatureAlgorithms.contains(0x0403))
    let server = handshakeEvents(streams.sent)
    #expect(server.serverHello?.suite == 0xC02C)
    #expect(server.serverHello?.version == 0x0303)
    #expect(server.serverHello?.applicationProtocol == "http/1.1")
    #expect(server.certificates?.count == 1)
    #expect(server.certificates?.first?.prefix(2) == [0x30, 0x82])
    #expect(server.map(\.content).contains(.serverKeyExchange(group: 0x001D)))
    #expect(server.map(\.content).contains(.changeCipherSpec))
    #expect(server.map(\.content).contains(.encryptedHandshake(length: 40)))
    #expect(server.last?.content == .encryptedAlert)
  }

  @Test func anAlertFromTheTrace() throws {
    let streams = try #require(try fixtureStreams()[0x36])
    let client = handshakeEvents(streams.sent)
    #expect(client.last?.content == .alert(level: 2, code: 48))
    #expect(client.last?.text(sender: "client").contains("fatal alert 48 unknown_ca") == true)
  }

  @Test func version13FromTheTrace() throws {
    let streams = try #require(try fixtureStreams()[0x38])
    let client = handshakeEvents(streams.received)
    #expect(client.clientHello?.versions == [0x0304])
    #expect(client.clientHello?.keyShares == [0x001D])
    let server = handshakeEvents(streams.sent)
    #expect(server.serverHello?.version == 0x0304)
    #expect(server.serverHello?.suite == 0x1302)
    #expect(server.serverHello?.group == 0x001D)
    #expect(server.certificates == nil)
  }

  @Test func piecesDoNotMatter() throws {
    for (_, streams) in try fixtureStreams() {
      for stream in [streams.received, streams.sent] where !stream.isEmpty {
        let whole = handshakeEvents(stream)
        for pieces in [1, 3, 100] { #expect(handshakeEvents(stream, pieces: pieces) == whole) }
      }
    }
  }

  /// One handshake message in many records, and many in one record.
  @Test func fragmentsAndCoalescedMessages() {
    let message: [UInt8] = [0x0E, 0, 0, 0]
    let split: [UInt8] = message.flatMap { byte -> [UInt8] in [0x16, 3, 3, 0, 1, byte] }
    #expect(handshakeEvents(split).map(\.content) == [.handshake(type: 14, length: 0)])
    let joined = [0x16, 3, 3, 0, 8] + message + message
    #expect(handshakeEvents(joined).count == 2)
  }

  @Test func gapsDoNotDesynchronise() {
    var decoder = TLSHandshake()
    var found: [TLSEvent] = []
    func read(_ bytes: [UInt8]) { unsafe decoder.read(bytes.span.bytes) { found.append($0) } }
    read([0x17, 3, 3, 1, 0])
    decoder.gap(256) { found.append($0) }
    read([0x16, 3, 3, 0, 10, 1, 2])
    decoder.gap(5) { found.append($0) }
    read([9, 9, 9])
    decoder.gap(7) { found.append($0) }
    read([0x15, 3, 3, 0, 2, 2, 40])
    #expect(
      found.map(\.content) == [
        .applicationData(length: 256), .incomplete(type: 0x16, length: 10, present: 2), .gap(7),
        .alert(level: 2, code: 40),
      ])
  }

  /// A message of which a part is missing is not made up of what comes behind the gap: the gap is between
  /// two records, in a record, or in the header of one.
  @Test func gapsInAHandshakeMessage() {
    let done: [UInt8] = [0x16, 3, 3, 0, 4, 0x0E, 0, 0, 0]
    func events(_ pieces: [([UInt8], gap: Int)]) -> [TLSEvent.Content] {
      var decoder = TLSHandshake()
      var found: [TLSEvent.Content] = []
      for (bytes, gap) in pieces {
        unsafe decoder.read(bytes.span.bytes) { found.append($0.content) }
        decoder.gap(gap) { found.append($0.content) }
      }
      unsafe decoder.read(done.span.bytes) { found.append($0.content) }
      #expect(!decoder.hasLostTrack)
      return found
    }
    let last = TLSEvent.Content.handshake(type: 14, length: 0)
    let half: [UInt8] = [0x16, 3, 3, 0, 3, 0x0E, 0, 0]
    #expect(events([(half, 20)]) == [.gap(20), last])
    #expect(
      events([(half + [0x16, 3, 3, 0, 9, 1], 8)])
        == [.incomplete(type: 0x16, length: 9, present: 1), last])
    #expect(
      events([(half + [0x16, 3, 3, 0, 9, 1], 12)])
        == [.incomplete(type: 0x16, length: 9, present: 1), .gap(4), last])
    #expect(events([([0x16, 3, 3], 6)]) == [.gap(6), last])
  }

  @Test func whatIsNotTLSIsSaidOnce() {
    let found = handshakeEvents(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), pieces: 4)
    #expect(found.map(\.content) == [.notTLS(first: Array("GET /".utf8))])
    let old: [UInt8] =
      [0x80, 0x1F, 1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 0x35, 1, 0, 0x80]
      + [UInt8](repeating: 7, count: 16)
    for pieces in [1, 4, 100] {
      #expect(
        handshakeEvents(old, pieces: pieces).map(\.content)
          == [.version2Hello(version: 0x0301, suites: [0x35, 0x10080])])
    }
  }

  @Test func lengthsThatLie() {
    let claim: [UInt8] = [0x16, 3, 3, 0, 4, 1, 0xFF, 0xFF, 0xFF]
    guard case .malformed(type: 1, _)? = handshakeEvents(claim).first?.content else {
      Issue.record("the claim was believed")
      return
    }
    let short: [UInt8] = [0x16, 3, 3, 0, 8, 2, 0, 0, 4, 3, 3, 0, 0]
    guard case .malformed(type: 2, _)? = handshakeEvents(short).first?.content else {
      Issue.record("a ServerHello of four bytes was believed")
      return
    }
  }

  /// Damage anywhere in a real handshake: no crash, and the events stay bounded.
  @Test func hostileBytes() throws {
    let streams = try #require(try fixtureStreams()[0x32])
    var state: UInt64 = 7
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: state >> 33) % below
    }
    for _ in 0..<2000 {
      var bytes = streams.received + streams.sent
      for _ in 0..<1 + random(8) { bytes[random(bytes.count)] = UInt8(random(256)) }
      let found = handshakeEvents(Array(bytes.prefix(random(bytes.count))))
      #expect(found.count < 200)
      var conversation = TLSConversation()
      for event in found { conversation.add(event, fromFirst: true) }
      let told = conversation.summary().filter { !$0.hasPrefix(" ") }
      #expect(told.count <= found.count)
    }
  }

  @Test func aConversationInPlainWords() throws {
    let streams = try #require(try fixtureStreams()[0x36])
    var conversation = TLSConversation()
    for event in handshakeEvents(streams.received) { conversation.add(event, fromFirst: true) }
    for event in handshakeEvents(streams.sent) { conversation.add(event, fromFirst: false) }
    let text = conversation.summary()
    #expect(text.first == "server chooses TLS 1.2, C02C TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
    #expect(text.contains { $0.hasPrefix("client offers TLS 1.2; 27 cipher suites") })
    #expect(text.last?.hasPrefix("client sends fatal alert 48 unknown_ca") == true)
  }
}

/// Captures that other people made, one per cipher suite, when they are there.
@Suite struct CorpusHandshakeTests {
  static let captures: [URL] = {
    guard let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] else { return [] }
    let ciphers = URL(fileURLWithPath: folder)
      .appendingPathComponent("wader__fq/format/tls/testdata/ciphers")
    let names = try? FileManager.default.contentsOfDirectory(atPath: ciphers.path)
    return (names ?? []).filter { $0.hasSuffix(".pcap") }.sorted()
      .map { ciphers.appendingPathComponent($0) }
  }()

  @Test(.enabled(if: !captures.isEmpty), arguments: captures)
  func theSuiteInTheFileName(_ file: URL) throws {
    let name = file.deletingPathExtension().lastPathComponent
    let streams = tcpStreams(in: Array(try Data(contentsOf: file)))
    let events = streams.map { handshakeEvents($0) }
    let hello = try #require(events.compactMap(\.serverHello).first)
    // Three of the clients begin with a hello of SSL 2.0.
    let offer = try #require(events.compactMap(\.offeredSuites).first)
    #expect(offer.contains(hello.suite))
    if let suite = Knowledge.cipherSuite(named: name) {
      #expect(suite.code == Knowledge.hex4(hello.suite))
    }
    #expect(events.contains { !($0.certificates ?? []).isEmpty } || hello.version == 0x0304)
  }

  /// The byte streams of a classic capture of raw IPv4 without loss, one per direction.
  func tcpStreams(in file: [UInt8]) -> [[UInt8]] {
    func number(_ at: Int, _ width: Int, big: Bool = true) -> Int {
      let part = file[at..<at + width]
      return (big ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard file.count > 24 else { return [] }
    let big = file[0] == 0xA1
    var streams: [Int: [UInt8]] = [:]
    var next: [Int: Int] = [:]
    var at = 24
    while at + 16 <= file.count {
      let length = number(at + 8, 4, big: big)
      let packet = at + 16
      at = packet + length
      guard at <= file.count, length >= 40, file[packet] >> 4 == 4 else { continue }
      let tcp = packet + Int(file[packet] & 0xF) * 4
      let end = packet + number(packet + 2, 2)
      let data = tcp + Int(file[tcp + 12] >> 4) * 4
      guard data < end, end <= at else { continue }
      let port = number(tcp, 2)
      let sequence = number(tcp + 4, 4)
      if let expected = next[port], sequence != expected { continue }
      next[port] = sequence + end - data
      streams[port, default: []] += file[data..<end]
    }
    return Array(streams.values)
  }
}
