internal import TraceBytes
internal import TraceProtocols

/// Four-byte words that requests, responses and logins begin with, in ASCII and EBCDIC: a quick look
/// before a closer one.
struct FirstWords {
  private let words: [UInt32]
  private let responses: [UInt32]
  /// For each byte, whether one of the words begins with it.
  private let begins: [Bool]
  /// The tag of an LDAP message.
  private static let sequence: UInt8 = 0x30

  init() {
    let starts = [
      "GET ", "POST", "PUT ", "HEAD", "PATC", "DELE", "OPTI", "HTTP", "PASS", "AUTH", "USER",
    ]
    words = Self.words(starts, nil) + Self.words(starts, .ibm1047)
    responses = Self.words(["HTTP"], nil) + Self.words(["HTTP"], .ibm1047)
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

  /// Bytes that are searched for a telling word.
  private static let searched = 768

  /// Whether a closer look for credentials is worth its time: the beginning of a message or a login
  /// with a telling word in it, or an LDAP bind.
  @inline(__always)
  func hintAtCredentials(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8 else { return false }
    let first = bytes.u8(0)
    guard begins[Int(first)] || first == Self.sequence else { return false }
    return search(bytes)
  }

  /// Looks at the head of a response, and beyond that of a request.
  private func search(_ bytes: RawSpan) -> Bool {
    let word = bytes.be32(0)
    var beginning = bytes.extracting(first: Self.searched)
    if bytes.u8(0) == Self.sequence {
      beginning = beginning.extracting(first: 32)
    } else if !words.contains(word) {
      return false
    } else if responses.contains(word) {
      beginning = beginning.extracting(first: FormGuess.headEnd(beginning) ?? Self.searched)
    }
    return CredentialSearch.isWorthwhile(beginning)
  }
}
