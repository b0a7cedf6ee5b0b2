public import TraceBytes
public import TraceModel

/// Reads pcapng: several sections and interfaces, either byte order, any time resolution.
public struct PcapngReader: TraceFormat {
  public internal(set) var account = ByteAccount()
  /// The interface id that the next file of the run may use.
  public internal(set) var nextInterface: UInt32
  /// The number that the next record of the run gets.
  public internal(set) var nextNumber: UInt64

  /// The byte order of the section, once one has begun.
  var bigEndian: Bool?
  /// Set in a section of a major version that nobody has defined: its blocks are passed over, and
  /// the notice is given when its end is known.
  private var foreignSection: DamageRun?
  var interfaces: [PcapngInterface] = []
  /// Comments of the section, until its first interface takes them along.
  var sectionComments: [String] = []
  private var sections = 0
  var damage: DamageRun?
  /// Bytes of a block that are still to be passed over, and where the block began.
  private var skip: (left: Int, block: UInt64)?
  private var unknownTypes: [UInt32] = []
  /// Whether it has been said that times cannot be held.
  var hasToldTime = false

  /// A reader for one file; ids and numbers go on from those of the files before it.
  public init(firstInterface: UInt32 = 0, firstNumber: UInt64 = 1) {
    nextInterface = firstInterface
    nextNumber = firstNumber
  }

  public init(_ options: FormatOptions) {
    self.init(firstInterface: options.firstInterface, firstNumber: options.recordsBefore + 1)
  }

