extension PolicySet {
  /// Bytes in one policy file or listing.
  public static let sizeLimit = 256 << 20

  /// Reads inputs of one of the three kinds, recognised by their content; several only for YAML, where they
  /// are one set of documents.
  public static func read(
    _ inputs: [(file: String, bytes: [UInt8])]
  ) throws(PolicyInputError) -> PolicySet {
    let inputs = inputs.map { input in
      (
        file: input.file,
        bytes: PolicyText.withoutSequenceNumbers(PolicyText.utf8(input.bytes))
      )
    }
    guard let first = inputs.first else {
      throw PolicyInputError(file: "", line: 0, message: "no input: name a file, or - for stdin")
    }
    var kinds = Set<PolicyInputKind>()
    for input in inputs { kinds.insert(try detect(input.bytes, file: input.file)) }
    if kinds == [.yaml] { return try YAMLReader.read(inputs) }
    guard inputs.count == 1 else {
      throw PolicyInputError(
        file: first.file, line: 0,
        message: "several inputs are read together only when all are YAML")
    }
    return kinds == [.listing]
      ? PasearchReader.read(first.bytes, file: first.file)
      : PolicyFileReader.read(first.bytes, file: first.file)
  }

  /// What a text is, for whoever takes it for something else: "an AT-TLS policy"; nil when it is none of the
  /// inputs that are known here, or not surely.
  public static func kindInWords(of bytes: [UInt8]) -> String? {
    do throws(PolicyInputError) {
      switch try detect(PolicyText.withoutSequenceNumbers(bytes), file: "") {
      case .listing: return "the output of pasearch"
      case .yaml: return "an AT-TLS policy in YAML"
      case .policy:
        // Any program text has braces.
        return String(decoding: bytes, as: UTF8.self).contains("TTLS") ? "an AT-TLS policy" : nil
      }
    } catch {
      return error.message.hasPrefix(PolicyAgentConfiguration.what)
        ? PolicyAgentConfiguration.name : nil
    }
  }

  /// Says what kind of input a text in UTF-8 is.
  public static func detect(
    _ bytes: [UInt8], file: String
  ) throws(PolicyInputError) -> PolicyInputKind {
    guard bytes.count <= sizeLimit else {
      throw PolicyInputError(
        file: file, line: 0, message: "\(bytes.count) bytes; the limit is \(sizeLimit)")
    }
    guard !bytes.isEmpty else { throw PolicyInputError(file: file, line: 0, message: "is empty") }
    if bytes.prefix(4096).contains(0) {
      throw PolicyInputError(
        file: file, line: 0,
        message:
          "is binary; expected a policy, a pasearch listing or YAML (zcap info reads traces)")
    }
    // In EBCDIC a blank is 40 and a new line 15 or 25; ASCII text has 20 and 0A.
    let head = bytes.prefix(4096)
    let blanks = head.count { $0 == 0x20 || $0 == 0x0A }
    if head.count(where: { $0 == 0x40 || $0 == 0x15 || $0 == 0x25 }) > 8 * (blanks + 1) {
      throw PolicyInputError(
        file: file, line: 0,
        message: "looks like EBCDIC; convert it: iconv -f IBM-1047 -t UTF-8 \(file)")
    }
    var lines = LineReader(Array(bytes.prefix(1 << 20)))
    var hasBrace = false
    var hasRuleKey = false
    var count = 0
    var configuration: [String] = []
    while let line = lines.next(), count < 400 {
      let text = trim(line.text)
      if text.isEmpty || text.utf8.first == UInt8(ascii: "#") { continue }
      count += 1
      if count == 1, text.contains("pasearch") { return .listing }
      if text.hasPrefix("Rule Type:") || text.hasPrefix("TTLS Action:") { return .listing }
      if line.text.hasPrefix("---") { return .yaml }
      if text == "{" || text == "}" || text.utf8.last == UInt8(ascii: "{") { hasBrace = true }
      let word = text.prefix { $0 != ":" && $0 != " " && $0 != "\t" }.lowercased()
      let isKey = trim(text.dropFirst(word.count)).first == ":"
      if isKey, ["policyrule", "template", "basedon"].contains(word) { hasRuleKey = true }
      if PolicyAgentConfiguration.keywords.contains(word) {
        configuration.append(String(text.prefix(120)))
      }
      let isStatement = Vocabulary.standard.statement(word) != nil
      if isStatement, !isKey, !hasRuleKey { return .policy }
    }
    if !configuration.isEmpty {
      throw PolicyInputError(
        file: file, line: 0, message: PolicyAgentConfiguration.message(configuration))
    }
    if hasRuleKey { return .yaml }
    if hasBrace { return .policy }
    throw PolicyInputError(
      file: file, line: 0,
      message: "not recognised: expected an AT-TLS policy (TTLSRule NAME and {), the output of"
        + " pasearch -t, or YAML (policyRule : NAME)")
  }
}
