internal import TraceBytes

/// A transmission buffer: a header (TTB), records with a header each (TTR), four zero bytes.
///
/// Inside a record: DLE STX, block control byte, function control bytes; then, repeated, a record control
/// byte (RCB), its sub-control byte (SRCB) and data, up to an RCB of 0.
enum NJEBuffer {
  enum Layout {
    /// The header of the buffer: zeros but for its length.
    static let flags = Field<UInt16>("TTB flags", 0)
    static let length = Field<UInt16>("TTB length", 2)
    static let reserved = Field<UInt32>("TTB reserved", 4)
    static let header = reserved.end
    /// The header of each record, which counts what stands behind it.
    static let recordFlags = Field<UInt16>("TTR flags", 0)
    static let recordLength = Field<UInt16>("TTR length", 2)
    static let recordHeader = recordLength.end
    /// What the first record holds.
    static let firstBlock = header + recordHeader
    /// DLE STX BCB FCS FCS.
    static let blockHeader = 5
    static let trailer = 4
  }

  /// One record: its control bytes, and where its data stand, compressed or not.
  struct Record {
    var control: UInt8
    var sub: UInt8
    var data: Range<Int>
    /// Bytes of the record, its control bytes included.
    var size: Int { data.count + 2 }
    /// SYSIN, SYSOUT and messages are strings of SCBs.
    var isCompressed: Bool { NJEBuffer.isCompressed(control) }
  }

  static func isCompressed(_ control: UInt8) -> Bool {
    control >= 0x98 && (control & 0x0F == 0x08 || control & 0x0F == 0x09) || control == 0x9A
  }

  /// Bytes of the buffer whose header this is; nil when it is none.
  static func length(_ bytes: RawSpan) -> Int? {
    guard bytes[Layout.flags] == 0, bytes[Layout.reserved] == 0 else { return nil }
    return Int(bytes[Layout.length])
  }

  /// Calls `body` with each record of a buffer, as far as it is at hand.
  static func records(_ bytes: RawSpan, _ body: (Record) -> Void) {
    var at = Layout.header
    while bytes.has(Layout.recordHeader, at: at), bytes[Layout.recordFlags, at: at] == 0 {
      let length = Int(bytes[Layout.recordLength, at: at])
      guard length > 0 else { return }
      let start = at + Layout.recordHeader
      let end = min(start + length, bytes.byteCount)
      block(bytes, start..<end, body)
      at = start + length
    }
  }

  private static func block(_ bytes: RawSpan, _ range: Range<Int>, _ body: (Record) -> Void) {
    guard range.count > Layout.blockHeader, bytes.be16(range.lowerBound) == 0x1002 else { return }
    var at = range.lowerBound + Layout.blockHeader
    while at + 2 <= range.upperBound, bytes.u8(at) != 0 {
      let control = bytes.u8(at)
      let data = at + 2
      let end: Int
      if isCompressed(control) {
        end = SCB.end(bytes, data..<range.upperBound)
      } else if control == 0xF0, data < range.upperBound {
        // The length counts the two control bytes.
        end = min(range.upperBound, max(data + 1, at + Int(bytes.u8(data))))
      } else {
        end = min(range.upperBound, data + 1)
      }
      body(Record(control: control, sub: bytes.u8(at + 1), data: data..<max(data, end)))
      at = max(data, end)
    }
  }
}

/// String control bytes, the compression of NJE: 0 ends a record, 100nnnnn is n blanks, 101nnnnn the next
/// byte n times, 11nnnnnn n bytes as they are.
enum SCB {
  /// More than a record has (255 bytes).
  static let mostBytes = 512

  /// Where a compressed record ends, its 0 included.
  static func end(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    var at = range.lowerBound
    while at < range.upperBound {
      let code = bytes.u8(at)
      if code == 0 { return at + 1 }
      // 01nnnnnn ends the stream; nothing behind it can be read.
      guard code >= 0x80 else { return range.upperBound }
      at += step(code)
    }
    return range.upperBound
  }

  @inline(__always)
  private static func step(_ code: UInt8) -> Int {
    switch code & 0xE0 {
    case 0x80: 1
    case 0xA0: 2
    default: 1 + Int(code & 0x3F)
    }
  }

  /// Puts the bytes of a record into `text`, and into `places` where each of them stands in `bytes`; 0 is
  /// for blanks, which stand nowhere. No place is ever that of a control byte.
  static func expand(
    _ bytes: RawSpan, _ range: Range<Int>, _ text: inout [UInt8], _ places: inout [UInt16]
  ) {
    text.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    var at = range.lowerBound
    while at < range.upperBound, text.count < mostBytes {
      let code = bytes.u8(at)
      guard code >= 0x80 else { return }
      let next = at + step(code)
      switch code & 0xE0 {
      case 0x80: add(0x40, 0, Int(code & 0x1F))
      case 0xA0:
        if at + 1 < range.upperBound { add(bytes.u8(at + 1), at + 1, Int(code & 0x1F)) }
      default:
        for place in at + 1..<max(at + 1, min(next, range.upperBound)) {
          add(bytes.u8(place), place, 1)
        }
      }
      at = next
    }

    func add(_ byte: UInt8, _ place: Int, _ count: Int) {
      for _ in 0..<count {
        text.append(byte)
        places.append(UInt16(clamping: place))
      }
    }
  }
}
