internal import CYaml

/// A node of a YAML document with the line it begins on, counted from 1.
enum YAMLNode {
  case scalar(String, line: Int)
  case sequence([YAMLNode], line: Int)
  case mapping([(key: YAMLNode, value: YAMLNode)], line: Int)

  var line: Int {
    switch self {
    case .scalar(_, let line), .sequence(_, let line), .mapping(_, let line): line
    }
  }
}

/// What is no YAML: where, and what libyaml says of it.
struct YAMLProblem: Error {
  var line: Int
  var message: String
  var isAlias = false
}

/// Reads the documents of a YAML text with libyaml, an event at a time.
///
/// Nothing is resolved: every scalar is its text, aliases are refused, tags are passed over.
/// `YAMLGuard` has bounded nesting before.
struct YAMLParser {
  /// Hands on the documents in order until `body` returns false.
  static func read(_ text: [UInt8], _ body: (YAMLNode) -> Bool) throws(YAMLProblem) {
    // libyaml takes valid UTF-8 only.
    let text = Array(String(decoding: text, as: UTF8.self).utf8)
    var problem: YAMLProblem?
    unsafe text.withUnsafeBufferPointer { bytes in
      var parser = unsafe yaml_parser_t()
      guard unsafe yaml_parser_initialize(&parser) == 1 else {
        problem = YAMLProblem(line: 0, message: "no memory")
        return
      }
      unsafe yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      do throws(YAMLProblem) {
        while let event = try unsafe next(&parser) {
          if case .begin(let node) = event {
            let root = try unsafe tree(node, &parser)
            if !body(root) { break }
          }
        }
      } catch {
        problem = error
      }
      unsafe yaml_parser_delete(&parser)
    }
    if let problem { throw problem }
  }

  private enum Event {
    /// A scalar, or a sequence or mapping that is still empty.
    case begin(YAMLNode)
    /// The end of a sequence or mapping.
    case end
    /// The beginning or end of a document.
    case mark
  }

  /// The next event; nil at the end of the text.
  private static func next(_ parser: inout yaml_parser_t) throws(YAMLProblem) -> Event? {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(&parser, &event) == 1 else { throw unsafe problem(parser) }
    defer { unsafe yaml_event_delete(&event) }
    let line = unsafe Int(clamping: event.start_mark.line) + 1
    switch unsafe event.type {
    case YAML_NO_EVENT, YAML_STREAM_END_EVENT: return nil
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .begin(.scalar(unsafe String(decoding: bytes, as: UTF8.self), line: line))
    case YAML_SEQUENCE_START_EVENT: return .begin(.sequence([], line: line))
    case YAML_MAPPING_START_EVENT: return .begin(.mapping([], line: line))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
    case YAML_ALIAS_EVENT: throw YAMLProblem(line: line, message: "an alias", isAlias: true)
    default: return .mark
    }
  }

  /// What is open: its children so far.
  private struct Open {
    var node: YAMLNode
    var children: [YAMLNode] = []

    var closed: YAMLNode {
      guard case .mapping(_, let line) = node else { return .sequence(children, line: node.line) }
      let pairs = stride(from: 0, to: children.count - 1, by: 2).map {
        (key: children[$0], value: children[$0 + 1])
      }
      return .mapping(pairs, line: line)
    }
  }

  /// The whole of a node whose beginning was read, without recursion.
  private static func tree(
    _ first: YAMLNode, _ parser: inout yaml_parser_t
  ) throws(YAMLProblem) -> YAMLNode {
    if case .scalar = first { return first }
    var open = [Open(node: first)]
    while true {
      guard let event = try unsafe next(&parser) else {
        throw YAMLProblem(line: first.line, message: "the document does not end")
      }
      var done: YAMLNode
      switch event {
      case .mark: continue
      case .end: done = open.removeLast().closed
      case .begin(let node):
        guard case .scalar = node else {
          open.append(Open(node: node))
          continue
        }
        done = node
      }
      if open.isEmpty { return done }
      open[open.count - 1].children.append(done)
    }
  }

  private static func problem(_ parser: yaml_parser_t) -> YAMLProblem {
    func text(_ pointer: UnsafePointer<CChar>?) -> String {
      unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }
    let message = unsafe text(parser.problem)
    let context = unsafe text(parser.context)
    if unsafe parser.error == YAML_READER_ERROR { return YAMLProblem(line: 0, message: message) }
    return YAMLProblem(
      line: unsafe Int(clamping: parser.problem_mark.line) + 1, message: message,
      isAlias: message.contains("alias") || context.contains("alias"))
  }
}
