internal import TraceBytes

/// Heads of parts of a multipart body, which name the part that follows (RFC 7578).
extension CredentialSearch {
  /// Whether an equals sign or the apostrophe of an extended parameter stands in front of a name.
  func isBehindSign(_ bytes: RawSpan, _ start: Int, _ text: CredentialText) -> Bool {
    guard start > 0 else { return false }
    let sign = text.byte(bytes, start - 1)
    return sign == Byte.equals || sign == 0x27
  }

  /// Whether the line, or the one that it continues, is that of a multipart body that names the part.
  func isPart(_ bytes: RawSpan, _ name: Range<Int>, _ text: CredentialText) -> Bool {
    var at = name.lowerBound
    let lowest = max(0, at - Self.nameLimit)
    while true {
      while at > lowest, !text.isLineEnd(text.byte(bytes, at - 1)) { at -= 1 }
      guard at > lowest, text.isBlank(text.byte(bytes, at)) else { break }
      while at > lowest, text.isLineEnd(text.byte(bytes, at - 1)) { at -= 1 }
    }
    return text.has("content-disposition:", bytes, at: at, before: name.lowerBound)
  }

  /// What the line of dashes says in front of the head that a name stands in (RFC 2046 section 5.1.1); empty when
  /// it is not there.
  func boundary(_ bytes: RawSpan, _ place: Int, _ text: CredentialText) -> [UInt8] {
    var end = place
    var at = place
    let lowest = max(0, place - 4 * Self.nameLimit)
    while at > lowest {
      at -= 1
      let isFirst = at == 0 || text.isLineEnd(text.byte(bytes, at - 1))
      if isFirst, text.has("--", bytes, at: at, before: end) {
        let line = text.trimmed(bytes, at + 2..<end)
        return line.count <= 70 ? line.map { bytes.u8($0) } : []
      }
      if text.isLineEnd(text.byte(bytes, at)) { end = at }
    }
    return []
  }
}
