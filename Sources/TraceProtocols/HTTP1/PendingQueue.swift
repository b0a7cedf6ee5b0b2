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

/// First in, first out, without moving entries for each removal.
struct PendingQueue {
  private var entries: [PendingRequest] = []
  private var head = 0

  var count: Int { entries.count - head }
  var first: PendingRequest? { head < entries.count ? entries[head] : nil }
  var second: PendingRequest? { count > 1 ? entries[head + 1] : nil }

  mutating func append(_ request: PendingRequest) { entries.append(request) }

  mutating func popFirst() -> PendingRequest? {
    guard head < entries.count else { return nil }
    let request = entries[head]
    head += 1
    if head == entries.count {
      entries = []
      head = 0
    } else if head >= 64, head > entries.count / 2 {
      entries.removeFirst(head)
      head = 0
    }
    return request
  }

  /// What was lost before the requests that wait is answered.
  mutating func closeGap() {
    for index in entries.indices { entries[index].isBehindGap = false }
  }

  mutating func countInterim() {
    if head < entries.count { entries[head].interimResponses &+= 1 }
  }

  /// Records the end of the newest request; false if it waits no more.
  mutating func end(_ exchange: UInt64, _ summary: HTTPMessageSummary) -> Bool {
    guard head < entries.count, entries[entries.count - 1].exchange == exchange else {
      return false
    }
    entries[entries.count - 1].summary = summary
    entries[entries.count - 1].hasEnded = true
    return true
  }
}
