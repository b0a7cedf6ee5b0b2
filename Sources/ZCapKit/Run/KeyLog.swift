package import TraceBytes
package import TraceConvert

/// A key log as browsers and OpenSSL write it (SSLKEYLOGFILE): a label, a client random and a secret in
/// each line.
///
/// Source: draft-ietf-tls-keylogfile; the pcapng block, draft-ietf-opsawg-pcapng 4.7.
package struct KeyLog {
  /// The pcapng secrets type of a TLS key log: the letters TLSK.
  private static let type: UInt32 = 0x544C_534B
  /// Far more than the log of a day of browsing.
  private static let limit = 64 << 20

  private let bytes: [UInt8]

  package init(path: String) throws(TraceError) {
    bytes = try TextInput.whole(path, limit: Self.limit)
    let lines = bytes.split(separator: 0x0A).count { Self.isEntry($0) }
    guard lines > 0 else {
      throw TraceError(
        path,
        .unrecognised(
          "no TLS secrets in this file; expected the lines of an SSLKEYLOGFILE, such as "
            + "CLIENT_RANDOM and two hexadecimal numbers"))
    }
  }

  /// `CLIENT_TRAFFIC_SECRET_0 <random> <secret>`.
  private static func isEntry(_ line: ArraySlice<UInt8>) -> Bool {
    let words = line.split { $0 == 0x20 || $0 == 0x0D }
    guard words.count == 3, words[0].first != UInt8(ascii: "#") else { return false }
    let isHex = { (word: ArraySlice<UInt8>) in
      word.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
    return words[1].count == 64 && isHex(words[1]) && words[2].count >= 64 && isHex(words[2])
  }

  package func write(to writer: PcapngSink) throws(TraceError) {
    try unsafe writer.secrets(type: Self.type, bytes.span.bytes)
  }
}
