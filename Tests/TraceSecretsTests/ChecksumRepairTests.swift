import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceSecrets

/// Packets whose payload was changed, against headers made anew for the changed payload.
@Suite struct ChecksumRepairTests {
  private static let ends: [(Endpoint, Endpoint)] = [
    (Endpoint(IPAddress(ipv4: 0x0A01_0102), 21), Endpoint(IPAddress(ipv4: 0x0A01_0002), 45168)),
    (
      Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), 389),
      Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: 2), 50_001)
    ),
  ]

  private static func packet(_ payload: [UInt8], _ version: Int, _ number: UInt8) -> [UInt8] {
    let headers = PacketHeaders(
      source: ends[version].0, destination: ends[version].1, ipProtocol: number, sequence: 77,
      acknowledgement: 99, flags: 0x18)
    return unsafe headers.bytes(payload.span.bytes) + payload
  }

  @Test(arguments: [0, 1], [6, 17] as [UInt8])
  func aRightChecksumStaysRight(version: Int, number: UInt8) {
    var random = SplitMix(42)
    for length in [1, 2, 7, 8, 255, 1459, 1460] {
      let old = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      var new = old
      for index in 0..<length where index % 3 != 1 { new[index] = 0x2A }
      let before = Self.packet(old, version, number)
      let expected = Self.packet(new, version, number)
      #expect(Self.repaired(before, new) == expected)

      // Wrong by one: still wrong by one.
      let place = before.count - length - (number == 6 ? 4 : 2)
      var wrong = before
      var stillWrong = expected
      wrong[place + 1] &+= 1
      stillWrong[place + 1] &+= 1
      guard wrong[place + 1] != 0, stillWrong[place + 1] != 0 else { continue }
      #expect(Self.repaired(wrong, new) == stillWrong)
    }
  }

  @Test func aTruncatedPacketIsRepairedAsFarAsItGoes() {
    let old = Array("USER bob, PASS hunter2, and so on".utf8)
    var new = old
    for index in 15..<22 { new[index] = 0x2A }
    let before = Self.packet(old, 0, 6)
    let expected = Self.packet(new, 0, 6)
    for kept in 54...before.count - 11 where kept >= 40 + 22 {
      let cut = Array(before[..<kept])
      #expect(Self.repaired(cut, Array(new[..<(kept - 40)])) == Array(expected[..<kept]))
    }
  }

  @Test func noChecksumStaysNone() {
    var before = Self.packet(Array("secret".utf8), 0, 17)
    (before[26], before[27]) = (0, 0)
    let after = Self.repaired(before, Array("******".utf8))
    #expect(after[26] == 0 && after[27] == 0)
  }

  @Test func aSumOfNothingIsAllOnes() {
    // RFC 768: a computed checksum of zero is sent as all ones. What the others sum up to, taken as payload, makes one.
    let empty = Self.packet([0, 0], 0, 17)
    let payload = Array(empty[26..<28])
    let after = Self.repaired(Self.packet(Array("ab".utf8), 0, 17), payload)
    #expect(after[26] == 0xFF && after[27] == 0xFF)
  }

  private static func repaired(_ packet: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    let view = unsafe PacketView.decode(
      packet.span.bytes, linkType: .raw, originalLength: packet.count)
    var copy = packet
    copy.replaceSubrange(view.payload, with: payload)
    unsafe ChecksumRepair.repair(
      &copy, view, view.payload, old: packet.span.bytes.extracting(view.payload))
    return copy
  }
}
