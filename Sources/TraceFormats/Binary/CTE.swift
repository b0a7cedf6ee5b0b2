public import TraceBytes
public import TraceModel

/// The component trace entry that wraps every record of a CTRACE.
///
/// Source: z/OS MVS "Understanding the fields in a CTE" (ITTCTE) and Communications Server "Format of
/// trace records". `Formats/cte.md` is the page for people; a test holds the two together.
public enum CTELayout {
  /// Bytes of the whole entry with this field and the closing length, 18 to 65,535.
  public static let length = Field<UInt16>("ctelenp", 0)
  /// Where the data begins, from the start of the entry; 16 in all entries seen.
  public static let dataOffset = Field<UInt16>("cteoff", 2)
  /// What the data is: 1 to 8 as ``CTEFormat`` has them, X'FF' in the first byte for lost records.
  public static let formatID = Field<UInt32>("ctefmtid", 4)
  /// TOD clock when the entry went into the buffer.
  public static let time = Field<UInt64>("ctetime", 8)

  /// All fields in the order of their offsets.
  public static let fields: [any LayoutField] = [length, dataOffset, formatID, time]
  /// Bytes in front of the data.
  public static let headerSize = time.end
  /// Behind the data: the length again, which closes the entry.
  static let closingLength = Field<UInt16>("ctelene", 0)
  /// Bytes behind the data.
  public static let trailerSize = closingLength.end
  /// Bytes of an entry without data.
  public static let smallest = headerSize + trailerSize
}

/// Format ids of SYSTCPDA and SYSTCPOT entries.
public enum CTEFormat {
  static let kinds: [RecordKind] = [
    .unknown, .oldPacket, .oldX25, .oldEnterpriseExtender, .packet, .dataTrace,
    .enterpriseExtender, .frame, .smc,
  ]

  /// The kind of a format id: 1 to 8, X'FF' in the first byte for lost records, anything else unknown.
  @inline(__always)
  public static func kind(_ id: UInt32) -> RecordKind {
    if id < 9 { return kinds[Int(id)] }
    return id >> 24 == 0xFF ? .lost : .unknown
  }

  /// The format id that a kind is written with.
  public static func id(_ kind: RecordKind) -> UInt32 {
    switch kind {
    case .lost: 0xFF00_0001
    default: UInt32(kinds.firstIndex(of: kind) ?? 0)
    }
  }
}

/// One entry, decoded.
enum CTE {
  /// Where the entry at `at` ends by the length at its head; needs two bytes of it.
  @inline(__always)
  static func end(_ bytes: RawSpan, _ at: Int) -> Int {
    at &+ Int(bytes[CTELayout.length, at: at])
  }

