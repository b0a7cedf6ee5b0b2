internal import TraceBytes

/// Whether a line can be the rest of a message.
enum Continuation {
  static func fits(_ line: RawSpan, _ start: Int, after message: [UInt8]) -> Bool {
    let text = unsafe message.span.bytes
    guard start < line.byteCount, text.byteCount > 0 else { return false }
    if text.has("EZD1285", at: 0) {
      // Hexadecimal digits and nothing else, or the word in front of them.
      for at in start..<line.byteCount where Hex.value(line.u8(at)) == nil && line.u8(at) != 0x20 {
        return startsLikeData(line, start)
      }
      return true
    }
    var words = WordCursor(offset: start)
    guard let word = words.next(line) else { return false }
    if FieldKey(line, word) != nil { return true }
    let before = LastWords(text)
    // A field name at the end waits for its value; ACTIONS waits for three.
    if let key = FieldKey(text, before[0]), before[0].count == key.text.utf8CodeUnitCount {
      return true
    }
    if FieldKey(text, before[1]) == .actions || FieldKey(text, before[2]) == .actions {
      return true
    }
    if MessageEvent.hasWord(line, word) || MessageParser.isValue(line, word) { return true }
    if line.word(word, is: "Control") || line.word(word, is: "Enabled") {
      return FieldKey(text, before[1]) == .status
    }
    let isFlow = text.has("EZD1284", at: 0)
    if line.word(word, is: "Call") || line.word(word, is: "Get") || line.word(word, is: "Set")
      || line.isDash(word) || line.word(word, startsWith: "GSK_")
    {
      return isFlow
    }
    // A value of a System SSL call can be anything, but it follows its name.
    return isFlow && text.word(before[0], startsWith: "GSK_")
  }

  private static func startsLikeData(_ line: RawSpan, _ start: Int) -> Bool {
    line.has("CONNID:", at: start) || line.has("RECV", at: start)
      || line.has("SEND", at: start) || line.has("CIPHER", at: start)
      || line.has("CLEAR", at: start) || line.byteCount - start == 8
  }
}
