import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

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

  @Test(arguments: Carrier.textual)
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

  private static func packetRecord(_ length: Int) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .capture
    record.linkType = .raw
    record.tracedLength = length
    record.originalLength = length
    return record
  }

  private static func packet(_ payload: [UInt8], sequence: UInt32, flags: UInt8) -> [UInt8] {
    let headers = PacketHeaders(
      source: client, destination: server, ipProtocol: 6, sequence: sequence, acknowledgement: 99,
      flags: flags)
    return unsafe headers.bytes(payload.span.bytes) + payload
  }

  private static func fragment(
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
