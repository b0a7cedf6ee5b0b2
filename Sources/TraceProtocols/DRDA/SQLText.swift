internal import TraceBytes

/// SQL text in an object, as the pieces of it come: a null indicator, a length of four bytes and the text,
/// twice; before SQLAM 7 a length of two bytes and the text, twice. Says what is text, and what of it is
/// secret.
struct SQLText {
  private var prefix: [UInt8] = []
  private var left = 0
  private var total: Int?
  private var isOld = false
  private var secrets = SQLSecrets()
  private(set) var isEBCDIC: Bool?

  /// Whether a secret stands in it.
  var hasSecret: Bool { secrets.hasFound }

  /// A new object begins, of so many bytes where that is known.
  mutating func begin(total: Int?) {
    self = SQLText()
    self.total = total
  }

  /// Tells the ranges that are text, and then those of them that are secret. `ccsid` is what the sides
  /// agreed on.
  mutating func take(
    _ bytes: RawSpan, _ range: Range<Int>, ccsid: UInt16?, text: (Range<Int>) -> Void,
    secret: (Range<Int>) -> Void
  ) {
    var at = range.lowerBound
    while at < range.upperBound {
      guard left > 0 else {
        takePrefix(bytes.u8(at))
        at += 1
        continue
      }
      let end = at + min(left, range.upperBound - at)
      left -= end - at
      text(at..<end)
      if isEBCDIC == nil {
        isEBCDIC = DRDAText.isEBCDIC(bytes.extracting(at..<end)) ?? DRDAText.isEBCDIC(ccsid)
      }
      let table = isEBCDIC ?? false ? DRDAText.toASCII : nil
      secrets.take(bytes, at..<end, toASCII: table, secret)
      at = end
    }
  }

  private mutating func takePrefix(_ byte: UInt8) {
    if prefix.isEmpty, byte == 0xFF, !isOld { return }
    prefix.append(byte)
    if prefix.count == 2 {
      let length = Int(prefix[0]) << 8 | Int(prefix[1])
      // The old form: the two lengths and the text are all of the object.
      if prefix[0] != 0 || length + 4 == total { isOld = true }
      guard isOld else { return }
      left = length
      prefix.removeAll(keepingCapacity: true)
    } else if prefix.count == 5 {
      left = prefix.dropFirst().reduce(0) { $0 << 8 | Int($1) }
      prefix.removeAll(keepingCapacity: true)
    }
  }
}
