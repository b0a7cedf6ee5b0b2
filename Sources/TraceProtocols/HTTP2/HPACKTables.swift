internal import TraceBytes

/// The tables of header compression. Source: RFC 7541 appendices A and B.
enum HPACKTables {
  /// The static table, from index 1.
  static let fields: [(name: StaticString, value: StaticString)] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""),
    ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""),
    ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
    ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""),
    ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""),
    ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
    ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
    ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""),
    ("vary", ""), ("via", ""), ("www-authenticate", ""),
  ]

  /// Bits of the code of each byte. Codes of one length are given in order of the bytes, so that the
  /// lengths tell all of them; the code of the end, thirty ones, is the last.
  static let codeLengths: [UInt8] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  ]

  /// Of the codes of each length: the first one, how many there are, and where their bytes begin.
  private static let codes: (first: [UInt32], count: [Int], start: [Int], bytes: [UInt8]) = {
    let order = codeLengths.indices.sorted { (codeLengths[$0], $0) < (codeLengths[$1], $1) }
    var first = [UInt32](repeating: 0, count: 31)
    var count = [Int](repeating: 0, count: 31)
    var start = [Int](repeating: 0, count: 31)
    for byte in order { count[Int(codeLengths[byte])] += 1 }
    for length in 1...30 {
      first[length] = (first[length - 1] &+ UInt32(count[length - 1])) << 1
      start[length] = start[length - 1] + count[length - 1]
    }
    return (first, count, start, order.map { UInt8($0) })
  }()

  /// The code of a byte, in the low bits.
  static func code(of byte: UInt8) -> UInt32 {
    let length = Int(codeLengths[Int(byte)])
    let all = codes.bytes[codes.start[length]..<codes.start[length] + codes.count[length]]
    let place = all.firstIndex(of: byte) ?? codes.start[length]
    return codes.first[length] &+ UInt32(place - codes.start[length])
  }

  /// Decodes a string; nil when it is none of the code.
  static func huffman(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8]? {
    let codes = codes
    var text: [UInt8] = []
    var code: UInt32 = 0
    var length = 0
    for at in range {
      let byte = bytes.u8(at)
      for bit in (0..<8).reversed() {
        code = code << 1 | UInt32(byte >> UInt8(bit) & 1)
        length += 1
        guard length <= 30 else { return nil }
        let place = Int(code) - Int(codes.first[length])
        guard place >= 0, place < codes.count[length] else { continue }
        text.append(codes.bytes[codes.start[length] + place])
        code = 0
        length = 0
      }
    }
    // What is left is the beginning of the code of the end: ones, less than a byte of them.
    return length < 8 && code == (1 << UInt32(length)) - 1 ? text : nil
  }
}
