internal import TraceBytes

/// Four-byte words that requests, responses and logins begin with, or have in them, in ASCII and
/// EBCDIC: a quick look before a closer one.
struct FirstWords {
  private let ascii: SIMD16<UInt32>
  private let ebcdic: SIMD16<UInt32>
  private let asciiHints: SIMD8<UInt32>
  private let ebcdicHints: SIMD8<UInt32>

  init() {
    let starts = [
      "GET ", "POST", "PUT ", "HEAD", "PATC", "DELE", "OPTI", "HTTP", "PASS", "AUTH", "USER",
    ]
    let hints = ["auth", "cook", "pass", "toke", "secr", "sess"]
    ascii = Self.words(starts, nil)
    ebcdic = Self.words(starts, .ibm1047)
    asciiHints = Self.words(hints, nil)
    // Capital letters of EBCDIC are small ones with one more bit.
    ebcdicHints = Self.words(hints.map { $0.uppercased() }, .ibm1047)
  }

  private static func words<Words: SIMD<UInt32>>(_ texts: [String], _ page: CodePage?) -> Words {
    var words = Words()
    for (index, text) in texts.enumerated() where index < words.scalarCount {
      let bytes = page?.bytes(text) ?? Array(text.utf8)
      words[index] = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
    return words
  }

  /// Whether a payload begins a message or a login; false for most that do not.
  @inline(__always)
  func beginMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let word = bytes.be32(0)
    return any(ascii .== word) || any(ebcdic .== word)
  }

  /// Bytes that are searched for a telling word.
  private static let searched = 768

  /// Whether a closer look for credentials is worth its time: the beginning of a message or a login
  /// with a telling word in it.
  func hintAtCredentials(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let word = bytes.be32(0)
    if any(ascii .== word) { return search(bytes, 0x2020_2020, asciiHints) }
    if any(ebcdic .== word) { return search(bytes, 0x4040_4040, ebcdicHints) }
    return false
  }

  private func search(_ bytes: RawSpan, _ fold: UInt32, _ hints: SIMD8<UInt32>) -> Bool {
    let end = min(bytes.byteCount, Self.searched) - 4
    var at = 0
    while at <= end {
      if any(hints .== (bytes.be32(at) | fold)) { return true }
      at &+= 1
    }
    return false
  }
}
