extension CredentialLocator {
  /// A JSON body, whole or cut: the values of members whose names say that they are secrets. An
  /// object or array under such a name is masked with all its strings and numbers.
  public static func json(
    _ body: RawSpan, translate: [UInt8]? = nil, into ranges: inout [Range<Int>]
  ) {
    var scanner = JSONSecrets(text: CredentialText(translate: translate))
    scanner.scan(body, &ranges)
  }
}

/// Walks over JSON without building it; depth is a number, so nesting costs nothing.
private struct JSONSecrets {
  let text: CredentialText
  private var depth = 0
  /// Depth of the object or array under a secret name, zero outside.
  private var secretDepth = 0
  /// The last string, until it is clear whether it is a name.
  private var pending: Range<Int>?
  private var isSecretValue = false

  init(text: CredentialText) { self.text = text }

  mutating func scan(_ span: RawSpan, _ ranges: inout [Range<Int>]) {
    let end = span.byteCount
    var at = 0
    while at < end {
      let byte = text.byte(span, at)
      switch byte {
      case Byte.quote:
        let content = string(span, at + 1, end)
        at = min(content.upperBound + 1, end)
        value(content, &ranges)
        continue
      case Byte.colon:
        if let name = pending {
          isSecretValue = SecretName.matches(text, span, name)
          // Inside a secret object the names were not masked, only held back.
        }
        pending = nil
      case Byte.comma:
        flush(&ranges)
        isSecretValue = false
      case 0x7B, 0x5B:
        depth += 1
        if isSecretValue, secretDepth == 0 { secretDepth = depth }
        isSecretValue = false
      case 0x7D, 0x5D:
        flush(&ranges)
        if secretDepth == depth { secretDepth = 0 }
        depth = max(0, depth - 1)
        isSecretValue = false
      default:
        if text.isBlank(byte) || text.isLineEnd(byte) { break }
        let start = at
        while at < end, isBare(text.byte(span, at)) { at += 1 }
        if isSecretValue || secretDepth > 0 { CredentialLocator.add(start..<at, &ranges) }
        isSecretValue = false
        if at == start { at += 1 }
        continue
      }
      at += 1
    }
    flush(&ranges)
  }

  private mutating func value(_ content: Range<Int>, _ ranges: inout [Range<Int>]) {
    if isSecretValue {
      CredentialLocator.add(content, &ranges)
      isSecretValue = false
      pending = nil
    } else {
      flush(&ranges)
      pending = content
    }
  }

  /// A string that no colon followed was a value.
  private mutating func flush(_ ranges: inout [Range<Int>]) {
    if let content = pending, secretDepth > 0 { CredentialLocator.add(content, &ranges) }
    pending = nil
  }

  private func string(_ span: RawSpan, _ start: Int, _ end: Int) -> Range<Int> {
    var at = start
    while at < end {
      let byte = text.byte(span, at)
      if byte == Byte.quote { return start..<at }
      at += byte == Byte.backslash ? 2 : 1
    }
    return start..<end
  }

  private func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case Byte.quote, Byte.colon, Byte.comma, 0x7B, 0x7D, 0x5B, 0x5D: false
    default: !text.isBlank(byte) && !text.isLineEnd(byte)
    }
  }
}
