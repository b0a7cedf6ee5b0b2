import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceModel

/// Bytes of a text; line ends as they stand in it.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The bytes of a file in captures/.
func capture(_ name: String, _ source: String = #filePath) throws -> [UInt8] {
  let root = URL(fileURLWithPath: source).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return Array(try Data(contentsOf: root.appendingPathComponent("captures/" + name)))
}

/// The text in page 1047, with NEL for the line ends.
func ebcdic(_ text: String) -> [UInt8] {
  var output: [UInt8] = []
  for character in text.unicodeScalars {
    output += character == "\n" ? [0x15] : CodePage.ibm1047.bytes(String(character)) ?? [0x6F]
  }
  return output
}

/// The lines of a text as records behind descriptor words.
func descriptorWords(_ lines: [[UInt8]]) -> [UInt8] {
  var output: [UInt8] = []
  for line in lines {
    let length = line.count + 4
    output += [UInt8(length >> 8), UInt8(length & 255), 0, 0]
    output += line
  }
  return output
}

/// The lines of a text as records of one length, filled up with `fill`.
func fixedRecords(_ lines: [[UInt8]], _ length: Int, fill: UInt8) -> [UInt8] {
  var output: [UInt8] = []
  for line in lines {
    output += line.prefix(length)
    output += Array(repeating: fill, count: max(0, length - line.count))
  }
  return output
}

extension CollectingSink {
  /// Notices that are not mere remarks.
  var complaints: [TraceNotice] { notices.filter { $0.kind != .remark } }
}

/// Changes bytes at random: overwrites, cuts out, doubles.
func mutated(_ input: [UInt8], _ random: inout SplitMix) -> [UInt8] {
  var output = input
  for _ in 0..<Int.random(in: 1...4, using: &random) where !output.isEmpty {
    let at = Int.random(in: 0..<output.count, using: &random)
    let count = min(output.count - at, Int.random(in: 1...40, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: output[at] = UInt8.random(in: 0...255, using: &random)
    case 1: output.removeSubrange(at..<(at + count))
    case 2: output.insert(contentsOf: output[at..<(at + count)], at: at)
    case 3: output[at] = [0x30, 0x39, 0x0A, 0x20, 0x2D, 0x46, 0x3A][Int(random.next() % 7)]
    default: output.removeSubrange(at..<output.count)
    }
  }
  return output
}

/// Runs a reader over 10,000 damaged versions of an input: it ends, does not trap, and accounts for
/// every byte.
func expectMutationsAccounted<Reader: TraceReader>(
  _ fixture: [UInt8], seed: UInt64, _ reader: () -> Reader
) throws {
  var random = SplitMix(seed)
  for round in 0..<10_000 {
    let input = mutated(fixture, &random)
    let makeReader = reader
    var reader = makeReader()
    let sink = try collect(&reader, input)
    if round % 100 == 0 {
      // How the bytes come in makes no difference.
      var dripping = makeReader()
      let drip = try collect(&dripping, input, feed: .drip)
      #expect(drip.records.map(\.payload) == sink.records.map(\.payload), "\(input)")
      #expect(drip.notices == sink.notices, "\(input)")
      #expect(dripping.account == reader.account, "\(input)")
    }
    // An expectation per input would take longer than the reading.
    if reader.account.total != UInt64(input.count) || sink.records.count > input.count {
      Issue.record("not accounted: \(reader.account) of \(input.count) bytes: \(input)")
      return
    }
  }
}
