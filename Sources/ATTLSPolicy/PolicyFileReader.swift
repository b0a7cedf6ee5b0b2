/// Turns the blocks of a policy file into rules and actions: follows references, asks for what is
/// missing.
struct PolicyFileReader {
  private let file: String
  private var set = PolicySet(kind: .policy)
  private var named: [String: PolicyBlock] = [:]
  /// The names of each kind of statement, in the order of the input.
  private var names: [String: [String]] = [:]
  private var actionIndex: [String: Int] = [:]
  /// Groups of addresses and ports, expanded once however many rules name them.
  private var expanded: [String: (addresses: AddressSet, ports: [PortRange])] = [:]
  /// Lines whose dangling reference is already reported.
  private var reported = Set<Int>()
  private let vocabulary = Vocabulary.standard

  private static let proposalLimit = 50
  /// References lead at most this deep: rule, action, parameters, Gsk parameters.
  private static let depthLimit = 6

  init(file: String) { self.file = file }

  static func read(_ bytes: [UInt8], file: String) -> PolicySet {
    var tree = PolicyTreeReader(file: file)
    tree.read(bytes)
    var reader = PolicyFileReader(file: file)
    reader.set.diagnostics = tree.diagnostics
    reader.resolve(tree.blocks)
    return reader.set
  }

  private mutating func resolve(_ blocks: [PolicyBlock]) {
    for block in blocks where !block.name.isEmpty {
      let key = key(block.statement, block.name)
      if let earlier = named[key] {
        set.diagnostics.warning(
          file, block.line,
          "\(block.statement) \(block.name) is already defined at line \(earlier.line)",
          "rename one: only one of the two is used")
      }
      named[key] = block
      names[block.statement, default: []].append(block.name)
    }
    for block in blocks where block.statement == "TTLSRule" { addRule(block) }
    checkUnused(blocks)
  }

  private func key(_ statement: String, _ name: String) -> String { "\(statement) \(name)" }

  // MARK: rules

  private mutating func addRule(_ block: PolicyBlock) {
    var rule = PolicyRule(name: block.name, file: file, line: block.line)
    for item in block.items {
      switch item {
      case .value(let entry, let checked, let line):
        rule.lines[entry.name] = line
        condition(entry, checked, line, into: &rule)
      case .reference(let statement, let name, let line):
        reference(statement, name, line, into: &rule)
      case .block(let inner):
        if let scope = scope(of: inner.statement) {
          attach(addAction(inner, scope), scope, inner.line, to: &rule)
        } else if inner.statement == "IpTimeCondition" {
          rule.times.append(settings(inner))
        }
      }
    }
    set.rules.append(rule)
  }

  private mutating func condition(
    _ entry: KeywordEntry, _ checked: CheckedValue, _ line: Int, into rule: inout PolicyRule
  ) {
    if case .reference(let target) = entry.shape {
      if let name = checked.values.first { reference(target, name, line, entry.name, &rule) }
      return
    }
    guard checked.problem == nil, let value = checked.values.first else { return }
    RuleConditions.set(entry.name, value, on: &rule)
  }

  private mutating func reference(
    _ target: String, _ name: String, _ line: Int, into rule: inout PolicyRule
  ) {
    reference(target, name, line, target + "Ref", &rule)
  }

  private mutating func reference(
    _ target: String, _ name: String, _ line: Int, _ keyword: String, _ rule: inout PolicyRule
  ) {
    guard let block = find(target, name, line, keyword) else { return }
    if let scope = scope(of: target) {
      attach(action(block, scope), scope, line, to: &rule)
    } else if target == "IpTimeCondition" {
      rule.times.append(settings(block))
    } else if keyword.hasPrefix("Local") || keyword.hasPrefix("Remote") {
      let group = expand(block)
      if keyword.hasPrefix("Local") {
        rule.localAddresses.append(group.addresses)
        rule.localPorts += group.ports
      } else {
        rule.remoteAddresses.append(group.addresses)
        rule.remotePorts += group.ports
      }
    }
  }

  /// Gives the rule an action; of several of one scope the first is used.
  private mutating func attach(
    _ action: Int, _ scope: PolicyScope, _ line: Int, to rule: inout PolicyRule
  ) {
    guard let old = rule.actions.first(where: { set.actions[$0].scope == scope }) else {
      return rule.actions.append(action)
    }
    set.diagnostics.warning(
      file, line, "a second \(scope.statement) for \(rule.name)",
      "take one out: \(quoted(set.actions[old].name)) is used here")
  }

  private mutating func expand(
    _ block: PolicyBlock
  ) -> (addresses: AddressSet, ports: [PortRange]) {
    let key = key(block.statement, block.name)
    if let known = expanded[key] { return known }
    var addresses: [AddressRange] = []
    var ports: [PortRange] = []
    collect(block, &addresses, &ports, depth: 0)
    let group = (addresses: AddressSet(addresses), ports: ports)
    expanded[key] = group
    return group
  }

