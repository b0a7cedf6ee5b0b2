internal import TraceBytes

extension ApplicationProtocol {
  /// Whether the sender of the first bytes of a stream is the client; nil where they do not tell.
  public static func isFromClient(_ bytes: RawSpan) -> Bool? {
    let guess = guess(bytes)
    if let fromClient = guess.fromClient { return fromClient }
    guard guess.confidence >= .likely else { return nil }
    switch guess.application {
    case .http1: return !bytes.has("HTTP/", at: 0)
    case .smtp, .ftp, .replyDialogue:
      let feed = bytes.firstIndex(of: Byte.lf, from: 0, to: bytes.byteCount) ?? bytes.byteCount
      return bytes.extracting(bytes.trimmed(0..<feed)).replyCode == nil
    case .pop3: return !bytes.has("+", at: 0) && !bytes.has("-", at: 0)
    case .imap: return !bytes.has("*", at: 0)
    default: return nil
    }
  }
}
