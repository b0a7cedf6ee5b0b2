internal import TraceBytes

/// Finds the lines of a printed listing, however the transfer has left them.
///
/// The form is decided once, from the first bytes of the input, never from how much of it happens
/// to be in the window, so the same file gives the same lines however it is read.
struct TextLines: Sendable {
  /// How one line is told from the next.
  enum Framing: Sendable, Equatable {
    /// A byte that ends the line: LF in ASCII or what ``LineEnd`` says, NEL or LF in EBCDIC.
    case lineEnds
    /// Records of one fixed length, as a binary transfer of an FB data set leaves them.
    case fixed(Int)
    /// A four-byte record descriptor word before each line; its length counts itself. Blocks may have one as well.
    case descriptorWords
    /// A four-byte big-endian length before each line, which does not count itself (z/OSMF).
    case lengthWords
  }

  /// What ends a line of ASCII text.
  enum LineEnd: Sendable, Equatable {
    /// LF, with a CR in front of it or without.
    case lineFeed
    /// Two CR and LF: text that was transferred as text twice.
    case doubled
    /// CR alone.
    case carriageReturn
    /// NEL of Latin-1, as a conversion from EBCDIC leaves it, and the same in UTF-8.
    case nextLine, nextLineUTF8

    /// The byte that is last.
    var byte: UInt8 {
      switch self {
      case .lineFeed, .doubled: 0x0A
      case .carriageReturn: 0x0D
      case .nextLine, .nextLineUTF8: 0x85
      }
    }
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
  private(set) var lineEnd = LineEnd.lineFeed

  /// Lines longer than this are cut; nothing that prints on z/OS is near it.
  static let longest = 32 << 10
  /// The lines of no text are longer than this on average.
  private static let longestOnAverage = 1024
  /// How many bytes are looked at to decide on the form.
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
      if Self.hasLineEnds(sample, encoding) {
        framing = .lineEnds
      } else if let end = encoding == .ascii ? Self.otherLineEnd(sample) : nil {
        framing = .lineEnds
        lineEnd = end
      } else {
        framing = .fixed(
          Self.recordLength(sample, encoding, size: atEnd ? window.byteCount : nil))
      }
    }
    if framing == .lineEnds, lineEnd == .lineFeed, encoding == .ascii, Self.isDoubled(head) {
      lineEnd = .doubled
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
      if framing == .descriptorWords {
        guard left >= 8 || atEnd else { return nil }
        if Self.isBlock(window, at: start) { return line(window, at: start + 4, atEnd: atEnd) }
      }
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
      found = window.firstIndex(of: lineEnd.byte, in: start..<limit)
      // The same byte is the last one of other characters.
      while lineEnd == .nextLineUTF8, let at = found, at == start || window.u8(at - 1) != 0xC2 {
        found = window.firstIndex(of: lineEnd.byte, in: at + 1..<limit)
      }
    } else {
      found = window.firstIndex(of: 0x15, in: start..<limit)
      found = window.firstIndex(of: 0x25, in: start..<(found ?? limit)) ?? found
    }
    guard let found else {
      guard atEnd || limit - start == Self.longest else { return nil }
      return Line(text: start..<limit, next: limit)
    }
    let next = found + 1
    var end = found
    if end > start, window.u8(end - 1) == 0x0D || lineEnd == .nextLineUTF8 { end -= 1 }
    if lineEnd == .doubled, end > start, window.u8(end - 1) == 0x0D { end -= 1 }
    // The byte order mark of UTF-8.
    let mark = end - start >= 3 && window.u8(start) == 0xEF && window.be16(start + 1) == 0xBBBF
    return Line(text: (mark ? start + 3 : start)..<end, next: next)
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

  /// Whether the descriptor word of a block stands here: that of its first record follows.
  private static func isBlock(_ window: RawSpan, at offset: Int) -> Bool {
    guard window.has(8, at: offset), let block = length(window, at: offset, .descriptorWords),
      let record = length(window, at: offset + 4, .descriptorWords)
    else { return false }
    return record + 4 <= block
  }

  /// Whether the first records chain: three of them, or all there are.
  private static func chains(_ head: RawSpan, _ framing: Framing) -> Bool {
    var at = 0
    var records = 0
    while records < 3, head.has(4, at: at) {
      if framing == .descriptorWords, isBlock(head, at: at) { at += 4 }
      guard head.has(4, at: at), let length = length(head, at: at, framing) else { return false }
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

  /// What ends the lines of a text that has no LF; nil when nothing does.
  private static func otherLineEnd(_ bytes: RawSpan) -> LineEnd? {
    var (returns, nexts, wideNexts) = (0, 0, 0)
    for index in 0..<bytes.byteCount {
      switch bytes.u8(index) {
      case 0x0D: returns += 1
      case 0x85:
        let before = index > 0 ? bytes.u8(index - 1) : 0
        if before == 0xC2 { wideNexts += 1 } else if before < 0x80 { nexts += 1 }
      default: break
      }
    }
    let most = max(returns, nexts, wideNexts)
    guard most > bytes.byteCount / longestOnAverage else { return nil }
    return most == returns ? .carriageReturn : most == nexts ? .nextLine : .nextLineUTF8
  }

  /// Whether two CR stand in front of each of the first LF.
  private static func isDoubled(_ head: RawSpan) -> Bool {
    var at = 0
    for _ in 0..<3 {
      guard let end = head.firstIndex(of: 0x0A, in: at..<head.byteCount) else { break }
      guard end >= 2, head.be16(end - 2) == 0x0D0D else { return false }
      at = end + 1
    }
    return at > 0
  }

  /// Record lengths of SYSPRINT as the documentation of the tool defines it, of print files of IPCS, and of cards.
  private static let usual = [72, 80, 120, 121, 125, 128, 132, 133, 137, 200, 255, 256]

  /// Guesses the record length from where the words stand that begin a line, and from how the lines lie below each
  /// other.
  private static func recordLength(
    _ bytes: RawSpan, _ encoding: TextEncoding, size: Int?
  ) -> Int {
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
    let fitting = usual.filter { common % $0 == 0 }
    if let length = alignedLength(bytes, encoding, fitting, size: size) { return length }
    if (80...longest).contains(common) { return common }
    // Bytes are missing or too many somewhere, but most distances are whole lines.
    let fits = usual.map { length in distances.count { $0 % length == 0 } }
    guard let most = fits.max(), most * 2 > distances.count, let best = fits.firstIndex(of: most)
    else { return 200 }
    return usual[best]
  }

  /// The length at which lines are most alike: printed ones begin together, and are filled with blanks. Of lengths
  /// that are as good the one that divides the size, where that is known, then the shortest.
  static func alignedLength(
    _ bytes: RawSpan, _ encoding: TextEncoding, _ lengths: [Int] = usual, size: Int?
  ) -> Int? {
    let blank: UInt8 = encoding == .ascii ? 0x20 : 0x40
    let count = min(lookahead, bytes.byteCount)
    let likeness = lengths.map { length -> Double in
      guard count >= 2 * length else { return 0 }
      var alike = 0
      for at in length..<count
      where (bytes.u8(at) == blank) == (bytes.u8(at - length) == blank) { alike += 1 }
      return Double(alike) / Double(count - length)
    }
    guard let most = likeness.max(), most > 0 else { return nil }
    let good = lengths.indices.filter { likeness[$0] >= most - 0.02 }.map { lengths[$0] }
    return good.first { (size ?? 1) % $0 == 0 } ?? good.first
  }

  private static func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while other != 0 { (one, other) = (other, one % other) }
    return one
  }
}
