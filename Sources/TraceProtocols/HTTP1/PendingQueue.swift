/// A request that waits for its response.
struct PendingRequest {
  var exchange: UInt64
  var summary: HTTPMessageSummary
  var hasEnded = false
  /// HTTP/0.9: the response will have no head.
  var isSimple = false
  var interimResponses: UInt16 = 0
  /// A request may be missing before it whose answer is still to come.
  var isBehindGap = false
}

/// The requests of a stream that wait for their responses.
typealias PendingQueue = WaitingQueue<PendingRequest>

extension PendingQueue {
  /// What was lost before the requests that wait is answered.
  mutating func closeGap() { updateAll { $0.isBehindGap = false } }

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
