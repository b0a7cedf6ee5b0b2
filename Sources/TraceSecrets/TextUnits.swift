internal import TraceBytes
internal import TraceProtocols

/// Cuts one direction of a conversation of text into units that are looked at as a whole: heads and bodies of
/// HTTP, and runs of anything else.
struct TextUnits {
  /// Bytes of one unit, and of which ranges its content consists where it has framing in between.
  struct Unit {
    var bytes: [UInt8]
    var pieces: [Range<Int>]?
    /// Content codings and transfer codings that hide the content, the one applied first in front.
    var codings: [String] = []
    /// Whether some of a coded body came before.
    var isPartOfCoded = false
    var isHTTP = false
    /// Whether it goes on with what the last unit ended in.
    var continues = false
  }

  private enum Mode {
    /// A head may begin here.
    case start
    case head
    /// So many bytes of a body are still to come.
    case body(Int)
    case chunked
    /// Up to the end of the stream.
    case rest
    case text
    /// HTTP is over: what follows is of another protocol.
    case handedOver
  }

  /// What the answer 101 says of what follows it.
  struct Upgrade {
    var name: String
    var extensions: String
  }

  /// Bytes of a unit that are waited for.
  static let most = 256 * 1024
  private static let mostHead = 64 * 1024
  /// Bytes of a run of text that are waited for.
  static let mostText = 8192

  private var mode = Mode.start
  private(set) var waiting: [UInt8] = []
  /// Where the search for the end of a head, or the next chunk, goes on.
  private var place = 0
  /// Where the search for the end of trailers goes on, and where their line at hand begins.
  private var trailers = (place: 0, line: 0)
  private var pieces: [Range<Int>] = []
  private var codings: [String] = []
  private var isCutOff = false
  private var isEBCDIC = false
  private var isHTTP = false
  private var continues = false
  /// The connection was handed over by HTTP (Upgrade, CONNECT), and what follows is not recognised yet.
  private(set) var upgrade: Upgrade?

  /// What waits behind the hand-over; nothing more comes here.
  mutating func takeWaiting() -> [UInt8] {
    upgrade = nil
    let bytes = waiting
    waiting = []
    return bytes
  }

  /// The connection was not handed over to another protocol after all: what follows is text as before.
  mutating func resumeText(_ give: (Unit) -> Void) {
    upgrade = nil
    mode = .text
    cut(give)
  }

  mutating func data(_ bytes: RawSpan, _ give: (Unit) -> Void) {
    // A start line at the beginning of a piece ends whatever was under way.
    switch mode {
    case .text, .rest:
      if HTTPStart.looksLikeOne(bytes) {
        giveUnfinished(give)
        mode = .start
      }
    default: break
    }
    // What waits moves with each unit that is taken, so a long piece is not added at once.
    var at = 0
    while at < bytes.byteCount {
      let end = min(bytes.byteCount, at + Self.mostText)
      waiting.append(bytes.extracting(at..<end))
      cut(give)
      at = end
    }
  }

  /// Bytes are missing; 0 when it is not known how many.
  mutating func gap(_ count: Int, _ give: (Unit) -> Void) {
    giveUnfinished(give)
    if case .body(let left) = mode, count > 0, count < left {
      mode = .body(left - count)
    } else {
      begin()
    }
  }

  /// The other side has sent something, which ends a text that is no message of HTTP.
  mutating func otherSideSpeaks(_ give: (Unit) -> Void) {
    if case .text = mode {
      giveUnfinished(give)
      mode = .start
    }
  }

  /// Gives what there is without waiting for the rest of it.
  mutating func giveUnfinished(_ give: (Unit) -> Void) {
    guard !waiting.isEmpty else { return }
    switch mode {
    case .body(let left): mode = .body(max(0, left - waiting.count))
    case .chunked: pieces.append(max(0, place)..<waiting.count)
    default: break
    }
    let isChunked = !pieces.isEmpty
    give(take(waiting.count))
    isCutOff = !codings.isEmpty
    if isChunked { mode = .rest }
    if case .start = mode { mode = .text }
  }

  private mutating func begin() {
    mode = .start
    continues = false
    place = 0
    trailers = (0, 0)
    pieces = []
    codings = []
    isCutOff = false
    isHTTP = false
  }

