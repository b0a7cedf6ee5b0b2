import Foundation
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

@Suite struct TextTests {
  @Test(arguments: [
    ("plain", "plain\n"),
    ("a\nb\r\nc\n", "a\nb\nc\n"),
    ("\n\n", "\n\n"),
    ("a\rb", "a\\x0db\n"),
    ("end\r", "end\n"),
    ("tab\there", "tab\there\n"),
    ("\u{1B}]0;owned\u{07}", "\\x1b]0;owned\\x07\n"),
    ("\0", "\\x00\n"),
    ("caf\u{E9} \u{20AC} \u{1F512}", "caf\u{E9} \u{20AC} \u{1F512}\n"),
    ("\u{202E}gpj.exe", "\\xe2\\x80\\xaegpj.exe\n"),
    ("a\u{200B}b\u{FEFF}", "a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf\n"),
    ("c1 \u{9B}31m", "c1 \\xc2\\x9b31m\n"),
    ("\u{7F}", "\\x7f\n"),
  ])
  func asciiIsShownSafely(text: String, expected: String) throws {
    #expect(try payloadText([Array(text.utf8)], .ascii) == expected)
  }

  @Test(
    arguments: [
      ([0xC3], "\\xc3\n"), ([0xC0, 0xAF], "\\xc0\\xaf\n"),
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80\n"),
      ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80\n"), ([0x80, 0x41], "\\x80A\n"),
      ([0xE2, 0x82, 0x41], "\\xe2\\x82A\n"), ([0xFF, 0xFE], "\\xff\\xfe\n"),
    ] as [([UInt8], String)])
  func malformedUTF8IsEscaped(bytes: [UInt8], expected: String) throws {
    #expect(try payloadText([bytes], .ascii) == expected)
  }

  @Test(
    arguments: [
      ([0xC1, 0x15, 0xC2, 0x25, 0xC3, 0x0D, 0x25, 0xC4, 0x0D, 0x15, 0xC5], "A\nB\nC\nD\nE\n"),
      ([0x0D, 0xC1], "\\x0dA\n"),
      ([0x27, 0x5B], "\\x27$\n"),
      ([0xC8, 0x85, 0x93, 0x93, 0x96, 0x40, 0xBA, 0xBB], "Hello \u{DD}\u{A8}\n"),
      ([0xCA], "\\xca\n"), ([0x05, 0xF1], "\t1\n"), ([0x41], "\u{A0}\n"),
    ] as [([UInt8], String)])
  func ebcdicIsTranslated(bytes: [UInt8], expected: String) throws {
    #expect(try payloadText([bytes], .ebcdic) == expected)
  }

  /// Sixteen at a time must not differ from one at a time, wherever a line or the bytes end.
  @Test func linesOfEveryLength() throws {
    for length in 0...70 {
      let line = String((0..<length).map { Character(Unicode.Scalar(UInt8(0x21 + $0 % 90))) })
      for extra in ["", "\n", "\u{1B}", "\u{E9}"] {
        let shown = try payloadText([Array((line + extra + line).utf8)], .ascii)
        let middle = extra == "\u{1B}" ? "\\x1b" : extra
        let expected = line + middle + line
        let ended = expected.isEmpty || expected.hasSuffix("\n") ? expected : expected + "\n"
        #expect(shown == ended, "length \(length)")
      }
    }
  }

