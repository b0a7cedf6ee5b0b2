internal import TraceBytes

/// A part of a message's bytes: a word, or a field's value.
struct TextPart: Sendable {
  var start: UInt32 = 0
  var end: UInt32 = 0

  init() {}

  init(_ start: Int, _ end: Int) {
    self.start = UInt32(clamping: start)
    self.end = UInt32(clamping: end)
  }

  var isEmpty: Bool { start >= end }
  var count: Int { Int(end) - Int(start) }
  var range: Range<Int> { Int(start)..<Int(max(start, end)) }

  /// The part without its first bytes.
  func dropping(_ count: Int) -> TextPart { TextPart(Int(start) + count, Int(end)) }
}

/// The words of a text one after the other; blanks and tabs stand between them.
struct WordCursor {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  var offset = 0

  init(offset: Int = 0) { self.offset = offset }

  /// The next word, nil at the end.
  mutating func next(_ text: RawSpan) -> TextPart? {
    var at = offset
    let count = text.byteCount
    while at < count, isBlank(text.u8(at)) { at &+= 1 }
    let start = at
    // Eight bytes at a time up to the first blank or tab; below the first mark a mark is exact.
    while at &+ 8 <= count {
      let bytes = text.le64(at)
      let (blank, tab) = (bytes ^ 0x2020_2020_2020_2020, bytes ^ 0x0909_0909_0909_0909)
      let marks =
        ((blank &- Self.ones) & ~blank | (tab &- Self.ones) & ~tab) & 0x8080_8080_8080_8080
      if marks != 0 {
        offset = at &+ marks.trailingZeroBitCount / 8
        return offset > start ? TextPart(start, offset) : nil
      }
      at &+= 8
    }
    while at < count, !isBlank(text.u8(at)) { at &+= 1 }
    offset = at
    return at > start ? TextPart(start, at) : nil
  }
}

/// The last words of a text, the last one first: as many as tell what a wrapped line may go on with.
struct LastWords {
  private var words: InlineArray<3, TextPart> = .init(repeating: TextPart())

  /// Looks no further back than 512 bytes.
  init(_ text: RawSpan) {
    let first = max(0, text.byteCount - 512)
    var end = text.byteCount
    for place in words.indices {
      while end > first, isBlank(text.u8(end - 1)) { end -= 1 }
      var start = end
      while start > first, !isBlank(text.u8(start - 1)) { start -= 1 }
      words[place] = TextPart(start, end)
      end = start
    }
  }

  /// A word counted from the last; empty where there are not so many.
  subscript(_ back: Int) -> TextPart { words[back] }
}

/// The field names of AT-TLS messages.
enum FieldKey: Int, CaseIterable {
  case group
  case environment
  case connection
  case local
  case remote
  case job
  case user
  case type
  case status
  case rule
  case actions
  case returnCode

  /// The field name that a word starts with: most words are values, which have no colon so early.
  init?(_ text: RawSpan, _ word: TextPart) {
    let name = text.name(word)
    guard name != 0 else { return nil }
    let key: FieldKey
    switch text.u8(Int(word.start)) {
    case UInt8(ascii: "G"): key = .group
    case UInt8(ascii: "E"): key = .environment
    case UInt8(ascii: "C"): key = .connection
    case UInt8(ascii: "L"): key = .local
    case UInt8(ascii: "R"):
      switch text.u8(Int(word.start) + 1) {
      case UInt8(ascii: "E"): key = .remote
      case UInt8(ascii: "U"): key = .rule
      default: key = .returnCode
      }
    case UInt8(ascii: "J"): key = .job
    case UInt8(ascii: "U"): key = .user
    case UInt8(ascii: "T"): key = .type
    case UInt8(ascii: "S"): key = .status
    case UInt8(ascii: "A"): key = .actions
    default: return nil
    }
    guard name == Self.names[key.rawValue] else { return nil }
    self = key
  }

  /// The texts as numbers, in the order of the cases.
  private static let names = allCases.map { key in
    let text = [UInt8]("\(key.text)".utf8)
    return unsafe text.span.bytes.name(TextPart(0, text.count))
  }

  var text: StaticString {
    switch self {
    case .group: "GRPID:"
    case .environment: "ENVID:"
    case .connection: "CONNID:"
    case .local: "LOCAL:"
    case .remote: "REMOTE:"
    case .job: "JOBNAME:"
    case .user: "USERID:"
    case .type: "TYPE:"
    case .status: "STATUS:"
    case .rule: "RULE:"
    case .actions: "ACTIONS:"
    case .returnCode: "RC:"
    }
  }
}

