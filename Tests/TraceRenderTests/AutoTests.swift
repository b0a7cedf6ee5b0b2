import Foundation
import Testing
import TraceBytes
import TraceModel

@testable import TraceRender

@Suite struct AutoTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var form: FormGuess.Form
    var testDescription: String { name }
  }

  static let samples = [
    Sample(name: "request", bytes: Array("GET / HTTP/1.1\r\n\r\n".utf8), form: .ascii),
    Sample(name: "German", bytes: Array("Stra\u{DF}e und Br\u{FC}cke".utf8), form: .utf8),
    Sample(name: "EBCDIC request", bytes: ebcdic("GET / HTTP/1.1\nHost: a\n\n"), form: .ebcdic),
    Sample(name: "EBCDIC digits", bytes: ebcdic("000123 456789"), form: .ebcdic),
    Sample(name: "blanks", bytes: Array(repeating: 0x40, count: 80), form: .ebcdic),
    Sample(
      name: "TLS", bytes: [0x16, 3, 1, 0, 0x80] + Array(repeating: 7, count: 60), form: .binary),
    Sample(name: "MQ", bytes: Array("TSH     ".utf8), form: .binary),
    Sample(name: "zeros", bytes: Array(repeating: 0, count: 40), form: .binary),
    Sample(name: "all bytes", bytes: Array(0...255), form: .binary),
    Sample(name: "none", bytes: [], form: .undecided),
  ]

  @Test(arguments: samples)
  func firstBytesDecide(sample: Sample) {
    #expect(unsafe FormGuess.first(sample.bytes.span.bytes).form == sample.form)
  }

  @Test func aChangeIsVisible() throws {
    let records = [
      (dataRecord(), Array("first lines of ASCII text\n".utf8)),
      (dataRecord(), ebcdic("then the same in EBCDIC, and more")),
      (dataRecord(), Array("ok\n".utf8)),
    ]
    let text = try printed(records)
    #expect(text.contains("-- from here shown as EBCDIC\n  then the same in EBCDIC, and more\n"))
    // Three bytes change nothing.
    #expect(text.components(separatedBy: "-- ").count == 2)
  }

  @Test func directionsAreJudgedByThemselves() throws {
    let text = try printed([
      (dataRecord(.inbound), Array("question in ASCII\n".utf8)),
      (dataRecord(.outbound), ebcdic("answer in EBCDIC\n")),
      (dataRecord(.inbound), Array("another question\n".utf8)),
    ])
    #expect(text.contains("  answer in EBCDIC\n") && text.contains("  another question\n"))
    #expect(!text.contains("-- "))
  }

  @Test func whyIsSaid() throws {
    var options = PrintOptions()
    options.why = true
    let text = try printed([(dataRecord(), ebcdic("HELLO WORLD, HOW ARE YOU"))], options)
    #expect(text.contains("-- shown as EBCDIC: of these bytes 24 were looked at"))
  }

  @Test func aHeadAndABodyOfAnotherKind() throws {
    let head = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".utf8)
    let text = try printed([(dataRecord(), head + [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB])])
    #expect(text.contains("  Content-Encoding: gzip\n"))
    #expect(text.contains("-- from here shown as hex\n  000000 1F8B0800 00000000 0003CB"))
    let mixed = try printed([(dataRecord(), head + ebcdic("<html>BODY IN EBCDIC</html>"))])
    #expect(mixed.contains("-- from here shown as EBCDIC\n  <html>BODY IN EBCDIC</html>\n"))
  }
}
