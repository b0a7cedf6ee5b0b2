import Foundation
import TestSupport
import Testing
import TraceBytes

@Suite struct JSONLineTests {
  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{1B}[31m", #""\u001b[31m""#),
    ("\u{202E}", #""\u202e""#), ("\u{E0041}", #""\udb40\udc41""#), ("\u{7F}", #""\u007f""#),
    ("\r\n\t", #""\r\n\t""#), ("\u{E9}\u{1F512}", "\"\u{E9}\u{1F512}\""),
  ])
  func charactersThatActAreEscaped(text: String, expected: String) throws {
    #expect(try jsonText { json throws(TraceError) in try json.text(text) } == expected)
  }

  /// Whatever bytes there are, the text is JSON, and of what is UTF-8 nothing is lost, across pieces too.
  @Test func longTextsComeBack() throws {
    let letter = ["a", "\u{E9}", "\u{20AC}", "\u{1F512}", "\u{1}", "\u{E0041}", "\""]
    for shift in 0..<8 {
      let text =
        String(repeating: "x", count: 4090 + shift)
        + (0..<9000).map { letter[$0 % letter.count] }.joined()
      let json = try jsonText { json throws(TraceError) in try json.text(text) }
      let back = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
      #expect(back as? String == text)
    }
    let broken: [UInt8] = [0x41, 0xC3, 0xFF, 0xE2, 0x82, 0x42, 0xC0, 0x80]
    let json = try jsonText { json throws(TraceError) in
      try unsafe json.text(broken.span.bytes, nil)
    }
    #expect(json == "\"A\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}B\u{FFFD}\u{FFFD}\"")
  }

  /// Eight characters are looked at in one: each byte that means something, at each of their places.
  @Test func everyByteAtEveryPlace() throws {
    let plain = Array("abcdefghijklmnopqrst".utf8)
    for byte in UInt8.min...0x7F {
      for count in [1, 7, 8, 9, 16, 20] {
        for place in 0..<count {
          var bytes = Array(plain[0..<count])
          bytes[place] = byte
          let json = try jsonText { json throws(TraceError) in
            try unsafe json.text(bytes.span.bytes, nil)
          }
          let back =
            try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
          #expect(back as? String == String(decoding: bytes, as: UTF8.self))
          // What acts is escaped, and nothing else is.
          let isPlain = (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
          #expect(isPlain == (json.utf8.count == count + 2))
          #expect(json.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        }
      }
    }
  }

  @Test func codePagesAreTranslated() throws {
    let bytes: [UInt8] = [0xC1, 0x7F, 0xE0, 0x25, 0x15, 0x49]
    let json = try jsonText { json throws(TraceError) in
      try unsafe json.text(bytes.span.bytes, .ibm1047)
    }
    #expect(json == #""A\"\\\n\u0085\#u{F1}""#)
  }

  @Test func base64IsThatOfFoundation() throws {
    for count in Array(0..<40) + [255, 12_287, 12_288, 12_289, 40_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 83 + 250) }
      let json = try jsonText { json throws(TraceError) in
        try unsafe json.base64(bytes.span.bytes)
      }
      #expect(json == "\"\(Data(bytes).base64EncodedString())\"")
    }
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
      (1_767_600_000_123_456_789, "2026-01-05T08:00:00.123456789Z"),
      (Int64.max, "2262-04-11T23:47:16.854775807Z"),
      (Int64.min, "1677-09-21T00:12:43.145224192Z"),
    ] as [(Int64, String)])
  func momentsAreISO(nanoseconds: Int64, expected: String) throws {
    // The minute that was kept from the one before does no harm.
    let json = try jsonText { json throws(TraceError) in
      try json.open()
      try json.time("a", 59_000_000_000)
      try json.time("b", nanoseconds)
      try json.close()
    }
    #expect(json == #"{"a":"1970-01-01T00:00:59.000000000Z","b":"\#(expected)"}"#)
  }

  @Test func membersAreSeparatedAndAbsentOnesAreNull() throws {
    let json = try jsonText { json throws(TraceError) in
      try json.begin("thing")
      try json.number("low", Int64.min)
      try json.number("high", UInt64.max)
      try json.number("none", Int?.none)
      try json.text("text", String?.none)
      try json.word("word", "w")
      try json.bool("no", false)
      try json.texts("list", ["a", "b"])
      try json.objects("objects", [1, 2]) { (json, value) throws(TraceError) in
        try json.number("n", value)
      }
      try json.object("absent", Int?.none) { (_, _) throws(TraceError) in }
      try json.thousandths("ms", 12_007)
      try json.end()
      try json.begin("next", schema: 2)
      try json.end()
    }
    #expect(
      json == #"{"type":"thing","schema":1,"low":-9223372036854775808,"high":18446744073709551615,"#
        + #""none":null,"text":null,"word":"w","no":false,"list":["a","b"],"objects":[{"n":1},{"n":2}],"#
        + #""absent":null,"ms":12.007}"# + "\n" + #"{"type":"next","schema":2}"# + "\n")
  }
}
