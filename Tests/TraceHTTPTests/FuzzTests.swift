import Testing
import TraceHTTP

/// A small generator with a fixed seed (xorshift64*), so that every run sees the same mutations.
struct Chance {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(bound, 1)
  }
}

struct FuzzTests {
  private static let morsels = [
    "\r\n", "\n", "\r", "\r\n\r\n", ":", " ", "0", "ffffffffffffffff", "HTTP/1.1 200 OK\r\n",
    "GET / HTTP/1.1\r\n", "Content-Length: 18446744073709551615\r\n",
    "Transfer-Encoding: chunked\r\n", "\u{0}", "$", ".", "220 ", "DATA\r\n",
    "HTTP/1.1 101 x\r\n\r\n",
  ]

  private static func mutated(_ steps: [Step], _ chance: inout Chance) -> [Step] {
    var steps = steps
    for _ in 0...chance.next(3) {
      guard !steps.isEmpty else { break }
      let at = chance.next(steps.count)
      var bytes = steps[at].bytes
      switch chance.next(8) {
      case 0 where !bytes.isEmpty: bytes[chance.next(bytes.count)] = UInt8(chance.next(256))
      case 1 where !bytes.isEmpty: bytes.remove(at: chance.next(bytes.count))
      case 2:
        bytes.insert(
          contentsOf: Array(morsels[chance.next(morsels.count)].utf8),
          at: chance.next(bytes.count + 1))
      case 3: bytes.removeLast(chance.next(bytes.count + 1))
      case 4: bytes.removeFirst(chance.next(bytes.count + 1))
      case 5:
        let direction: HTTPDirection = chance.next(2) == 0 ? .forward : .backward
        let sizes: [UInt64?] = [nil, 1, 5, 40, .max]
        steps.insert(.gap(direction, sizes[chance.next(sizes.count)]), at: at)
        continue
      case 6:
        steps.insert(.end(chance.next(2) == 0 ? .forward : .backward), at: at)
        continue
      default:
        steps.swapAt(at, chance.next(steps.count))
        continue
      }
      steps[at] = steps[at].direction == .forward ? .c(bytes) : .s(bytes)
    }
    return steps
  }

  /// Ten thousand damaged conversations: they end, they do not trap, whole and in pieces they
  /// give the same, and nothing comes out that did not go in.
  @Test(arguments: 0..<10)
  func damagedConversations(_ round: Int) {
    var chance = Chance(state: 0x5EED_0000 + UInt64(round))
    var limits = HTTPLimits()
    limits.headBytes = 512
    limits.resyncLineBytes = 128
    limits.headGiveUpBytes = 700
    limits.trailerBytes = 32
    limits.undecidedBytes = 300
    let seeds = ConversationCase.all
    for number in 0..<1000 {
      let steps = Self.mutated(seeds[chance.next(seeds.count)].steps, &chance)
      let recorder = Recorder()
      let whole = run(steps, limits: limits, into: recorder)
      let cut: Cut = chance.next(2) == 0 ? .bytewise : .pieces(1 + chance.next(12))
      let other = run(steps, cut, limits: limits, into: Recorder())
      let input = steps.reduce(0) { $0 + $1.bytes.count }
      #expect(recorder.bodyBytes <= UInt64(input))
      #expect(whole == other, "round \(round), number \(number), \(cut)")
      if whole != other {
        print(steps.map { "\($0.direction) \(escaped($0.bytes))" })
        print(whole.joined(separator: "\n"))
        print("---")
        print(other.joined(separator: "\n"))
        return
      }
    }
  }
}
