internal import TraceBytes

/// Makes what stands between the quotes of a JSON string.
struct JSONText {
  /// The escaped characters of the last text.
  private(set) var bytes: [UInt8] = []
  private static let digits = Array("0123456789abcdef".utf8)
  private static let base64Digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Characters of a code page; nil stands for UTF-8, whose malformed bytes become U+FFFD.
  mutating func text(_ payload: RawSpan, _ page: CodePage?) {
    bytes.removeAll(keepingCapacity: true)
    var at = 0
    while at < payload.byteCount {
      let byte = payload.u8(at)
      if let page {
        append(Unicode.Scalar(page.scalars[Int(byte)]) ?? "\u{FFFD}")
        at += 1
      } else if byte < 0x80 {
        append(Unicode.Scalar(byte))
        at += 1
      } else if let (scalar, length) = UTF8Sequence.read(payload, at) {
        append(scalar)
        at += length
      } else {
        append("\u{FFFD}")
        at += 1
      }
    }
  }

  /// Source: RFC 4648 section 4.
  mutating func base64(_ payload: RawSpan) {
    bytes.removeAll(keepingCapacity: true)
    var at = 0
    while at < payload.byteCount {
      let count = min(3, payload.byteCount - at)
      var group: UInt32 = 0
      for index in 0..<3 {
        group = group << 8 | (index < count ? UInt32(payload.u8(at + index)) : 0)
      }
      for index in 0..<4 {
        let digit = Int(group >> UInt32(18 - 6 * index)) & 63
        bytes.append(index <= count ? Self.base64Digits[digit] : 0x3D)
      }
      at += 3
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22, 0x5C:
      bytes.append(0x5C)
      bytes.append(UInt8(scalar.value))
    case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
    case 0x0A: bytes += [0x5C, 0x6E]
    case 0x0D: bytes += [0x5C, 0x72]
    case 0x09: bytes += [0x5C, 0x74]
    default:
      if VisibleText.isSafe(scalar) {
        bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      } else {
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { escape(unit) }
      }
    }
  }

  private mutating func escape(_ unit: UInt16) {
    bytes += [0x5C, 0x75]
    for shift in [12, 8, 4, 0] as [UInt16] {
      bytes.append(Self.digits[Int(unit >> shift) & 15])
    }
  }
}
