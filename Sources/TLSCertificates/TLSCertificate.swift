internal import TraceBytes
internal import SwiftASN1
internal import TraceBytes

/// What people want to know of an X.509 certificate (RFC 5280); nothing in it is verified.
///
/// The structure is read here with swift-asn1. swift-certificates would read it too, but brings
/// swift-crypto and with it BoringSSL: a release build takes 228 s of CPU time instead of 16 s, and the
/// command grows by 23 MB, for what is not used here.
public struct TLSCertificate: Sendable, Equatable {
  /// Names in the order of the certificate: "C=DE, O=Example, CN=www.example.com".
  public private(set) var subject = ""
  /// The name of the authority that signed it, in the form of ``subject``.
  public private(set) var issuer = ""
  /// The serial number in hexadecimal.
  public private(set) var serial = ""
  /// The times of validity, "2026-11-25 13:00:00"; UTC.
  public private(set) var notBefore = ""
  /// The end of validity, in the form of ``notBefore``.
  public private(set) var notAfter = ""
  /// "RSA", "EC P-256", "Ed25519".
  public private(set) var keyType = ""
  /// Bits of the key; nil when the algorithm is not known.
  public private(set) var keyBits: Int?
  /// How it was signed, such as "sha256WithRSAEncryption".
  public private(set) var signature = ""
  /// The alternative names of the subject: "DNS:www.example.com", "IP:10.1.1.2".
  public private(set) var names: [String] = []
  /// Whether it says that it may sign other certificates.
  public private(set) var isAuthority = false
  /// SHA-256 of the whole, in hexadecimal.
  public let fingerprint: String

  /// Whether issuer and subject are the same.
  public var isSelfIssued: Bool { subject == issuer }

  /// Reads a certificate; nil when the bytes are none.
  public init?(der: [UInt8]) {
    fingerprint = Self.fingerprint(der)
    // Some old certificates are BER and not DER.
    guard let root = (try? DER.parse(der)) ?? (try? BER.parse(der)) else { return nil }
    let parts = root.children
    guard parts.count == 3, let body = parts.first?.children else { return nil }
    var fields = body[...]
    // The version is missing in certificates of version 1.
    if fields.first?.isContext(0) == true { fields.removeFirst() }
    guard fields.count >= 6, let number = fields.popFirst()?.primitive,
      let algorithm = fields.popFirst(), let issuer = fields.popFirst(),
      let validity = fields.popFirst()?.children, validity.count == 2,
      let subject = fields.popFirst(), let key = fields.popFirst()
    else { return nil }
    // The zero byte in front of a first bit that is on is no part of the number (X.690 section 8.3).
    serial = Hex.text(number.count > 1 && number.first == 0 ? number.dropFirst() : number)
    signature = AlgorithmNames.signature(algorithm.children.first?.objectIdentifier)
    self.issuer = DistinguishedName.text(issuer)
    self.subject = DistinguishedName.text(subject)
    notBefore = CertificateTime.text(validity[0])
    notAfter = CertificateTime.text(validity[1])
    (keyType, keyBits) = PublicKey.describe(key)
    for field in fields where field.isContext(3) {
      for item in field.children.first?.children ?? [] { learn(item) }
    }
  }

  private mutating func learn(_ item: ASN1Node) {
    let parts = item.children
    guard let id = parts.first?.objectIdentifier, let value = parts.last?.primitive,
      let content = (try? DER.parse(value)) ?? (try? BER.parse(value))
    else { return }
    switch id {
    case "2.5.29.17": names += content.children.compactMap(GeneralName.text)
    case "2.5.29.19": isAuthority = content.children.first?.primitive?.first == 0xFF
    default: break
    }
  }

  /// SHA-256 in hexadecimal.
  public static func fingerprint(_ der: [UInt8]) -> String { Hex.text(SHA256.digest(der)) }

  /// The text form that certificate stores take.
  public static func pem(_ der: [UInt8]) -> String {
    PEMDocument(type: "CERTIFICATE", derBytes: der).pemString + "\n"
  }
}

extension ASN1Node {
  /// What it consists of; nothing when it is a value.
  var children: [ASN1Node] {
    guard case .constructed(let nodes) = content else { return [] }
    return Array(nodes)
  }

  /// The bytes of a value.
  var primitive: ArraySlice<UInt8>? {
    guard case .primitive(let bytes) = content else { return nil }
    return bytes
  }

  /// An object identifier as numbers with dots.
  var objectIdentifier: String? {
    (try? ASN1ObjectIdentifier(derEncoded: self)).map { String(describing: $0) }
  }

  func isContext(_ number: UInt) -> Bool {
    identifier.tagClass == .contextSpecific && identifier.tagNumber == number
  }
}
