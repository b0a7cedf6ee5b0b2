internal import TraceProtocols
internal import TraceSecrets

/// Looks at what is shown of exchanges for credentials, so that it is said that they were shown, and only then.
package final class ExchangeWatch {
  private let masker = SecretMasker()
  private let isFull: Bool
  /// Texts in which nothing was seen: most of them come again.
  private var harmless: Set<String> = []
  private static let most = 4096

  /// - Parameter full: whether details are shown.
  package init(full: Bool) { isFull = full }

  /// Whether something was seen that `--redact` would mask.
  package private(set) var hasSeen = false

  /// Looks at an exchange that is shown.
  package func look(_ told: FlowExchange) {
    guard !hasSeen else { return }
    let exchange = told.exchange
    look(exchange.object)
    look(exchange.result)
    guard isFull else { return }
    for detail in exchange.details { look("\(detail.name): \(detail.value)") }
  }

  /// Looks at a text of one.
  func look(_ text: String) {
    guard !hasSeen else { return }
    // What is left out stands in parentheses.
    guard !text.isEmpty, !text.hasSuffix("(secret)") else { return }
    let bytes = Array(text.utf8)
    // Most paths and names hold no sign that a value could follow.
    guard bytes.contains(where: { [0x3D, 0x3A, 0x28, 0x20].contains($0) }) || text.contains("eyJ")
    else { return }
    guard !harmless.contains(text) else { return }
    if masker.masked(bytes) != bytes { hasSeen = true }
    if harmless.count >= Self.most { harmless.removeAll(keepingCapacity: true) }
    harmless.insert(text)
  }

  /// The sentence for people.
  package func lines(_ what: String) -> [String] { hasSeen ? [CredentialWords.seen(what)] : [] }
}
