internal import TraceBytes
import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// What must hold of every room, tried on a conversation of its protocol.
struct RoomChecks {
  let play: RoomPlay
  let steps: [RoomStep]

  init(_ application: ApplicationProtocol, _ steps: [RoomStep]) {
    play = RoomPlay(application)
    self.steps = steps
  }

  /// However bytes are cut, the exchanges, their sizes and the secrets are the same.
  func cutAnywhere() {
    let whole = play.play(steps)
    for cut in [RoomCut.drip, .sevens] {
      let other = play.play(steps, cut: cut)
      #expect(other.exchanges == whole.exchanges, "\(cut)")
      #expect(other.masked == whole.masked, "\(cut)")
    }
    // A protocol is known by its first bytes, however few come together.
    #expect(Web.exchanges(steps, drip: true) == Web.exchanges(steps), "reader of any, byte by byte")
    var only = play
    only.reads = false
    #expect(only.play(steps).masked == whole.masked, "secrets without reading")
  }

  /// Every truncation of the last step, a gap at and in every step, a start at every step.
  func truncatedLateAndWithGaps(step: Int = 1) {
    for (index, item) in steps.enumerated() {
      let (bytes, isClient) = Self.content(item)
      for count in stride(from: 0, to: bytes.count, by: step) {
        let cut = Array(bytes[..<count])
        let last = isClient ? RoomStep.client(cut) : .server(cut)
        _ = play.play(Array(steps[..<index]) + [last])
      }
      _ = play.play(Array(steps[index...]))
      for count in [0, bytes.count, bytes.count / 2] {
        let rest = Array(bytes.dropFirst(count))
        var copy = Array(steps[..<index])
        copy.append(.gap(fromClient: isClient, count: count))
        copy.append(isClient ? .client(rest) : .server(rest))
        copy += steps[(index + 1)...]
        _ = play.play(copy)
      }
    }
  }

  /// Damaged conversations: no trap, and lengths stay.
  func damaged(rounds: Int) {
    var random = SplitMix(7)
    for _ in 0..<rounds {
      var copy = steps
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        let at = Int.random(in: 0..<copy.count, using: &random)
        var (bytes, isClient) = Self.content(copy[at])
        guard !bytes.isEmpty else { continue }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &random) ?? 0
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
        copy[at] = isClient ? .client(bytes) : .server(bytes)
        if Int.random(in: 0..<8, using: &random) == 0 { isClient.toggle() }
      }
      let isWhole = Int.random(in: 0..<2, using: &random) == 0
      _ = play.play(copy, cut: isWhole ? .whole : .sevens)
    }
  }

  /// Bytes that are nothing are not recognised.
  func recognisesNothingElse(rounds: Int = 20_000) {
    var random = SplitMix(11)
    for round in 0..<rounds {
      let isText = round % 2 == 0
      let bytes = (0..<64).map { _ in
        isText
          ? UInt8.random(in: 0x20..<0x7F, using: &random)
          : UInt8.random(in: 0...255, using: &random)
      }
      let known = unsafe play.room.recognise(bytes.span.bytes)
      #expect(known?.confidence != .certain, "\(bytes)")
    }
  }

  private static func content(_ step: RoomStep) -> (bytes: [UInt8], isClient: Bool) {
    switch step {
    case .client(let bytes): (bytes, true)
    case .server(let bytes): (bytes, false)
    case .gap(let fromClient, _): ([], fromClient)
    }
  }
}

/// Text in EBCDIC, filled up with blanks.
func ebcdic(_ text: String, _ count: Int = 0) -> [UInt8] {
  let bytes = CodePage.ibm037.bytes(text) ?? []
  return bytes + Array(repeating: 0x40, count: max(0, count - bytes.count))
}

/// A number in big-endian bytes.
func be(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
}

extension [UInt8] {
  /// The place of the first occurrence of bytes.
  func place(of wanted: [UInt8]) -> Int? {
    guard !wanted.isEmpty, count >= wanted.count else { return nil }
    return (0...count - wanted.count).first { Array(self[$0..<$0 + wanted.count]) == wanted }
  }
}
