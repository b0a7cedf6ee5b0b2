internal import TraceBytes
internal import TraceModel

/// UTF-16 text, as Windows PowerShell writes it when output is redirected to a file.
///
/// Known by its byte order mark, or by a zero beside each of the first characters (RFC 2781).
struct WideText: Sendable {
  let isBigEndian: Bool
  /// Bytes of the mark.
  let mark: Int

  private static let judged = 16

  init?(_ window: RawSpan) {
    if window.starts(with: [0xFF, 0xFE]) || window.starts(with: [0xFE, 0xFF]) {
      isBigEndian = window.u8(0) == 0xFE
      mark = 2
      return
    }
    guard window.byteCount >= 2 * Self.judged else { return nil }
    let bigEndian = window.u8(0) == 0
    for index in 0..<Self.judged {
      let unit = Self.unit(window, 2 * index, bigEndian)
      guard (0x20...0x7E).contains(unit) || [0x09, 0x0A, 0x0D].contains(unit) else { return nil }
    }
    isBigEndian = bigEndian
    mark = 0
  }

  private static func unit(_ bytes: RawSpan, _ at: Int, _ isBigEndian: Bool) -> UInt16 {
    let value = bytes.be16(at)
    return isBigEndian ? value : value.byteSwapped
  }

  /// Appends a byte for each unit: its Latin-1 character, or a question mark.
  func narrow(_ bytes: RawSpan, into text: inout [UInt8]) {
    text.reserveCapacity(text.count + bytes.byteCount / 2)
    for at in stride(from: 0, to: bytes.byteCount - 1, by: 2) {
      text.append(UInt8(exactly: Self.unit(bytes, at, isBigEndian)) ?? 0x3F)
    }
  }

  /// Appends the text as UTF-8, without marks; the bytes are whole units. Half of a pair of surrogates at the
  /// end is left for later.
  ///
  /// - Returns: how many bytes were taken.
  func utf8(_ bytes: RawSpan, atEnd: Bool, into text: inout [UInt8]) -> Int {
    var end = bytes.byteCount & ~1
    if end > 0, !atEnd, Self.unit(bytes, end - 2, isBigEndian) & 0xFC00 == 0xD800 { end -= 2 }
    var units: [UInt16] = []
    units.reserveCapacity(end / 2)
    for at in stride(from: 0, to: end, by: 2) {
      let unit = Self.unit(bytes, at, isBigEndian)
      if unit != 0xFEFF { units.append(unit) }
    }
    text += Array(String(decoding: units, as: UTF16.self).utf8)
    return atEnd ? bytes.byteCount : end
  }
}

/// Lets a reader of text read UTF-16: it is given a byte for each character.
struct WideReader: TraceReader {
  private var inner: any TraceReader
  private let wide: WideText
  /// Characters that the reader has not taken yet, and how many it has.
  private var held: [UInt8] = []
  private var taken: UInt64 = 0
  private var odd: UInt64 = 0
  private var hasBegun = false

  init(_ inner: any TraceReader, _ wide: WideText) {
    self.inner = inner
    self.wide = wide
  }

  var format: String { inner.format + ", UTF-16" }

  var account: ByteAccount {
    var account = inner.account
    account.records *= 2
    account.framing *= 2
    account.fill *= 2
    account.damaged *= 2
    if hasBegun { account.framing += UInt64(wide.mark) }
    account.damaged += odd
    return account
  }

  mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var start = 0
    if !hasBegun {
      guard window.byteCount >= wide.mark else { return atEnd ? window.byteCount : 0 }
      start = wide.mark
      hasBegun = true
    }
    let end = start + (window.byteCount - start) & ~1
    // Out of this reader for the call, because the span borrows it.
    var text = held
    held = []
    wide.narrow(window.extracting(start..<end), into: &text)
    let places = TextPlaces(to: sink, start: UInt64(wide.mark), width: 2)
    let used = try unsafe inner.read(text.span.bytes, at: taken, atEnd: atEnd, into: places)
    text.removeFirst(min(used, text.count))
    held = text
    taken &+= UInt64(used)
    guard atEnd else { return end }
    odd = UInt64(window.byteCount - end)
    return window.byteCount
  }
}
