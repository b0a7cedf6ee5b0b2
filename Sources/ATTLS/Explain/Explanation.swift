public import TraceBytes

/// What a code or a message means and what to do about it.
public struct Explanation: Sendable {
  /// A labelled value, such as a field of a message.
  public struct Fact: Sendable, Hashable {
    /// The label.
    public var label: String
    /// The value.
    public var value: String

    /// Makes a fact.
    public init(_ label: String, _ value: String) {
      self.label = label
      self.value = value
    }
  }

  /// What kind of thing it is: rc, cipher, alert, gsk, trace, flag, drop, message, …
  public var kind: String
  /// The code, name or id.
  public var code: String
  /// The heading: code, name and family.
  public var title: String
  /// Fields and properties.
  public var facts: [Fact] = []
  /// What it means.
  public var meaning: String
  /// Likely causes, the likeliest first.
  public var causes: [String] = []
  /// What to look at or do.
  public var look: [String] = []
  /// On which side it happened.
  public var side: String?
  /// How sure this is and where it comes from; nil when nothing is known.
  public var provenance: Provenance?
  /// Other things the same word may mean.
  public var also: [String] = []
  /// False when the code is not known and only the range it lies in is explained.
  public var isKnown = true
  /// How often it was met in a log.
  public var count: Int?
}

extension Explanation {
  /// An explanation of something that is known.
  public init(kind: String, code: String, title: String, meaning: String) {
    self.init(kind: kind, code: code, title: title, facts: [], meaning: meaning)
  }

  /// The explanation as text for people.
  ///
  /// - Parameter width: the width to wrap at.
  public func text(width: Int = 92) -> String {
    var lines = [title]
    let indent = max(10, facts.map(\.label.count).max() ?? 0) + 4
    func add(_ label: String, _ text: String) {
      Self.add(label, text, indent, width, &lines)
    }
    for fact in facts { add(fact.label, fact.value) }
    add("meaning", meaning)
    for (index, cause) in causes.enumerated() {
      let number = causes.count > 1 ? "\(index + 1). " : ""
      add(index == 0 ? "causes" : "", number + cause)
    }
    for (index, step) in look.enumerated() {
      add(index == 0 ? "do" : "", (look.count > 1 ? "- " : "") + step)
    }
    if let side { add("where", side) }
    if let provenance {
      let sure = provenance.confidence == .certain ? "" : "\(provenance.confidence.rawValue): "
      add("source", sure + provenance.source)
    }
    for other in also { add("also", other) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func add(
    _ label: String, _ text: String, _ indent: Int, _ width: Int, _ lines: inout [String]
  ) {
    var line = "  " + label
    line += String(repeating: " ", count: max(1, indent - line.count))
    var isFirst = true
    // What goes on stands below the words of a list, not below its signs.
    let sign = text.prefix { $0 == "-" || $0 == "." || $0.isNumber }
    let isListed = sign == "-" || (sign.count > 1 && sign.last == ".")
    let next = indent + (isListed && text.dropFirst(sign.count).first == " " ? sign.count + 1 : 0)
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      if !isFirst, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: next)
        isFirst = true
      }
      if !isFirst { line += " " }
      line += word
      isFirst = false
    }
    lines.append(line)
  }

  /// Writes the explanation as a line.
  public func write(to json: inout JSONLine) throws(TraceError) {
    try json.begin("explanation")
    try json.text("kind", kind)
    try json.text("code", code)
    try json.text("title", title)
    try json.bool("known", isKnown)
    try json.text("meaning", meaning)
    try json.texts("causes", causes)
    try json.texts("do", look)
    try json.text("where", side)
    try json.text("confidence", provenance?.confidence.rawValue)
    try json.text("source", provenance?.source)
    try json.number("count", count)
    try json.texts("also", also)
    try json.objects("facts", facts) { (json, fact) throws(TraceError) in
      try json.text("name", fact.label)
      try json.text("value", fact.value)
    }
    try json.end()
  }
}
