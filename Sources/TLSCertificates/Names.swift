internal import SwiftASN1
internal import TraceBytes

/// Names of subjects and issuers (RFC 5280 section 4.1.2.4, words of RFC 4519).
enum DistinguishedName {
  private static let words: [String: String] = [
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L",
    "2.5.4.8": "ST", "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title",
    "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
  ]

  static func text(_ name: ASN1Node) -> String {
    name.children.map { set in
      set.children.map { attribute in
        let parts = attribute.children
        let id = parts.first?.objectIdentifier ?? "?"
        let value = parts.last.map(DirectoryString.text) ?? ""
        // A comma would look like the next attribute (RFC 4514).
        let plain = value.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
        return "\(words[id] ?? id)=\(plain)"
      }.joined(separator: "+")
    }.joined(separator: ", ")
  }
}

/// The kinds of text in certificates.
enum DirectoryString {
  static func text(_ node: ASN1Node) -> String {
    guard let bytes = node.primitive else { return "" }
    guard node.identifier.tagClass == .universal else { return Hex.text(bytes) }
    switch node.identifier.tagNumber {
    case 12, 18, 19, 22, 26: return printable(String(decoding: bytes, as: UTF8.self))
    // T61String is Latin-1 in practice.
    case 20: return printable(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
    case 30:
      let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      return printable(String(decoding: units, as: UTF16.self))
    default: return Hex.text(bytes)
    }
  }

  /// Text that is safe on a terminal.
  static func printable(_ text: String) -> String { VisibleText.of(text) }
}

/// Alternative names (RFC 5280 section 4.2.1.6).
enum GeneralName {
  static func text(_ name: ASN1Node) -> String? {
    guard name.identifier.tagClass == .contextSpecific else { return nil }
    let bytes = name.primitive ?? []
    let plain = { DirectoryString.printable(String(decoding: bytes, as: UTF8.self)) }
    switch name.identifier.tagNumber {
    case 1: return "email:\(plain())"
    case 2: return "DNS:\(plain())"
    case 4: return "DN:\(name.children.first.map(DistinguishedName.text) ?? "")"
    case 6: return "URI:\(plain())"
    case 7: return "IP:\(address(Array(bytes)))"
    case 8: return "ID:\(Hex.text(bytes))"
    default: return "other name"
    }
  }

  private static func address(_ bytes: [UInt8]) -> String {
    guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }.joined(separator: ":")
  }
}

/// UTCTime and GeneralizedTime (RFC 5280 section 4.1.2.5).
enum CertificateTime {
  static func text(_ time: ASN1Node) -> String {
    let raw = String(decoding: time.primitive ?? [], as: UTF8.self)
    // Two digits of the year: 50 and above are of the 20th century.
    let isShort = time.identifier.tagNumber == 23
    let full = isShort ? (raw < "50" ? "20" : "19") + raw : raw
    let digits = Array(full.utf8.prefix(14))
    guard digits.count == 14, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      full.utf8.count == 15, full.hasSuffix("Z")
    else { return DirectoryString.printable(raw) }
    let part = { (range: Range<Int>) in String(decoding: digits[range], as: UTF8.self) }
    return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) "
      + "\(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
  }
}
