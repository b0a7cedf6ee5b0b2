internal import TraceBytes

/// Calls of gRPC: messages with a flag and a length before each, and a status behind them.
/// Source: "gRPC over HTTP2" and "Status codes and their use in gRPC" of the project.
enum GRPC {
  /// Counts the messages of one direction of a stream.
  struct Counter {
    private(set) var messages = 0
    private var head: [UInt8] = []
    private var remaining = 0
    /// Bytes of a frame were not kept, so that nobody knows where the next message begins.
    private var isLost = false

    /// Takes the bytes of a frame, which had `length` when it was sent.
    mutating func take(_ bytes: RawSpan, _ range: Range<Int>, length: Int) {
      guard !isLost else { return }
      var at = range.lowerBound
      while at < range.upperBound {
        if remaining > 0 {
          let count = min(remaining, range.upperBound - at)
          remaining -= count
          at += count
          continue
        }
        head.append(bytes.u8(at))
        at += 1
        guard head.count == 5 else { continue }
        remaining = head[1...].reduce(0) { $0 << 8 | Int($1) }
        messages += 1
        head.removeAll(keepingCapacity: true)
      }
      let unseen = length - range.count
      if unseen > 0 {
        isLost = unseen > remaining
        remaining = max(0, remaining - unseen)
      }
    }
  }

  static func status(_ code: Int) -> String {
    let names = [
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
      "UNAUTHENTICATED",
    ]
    return names.indices.contains(code) ? names[code] : "unknown status"
  }
}
