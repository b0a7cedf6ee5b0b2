internal import TraceModel
import Testing
import TraceProtocols

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
        let direction: FlowSide = chance.next(2) == 0 ? .lower : .upper
        let sizes: [UInt64?] = [nil, 1, 5, 40, .max]
        steps.insert(.gap(direction, sizes[chance.next(sizes.count)]), at: at)
        continue
      case 6:
        steps.insert(.end(chance.next(2) == 0 ? .lower : .upper), at: at)
        continue
      default:
        steps.swapAt(at, chance.next(steps.count))
        continue
      }
      steps[at] = steps[at].direction == .lower ? .c(bytes) : .s(bytes)
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

/// Everything that takes bytes takes any bytes.
struct AnyBytesTests {
  /// Bytes that mean something to one of the functions, in random order.
  private static func bytes(_ chance: inout Chance) -> [UInt8] {
    let morsels = [
      "\r\n", "\n", ":", "\"", "\\", "{", "}", "[", "]", ",", "=", "&", ";", "?", "://", "@", " ",
      "password", "token", "Authorization", "Cookie", "charset", "GET /", "HTTP/1.1", "AUTH ",
      "PASS ", "\u{0}", "é", "220 ", "+OK", "\u{7F}",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<chance.next(24) {
      if chance.next(3) == 0 {
        bytes.append(UInt8(chance.next(256)))
      } else {
        bytes += Array(morsels[chance.next(morsels.count)].utf8)
      }
    }
    return bytes
  }

  private static func isInOrder(_ ranges: [Range<Int>], within count: Int) -> Bool {
    var last = 0
    for range in ranges {
      guard range.lowerBound >= last, range.upperBound <= count, !range.isEmpty else {
        return false
      }
      last = range.upperBound
    }
    return true
  }

  @Test func rangesAreInOrderAndInside() {
    var chance = Chance(state: 0x5EED)
    let table = (0..<256).map { UInt8(255 - $0) }
    for _ in 0..<5000 {
      let bytes = Self.bytes(&chance)
      let span = unsafe bytes.span.bytes
      for translate in [nil, table] {
        var found: [[Range<Int>]] = Array(repeating: [], count: 4)
        var state = CredentialLocator.LineState()
        CredentialLocator.form(span, translate: translate, into: &found[0])
        CredentialLocator.json(span, translate: translate, into: &found[1])
        CredentialLocator.clientLine(span, state: &state, translate: translate, into: &found[2])
        CredentialLocator.serverLine(span, state: &state, translate: translate, into: &found[3])
        for ranges in found { #expect(Self.isInOrder(ranges, within: bytes.count)) }
      }
    }
  }

  @Test func fieldsCoverTheirBytesOnce() {
    var chance = Chance(state: 0xF1E1D)
    for _ in 0..<5000 {
      let bytes = Self.bytes(&chance)
      let span = unsafe bytes.span.bytes
      var fields = HTTPFields(start: 0)
      var at = 0
      while let field = fields.next(in: span) {
        #expect(field.line.lowerBound == at)
        #expect(field.value.upperBound <= field.line.upperBound)
        at = field.line.upperBound
      }
      #expect(at <= bytes.count)
      let type = MediaType(span, 0..<bytes.count)
      #expect(type.name.upperBound <= bytes.count)
      #expect((type.charset?.upperBound ?? 0) <= bytes.count)
      #expect((BodyText.guess(span) == .empty) == bytes.isEmpty)
    }
  }

  @Test func decodersEndWhateverComes() {
    var chance = Chance(state: 0xDEF1A7E)
    for round in 0..<1000 {
      let coding: ContentCoding = round % 2 == 0 ? .gzip : .deflate
      var bytes = Self.bytes(&chance)
      if round % 4 == 0 { bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bytes }
      let decoder = ContentDecoder(coding)
      var count = 0
      unsafe decoder.decode(bytes.span.bytes) { count += $0.byteCount }
      decoder.finish()
      #expect(decoder.state != .running)
      #expect(decoder.outputBytes == UInt64(count))
    }
  }
}