  private mutating func collect(
    _ block: PolicyBlock, _ addresses: inout [AddressRange], _ ports: inout [PortRange], depth: Int
  ) {
    guard depth < Self.depthLimit else { return }
    for item in block.items {
      switch item {
      case .value(let entry, let checked, let line):
        guard checked.problem == nil, let value = checked.values.first else { continue }
        if case .reference(let target) = entry.shape {
          if let inner = find(target, value, line, entry.name) {
            collect(inner, &addresses, &ports, depth: depth + 1)
          }
        } else if entry.shape == .ports {
          ports += RuleConditions.ports(value)
        } else if let range = AddressRange(value) {
          addresses.append(range)
        }
      case .reference(let target, let name, let line):
        if let inner = find(target, name, line) {
          collect(inner, &addresses, &ports, depth: depth + 1)
        }
      case .block(let inner): collect(inner, &addresses, &ports, depth: depth + 1)
      }
    }
  }

  // MARK: actions

  private func scope(of statement: String) -> PolicyScope? {
    PolicyScope.allCases.first { $0.statement == statement }
  }

  private mutating func action(_ block: PolicyBlock, _ scope: PolicyScope) -> Int {
    let key = key(block.statement, block.name)
    if let known = actionIndex[key] { return known }
    let index = addAction(block, scope)
    actionIndex[key] = index
    return index
  }

  private mutating func addAction(_ block: PolicyBlock, _ scope: PolicyScope) -> Int {
    var action = PolicyAction(scope: scope, name: block.name, file: file, line: block.line)
    flatten(block, into: &action, depth: 0)
    set.actions.append(action)
    return set.actions.count - 1
  }

  private mutating func flatten(
    _ block: PolicyBlock, into action: inout PolicyAction, depth: Int
  ) {
    var seen: [String: Int] = [:]
    for item in block.items {
      switch item {
      case .value(let entry, let checked, let line):
        if !entry.isList, let earlier = seen.updateValue(line, forKey: entry.name) {
          set.diagnostics.warning(
            file, line, "\(entry.name) is already coded at line \(earlier)",
            "take one out: the later one is used here")
        }
        action.add(entry.storedAs, checked.values, line: line, isList: entry.isList)
      case .reference(let statement, let name, let line):
        guard depth < Self.depthLimit, let target = find(statement, name, line) else { continue }
        flatten(target, into: &action, depth: depth + 1)
      case .block(let inner):
        guard depth < Self.depthLimit else { continue }
        flatten(inner, into: &action, depth: depth + 1)
      }
    }
  }

  private func settings(_ block: PolicyBlock) -> [PolicySetting] {
    block.items.compactMap { item in
      guard case .value(let entry, let checked, let line) = item else { return nil }
      return PolicySetting(keyword: entry.name, values: checked.values, line: line)
    }
  }

  /// - Parameter keyword: the keyword that stands there, where it is not the statement's with Ref.
  private mutating func find(
    _ statement: String, _ name: String, _ line: Int, _ keyword: String? = nil
  ) -> PolicyBlock? {
    if let block = named[key(statement, name)] { return block }
    guard reported.insert(line).inserted else { return nil }
    // Names are compared letter by letter, so only the first dangling references get a proposal.
    let near =
      reported.count > Self.proposalLimit
      ? nil : nearest(to: name, in: (names[statement] ?? []).prefix(2000))
    set.diagnostics.error(
      file, line, "\(keyword ?? statement + "Ref") names \(quoted(name)), which is not defined",
      near.map { "write \($0), or define \(statement) \(name)" }
        ?? "define \(statement) \(name), or take the line out")
    return nil
  }

  /// Statements nobody refers to are checked all the same; a policy file often holds spares.
  private mutating func checkUnused(_ blocks: [PolicyBlock]) {
    for block in blocks { checkReferences(block) }
  }

  private mutating func checkReferences(_ block: PolicyBlock) {
    for item in block.items {
      switch item {
      case .block(let inner): checkReferences(inner)
      case .reference(let statement, let name, let line):
        if block.statement != "TTLSRule" { _ = find(statement, name, line) }
      case .value: break
      }
    }
    missing(block)
  }

  /// Required keywords that are not there, for statements other than rules.
  private mutating func missing(_ block: PolicyBlock) {
    guard block.statement != "TTLSRule", let statement = vocabulary.statement(block.statement)
    else { return }
    for entry in statement.keywords where entry.isRequired {
      let isThere = block.items.contains { item in
        if case .value(let found, _, _) = item { return found.name == entry.name }
        return false
      }
      if !isThere {
        set.diagnostics.error(
          file, block.line, "\(block.statement) \(block.name) has no \(entry.name)",
          "add \(entry.name) \(ValueCheck.example(entry.shape))")
      }
    }
  }
}
