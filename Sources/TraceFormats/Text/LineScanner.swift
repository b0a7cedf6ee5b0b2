internal import TraceBytes
internal import TraceModel

// A line of a listing is a span of Latin-1 bytes, and a cursor into it an Int. Copies of listings
// squeeze blanks, so fields are found by words and not by columns.

extension RawSpan {
  /// Moves past blanks; control characters are blanks too, so that a word always moves on.
  @inline(__always)
  func skipBlanks(_ at: inout Int) {
    while at < byteCount, u8(at) <= 0x20 { at += 1 }
  }

  /// The next run of non-blanks; empty at the end of the line.
  func word(_ at: inout Int) -> Range<Int> {
    skipBlanks(&at)
    let start = at
    while at < byteCount, u8(at) > 0x20 { at += 1 }
    return start..<at
  }

  /// Moves past `literal` when it stands here. A blank in it stands for one blank or more.
  func take(_ literal: StaticString, _ at: inout Int) -> Bool {
    let text = unsafe UnsafeBufferPointer(
      start: literal.utf8Start, count: literal.utf8CodeUnitCount)
    var here = at
    for index in text.indices {
      let wanted = unsafe text[index]
      guard here < byteCount, u8(here) == wanted else { return false }
      here += 1
      if wanted == 0x20 { skipBlanks(&here) }
    }
    at = here
    return true
  }

  /// Whether `literal` stands at `at`.
  func stands(_ literal: StaticString, at: Int) -> Bool {
    var cursor = at
    return take(literal, &cursor)
  }

  /// Whether a word is `literal`.
  func isWord(_ literal: StaticString, _ word: Range<Int>) -> Bool {
    word.count == literal.utf8CodeUnitCount && stands(literal, at: word.lowerBound)
  }

  /// A decimal number after blanks; nil when none stands here or it does not fit.
  func number(_ at: inout Int) -> UInt64? {
    var here = at
    skipBlanks(&here)
    let start = here
    var value: UInt64 = 0
    while here < byteCount, (0x30...0x39).contains(u8(here)) {
      let (product, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, over) = product.addingReportingOverflow(UInt64(u8(here) - 0x30))
      if high || over { return nil }
      value = sum
      here += 1
    }
    guard here > start else { return nil }
    at = here
    return value
  }

  /// A hexadecimal number of up to 16 digits after blanks and an optional `0x`.
  func hexNumber(_ at: inout Int) -> UInt64? {
    var here = at
    skipBlanks(&here)
    if here + 1 < byteCount, u8(here) == 0x30, u8(here + 1) | 0x20 == 0x78 { here += 2 }
    let start = here
    var value: UInt64 = 0
    while here < byteCount, here - start < 16, let digit = Hex.value(u8(here)) {
      value = value << 4 | UInt64(digit)
      here += 1
    }
    guard here > start else { return nil }
    at = here
    return value
  }

  /// A number of so many hexadecimal digits after blanks; `at` is behind them then.
  func offset(digits: Int, _ at: inout Int) -> Int? {
    skipBlanks(&at)
    let start = at
    var value = 0
    while at < byteCount, at - start < digits, let digit = Hex.value(u8(at)) {
      value = value << 4 | Int(digit)
      at += 1
    }
    return at - start == digits ? value : nil
  }

  /// The address in a word: dotted decimal, or IPv6 text.
  func address(_ range: Range<Int>) -> IPAddress? {
    guard !range.isEmpty, range.count <= 45 else { return nil }
    var value: UInt32 = 0
    var parts = 0
    var at = range.lowerBound
    let whole = extracting(0..<range.upperBound)
    while parts < 4, let part = whole.number(&at), part < 256 {
      value = value << 8 | UInt32(part)
      parts += 1
      guard at < range.upperBound, u8(at) == 0x2E, parts < 4 else { break }
      at += 1
    }
    if parts == 4, at == range.upperBound { return IPAddress(ipv4: value) }
    return IPAddress(text(range))
  }

  /// A copy of the bytes as text; not for use on a per-record path.
  func text(_ range: Range<Int>) -> String {
    String(decoding: extracting(range).copied(), as: UTF8.self)
  }

  /// The time of day `hh:mm:ss.uuuuuu` at `at` in microseconds since midnight.
  func timeOfDay(_ at: inout Int) -> Int64? {
    guard has(15, at: at), u8(at + 2) == 0x3A, u8(at + 5) == 0x3A, u8(at + 8) == 0x2E else {
      return nil
    }
    var here = at
    guard let hours = number(&here), here == at + 2, hours < 24 else { return nil }
    here = at + 3
    guard let minutes = number(&here), here == at + 5, minutes < 60 else { return nil }
    here = at + 6
    guard let seconds = number(&here), here == at + 8, seconds < 61 else { return nil }
    here = at + 9
    guard let micros = number(&here), here == at + 15 else { return nil }
    at = here
    return Int64(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
  }

  /// Whether nothing is printed on the line.
  var isBlankLine: Bool {
    for index in 0..<byteCount where u8(index) > 0x20 { return false }
    return true
  }

  /// The offset after the last byte that is not a blank.
  var endWithoutBlanks: Int {
    var end = byteCount
    while end > 0, u8(end - 1) == 0x20 || u8(end - 1) == 0 { end -= 1 }
    return end
  }

  /// The bytes of a range as a record's name: EBCDIC, padded with blanks to `length`.
  func name(_ range: Range<Int>, length: Int) -> RecordName {
    var name = RecordName.none
    for index in 0..<length {
      let at = range.lowerBound + index
      let byte = at < range.upperBound ? TextEncoding.ibm1047[Int(u8(at))] : 0x40
      if index < 8 {
        name.high |= UInt64(byte) << UInt64(56 - 8 * index)
      } else {
        name.low |= UInt64(byte) << UInt64(120 - 8 * index)
      }
    }
    return name
  }
}
