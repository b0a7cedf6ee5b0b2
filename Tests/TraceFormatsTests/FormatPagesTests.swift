import Foundation
import Testing
import TraceBytes
import TraceFormats

/// The pages in Formats/ and the constants in the code say the same.
@Suite struct FormatPagesTests {
  private struct Row: Equatable, CustomStringConvertible {
    var offset: Int
    var size: Int
    var name: String
    var description: String { "\(offset) \(size) \(name)" }
  }

  /// The rows of the first table with an offset column.
  private func rows(_ page: String) throws -> [Row] {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "Formats/\(page)"), encoding: .utf8)
    var rows: [Row] = []
    var inTable = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if cells.first == "offset" { inTable = true }
      if inTable, line.isEmpty { break }
      guard inTable, cells.count >= 3, let offset = Int(cells[0]), let size = Int(cells[1]) else {
        continue
      }
      rows.append(Row(offset: offset, size: size, name: cells[2]))
    }
    return rows
  }

  @Test(arguments: [("cte.md", CTELayout.fields), ("pth.md", PTHLayout.fields)])
  func tableEqualsLayout(page: String, fields: [any LayoutField]) throws {
    let coded = fields.map { Row(offset: $0.offset, size: $0.size, name: "\($0.name)") }
    #expect(try rows(page) == coded)
  }
}
