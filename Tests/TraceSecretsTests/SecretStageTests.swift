import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceProtocols
@testable import TraceSecrets

/// Every secret in every carrier, cut and moved in every way: nothing of it is left, and nothing else changes.
@Suite struct SecretStageTests {
  // MARK: - Data traces

  @Test(arguments: Carrier.all)
  func recordsCutAnywhere(_ carrier: Carrier) throws {
    for cut in 0..<carrier.bytes.count {
      let pieces =
        cut == 0 ? [carrier.bytes] : [Array(carrier.bytes[..<cut]), Array(carrier.bytes[cut...])]
      try check(carrier.bytes, pieces, carrier.kept, "\(carrier.name), cut at \(cut)")
    }
    try check(carrier.bytes, carrier.bytes.map { [$0] }, carrier.kept, "\(carrier.name), bytes")
  }

  @Test(arguments: Carrier.textual + Carrier.neighbours)
  func ebcdicCutAnywhere(_ carrier: Carrier) throws {
    let text = String(decoding: carrier.bytes, as: UTF8.self)
    for page in [CodePage.ibm1047, .ibm037] {
      let bytes = try #require(page.bytes(text))
      for cut in stride(from: 0, to: bytes.count, by: 3) {
        let pieces = cut == 0 ? [bytes] : [Array(bytes[..<cut]), Array(bytes[cut...])]
        try check(bytes, pieces, "", "\(carrier.name), \(page.name), cut at \(cut)")
      }
    }
  }

