import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// Bytes put together for a fixture, in the byte order of the file.
struct CaptureBytes {
  var bytes: [UInt8] = []
  let bigEndian: Bool

  init(bigEndian: Bool) { self.bigEndian = bigEndian }

  mutating func number(_ value: UInt64, _ size: Int) {
    for index in 0..<size {
      let shift = UInt64(8 * (bigEndian ? size - 1 - index : index))
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
  mutating func u16(_ value: UInt16) { number(UInt64(value), 2) }
  mutating func u32(_ value: UInt32) { number(UInt64(value), 4) }
  mutating func pad() { while bytes.count % 4 != 0 { bytes.append(0) } }

  // MARK: pcap

  mutating func pcapHeader(
    magic: UInt32 = 0xA1B2_C3D4, major: UInt16 = 2, minor: UInt16 = 4, snapLength: UInt32 = 65535,
    linkType: UInt32 = 1
  ) {
    u32(magic)
    u16(major)
    u16(minor)
    u32(0)
    u32(0)
    u32(snapLength)
    u32(linkType)
  }

  mutating func pcapRecord(
    _ seconds: UInt32, _ fraction: UInt32, _ data: [UInt8], original: UInt32? = nil,
    swapped: Bool = false, captured: UInt32? = nil, extra: [UInt8] = []
  ) {
    u32(seconds)
    u32(fraction)
    let lengths = [captured ?? UInt32(data.count), original ?? UInt32(data.count)]
    u32(lengths[swapped ? 1 : 0])
    u32(lengths[swapped ? 0 : 1])
    bytes += extra
    bytes += data
  }

  // MARK: pcapng

  mutating func block(_ type: UInt32, _ body: (inout CaptureBytes) -> Void) {
    var inner = CaptureBytes(bigEndian: bigEndian)
    body(&inner)
    inner.pad()
    let length = UInt32(inner.bytes.count + 12)
    u32(type)
    u32(length)
    bytes += inner.bytes
    u32(length)
  }

  mutating func section(major: UInt16 = 1, minor: UInt16 = 0) {
    block(0x0A0D_0D0A) {
      $0.u32(0x1A2B_3C4D)
      $0.u16(major)
      $0.u16(minor)
      $0.number(UInt64.max, 8)
    }
  }

  mutating func option(_ code: UInt16, _ value: [UInt8]) {
    u16(code)
    u16(UInt16(value.count))
    bytes += value
    pad()
  }

  mutating func option(_ code: UInt16, u32 value: UInt32) {
    u16(code)
    u16(4)
    u32(value)
  }

  mutating func option(_ code: UInt16, u64 value: UInt64) {
    u16(code)
    u16(8)
    number(value, 8)
  }

  mutating func interface(
    _ linkType: UInt16 = 1, snapLength: UInt32 = 0, options: (inout CaptureBytes) -> Void = { _ in }
  ) {
    block(1) {
      $0.u16(linkType)
      $0.u16(0)
      $0.u32(snapLength)
      options(&$0)
    }
  }

  mutating func packet(
    _ interface: UInt32, _ time: UInt64, _ data: [UInt8], original: UInt32? = nil,
    captured: UInt32? = nil, options: (inout CaptureBytes) -> Void = { _ in }
  ) {
    block(6) {
      $0.u32(interface)
      $0.u32(UInt32(truncatingIfNeeded: time >> 32))
      $0.u32(UInt32(truncatingIfNeeded: time))
      $0.u32(captured ?? UInt32(data.count))
      $0.u32(original ?? UInt32(data.count))
      $0.bytes += data
      $0.pad()
      options(&$0)
    }
  }

  mutating func simplePacket(_ data: [UInt8], original: UInt32) {
    block(3) {
      $0.u32(original)
      $0.bytes += data
    }
  }
}

/// Reads bytes with a new reader, fed in one way, and checks that every byte is accounted for.
func readPcap(_ bytes: [UInt8], _ feed: Feed = .whole) throws -> CollectingSink {
  var reader = PcapReader()
  let sink = try collect(&reader, bytes, feed: feed)
  #expect(reader.account.total == UInt64(bytes.count), "bytes not accounted for")
  return sink
}

/// Reads bytes with a new reader, fed in one way, and checks that every byte is accounted for.
func readPcapng(_ bytes: [UInt8], _ feed: Feed = .whole) throws -> CollectingSink {
  var reader = PcapngReader()
  let sink = try collect(&reader, bytes, feed: feed)
  #expect(reader.account.total == UInt64(bytes.count), "bytes not accounted for")
  return sink
}

/// Whether two readings gave the same.
func expectSame(
  _ left: CollectingSink, _ right: CollectingSink, _ what: Comment,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    left.records.map(\.payload) == right.records.map(\.payload), what,
    sourceLocation: sourceLocation)
  #expect(
    left.records.map(\.record.time) == right.records.map(\.record.time), what,
    sourceLocation: sourceLocation)
  #expect(
    left.records.map(\.record.offset) == right.records.map(\.record.offset), what,
    sourceLocation: sourceLocation)
  #expect(left.notices == right.notices, what, sourceLocation: sourceLocation)
  #expect(
    left.interfaces.map(\.id) == right.interfaces.map(\.id), what, sourceLocation: sourceLocation)
}

/// Cuts a file at every length: no trap, the records that end before the cut are there, and the
/// bytes after the last one are told of.
func cutEverywhere(
  _ bytes: [UInt8], recordEnds: [Int], _ read: ([UInt8], Feed) throws -> CollectingSink
) throws {
  let whole = try read(bytes, .whole)
  #expect(whole.records.count == recordEnds.count)
  for length in 0..<bytes.count {
    let cut = try read(Array(bytes[..<length]), length % 7 == 0 ? .drip : .whole)
    let expected = recordEnds.count { $0 <= length }
    #expect(cut.records.count == expected, "cut at \(length)")
    #expect(
      cut.records.map(\.payload) == whole.records.prefix(expected).map(\.payload),
      "cut at \(length)")
  }
}
