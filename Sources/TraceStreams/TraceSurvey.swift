public import TraceBytes
public import TraceModel

/// Counts what a trace holds, and passes everything on.
@dynamicMemberLookup
public final class TraceSurvey: TraceSink {
  /// The counts that grow with each record, changed in one go.
  public struct Tally: Sendable {
    /// Records of every kind.
    public fileprivate(set) var records: UInt64 = 0
    /// Records by `RecordKind.rawValue`.
    public fileprivate(set) var kinds = InlineArray<16, UInt64>(repeating: 0)
    /// Bytes that the trace holds of them.
    public fileprivate(set) var payloadBytes: UInt64 = 0
    /// Data-trace records with the clear text of an AT-TLS connection.
    public fileprivate(set) var clear: UInt64 = 0
    /// Data-trace records whose data AT-TLS kept out of the trace.
    public fileprivate(set) var confidential: UInt64 = 0
    /// Data-trace records of connections without AT-TLS.
    public fileprivate(set) var plain: UInt64 = 0
    /// Records with fewer bytes than the packet or request had.
    public fileprivate(set) var truncated: UInt64 = 0
    /// Records that are a segment of a larger one, but for the first segment of each.
    public fileprivate(set) var segments: UInt64 = 0
    /// Records whose bytes were rebuilt from printed text, and may differ from those that were sent.
    public fileprivate(set) var reconstructed: UInt64 = 0
    /// Packets that the stack discarded (PTH_DropRsn is not 0).
    public fileprivate(set) var discarded: UInt64 = 0
    /// Packets that the capturing program says it lost.
    public fileprivate(set) var droppedByCapture: UInt64 = 0
    /// The earliest time, in nanoseconds since 1970; `Int64.max` without records.
    public fileprivate(set) var firstTime = Int64.max
    /// The latest time; `Int64.min` without records.
    public fileprivate(set) var lastTime = Int64.min
    /// Records whose time is before that of the record in front of them.
    public fileprivate(set) var backwards: UInt64 = 0
    /// By how many nanoseconds, at most.
    public fileprivate(set) var largestStepBack: Int64 = 0
    fileprivate var previousTime = Int64.min

    @inline(__always)
    fileprivate mutating func add(_ record: TraceRecord, _ count: Int) {
      records &+= 1
      kinds[Int(record.kind.rawValue)] &+= 1
      payloadBytes &+= UInt64(count)
      if record.kind == .dataTrace {
        if record.flags.contains(.confidential) {
          confidential &+= 1
        } else if record.flags.contains(.clearText) {
          clear &+= 1
        } else {
          plain &+= 1
        }
      }
      if count < record.originalLength, record.tracedLength < record.originalLength {
        truncated &+= 1
      }
      droppedByCapture = droppedByCapture.adding(clamping: record.droppedBefore)
      if record.segment > 0 { segments &+= 1 }
      if record.flags.contains(.reconstructed) { reconstructed &+= 1 }
      if record.dropReason != 0 { discarded &+= 1 }
      if record.time < previousTime {
        backwards &+= 1
        largestStepBack = max(
          largestStepBack, TraceTime.span(from: record.time, to: previousTime))
      }
      previousTime = record.time
      firstTime = min(firstTime, record.time)
      lastTime = max(lastTime, record.time)
    }
  }

  // Every record comes here: the run-time check of overlapping access costs more than the counting.
  // Counting calls nothing that could come back.
  @exclusivity(unchecked) private var counts = Tally()
  @exclusivity(unchecked) private var jobNames = NameCounts()
  @exclusivity(unchecked) private var linkNames = NameCounts()

  /// A count of the ``Tally``, such as `survey.records`.
  public subscript<Value>(dynamicMember path: KeyPath<Tally, Value>) -> Value {
    unsafe counts[keyPath: path]
  }

  /// Records of data traces by job, up to ``nameLimit`` names.
  public var jobs: [RecordName: UInt64] { unsafe jobNames.all }
  /// Other records by the interface that their header names, up to ``nameLimit`` names.
  public var links: [RecordName: UInt64] { unsafe linkNames.all }
  /// Interfaces of captures; the index is `CaptureInterface.id`.
  public private(set) var interfaces: [CaptureInterface] = []
  /// Packets of each capture interface.
  public var interfacePackets: [UInt64] { unsafe packets }
  @exclusivity(unchecked) private var packets: [UInt64] = []
  /// Records of names beyond the limit.
  public var unnamed: UInt64 { unsafe jobNames.others &+ linkNames.others }

