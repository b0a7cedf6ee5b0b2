public import TraceBytes
public import TraceModel

/// Writes a record as the entry that it was read from, with other bytes where it has other ones: payload,
/// addresses, name and the length of what was traced.
public struct EntryCopier: Sendable {
  /// Largest entry; a longer record is segmented as z/OS does it.
  private static let largest = 65_534

  /// Entries as long as an entry can be.
  public init() {}

  /// Appends the entries of a record.
  ///
  /// - Parameter header: what stood in front of the payload of its first entry.
  public func append(
    _ record: TraceRecord, header: [UInt8], _ payload: RawSpan,
    _ body: (RawSpan) throws(TraceError) -> Void
  ) throws(TraceError) {
    var header = header
    guard header.count >= CTELayout.headerSize else { return }
    let data = Int(unsafe header.span.bytes[CTELayout.dataOffset])
    let hasPTH =
      header.count >= data + PTHLayout.leastUseful && record.kind != .lost
      && record.kind != .unknown
      && !record.flags.contains(.headerUnknown)
    if hasPTH { update(&header, at: data, record, payload.byteCount) }
    // The segments of a longer record are as long as they were.
    let first =
      Int(unsafe header.span.bytes[CTELayout.length]) - CTELayout.trailerSize - header.count
    let most = Self.largest - CTELayout.trailerSize - header.count
    let room = max(1, record.flags.contains(.joined) && first > 0 ? min(first, most) : most)
    var segment = hasPTH ? header[data + PTHLayout.segment.offset] : 0
    var at = 0
    repeat {
      let part = payload.extracting(at..<min(payload.byteCount, at + room))
      at += part.byteCount
      let length = UInt16(truncatingIfNeeded: header.count + part.byteCount + CTELayout.trailerSize)
      header.set(CTELayout.length, length)
      if hasPTH { header.set(PTHLayout.segment, at: data, segment) }
      var entry = header
      entry.reserveCapacity(Int(length))
      entry.append(part)
      CTE.close(&entry, length)
      try unsafe body(entry.span.bytes)
      // After 255 the number goes on with 1: 0 is the first segment only.
      segment = segment == 255 ? 1 : segment + 1
    } while at < payload.byteCount && hasPTH
  }

  private func update(
    _ header: inout [UInt8], at base: Int, _ record: TraceRecord, _ count: Int
  ) {
    if !record.flags.contains(.incomplete) {
      header.set(
        PTHLayout.tracedLength, at: base,
        UInt32(truncatingIfNeeded: max(record.tracedLength, count)))
    }
    let isData = record.kind == .dataTrace
    let name: any LayoutField = isData ? PTHLayout.jobName : PTHLayout.interfaceName
    for index in 0..<name.size { header[base + name.offset + index] = record.name.byte(index) }
    put(record.source, &header, base + PTHLayout.source.offset)
    put(record.destination, &header, base + PTHLayout.destination.offset)
  }

  /// An address in the form that it had: what marks one of version 4 stays.
  private func put(_ address: IPAddress, _ header: inout [UInt8], _ at: Int) {
    for index in address.isIPv4 ? 12..<16 : 0..<16 {
      let half = index < 8 ? address.high : address.low
      header[at + index] = UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (index % 8)))
    }
  }
}
