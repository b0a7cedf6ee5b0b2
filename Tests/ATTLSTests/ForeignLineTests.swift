import Testing
import TraceBytes

@testable import ATTLS

/// Which lines are passed over before they are taken apart.
@Suite struct ForeignLineTests {
  private static let filler = Array("the large big XL ZONE Login message, again: LAZY gXZL ".utf8)

  private func isForeign(_ text: [UInt8], isInMessage: Bool = false) -> Bool {
    unsafe ForeignLine.isForeign(text.span.bytes, isInMessage: isInMessage)
  }

  @Test(arguments: ["TTLS[1]:", "EZD1281I", "BPXF024I", "last message repeated 3 times"])
  func aMarkIsFoundWhereverItStands(mark: String) {
    for count in 0..<150 {
      let before = (0..<count).map { Self.filler[$0 % Self.filler.count] }
      #expect(!isForeign(before + Array(mark.utf8)), "\(count)")
      #expect(!isForeign(before + Array(mark.utf8) + Self.filler), "\(count)")
    }
  }

  @Test func lettersOfMarksAreNone() {
    for count in 1..<250 {
      #expect(isForeign((0..<count).map { Self.filler[$0 % Self.filler.count] }), "\(count)")
    }
  }

  @Test func blanksAreNot() {
    for count in 0..<40 { #expect(!isForeign(Array(repeating: 0x20, count: count))) }
    #expect(isForeign(Array(repeating: 0x20, count: 30) + [0x41]))
    // The rest of a message that is open has no time.
    #expect(!isForeign(Self.filler, isInMessage: true))
    #expect(isForeign(Array("Feb  3 10:14:58 S0W1 sshd[7]: a".utf8), isInMessage: true))
  }
}
