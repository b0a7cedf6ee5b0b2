public import TraceModel

extension StreamFollower {
  /// Bytes that a record adds to those of its conversation; nil when it does not count: it is in none, a
  /// fragment, or the other end's copy of what has counted.
  public static func countedBytes(_ placed: borrowing PlacedRecord, _ payload: RawSpan) -> Int? {
    if case .fragment = placed.packet.status { return nil }
    guard placed.flow.isKnown, !placed.flow.isRepeated else { return nil }
    if placed.isPacket {
      return plausible(placed.packet.payloadLength, captured: placed.packet.payloadCaptured)
    }
    return plausible(
      max(placed.record.originalLength, payload.byteCount), captured: payload.byteCount)
  }
}
