import Foundation
import TLSCertificates
import TestSupport
import Testing

/// Certificates that openssl makes, against what openssl says of them.
@Suite struct TLSCertificateTests {
  struct Kind: CustomTestStringConvertible {
    var key: String
    var subject: String
    var extensions: [String]
    var expected: (type: String, bits: Int)
    var signature: String
    var names: [String] = []

    var testDescription: String { key }
  }

  static let kinds = [
    Kind(
      key: "rsa:2048", subject: "/C=DE/O=Example, Inc./CN=www.example.com",
      extensions: [
        "subjectAltName=DNS:www.example.com,DNS:*.example.com,IP:10.1.1.2,IP:fe80::1,"
          + "email:ops@example.com,URI:https://example.com/x"
      ],
      expected: ("RSA", 2048), signature: "sha256WithRSAEncryption",
      names: [
        "DNS:www.example.com", "DNS:*.example.com", "IP:10.1.1.2", "IP:fe80:0:0:0:0:0:0:1",
        "email:ops@example.com", "URI:https://example.com/x",
      ]),
    Kind(
      key: "rsa:1024", subject: "/DC=com/DC=example/OU=Ops/CN=small", extensions: [],
      expected: ("RSA", 1024), signature: "sha256WithRSAEncryption"),
    Kind(
      key: "ec:prime256v1", subject: "/CN=Prüfstelle ☃", extensions: [],
      expected: ("EC P-256", 256), signature: "ecdsa-with-SHA256"),
    Kind(
      key: "ec:secp384r1", subject: "/CN=x/serialNumber=12/emailAddress=a@b.example",
      extensions: [],
      expected: ("EC P-384", 384), signature: "ecdsa-with-SHA256"),
    Kind(
      key: "ed25519", subject: "/O=Z\\\\cap/CN=ed", extensions: [], expected: ("Ed25519", 256),
      signature: "Ed25519"),
  ]

  static func make(_ kind: Kind, in folder: ScratchFolder) throws -> [UInt8] {
    var arguments = ["req", "-x509", "-nodes", "-utf8", "-keyout", "k.pem", "-out", "c.der"]
    arguments += ["-outform", "DER", "-days", "400", "-subj", kind.subject, "-newkey"]
    let parts = kind.key.split(separator: ":").map(String.init)
    arguments +=
      parts[0] == "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:\(parts[1])"] : [kind.key]
    // A number whose first bit is on has a zero byte in front of it, which is no part of the number.
    arguments += ["-set_serial", kind.key == "ed25519" ? "0x15124FC4" : "0x95124FC42056"]
    for text in kind.extensions { arguments += ["-addext", text] }
    let made = try RunCommand.run(try #require(OpenSSL.path), arguments, in: folder.path)
    #expect(made.status == 0, "\(made.errors)")
    return try RunCommand.bytes(folder("c.der"))
  }

  @Test(.enabled(if: OpenSSL.path != nil), arguments: kinds) func asOpenSSL(_ kind: Kind) throws {
    let folder = try ScratchFolder()
    let der = try Self.make(kind, in: folder)
    let read = try #require(TLSCertificate(der: der))
    #expect(read.keyType == kind.expected.type && read.keyBits == kind.expected.bits)
    #expect(read.signature == kind.signature)
    #expect(read.names == kind.names)
    #expect(read.isSelfIssued && read.isAuthority)
    let report = try RunCommand.run(
      try #require(OpenSSL.path),
      [
        "x509", "-inform", "DER", "-in", "c.der", "-noout", "-subject", "-issuer", "-serial",
        "-fingerprint", "-sha256", "-startdate", "-enddate", "-dateopt", "iso_8601", "-nameopt",
        "utf8,sep_comma_plus_space,sname",
      ], in: folder.path)
    var told: [String: String] = [:]
    for line in report.text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      told[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    let names = { (text: String) in text.replacing("\\\\", with: "\\").replacing("\\,", with: ",") }
    #expect(told["subject"] == names(read.subject))
    #expect(told["issuer"] == names(read.issuer))
    #expect(told["serial"] == read.serial)
    #expect(told["sha256 Fingerprint"]?.replacing(":", with: "") == read.fingerprint)
    #expect(told["notBefore"] == read.notBefore + "Z")
    #expect(told["notAfter"] == read.notAfter + "Z")
  }

  @Test(.enabled(if: OpenSSL.path != nil)) func pemIsWhatOpenSSLWrites() throws {
    let folder = try ScratchFolder()
    let der = try Self.make(Self.kinds[0], in: folder)
    let report = try RunCommand.run(
      try #require(OpenSSL.path), ["x509", "-inform", "DER", "-in", "c.der"], in: folder.path)
    #expect(TLSCertificate.pem(der) == report.text)
  }

  /// The examples of FIPS 180-4, and lengths around a block against the system's tool.
  @Test func fingerprints() throws {
    let known = [
      "": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
      "abc": "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq":
        "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1",
    ]
    for (text, expected) in known {
      #expect(TLSCertificate.fingerprint(Array(text.utf8)) == expected)
    }
    guard let openssl = OpenSSL.path else { return }
    let folder = try ScratchFolder()
    for count in [1, 55, 56, 63, 64, 65, 1000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try RunCommand.write(bytes, to: folder("x"))
      let report = try RunCommand.run(openssl, ["dgst", "-sha256", "-r", folder("x")])
      #expect(TLSCertificate.fingerprint(bytes) == report.text.prefix(64).uppercased())
    }
  }

  /// Damaged certificates are read as far as they make sense, or not at all.
  @Test(.enabled(if: OpenSSL.path != nil)) func damage() throws {
    let folder = try ScratchFolder()
    let der = try Self.make(Self.kinds[0], in: folder)
    var state: UInt64 = 42
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    var readable = 0
    for _ in 0..<3000 {
      var bytes = der
      for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
      let cut = random(4) == 0 ? Array(bytes.prefix(random(bytes.count))) : bytes
      guard let read = TLSCertificate(der: cut) else { continue }
      readable += 1
      let text = read.subject + read.issuer + read.names.joined() + read.notAfter
      #expect(
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
    }
    #expect(readable > 100)
    for count in der.indices where count % 7 == 0 {
      #expect(TLSCertificate(der: Array(der.prefix(count))) == nil)
    }
  }
}
