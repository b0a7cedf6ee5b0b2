/// A JSON object as a value, for places where an object at a time does not matter; members without a
/// value are left out.
///
/// Source: RFC 8259.
public struct JSONObject {
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
  public mutating func add(_ name: String, _ object: JSONObject) {
    key(name)
    body += object.text
  }

  /// Adds a list of objects, unless it is empty.
  public mutating func add(_ name: String, _ objects: [JSONObject]) {
    guard !objects.isEmpty else { return }
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
