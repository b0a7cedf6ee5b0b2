internal import TraceBytes

/// Filters of searches as people write them. Source: RFC 4511 section 4.5.1.7, RFC 4515.
enum LDAPFilter {
  /// Attributes whose values are passwords, of directories in general and of RACF's (SDBM).
  static func isSecret(_ attribute: String) -> Bool {
    let name = attribute.lowercased()
    return name.contains("password") || name.contains("passphrase") || name == "unicodepwd"
      || name.contains("secret")
  }

  /// The filter as text; a value of an attribute that is a secret is left out.
  static func text(_ filter: BER, _ bytes: RawSpan) -> String {
    var text = ""
    write(filter, bytes, depth: 0, into: &text)
    return text
  }

  private static func write(_ filter: BER, _ bytes: RawSpan, depth: Int, into text: inout String) {
    guard depth < 8, text.utf8.count < 1000 else {
      text += "(…)"
      return
    }
    let parts = filter.parts(bytes)
    text += "("
    switch filter.tag {
    case 0xA0, 0xA1, 0xA2:
      text += filter.tag == 0xA0 ? "&" : filter.tag == 0xA1 ? "|" : "!"
      for part in parts { write(part, bytes, depth: depth + 1, into: &text) }
    case 0x87: text += filter.text(bytes) + "=*"
    case 0xA3, 0xA5, 0xA6, 0xA8:
      guard parts.count >= 2 else { break }
      let name = parts[0].text(bytes)
      let sign =
        filter.tag == 0xA3 ? "=" : filter.tag == 0xA5 ? ">=" : filter.tag == 0xA6 ? "<=" : "~="
      text += name + sign + (isSecret(name) ? "(secret)" : parts[1].text(bytes))
    case 0xA4:
      guard parts.count >= 2 else { break }
      let name = parts[0].text(bytes)
      text += name + "="
      if isSecret(name) {
        text += "(secret)"
        break
      }
      for piece in parts[1].parts(bytes) {
        if piece.tag != 0x80 { text += "*" }
        text += piece.text(bytes)
        if piece.tag != 0x82, piece.value.upperBound == parts[1].value.upperBound { text += "*" }
      }
    case 0xA9: text += "extensible match"
    default: text += "unknown filter"
    }
    text += ")"
  }
}
