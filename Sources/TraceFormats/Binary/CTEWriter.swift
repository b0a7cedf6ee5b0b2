internal import TraceBytes
public import TraceModel

/// Writes records as CTRACE entries: the counterpart of the decoder, for generated traces and tests.
public struct CTEWriter: Sendable {
  /// Length of the PTH to write; 92 is what z/OS writes.
  public var headerLength = PTHLayout.headerSize
  /// Largest entry; a longer record is segmented as z/OS does it.
  public var largestEntry = 65_534

  /// Entries with a PTH of 92 bytes, as long as an entry can be.
  public init() {}

  /// Appends the record as one entry, or as several when it does not fit into one.
  public func append(
    _ record: TraceRecord, _ payload: RawSpan, to bytes: inout [UInt8]
  ) {
    let room = largestEntry - CTELayout.smallest - headerLength
    var at = 0
    var segment = Int(record.segment)
    repeat {
      let part = payload.extracting(at..<min(payload.byteCount, at + room))
      appendEntry(record, part, segment: UInt8(segment), to: &bytes)
      at += part.byteCount
      // After 255 the number goes on with 1: 0 is the first segment only.
      segment = segment == 255 ? 1 : segment + 1
    } while at < payload.byteCount
  }

  private func appendEntry(
    _ record: TraceRecord, _ payload: RawSpan, segment: UInt8, to bytes: inout [UInt8]
  ) {
    let start = bytes.count
    let length = CTELayout.smallest + headerLength + payload.byteCount
    bytes.reserveCapacity(start + length)
    put(UInt16(length), &bytes)
    put(UInt16(CTELayout.headerSize), &bytes)
    put(record.entryID != 0 ? record.entryID : CTEFormat.id(record.kind), &bytes)
    put(TOD.clock(nanoseconds: record.time) &+ 0x3000, &bytes)
    appendHeader(record, segment: segment, to: &bytes)
    bytes.append(payload)
    put(UInt16(length), &bytes)
  }

  /// The PTH, cut or filled up with zeros to the length wanted.
  private func appendHeader(_ record: TraceRecord, segment: UInt8, to bytes: inout [UInt8]) {
    let start = bytes.count
    var flag = record.rawFlags & 0x1E
    if record.direction == .outbound { flag |= PTHFlag.outbound }
    if record.flags.contains(.local) { flag |= PTHFlag.local }
    if record.flags.contains(.confidential) { flag |= PTHFlag.confidential }
    if record.flags.contains(.clearText) { flag |= PTHFlag.clearText }
    put(UInt16(headerLength), &bytes)
    put(segment, &bytes)
    put(flag, &bytes)
    put(UInt32(record.deviceType) << 24 | UInt32(record.tracedLength & 0xFF_FFFF), &bytes)
    put(record.name.high, &bytes)
    if record.kind == .dataTrace {
      bytes += [
        record.socketDomain, record.socketType, record.ipProtocol, record.socketState, 0, 0, 0, 0,
      ]
    } else {
      put(record.name.low, &bytes)
    }
    put(TOD.clock(nanoseconds: record.time), &bytes)
    put(record.source, &bytes)
    put(record.destination, &bytes)
    put(record.sourcePort, &bytes)
    put(record.destinationPort, &bytes)
    put(record.traceNumber, &bytes)
    bytes += [0, record.ipProtocol]
    put(record.vlan, &bytes)
    put(record.connectionID, &bytes)
    put(record.asid, &bytes)
    put(UInt16(truncatingIfNeeded: record.originalLength), &bytes)
    put(record.interfaceIndex, &bytes)
    put(record.dropReason, &bytes)
    put(record.offloadSegmentLength, &bytes)
    let written = bytes.count - start
    if written > headerLength {
      bytes.removeLast(written - headerLength)
    } else {
      bytes += Array(repeating: 0, count: headerLength - written)
    }
  }

  private func put(_ address: IPAddress, _ bytes: inout [UInt8]) {
    put(address.high, &bytes)
    // X'FFFE' marks an address of an AF_INET socket.
    put(address.isIPv4 ? address.low ^ 1 << 32 : address.low, &bytes)
  }

  private func put<T: FixedWidthInteger>(_ value: T, _ bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
