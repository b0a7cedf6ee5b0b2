internal import TraceBytes
internal import TraceModel

/// Finds the secrets of header blocks. It keeps tables of its own, so that it can be asked without a reader.
final class HTTP2Secrets {
  private var lower = HPACK()
  private var upper = HPACK()

  /// Whether the value of a field is a secret, by its name in small letters.
  static func isSecret(_ name: String) -> Bool {
    switch name {
    case "authorization", "proxy-authorization", "cookie", "set-cookie": return true
    default: break
    }
    for word in ["token", "secret", "password", "passwd", "api-key", "apikey", "auth-key"]
    where name.contains(word) {
      return true
    }
    return false
  }

  /// Marks the values of secret fields where they stand in a frame. A block in several frames is marked whole:
  /// a value may stand in two of them.
  func find(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    guard let frame = HTTP2Frame(message), !message.has("PRI *", at: 0) else { return }
    let range = frame.content(message).clamped(to: 0..<message.byteCount)
    let endsBlock = frame.flags & HTTP2Frame.Flag.endHeaders != 0
    switch frame.kind {
    case .headers, .pushPromise: break
    case .continuation:
      if !range.isEmpty { mark(range) }
      return
    default: return
    }
    guard endsBlock, place.length <= message.byteCount else {
      if !range.isEmpty { mark(range) }
      return gap(place.side)
    }
    let block = message.extracting(range)
    let isWhole =
      place.side == .lower
      ? lower.decode(block) { Self.tell($0, in: range, mark) }
      : upper.decode(block) { Self.tell($0, in: range, mark) }
    if !isWhole { gap(place.side) }
  }

  /// Marks the value of a field that is secret, or whose name is not known.
  private static func tell(
    _ field: HPACK.Field, in range: Range<Int>, _ mark: (Range<Int>) -> Void
  ) {
    guard let part = field.place, !part.isEmpty else { return }
    if let name = field.name, !isSecret(String(decoding: name, as: UTF8.self)) { return }
    mark(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// What was added to a table is not known.
  func gap(_ side: FlowSide) {
    if side == .lower { lower.forget() } else { upper.forget() }
  }
}
