internal import TraceBytes
internal import TraceProtocols

/// Undoes the transfer and content codings of a body, the one applied last first (RFC 9112 section 7,
/// RFC 9110 section 8.4), as far as its bytes are what its fields say. What cannot be undone stays as it was sent.
struct HTTPBodyCodings {
  /// What came out.
  private(set) var bytes: [UInt8]
  /// The coding that is still on the bytes.
  private(set) var left: ContentCoding?
  /// What was found on the way, in words.
  private(set) var remarks: [String] = []

  init(_ message: HTTPMessageCopy, limits: HTTPLimits) {
    bytes = message.body
    let head = message.head
    if head.contentCodings.hasMore || head.transferCodings.hasMore {
      remarks.append("more than \(ContentCodings.most) codings are named; it is shown as sent")
      left = .other
      return
    }
    for codings in [head.transferCodings, head.contentCodings] {
      for index in (0..<codings.count).reversed() where left == nil {
        undo(codings[index], message, codings.unknown, limits)
      }
    }
    if head.contentCodings.count > 0, left == nil, isGzip {
      remarks.append("what is decoded is gzip data again")
    }
  }

  /// Bytes that begin like a gzip member (RFC 1952 section 2.3).
  private var isGzip: Bool { bytes.starts(with: [0x1F, 0x8B, 0x08]) }

  private mutating func undo(
    _ coding: ContentCoding, _ message: HTTPMessageCopy, _ unknown: Range<Int>?,
    _ limits: HTTPLimits
  ) {
    guard coding.isDecodable else {
      let name = coding == .other ? HTTPBytes.visible(message.part(unknown)) : "\(coding)"
      left = coding
      remarks.append("content coding \(name) is not decoded: it is shown as sent")
      return
    }
    // Behind the first hole nothing can be decoded; it lies in the bytes as they were sent.
    let end =
      bytes.count == message.body.count ? message.gaps.first?.at ?? bytes.count : bytes.count
    let decoder = ContentDecoder(coding, limits: limits)
    var decoded: [UInt8] = []
    decoder.decode(unsafe bytes.span.bytes.extracting(0..<end)) { decoded.append($0) }
    decoder.finish()
    switch decoder.state {
    case .running, .complete:
      if decoder.trailingBytes > 0 {
        remarks.append("\(decoder.trailingBytes) bytes follow the end of the \(coding) data")
      }
    case .truncated where decoded.isEmpty, .corrupt where decoded.isEmpty, .unsupported:
      guard end > 0 else { return }
      remarks.append("it is no \(coding) data, whatever its head says: shown as sent")
      // Nothing tells what bytes are that are no text either.
      if BodyText.guess(unsafe bytes.span.bytes) == .binary { left = coding }
      return
    case .truncated:
      remarks.append("\(coding) data ends early; \(decoded.count) bytes could be decoded")
    case .corrupt:
      remarks.append("\(coding) data is damaged; \(decoded.count) bytes could be decoded")
    case .limitReached:
      remarks.append("decoding stopped at the limit, after \(decoded.count) bytes")
    }
    bytes = decoded
  }
}

extension HTTPBodyView {
  /// The byte order of UTF-16 text, told by a byte order mark, or by every other byte of the beginning being
  /// zero as with the letters of English (RFC 2781 section 4); nil when it is no UTF-16.
  static func isBigEndianUTF16(_ bytes: [UInt8], charset: String, isText: Bool) -> Bool? {
    if isText || charset.hasPrefix("utf-16") {
      if bytes.starts(with: [0xFE, 0xFF]) { return true }
      if bytes.starts(with: [0xFF, 0xFE]) { return false }
    }
    switch charset {
    case "utf-16be": return true
    case "utf-16le": return false
    default: break
    }
    let sample = bytes.prefix(BodyText.sampleBytes)
    // Without a zero there is no letter of English in it.
    let firstZero = unsafe bytes.span.bytes.firstIndex(of: 0, in: 0..<sample.count)
    guard sample.count >= 8, firstZero != nil else { return charset == "utf-16" ? true : nil }
    var zeros = (even: 0, odd: 0, text: 0)
    for (index, byte) in sample.enumerated() {
      if byte == 0 {
        if index & 1 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
      } else if byte >= 0x20 && byte < 0x7F || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        zeros.text += 1
      }
    }
    let half = sample.count / 2
    // Nineteen in twenty, as for other texts.
    if zeros.even * 20 >= half * 19, zeros.odd == 0, zeros.text * 20 >= half * 19 { return true }
    if zeros.odd * 20 >= half * 19, zeros.even == 0, zeros.text * 20 >= half * 19 { return false }
    return charset == "utf-16" ? true : nil
  }

  /// UTF-16 as UTF-8, without its byte order mark; what is no character becomes U+FFFD.
  static func utf8(fromUTF16 bytes: [UInt8], bigEndian: Bool) -> [UInt8] {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    for index in stride(from: 0, to: bytes.count - 1, by: 2) {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      units.append(bigEndian ? first << 8 | second : second << 8 | first)
    }
    if units.first == 0xFEFF { units.removeFirst() }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
