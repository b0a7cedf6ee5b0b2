package import ATTLS
internal import TLSCertificates
package import TraceBytes

/// `attls --certs`: every certificate that went over the wire in clear as a PEM file, once.
package final class CertificateFolder {
  private let folder: OutputFolder
  private var written: Set<String> = []
  /// Bytes in the place of a certificate that are none.
  package private(set) var unreadable: UInt64 = 0

  package var count: UInt64 { UInt64(written.count) }

  package init(path: String, replace: Bool) throws(TraceError) {
    folder = try OutputFolder(path: path, replace: replace)
  }

  /// Writes what the two sides of a connection sent; `id` is its CONNID or the number of its flow.
  package func add(_ conversation: TLSConversation, id: String) throws(TraceError) {
    for sent in conversation.certificates {
      guard let content = sent.content else {
        unreadable += 1
        continue
      }
      // Most connections of a server show the same ones.
      guard written.insert(content.fingerprint).inserted else { continue }
      let role =
        conversation.firstIsClient == nil
        ? "" : conversation.name(isFromFirst: sent.isFromFirst) + "-"
      let name = "conn-\(id)-\(role)\(sent.place)-\(content.fingerprint.prefix(8).lowercased()).pem"
      let text = Array(TLSCertificate.pem(sent.der).utf8)
      try folder.write(unsafe text.span.bytes, as: name)
    }
  }

  /// What was written to the folder of this path: lines for people.
  package func summary(_ path: String) -> [String] {
    var lines: [String] = []
    if unreadable > 0 {
      lines.append(
        "\(unreadable.counted("certificate")) not written: the bytes are no certificate")
    }
    let hint =
      count == 0
      ? "; they are in clear up to TLS 1.2 only, and a resumed session sends none" : ""
    return lines + ["wrote \(count.counted("certificate")) to \(path)\(hint)"]
  }
}
