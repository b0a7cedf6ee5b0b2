public import TraceBytes
public import TraceModel

/// Counts what a trace holds, and passes everything on.
public final class TraceSurvey: TraceSink {
  public private(set) var records: UInt64 = 0
  /// Records by ``RecordKind/rawValue``.
  public private(set) var kinds = [UInt64](repeating: 0, count: RecordKind.allCases.count)
  public private(set) var payloadBytes: UInt64 = 0
  public private(set) var clear: UInt64 = 0
  public private(set) var confidential: UInt64 = 0
  public private(set) var plain: UInt64 = 0
  /// Records with fewer bytes than the packet or request had.
  public private(set) var truncated: UInt64 = 0
  public private(set) var segments: UInt64 = 0
  public private(set) var reconstructed: UInt64 = 0
  public private(set) var discarded: UInt64 = 0
  public private(set) var droppedByCapture: UInt64 = 0
  public private(set) var firstTime = Int64.max
  public private(set) var lastTime = Int64.min
  /// Records whose time is before that of the record before them, and by how much at most.
  public private(set) var backwards: UInt64 = 0
  public private(set) var largestStepBack: Int64 = 0
  /// Records by name, up to ``nameLimit`` names.
  public private(set) var names: [RecordName: UInt64] = [:]
  public private(set) var interfaces: [CaptureInterface] = []
  /// Packets of each capture interface.
  public private(set) var interfacePackets: [UInt64] = []
  public private(set) var unnamed: UInt64 = 0

  public private(set) var notices: [TraceNotice] = []
  public private(set) var damagedStretches: UInt64 = 0
  public private(set) var damagedBytes: UInt64 = 0
  public private(set) var cutShort: UInt64 = 0
  public private(set) var lostMarkers: UInt64 = 0
  public private(set) var lostRecords: UInt64 = 0
  public private(set) var skippedBytes: UInt64 = 0

  public static let nameLimit = 10_000
  /// Notices kept in full; the rest are counted.
  public static let noticeLimit = 1_000

  private let downstream: (any TraceSink)?
  private var previousTime = Int64.min
  private var lastName = RecordName.none
  private var lastNameCount: UInt64 = 0

  public init(to downstream: (any TraceSink)? = nil) { self.downstream = downstream }

  public func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    records &+= 1
    kinds[Int(record.kind.rawValue)] &+= 1
    payloadBytes &+= UInt64(payload.byteCount)
    if record.kind == .capture {
      let index = Int(record.interface)
      if index < interfacePackets.count { interfacePackets[index] &+= 1 }
      droppedByCapture &+= record.droppedBefore
    } else {
      tally(record)
    }
    if payload.byteCount < record.originalLength, record.tracedLength < record.originalLength {
      truncated &+= 1
    }
    if record.time < previousTime, previousTime != Int64.min {
      backwards &+= 1
      largestStepBack = max(largestStepBack, previousTime &- record.time)
    }
    previousTime = record.time
    firstTime = min(firstTime, record.time)
    lastTime = max(lastTime, record.time)
    try downstream?.record(record, payload)
  }

  private func tally(_ record: TraceRecord) {
    if record.kind == .dataTrace {
      if record.flags.contains(.confidential) {
        confidential &+= 1
      } else if record.flags.contains(.clearText) {
        clear &+= 1
      } else {
        plain &+= 1
      }
    }
    if record.segment > 0 || record.flags.contains(.orphan) { segments &+= 1 }
    if record.flags.contains(.reconstructed) { reconstructed &+= 1 }
    if record.dropReason != 0 { discarded &+= 1 }
    if record.kind == .lost || record.kind == .unknown { return }
    if record.name == lastName {
      lastNameCount &+= 1
    } else {
      flushName()
      lastName = record.name
      lastNameCount = 1
    }
  }

  private func flushName() {
    guard lastNameCount > 0 else { return }
    if names[lastName] == nil, names.count >= Self.nameLimit {
      unnamed += lastNameCount
    } else {
      names[lastName, default: 0] += lastNameCount
    }
    lastNameCount = 0
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {
    if notices.count < Self.noticeLimit { notices.append(notice) }
    switch notice.kind {
    case .damaged:
      damagedStretches += 1
      damagedBytes += notice.length
    case .cutShort: cutShort += 1
    case .lost:
      lostMarkers += 1
      if case .lostRecords(let packets, let data) = notice.reason {
        lostRecords += (packets ?? 0) &+ (data ?? 0)
      }
    case .skipped: skippedBytes += notice.length
    case .remark: break
    }
    try downstream?.notice(notice)
  }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if interfaces.count < Self.nameLimit {
      interfaces.append(interface)
      interfacePackets.append(0)
    }
    try downstream?.interface(interface)
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream?.secrets(type: type, bytes)
  }

  public func pause() throws(TraceError) { try downstream?.pause() }

  public func finish() throws(TraceError) {
    flushName()
    try downstream?.finish()
  }

  /// Whether anything that was traced is not there or not readable.
  public var hasLoss: Bool {
    damagedStretches > 0 || cutShort > 0 || lostMarkers > 0 || droppedByCapture > 0
  }
}
