import Testing
import TraceRender

@testable import ZCapKit

/// Long lines on a terminal.
@Suite("Folded lines") struct LineFoldTests {
  private func fold(_ text: String, _ width: Int, _ kind: LineFold.Kind = .text) -> String {
    LineFold(width: width, kind).folded(text)
  }

  @Test func whatGoesOnStandsBelowWhatItBelongsTo() {
    #expect(fold("short\n\nlines", 20) == "short\n\nlines")
    #expect(fold("zcap: one two three four", 16) == "zcap: one two\n      three four")
    #expect(fold("  one two three four", 14) == "  one two\n      three\n      four")
    #expect(
      fold("time   one two three four five six", 21) == "time   one two three\n       four five six"
    )
    // A word that is longer than a line is broken where the line ends.
    #expect(fold("abcdefghijklmnop", 10) == "abcdefghij\n    klmnop")
    #expect(fold("", 10).isEmpty)
  }

  @Test func blanksAtABreakGo() {
    #expect(fold("one two   three", 9) == "one two\n    three")
    #expect(fold("one two      ", 8) == "one two")
  }

  @Test func escapesAndWideLettersCountAsTheyAreSeen() {
    #expect(fold("\u{1B}[1mbold text\u{1B}[0m", 9) == "\u{1B}[1mbold text\u{1B}[0m")
    #expect(fold("日本語日本語", 8) == "日本語日\n    本語")
    #expect(TextWidth.of("e\u{301}日") == 3)
    #expect(TextWidth.prefix("日本語", 5) == "日本")
  }

  @Test func aPolicyStaysOne() {
    #expect(
      fold("Trace : 6                # group GPMG", 24, .policy) == "Trace : 6\n# group GPMG")
    #expect(fold("# Trace : 6      # a level", 20, .policy) == "# Trace : 6\n# a level")
    #expect(fold("# take # away what you like", 20, .policy) == "# take\n# away what you like")
    #expect(fold("Pairs : [ 0601, 0603, 0501 ]", 20, .policy) == "Pairs : [ 0601,\n   0603, 0501 ]")
    #expect(fold("# one two three four", 12, .policy) == "# one two\n# three four")
    #expect(fold("Key : 'a value that is long'", 12, .policy) == "Key : 'a value that is long'")
  }

  /// Nothing is wider than the line, and no letter but blanks is lost, whatever the text.
  @Test(arguments: 8...100) func nothingIsLost(width: Int) {
    let texts = [
      "zcap: read 11 records, 4 exchanges on 1 connection, and so on and so forth to the end of it",
      "    Host: s0w1.example.com:8803/with/a/very/long/path/that/has/no/blank/in/it/anywhere/at/all",
      "label   value and more of it, words upon words, until the line is full and more than full   ",
      String(repeating: "日本 ", count: 60), String(repeating: " ", count: 300),
      "é" + String(repeating: "x", count: 300),
    ]
    for text in texts {
      let folded = fold(text, width)
      #expect(folded.split(separator: "\n").allSatisfy { TextWidth.of(String($0)) <= width })
      #expect(folded.filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
    }
  }
}
