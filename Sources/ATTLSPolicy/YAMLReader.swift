/// Turns compact YAML documents into a policy: follows BasedOn, applies list edits, and puts every
/// keyword into the action where `generate` will write it.
struct YAMLReader {
  /// BasedOn may lead this far.
  static let depthLimit = 64

  private var documents: [YAMLDocument]
  private var set = PolicySet(kind: .yaml)
  private var index: [String: Int] = [:]
  private var resolved: [Int: Merged] = [:]
  private var isBase = Set<Int>()
  private let vocabulary = Vocabulary.standard

  struct Merged {
    var values: [String: YAMLValue] = [:]
    var times: [[PolicySetting]] = []
  }

  /// Reads the inputs as one set of documents.
  static func read(
    _ inputs: [(file: String, bytes: [UInt8])]
  ) throws(PolicyInputError) -> PolicySet {
    var documents: [YAMLDocument] = []
    var diagnostics = PolicyDiagnostics()
    for (file, bytes) in inputs {
      var reader = YAMLDocumentReader(file: file)
      try reader.read(bytes)
      documents += reader.documents
      diagnostics.append(reader.diagnostics)
    }
    var reader = YAMLReader(documents: documents)
    reader.set.diagnostics = diagnostics
    reader.resolve()
    return reader.set
  }

  private init(documents: [YAMLDocument]) { self.documents = documents }

  private mutating func resolve() {
    for (i, document) in documents.enumerated() {
      if let earlier = index[document.name] {
        let other = documents[earlier]
        set.diagnostics.error(
          document.file, document.line,
          "\(document.name) is already defined at \(other.file):\(other.line)", "rename one")
      } else {
        index[document.name] = i
      }
    }
    for i in documents.indices { resolve(i) }
    var names = ActionNames()
    for i in documents.indices where index[documents[i].name] == i { emit(i, &names) }
  }

  /// Resolves one document and everything it builds on, without recursion.
  private mutating func resolve(_ start: Int) {
    var stack = [start]
    var onStack: Set<Int> = [start]
    while let current = stack.last {
      if resolved[current] != nil {
        stack.removeLast()
        onStack.remove(current)
        continue
      }
      let bases = baseIndexes(of: current)
      if let next = bases.first(where: { resolved[$0] == nil }) {
        if stack.count >= Self.depthLimit || onStack.contains(next) {
          let document = documents[current]
          set.diagnostics.error(
            document.file, document.bases.first?.line ?? document.line,
            onStack.contains(next)
              ? "\(document.name) is based on itself, through \(documents[next].name)"
              : "BasedOn leads through more than \(Self.depthLimit) documents",
            "take one BasedOn out")
          // What cannot be resolved counts as empty, so that the rest can be checked.
          documents[current].bases = []
          continue
        }
        stack.append(next)
        onStack.insert(next)
        continue
      }
      resolved[current] = merge(current, bases)
    }
  }

  private mutating func baseIndexes(of current: Int) -> [Int] {
    let document = documents[current]
    var found: [Int] = []
    var kept: [(name: String, line: Int)] = []
    for (name, line) in document.bases {
      if let base = index[name] {
        found.append(base)
        kept.append((name, line))
        isBase.insert(base)
      } else {
        // Names are compared letter by letter, so only the first missing ones get a proposal.
        let near =
          set.diagnostics.errorCount > 50
          ? nil : nearest(to: name, in: documents.prefix(2000).map(\.name))
        set.diagnostics.error(
          document.file, line, "BasedOn names \(quoted(name)), which no document defines",
          near.map { "write \($0)" } ?? "add the file that defines it to the command")
      }
    }
    if kept.count < document.bases.count { documents[current].bases = kept }
    return found
  }

  private mutating func merge(_ current: Int, _ bases: [Int]) -> Merged {
    var merged = Merged()
    for base in bases {
      guard let from = resolved[base] else { continue }
      merged.values.merge(from.values) { _, new in new }
      if !from.times.isEmpty { merged.times = from.times }
    }
    for (key, value) in documents[current].values {
      merged.values[key] =
        value.edits.isEmpty ? value : edited(value, base: merged.values[key]?.values)
    }
    if !documents[current].times.isEmpty { merged.times = documents[current].times }
    return merged
  }

