internal import TraceBytes

/// Bytes of a line or head that spans several pieces, and when each piece came, so that what is found in them has the
/// time of its own piece.
struct HeldBytes {
  /// More times are not told apart: what came later has the last of them.
  private static let most = 32
  private(set) var bytes: [UInt8] = []
  private var firstTime: Int64 = 0
  private var laterTimes: [(at: Int, time: Int64)] = []

  var count: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ span: RawSpan, _ range: Range<Int>, at time: Int64) {
    if bytes.isEmpty {
      firstTime = time
    } else if (laterTimes.last?.time ?? firstTime) != time, laterTimes.count < Self.most {
      laterTimes.append((bytes.count, time))
    }
    bytes.append(span, range)
  }

  /// When the byte at an index came.
  func time(of index: Int) -> Int64 { laterTimes.last { $0.at <= index }?.time ?? firstTime }

  mutating func removeFirst(_ count: Int) {
    firstTime = time(of: count)
    laterTimes.removeAll { $0.at <= count }
    for index in laterTimes.indices { laterTimes[index].at -= count }
    bytes.removeSubrange(0..<count)
  }

  mutating func removeAll(keepingCapacity: Bool = false) {
    bytes.removeAll(keepingCapacity: keepingCapacity)
    laterTimes.removeAll(keepingCapacity: keepingCapacity)
  }

  /// Gives the memory back that the bytes do not need.
  mutating func shrink() { bytes = unsafe bytes.span.bytes.copied() }
}
