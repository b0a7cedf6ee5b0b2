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
