internal import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// Messages of a protocol that only these tests speak: `M`, 16-bit length of all of it, and more bytes.
private final class LengthReader: MessageReader {
  var client: FlowSide?
  var gaps = 0
  /// How often frame() was asked.
  var asked = 0

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    asked += 1
    let bytes = bytes.copied(8)
    guard bytes[0] == 0x4D else { return .noMessage }
    guard bytes.count >= 3 else { return .needsMore }
    let length = Int(bytes[1]) << 8 | Int(bytes[2])
    // A length of 1 is one that no byte can tell.
    if length == 1 { return .needsMore }
    return length < 3 ? .noMessage : .message(length)
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {}
  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {}
  func gap(_ side: FlowSide) { gaps += 1 }
  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {}

  static let room = ProtocolRoom(
    .unknown, dissector: Dissector("data"),
    recognise: { bytes in
      let bytes = bytes.copied(4)
      guard bytes.count >= 4, bytes[0] == 0x4D, bytes[3] == 0x21 else { return nil }
      return Recognition(.certain)
    })
}

extension RawSpan {
  /// A copy of the first bytes.
  fileprivate func copied(_ most: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<min(most, byteCount) {
      bytes.append(unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    return bytes
  }
}

/// What a cutter gives, as lines: offset, length, bytes at hand and their sum, times.
private struct Cutting {
  let reader = LengthReader()
  let cutter: MessageCutter
  let budget = MessageBudget()
  var lines: [String] = []
  var time: Int64 = 0

  init(messageBytes: Int = 64 * 1024) {
    var limits = MessageCutter.Limits()
    limits.messageBytes = messageBytes
    cutter = MessageCutter(LengthReader.room, reader, limits: limits, budget: budget)
  }

  private func line(_ message: RawSpan, _ place: MessagePlace, _ timed: Bool) -> String {
    let bytes = message.copied(Int.max)
    let sum = bytes.reduce(0) { $0 &* 31 &+ Int($1) }
    let what = "\(place.offset) \(place.length) \(bytes.count) \(sum)"
    return timed ? what + " \(place.firstTime)-\(place.lastTime)" : what
  }

  mutating func data(_ bytes: [UInt8], timed: Bool = false) {
    time += 1
    unsafe cutter.data(.lower, bytes.span.bytes, time: time) { lines.append(line($0, $1, timed)) }
  }

  mutating func gap(_ count: Int) {
    cutter.gap(.lower, count: count) { lines.append(line($0, $1, false)) }
  }

  mutating func end() { cutter.end(.lower) { lines.append(line($0, $1, false)) } }
}

/// A message of so many bytes.
private func message(_ length: Int, _ fill: UInt8 = 7) -> [UInt8] {
  [0x4D, UInt8(length >> 8), UInt8(length & 0xFF), 0x21]
    + [UInt8](repeating: fill, count: length - 4)
}

@Suite("Messages cut out of a stream") struct MessageCutterTests {
  /// Messages, garbage between them, a message longer than the limit of the tests, garbage at the end.
  private static let stream =
    message(5) + message(4) + [1, 2, 3] + message(300) + message(9) + [0x4D, 0, 2, 0x21]
    + message(2000) + message(6) + [UInt8](repeating: 0, count: 100)

  private static func cut(_ pieces: [[UInt8]], limit: Int) -> ([String], UInt64) {
    var cutting = Cutting(messageBytes: limit)
    for piece in pieces { cutting.data(piece) }
    cutting.end()
    return (cutting.lines, cutting.cutter.passedOver.lower)
  }

  @Test("the same whatever the pieces", arguments: [256, 1024, 65536])
  func pieces(limit: Int) {
    let bytes = Self.stream
    let whole = Self.cut([bytes], limit: limit)
    #expect(whole.0.count == 6)
    #expect(whole.1 == 3 + 4 + 100)
    #expect(Self.cut(bytes.map { [$0] }, limit: limit) == whole)
    for cut in 0...bytes.count {
      #expect(Self.cut([Array(bytes[..<cut]), Array(bytes[cut...])], limit: limit) == whole)
    }
    var random = SplitMix(7)
    for _ in 0..<50 {
      var pieces: [[UInt8]] = []
      var at = 0
      while at < bytes.count {
        let next = min(bytes.count, at + Int.random(in: 1...700, using: &random))
        pieces.append(Array(bytes[at..<next]))
        at = next
      }
      #expect(Self.cut(pieces, limit: limit) == whole)
    }
  }

  @Test("of a long message the beginning and the length are given")
  func long() {
    var cutting = Cutting(messageBytes: 100)
    let long = message(1000)
    cutting.data(Array(long[..<90]))
    #expect(cutting.budget.held >= 90)
    for at in stride(from: 90, to: 1000, by: 91) {
      cutting.data(Array(long[at..<min(1000, at + 91)]))
      #expect(cutting.budget.held <= 256)
    }
    cutting.data(message(5))
    let lines = cutting.lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    #expect(lines == ["0 1000 100", "1000 5 5"])
  }

  @Test("times are those of the pieces that hold the first and the last byte")
  func times() {
    var cutting = Cutting()
    cutting.data(Array(message(10)[..<4]), timed: true)
    cutting.data(Array(message(10)[4...] + message(8)[..<7]), timed: true)
    cutting.data(Array(message(8)[7...] + message(4)), timed: true)
    #expect(cutting.lines.map { String($0.split(separator: " ")[4]) } == ["1-2", "2-3", "3-3"])
  }

  /// A gap of every length at every place: what lies behind it is found again, and no message that was
  /// whole before or behind it is lost or changed.
  @Test("gaps in every place", arguments: [64, 65536])
  func gaps(limit: Int) {
    let bytes = message(20, 1) + message(30, 2) + message(200, 3) + message(25, 4) + message(30, 5)
    let starts = [0, 20, 50, 250, 275, 305]
    let whole = Self.cut([bytes], limit: limit).0
    for start in 0..<bytes.count {
      for length in [1, 2, 7, 20, 30, 31, 100] where start + length < bytes.count {
        var cutting = Cutting(messageBytes: limit)
        cutting.data(Array(bytes[..<start]))
        cutting.gap(length)
        cutting.data(Array(bytes[(start + length)...]))
        cutting.end()
        for (index, line) in whole.enumerated() {
          let isTouched = starts[index] < start + length && starts[index + 1] > start
          if !isTouched {
            #expect(cutting.lines.contains(line), "gap of \(length) at \(start): \(line)")
          }
        }
        // Offsets count the bytes that are missing, in order.
        let offsets = cutting.lines.compactMap { Int($0.prefix { $0 != " " }) }
        #expect(offsets == offsets.sorted() && Set(offsets).isSubset(of: Set(starts)))
      }
    }
  }

  @Test("the reader is not told of a gap in a message whose length is known")
  func gapInMessage() {
    var cutting = Cutting()
    cutting.data(Array(message(50)[..<10]))
    cutting.gap(30)
    #expect(cutting.lines.isEmpty && cutting.reader.gaps == 0)
    cutting.data(Array(message(50)[40...]) + message(6))
    #expect(cutting.lines.map { $0.prefix(7) } == ["0 50 10", "50 6 6 "])
    #expect(cutting.reader.gaps == 0)
    // One that ends with the message, one that goes beyond it, and one of unknown length.
    cutting.data(Array(message(50)[..<10]))
    cutting.gap(40)
    cutting.data(message(7))
    #expect(cutting.lines.count == 4 && cutting.reader.gaps == 0)
    cutting.data(Array(message(50)[..<10]))
    cutting.gap(41)
    #expect(cutting.lines.count == 5 && cutting.reader.gaps == 1)
    cutting.data(Array(message(50)[42...]) + message(8))
    cutting.gap(0)
    cutting.data(message(9))
    #expect(cutting.lines.map { Int($0.split(separator: " ")[1]) } == [50, 6, 50, 7, 50, 8, 9])
    #expect(cutting.reader.gaps == 2)
  }

  @Test("a late start is passed over and counted")
  func lateStart() {
    let bytes = message(40) + message(50) + message(60)
    for start in 1...100 {
      var cutting = Cutting()
      for byte in bytes[start...] { cutting.data([byte]) }
      cutting.end()
      let first = start <= 40 ? 40 : 90
      #expect(cutting.lines.count == (start <= 40 ? 2 : start <= 90 ? 1 : 0))
      #expect(
        cutting.cutter.passedOver.lower == UInt64(start <= 90 ? first - start : 150 - start))
    }
  }

  @Test("what nobody can end is passed over, not kept")
  func endless() {
    var cutting = Cutting(messageBytes: 1024)
    let endless: [UInt8] = [0x4D, 0, 1] + [UInt8](repeating: 0x4D, count: 5000)
    for byte in endless + message(12) {
      cutting.data([byte])
      #expect(cutting.budget.held <= 4096)
    }
    #expect(cutting.lines.count == 1)
  }

  /// Each byte is looked at a bounded number of times, also when every byte comes by itself.
  @Test("work is in proportion to the bytes")
  func work() {
    var cutting = Cutting()
    let long = message(60000)
    for byte in long { cutting.data([byte]) }
    #expect(cutting.lines.count == 1)
    // The length tells how many bytes to wait for.
    #expect(cutting.reader.asked <= 5)
    let small = (0..<2000).flatMap { _ in message(5) }
    cutting.data(small)
    #expect(cutting.lines.count == 2001 && cutting.reader.asked <= 2010)
  }

  /// Whatever the bytes: nothing traps, every byte is in a message, passed over or waiting.
  @Test("random bytes are accounted for")
  func random() {
    var random = SplitMix(42)
    for _ in 0..<300 {
      var cutting = Cutting(messageBytes: Int.random(in: 1...200, using: &random))
      var sent = 0
      for _ in 0..<20 {
        var piece: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
          piece.append([0x4D, 0, 4, 0x21, 0xFF, 30].randomElement(using: &random) ?? 0)
        }
        sent += piece.count
        cutting.data(piece)
      }
      cutting.end()
      let fields = cutting.lines.map { $0.split(separator: " ").compactMap { Int($0) } }
      // The last message may be longer than what came of it.
      var given = 0
      for field in fields { given += min(field[1], sent - field[0]) }
      #expect(given + Int(cutting.cutter.passedOver.lower) == sent)
    }
  }
}