  /// Whether the bytes begin a pcapng file.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    guard window.byteCount >= 4 else { return atEnd ? .no : .needMore }
    guard window.be32(0) == Pcapng.Block.section else { return .no }
    guard window.byteCount >= Pcapng.SectionHeader.byteOrder.end else {
      return atEnd ? .yes : .needMore
    }
    return byteOrder(window, at: 0) == nil ? .no : .yes
  }

  public var format: String {
    guard let bigEndian else { return "pcapng" }
    let order = bigEndian ? "big-endian" : "little-endian"
    return sections > 1 ? "pcapng, \(sections) sections, the last \(order)" : "pcapng, \(order)"
  }

  /// The byte order that a Section Header Block declares.
  static func byteOrder(_ window: RawSpan, at index: Int) -> Bool? {
    typealias Header = Pcapng.SectionHeader
    guard window.has(4, at: index &+ Header.byteOrder.offset) else { return nil }
    let magic = window[Header.byteOrder, at: index]
    if magic == Header.byteOrderMagic { return true }
    return magic.byteSwapped == Header.byteOrderMagic ? false : nil
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    let consumed = try readBlocks(window, at: offset, atEnd: atEnd, into: sink)
    if atEnd { try endForeignSection(at: offset &+ UInt64(consumed), sink) }
    return consumed
  }

  private mutating func readBlocks(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = 0
    var record = TraceRecord()
    record.kind = .capture
    while true {
      if skip != nil, try !passOver(window, &at, offset, atEnd, sink) { return at }
      if damage != nil {
        at = try search(window, from: at, offset, atEnd, sink)
        guard damage == nil else {
          if atEnd { damage = nil }
          return at
        }
      }
      let left = window.byteCount &- at
      guard left >= Pcapng.Block.smallest else {
        guard atEnd else { return at }
        return try endInside(window, at: at, offset, sink)
      }
      let head: BlockHead
      switch blockHead(window, at: at, atEnd) {
      case .needMore: return at
      case .bad(let kind, let reason):
        begin(kind, reason, at: &at, offset)
        continue
      case .skip(let length):
        skip = (length, offset &+ UInt64(at))
        continue
      case .whole(let found): head = found
      }
      let block = window.extracting(at..<at &+ head.size)
      let place = offset &+ UInt64(at)
      at &+= head.size
      if head.length & 3 != 0 || !head.trailerAgrees {
        try sink.notice(
          TraceNotice(.remark, .lengthsDisagree, at: place, length: UInt64(head.size)))
      }
      if head.type == Pcapng.Block.enhancedPacket, foreignSection == nil {
        try enhancedPacket(block, place, &record, sink)
      } else {
        try otherBlock(block, head.type, place, &record, sink)
      }
    }
  }

  private mutating func otherBlock(
    _ block: RawSpan, _ type: UInt32, _ place: UInt64, _ record: inout TraceRecord,
    _ sink: any TraceSink
  ) throws(TraceError) {
    if type == Pcapng.Block.section { return try section(block, place, sink) }
    guard foreignSection == nil else {
      account.damaged += UInt64(block.byteCount)
      return
    }
    switch type {
    case Pcapng.Block.interface: try interface(block, place, sink)
    case Pcapng.Block.simplePacket: try simplePacket(block, place, &record, sink)
    case Pcapng.Block.packet: try oldPacket(block, place, &record, sink)
    case Pcapng.Block.secrets: try secrets(block, place, sink)
    default:
      account.framing += UInt64(block.byteCount)
      // A few types are enough to tell that the file holds something else.
      guard !Pcapng.Block.isAssigned(type), unknownTypes.count < 16,
        !unknownTypes.contains(type)
      else { return }
      unknownTypes.append(type)
      try sink.notice(
        TraceNotice(.remark, .unknownBlock(type), at: place, length: UInt64(block.byteCount)))
    }
  }

  private mutating func section(
    _ block: RawSpan, _ place: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    let order = Self.byteOrder(block, at: 0) ?? false
    let major = block[Pcapng.SectionHeader.major, bigEndian: order]
    let minor = block[Pcapng.SectionHeader.minor, bigEndian: order]
    bigEndian = order
    sections += 1
    interfaces.removeAll(keepingCapacity: true)
    try endForeignSection(at: place, sink)
    guard major == 1 else {
      account.damaged += UInt64(block.byteCount)
      foreignSection = DamageRun(
        start: place, kind: .skipped,
        reason: .other("a section of pcapng version \(major).\(minor); only version 1 is defined"))
      return
    }
    account.framing += UInt64(block.byteCount)
    sectionComments = PcapngInterface.sectionComments(block, bigEndian: order)
    if minor != 0, minor != 2 {
      // The draft asks readers to take 1.2 for 1.0; other minor versions are read as 1.0 too.
      try sink.notice(
        TraceNotice(
          .remark, .other("pcapng version \(major).\(minor) is read as version 1.0"), at: place))
    }
  }

  private mutating func endForeignSection(
    at end: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    guard let run = foreignSection else { return }
    foreignSection = nil
    try sink.notice(run.notice(until: end))
  }

  // MARK: Blocks that are passed over, damage, the end

  /// Passes over the rest of a long block; false when it goes on behind the window.
  private mutating func passOver(
    _ window: RawSpan, _ at: inout Int, _ offset: UInt64, _ atEnd: Bool, _ sink: any TraceSink
  ) throws(TraceError) -> Bool {
    guard let (left, block) = skip else { return true }
    let now = min(left, window.byteCount - at)
    account.framing += UInt64(now)
    at += now
    if now == left {
      skip = nil
      return true
    }
    skip = (left - now, block)
    if atEnd {
      skip = nil
      try sink.notice(
        TraceNotice(
          .cutShort, .inputEnds, at: block, length: offset &+ UInt64(at) &- block))
    }
    return false
  }

  /// Notes that no block stands at `at` and steps over its first byte.
  private mutating func begin(
    _ kind: TraceNotice.Kind, _ reason: TraceNotice.Reason, at: inout Int, _ offset: UInt64
  ) {
    damage = DamageRun(start: offset &+ UInt64(at), kind: kind, reason: reason)
    account.damaged += 1
    at += 1
  }

  /// The input ends inside the head of a block.
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
}