  private mutating func take(_ count: Int) -> Unit {
    let unit = Unit(
      bytes: Array(waiting.prefix(count)), pieces: pieces.isEmpty ? nil : pieces,
      codings: codings, isPartOfCoded: isCutOff, isHTTP: isHTTP, continues: continues)
    continues = true
    waiting.removeFirst(min(count, waiting.count))
    pieces = []
    place = 0
    trailers = (0, 0)
    return unit
  }

  private mutating func cut(_ give: (Unit) -> Void) {
    while !waiting.isEmpty {
      switch mode {
      case .start:
        guard let isStart = unsafe HTTPStart.begins(waiting.span.bytes) else { return }
        isHTTP = isStart
        if isStart {
          isEBCDIC = waiting[0] >= 0x80
          continues = false
          mode = .head
          place = 0
        } else {
          mode = .text
        }
      case .head:
        guard let end = headEnd() else {
          if waiting.count > Self.mostHead { giveUnfinished(give) }
          return
        }
        codings = []
        isCutOff = false
        let head = take(end)
        let framing = HTTPStart.Framing(head.bytes, isEBCDIC: isEBCDIC)
        give(head)
        continues = false
        codings = framing.codings
        if let next = framing.upgrade {
          upgrade = next
          mode = .handedOver
        } else if framing.isChunked {
          mode = .chunked
        } else if let length = framing.length {
          mode = length > 0 ? .body(length) : .start
        } else {
          mode = framing.hasNoBody ? .start : .rest
        }
      case .body(let left):
        guard waiting.count >= left || waiting.count >= Self.most else { return }
        let count = min(left, waiting.count)
        give(take(count))
        isCutOff = !codings.isEmpty
        if count == left { begin() } else { mode = .body(left - count) }
      case .chunked:
        switch chunks() {
        case .needsMore:
          guard waiting.count >= Self.most else { return }
          giveUnfinished(give)
          return
        case .end(let end):
          give(take(end))
          begin()
        case .broken:
          pieces = []
          mode = .rest
        }
      case .rest where !codings.isEmpty:
        // A coded body is decoded as a whole, or as much of it as may be kept.
        guard waiting.count >= Self.most else { return }
        give(take(waiting.count))
        isCutOff = true
      case .rest, .text:
        guard waiting.count >= Self.mostText else { return }
        give(take(waiting.count))
      case .handedOver: return
      }
    }
  }

  /// Where the head ends, behind its empty line.
  private mutating func headEnd() -> Int? {
    var at = max(0, place - 4)
    while at < waiting.count {
      if isFeed(waiting[at]) {
        let next = waiting.end(from: at + 1) { $0 == 0x0D }
        if next < waiting.count, isFeed(waiting[next]) { return next + 1 }
      }
      at += 1
    }
    place = waiting.count
    return nil
  }

  private func isFeed(_ byte: UInt8) -> Bool {
    isEBCDIC ? byte == 0x25 || byte == 0x15 : byte == 0x0A
  }

  private enum Chunks { case needsMore, end(Int), broken }

  /// Follows the chunks as far as they are there (RFC 9112 section 7.1); their content goes into ``pieces``.
  private mutating func chunks() -> Chunks {
    while true {
      var at = place
      var size = 0
      var digits = 0
      while at < waiting.count, let digit = hex(waiting[at]) {
        size = size &* 16 &+ Int(digit)
        digits += 1
        at += 1
        guard digits <= 7 else { return .broken }
      }
      while at < waiting.count, !isFeed(waiting[at]) {
        guard at - place < 256 else { return .broken }
        at += 1
      }
      guard at < waiting.count else { return .needsMore }
      guard digits > 0 else { return .broken }
      at += 1
      if size == 0 {
        // Trailers, up to an empty line.
        let first = at
        at = max(first, trailers.place)
        var start = max(first, trailers.line)
        while at < waiting.count {
          if isFeed(waiting[at]) {
            let isEmpty = waiting[start..<at].allSatisfy { $0 == 0x0D }
            if isEmpty {
              if start > first { pieces.append(first..<start) }
              return .end(at + 1)
            }
            start = at + 1
          }
          at += 1
        }
        trailers = (at, start)
        return .needsMore
      }
      // A chunk is taken when it is whole, with the end of its line.
      guard waiting.count - at >= size + 1 else { return .needsMore }
      var end = at + size
      if waiting[end] == 0x0D {
        guard end + 1 < waiting.count else { return .needsMore }
        end += 1
      }
      guard isFeed(waiting[end]) else { return .broken }
      pieces.append(at..<at + size)
      place = end + 1
    }
  }