  /// Whether the length in front of `end`, where the entry at `at` ends, is that at its head.
  @inline(__always)
  static func closes(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Bool {
    bytes[CTELayout.closingLength, at: end &- CTELayout.trailerSize]
      == bytes[CTELayout.length, at: at]
  }

  /// Where the entry at `at` ends; nil when not all of it is there, or its two lengths differ.
  static func wholeEnd(_ bytes: RawSpan, _ at: Int) -> Int? {
    let end = end(bytes, at)
    guard end - at >= CTELayout.smallest, end <= bytes.byteCount, closes(bytes, at, end) else {
      return nil
    }
    return end
  }

  /// Whether a header that could open an entry stands at `at`; needs the 16 bytes of it.
  @inline(__always)
  static func headerIsPlausible(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard bytes.has(CTELayout.headerSize, at: at) else { return false }
    let length = Int(bytes[CTELayout.length, at: at])
    let dataOffset = Int(bytes[CTELayout.dataOffset, at: at])
    guard dataOffset >= CTELayout.headerSize, dataOffset <= 64, dataOffset + 2 <= length else {
      return false
    }
    let id = bytes[CTELayout.formatID, at: at]
    guard id >= 1 && id <= 8 || id >> 24 == 0xFF else { return false }
    return TOD.plausible.contains(bytes[CTELayout.time, at: at])
  }

  /// The stricter test used where nothing else says that an entry begins here: the PTH must fit too,
  /// and its time be near that of the entry.
  static func beginsStrictly(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard headerIsPlausible(bytes, at) else { return false }
    let length = Int(bytes[CTELayout.length, at: at])
    let data = Int(bytes[CTELayout.dataOffset, at: at])
    let id = bytes[CTELayout.formatID, at: at]
    if id >> 24 == 0xFF { return length <= 4096 }
    let room = length - CTELayout.trailerSize - data
    let header = at + data
    guard bytes.has(2, at: header) else { return false }
    let headerLength = Int(bytes[PTHLayout.length, at: header])
    // Entry ids 1 to 3 had an older, shorter header.
    guard headerLength >= (id < 4 ? 8 : 64), headerLength <= room else { return false }
    guard headerLength >= PTHLayout.time.end, bytes.has(8, at: header + PTHLayout.time.offset)
    else {
      return true
    }
    let captured = bytes[PTHLayout.time, at: header]
    let entry = bytes[CTELayout.time, at: at]
    let apart = captured > entry ? captured - entry : entry - captured
    return id < 4 || apart < tenDays
  }

  /// Whether the entry at `at` holds more than its PTH says that was traced: it may be, but a damaged
  /// length that happens to be found again further on looks like that too.
  @inline(__always)
  static func isOverlong(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Bool {
    let id = bytes[CTELayout.formatID, at: at]
    let header = at + Int(bytes[CTELayout.dataOffset, at: at])
    guard id &- 4 <= 4, end - CTELayout.trailerSize - header >= PTHLayout.leastUseful else {
      return false
    }
    let payload = end - CTELayout.trailerSize - header - Int(bytes[PTHLayout.length, at: header])
    return payload > Int(bytes[PTHLayout.tracedLength, at: header])
  }

  /// Ten days in TOD units: capture and buffer time of one record are microseconds apart.
  private static let tenDays: UInt64 = 10 * 86_400 * 1_000_000 << 12

  /// Decodes the entry in `bytes` (header to trailer) into `record`.
  ///
  /// - Returns: where the payload stands, or nil when the lengths inside contradict each other.
  @inline(__always)
  static func decode(_ bytes: RawSpan, into record: inout TraceRecord) -> Range<Int>? {
    let end = bytes.byteCount - CTELayout.trailerSize
    let data = Int(bytes[CTELayout.dataOffset])
    guard data >= CTELayout.headerSize, data <= end else { return nil }
    let id = bytes[CTELayout.formatID]
    record.entryID = id
    record.kind = CTEFormat.kind(id)
    if record.kind == .lost || record.kind == .unknown {
      record.time = TOD.nanoseconds(bytes[CTELayout.time])
      record.flags.insert(.headerUnknown)
      record.tracedLength = end - data
      record.originalLength = end - data
      return data..<end
    }
    return PTH.decode(bytes, data..<end, into: &record)
  }

  /// Appends the length that closes an entry.
  static func close(_ bytes: inout [UInt8], _ length: UInt16) {
    let at = bytes.count
    bytes += repeatElement(0, count: CTELayout.trailerSize)
    bytes.set(CTELayout.closingLength, at: at, length)
  }

  /// Appends an entry; the clock of the buffer is a few microseconds behind that of the record.
  ///
  /// - Parameter headerLength: bytes of its PTH.
  static func append(
    _ record: TraceRecord, _ payload: RawSpan, segment: UInt8, headerLength: Int,
    to bytes: inout [UInt8]
  ) {
    let at = bytes.count
    let length = UInt16(CTELayout.smallest + headerLength + payload.byteCount)
    bytes.reserveCapacity(at + Int(length))
    bytes += repeatElement(0, count: CTELayout.headerSize)
    bytes.set(CTELayout.length, at: at, length)
    bytes.set(CTELayout.dataOffset, at: at, UInt16(CTELayout.headerSize))
    bytes.set(
      CTELayout.formatID, at: at, record.entryID != 0 ? record.entryID : CTEFormat.id(record.kind))
    bytes.set(CTELayout.time, at: at, TOD.clock(nanoseconds: record.time) &+ 0x3000)
    PTH.append(record, segment: segment, length: headerLength, to: &bytes)
    bytes.append(payload)
    close(&bytes, length)
  }
}
