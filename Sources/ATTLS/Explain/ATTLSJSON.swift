/// Writes one JSON object; members without a value are left out.
public struct ATTLSJSON {
  private var body = ""

  /// Makes an empty object.
  public init() {}

  /// The object as text, without a line end.
  public var text: String { "{" + body + "}" }

  /// Adds a string.
  public mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    Self.append(value, to: &body)
  }

  /// Adds a number.
  public mutating func add(_ name: String, _ value: Int?) {
    guard let value else { return }
    key(name)
    body += String(value)
  }

  /// Adds true or false.
  public mutating func add(_ name: String, _ value: Bool) {
    key(name)
    body += value ? "true" : "false"
  }

  /// Adds a list of strings, unless it is empty.
  public mutating func add(_ name: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    key(name)
    body += "["
    for (index, value) in values.enumerated() {
      if index > 0 { body += "," }
      Self.append(value, to: &body)
    }
    body += "]"
  }

  /// Adds an object.
  public mutating func add(_ name: String, _ object: ATTLSJSON) {
    key(name)
    body += object.text
  }

  /// Adds a list of objects, unless it is empty.
  public mutating func add(_ name: String, _ objects: [ATTLSJSON]) {
    guard !objects.isEmpty else { return }
    key(name)
    body += "[" + objects.map(\.text).joined(separator: ",") + "]"
  }

  private mutating func key(_ name: String) {
    if !body.isEmpty { body += "," }
    Self.append(name, to: &body)
    body += ":"
  }

  private static func append(_ text: String, to body: inout String) {
    body += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": body += "\\\""
      case "\\": body += "\\\\"
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
        body += "\\u" + Knowledge.hex4(UInt16(truncatingIfNeeded: scalar.value))
      default: body.unicodeScalars.append(scalar)
      }
    }
    body += "\""
  }
}
