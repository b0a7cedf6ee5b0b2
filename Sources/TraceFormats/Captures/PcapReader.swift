public import TraceBytes
public import TraceModel

/// Reads classic pcap files: both byte orders, micro- and nanoseconds, old and modified variants.
public struct PcapReader: TraceFormat {
  public private(set) var account = ByteAccount()
  /// The interface id that the next file of the run may use.
  public private(set) var nextInterface: UInt32
  /// The number that the next record of the run gets.
  public private(set) var nextNumber: UInt64

  private var layout: Pcap.Layout?
  private var interface: UInt32 = 0
  private var lastSecond: Int64?
  private var damage: DamageRun?

  /// A reader for one file; ids and numbers go on from those of the files before it.
  public init(firstInterface: UInt32 = 0, firstNumber: UInt64 = 1) {
    nextInterface = firstInterface
    nextNumber = firstNumber
  }

  public init(_ options: FormatOptions) {
    self.init(firstInterface: options.firstInterface, firstNumber: options.recordsBefore + 1)
  }

  /// Whether the bytes begin a pcap file.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    guard window.byteCount >= 4 else { return atEnd ? .no : .needMore }
    return Pcap.magic(window) == nil ? .no : .yes
  }

  public var format: String {
    guard let layout else { return "pcap" }
    let order = layout.bigEndian ? "big-endian" : "little-endian"
    let unit = layout.unit == 1 ? "nanoseconds" : "microseconds"
    let variant = layout.headerSize == Pcap.RecordHeader.modifiedSize ? "pcap (modified)" : "pcap"
    return "\(variant) \(layout.major).\(layout.minor), \(order), \(unit)"
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = 0
    if layout == nil, damage == nil {
      guard window.byteCount >= Pcap.FileHeader.size else {
        guard atEnd else { return 0 }
        return try endInside(window, at: 0, offset, sink)
      }
      at = try readHeader(window, at: offset, into: sink)
    }
    guard let layout else {
      // Not pcap at all: there is nothing to search for.
      account.damaged += UInt64(window.byteCount)
      return try finish(window.byteCount, atEnd, offset, sink)
    }
    var record = TraceRecord()
    record.kind = .capture
    record.linkType = layout.linkType
    record.interface = interface

    while true {
      if damage != nil {
        at = try search(layout, window, from: at, offset, atEnd, sink)
        if damage != nil { return try finish(at, atEnd, offset, sink) }
      }
      let left = window.byteCount &- at
      guard left >= layout.headerSize else {
        guard atEnd else { return at }
        return try endInside(window, at: at, offset, sink)
      }
      let fields = layout.record(window, at: at)
      switch presence(of: fields, layout, window, at: at, atEnd) {
      case .unknown: return at
      case .no:
        begin(.damaged, Self.reason(fields, layout), at: &at, offset)
        continue
      case .yes: break
      }
      let start = at &+ layout.headerSize
      guard fields.captured <= window.byteCount &- start else {
        guard atEnd else { return at }
        begin(.cutShort, .inputEnds, at: &at, offset)
        continue
      }
      let end = start &+ fields.captured
      lastSecond = Int64(fields.seconds)
      record.time = Int64(fields.seconds) &* 1_000_000_000 &+ Int64(fields.fraction) &* layout.unit
      record.tracedLength = fields.captured
      record.originalLength = fields.original
      record.offset = offset &+ UInt64(at)
      record.number = nextNumber
      nextNumber &+= 1
      if layout.headerSize == Pcap.RecordHeader.modifiedSize {
        record.interfaceIndex =
          window[Pcap.RecordHeader.interfaceIndex, at: at, bigEndian: layout.bigEndian]
      }
      account.framing &+= UInt64(layout.headerSize)
      account.records &+= UInt64(fields.captured)
      try TwoCUTC.deliver(&record, window.extracting(start..<end), to: sink)
      at = end
    }
  }

  private mutating func readHeader(
    _ window: RawSpan, at offset: UInt64, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    guard let layout = Pcap.Layout(window) else {
      damage = DamageRun(start: offset, kind: .damaged, reason: .notARecord)
      return 0
    }
    self.layout = layout
    account.framing += UInt64(Pcap.FileHeader.size)
    interface = nextInterface
    nextInterface &+= 1
    if !layout.isKnownVersion {
      try sink.notice(
        TraceNotice(
          .remark,
          .other(
            "pcap version \(layout.major).\(layout.minor) is not known; it is read as version 2.4"),
          at: offset &+ UInt64(Pcap.FileHeader.major.offset)))
    }
    try sink.interface(CaptureInterface(id: interface, linkType: layout.linkType))
    return Pcap.FileHeader.size
  }

  // MARK: What a record header must look like

  /// Whether a record may stand here. Lengths that the file's snap length does not explain must be
  /// confirmed by what follows the record.
  @inline(__always)
  private func presence(
    of fields: Pcap.RecordFields, _ layout: Pcap.Layout, _ window: RawSpan, at index: Int,
    _ atEnd: Bool
  ) -> Presence {
    if fields.captured <= layout.expected && !fields.isZero { return .yes }
    return Self.confirmed(fields, layout, window, at: index, atEnd)
  }

  private static func confirmed(
    _ fields: Pcap.RecordFields, _ layout: Pcap.Layout, _ window: RawSpan, at index: Int,
    _ atEnd: Bool
  ) -> Presence {
    guard fields.captured <= Pcap.largestRecord, !fields.isZero else { return .no }
    let next = index &+ layout.headerSize &+ fields.captured
    let left = window.byteCount &- next
    guard left >= layout.headerSize else {
      guard atEnd else { return .unknown }
      // The last record of the file, whole; or one of a usual length that the end cuts.
      return left >= 0 || fields.captured <= layout.limit ? .yes : .no
    }
    let following = layout.record(window, at: next)
    return following.captured <= Pcap.largestRecord && !following.isZero ? .yes : .no
  }

  private static func reason(
    _ fields: Pcap.RecordFields, _ layout: Pcap.Layout
  ) -> TraceNotice.Reason {
    fields.captured > layout.expected
      ? .badValue(field: "captured length", value: UInt64(fields.captured)) : .notARecord
  }

  /// Whether a record header stands here that a search may believe: a packet of usual length, a true
  /// fraction, and a time near its neighbours.
  private static func isPlausible(
    _ fields: Pcap.RecordFields, _ layout: Pcap.Layout, near second: Int64?
  ) -> Bool {
    guard fields.captured > 0, fields.captured <= layout.limit, fields.original > 0,
      fields.original <= Pcap.largestRecord, Int64(fields.fraction) < layout.unitsPerSecond
    else { return false }
    guard let second else { return true }
    return abs(Int64(fields.seconds) &- second) <= Pcap.nearby
  }

  /// Whether records begin here: two plausible headers in a row, or one whose packet ends the input
  /// and whose time is near that of the records before the damage.
  private func chain(
    _ layout: Pcap.Layout, _ window: RawSpan, at index: Int, _ atEnd: Bool
  ) -> Presence {
    guard window.byteCount &- index >= layout.headerSize else { return atEnd ? .no : .unknown }
    let first = layout.record(window, at: index)
    guard Self.isPlausible(first, layout, near: lastSecond) else { return .no }
    let next = index &+ layout.headerSize &+ first.captured
    let left = window.byteCount &- next
    guard left >= layout.headerSize else {
      guard atEnd else { return .unknown }
      return left == 0 && lastSecond != nil ? .yes : .no
    }
    let second = layout.record(window, at: next)
    return Self.isPlausible(second, layout, near: Int64(first.seconds)) ? .yes : .no
  }

  // MARK: Damage

  /// Notes that no record stands at `at` and steps over its first byte.
  private mutating func begin(
    _ kind: TraceNotice.Kind, _ reason: TraceNotice.Reason, at: inout Int, _ offset: UInt64
  ) {
    damage = DamageRun(start: offset &+ UInt64(at), kind: kind, reason: reason)
    account.damaged += 1
    at += 1
  }

  /// Looks for the next record from `start` on and gives the notice when one is found.
  private mutating func search(
    _ layout: Pcap.Layout, _ window: RawSpan, from start: Int, _ offset: UInt64, _ atEnd: Bool,
    _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = start
    var found = false
    while at < window.byteCount {
      let presence = chain(layout, window, at: at, atEnd)
      if presence == .yes { found = true }
      if presence != .no { break }
      at += 1
    }
    account.damaged += UInt64(at - start)
    if found, let run = damage {
      damage = nil
      try sink.notice(run.notice(until: offset &+ UInt64(at)))
    }
    return at
  }

  /// The input ends inside a header.
  private mutating func endInside(
    _ window: RawSpan, at: Int, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    let left = window.byteCount &- at
    guard left > 0 else { return at }
    account.damaged += UInt64(left)
    try sink.notice(
      TraceNotice(.cutShort, .inputEnds, at: offset &+ UInt64(at), length: UInt64(left)))
    return window.byteCount
  }

  /// Gives the notice of a damaged stretch that reaches to the end of the input.
  private mutating func finish(
    _ consumed: Int, _ atEnd: Bool, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    if atEnd, let run = damage {
      damage = nil
      try sink.notice(run.notice(atEnd: offset &+ UInt64(consumed)))
    }
    return consumed
  }
}
