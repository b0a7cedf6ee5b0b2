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
  }

  private var texts: [UInt64: Text] = [:]

  /// Bytes of a text that are waited for.
  private static let most = 64 * 1024
  /// Bytes of a coded text that are waited for.
  private static let mostCoded = 1 << 20
  /// Texts that are open at a time.
  private static let mostTexts = 256

  /// Offset of the first byte that waits.
  var since: UInt64? {
    texts.isEmpty ? nil : texts.values.compactMap { $0.parts.first?.start }.min()
  }

  /// Adds to a text; `look` gets it when it is over, or too long to be waited for.
  mutating func add(
    _ content: SecretContent, in message: UInt64, _ look: (inout Text) -> Void
  ) {
    var text = texts.removeValue(forKey: content.stream) ?? Text()
    let base = text.bytes.count
    text.bytes += content.bytes
    for part in content.parts { text.parts.append(Part(part, behind: base, in: message)) }
    text.codings = content.parts.isEmpty && base > 0 ? text.codings : content.codings
    text.isHeader = content.isHeader
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
    if texts.count >= Self.mostTexts { lookAtUnfinished(look) }
    texts[content.stream] = text
  }

  /// Looks at everything as far as it came.
  mutating func lookAtUnfinished(_ look: (inout Text) -> Void) {
    let open = texts
    texts = [:]
    for number in open.keys.sorted() {
      guard var text = open[number], !text.bytes.isEmpty else { continue }
      text.isCut = text.codings != []
      look(&text)
      text.bytes = []
      text.parts = []
      texts[number] = text
    }
  }
}
