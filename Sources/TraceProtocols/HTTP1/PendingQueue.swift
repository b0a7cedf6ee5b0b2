/// A request that waits for its response.
struct PendingRequest {
  var exchange: UInt64
  var summary: HTTPMessageSummary
  var hasEnded = false
  /// HTTP/0.9: the response will have no head.
  var isSimple = false
  var interimResponses: UInt16 = 0
  /// A request may be missing before it whose answer is still to come: as long as this is the doubt of the pairing.
  var doubt: UInt64 = 0
}

/// The requests of a stream that wait for their responses.
typealias PendingQueue = WaitingQueue<PendingRequest>

extension PendingQueue {
  mutating func countInterim() { first?.interimResponses &+= 1 }

  /// Records the end of the newest request; false if it waits no more.
  mutating func end(_ exchange: UInt64, _ summary: HTTPMessageSummary) -> Bool {
    guard last?.exchange == exchange else { return false }
    updateLast(where: { _ in true }) {
      $0.summary = summary
      $0.hasEnded = true
    }
    return true
  }
}
