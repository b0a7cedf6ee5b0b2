internal import TraceBytes

/// What is known about AT-TLS: return codes, names, cipher suites, alerts and messages.
///
/// Each table is parsed when it is first asked for.
public enum Knowledge {
  // MARK: Return codes

  static let returnCodes = KnowledgeTable(PackageResources.return_codes_tsv).rows
    .map { ReturnCode($0) }

  private static let returnCodeByNumber = Dictionary(
    returnCodes.enumerated().compactMap { index, entry in
      entry.codes.flatMap { $0.count == 1 ? ($0.lowerBound, index) : nil }
    }, uniquingKeysWith: { first, _ in first })

  /// The entry for a return code, or nil when the code is not known.
  public static func returnCode(_ code: Int) -> ReturnCode? {
    if let index = returnCodeByNumber[code] { return returnCodes[index] }
    return returnCodes.first { $0.codes?.contains(code) ?? false }
  }

  /// The entry with a symbolic name such as GSK_ERR_UNKNOWN_CA, whatever the case.
  public static func returnCode(named name: String) -> ReturnCode? {
    let name = name.uppercased()
    return returnCodes.first { $0.name == name }
  }

  // MARK: Cipher suites

  /// A TLS cipher suite.
  public struct CipherSuite: Sendable {
    /// Four hexadecimal digits, or "V2-" and one digit for SSL version 2.
    public let code: String
    /// The IANA name.
    public let name: String
    /// The protocol versions that may use it.
    public let versions: String
    /// The key exchange.
    public let keyExchange: String
    /// How the server proves who it is.
    public let authentication: String
    /// Encryption and hash.
    public let encryption: String
    /// Whether recorded traffic stays safe when the private key leaks; nil when it does not apply.
    public let forwardSecrecy: Bool?
    /// A remark.
    public let note: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let cipherSuites = KnowledgeTable(PackageResources.cipher_suites_tsv).rows.map { row in
    CipherSuite(
      code: row["code"], name: row["name"], versions: row["versions"],
      keyExchange: row["key_exchange"], authentication: row["authentication"],
      encryption: row["encryption"],
      forwardSecrecy: row["forward_secrecy"].isEmpty ? nil : row["forward_secrecy"] == "yes",
      note: row["note"], provenance: row.provenance)
  }

  private static let cipherIndex = Dictionary(
    cipherSuites.enumerated().map { ($1.code, $0) }, uniquingKeysWith: { first, _ in first })

  /// The suite with a code such as "C02C"; two digits are the first 256 suites.
  public static func cipherSuite(_ code: String) -> CipherSuite? {
    var code = code.uppercased()
    if code.count == 2 { code = "00" + code }
    if let index = cipherIndex[code] { return cipherSuites[index] }
    guard let number = UInt16(code, radix: 16), code.count == 4 else { return nil }
    return isGREASE(number)
      ? CipherSuite(
        code: code, name: "GREASE", versions: "", keyExchange: "", authentication: "",
        encryption: "", forwardSecrecy: nil,
        note: "Not a cipher suite: browsers send such values to keep servers tolerant",
        provenance: Provenance(confidence: .certain, source: "RFC 8701")) : nil
  }

  /// The suite with an IANA name.
  public static func cipherSuite(named name: String) -> CipherSuite? {
    let name = name.uppercased()
    return cipherSuites.first { $0.name == name }
  }

  /// The IANA name of a suite, or nil when it is not known.
  public static func cipherName(_ code: UInt16) -> String? {
    cipherSuite(hex4(code))?.name
  }

  /// The name of a suite of an SSL 2.0 hello, which has three bytes; its digits when it is not known.
  static func version2Suite(_ code: UInt32) -> String {
    if let suite = UInt16(exactly: code) { return cipherName(suite) ?? hex4(suite) }
    // The second and third byte are the length of the key.
    return cipherSuite("V2-\(code >> 16)")?.name
      ?? hex4(UInt16(truncatingIfNeeded: code >> 8)) + hex4(UInt16(code & 0xFF)).suffix(2)
  }

  /// A cipher suite as people look for it: code and name.
  static func suiteText(_ code: UInt16) -> String {
    hex4(code) + (cipherName(code).map { " \($0)" } ?? "")
  }

  /// Whether a number is one of the filler values of RFC 8701 (0A0A, 1A1A, … FAFA).
  public static func isGREASE(_ number: UInt16) -> Bool {
    number & 0x0F0F == 0x0A0A && number >> 8 == number & 0xFF
  }

  // MARK: Alerts

  /// A TLS alert.
  public struct Alert: Sendable {
    /// The alert's number.
    public let code: UInt8
    /// Its name in the RFCs.
    public let name: String
    /// What it means.
    public let meaning: String
    /// What to look at.
    public let look: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let alerts = KnowledgeTable(PackageResources.tls_alerts_tsv).rows.compactMap { row in
    UInt8(row["code"]).map {
      Alert(
        code: $0, name: row["name"], meaning: row["meaning"], look: row["look"],
        provenance: row.provenance)
    }
  }

  /// The alert with a number, or nil when it is not known.
  public static func alert(_ code: UInt8) -> Alert? { alerts.first { $0.code == code } }

  /// The alert with a name such as unknown_ca.
  public static func alert(named name: String) -> Alert? {
    let name = name.lowercased()
    return alerts.first { $0.name == name }
  }

  // MARK: TLS numbers

  /// The sets of numbers that a TLS handshake uses.
  public enum NumberSet: String, Sendable, CaseIterable {
    /// Content types of records.
    case record
    /// Types of handshake messages.
    case handshake
    /// Protocol versions.
    case version
    /// Groups of the key exchange.
    case group
    /// Extensions of a hello.
    case `extension`
    /// Signature algorithms.
    case signature
  }

  /// A number of TLS with its name.
  public struct Number: Sendable {
    /// The set it belongs to.
    public let set: NumberSet
    /// The number.
    public let code: UInt16
    /// Its name.
    public let name: String
    /// A remark.
    public let note: String
    /// How sure this is and where it comes from.
    public let provenance: Provenance
  }

  static let numbers = KnowledgeTable(PackageResources.tls_numbers_tsv).rows.compactMap { row in
    NumberSet(rawValue: row["set"]).flatMap { set in
      UInt16(row["code"], radix: 16).map {
        Number(
          set: set, code: $0, name: row["name"], note: row["note"], provenance: row.provenance)
      }
    }
  }

  private struct NumberKey: Hashable {
    let set: NumberSet
    let code: UInt16
  }

  private static let numberIndex = Dictionary(
    numbers.enumerated().map { (NumberKey(set: $1.set, code: $1.code), $0) },
    uniquingKeysWith: { first, _ in first })

  /// The entry for a number of TLS, or nil when it is not known.
  public static func number(_ set: NumberSet, _ code: UInt16) -> Number? {
    numberIndex[NumberKey(set: set, code: code)].map { numbers[$0] }
  }

  /// The name of a number of TLS, "GREASE" for filler values, or nil when it is not known.
  public static func name(_ set: NumberSet, _ code: UInt16) -> String? {
    if let known = number(set, code) { return known.name }
    // RFC 8446 was written in 28 drafts.
    if set == .version, code >> 8 == 0x7F { return "TLS 1.3 draft \(code & 0xFF)" }
    return set != .record && set != .handshake && isGREASE(code) ? "GREASE" : nil
  }

  /// A number as four hexadecimal digits.
  public static func hex4(_ number: UInt16) -> String {
    Hex.text(number, digits: 4)
  }
}
