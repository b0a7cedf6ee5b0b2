internal import TraceBytes

/// What a terminal sends: a key, the cursor, and the text of the fields that were changed.
struct Reply3270 {
  var key: UInt8
  /// Nil for a key without an address.
  var cursor: Int?
  /// Fields with text, and those of them that are secret.
  var fields = 0
  var secretFields = 0
  /// Bytes before the key: those of the TN3270E header.
  var header = 0
  /// Where, counted from the key, the first text stands that is no secret.
  var shown: Range<Int>?
  /// Whether it cannot be known of some text whether it is secret: its screen is not in the trace.
  var isUnsearched = false

  /// Takes a record without telnet and TN3270E around it; `mark` gets the places of secrets, and of all text that may
  /// be one.
  init(_ bytes: RawSpan, _ screen: borrowing ScreenMemory, mark: (Range<Int>) -> Void) {
    key = bytes.u8(0)
    var start = 3
    if key == 0x88 {
      // Inbound 3270DS in a structured field: partition, key, cursor, fields; others hold no text.
      guard bytes.byteCount > 8, bytes.u8(3) == 0x80 else { return }
      key = bytes.u8(5)
      start = 8
    }
    guard bytes.byteCount >= start else { return }
    let position = Code3270.address(bytes.u8(start - 2), bytes.u8(start - 1))
    cursor = position
    var address: Int?
    var given: UInt8?
    // In a reply with all of the buffer, text before the first field belongs to the last one.
    Orders3270.walk(bytes, from: start) { order in
      if case .field(let value) = order { given = value }
    }
    var run = start..<start
    Orders3270.walk(bytes, from: start) { order in
      switch order {
      case .text(let at):
        // An order within text is no text.
        if at != run.upperBound {
          take(bytes, run, address, given, screen, mark)
          run = at..<at
        }
        run = run.lowerBound..<at + 1
      case .address(let target):
        take(bytes, run, address, given, screen, mark)
        run = run.upperBound..<run.upperBound
        address = target
        given = nil
      case .field(let value):
        take(bytes, run, address, given, screen, mark)
        run = run.upperBound..<run.upperBound
        given = value
      default: break
      }
    }
    take(bytes, run, address, given, screen, mark)
  }

  private mutating func take(
    _ bytes: RawSpan, _ range: Range<Int>, _ address: Int?, _ given: UInt8?,
    _ screen: borrowing ScreenMemory, _ mark: (Range<Int>) -> Void
  ) {
    let text = bytes.trimmed(range) { $0 == 0 || $0 == 0x40 }
    guard !text.isEmpty else { return }
    fields += 1
    let known = screen.judge(address ?? 0, attribute: given)
    if known.isSecret {
      secretFields += 1
      return mark(text)
    }
    if !known.isKnown {
      isUnsearched = true
      // A command on a screen without fields has no address and is known by its words.
      if address != nil {
        if shown == nil { shown = text }
        return mark(text)
      }
    }
    var hasSecret = false
    LogonWords.find(bytes, text, .ebcdic) { secret in
      hasSecret = true
      mark(secret)
    }
    if hasSecret {
      secretFields += 1
    } else if shown == nil {
      shown = text
    }
  }
}
