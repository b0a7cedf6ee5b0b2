internal import TraceModel

/// A name with `*` for any characters and `?` for one; upper and lower case are the same.
public struct NamePattern: Sendable, Equatable {
  private let pattern: [Unicode.Scalar]

  init(_ option: String, _ text: String) throws(FilterMistake) {
    guard !text.isEmpty else {
      throw FilterMistake("\(option): write a name; * stands for any characters, ? for one.")
    }
    pattern = Array(text.uppercased().unicodeScalars)
  }

  /// Whether the whole name fits; not for a per-record path.
  func matches(_ text: String) -> Bool {
    let name = Array(text.uppercased().unicodeScalars)
    var at = 0
    var next = 0
    // Where to go on when what follows the last star does not fit: one character later.
    var star: (pattern: Int, name: Int)?
    while at < name.count {
      if next < pattern.count, pattern[next] == "*" {
        star = (next, at)
        next += 1
      } else if next < pattern.count, pattern[next] == "?" || pattern[next] == name[at] {
        next += 1
        at += 1
      } else if let last = star {
        next = last.pattern + 1
        at = last.name + 1
        star = (last.pattern, at)
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == "*" }
  }
}

/// Patterns, and what they said of the names seen so far, so that no text is made per record.
struct NameTest {
  /// A trace has few names; one made to have many does not fill the memory.
  private static let limit = 4096

  private let patterns: [NamePattern]
  private var answers: [RecordName: Bool] = [:]
  private var last: (name: RecordName, answer: Bool)?

  init(_ patterns: [NamePattern]) { self.patterns = patterns }

  func matches(_ text: String) -> Bool { patterns.contains { $0.matches(text) } }

  mutating func matches(_ name: RecordName) -> Bool {
    if let last, last.name == name { return last.answer }
    let answer: Bool
    if let known = answers[name] {
      answer = known
    } else {
      answer = matches(name.text)
      if answers.count >= Self.limit { answers.removeAll(keepingCapacity: true) }
      answers[name] = answer
    }
    last = (name, answer)
    return answer
  }
}
