import Testing
import TraceBytes

@Suite struct ShortTextTests {
  @Test(
    arguments: [
      (0, 1, "0"), (7, 2, "07"), (123, 2, "123"), (5, 9, "000000005"),
      (.max, 1, "18446744073709551615"), (1, 20, "00000000000000000001"),
      (1, 99, "00000000000000000001"),
    ] as [(UInt64, Int, String)])
  func decimal(value: UInt64, width: Int, text: String) {
    var short = ShortText()
    short.decimal(value, width: width)
    #expect(short.text == text)
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678"),
      (.max, "18,446,744,073,709,551,615"),
    ] as [(UInt64, String)])
  func grouped(value: UInt64, text: String) {
    var short = ShortText()
    short.grouped(value)
    #expect(short.text == text)
  }

  @Test(
    arguments: [
      (0, 2, "00"), (0xAB, 2, "AB"), (0x1234_ABCD, 4, "ABCD"),
      (0x1234_ABCD, 16, "000000001234ABCD"),
      (.max, 16, "FFFFFFFFFFFFFFFF"), (7, 20, "00000000000000000007"),
    ] as [(UInt64, Int, String)])
  func hexadecimal(value: UInt64, digits: Int, text: String) {
    #expect(Hex.text(value, digits: digits) == text)
    #expect(Hex.text(UInt8(truncatingIfNeeded: value), digits: 2) == text.suffix(2))
  }

  @Test func whatDoesNotFitIsLeftOut() {
    var short = ShortText()
    for _ in 0..<100 { short.append(UInt8(ascii: "x")) }
    #expect(short.text == String(repeating: "x", count: 64))
  }
}
