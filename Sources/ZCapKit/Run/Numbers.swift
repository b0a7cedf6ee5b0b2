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
  let fraction = String(abs(milliseconds % 1000))
  let sign = milliseconds < 0 && milliseconds > -1000 ? "-" : ""
  return "\(sign)\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count)
    + fraction
}
