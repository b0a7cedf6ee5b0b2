internal import TraceBytes
internal import TraceProtocols

/// The texts inside of the messages of one side, until they are whole.
struct OpenTexts {
  /// A stretch of a text, and where in the stream it stands.
  struct Part {
    var text: Range<Int>
    var start: UInt64
    var coding: SecretContent.Coding
    var isSecret: Bool

    init(_ part: SecretContent.Part, behind base: Int, in message: UInt64) {
      text = base + part.text.lowerBound..<base + part.text.upperBound
      start = UInt64(
        truncatingIfNeeded: Int(truncatingIfNeeded: message) &+ part.place)
      coding = part.coding
      isSecret = part.isSecret
    }

    /// Bytes it takes in the stream.
    var length: Int {
      if case .huffman(let length) = coding { return length }
      return text.count
    }
  }

  struct Text {
    var bytes: [UInt8] = []
    var parts: [Part] = []
    var codings: [String]? = []
    var isHeader = false
    /// The state of the search behind the beginning of the text, where that was searched before.
    var memory = SecretFinder.Memory()
    var isCut = false
    /// Bytes still to come whose meaning may stand in what is missing before them.
    var blind = 0
    /// The holes of the side that it has heard of.
    var holes: UInt64

    /// In the holes since the last time, bytes of it may be missing.
    mutating func note(holes: UInt64) {
      guard holes != self.holes else { return }
      self.holes = holes
      memory = SecretFinder.Memory()
      blind = max(blind, FlowSecrets.contextBytes)
    }
  }

  private var texts: [UInt64: Text] = [:]
  /// The texts of which bytes wait, by the offset of the first, the oldest in front; some are decided by now.
  private var waiting: [(stream: UInt64, start: UInt64)] = []
  private var front = 0
  /// The highest number of those that were given up.
  private var givenUp: UInt64?
  /// Holes until now. A text hears of them when it goes on: thousands can be open.
  private var holes: UInt64 = 0

  /// Bytes of a text that are waited for.
  private static let most = 64 * 1024
  /// Bytes of a coded text that are waited for.
  private static let mostCoded = 1 << 20
  /// Texts that are open at a time: their bytes wait in the queue as well, which bounds them.
  static let mostTexts = 4096

  /// Offset of the first byte that waits.
  private(set) var since: UInt64?

  /// Adds to a text; `look` gets it when it is over, or too long to be waited for.
  mutating func add(
    _ content: SecretContent, in message: UInt64, _ look: (inout Text) -> Void
  ) {
    defer { findFirstWaiting() }
    var text = texts.removeValue(forKey: content.stream) ?? new(content.stream)
    text.note(holes: holes)
    let wasEmpty = text.parts.isEmpty
    let base = text.bytes.count
    text.bytes += content.bytes
    for part in content.parts { text.parts.append(Part(part, behind: base, in: message)) }
    text.codings = content.parts.isEmpty && base > 0 ? text.codings : content.codings
    text.isHeader = content.isHeader
    if content.lacksContext { text.blind = Int.max }
    let isCoded = text.codings != []
    if content.ends {
      if !text.bytes.isEmpty { look(&text) }
      return
    }
    if text.bytes.count >= (isCoded ? Self.mostCoded : Self.most) {
      text.isCut = isCoded
      look(&text)
      text.bytes = []
      text.parts = []
    }
    if wasEmpty, let first = text.parts.first { waiting.append((content.stream, first.start)) }
    texts[content.stream] = text
    if texts.count > Self.mostTexts { giveUpOldest(look) }
  }

  /// Nothing is known of what came before in a text that was given up.
  private func new(_ stream: UInt64) -> Text {
    var text = Text(holes: holes)
    if let givenUp, stream <= givenUp { text.blind = Int.max }
    return text
  }

  /// Finds the first text that waits.
  private mutating func findFirstWaiting() {
    front = waiting.end(from: front) { texts[$0.stream]?.parts.first?.start != $0.start }
    since = front < waiting.count ? waiting[front].start : nil
    if since == nil || front > 4096 {
      waiting.removeFirst(front)
      front = 0
    }
  }

  /// Looks at the texts with the lowest numbers as far as they came, and forgets them.
  private mutating func giveUpOldest(_ look: (inout Text) -> Void) {
    let oldest = texts.keys.sorted().prefix(Self.mostTexts / 4)
    for number in oldest {
      guard var text = texts.removeValue(forKey: number), !text.bytes.isEmpty else { continue }
      // It may go on with what tells of a secret before.
      text.note(holes: holes)
      text.blind = Int.max
      text.isCut = text.codings != []
      look(&text)
    }
    givenUp = max(givenUp ?? 0, oldest.last ?? 0)
  }

  /// Bytes of the side are missing, which may belong to any text.
  mutating func loseContext() { holes &+= 1 }

  /// Looks at everything as far as it came.
  mutating func lookAtUnfinished(_ look: (inout Text) -> Void) {
    defer { findFirstWaiting() }
    for (number, start) in waiting[front...] {
      guard var text = texts[number], text.parts.first?.start == start, !text.bytes.isEmpty else {
        continue
      }
      text.note(holes: holes)
      text.isCut = text.codings != []
      look(&text)
      text.bytes = []
      text.parts = []
      texts[number] = text
    }
  }
}
