import Testing
import TraceBytes
import TraceRender

@Suite struct JSONLineTests {
  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{1B}[31m", #""\u001b[31m""#),
    ("\u{202E}", #""\u202e""#), ("\u{E0041}", #""\udb40\udc41""#), ("\u{7F}", #""\u007f""#),
  ])
  func charactersThatActAreEscaped(text: String, expected: String) throws {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    var json = JSONLine(sink)
    try json.text(text)
    try sink.commit()
    #expect(String(decoding: target.bytes, as: UTF8.self) == expected)
  }
}
