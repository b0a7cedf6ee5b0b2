/// How sure a fact is: only `certain` may be acted on without a second look.
public enum Confidence: String, Sendable, CaseIterable {
  /// Seen, or in the documentation of the product.
  case certain
  /// Deduced or remembered.
  case likely
  /// Nothing but a guess.
  case guess
}

/// Where a fact comes from and how sure it is.
public struct Provenance: Sendable, Hashable {
  /// How sure the fact is.
  public let confidence: Confidence
  /// The source, in a few words.
  public let source: String
}

/// A table of facts: tab-separated text with a header line, embedded at build time.
///
/// A dash in a cell means that nothing is known or that nothing applies.
struct KnowledgeTable: Sendable {
  /// One line of a table; cells are found by the name of their column.
  struct Row: Sendable {
    let columns: [String: Int]
    let cells: [Substring]

    /// The cell's text, empty when the cell holds a dash or the column does not exist.
    subscript(_ column: String) -> String {
      guard let index = columns[column], index < cells.count else { return "" }
      return cells[index] == "-" ? "" : String(cells[index])
    }

    /// The cell's text split at vertical bars.
    func list(_ column: String) -> [String] {
      self[column].split(separator: "|").map { part in
        String(part.drop { $0 == " " }.trimmingSuffix(while: { $0 == " " }))
      }
    }

    var provenance: Provenance {
      Provenance(
        confidence: Confidence(rawValue: self["confidence"]) ?? .guess, source: self["source"])
    }
  }

  let header: [String]
  let rows: [Row]

  init(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    // Of bytes: to split characters takes ten times as long, and delays the first answer by 10 ms.
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"))
    guard !lines.isEmpty else {
      header = []
      rows = []
      return
    }
    let names = lines.removeFirst().split(separator: UInt8(ascii: "\t")).map {
      String(Substring($0))
    }
    header = names
    let columns = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    rows = lines.map { line in
      let cells = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      return Row(columns: columns, cells: cells.map { Substring($0) })
    }
  }
}

extension Substring {
  /// The text without the trailing characters that satisfy `isBlank`.
  func trimmingSuffix(while isBlank: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, isBlank(self[index(before: end)]) { end = index(before: end) }
    return self[startIndex..<end]
  }
}
