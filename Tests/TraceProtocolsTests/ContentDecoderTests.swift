import Testing
import TraceProtocols

struct ContentDecoderTests {
  private static let text = "zcap reads what z/OS traces leave behind"
  /// The text as gzip, zlib and raw deflate give it.
  private static let gzip: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0x4A, 0x4E, 0x2C,
    0x50, 0x28, 0x4A, 0x4D, 0x4C, 0x29, 0x56, 0x28, 0xCF, 0x48, 0x2C, 0x51, 0xA8, 0xD2,
    0xF7, 0x0F, 0x56, 0x28, 0x29, 0x4A, 0x4C, 0x4E, 0x2D, 0x56, 0xC8, 0x49, 0x4D, 0x2C,
    0x4B, 0x55, 0x48, 0x4A, 0xCD, 0xC8, 0xCC, 0x4B, 0x01, 0x00, 0x2A, 0xBC, 0xE5, 0x95,
    0x28, 0x00, 0x00, 0x00,
  ]
  private static let zlib: [UInt8] = [
    0x78, 0x9C, 0xAB, 0x4A, 0x4E, 0x2C, 0x50, 0x28, 0x4A, 0x4D, 0x4C, 0x29, 0x56, 0x28,
    0xCF, 0x48, 0x2C, 0x51, 0xA8, 0xD2, 0xF7, 0x0F, 0x56, 0x28, 0x29, 0x4A, 0x4C, 0x4E,
    0x2D, 0x56, 0xC8, 0x49, 0x4D, 0x2C, 0x4B, 0x55, 0x48, 0x4A, 0xCD, 0xC8, 0xCC, 0x4B,
    0x01, 0x00, 0x27, 0xB5, 0x0E, 0x76,
  ]
  private static let raw: [UInt8] = [
    0xAB, 0x4A, 0x4E, 0x2C, 0x50, 0x28, 0x4A, 0x4D, 0x4C, 0x29, 0x56, 0x28, 0xCF, 0x48,
    0x2C, 0x51, 0xA8, 0xD2, 0xF7, 0x0F, 0x56, 0x28, 0x29, 0x4A, 0x4C, 0x4E, 0x2D, 0x56,
    0xC8, 0x49, 0x4D, 0x2C, 0x4B, 0x55, 0x48, 0x4A, 0xCD, 0xC8, 0xCC, 0x4B, 0x01, 0x00,
  ]
  /// Four million zeros, deflated.
  private static let bomb: [UInt8] =
    [
      0x78, 0xDA, 0xED, 0xC1, 0x01, 0x0D, 0x00, 0x00, 0x00, 0xC2, 0xA0, 0xF7, 0x4F, 0x6D, 0x0F,
      0x07, 0x14,
    ]
    + [UInt8](repeating: 0x00, count: 3875)
    + [0xF0, 0x6E, 0x0C, 0x93, 0x00, 0x01]

  static let coded: [(ContentCoding, [UInt8])] = [
    (.gzip, gzip), (.deflate, zlib), (.deflate, raw),
  ]

  private func decode(
    _ coding: ContentCoding, _ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()
  ) -> (decoder: ContentDecoder, output: [UInt8]) {
    let decoder = ContentDecoder(coding, limits: limits)
    var output: [UInt8] = []
    for piece in pieces {
      unsafe decoder.decode(piece.span.bytes) { output += array($0) }
    }
    decoder.finish()
    return (decoder, output)
  }

  @Test(arguments: 0..<3)
  func wholeAndCutAnywhere(_ number: Int) {
    let (coding, bytes) = Self.coded[number]
    for at in 0...bytes.count {
      let (decoder, output) = decode(coding, [Array(bytes[0..<at]), Array(bytes[at...])])
      #expect(decoder.state == .complete)
      #expect(output == Array(Self.text.utf8))
      #expect(decoder.trailingBytes == 0)
    }
    let (decoder, output) = decode(coding, bytes.map { [$0] })
    #expect(decoder.state == .complete)
    #expect(output == Array(Self.text.utf8))
  }

  @Test(arguments: 0..<3)
  func truncatedInputGivesWhatThereIs(_ number: Int) {
    let (coding, bytes) = Self.coded[number]
    for count in 0..<bytes.count {
      let (decoder, output) = decode(coding, [Array(bytes[0..<count])])
      #expect(decoder.state == .truncated)
      #expect(Array(Self.text.utf8).starts(with: output))
    }
  }

  @Test func severalMembersAndTrailingBytes() {
    let twice = Self.gzip + Self.gzip
    for at in 0...twice.count {
      let (decoder, output) = decode(.gzip, [Array(twice[0..<at]), Array(twice[at...])])
      #expect(decoder.state == .complete)
      #expect(output == Array((Self.text + Self.text).utf8))
    }
    let (decoder, output) = decode(.gzip, [Self.gzip + [0, 0, 0]])
    #expect(decoder.state == .complete)
    #expect(output == Array(Self.text.utf8))
    #expect(decoder.trailingBytes == 3)
    #expect(decode(.deflate, [Self.zlib, [1, 2]]).decoder.trailingBytes == 2)
  }

  @Test func damagedInput() {
    var bytes = Self.gzip
    bytes[bytes.count - 6] ^= 0xFF
    #expect(decode(.gzip, [bytes]).decoder.state == .corrupt)
    #expect(decode(.gzip, [Array("plain text".utf8)]).decoder.state == .corrupt)
  }

  @Test func boundsOnExpansion() {
    var limits = HTTPLimits()
    limits.decodedBytes = 1000
    let (short, output) = decode(.deflate, [Self.bomb], limits: limits)
    #expect(short.state == .limitReached)
    #expect(output.count == 1000)

    let (byRatio, more) = decode(.deflate, [Self.bomb])
    #expect(byRatio.state == .limitReached)
    #expect(more.count > 1_000_000 && more.count < 1_200_000)

    limits = HTTPLimits()
    limits.decodedRatio = 2000
    let (all, zeros) = decode(.deflate, [Self.bomb], limits: limits)
    #expect(all.state == .complete)
    #expect(zeros.count == 4_000_000)
  }

  @Test(arguments: [ContentCoding.brotli, .zstd, .compress, .other, .identity])
  func othersAreLeftAlone(_ coding: ContentCoding) {
    let (decoder, output) = decode(coding, [[1, 2, 3]])
    #expect(decoder.state == .unsupported)
    #expect(output.isEmpty)
  }
}
