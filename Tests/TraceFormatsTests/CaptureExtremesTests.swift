import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// A little-endian pcapng file, block by block.
private struct Blocks {
  var bytes: [UInt8] = hex("0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000")

  private static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func option(_ code: Int, _ value: [UInt8]) -> [UInt8] {
    Array(word(code | value.count << 16)) + value
      + Array(repeating: 0, count: -value.count & 3)
  }

  mutating func block(_ type: Int, _ body: [UInt8]) {
    let length = Self.word(body.count + 12)
    bytes += Self.word(type) + length + body + length
  }

  /// An interface of raw IP; options by their codes.
  mutating func interface(_ options: [(Int, [UInt8])]) {
    var body: [UInt8] = [101, 0, 0, 0] + Self.word(262_144)
    for (code, value) in options { body += Self.option(code, value) }
    block(1, body + [0, 0, 0, 0])
  }

  mutating func packet(_ interface: Int, time: UInt64, comments: [String] = []) {
    let packet: [UInt8] = [0x45, 0, 0, 20] + Array(repeating: 1, count: 16)
    var body = Self.word(interface)
    body += Self.word(Int(time >> 32)) + Self.word(Int(time & 0xFFFF_FFFF))
    body += Self.word(packet.count) + Self.word(packet.count) + packet
    for comment in comments { body += Self.option(1, Array(comment.utf8)) }
    block(6, comments.isEmpty ? body : body + [0, 0, 0, 0])
  }
}

/// What capture files can say that no number here can hold, and what people wrote into them.
@Suite struct CaptureExtremesTests {
  /// Two interfaces whose clocks lie as far apart as 64 bits of seconds allow (if_tsoffset).
  private static let farApart: [UInt8] = {
    var file = Blocks()
    file.interface([(14, Array(repeating: 0xFF, count: 7) + [0x7F])])
    file.interface([(14, Array(repeating: 0, count: 7) + [0x80])])
    file.packet(0, time: 1)
    file.packet(1, time: 1)
    file.packet(0, time: 2)
    return file.bytes
  }()

  @Test func timesOutOfReachAreSaidOnce() throws {
    var reader = PcapngReader()
    let sink = try collect(&reader, Self.farApart)
    #expect(sink.records.map(\.record.time) == [.max, .min, .max])
    #expect(sink.notices.map(\.reason) == [.timeOutOfReach])
  }

  @Test(arguments: [
    ["info"], ["info", "--json"], ["flows"], ["flows", "--json"], ["flows", "--by", "duration"],
    ["print"], ["http"], ["attls"], ["convert", "-o", "-"],
  ])
  func noCommandFailsOnThem(arguments: [String]) throws {
    let folder = try ScratchFolder()
    try RunCommand.write(Self.farApart, to: folder("far.pcapng"))
    let result = try RunCommand.run(RunCommand.zcap, arguments + [folder("far.pcapng")])
    #expect(result.status < 64, "\(arguments): \(result.status) \(result.errors.prefix(300))")
  }

  @Test(
    arguments: [
      (0, Int64.max, Int64.max), (.min, .max, .max), (.max, .min, .min), (5, 3, -2), (-3, 4, 7),
    ] as [(Int64, Int64, Int64)])
  func spans(earlier: Int64, later: Int64, span: Int64) {
    #expect(TraceTime.span(from: earlier, to: later) == span)
  }

  @Test func sumsAreHeldAtTheLimits() {
    #expect(TraceTime.add(.max, 1) == .max && TraceTime.add(.min, -1) == .min)
    #expect(TraceTime.add(3, -5) == -2)
  }

  @Test func commentsComeBeforeTheirPacket() throws {
    var file = Blocks()
    file.interface([])
    file.packet(0, time: 1)
    file.packet(0, time: 2, comments: ["PID 4321", "second"])
    file.packet(0, time: 3)
    var reader = PcapngReader()
    let sink = try collect(&reader, file.bytes)
    #expect(sink.comments.map(\.record) == [1, 1])
    #expect(
      sink.comments.map { String(decoding: $0.text, as: UTF8.self) } == ["PID 4321", "second"])
    #expect(sink.records.map { $0.record.flags.contains(.commented) } == [false, true, false])
  }

  /// What an interface is called is shown, and written again: it must not act on a terminal.
  @Test func namesOfInterfacesAreSafe() throws {
    var file = Blocks()
    file.interface([(2, Array("eth\u{1B}[31m0\0".utf8)), (3, Array("a\u{202E}b\n".utf8))])
    var reader = PcapngReader()
    let sink = try collect(&reader, file.bytes)
    #expect(sink.interfaces.map(\.name) == ["eth\\u{1b}[31m0"])
    #expect(sink.interfaces.map(\.text) == ["a\\u{202e}b\\u{a}"])
  }
}
