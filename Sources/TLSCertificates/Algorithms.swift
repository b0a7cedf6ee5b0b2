internal import SwiftASN1

/// Kind and size of the key in a certificate.
enum PublicKey {
  private static let curves: [String: (name: String, bits: Int)] = [
    "1.2.840.10045.3.1.1": ("P-192", 192), "1.3.132.0.33": ("P-224", 224),
    "1.2.840.10045.3.1.7": ("P-256", 256), "1.3.132.0.34": ("P-384", 384),
    "1.3.132.0.35": ("P-521", 521), "1.3.132.0.10": ("secp256k1", 256),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
  ]

  static func describe(_ key: ASN1Node) -> (type: String, bits: Int?) {
    let parts = key.children
    let algorithm = parts.first?.children ?? []
    let id = algorithm.first?.objectIdentifier ?? "?"
    switch id {
    case "1.2.840.113549.1.1.1": return ("RSA", modulusBits(parts.last))
    case "1.2.840.113549.1.1.10": return ("RSA-PSS", modulusBits(parts.last))
    case "1.2.840.10045.2.1":
      guard let curve = algorithm.dropFirst().first?.objectIdentifier else {
        return ("EC with a curve of its own", nil)
      }
      return curves[curve].map { ("EC \($0.name)", $0.bits) } ?? ("EC \(curve)", nil)
    case "1.2.840.10040.4.1":
      return ("DSA", algorithm.last?.children.first?.primitive.map(bits))
    case "1.3.101.112": return ("Ed25519", 256)
    case "1.3.101.113": return ("Ed448", 456)
    default: return (id, nil)
    }
  }

  /// The bits of an RSA modulus: the first number in the bit string.
  private static func modulusBits(_ bitString: ASN1Node?) -> Int? {
    // The first byte tells how many bits of the last one are not used.
    guard let bytes = bitString?.primitive?.dropFirst(),
      let pair = (try? DER.parse(bytes)) ?? (try? BER.parse(bytes)),
      let modulus = pair.children.first?.primitive
    else { return nil }
    return bits(modulus)
  }

  private static func bits(_ number: ArraySlice<UInt8>) -> Int {
    let digits = number.drop { $0 == 0 }
    return digits.first.map { digits.count * 8 - $0.leadingZeroBitCount } ?? 0
  }
}

/// Names of signature algorithms, as Wireshark and OpenSSL write them.
enum AlgorithmNames {
  private static let signatures: [String: String] = [
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSASignature",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256", "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512", "1.2.840.10040.4.3": "dsa-with-sha1",
    "2.16.840.1.101.3.4.3.2": "dsa-with-sha256", "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
  ]

  static func signature(_ id: String?) -> String { id.map { signatures[$0] ?? $0 } ?? "?" }
}
