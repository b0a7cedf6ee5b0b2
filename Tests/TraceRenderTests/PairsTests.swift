import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceRender

/// EBCDIC text of two bytes to a character: letters that were sent, or escapes, and no others.
@Suite struct PairsTests {
  /// `日本語テスト ABC`, as iconv has it in page 939.
  private static let text: [UInt8] =
    [0x0E, 0x45, 0x62, 0x45, 0x66, 0x48, 0xE7, 0x43, 0x94, 0x43, 0x8E, 0x43, 0x95, 0x0F]
    + [0x40, 0xC1, 0xC2, 0xC3]

  private static func shown(_ bytes: [UInt8], _ page: CodePage) throws -> String {
    let shown = try payloadText([bytes], .ebcdic) { $0.page = page }
    return String(shown.dropLast())
  }

  @Test(arguments: ["930", "933", "935", "937", "939", "1364", "1388", "1390", "1399"])
  func pagesHavePairs(_ name: String) throws {
    let page = try #require(CodePage.named(name))
    #expect(page.hasPairs)
    // A digit of double width stands at the same place in all of them.
    #expect(page.scalar(0x42, 0xF1) == "１")
    #expect(page.text([0xC1, 0x0E, 0x42, 0xF1, 0x0F, 0xC2]) == "A１B")
  }

  @Test func japanese() throws {
    let page = try #require(CodePage.named("939"))
    #expect(page.text(Self.text) == "日本語テスト ABC")
    #expect(try Self.shown(Self.text, page) == "日本語テスト ABC")
    // Cut by a record within the text, and within a character.
    #expect(try Self.shown(Array(Self.text[3...]), page) == "本語テスト ABC")
    #expect(try Self.shown(Array(Self.text[4...]), page) == "\\x66語テスト ABC")
    #expect(try Self.shown(Array(Self.text[..<6]), page) == "日本\\x48")
    // What the page does not know.
    #expect(try Self.shown([0x0E, 0xFE, 0xFE, 0x0F], page) == "\\xfe\\xfe")
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try unsafe sink.jsonString(Self.text.span.bytes, page)
    try sink.commit()
    #expect(String(decoding: target.bytes, as: UTF8.self) == "\"日本語テスト ABC\"")
  }

  /// A field with the character set of two bytes, SA within a field, and what a terminal sends of them.
  @Test func fieldsOfTwoBytes() throws {
    let screen: [UInt8] =
      [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x29, 2, 0xC0, 0x40, 0x43, 0xF8, 0x45, 0x62, 0x45, 0x66]
      + [0x1D, 0x60, 0xC1, 0x28, 0x43, 0xF8, 0x48, 0xE7, 0x28, 0, 0, 0xC2, 0xFF, 0xEF]
    let answer: [UInt8] =
      [0x7D, 0x40, 0xC1, 0x11, 0x40, 0xC1, 0x48, 0xE7, 0xFF, 0xEF]
    func shown(_ page: CodePage) throws -> String {
      var options = PrintOptions()
      options.page = page
      return try printed(
        [
          (dataRecord(.outbound), hex("FFFD18")), (dataRecord(.outbound), screen),
          (dataRecord(.inbound), answer),
        ], options)
    }
    let japanese = try shown(try #require(CodePage.named("939")))
    #expect(japanese.contains("[01,02] input: 日本\n"))
    #expect(japanese.contains("[01,07] A語B\n"))
    #expect(japanese.contains("[01,02] input: 語\n"))
    let latin = try shown(.ibm037)
    #expect(latin.contains("[01,02] input: \\x45\\x62\\x45\\x66\n"))
    #expect(latin.contains("[01,07] A\\x48\\xe7B\n"))
    #expect(latin.contains("[01,02] input: \\x48\\xe7\n"))
  }

  @Test func pagesOfSingleBytesShowEscapes() throws {
    let shown = try Self.shown(Self.text, .ibm1047)
    #expect(
      shown == "\\x0e\\x45\\x62\\x45\\x66\\x48\\xe7\\x43\\x94\\x43\\x8e\\x43\\x95\\x0f ABC")
    // A control character by itself is one.
    #expect(try Self.shown([0xC1, 0x0E, 0xC2, 0xC3, 0xC4, 0x0F], .ibm1047) == "A\\x0eBCD\\x0f")
    #expect(try Self.shown([0xC1, 0x0E, 0xC2], .ibm1047) == "A\\x0eB")
    #expect(!CodePage.ibm037.hasPairs)
  }
}
