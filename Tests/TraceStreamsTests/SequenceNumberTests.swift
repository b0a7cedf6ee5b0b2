import Testing

@testable import TraceStreams

@Suite struct SequenceNumberTests {
  /// number, origin, distance
  @Test(
    arguments: [
      (0, 0, 0), (1, 0, 1), (0, 1, -1),
      (0, 0xFFFF_FFFF, 1), (0xFFFF_FFFF, 0, -1), (5, 0xFFFF_FFFB, 10), (0xFFFF_FFFB, 5, -10),
      (0x7FFF_FFFF, 0, 0x7FFF_FFFF), (0x8000_0001, 0, -0x7FFF_FFFF),
      (0x8000_0000, 0, -0x8000_0000), (0, 0x8000_0000, -0x8000_0000),
    ] as [(UInt32, UInt32, Int)])
  func distance(_ number: UInt32, _ origin: UInt32, _ distance: Int) {
    #expect(SequenceNumber(number) - SequenceNumber(origin) == distance)
  }

  /// number, count, sum
  @Test(
    arguments: [
      (0, 1, 1), (0xFFFF_FFFF, 1, 0), (0xFFFF_FFF0, 0x20, 0x10), (0, -1, 0xFFFF_FFFF),
      (7, 1 << 32, 7), (7, Int.max, 6), (7, Int.min, 7),
    ] as [(UInt32, Int, UInt32)])
  func sum(_ number: UInt32, _ count: Int, _ sum: UInt32) {
    #expect(SequenceNumber(number) + count == SequenceNumber(sum))
  }
}
