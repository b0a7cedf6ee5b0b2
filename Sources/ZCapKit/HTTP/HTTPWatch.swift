package import TraceBytes
internal import TraceProtocols
package import TraceRender
internal import TraceSecrets

/// Looks at what is shown of HTTP for credentials, so that it is said that they were shown, and only then.
package final class HTTPWatch: HTTPPresenter {
  private let masker = SecretMasker()
  private let heads: Bool
  private var hasSeen = false
  /// Whether everything is shown as it was sent, so that what the stage saw in the trace was shown.
  private let showsAll: Bool

  /// - Parameters:
  ///   - heads: whether fields are shown.
  ///   - bodies: whether bodies are.
  package init(heads: Bool, bodies: Bool) {
    self.heads = heads
    showsAll = bodies
  }

  package func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    if showsAll || hasSeen { return }
    switch item {
    case .exchange(let entry):
      guard heads else {
        // The line of an exchange has the target.
        let bytes = entry.request?.bytes ?? []
        return look(bytes.prefix { $0 != 0x0A && $0 != 0x0D && $0 != 0x15 && $0 != 0x25 })
      }
      for message in [entry.request, entry.response].compactMap(\.self) + entry.interims {
        look(message.bytes[...])
        look(message.trailers[...])
      }
    case .told(let exchange, _):
      look(Array(exchange.object.utf8)[...])
      guard heads else { return }
      for detail in exchange.details {
        look(Array("\(detail.name): \(detail.value)\r\n".utf8)[...])
      }
    case .line(let line, _) where line.kind == .authData: hasSeen = true
    case .line(_, let bytes):
      if unsafe SecretSigns.shared.show(in: bytes.span.bytes) { search(bytes + [0x0D, 0x0A]) }
    default: break
    }
  }

  private func look(_ text: ArraySlice<UInt8>) {
    guard !hasSeen, unsafe Self.mayTell(text.span.bytes) else { return }
    search(Array(text))
  }

  private func search(_ bytes: [UInt8]) {
    if masker.masked(bytes) != bytes { hasSeen = true }
  }

  /// Whether a text is worth the search: it holds a sign that a value can follow or a token, and is of other bytes
  /// than ASCII or shows a name. Of bytes below 0x80 EBCDIC has no letters, and UTF-16 has zeros.
  private static func mayTell(_ text: RawSpan) -> Bool {
    var hasSign = false
    for at in 0..<text.byteCount {
      switch text.u8(at) {
      case 0x3D, 0x3A, 0x28, 0x25: hasSign = true
      case 0x65 where text.has(3, at: at) && text.u8(at + 1) == 0x79 && text.u8(at + 2) == 0x4A:
        hasSign = true
      case 0, 0x80...: return true
      default: break
      }
    }
    return hasSign && (text.u8(0) == 0x30 || SecretSigns.shared.show(in: text))
  }

  /// The sentence for people.
  package func lines(_ session: Session) -> [String] {
    if showsAll { return CredentialWords.seen(session, "shown") }
    return hasSeen ? [CredentialWords.seen("shown")] : []
  }
}
