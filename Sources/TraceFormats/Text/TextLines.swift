internal import TraceBytes

/// Finds the lines of a printed listing, however the transfer has left them.
///
/// The form is settled once from the first bytes of the input, never from how much of it happens
/// to be in the window, so the same file gives the same lines however it is read.
struct TextLines: Sendable {
  /// How one line is told from the next.
  enum Framing: Sendable, Equatable {
    /// A byte that ends the line: LF in ASCII, NEL or LF in EBCDIC.
    case lineEnds
    /// Records of one fixed length, as a binary transfer of an FB data set leaves them.
    case fixed(Int)
    /// A four-byte record descriptor word before each line; its length counts itself.
    case descriptorWords
    /// A four-byte big-endian length before each line, which does not count itself (z/OSMF).
    case lengthWords
  }

  /// One line: where its text stands and where the next line begins.
  struct Line {
    var text: Range<Int>
    var next: Int
    /// The bytes are not a line: the record lengths contradict each other here.
    var isDamaged = false
  }

  var encoding: TextEncoding
  var framing: Framing

  /// Lines longer than this are cut; nothing that prints on z/OS is near it.
  static let longest = 32 << 10
  /// The lines of no text are longer than this on average.
  private static let longestOnAverage = 1024
  /// How many bytes are looked at to settle the form.
  static let lookahead = 64 << 10

  /// The form of the text, or nil when more bytes are needed to tell.
  init?(_ window: RawSpan, atEnd: Bool) {
    guard atEnd || window.byteCount >= 4096 else { return nil }
    let head = window.extracting(0..<min(4096, window.byteCount))
    encoding = .of(head)
    if Self.chains(head, .descriptorWords) {
      framing = .descriptorWords
    } else if Self.chains(head, .lengthWords) {
      framing = .lengthWords
    } else if Self.hasLineEnds(head, encoding) {
      framing = .lineEnds
    } else {
      guard atEnd || window.byteCount >= Self.lookahead else { return nil }
      let sample = window.extracting(0..<min(Self.lookahead, window.byteCount))
      framing =
        Self.hasLineEnds(sample, encoding) ? .lineEnds : .fixed(Self.recordLength(sample, encoding))
    }
  }

  /// The line at `start`, or nil when the window does not hold all of it yet.
  func line(_ window: RawSpan, at start: Int, atEnd: Bool) -> Line? {
    let left = window.byteCount - start
    guard left > 0 else { return nil }
    switch framing {
    case .lineEnds:
      return endedLine(window, at: start, atEnd: atEnd)
    case .fixed(let length):
      guard left >= length || atEnd else { return nil }
      let end = start + min(length, left)
      return Line(text: start..<end, next: end)
    case .descriptorWords, .lengthWords:
      guard left >= 4 else { return atEnd ? damaged(start, window.byteCount) : nil }
      guard let length = Self.length(window, at: start, framing) else {
        return resynchronised(window, at: start, atEnd: atEnd)
      }
      guard left >= length else {
        // The last record of a file that was cut short is still a line.
        return atEnd ? Line(text: (start + 4)..<window.byteCount, next: window.byteCount) : nil
      }
      return Line(text: (start + 4)..<(start + length), next: start + length)
    }
  }

  private func endedLine(_ window: RawSpan, at start: Int, atEnd: Bool) -> Line? {
    let limit = min(window.byteCount, start + Self.longest)
    var found: Int?
    if encoding == .ascii {
      found = window.firstIndex(of: 0x0A, in: start..<limit)
    } else {
      found = window.firstIndex(of: 0x15, in: start..<limit)
      found = window.firstIndex(of: 0x25, in: start..<(found ?? limit)) ?? found
    }
    guard let found else {
      guard atEnd || limit - start == Self.longest else { return nil }
      return Line(text: start..<limit, next: limit)
    }
    let end = found > start && window.u8(found - 1) == 0x0D ? found - 1 : found
    return Line(text: start..<end, next: found + 1)
  }

  private func damaged(_ start: Int, _ end: Int) -> Line {
    Line(text: start..<start, next: end, isDamaged: true)
  }

  /// Looks for the next place where two record lengths in a row fit.
  private func resynchronised(_ window: RawSpan, at start: Int, atEnd: Bool) -> Line? {
    let limit = min(window.byteCount, start + Self.longest)
    for at in (start + 1)..<max(start + 1, limit) {
      guard window.has(4, at: at), let length = Self.length(window, at: at, framing) else {
        continue
      }
      guard window.has(4, at: at + length) else {
        // The same place must be found however much of the input is in the window.
        if !atEnd { return nil }
        if at + length == window.byteCount { return damaged(start, at) }
        continue
      }
      if Self.length(window, at: at + length, framing) != nil { return damaged(start, at) }
    }
    guard atEnd || limit - start == Self.longest else { return nil }
    return damaged(start, limit)
  }

  /// The length of a record with its prefix, or nil when it cannot be one.
  private static func length(_ window: RawSpan, at offset: Int, _ framing: Framing) -> Int? {
    if framing == .descriptorWords {
      let length = Int(window.be16(offset))
      return length >= 4 && window.be16(offset + 2) == 0 ? length : nil
    }
    let length = window.be32(offset)
    return length < 32 << 10 ? Int(length) + 4 : nil
  }

  /// Whether the first records chain: three of them, or all there are.
  private static func chains(_ head: RawSpan, _ framing: Framing) -> Bool {
    var at = 0
    var records = 0
    while records < 3, head.has(4, at: at) {
      guard let length = length(head, at: at, framing) else { return false }
      at += length
      records += 1
    }
    // Three empty lines would be any bytes that repeat.
    return at > 12 && (records == 3 || at == head.byteCount)
  }

  /// Whether lines end with a byte of their own: in EBCDIC, where records of one length are common, not
  /// when a damaged byte here or there looks like one.
  private static func hasLineEnds(_ bytes: RawSpan, _ encoding: TextEncoding) -> Bool {
    if encoding == .ascii { return bytes.firstIndex(of: 0x0A, in: 0..<bytes.byteCount) != nil }
    var ends = 0
    for index in 0..<bytes.byteCount where bytes.u8(index) == 0x15 || bytes.u8(index) == 0x25 {
      ends += 1
    }
    return ends > bytes.byteCount / longestOnAverage
  }

  /// Guesses the record length from where the words stand that begin a line.
  private static func recordLength(_ bytes: RawSpan, _ encoding: TextEncoding) -> Int {
    var distances: [Int] = []
    for word in ["Data trace.", "Packet trace.", "Using port", " PACKET   0000", " DATA     0000"] {
      let needle = encoding.bytes(word)
      var previous: Int?
      var at = 0
      while let hit = bytes.firstIndex(of: needle, from: at) {
        if let previous { distances.append(hit - previous) }
        previous = hit
        at = hit + 1
      }
    }
    let common = distances.reduce(0, greatestCommonDivisor)
    // SYSPRINT as the documentation of the tool defines it, print files of IPCS, and cards.
    let usual = [200, 133, 132, 125, 121, 137, 80, 256, 255]
    if let length = usual.first(where: { common % $0 == 0 }) { return length }
    if (80...Self.longest).contains(common) { return common }
    // Bytes are missing or too many somewhere, but most distances are whole lines.
    let fits = usual.map { length in distances.count { $0 % length == 0 } }
    guard let most = fits.max(), most * 2 > distances.count, let best = fits.firstIndex(of: most)
    else { return 200 }
    return usual[best]
  }

  private static func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while other != 0 { (one, other) = (other, one % other) }
    return one
  }
}
