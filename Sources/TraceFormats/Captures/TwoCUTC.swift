internal import TraceBytes
public import TraceModel

/// The packets that AnSyNova's 2cUTC writes: a 16-byte header, an optional extension and one CTE,
/// under link type 147 (USER0). See Formats/2cutc.md.
public enum TwoCUTC {
  /// The layout of the header.
  enum Header {
    static let eyecatcher = Field("eyecatcher", 0, 5)
    static let reserved = Field<UInt8>("reserved", 5)
    static let extensionLength = Field<UInt16>("extension length", 6)
    static let component = Field<UInt64>("component", 8)
    static let size = 16
  }

  private static let mark: [UInt8] = [0x32, 0x63, 0x55, 0x54, 0x43]  // "2cUTC" in ASCII
  /// The extension that early versions wrote, with blanks where its length stands now.
  private static let oldExtension = 48

  /// Where the CTE stands in the data of a packet, or nil when this is no 2cUTC packet.
  ///
  /// The length of the extension is given in bytes by some files and in units of 16 bytes by the
  /// description of the format, so the place is the first at which a CTE fits: its length at both
  /// ends, inside the packet.
  public static func cteRange(in span: RawSpan) -> Range<Int>? {
    guard span.byteCount > Header.size, span.starts(with: mark) else { return nil }
    let told = Int(span[Header.extensionLength])
    return cte(in: span, at: Header.size + told) ?? cte(in: span, at: Header.size)
      ?? cte(in: span, at: Header.size + oldExtension)
      ?? cte(in: span, at: Header.size + told * 16)
  }

  /// The entry at an index, when its leading and closing lengths agree.
  private static func cte(in span: RawSpan, at start: Int) -> Range<Int>? {
    guard span.has(CTELayout.smallest, at: start), let end = CTE.wholeEnd(span, start) else {
      return nil
    }
    return start..<end
  }

  /// Fills a record from the entry of a 2cUTC packet and returns where its payload stands; nil when the
  /// packet holds no good entry.
  public static func decode(_ span: RawSpan, into record: inout TraceRecord) -> Range<Int>? {
    guard let entry = cteRange(in: span), CTE.beginsStrictly(span, entry.lowerBound) else {
      return nil
    }
    var decoded = TraceRecord()
    decoded.number = record.number
    decoded.offset = record.offset
    guard let payload = CTE.decode(span.extracting(entry), into: &decoded) else { return nil }
    record = decoded
    return payload.lowerBound + entry.lowerBound..<payload.upperBound + entry.lowerBound
  }

  /// Gives a packet to the sink: what its CTE holds where it is one of 2cUTC, else as it is.
  @inline(__always)
  static func deliver(
    _ record: inout TraceRecord, _ packet: RawSpan, to sink: any TraceSink
  ) throws(TraceError) {
    guard record.linkType == .user0 else { return try sink.record(record, packet) }
    try deliverDecoded(record, packet, to: sink)
  }

  private static func deliverDecoded(
    _ record: TraceRecord, _ packet: RawSpan, to sink: any TraceSink
  ) throws(TraceError) {
    var decoded = record
    if let payload = decode(packet, into: &decoded) {
      try sink.record(decoded, packet.extracting(payload))
    } else {
      try sink.record(record, packet)
    }
  }
}