  /// The base's list with the edits applied; the base itself stays as it is.
  private mutating func edited(_ value: YAMLValue, base: [String]?) -> YAMLValue {
    var result = value
    result.edits = []
    result.values = base ?? value.entry.defaults
    var list: [String?] = result.values
    var places: [String: Int] = [:]
    for (place, item) in result.values.enumerated() { places[item] = place }
    for (isAddition, items) in value.edits {
      for item in items {
        if let place = places.removeValue(forKey: item) {
          list[place] = nil
        } else if !isAddition {
          set.diagnostics.warning(
            value.file, value.line, "-\(item) is not in the list of \(value.entry.name)",
            "take the item out")
        }
        if isAddition {
          places[item] = list.count
          list.append(item)
        }
      }
    }
    result.values = list.compactMap(\.self)
    if result.values.isEmpty {
      set.diagnostics.error(
        value.file, value.line, "nothing is left of \(value.entry.name)", "keep one item")
    }
    return result
  }

  // MARK: rules

  private mutating func emit(_ i: Int, _ names: inout ActionNames) {
    let document = documents[i]
    let merged = resolved[i] ?? Merged()
    var rule = PolicyRule(name: document.name, file: document.file, line: document.line)
    var actions: [PolicyScope: PolicyAction] = [:]
    for value in merged.values.values.sorted(by: { $0.entry.name < $1.entry.name }) {
      guard let scope = vocabulary.homeScope(value.entry) else {
        condition(value, of: &rule)
        continue
      }
      let place = PolicyAction(scope: scope, name: "", file: value.file, line: document.line)
      actions[scope, default: place].settings[value.entry.storedAs] = PolicySetting(
        keyword: value.entry.storedAs, values: value.values, line: value.line)
    }
    rule.times = merged.times
    if document.isTemplate || (isBase.contains(i) && rule.isCatchAll) {
      set.templates.append(document.name)
      return
    }
    // The order in which people write the references.
    for scope in [PolicyScope.environment, .group, .connection] {
      guard var action = actions[scope] else { continue }
      action.name = names.name(scope, rule: rule.name)
      rule.actions.append(set.actions.count)
      set.actions.append(action)
    }
    set.rules.append(rule)
  }

  private func condition(_ value: YAMLValue, of rule: inout PolicyRule) {
    rule.lines[value.entry.name] = value.line
    let values = value.values
    switch value.entry.name {
    case "LocalAddr": rule.localAddresses = AddressSet(values.flatMap(RuleConditions.addresses))
    case "RemoteAddr": rule.remoteAddresses = AddressSet(values.flatMap(RuleConditions.addresses))
    case "LocalPortRange": rule.localPorts = values.flatMap(RuleConditions.ports)
    case "RemotePortRange": rule.remotePorts = values.flatMap(RuleConditions.ports)
    default: for one in values { RuleConditions.set(value.entry.name, one, on: &rule) }
    }
  }
}

/// Names for generated statements: a letter and the rule's name, kept within the limit.
struct ActionNames {
  private var used = Set<String>()
  /// The last number given to names that begin alike: equal names are not tried from 1 on again.
  private var numbers: [String: Int] = [:]
  /// Names that were tried: a measure of the work.
  private(set) var steps = 0

  mutating func name(_ scope: PolicyScope, rule: String) -> String {
    switch scope {
    case .group: name("G", rule)
    case .environment: name("E", rule)
    case .connection: name("C", rule)
    }
  }

  mutating func name(_ prefix: String, _ rule: String) -> String {
    var name = prefix + rule
    if name.count > ValueCheck.nameLimit { name = String(name.prefix(ValueCheck.nameLimit)) }
    if used.insert(name).inserted { return name }
    let stem = String(name.prefix(ValueCheck.nameLimit - 10))
    var number = numbers[stem] ?? 0
    repeat {
      number += 1
      steps += 1
      let suffix = "~\(number)"
      name = String((prefix + rule).prefix(ValueCheck.nameLimit - suffix.count)) + suffix
    } while !used.insert(name).inserted
    numbers[stem] = number
    return name
  }
}