  private func hex(_ byte: UInt8) -> UInt8? {
    guard isEBCDIC else { return SecretText.hex(byte) }
    switch byte {
    case 0xF0...0xF9: return byte & 0x0F
    case 0x81...0x86, 0xC1...0xC6: return (byte & 0x0F) + 9
    default: return nil
    }
  }
}

/// What a head of HTTP says of the body behind it.
enum HTTPStart {
  private static let words: [[UInt8]] = {
    let words = [
      "GET ", "POST ", "PUT ", "HEAD ", "PATCH ", "DELETE ", "OPTIONS ", "HTTP/1.", "TRACE ",
      "PROPFIND ",
    ]
    return words.map { Array($0.utf8) } + words.compactMap { CodePage.ibm1047.bytes($0) }
  }()

  /// Whether bytes begin a message; nil when they may, with more of them.
  static func begins(_ bytes: RawSpan) -> Bool? {
    var isCut = false
    for word in words {
      let count = min(word.count, bytes.byteCount)
      guard bytes.starts(with: Array(word[..<count])) else { continue }
      if count == word.count { return true }
      isCut = true
    }
    return isCut ? nil : false
  }

  static func looksLikeOne(_ bytes: RawSpan) -> Bool { begins(bytes) == true }

  struct Framing {
    var length: Int?
    var isChunked = false
    /// Codings that hide the body, the one applied first in front.
    var codings: [String] = []
    var upgrade: TextUnits.Upgrade?
    /// Whether no body is there without a length: a request, or a response that has none.
    var hasNoBody = true

    /// The fields that are read, with their colon.
    private enum Field: String, CaseIterable {
      case contentLength = "content-length:"
      case transferEncoding = "transfer-encoding:"
      case contentEncoding = "content-encoding:"
      case upgrade = "upgrade:"
      case extensions = "sec-websocket-extensions:"
    }

    private static let firstLetters = Field.allCases.compactMap(\.rawValue.utf8.first)

    /// Whether a line begins with a word in small letters, whatever letters it has itself.
    private static func begins(_ line: ArraySlice<UInt8>, with word: String) -> Bool {
      line.prefix(word.utf8.count).elementsEqual(word.utf8) { $0 | 0x20 == $1 }
    }

    init(_ head: [UInt8], isEBCDIC: Bool) {
      var transfer: [String] = []
      var name = ""
      var extensions = ""
      var isHandOver = false
      let page = CodePage.ibm1047.scalars
      let text = isEBCDIC ? head.map { page[Int($0)] < 0x100 ? UInt8(page[Int($0)]) : 0 } : head
      var rest = text[...]
      var isFirst = true
      while !rest.isEmpty {
        let line = rest.prefix { $0 != 0x0A && $0 != 0x85 }
        rest = rest.dropFirst(line.count + 1)
        guard let first = line.first else { continue }
        if isFirst {
          isFirst = false
          guard Self.begins(line, with: "http/1") else { continue }
          let code =
            String(decoding: line.prefix(64), as: UTF8.self)
            .split(separator: " ").dropFirst().first ?? ""
          isHandOver = code == "101"
          hasNoBody = code.hasPrefix("1") || code == "204" || code == "304"
          continue
        }
        // Few fields say anything of the body.
        guard Self.firstLetters.contains(first | 0x20),
          let field = Field.allCases.first(where: { Self.begins(line, with: $0.rawValue) })
        else { continue }
        let value = String(
          decoding: line.prefix(256).dropFirst(field.rawValue.utf8.count), as: UTF8.self
        ).lowercased().filter { $0 != " " && $0 != "\t" && $0 != "\r" }
        let list = value.split(separator: ",").map(String.init).filter { $0 != "identity" }
        switch field {
        case .contentLength: length = Int(value).flatMap { $0 >= 0 ? $0 : nil }
        case .transferEncoding:
          if list.contains("chunked") { isChunked = true }
          transfer += list.filter { $0 != "chunked" }
        case .contentEncoding: codings += list
        case .upgrade: name = value
        case .extensions: extensions += value
        }
      }
      codings += transfer
      if isHandOver { upgrade = TextUnits.Upgrade(name: name, extensions: extensions) }
    }
  }
}