  private func check(
    _ whole: [UInt8], _ pieces: [[UInt8]], _ kept: String, _ what: String
  ) throws {
    let sink = CollectingSink()
    let tracker = FlowTracker(to: SecretStage(to: sink, SecretStage.Options(.redact)))
    for (index, piece) in pieces.enumerated() {
      try unsafe tracker.record(Self.record(index, piece.count), piece.span.bytes)
    }
    try tracker.finish()
    #expect(sink.records.map(\.payload.count) == pieces.map(\.count), "\(what)")
    let output = sink.records.flatMap(\.payload)
    #expect(!Self.leaks(output), "\(what): \(String(decoding: output, as: UTF8.self))")
    if !kept.isEmpty {
      #expect(
        output.contains(Array(kept.utf8)), "\(what): \(String(decoding: output, as: UTF8.self))")
    }
  }

  // MARK: - TCP

  @Test(arguments: Carrier.all, [false, true])
  func segmentsInEveryOrder(_ carrier: Carrier, begins: Bool) throws {
    let count = carrier.bytes.count
    for cut in stride(from: 1, to: count - 1, by: 5) {
      let second = min(count, cut + 4)
      let parts = [0..<cut, cut..<second, second..<count].filter { !$0.isEmpty }
      var orders = [parts, Array(parts.reversed())]
      // The middle comes first, and all of it again in other pieces.
      orders.append([parts[0]] + parts.dropFirst().reversed() + [max(0, cut - 3)..<count])
      orders.append(parts + parts + [0..<count])
      for (number, order) in orders.enumerated() {
        try checkSegments(
          carrier, order, begins: begins, "\(carrier.name), \(cut), order \(number)")
      }
    }
  }

  private func checkSegments(
    _ carrier: Carrier, _ order: [Range<Int>], begins: Bool, _ what: String
  ) throws {
    let sink = CollectingSink()
    let tracker = FlowTracker(to: SecretStage(to: sink, SecretStage.Options(.redact)))
    if begins {
      let syn = Self.packet([], sequence: 999, flags: 0x02)
      try unsafe tracker.record(Self.packetRecord(syn.count), syn.span.bytes)
    }
    for range in order {
      let packet = Self.packet(
        Array(carrier.bytes[range]), sequence: 1000 + UInt32(range.lowerBound), flags: 0x18)
      try unsafe tracker.record(Self.packetRecord(packet.count), packet.span.bytes)
    }
    try tracker.finish()
    let packets = sink.records.map(\.payload).filter { $0.count > 40 }
    #expect(packets.count == order.count)
    var stream = [UInt8](repeating: 0, count: carrier.bytes.count)
    for (packet, range) in zip(packets, order) {
      let data = packet[40...]
      #expect(data.count == range.count, "\(what)")
      // The same bytes have the same mask, however often they are sent.
      for (index, byte) in zip(range, data) {
        #expect(stream[index] == 0 || stream[index] == byte, "\(what), byte \(index)")
        stream[index] = byte
      }
      let again = Self.packet(
        Array(data), sequence: 1000 + UInt32(range.lowerBound), flags: 0x18)
      #expect(packet == again, "\(what): checksum")
    }
    #expect(!Self.leaks(stream), "\(what): \(String(decoding: stream, as: UTF8.self))")
  }

  @Test(arguments: Carrier.all)
  func fragments(_ carrier: Carrier) throws {
    let packet = Self.packet(carrier.bytes, sequence: 1000, flags: 0x18)
    let body = Array(packet[20...])
    for at in stride(from: 24, to: body.count - 1, by: 8) {
      for isReversed in [false, true] {
        var pieces = [
          Self.fragment(packet, Array(body[..<at]), offset: 0, more: true),
          Self.fragment(packet, Array(body[at...]), offset: at, more: false),
        ]
        if isReversed { pieces.reverse() }
        let sink = CollectingSink()
        let tracker = FlowTracker(to: SecretStage(to: sink, SecretStage.Options(.redact)))
        for piece in pieces {
          try unsafe tracker.record(Self.packetRecord(piece.count), piece.span.bytes)
        }
        try tracker.finish()
        var output = sink.records.map { Array($0.payload[20...]) }
        #expect(output.map(\.count) == pieces.map { $0.count - 20 })
        if isReversed { output.reverse() }
        let whole = output.flatMap { $0 }
        #expect(!Self.leaks(whole), "\(carrier.name), \(at)")
        let again = Self.packet(Array(whole[20...]), sequence: 1000, flags: 0x18)
        #expect(whole == Array(again[20...]), "\(carrier.name), \(at): checksum")
      }
    }
  }

  // MARK: - What is not searched

  @Test func strictLeavesOutWhatCannotBeSearched() throws {
    let body: [UInt8] = [0x1F, 0x8B] + (0..<60).map { UInt8(truncatingIfNeeded: $0 &* 151 | 0x80) }
    let message =
      Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 62\r\n\r\n".utf8) + body
    for mode in [SecretStage.Mode.redact, .strict] {
      let sink = CollectingSink()
      let stage = SecretStage(to: sink, SecretStage.Options(mode))
      let tracker = FlowTracker(to: stage)
      try unsafe tracker.record(Self.record(0, message.count), message.span.bytes)
      try tracker.finish()
      #expect(stage.unsearched.map(\.bytes) == [62])
      #expect(stage.unsearched.map(\.flows) == [1])
      #expect(sink.records.count == 1)
      #expect(sink.records[0].record.originalLength == message.count)
      #expect(sink.records[0].payload.count == (mode == .strict ? 0 : message.count))
      #expect(sink.comments.count == (mode == .strict ? 1 : 0))
      #expect(stage.leftOut == (mode == .strict ? 1 : 0))
    }
  }

  @Test func orderStaysAndMemoryIsBounded() throws {
    var options = SecretStage.Options(.redact)
    options.heldBytes = 64 * 1024
    let sink = CollectingSink()
    let stage = SecretStage(to: sink, options)
    let tracker = FlowTracker(to: stage)
    // A head that never ends, and records of another conversation behind it.
    let head = Array("POST /x HTTP/1.1\r\nHost: a\r\n".utf8)
    try unsafe tracker.record(Self.record(0, head.count), head.span.bytes)
    let text = Array("password=\(Carrier.secret) and more\r\n".utf8)
    for number in 1...500 {
      var record = Self.record(number, text.count)
      record.sourcePort = 2000
      try unsafe tracker.record(record, text.span.bytes)
    }
    #expect(sink.records.count > 100)
    #expect(stage.passedEarly > 0)
    try tracker.finish()
    #expect(sink.records.map(\.record.number) == (1...501).map { UInt64($0) })
    #expect(!Self.leaks(sink.records.flatMap(\.payload)))
  }

  @Test func whatASiteCallsSecret() throws {
    var words = SecretWords()
    words.names = ["Losung"]
    words.cards = true
    try words.add(pattern: "id-([0-9]{4})")
    let text = "losung=abc1; id-1234 id-12 card 4111 1111 1111 1111 and 4111 1111 1111 1112\n"
    for page in [nil, CodePage.ibm1047] as [CodePage?] {
      let bytes = page?.bytes(text) ?? Array(text.utf8)
      let masked = SecretMasker(words: words).masked(bytes)
      let shown = page?.text(masked) ?? String(decoding: masked, as: UTF8.self)
      #expect(
        shown
          == "losung=****; id-**** id-12 card ******************* and 4111 1111 1111 1112\n")
    }
    #expect(throws: SecretPatternMistake.self) { try words.add(pattern: "(") }
  }

  @Test func theWatchChangesNothing() throws {
    for (carrier, isSecret) in [
      (Carrier.textual[0].bytes, true), (Array("nothing to hide\n".utf8), false),
    ] {
      let sink = CollectingSink()
      let stage = SecretStage(to: sink, SecretStage.Options(.watch))
      let tracker = FlowTracker(to: stage)
      try unsafe tracker.record(Self.record(0, carrier.count), carrier.span.bytes)
      try tracker.finish()
      #expect(sink.records.map(\.payload) == [carrier])
      #expect(stage.credentials.seen == isSecret)
    }
  }

  @Test(arguments: Carrier.all)
  func theWatchSeesWhatWouldBeMasked(_ carrier: Carrier) throws {
    for cut in stride(from: 0, to: carrier.bytes.count, by: 11) {
      let pieces =
        cut == 0 ? [carrier.bytes] : [Array(carrier.bytes[..<cut]), Array(carrier.bytes[cut...])]
      #expect(try Self.watched(pieces), "\(carrier.name), \(cut)")
    }
    let sink = CollectingSink()
    let tracker = FlowTracker(to: SecretStage(to: sink, SecretStage.Options(.redact)))
    try unsafe tracker.record(Self.record(0, carrier.bytes.count), carrier.bytes.span.bytes)
    try tracker.finish()
    #expect(try !Self.watched(sink.records.map(\.payload)), "\(carrier.name), masked before")
  }

  private static func watched(
    _ pieces: [[UInt8]], behind records: Int = 0, hiding hidden: Int? = nil
  ) throws -> Bool {
    let sink = CollectingSink()
    let stage = SecretStage(to: OneLeftOut(sink, hidden), SecretStage.Options(.watch))
    let tracker = FlowTracker(to: stage)
    let other = Array("nothing to see here\r\n".utf8)
    for index in 0..<records {
      var record = record(index, other.count)
      record.sourcePort = 3000
      try unsafe tracker.record(record, other.span.bytes)
    }
    for (index, piece) in pieces.enumerated() {
      try unsafe tracker.record(record(records + index, piece.count), piece.span.bytes)
    }
    try tracker.finish()
    #expect(sink.records.map(\.payload) == Array(repeating: other, count: records) + pieces)
    return stage.credentials.seen
  }

  @Test func theWatchLooksAtAllRecordsAndAllOfThem() throws {
    let late = Array((String(repeating: "x ", count: 3000) + "password=abcdefg\n").utf8)
    #expect(try Self.watched([late], behind: 12_345))
    // What a filter leaves out is not shown.
    let pieces = ["POST /x HTTP/1.1\r\nContent-Length: 10\r\n\r\npass", "word=x"].map {
      Array($0.utf8)
    }
    #expect(try Self.watched(pieces))
    #expect(try !Self.watched(pieces, hiding: 1))
    #expect(try Self.watched(pieces, hiding: 0))
  }

  @Test(arguments: [false, true])
  func onlySignsAreLookedAtCloser(mapsNames: Bool) throws {
    var random = SplitMix(13)
    var finder = SecretFinder(.ibm1047, SecretWords())
    var plain = finder
    plain.usesSigns = false
    if mapsNames {
      finder.pseudonyms = Pseudonyms(key: [UInt8](repeating: 7, count: 32))
      plain.pseudonyms = Pseudonyms(key: [UInt8](repeating: 7, count: 32))
    }
    let signs = Array("=:%\\&;#\"'<>()/@_-. \n0pwsdu\u{0}".utf8)
    for carrier in Carrier.all {
      let text = String(decoding: carrier.bytes, as: UTF8.self)
      for bytes in [carrier.bytes, CodePage.ibm1047.bytes(text) ?? []] where !bytes.isEmpty {
        for _ in 0..<12 {
          var changed = bytes
          for _ in 0..<(1 + random.next() % 3) {
            let at = Int(random.next() % UInt64(changed.count))
            switch random.next() % 3 {
            case 0: changed[at] = signs[Int(random.next() % UInt64(signs.count))]
            case 1: changed.remove(at: at)
            default: changed.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            }
          }
          let (one, two) = (Self.find(&finder, changed), Self.find(&plain, changed))
          #expect(
            one.elementsEqual(two) { $0 == $1 },
            "\(carrier.name): \(String(decoding: changed, as: UTF8.self))")
        }
      }
    }
  }

  /// What stands in the place of what is found, by where it begins; a fill is one byte.
  private static func find(
    _ finder: inout SecretFinder, _ bytes: [UInt8]
  ) -> [(range: Range<Int>, bytes: [UInt8])] {
    var memory = SecretFinder.Memory()
    var lines = CredentialLocator.LineState()
    let middle = bytes.count * 2 / 3
    var places: [(range: Range<Int>, bytes: [UInt8])] = []
    for part in [Array(bytes[..<middle]), Array(bytes[middle...])] {
      let found = finder.find(part, &memory, lines: &lines, CredentialSearch.Speaker())
      places += found.marks.map { ($0.range, [$0.fill]) } + found.names
    }
    return places
  }

  @Test func wordsThatNameNoSecret() throws {
    let texts = [
      "id,name,mail\n1,bob,b@x\n",
      "Password, user name and mail are asked for.\nThen, it, goes on.\n",
      "compass=north&bypass=1&pineapple=2&tokens", "https://example.com:8080/a?b=c\n",
      "{\"passwordExpires\":true,\"max_tokens\":100,\"tokens_used\":5,\"token\":null}",
      "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"x1\"\r\n\r\n",
      "id;name\n1;password\n2;pw\n",
      "[\"name\",\"password\",\"mail\"]", "if password == other { stop() }\n",
      "{\"text\":\"the password \",\"user\":\"bob\"}\n", "the user me\n it passes\n",
      "user agents and passengers use https://example.com/\n", "{\"keys\":[1,2],\"sign\":\"x\"}",
    ]
    for text in texts {
      #expect(try !Self.watched([Array(text.utf8)]), "\(text)")
      let bytes = Array(text.utf8)
      #expect(SecretMasker().masked(bytes) == bytes)
    }
  }

  @Test func namedFieldsOfScreens() throws {
    var words = SecretWords()
    words.names = ["customer no"]
    var options = SecretStage.Options(.redact, words: words)
    options.heldBytes = 1 << 20
    let ebcdic = { (text: String) in CodePage.ibm1047.bytes(text) ?? [] }
    // Erase/Write; a protected label, a field with a value, another label with a field.
    var screen: [UInt8] = [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0x60] + ebcdic("Customer no . . :")
    screen += [0x1D, 0x40] + ebcdic("4711ABC") + [0x1D, 0x60] + ebcdic("Town  :")
    screen += [0x1D, 0x40] + ebcdic("Bonn") + [0x1D, 0x60, 0xFF, 0xEF]
    // Enter, and both fields again: at 18 and 34.
    var reply: [UInt8] = [0x7D, 0x40, 0x40, 0x11, 0x40, 0xD3] + ebcdic("5822DEF")
    reply += [0x11, 0x40, 0xE3] + ebcdic("Ulm") + [0xFF, 0xEF]
    let sink = CollectingSink()
    let tracker = FlowTracker(to: SecretStage(to: sink, options))
    let negotiation: [UInt8] = [0xFF, 0xFD, 0x18, 0xFF, 0xFD, 0x19, 0xFF, 0xFB, 0x19]
    for (index, bytes) in [negotiation, screen, reply].enumerated() {
      var record = Self.record(index, bytes.count)
      if index < 2 {
        record.direction = .outbound
        swap(&record.source, &record.destination)
        swap(&record.sourcePort, &record.destinationPort)
      }
      try unsafe tracker.record(record, bytes.span.bytes)
    }
    try tracker.finish()
    let shown = sink.records.map { CodePage.ibm1047.text($0.payload) }
    #expect(!shown[1].contains("4711ABC") && shown[1].contains("Bonn"), "\(shown)")
    #expect(!shown[2].contains("5822DEF") && shown[2].contains("Ulm"), "\(shown)")
  }

  // MARK: - Records and packets

  private static func leaks(_ bytes: [UInt8]) -> Bool {
    Carrier.forms.contains { bytes.contains($0) }
  }

  private static let client = Endpoint(IPAddress(ipv4: 0x0A01_0002), 45168)
  private static let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803)

  private static func record(_ index: Int, _ length: Int) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .dataTrace
    record.direction = .inbound
    record.flags = .clearText
    record.number = UInt64(index + 1)
    record.time = 1_767_600_000_000_000_000 + Int64(index)
    record.ipProtocol = 6
    (record.source, record.sourcePort) = (client.address, client.port)
    (record.destination, record.destinationPort) = (server.address, server.port)
    record.tracedLength = length
    record.originalLength = length
    return record
  }

  static func packetRecord(_ length: Int) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .capture
    record.linkType = .raw
    record.tracedLength = length
    record.originalLength = length
    return record
  }

  static func packet(_ payload: [UInt8], sequence: UInt32, flags: UInt8) -> [UInt8] {
    let headers = PacketHeaders(
      source: client, destination: server, ipProtocol: 6, sequence: sequence, acknowledgement: 99,
      flags: flags)
    return unsafe headers.bytes(payload.span.bytes) + payload
  }

  static func fragment(
    _ packet: [UInt8], _ body: [UInt8], offset: Int, more: Bool
  ) -> [UInt8] {
    var header = Array(packet[..<20])
    let length = 20 + body.count
    (header[2], header[3]) = (UInt8(length >> 8), UInt8(length & 0xFF))
    (header[4], header[5]) = (0x12, 0x34)
    header[6] = (more ? 0x20 : 0) | UInt8((offset / 8) >> 8)
    header[7] = UInt8((offset / 8) & 0xFF)
    (header[10], header[11]) = (0, 0)
    var checksum = Checksum()
    unsafe checksum.add(header.span.bytes)
    (header[10], header[11]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 0xFF))
    return header + body
  }
}

/// A filter that leaves one record out, as it says, and gives it to the test all the same.
private final class OneLeftOut: PlacedStage {
  let downstream: any PlacedSink
  private let hidden: Int?
  private var number = 0

  init(_ downstream: any PlacedSink, _ hidden: Int?) {
    self.downstream = downstream
    self.hidden = hidden
  }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    placed.isLeftOut = number == hidden
    number += 1
    try downstream.record(&placed, payload)
  }
}