  /// The first ``noticeLimit`` notices, in order.
  public private(set) var notices: [TraceNotice] = []
  /// Stretches of bytes that should have been records and are not.
  public private(set) var damagedStretches: UInt64 = 0
  /// Bytes in those stretches.
  public private(set) var damagedBytes: UInt64 = 0
  /// Inputs that end inside a record.
  public private(set) var cutShort: UInt64 = 0
  /// Records in which the trace says that others were lost.
  public private(set) var lostMarkers: UInt64 = 0
  /// Records that those say were lost; one that does not say how many adds 0.
  public private(set) var lostRecords: UInt64 = 0
  /// Bytes passed over on purpose.
  public private(set) var skippedBytes: UInt64 = 0

  /// Job and interface names counted one by one.
  public static let nameLimit = 10_000
  /// Notices kept in full; the rest are counted.
  public static let noticeLimit = 1_000

  private let downstream: (any TraceSink)?

  /// - Parameter downstream: gets everything unchanged; nil when counting is all.
  public init(to downstream: (any TraceSink)? = nil) { self.downstream = downstream }

  public func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    unsafe counts.add(record, payload.byteCount)
    if record.kind == .capture {
      let index = Int(record.interface)
      if unsafe index < packets.count { unsafe packets[index] &+= 1 }
    } else if record.kind == .dataTrace {
      unsafe jobNames.count(record.name)
    } else if record.kind != .lost, record.kind != .unknown {
      unsafe linkNames.count(record.name)
    }
    try downstream?.record(record, payload)
  }

  public func comment(_ text: RawSpan) throws(TraceError) { try downstream?.comment(text) }

  public func notice(_ notice: TraceNotice) throws(TraceError) {
    if notices.count < Self.noticeLimit { notices.append(notice) }
    switch notice.kind {
    case .damaged:
      damagedStretches += 1
      damagedBytes = damagedBytes.adding(clamping: notice.length)
    case .cutShort: cutShort += 1
    case .lost:
      lostMarkers += 1
      if case .lostRecords(let packets, let data) = notice.reason {
        lostRecords = lostRecords.adding(clamping: packets ?? 0).adding(clamping: data ?? 0)
      }
    case .skipped: skippedBytes = skippedBytes.adding(clamping: notice.length)
    case .remark: break
    }
    try downstream?.notice(notice)
  }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if interfaces.count < Self.nameLimit {
      interfaces.append(interface)
      unsafe packets.append(0)
    }
    try downstream?.interface(interface)
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream?.secrets(type: type, bytes)
  }

  public func pause() throws(TraceError) { try downstream?.pause() }

  public func finish() throws(TraceError) {
    unsafe jobNames.flush()
    unsafe linkNames.flush()
    try downstream?.finish()
  }

  /// Whether there are packets among the records, of a trace or of a capture.
  public var hasPackets: Bool {
    RecordKind.allCases.contains { kind in
      switch kind {
      case .packet, .enterpriseExtender, .frame, .capture:
        unsafe counts.kinds[Int(kind.rawValue)] > 0
      default: false
      }
    }
  }

  /// Whether anything that was traced is not there or not readable.
  public var hasLoss: Bool {
    let dropped = unsafe counts.droppedByCapture
    return damagedStretches > 0 || cutShort > 0 || lostMarkers > 0 || dropped > 0
  }
}

/// Records by name. Those seen lately are counted apart, so that the dictionary is asked only when one
/// makes room for another.
private struct NameCounts {
  private(set) var all: [RecordName: UInt64] = [:]
  /// Records of names beyond the limit.
  private(set) var others: UInt64 = 0
  private var recent = InlineArray<64, RecordName>(repeating: .none)
  private var counts = InlineArray<64, UInt64>(repeating: 0)

  @inline(__always)
  mutating func count(_ name: RecordName) {
    let mixed = (name.high ^ name.low.byteSwapped) &* 0x9E37_79B9_7F4A_7C15
    let place = Int(truncatingIfNeeded: mixed >> 58)
    if recent[place] != name { replace(place, name) }
    counts[place] &+= 1
  }

  mutating func flush() {
    for place in 0..<64 { replace(place, .none) }
  }

  private mutating func replace(_ place: Int, _ name: RecordName) {
    let old = recent[place]
    if counts[place] > 0 {
      if all[old] == nil, all.count >= TraceSurvey.nameLimit {
        others += counts[place]
      } else {
        all[old, default: 0] += counts[place]
      }
    }
    recent[place] = name
    counts[place] = 0
  }
}