  @Test func linesAreWrapped() throws {
    for width in [8, 9, 16, 33] {
      for length in 0...90 {
        let text = try payloadText([Array(repeating: 0x61, count: length)], .ascii) {
          $0.layout.wrap = width
        }
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines.dropLast().allSatisfy { $0.count == width })
        #expect(lines.map(\.count).reduce(0, +) == length)
      }
    }
    // An escape is never torn.
    let escapes = try payloadText([Array(repeating: 1, count: 5)], .ascii) { $0.layout.wrap = 10 }
    #expect(escapes == "\\x01\\x01\n\\x01\\x01\n\\x01\n")
    let mixed = try payloadText([Array("a\u{E9}\u{20AC}bcdefgh\ti".utf8)], .ascii) {
      $0.layout.wrap = 8
    }
    #expect(mixed == "a\u{E9}\u{20AC}bcdef\ngh\ti\n")
  }

  @Test func bytesAreLimited() throws {
    let options = { (form: PayloadForm) in
      var options = PrintOptions()
      options.form = form
      options.maxBytes = 5
      return options
    }
    for form in PayloadForm.allCases {
      let text = try printed([(dataRecord(), Array("0123456789".utf8))], options(form))
      #expect(text.contains("\n-- 5 more bytes\n"))
      #expect(!text.contains("56789") && !text.contains("3536"))
    }
  }

  @Test func hexIsLaidOutAsInIPCS() throws {
    let bytes: [UInt8] = [
      0xAE, 0xBC, 0xDB, 0x3D, 0x03, 0x34, 0x0A, 0x00, 0xC1, 0xF1, 0x40, 0x41, 0x31, 0x1B, 0x4B,
      0x7C, 0x61, 0x62,
    ]
    #expect(
      try payloadText([bytes], .both)
        == "000000 AEBCDB3D 03340A00 C1F14041 311B4B7C  |........A1 ...." + "@ ...=.4....@A1.K||\n"
        + "000010 6162                                 |/.               ab              |\n")
    #expect(
      try payloadText([bytes], .hex)
        == "000000 AEBCDB3D 03340A00 C1F14041 311B4B7C\n000010 6162\n")
  }

  /// Whatever the bytes are, a terminal gets text and line ends.
  @Test(arguments: PayloadForm.allCases)
  func nothingActsOnATerminal(form: PayloadForm) throws {
    var random = SystemRandomNumberGenerator()
    var payloads = (0..<20).map { _ in
      (0..<Int.random(in: 0...400, using: &random)).map { _ in UInt8.random(in: 0...255) }
    }
    payloads.append(Array(0...255))
    payloads.append([0xFF, 0xFD, 0x28] + Array(0...255) + [0xFF, 0xEF])
    payloads.append([0xF5, 0xC3] + (0...255).flatMap { [0x1D, $0, $0] } + [0xFF, 0xEF])
    for payload in payloads {
      for wrap in [0, 20] {
        var options = PrintOptions()
        options.form = form
        options.layout.wrap = wrap
        options.why = true
        let target = MemoryTarget()
        let sink = ByteSink(target)
        let printer = RecordPrinter(sink, options)
        let tracker = FlowTracker(to: printer)
        try unsafe tracker.record(dataRecord(), payload.span.bytes)
        try tracker.finish()
        try sink.commit()
        let text = try #require(String(validating: target.bytes, as: UTF8.self))
        let isSafe = text.unicodeScalars.allSatisfy {
          $0 == "\n" || $0 == "\t" || VisibleText.isSafe($0)
        }
        #expect(isSafe, "\(payload)")
        // No line of payload can pass for a header.
        let lines = target.bytes.split(separator: 0x0A).dropFirst()
        #expect(lines.allSatisfy { $0.starts(with: "  ".utf8) || $0.starts(with: "-- ".utf8) })
      }
    }
  }
}

@Suite struct CodePageTests {
  /// The tables are those of the iconv command, byte for byte.
  @Test(arguments: [
    ("1047", "IBM1047"), ("037", "IBM037"), ("273", "IBM273"), ("IBM-1140", "IBM1140"),
    ("cp500", "IBM500"), ("875", "CP875"),
  ])
  func tablesAreIconvs(name: String, iconv: String) throws {
    let page = try #require(CodePage.named(name))
    // A byte without a character ends the command; the others go through it together.
    let known = (UInt8.min...UInt8.max).filter { page.scalars[Int($0)] != 0xFFFD }
    #expect(known.count >= 240)
    #expect(try iconvOutput(known, from: iconv) == known.map { page.scalars[Int($0)] })
  }

  private func iconvOutput(_ bytes: [UInt8], from page: String) throws -> [UInt16]? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["iconv", "-f", page, "-t", "UTF-16BE"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    input.fileHandleForWriting.write(Data(bytes))
    try input.fileHandleForWriting.close()
    let data = Array(output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return stride(from: 0, to: data.count - 1, by: 2).map {
      UInt16(data[$0]) << 8 | UInt16(data[$0 + 1])
    }
  }

  @Test(arguments: ["", "99999", "UTF-8", "ISO-8859-1", "../x", "1047/x", "ASCII"])
  func otherPagesAreRefused(name: String) {
    #expect(CodePage.named(name) == nil)
  }
}
