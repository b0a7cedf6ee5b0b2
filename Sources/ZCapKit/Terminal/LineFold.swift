internal import TraceBytes
import TraceRender

/// Breaks lines that are longer than a terminal is wide, at blanks, so that what goes on stands below what it
/// belongs to and not at the left edge.
package struct LineFold: Sendable {
  /// What the lines are.
  package enum Kind: Sendable {
    /// Sentences, rows and captured text.
    case text
    /// A policy, which stays one when it is copied: only comments are broken.
    case policy
  }

  private static let escape: Unicode.Scalar = "\u{1B}"

  private let width: Int
  private let kind: Kind

  /// - Parameter width: columns that a line may have.
  package init(width: Int, _ kind: Kind = .text) {
    self.width = max(8, width)
    self.kind = kind
  }

  /// Appends a line without its end as one or more lines, all but the last with their ends.
  package func append(_ line: ArraySlice<UInt8>, to out: inout [UInt8]) {
    // A column has at least a byte.
    if line.count <= width { return out += line }
    var text = String(decoding: line, as: UTF8.self)
    if kind == .text {
      while text.utf8.last == 0x20 { text.removeLast() }
      // A margin is worth half of the line at most.
      text.removeFirst(max(0, text.prefix { $0 == " " }.count - width / 2))
    }
    guard kind == .policy else { return out += Array(broken(text, hang: hang(text)).utf8) }
    out += Array(policy(text).utf8)
  }

  /// The text in lines of the width.
  package func folded(_ text: String) -> String {
    var out: [UInt8] = []
    let lines = Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() {
      if place > 0 { out.append(0x0A) }
      append(line, to: &out)
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The column at which a line goes on: below what follows a label, else a little further in.
  private func hang(_ text: String) -> Int {
    if text.hasPrefix("zcap: ") { return min(6, width / 2) }
    let bytes = Array(text.utf8.prefix(40))
    let start = bytes.firstIndex { $0 != 0x20 } ?? 0
    var column = min(start + 4, width / 2)
    var at = start
    while at + 2 < bytes.count, bytes[at] < 0x80 {
      if bytes[at] == 0x20, bytes[at + 1] == 0x20 {
        let next = bytes[at...].firstIndex { $0 != 0x20 } ?? bytes.count
        if next < bytes.count, next <= width / 3 { column = next }
        break
      }
      at += 1
    }
    return column
  }

  /// - Parameter sign: what stands after the blanks of each line but the first.
  private func broken(_ text: String, hang: Int, sign: String = "") -> String {
    let lead =
      Array(String(repeating: " ", count: hang).unicodeScalars) + Array(sign.unicodeScalars)
    var out = String.UnicodeScalarView()
    var line: [Unicode.Scalar] = []
    var column = 0
    // Where the line may be broken: how many letters it has there, and the column.
    var blank: (count: Int, column: Int)?
    var (isEscape, isBegun, skips) = (false, false, false)
    func put(_ line: ArraySlice<Unicode.Scalar>) {
      var line = line
      while line.last == " " { line.removeLast() }
      out.append(contentsOf: line)
      out.append("\n")
    }
    for scalar in text.unicodeScalars {
      if isEscape || scalar == Self.escape {
        isEscape = scalar == Self.escape || scalar == "[" || !(0x40...0x7E).contains(scalar.value)
        line.append(scalar)
        continue
      }
      if skips, scalar == " " { continue }
      skips = false
      let columns = TextWidth.columns(scalar)
      if column + columns > width, isBegun {
        if scalar == " " {
          put(line[...])
          line = lead
          skips = true
        } else if let place = blank, place.column > max(lead.count, width / 3) {
          put(line[..<place.count])
          line = lead + line[place.count...].drop { $0 == " " }
        } else {
          put(line[...])
          line = lead
        }
        column = line.reduce(0) { $0 + TextWidth.columns($1) }
        blank = nil
        if skips { continue }
      }
      if scalar == " " {
        if isBegun { blank = (line.count, column) }
      } else {
        isBegun = true
      }
      line.append(scalar)
      column += columns
    }
    if line.count > lead.count || out.isEmpty {
      out.append(contentsOf: line)
    } else {
      out.removeLast()
    }
    return String(out)
  }

  /// The comment of a line on lines of its own; lists go on in the next line, where YAML allows it.
  private func policy(_ text: String) -> String {
    guard TextWidth.of(text) > width else { return text }
    let start = text.prefix { $0 == " " }.count
    // What is commented out has its comment, too.
    if let place = text.dropFirst(start + 1).firstRange(of: " # ") {
      var value = text[..<place.lowerBound]
      while value.last == " " { value.removeLast() }
      let comment = String(repeating: " ", count: start) + text[place.lowerBound...].dropFirst()
      return policy(String(value)) + "\n" + broken(comment, hang: start, sign: "# ")
    }
    if text.dropFirst(start).hasPrefix("#") { return broken(text, hang: start, sign: "# ") }
    return text.contains(" : [ ") ? broken(text, hang: start + 3) : text
  }
}
