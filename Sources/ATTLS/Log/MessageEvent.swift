internal import TraceBytes

/// What an event message tells of.
enum MessageEvent: Sendable, Equatable {
  /// No word says it.
  case none
  /// An event by its number in the list of those that are known.
  case known(UInt8)
  /// An event nobody has seen: its words end where values begin.
  case other

  static let initialHandshake = MessageEvent.known(0)

  /// Events by their words, the most frequent first.
  private static let words: [[StaticString]] = [
    ["Initial", "Handshake"], ["Connection", "Close"], ["Connection", "Init"],
    ["Connection", "Abend", "Close"], ["Connection", "Stop"], ["Connection", "Reset"],
    ["Data", "Decryption"], ["Data", "Encryption"], ["Environment", "Master", "Create"],
    ["Environment", "Master", "Close"], ["Environment", "Create"], ["Environment", "Close"],
    ["Environment", "Init"], ["Environment", "Link"], ["Secondary", "Handshake"],
    ["Policy", "Mapping"], ["Reset", "Session"], ["Reset", "Cipher"], ["Cipher", "Reset"],
    ["Session", "Reset"],
  ]

  private static let names = words.map { $0.map { "\($0)" }.joined(separator: " ") }

  private static let closes = names.map { $0.hasSuffix("Close") }

  /// Whether a word is one of an event's, to recognise the rest of a wrapped line.
  static func hasWord(_ text: RawSpan, _ word: TextPart) -> Bool {
    words.contains { $0.contains { text.word(word, is: $0) } }
  }

  /// Whether the connection itself is over, and not an environment.
  var isConnectionClose: Bool { self == .known(1) || self == .known(3) }

  /// Its name; nil where no list has it.
  var name: String? {
    guard case .known(let number) = self else { return nil }
    return Self.names[Int(number)]
  }

  /// How many words it has; nil where no list has it.
  var wordCount: Int? {
    guard case .known(let number) = self else { return nil }
    return Self.words[Int(number)].count
  }

  /// Whether something is over; nil where no list has the event.
  var isClose: Bool? {
    guard case .known(let number) = self else { return nil }
    return Self.closes[Int(number)]
  }

  /// The known event whose words free words begin with; the last may be longer.
  fileprivate static func known(
    _ text: RawSpan, _ first: InlineArray<3, TextPart>, _ count: Int
  ) -> MessageEvent? {
    let words = Self.words
    for number in words.indices where words[number].count <= count {
      let event = words[number]
      var fits = true
      for place in event.indices {
        let word = first[place]
        let isSame =
          place == event.count - 1
          ? text.word(word, startsWith: event[place]) : text.word(word, is: event[place])
        if !isSame {
          fits = false
          break
        }
      }
      if fits { return .known(UInt8(truncatingIfNeeded: number)) }
    }
    return nil
  }
}

/// The first words of a message that belong to no field: those of its event.
struct EventBeginning {
  private var words: InlineArray<3, TextPart> = .init(repeating: TextPart())
  private var count = 0

  mutating func add(_ word: TextPart) {
    guard count < 3 else { return }
    words[count] = word
    count += 1
  }

  func event(_ text: RawSpan) -> MessageEvent {
    count == 0 ? .none : MessageEvent.known(text, words, count) ?? .other
  }
}
