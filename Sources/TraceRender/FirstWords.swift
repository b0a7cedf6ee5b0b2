internal import TraceBytes

/// Four-byte words that requests, responses and logins begin with, or have in them, in ASCII and
/// EBCDIC: a quick look before a closer one.
struct FirstWords {
  private let ascii: [UInt32]
  private let ebcdic: [UInt32]
  private let asciiHints: Hints
  private let ebcdicHints: Hints
  private let responses: [UInt32]

  /// Named one by one, because a loop over them for each byte is slow.
  private struct Hints {
    let a, b, c, d, e, f: UInt32

    init(_ words: [UInt32]) {
      (a, b, c) = (words[0], words[1], words[2])
      (d, e, f) = (words[3], words[4], words[5])
    }

    @inline(__always)
    func has(_ word: UInt32) -> Bool {
      word == a || word == b || word == c || word == d || word == e || word == f
    }
  }

  init() {
    let starts = [
      "GET ", "POST", "PUT ", "HEAD", "PATC", "DELE", "OPTI", "HTTP", "PASS", "AUTH", "USER",
    ]
    let hints = ["auth", "cook", "pass", "toke", "secr", "sess"]
    ascii = Self.words(starts, nil)
    ebcdic = Self.words(starts, .ibm1047)
    asciiHints = Hints(Self.words(hints, nil))
    // Capital letters of EBCDIC are small ones with one more bit.
    ebcdicHints = Hints(Self.words(hints.map { $0.uppercased() }, .ibm1047))
    responses = Self.words(["HTTP"], nil) + Self.words(["HTTP"], .ibm1047)
  }

  private static func words(_ texts: [String], _ page: CodePage?) -> [UInt32] {
    texts.map { text in
      let bytes = page?.bytes(text) ?? Array(text.utf8)
      return bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// Whether a payload begins a message or a login; false for most that do not.
  func beginMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let word = bytes.be32(0)
    return ascii.contains(word) || ebcdic.contains(word)
  }

  /// Bytes that are searched for a telling word.
  private static let searched = 768

  /// Whether a closer look for credentials is worth its time: the beginning of a message or a login
  /// with a telling word in it.
  func hintAtCredentials(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let word = bytes.be32(0)
    let isResponse = responses.contains(word)
    if ascii.contains(word) { return search(bytes, 0x2020_2020, asciiHints, isResponse) }
    if ebcdic.contains(word) { return search(bytes, 0x4040_4040, ebcdicHints, isResponse) }
    return false
  }

  /// Looks at the head of a response, and beyond that of a request.
  private func search(
    _ bytes: RawSpan, _ fold: UInt32, _ hints: Hints, _ isHeadOnly: Bool
  ) -> Bool {
    let end = min(bytes.byteCount, Self.searched) - 4
    var at = 0
    while at <= end {
      let word = bytes.be32(at)
      if hints.has(word | fold) { return true }
      if isHeadOnly, word == 0x0D0A_0D0A || word == 0x0D25_0D25 { return false }
      at &+= 1
    }
    return false
  }
}
