internal import TraceBytes
internal import TraceProtocols

/// Four-byte words that requests, responses and logins begin with, in ASCII and EBCDIC: a quick look
/// before a closer one.
struct FirstWords {
  private let words: [UInt32]
  /// For each byte, whether one of the words begins with it.
  private let begins: [Bool]

  init() {
    let starts = [
      "GET ", "POST", "PUT ", "HEAD", "PATC", "DELE", "OPTI", "HTTP", "PASS", "AUTH", "USER",
    ]
    words = Self.words(starts, nil) + Self.words(starts, .ibm1047)
    var begins = [Bool](repeating: false, count: 256)
    for word in words { begins[Int(word >> 24)] = true }
    self.begins = begins
  }

  private static func words(_ texts: [String], _ page: CodePage?) -> [UInt32] {
    texts.map { text in
      let bytes = page?.bytes(text) ?? Array(text.utf8)
      return bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// Whether a payload begins a message or a login; false for most that do not.
  @inline(__always)
  func beginMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8, begins[Int(bytes.u8(0))] else { return false }
    return words.contains(bytes.be32(0))
  }
}
