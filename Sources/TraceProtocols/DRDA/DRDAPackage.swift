internal import TraceBytes

/// The package and section that a command names: PKGNAMCSN.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 18 | database |
/// | 18 | 18 | collection |
/// | 36 | 18 | package |
/// | 54 | 8 | consistency token |
/// | 62 | 2 | section |
///
/// A longer form has the three names with a 16-bit length before each.
struct DRDAPackage: Equatable {
  private static let short = 64

  var database = ""
  /// `NULLID.SYSSH200`.
  var name = ""
  var section = 0

  init?(_ bytes: RawSpan) {
    if bytes.byteCount == Self.short {
      database = DRDAText.text(bytes.extracting(0..<18))
      let collection = DRDAText.text(bytes.extracting(18..<36))
      name = collection + "." + DRDAText.text(bytes.extracting(36..<54))
      section = Int(bytes.be16(62))
      return
    }
    var at = 0
    var names: [String] = []
    for _ in 0..<3 {
      guard bytes.has(2, at: at) else { return nil }
      let count = Int(bytes.be16(at))
      guard bytes.has(count, at: at + 2) else { return nil }
      names.append(DRDAText.text(bytes.extracting(at + 2..<at + 2 + count)))
      at += 2 + count
    }
    guard bytes.has(10, at: at) else { return nil }
    database = names[0]
    name = names[1] + "." + names[2]
    section = Int(bytes.be16(at + 8))
  }
}
