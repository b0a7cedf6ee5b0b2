import Foundation
import TestSupport
import Testing

/// Comments of a capture are in what is made of it: on packets, interfaces and the section.
@Suite("Interop: comments")
struct CommentTests {
  private static func convert(_ from: String, _ to: String, _ options: String...) throws -> [UInt8]
  {
    let result = try RunCommand.run(
      RunCommand.zcap, ["convert", from, "-o", to] + options)
    #expect(result.status == 0, "\(result.errors)")
    return try RunCommand.bytes(to)
  }

  private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
    Data(bytes).firstRange(of: Data(text.utf8)) != nil
  }

  /// A section, an interface and a packet with comments, as blocks.
  private static func file() -> [UInt8] {
    func word(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func option(_ code: Int, _ text: String) -> [UInt8] {
      let bytes = Array(text.utf8)
      return word(code, 2) + word(bytes.count, 2) + bytes
        + [UInt8](repeating: 0, count: -bytes.count & 3)
    }
    func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
      word(type, 4) + word(body.count + 12, 4) + body + word(body.count + 12, 4)
    }
    var maker = CaptureMaker()
    maker.open()
    let packet = Array(maker.bytes[40..<80])
    return block(
      0x0A0D_0D0A,
      word(0x1A2B_3C4D, 4) + word(1, 2) + word(0, 2) + [UInt8](repeating: 0xFF, count: 8)
        + option(1, "first of the section") + option(1, "second of the section") + word(0, 4))
      + block(
        1, word(101, 2) + word(0, 2) + word(0, 4) + option(1, "of the interface") + word(0, 4))
      + block(
        6,
        word(0, 4) + word(0, 8) + word(40, 4) + word(40, 4) + packet
          + option(1, "of the packet") + option(1, "again") + word(0, 4))
  }

  @Test func stay() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(Self.file(), to: scratch("in.pcapng"))
    let once = try Self.convert(scratch("in.pcapng"), scratch("once.pcapng"))
    let twice = try Self.convert(
      scratch("once.pcapng"), scratch("twice.pcapng"), "--ip", "10.1.0.2")
    for text in [
      "first of the section", "second of the section", "of the interface", "of the packet", "again",
    ] {
      #expect(Self.holds(once, text), "\(text)")
      #expect(Self.holds(twice, text), "\(text)")
    }
    let none = try Self.convert(
      scratch("in.pcapng"), scratch("none.pcapng"), "--comments", "none")
    #expect(!Self.holds(none, "of the interface"))
    #expect(!Self.holds(none, "of the packet"))
    #expect(!Self.holds(none, "of the section"))
  }

  /// Also zcap's own, when its output is filtered again.
  @Test func ownComments() throws {
    let scratch = try ScratchFolder()
    let trace = RunCommand.packageRoot + "/captures/data-trace/http-clear-text.ctr"
    let once = try Self.convert(trace, scratch("once.pcapng"))
    let twice = try Self.convert(scratch("once.pcapng"), scratch("twice.pcapng"))
    #expect(Self.holds(once, "AT-TLS clear text"))
    #expect(Self.holds(twice, "AT-TLS clear text"))
    #expect(Self.holds(twice, "Converted from http-clear-text.ctr"))
  }
}
