/// Which options each command has, for what is said of one that a command does not have.
package struct CommandOptions {
  private var all: [(command: String, options: [String])] = []

  package init() {}

  /// - Parameter help: what `zcap help COMMAND` shows.
  package mutating func add(_ command: String, help: String) {
    all.append((command, Self.names(help)))
  }

  /// `-o`, `--output` of `  -o, --output <file>  …`.
  private static func names(_ help: String) -> [String] {
    help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
      line.prefix { $0 != "<" }.split { " ,/".contains($0) }.prefix { $0.hasPrefix("-") }
        .map(String.init)
    }
  }

  /// The command of a command line, and how many of its words name it.
  private func command(of words: [String]) -> (name: String, options: [String])? {
    // What `open` takes is what `convert` takes.
    let first = words.first == "open" ? "convert" : words.first ?? ""
    let two = words.prefix(2).joined(separator: " ")
    return all.first { $0.command == two || $0.command == first }.map { ($0.command, $0.options) }
  }

  /// What is said of an option that the command of a command line does not have: who has it, or what is like
  /// it. Nil where nothing is known of the command.
  func mistake(_ option: String, _ words: [String]) -> String? {
    guard let (name, own) = command(of: words) else { return nil }
    let others = all.filter { $0.options.contains(option) && $0.command != name }
      .map(\.command)
    if let last = others.last, others.count < all.count - 1 {
      let front = others.dropLast().joined(separator: ", ")
      return "\(words.first == "open" ? "open" : name) has no option '\(option)'; "
        + (front.isEmpty ? "\(last) has it." : "\(front) and \(last) have it.")
    }
    let long = own.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
    let near = CommandWords.nearest(String(option.drop { $0 == "-" }), long)
    return "there is no option '\(option)'\(near.map { "; did you mean '--\($0)'?" } ?? ".")"
  }

  /// The same of the first word of a command line that looks like an option and is none.
  func mistake(in words: [String]) -> String? {
    guard let (_, own) = command(of: words) else { return nil }
    let options = words.prefix { $0 != "--" }.lazy.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    guard let unknown = options.first(where: { !own.contains($0) }) else { return nil }
    return mistake(unknown, words)
  }
}
