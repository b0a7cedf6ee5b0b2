/// A JSON object as a value, for places where an object at a time does not matter. What is absent is
/// null, and an empty list is a list.
///
/// Source: RFC 8259.
public struct JSONObject {
  private var body = ""

  /// Makes an empty object that stands inside another.
  public init() {}

  /// Makes an object that stands alone on its line and says what it is: members `type` and `schema`.
  public init(type: String, schema: Int = 1) {
    add("type", type)
    add("schema", schema)
  }

  /// The object as text, without a line end.
  public var text: String { "{" + body + "}" }

  /// Adds a string.
  public mutating func add(_ name: String, _ value: String?) {
    key(name)
    if let value { Self.append(value, to: &body) } else { body += "null" }
  }

  /// Adds a number.
  public mutating func add(_ name: String, _ value: (some FixedWidthInteger)?) {
    key(name)
    body += value.map { String($0) } ?? "null"
  }

  /// Adds true, false or null.
  public mutating func add(_ name: String, _ value: Bool?) {
    key(name)
    body += value.map { $0 ? "true" : "false" } ?? "null"
  }

  /// Adds a list of strings.
  public mutating func add(_ name: String, _ values: [String]) {
    key(name)
    body += "["
    for (index, value) in values.enumerated() {
      if index > 0 { body += "," }
      Self.append(value, to: &body)
    }
    body += "]"
  }

  /// Adds an object.
  public mutating func add(_ name: String, _ object: JSONObject?) {
    key(name)
    body += object?.text ?? "null"
  }

  /// Adds a list of objects.
  public mutating func add(_ name: String, _ objects: [JSONObject]) {
    key(name)
    body += "[" + objects.map(\.text).joined(separator: ",") + "]"
  }

  private mutating func key(_ name: String) {
    if !body.isEmpty { body += "," }
    Self.append(name, to: &body)
    body += ":"
  }

  /// A JSON string with its quotes; what a terminal or a browser could act on is escaped.
  public static func string(_ text: String) -> String {
    var string = ""
    append(text, to: &string)
    return string
  }

  private static func append(_ text: String, to body: inout String) {
    body += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        body += "\\"
        body.unicodeScalars.append(scalar)
      case "\n": body += "\\n"
      case "\r": body += "\\r"
      case "\t": body += "\\t"
      default:
        if VisibleText.isSafe(scalar) {
          body.unicodeScalars.append(scalar)
        } else {
          // Beyond U+FFFF JSON has surrogate pairs.
          for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
            let hex = String(unit, radix: 16)
            body += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
          }
        }
      }
    }
    body += "\""
  }
}
