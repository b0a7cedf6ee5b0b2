internal import TraceBytes

/// IBM MQ channels: clients and queue managers, on any port.
///
/// Source: Formats/mq.md.
enum MQ {
  static let room = ProtocolRoom(
    .mq, dissector: Dissector("mq"), recognise: recognise,
    makeReader: { MQReader() })

  /// A transmission segment: its eye-catcher, then a byte order and a type that there are. Fewer bytes than
  /// these are judged by the eye-catcher.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 4, let kind = MQSegment.Kind(bytes) else { return nil }
    let fixed = kind.byteCount - 20
    guard bytes.has(3, at: fixed) else { return Recognition(.certain) }
    guard let type = kind.type(bytes) else { return nil }
    // Both ends send a channel start; the one that asks for an answer is the first.
    let asks = type == .initialData && bytes.u8(fixed + 2) & MQSegment.Flags.confirm != 0
    return Recognition(.certain, fromClient: asks ? true : type.fromClient)
  }
}

/// The header of a transmission segment.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 4 | `TSH `, `TSHM` or `TSHC`, ASCII or EBCDIC |
/// | 4 | 4 | length of the segment, always big-endian |
/// | 8 | 4 | TSHM only: conversation |
/// | 12 | 4 | TSHM only: request |
/// | 8 or 16 | 1 | byte order of the numbers behind the header: 1 big-endian, 2 little-endian |
/// | + 1 | 1 | type |
/// | + 2 | 2 | flags |
/// | + 4 | 8 | unit of work |
/// | + 12 | 4 | encoding |
/// | + 16 | 2 | CCSID |
/// | + 18 | 2 | reserved |
struct MQSegment {
  enum Flags {
    static let confirm: UInt8 = 0x01
    static let error: UInt8 = 0x02
    static let requestClose: UInt8 = 0x04
    static let close: UInt8 = 0x08
    static let first: UInt8 = 0x10
    static let last: UInt8 = 0x20
  }

  /// What the eye-catcher tells.
  struct Kind: Equatable {
    var isEBCDIC: Bool
    var isMultiplexed: Bool

    /// Bytes of the header.
    var byteCount: Int { isMultiplexed ? 36 : 28 }

    /// Nil when the first bytes, up to four of them, are no eye-catcher.
    init?(_ bytes: RawSpan) {
      isEBCDIC = bytes.byteCount > 0 && bytes.u8(0) == 0xE3
      for index in 0..<min(bytes.byteCount, 3) {
        let wanted: UInt8
        switch index {
        case 0: wanted = isEBCDIC ? 0xE3 : 0x54
        case 1: wanted = isEBCDIC ? 0xE2 : 0x53
        default: wanted = isEBCDIC ? 0xC8 : 0x48
        }
        if bytes.u8(index) != wanted { return nil }
      }
      isMultiplexed = false
      guard bytes.byteCount >= 4 else { return }
      switch bytes.u8(3) {
      case isEBCDIC ? 0x40 : 0x20, isEBCDIC ? 0xC3 : 0x43: break
      case isEBCDIC ? 0xD4 : 0x4D: isMultiplexed = true
      default: return nil
      }
    }

    /// The type, nil when it or the byte order is none that there is.
    func type(_ bytes: RawSpan) -> MQType? {
      let fixed = byteCount - 20
      guard bytes.has(2, at: fixed), 1...2 ~= bytes.u8(fixed) else { return nil }
      let type = MQType(rawValue: bytes.u8(fixed + 1))
      return type.isKnown ? type : nil
    }
  }

  /// The largest message that a queue manager takes, and headers.
  static let mostBytes = 104_857_600 + 65_536
  /// Bytes of a segment of unknown length, which are looked through again with every piece that comes.
  private static let mostWaiting = 4096

  var kind: Kind
  var length: Int
  /// 0 where there is one conversation only.
  var conversation: UInt32 = 0
  var isBigEndian: Bool
  var type: MQType
  var flags: UInt8

  /// Nil when the bytes hold no whole header.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 4, let kind = Kind(bytes), bytes.has(kind.byteCount, at: 0) else {
      return nil
    }
    self.kind = kind
    length = Int(bytes.be32(4))
    if kind.isMultiplexed { conversation = bytes.be32(8) }
    let fixed = kind.byteCount - 20
    isBigEndian = bytes.u8(fixed) != 2
    type = MQType(rawValue: bytes.u8(fixed + 1))
    flags = bytes.u8(fixed + 2)
  }

  func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

  /// Where the next segment ends.
  static func frame(_ bytes: RawSpan) -> Frame {
    guard let kind = Kind(bytes) else { return .noMessage }
    guard bytes.has(kind.byteCount, at: 0) else { return .needsMore }
    guard kind.type(bytes) != nil else { return .noMessage }
    let length = Int(bytes.be32(4))
    if length >= kind.byteCount, length <= mostBytes { return .message(length) }
    // A length that cannot be: the segment goes to the next one, or as far as may be waited for.
    for at in kind.byteCount..<bytes.byteCount
    where bytes.u8(at) == bytes.u8(0) && bytes.has(4, at: at) {
      if Kind(bytes.extracting(at..<at + 4)) == kind { return .message(at) }
    }
    return bytes.byteCount < mostWaiting ? .untilNext : .message(bytes.byteCount)
  }
}

