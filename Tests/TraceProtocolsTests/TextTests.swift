import Testing
import TraceProtocols

struct TextTests {
  /// "Hello, world 12345" in code page 1047.
  private static let hello: [UInt8] = [
    0xC8, 0x85, 0x93, 0x93, 0x96, 0x6B, 0x40, 0xA6, 0x96, 0x99, 0x93, 0x84, 0x40, 0xF1, 0xF2, 0xF3,
    0xF4, 0xF5,
  ]

  static let bodies: [(String, [UInt8], BodyText)] = [
    ("nothing", [], .empty),
    ("ASCII", Array("<html>\r\n\t<p>Hi</p>\n".utf8), .ascii),
    ("UTF-8", Array("Grüße aus Zürich".utf8), .utf8),
    ("UTF-8 cut", Array("Zürich ü".utf8.dropLast()), .utf8),
    ("EBCDIC", hello, .ebcdic),
    ("EBCDIC lines", hello + [0x15] + hello + [0x25], .ebcdic),
    ("EBCDIC blanks", [UInt8](repeating: 0x40, count: 80), .ebcdic),
    ("digits in ASCII", Array("0123456789".utf8), .ascii),
    ("digits in EBCDIC", [0xF0, 0xF1, 0xF2], .ebcdic),
    ("at signs are no EBCDIC when there are letters", Array("a@b @ c@d".utf8), .ascii),
    ("blanks and signs of EBCDIC", [UInt8](repeating: 0x40, count: 60) + [0x4E, 0x4B], .ebcdic),
    ("at signs in every word", Array(String(repeating: "a@bcdefg", count: 20).utf8), .ascii),
    ("a control among letters", Array("abc\u{1}defghijklm".utf8), .binary),
    ("a DEL behind letters", Array("abcdefghi\u{7F}".utf8), .binary),
    ("lines and tabs", Array("a\tb\r\nc\nd\te\r\n\tfgh\n".utf8), .ascii),
    ("zeros", [0, 0, 0, 0], .binary),
    ("PNG", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], .binary),
    ("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xAB], .binary),
    ("overlong UTF-8", [0xC0, 0x80, 0x41], .binary),
    ("Latin-1", Array("Gr".utf8) + [0xFC, 0xDF] + Array("e aus Bern".utf8), .binary),
  ]

  @Test(arguments: 0..<bodies.count)
  func bodyText(_ number: Int) {
    let (name, bytes, expected) = Self.bodies[number]
    #expect(unsafe BodyText.guess(bytes.span.bytes) == expected, "\(name)")
  }

  static let types: [(String, String, String?, Bool)] = [
    ("text/html; charset=UTF-8", "text/html", "UTF-8", true),
    ("text/html;charset=\"utf-8\"", "text/html", "utf-8", true),
    ("text/plain; format=flowed; Charset=IBM-1047", "text/plain", "IBM-1047", true),
    ("multipart/form-data; boundary=\"a;charset=x\"", "multipart/form-data", nil, false),
    ("application/json", "application/json", nil, true),
    ("application/problem+json", "application/problem+json", nil, true),
    ("image/svg+xml", "image/svg+xml", nil, true),
    ("image/png", "image/png", nil, false),
    ("text/html; charset=", "text/html", nil, true),
    ("text/html; charset=\"", "text/html", "\"", true),
    (";", "", nil, false),
    ("", "", nil, false),
    ("text/x; a=\"\\", "text/x", nil, true),
  ]

  @Test(arguments: 0..<types.count)
  func mediaType(_ number: Int) {
    let (value, name, charset, isText) = Self.types[number]
    let bytes = Array(value.utf8)
    let span = unsafe bytes.span.bytes
    let type = MediaType(span, 0..<bytes.count)
    #expect(String(decoding: bytes[type.name], as: UTF8.self) == name)
    #expect(type.charset.map { String(decoding: bytes[$0], as: UTF8.self) } == charset)
    #expect(type.isText(span) == isText)
  }

  @Test func fieldsAreFoundByName() {
    let bytes = Array(
      "Host: a\r\nBad line\r\nX : 1\r\nFold: a\r\n\tb \r\nEmpty:\r\n\r\nNot: me".utf8)
    let span = unsafe bytes.span.bytes
    var names: [String] = []
    var fields = HTTPFields(start: 0)
    while let field = fields.next(in: span) {
      names.append("\(escaped(bytes[field.name]))=\(escaped(bytes[field.value]))")
    }
    #expect(names == ["Host=a", "=Bad line", "X=1", "Fold=a\\r\\n\\09b", "Empty="])
    #expect(HTTPFields.value(of: "x", in: span, from: 0).map { escaped(bytes[$0]) } == "1")
    #expect(HTTPFields.value(of: "not", in: span, from: 0) == nil)
  }
}