extension RawSpan {
  /// Where some ASCII text first stands, looking no further than `limit`.
  func firstIndex(of text: StaticString, from start: Int = 0, limit: Int = .max) -> Int? {
    let last = Swift.min(byteCount - text.utf8CodeUnitCount, limit)
    guard start >= 0, start <= last else { return nil }
    let first = unsafe text.utf8Start[0]
    for index in start...last where u8(index) == first {
      if has(text, at: index) { return index }
    }
    return nil
  }

  /// The bytes of a word up to its first colon, eight at most, the first one lowest; 0 when there is none.
  @inline(__always)
  fileprivate func name(_ word: TextPart) -> UInt64 {
    let start = Int(word.start)
    var bytes: UInt64 = 0
    if has(8, at: start) {
      bytes = le64(start)
    } else {
      for at in (start..<byteCount).reversed() { bytes = bytes << 8 | UInt64(u8(at)) }
    }
    let colons = bytes ^ 0x3A3A_3A3A_3A3A_3A3A
    let marks = (colons &- 0x0101_0101_0101_0101) & ~colons & 0x8080_8080_8080_8080
    let bits = marks.trailingZeroBitCount &+ 1
    guard marks != 0, bits <= 8 &* word.count else { return 0 }
    return bytes & (.max >> UInt64(64 &- bits))
  }

  /// Whether a word starts with some ASCII text.
  @inline(__always)
  func word(_ word: TextPart, startsWith text: StaticString) -> Bool {
    word.count >= text.utf8CodeUnitCount && has(text, at: Int(word.start))
  }

  /// Whether a word is some ASCII text.
  @inline(__always)
  func word(_ word: TextPart, is text: StaticString) -> Bool {
    word.count == text.utf8CodeUnitCount && has(text, at: Int(word.start))
  }

  /// Whether a word is a dash; web copies have an en dash.
  func isDash(_ word: TextPart) -> Bool {
    self.word(word, is: "-") || self.word(word, is: "\u{2013}")
  }

  /// The number in a word of hexadecimal digits, nil for anything else.
  func hexadecimal(_ word: TextPart) -> UInt32? {
    var value: UInt64 = 0
    guard !word.isEmpty else { return nil }
    for at in word.range {
      guard let digit = Hex.value(u8(at)) else { return nil }
      value = value << 4 | UInt64(digit)
      if value > UInt64(UInt32.max) { return nil }
    }
    return UInt32(truncatingIfNeeded: value)
  }

  /// The number in a word of decimal digits, which a sign may lead; nil for anything else.
  func decimal(_ word: TextPart) -> Int? {
    guard !word.isEmpty else { return nil }
    let sign = u8(Int(word.start))
    let digits = sign == 0x2D || sign == 0x2B ? word.dropping(1) : word
    guard (1...18).contains(digits.count) else { return nil }
    var value = 0
    for at in digits.range {
      let byte = u8(at)
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value &* 10 &+ Int(byte &- 0x30)
    }
    return sign == 0x2D ? -value : value
  }

  /// A part as text that is safe to show.
  func text(_ part: TextPart) -> String {
    guard part.end <= byteCount else { return "" }
    return printableText(extracting(part.range))
  }

  /// Whether every byte of a part is a hexadecimal digit.
  func isHexadecimal(_ part: TextPart) -> Bool {
    for at in part.range where Hex.value(u8(at)) == nil { return false }
    return true
  }
}

/// Whether bytes hold some ASCII text at an offset.
func bytesStart(_ bytes: [UInt8], at offset: Int, with text: StaticString) -> Bool {
  unsafe bytes.span.bytes.has(text, at: offset)
}

@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

/// Text that is safe on a terminal: control characters and invisible marks become dots.
func printableText(_ bytes: ArraySlice<UInt8>) -> String {
  unsafe printableText(bytes.span.bytes)
}

/// The same of a span.
func printableText(_ bytes: RawSpan) -> String {
  let whole = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  if bytes.isPrintableASCII(0..<bytes.byteCount) { return whole }
  var text = String.UnicodeScalarView()
  for scalar in whole.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      text.append(".")
    default: text.append(scalar)
    }
  }
  return String(text)
}
