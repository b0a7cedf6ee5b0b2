import Testing
import TraceBytes

/// What is no message, or does not tell its length, in segments of any size: as in one.
extension RoomSecretsTests {
  /// A segment of MQ of a data trace, whose length is 0, with a structure CSP.
  private static let parameters = hex(
    """
    545348200000000001083000000000000000000000000111 01B50000435350200000000100000001
    0000000000000000000000000000000700000000 0000000849424D55534552533363726574 5077
    """)
  /// A heartbeat of MQ, and what is no segment behind it.
  private static let noMessage =
    hex("545348200000001C0209300000000000000000002202000033030000")
    + Array("x=1; password=S3cretPw; more of what is no segment ".utf8)

  private static func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// The message of captures/protocols/ims-connect.ctr that logs on, and its answer.
  private static let logon =
    hex(
      "00000079005800005ce2c1d4d7d3f15c0000000040e91000c3d3c9c5d5e3f0f100200140c9e5e3d5d6404040"
        + "c9d4e2f1404040404040404040404040e4e2c5d9f0f0f0f1c7d9d6e4d7f14040e2c5c3d9c5e3f1f5"
        + "404040404040404000190000c9e5e3d5d6404040c4c9e2d7d3c1e840d3c1e2e3f100040000")
  private static let answer =
    hex(
      "0000004e00210000c9e5e3d5d640d6e4e340c5d5e3d9e840e6c1e240c4c9e2d7d3c1e8c5c4001d0000d3c1"
        + "e2e3f14040c6c9d9e2e3f14040f860f1f1f160f1f1f1f1000c20005cc3e2d4d6d2e85c")

  @Test("a request behind its answer is known, and so is what is secret in it")
  func requestBehindAnswer() throws {
    let cut = Self.logon.count - 2
    let masked = try Self.masked([(true, Self.logon), (false, Self.answer)], cut: cut).client
    let swapped = try Self.masked([(false, Self.answer), (true, Self.logon)], cut: cut).client
    #expect(masked != Self.logon)
    #expect(swapped == masked)
  }

  @Test(arguments: [parameters, noMessage], [1, 2, 3, 4, 5, 8])
  func anySegments(_ bytes: [UInt8], _ size: Int) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let whole = String(
      decoding: try Self.masked([(true, bytes)], cut: bytes.count - 2).client, as: UTF8.self)
    #expect(whole == text.replacing("S3cretPw", with: "********"))
    var pieces: [Piece] = stride(from: 0, to: bytes.count, by: size).map {
      (true, Array(bytes[$0..<min(bytes.count, $0 + size)]))
    }
    // The other side speaks in between.
    pieces.insert((false, Array(Self.noMessage[..<28])), at: pieces.count - 1)
    let cut = try Self.masked(pieces, cut: 0).client
    #expect(String(decoding: cut, as: UTF8.self) == whole)
  }
}
