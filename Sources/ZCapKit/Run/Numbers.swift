internal import TraceBytes

extension UInt64 {
  /// The number with a comma every three digits.
  package var grouped: String {
    var text = ShortText()
    text.grouped(self)
    return text.text
  }

  /// "1 record", "2 records".
  package func counted(_ noun: String) -> String {
    let isOne = self == 1
    let plural = noun.hasSuffix("ch") ? "es" : "s"
    return "\(grouped) \(noun)\(isOne ? "" : plural)"
  }
}

/// Seconds with milliseconds, as tables show them.
package func secondsText(_ nanoseconds: Int64) -> String {
  let milliseconds = nanoseconds / 1_000_000
  return (milliseconds < 0 ? "-" : "") + thousandthsText(milliseconds.magnitude)
}

/// `12.345` of thousandths.
func thousandthsText(_ value: UInt64, grouped: Bool = false) -> String {
  var text = ShortText()
  text.thousandths(value, grouped: grouped)
  return text.text
}
