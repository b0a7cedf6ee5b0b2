internal import TraceBytes

/// How the structures in one segment are written: numbers in the sender's byte order, texts in its code.
struct MQCoding {
  let isBigEndian: Bool
  let isEBCDIC: Bool

  init(_ segment: MQSegment) {
    isBigEndian = segment.isBigEndian
    isEBCDIC = segment.kind.isEBCDIC
  }

  /// 0 where there are not so many bytes.
  func u32(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
    bytes.has(4, at: offset) ? bytes.u32(offset, bigEndian: isBigEndian) : 0
  }

  func u16(_ bytes: RawSpan, _ offset: Int) -> UInt16 {
    bytes.has(2, at: offset) ? bytes.u16(offset, bigEndian: isBigEndian) : 0
  }

  /// A text of fixed length without the blanks and zeros behind it; of what is there when bytes are missing.
  func text(_ bytes: RawSpan, _ offset: Int, _ count: Int) -> String {
    guard offset >= 0, offset < bytes.byteCount else { return "" }
    let end = min(bytes.byteCount, offset + count)
    let range = bytes.extracting(offset..<end).copied()
    let text = isEBCDIC ? CodePage.ibm1047.text(range) : String(decoding: range, as: UTF8.self)
    return DRDAText.trimmed(text)
  }

  /// Bytes in hexadecimal; empty when they are all zero or blank.
  func hex(_ bytes: RawSpan, _ offset: Int, _ count: Int) -> String {
    guard bytes.has(count, at: offset) else { return "" }
    let blank: UInt8 = isEBCDIC ? 0x40 : 0x20
    var text = ""
    var isEmpty = true
    for at in offset..<offset + count {
      let byte = bytes.u8(at)
      if byte != 0, byte != blank { isEmpty = false }
      text += Hex.text(byte, digits: 2)
    }
    return isEmpty ? "" : text
  }

  /// Whether a structure with this eye-catcher of four ASCII characters stands at an offset.
  func has(_ eye: StaticString, _ bytes: RawSpan, at offset: Int) -> Bool {
    guard bytes.has(4, at: offset) else { return false }
    for index in 0..<4 {
      let byte = bytes.u8(offset + index)
      if unsafe (isEBCDIC ? DRDAText.toASCII[Int(byte)] : byte) != eye.utf8Start[index] {
        return false
      }
    }
    return true
  }

  /// The first place of a structure with this eye-catcher, at steps of four bytes.
  func find(_ eye: StaticString, _ bytes: RawSpan, from start: Int, most: Int = 1024) -> Int? {
    var at = start
    while at <= start + most, bytes.has(4, at: at) {
      if has(eye, bytes, at: at) { return at }
      at += 4
    }
    return nil
  }
}

/// A message descriptor.
///
/// | offset | size | `MD  ` |
/// |---|---|---|
/// | 4 | 4 | version |
/// | 12 | 4 | type: 1 request, 2 reply, 4 report, 8 datagram |
/// | 32 | 8 | format |
/// | 44 | 4 | persistence |
/// | 48 | 24 | message id |
/// | 72 | 24 | correlation id |
/// | 100 | 48 | reply-to queue |
/// | 148 | 48 | reply-to queue manager |
/// | 196 | 12 | user |
/// | 276 | 28 | application that put it |
/// | 304 | 16 | date and time of the put |
struct MQDescriptor {
  var format: String
  var isPersistent: Bool?
  var kind: UInt32
  var messageID: String
  var correlationID: String
  var replyQueue: String
  var replyManager: String
  var user: String
  var application: String
  var putTime: String

  init?(_ coding: MQCoding, _ bytes: RawSpan, at offset: Int) {
    guard coding.has("MD  ", bytes, at: offset), bytes.has(324, at: offset) else { return nil }
    kind = coding.u32(bytes, offset + 12)
    format = coding.text(bytes, offset + 32, 8)
    switch coding.u32(bytes, offset + 44) {
    case 0: isPersistent = false
    case 1: isPersistent = true
    default: isPersistent = nil
    }
    messageID = coding.hex(bytes, offset + 48, 24)
    correlationID = coding.hex(bytes, offset + 72, 24)
    replyQueue = coding.text(bytes, offset + 100, 48)
    replyManager = coding.text(bytes, offset + 148, 48)
    user = coding.text(bytes, offset + 196, 12)
    application = coding.text(bytes, offset + 276, 28)
    putTime = coding.text(bytes, offset + 304, 16)
  }

  var kindName: String {
    switch kind {
    case 1: "request"
    case 2: "reply"
    case 4: "report"
    case 8: "datagram"
    default: "unknown type \(kind)"
    }
  }
}

/// User and password that a client shows: `CAUT`.
///
/// | offset | size | |
/// |---|---|---|
/// | 4 | 4 | kind |
/// | 8 | 8 | largest user and password |
/// | 16 | 8 | lengths of user and password |
/// | 24 | . | user, then password; newer clients have eight bytes before them |
struct MQAuthentication {
  var user: Range<Int>
  var password: Range<Int>

  /// Nil when there is none, or its lengths do not fit.
  init?(_ coding: MQCoding, _ bytes: RawSpan, _ segment: MQSegment) {
    let start = segment.kind.byteCount
    guard coding.has("CAUT", bytes, at: start), bytes.has(24, at: start) else { return nil }
    let users = Int(coding.u32(bytes, start + 16))
    let passwords = Int(coding.u32(bytes, start + 20))
    guard users <= 1024, passwords <= 1024 else { return nil }
    // The texts end the segment, which is filled up to four bytes.
    let head = (max(segment.length, bytes.byteCount) - start - users - passwords) & ~3
    guard head >= 24, head <= 64 else { return nil }
    let at = start + head
    user = at..<at + users
    password = at + users..<at + users + passwords
  }
}

/// What stands where message data begin: how many bytes, and the format behind an MQRFH2.
struct MQData {
  var size: Int
  var format = ""

  /// `size` is that of all data; they begin at `offset`.
  init(_ coding: MQCoding, _ bytes: RawSpan, at offset: Int, size: Int, format: String) {
    self.size = size
    self.format = format
    guard format == "MQHRF2", bytes.has(36, at: offset), coding.has("RFH ", bytes, at: offset)
    else { return }
    // Its numbers are in the encoding of the message: the length tells which.
    let lengths = [bytes.be32(offset + 8), bytes.le32(offset + 8)]
    guard let length = lengths.first(where: { $0 >= 36 && Int($0) <= size }) else { return }
    self.size = size - Int(length)
    self.format = "\(coding.text(bytes, offset + 20, 8)) (MQHRF2)"
  }
}
