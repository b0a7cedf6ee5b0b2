import Testing
import TraceBytes

@testable import TraceRender

@Suite struct TextTableTests {
  private func text(_ table: TextTable, indent: Int = 0) throws -> String {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try table.write(to: sink, indent: indent)
    try sink.commit()
    return String(decoding: target.bytes, as: UTF8.self)
  }

  @Test func columnsAreAsWideAsTheirWidestCell() throws {
    var table = TextTable([("job", .left), ("bytes", .right), ("end", .left)])
    table.add(["A", "1", "closed"])
    table.add(["GPMSERVE", "1,000,000", ""])
    #expect(
      try text(table) == """
        job           bytes  end
        A                 1  closed
        GPMSERVE  1,000,000

        """)
  }

  @Test func withoutTitlesThereAreRowsOnly() throws {
    var table = TextTable([("", .left), ("", .left)])
    #expect(table.isEmpty)
    table.add(["one", "two"])
    #expect(!table.isEmpty)
    #expect(try text(table, indent: 2) == "  one  two\n")
  }

  /// Characters count, not bytes; what could act on a terminal is shown as an escape.
  @Test func widthsAreThoseOfWhatIsShown() throws {
    var table = TextTable([("", .left), ("", .left)])
    table.add(["gr\u{FC}n", "1"])
    table.add(["e\u{301}a", "2"])
    table.add(["\u{1B}x", "3"])
    #expect(try text(table) == "gr\u{FC}n     1\ne\u{301}a       2\n\\u{1b}x  3\n")
  }
}
