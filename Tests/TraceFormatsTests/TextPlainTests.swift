import TestSupport
import Testing
import TraceBytes

@testable import TraceFormats

/// A policy or a log as people have it after each kind of transfer.
@Suite struct TextPlainTests {
  private static let lines = ["TTLSRule WEB # café", "{", "  LocalPortRange 443", "}", ""]
  private static let text = lines.map { $0 + "\n" }.joined()

  private static func page(_ text: String) throws -> [UInt8] {
    try #require(CodePage.ibm1047.bytes(text))
  }

  private static func card(_ line: String, _ length: Int) throws -> [UInt8] {
    try page(line) + [UInt8](repeating: 0x40, count: length - line.unicodeScalars.count)
  }

  @Test func asciiIsTakenAsItIs() {
    #expect(PlainText.utf8(bytes(Self.text)) == bytes(Self.text))
    #expect(PlainText.utf8([]) == [])
  }

  @Test(arguments: [0x15, 0x25] as [UInt8]) func ebcdicLines(_ lineEnd: UInt8) throws {
    let input = try Self.lines.flatMap { try Self.page($0) + [lineEnd] }
    #expect(PlainText.utf8(input) == bytes(Self.text))
  }

  @Test(arguments: [80, 133, 255]) func ebcdicCards(_ length: Int) throws {
    let input = try Self.lines.flatMap { try Self.card($0, length) }
    #expect(PlainText.utf8(input) == bytes(Self.text))
  }

  /// A line of signs from edge to edge does not change what the other cards say.
  @Test(arguments: [0, 2]) func aFullCardAmongOthers(_ place: Int) throws {
    var lines = Self.lines + (0..<6).map { "  Trace \($0)" }
    lines.insert(String(repeating: "#", count: 80), at: place)
    let input = try lines.flatMap { try Self.card($0, 80) }
    #expect(PlainText.utf8(input) == bytes(lines.joined(separator: "\n") + "\n"))
  }

  @Test func numberedCards() throws {
    let input = try Self.lines.dropLast().enumerated().flatMap { index, line in
      try Self.card(line, 72) + Self.page("0000\(index)000")
    }
    let text = String(decoding: PlainText.utf8(input), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 4)
    #expect(text.hasPrefix("TTLSRule WEB # café  "))
  }

  @Test(arguments: [true, false]) func recordsWithLengths(_ isEBCDIC: Bool) throws {
    let input = try Self.lines.flatMap { line -> [UInt8] in
      let body = isEBCDIC ? try Self.page(line) : Array(line.utf8)
      return [0, UInt8(body.count + 4), 0, 0] + body
    }
    #expect(PlainText.utf8(input) == bytes(Self.text))
  }

  @Test(arguments: [1, 7, 4096]) func windowsOfAnySize(_ step: Int) throws {
    let line = try Self.page("Feb  3 10:15:01 S0W1 TTLS") + [0x15]
    let input = Array((0..<400).map { _ in line }.joined())
    var form: PlainText?
    var out: [UInt8] = []
    var kept: [UInt8] = []
    for start in stride(from: 0, to: input.count, by: step) {
      let end = min(input.count, start + step)
      kept += input[start..<end]
      let atEnd = end == input.count
      unsafe kept.withUnsafeBytes { window in
        if form == nil { form = unsafe PlainText(window.bytes, atEnd: atEnd) }
        guard let form else { return }
        let taken = unsafe form.read(window.bytes, atEnd: atEnd, into: &out)
        unsafe kept = Array(window.dropFirst(taken))
      }
    }
    #expect(kept.isEmpty)
    #expect(out == Array((0..<400).map { _ in bytes("Feb  3 10:15:01 S0W1 TTLS\n") }.joined()))
  }
}