/// What a segment is for.
struct MQType: RawRepresentable, Equatable, Hashable, Sendable {
  var rawValue: UInt8

  static let initialData = MQType(rawValue: 0x01)
  static let messageData = MQType(rawValue: 0x04)
  static let status = MQType(rawValue: 0x05)
  static let userID = MQType(rawValue: 0x08)
  static let heartbeat = MQType(rawValue: 0x09)
  static let authentication = MQType(rawValue: 0x0A)
  static let socketAction = MQType(rawValue: 0x0C)
  static let asyncMessage = MQType(rawValue: 0x0D)
  static let requestMessages = MQType(rawValue: 0x0E)
  static let notification = MQType(rawValue: 0x0F)
  static let connect = MQType(rawValue: 0x81)
  static let open = MQType(rawValue: 0x83)
  static let close = MQType(rawValue: 0x84)
  static let get = MQType(rawValue: 0x85)
  static let put = MQType(rawValue: 0x86)
  static let put1 = MQType(rawValue: 0x87)
  static let spi = MQType(rawValue: 0x8C)
  static let subscribe = MQType(rawValue: 0x8E)

  var isKnown: Bool { name != nil }

  /// Whether it is a call, or the reply to one.
  var isCall: Bool { 0x81...0x8F ~= rawValue || 0xA1...0xAA ~= rawValue }
  var isReply: Bool { 0x91...0x9F ~= rawValue || 0xB1...0xBA ~= rawValue }
  /// The call that a reply answers.
  var asked: MQType { MQType(rawValue: rawValue &- 0x10) }

  /// Whether only the side that asks, or only the one that answers, sends such a segment.
  var fromClient: Bool? {
    if isCall || [.messageData, .userID, .authentication, .requestMessages].contains(self) {
      return true
    }
    return isReply || self == .asyncMessage || self == .notification ? false : nil
  }

  /// The name, that of the call for a reply; nil for a type that is not known here.
  var name: String? {
    switch rawValue {
    case 0x01: "CHANNEL START"
    case 0x02: "RESYNC"
    case 0x03: "RESET"
    case 0x04: "MESSAGE"
    case 0x05: "STATUS"
    case 0x06: "SECURITY"
    case 0x07: "PING"
    case 0x08: "LOGON"
    case 0x09: "HEARTBEAT"
    case 0x0A: "LOGON"
    case 0x0B: "RENEGOTIATE"
    case 0x0C: "SOCKET ACTION"
    case 0x0D: "MESSAGE READ AHEAD"
    case 0x0E: "REQUEST MESSAGES"
    case 0x0F: "NOTIFICATION"
    case 0x81, 0x91: "MQCONN"
    case 0x82, 0x92: "MQDISC"
    case 0x83, 0x93: "MQOPEN"
    case 0x84, 0x94: "MQCLOSE"
    case 0x85, 0x95: "MQGET"
    case 0x86, 0x96: "MQPUT"
    case 0x87, 0x97: "MQPUT1"
    case 0x88, 0x98: "MQSET"
    case 0x89, 0x99: "MQINQ"
    case 0x8A, 0x9A: "MQCMIT"
    case 0x8B, 0x9B: "MQBACK"
    case 0x8C, 0x9C: "SPI"
    case 0x8D, 0x9D: "MQSTAT"
    case 0x8E, 0x9E: "MQSUB"
    case 0x8F, 0x9F: "MQSUBRQ"
    case 0xA1, 0xB1: "XA START"
    case 0xA2, 0xB2: "XA END"
    case 0xA3, 0xB3: "XA OPEN"
    case 0xA4, 0xB4: "XA CLOSE"
    case 0xA5, 0xB5: "XA PREPARE"
    case 0xA6, 0xB6: "XA COMMIT"
    case 0xA7, 0xB7: "XA ROLLBACK"
    case 0xA8, 0xB8: "XA FORGET"
    case 0xA9, 0xB9: "XA RECOVER"
    case 0xAA, 0xBA: "XA COMPLETE"
    default: nil
    }
  }
}
