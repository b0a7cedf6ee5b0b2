/// A return code of AT-TLS or System SSL, as the RC of a message shows it.
public struct ReturnCode: Sendable {
  /// The side of the connection on which the trouble lies.
  public enum Side: String, Sendable {
    /// On z/OS: policy, key ring or permissions.
    case local
    /// At the partner, or in what the partner sent.
    case partner
    /// On either side.
    case either
  }

  /// The codes this entry covers; nil when the number of a named code is not known.
  public let codes: ClosedRange<Int>?
  /// The symbolic name, when one is known.
  public let name: String?
  /// The side on which the trouble lies, when the code itself tells.
  public let side: Side?
  /// What the code means.
  public let meaning: String
  /// Likely causes, the likeliest first.
  public let causes: [String]
  /// What to look at or do; `{user}`, `{rule}`, `{remote}`, `{time}` stand for the message's values.
  public let look: [String]
  /// How sure this is and where it comes from.
  public let provenance: Provenance

  init(_ row: KnowledgeTable.Row) {
    codes = Self.range(row["code"])
    name = row["name"].isEmpty ? nil : row["name"]
    side = Side(rawValue: row["side"])
    meaning = row["meaning"]
    causes = row.list("causes")
    look = row.list("look")
    provenance = row.provenance
  }

  /// Whether only the range is known, and not what this very code means.
  var isRangeOnly: Bool { (codes?.count ?? 1) > 1 && provenance.confidence != .certain }

  /// Reads "435", "-22" or "5007-5017".
  static func range(_ text: String) -> ClosedRange<Int>? {
    if let number = Int(text) { return number...number }
    let ends = text.split(separator: "-")
    guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first <= last else {
      return nil
    }
    return first...last
  }

  /// The family a code belongs to, known or not, and where its description is kept.
  public static func family(of code: Int) -> (name: String, place: String) {
    let systemSSL = "the SSL function return codes in the System SSL Programming manual"
    let attls = "the AT-TLS return codes in the IP Diagnosis Guide"
    switch code {
    case ..<0:
      return (
        "old System SSL interface", "the deprecated codes in the System SSL Programming manual"
      )
    case 0...99: return ("System SSL, general", systemSSL)
    case 100...199: return ("System SSL, key database and initialisation", systemSSL)
    case 200...299: return ("System SSL, key ring and passwords", systemSSL)
    case 300...399: return ("System SSL, closing", systemSSL)
    case 400...499: return ("System SSL, handshake", systemSSL)
    case 500...599: return ("System SSL, reading and writing, newer handshake codes", systemSSL)
    case 600...699: return ("System SSL, miscellaneous functions", systemSSL)
    case 700...799: return ("System SSL, attributes", systemSSL)
    case 800...4999: return ("System SSL", systemSSL)
    case 5000...5999: return ("AT-TLS, can be corrected at the installation", attls)
    case 6000...6999: return ("AT-TLS, internal: call IBM", attls)
    default: return ("outside of every known range", attls)
    }
  }
}
