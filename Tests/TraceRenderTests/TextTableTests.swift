import Testing
import TraceBytes

@testable import TraceRender

@Suite struct TextTableTests {
  private func text(_ table: TextTable, indent: Int = 0) throws -> String {
    var table = table
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
    table.add(["one", "two"])
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

  private func wide() -> TextTable {
    var table = TextTable(columns: [
      .init("flow", nil, .right), .init("start", rank: 2), .init("rule"), .init("end", rank: 3),
    ])
    table.add(["1", "10:15:00.001250", "a rule with a long name, a very long one", "closed"])
    table.add(["2", "10:15:00.001251", "short", "reset"])
    return table
  }

  @Test(arguments: 20...80)
  func nothingIsWiderThanItsRoom(room: Int) throws {
    var table = wide()
    table.room = room
    let sink = MemoryTarget()
    let output = ByteSink(sink)
    try table.write(to: output)
    try output.commit()
    let lines = String(decoding: sink.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.count <= room })
    // The end gives way before the start does, and the text of the rule is cut last.
    #expect(table.gaveWay == (room >= 71 ? [] : room >= 63 ? ["end"] : ["start", "end"]))
    #expect(lines.contains { $0.hasSuffix("…") } == (room < 46))
  }

  /// A text that says how far is cut before a column gives way, and no further.
  @Test(arguments: [(60, [String]()), (31, []), (30, ["time"]), (20, ["time"])])
  func textIsCutFirst(room: Int, gaveWay: [String]) throws {
    var table = TextTable(columns: [
      .init("flow", nil, .right), .init("what", least: 12), .init("time", rank: 1),
    ])
    table.add(["1", "GET /a/rather/long/path/to/see", "10:15:00.01"])
    table.room = room
    let lines = try text(table).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= room })
    _ = table
    let target = MemoryTarget()
    try table.write(to: ByteSink(target))
    #expect(table.gaveWay == gaveWay)
  }

  @Test func columnsCanBePicked() throws {
    var table = wide()
    table.picked = ["end", "flow"]
    #expect(try text(table) == "end     flow\nclosed     1\nreset      2\n")
  }

  @Test func rowsCanBeWrittenAsTheyCome() throws {
    let sink = MemoryTarget()
    let output = ByteSink(sink)
    var table = TextTable(columns: [.init("name", minimum: 6), .init("result")])
    for row in [["a", "good"], ["longer name", "bad"], ["b", "good"]] {
      table.add(row)
      try table.flush(to: output)
    }
    try output.commit()
    #expect(
      String(decoding: sink.bytes, as: UTF8.self)
        == "name    result\na       good\nlonger name  bad\nb            good\n")
  }
}
