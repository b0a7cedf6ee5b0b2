package import TraceBytes
package import TraceRender
internal import TraceSecrets

/// Looks at what is shown of HTTP for credentials, so that it is said that they were shown, and only then.
package final class HTTPWatch: HTTPPresenter {
  private let masker = SecretMasker()
  private let heads: Bool
  private let bodies: Bool
  private var hasSeen = false
  /// Whether anything is shown as it was sent, so that what the stage saw in the trace was shown.
  private var showsAll: Bool

  /// - Parameters:
  ///   - heads: whether fields are shown.
  ///   - bodies: whether bodies are.
  package init(heads: Bool, bodies: Bool) {
    self.heads = heads
    self.bodies = bodies
    showsAll = bodies
  }

  package func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    if showsAll || hasSeen { return }
    switch item {
    case .exchange(let entry):
      guard heads else {
        // The line of an exchange has the target.
        return look((entry.request?.bytes ?? []).prefix { ![0x0A, 0x0D, 0x15, 0x25].contains($0) })
      }
      for message in [entry.request, entry.response].compactMap(\.self) + entry.interims {
        look(message.bytes[...])
        look(message.trailers[...])
      }
    case .line: showsAll = true
    default: break
    }
  }

  private func look(_ text: ArraySlice<UInt8>) {
    guard !hasSeen, Self.mayTell(text) else { return }
    let bytes = Array(text)
    if masker.masked(bytes) != bytes { hasSeen = true }
  }

  /// Whether a text holds a sign that a value can follow, a token, or bytes that are no ASCII.
  private static func mayTell(_ text: ArraySlice<UInt8>) -> Bool {
    for at in text.indices {
      switch text[at] {
      case 0x3D, 0x3A, 0x28, 0x25, 0x80...: return true
      case 0x65 where text[at...].starts(with: [0x65, 0x79, 0x4A]): return true
      default: break
      }
    }
    return false
  }

  /// The sentence for people.
  package func lines(_ session: Session) -> [String] {
    if showsAll { return CredentialWords.seen(session, "shown") }
    return hasSeen ? [CredentialWords.seen("shown")] : []
  }
}
