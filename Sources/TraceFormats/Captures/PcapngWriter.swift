public import TraceBytes
public import TraceModel

/// What an Enhanced Packet Block says beside the packet's bytes.
public struct PcapngPacket: Sendable {
  /// The interface, as ``PcapngWriter/interface(_:comments:)`` numbered it.
  public var interface: UInt32 = 0
  /// Nanoseconds since 1970; the file cannot hold earlier times.
  public var time: Int64 = 0
  /// Bytes the packet had; 0 for as many as are written of it.
  public var originalLength: Int = 0
  /// Written as bits 0 and 1 of epb_flags, unless it is unknown.
  public var direction: Direction = .unknown
  /// Packets lost before this one; written when it is not 0.
  public var droppedBefore: UInt64 = 0
  /// Number of the record in the trace; written when it is there.
  public var packetID: UInt64?

  /// - Parameter originalLength: bytes the packet had; 0 for as many as are written.
  @inlinable
  public init(
    interface: UInt32, time: Int64, originalLength: Int, direction: Direction = .unknown,
    droppedBefore: UInt64 = 0, packetID: UInt64? = nil
  ) {
    self.interface = interface
    self.time = time
    self.originalLength = originalLength
    self.direction = direction
    self.droppedBefore = droppedBefore
    self.packetID = packetID
  }
}

/// What a Section Header Block says about the file.
public struct PcapngSection: Sendable {
  /// shb_hardware, left out when empty.
  public var hardware = ""
  /// shb_os, left out when empty.
  public var system = ""
  /// shb_userappl, left out when empty.
  public var application = ""
  /// opt_comment, one option each.
  public var comments: [String] = []

  /// A section without options.
  public init() {}

  /// Each text is left out of the block when it is empty.
  public init(
    hardware: String = "", system: String = "", application: String = "", comments: [String] = []
  ) {
    self.hardware = hardware
    self.system = system
    self.application = application
    self.comments = comments
  }
}

/// Writes pcapng: one section, little-endian, times in nanoseconds.
///
/// Little-endian because tshark refuses big-endian pcapng from a pipe. Nothing is allocated per
/// packet that has no comment.
public final class PcapngWriter {
  /// The longest packet that libpcap and Wireshark accept, and the snap length of every interface.
  public static let snapLength = 262_144
  /// The longest text of an option; longer text is cut between characters.
  public static let longestText = 65_000

  private let sink: ByteSink
  // Every packet comes here: the run-time check of overlapping access costs more than the counting.
  @exclusivity(unchecked) private var statistics: ContiguousArray<Statistics> = []

  private struct Statistics {
    var packets: UInt64 = 0
    var dropped: UInt64 = 0
    var first = UInt64.max
    var last: UInt64 = 0

    mutating func add(_ drops: UInt64, _ time: UInt64) {
      packets &+= 1
      dropped &+= drops
      first = min(first, time)
      last = max(last, time)
    }
  }

  /// A writer in front of a sink; ``section(_:)`` comes first.
  public init(_ sink: ByteSink) { self.sink = sink }

  /// Writes the Section Header Block.
  public func section(_ section: PcapngSection) throws(TraceError) {
    typealias Layout = Pcapng.SectionHeader
    var block = PcapngBlockBytes(Pcapng.Block.section, fields: Layout.options)
    block.set(Layout.byteOrder, Layout.byteOrderMagic)
    block.set(Layout.major, 1)
    // The length of the section is not known beforehand.
    block.set(Layout.sectionLength, .max)
    block.text(Pcapng.Option.sectionHardware, section.hardware)
    block.text(Pcapng.Option.sectionSystem, section.system)
    block.text(Pcapng.Option.sectionApplication, section.application)
    for comment in section.comments { block.text(Pcapng.Option.comment, comment) }
    try sink.append(block.closed())
  }

  /// Writes an Interface Description Block and returns the number packets refer to.
  ///
  /// Of the interface its link type, name, text, filter, system and comments are written; the snap length is
  /// always ``snapLength``.
  public func interface(
    _ interface: CaptureInterface, comments: [String] = []
  ) throws(TraceError) -> UInt32 {
    typealias Layout = Pcapng.InterfaceDescription
    var block = PcapngBlockBytes(Pcapng.Block.interface, fields: Layout.options)
    block.set(Layout.linkType, interface.linkType.rawValue)
    block.set(Layout.snapLength, UInt32(Self.snapLength))
    block.text(Pcapng.Option.interfaceName, interface.name)
    block.text(Pcapng.Option.interfaceText, interface.text)
    // 10^-9 seconds.
    block.option(Pcapng.Option.interfaceResolution, [9])
    block.text(Pcapng.Option.interfaceFilter, interface.filter, kind: 0)
    block.text(Pcapng.Option.interfaceSystem, interface.system)
    for comment in interface.comments + comments {
      block.text(Pcapng.Option.comment, comment)
    }
    try sink.append(block.closed())
    unsafe statistics.append(Statistics())
    return unsafe UInt32(truncatingIfNeeded: statistics.count - 1)
  }

  /// Writes a packet given in up to three parts, which are not joined on the way.
  public func packet(
    _ packet: borrowing PcapngPacket, _ head: RawSpan, _ body: RawSpan = RawSpan(),
    _ tail: RawSpan = RawSpan(), comments: [[UInt8]] = []
  ) throws(TraceError) {
    let whole = head.byteCount &+ body.byteCount &+ tail.byteCount
    let captured = min(whole, Self.snapLength)
    let padding = -captured & 3
    let time = UInt64(max(0, packet.time))
    count(packet, time)
    let notes = comments.isEmpty ? nil : Self.notes(comments)

    // Fill, flags (2 words), dropcount (3), packetid (3), end of options, closing length.
    var after = InlineArray<11, UInt32>(repeating: 0)
    var words = 1
    if packet.direction != .unknown {
      after[1] = PcapngBlockBytes.head(Pcapng.Option.packetFlags, 4).littleEndian
      after[2] = (packet.direction == .inbound ? 1 as UInt32 : 2).littleEndian
      words = 3
    }
    if packet.droppedBefore > 0 {
      after[words] = PcapngBlockBytes.head(Pcapng.Option.packetDrops, 8).littleEndian
      Self.store(packet.droppedBefore, in: &after, at: words &+ 1)
      words &+= 3
    }
    if let id = packet.packetID {
      after[words] = PcapngBlockBytes.head(Pcapng.Option.packetID, 8).littleEndian
      Self.store(id, in: &after, at: words &+ 1)
      words &+= 3
    }
    let hasOptions = words > 1 || notes != nil
    let optionsLength = (words &- 1) &* 4 &+ (notes?.count ?? 0) &+ (hasOptions ? 4 : 0)
    let length = UInt32(
      truncatingIfNeeded: Pcapng.EnhancedPacket.smallest &+ captured &+ padding &+ optionsLength)

    typealias Layout = Pcapng.EnhancedPacket
    // Some captures hold more bytes than they say the packet had; both lengths are kept.
    let told = packet.originalLength == 0 ? captured : packet.originalLength
    let original = min(max(told, 0), Int(UInt32.max))
    var before = InlineArray<7, UInt32>(repeating: 0)
    Self.set(Pcapng.Block.type, Pcapng.Block.enhancedPacket, in: &before)
    Self.set(Pcapng.Block.length, length, in: &before)
    Self.set(Layout.interface, packet.interface, in: &before)
    Self.set(Layout.timeHigh, UInt32(truncatingIfNeeded: time >> 32), in: &before)
    Self.set(Layout.timeLow, UInt32(truncatingIfNeeded: time), in: &before)
    Self.set(Layout.captured, UInt32(truncatingIfNeeded: captured), in: &before)
    Self.set(Layout.original, UInt32(truncatingIfNeeded: original), in: &before)
    if captured == whole, notes == nil, tail.byteCount == 0 {
      // The common case: one append, the zero of the last option already in place.
      let last = hasOptions ? words &+ 1 : words
      after[last] = length.littleEndian
      return try unsafe sink.append(
        before.span.bytes, head, body,
        after.span.bytes.extracting((4 &- padding)..<(last &+ 1) &* 4))
    }
    try unsafe sink.append(before.span.bytes)
    if captured == whole {
      try sink.append(head)
      try sink.append(body)
      try sink.append(tail)
    } else {
      try trim(captured, head, body, tail)
    }
    try unsafe sink.append(after.span.bytes.extracting((4 &- padding)..<words &* 4))
    if hasOptions {
      if let notes { try sink.append(notes) }
      try sink.le32(0)
    }
    try sink.le32(length)
  }

  /// Comments as options; nil when none of them says anything.
  private static func notes(_ comments: [[UInt8]]) -> [UInt8]? {
    var notes: [UInt8] = []
    for comment in comments { PcapngBlockBytes.append(comment: comment, to: &notes) }
    return notes.isEmpty ? nil : notes
  }

  /// Writes a Decryption Secrets Block.
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    let padding = -bytes.byteCount & 3
    guard bytes.byteCount <= Int(Int32.max) else {
      throw TraceError(
        "pcapng", .badLength(field: "secrets length", value: UInt64(bytes.byteCount)))
    }
    let length = UInt32(Pcapng.Secrets.smallest + bytes.byteCount + padding)
    var head = PcapngBlockBytes(Pcapng.Block.secrets, fields: Pcapng.Secrets.data)
    head.set(Pcapng.Block.length, length)
    head.set(Pcapng.Secrets.type, type)
    head.set(Pcapng.Secrets.length, UInt32(bytes.byteCount))
    try sink.append(head.bytes)
    try sink.append(bytes)
    try sink.fill(0, padding)
    try sink.le32(length)
  }

  /// Writes an Interface Statistics Block for every interface; nothing may follow.
  public func finish() throws(TraceError) {
    for (index, counts) in unsafe statistics.enumerated() {
      typealias Layout = Pcapng.InterfaceStatistics
      var block = PcapngBlockBytes(Pcapng.Block.interfaceStatistics, fields: Layout.options)
      block.set(Layout.interface, UInt32(truncatingIfNeeded: index))
      block.set(Layout.timeHigh, UInt32(truncatingIfNeeded: counts.last >> 32))
      block.set(Layout.timeLow, UInt32(truncatingIfNeeded: counts.last))
      if counts.packets > 0 {
        block.time(Pcapng.Option.statisticsStart, counts.first)
        block.time(Pcapng.Option.statisticsEnd, counts.last)
      }
      block.number(Pcapng.Option.statisticsReceived, counts.packets &+ counts.dropped)
      block.number(Pcapng.Option.statisticsDropped, counts.dropped)
      try sink.append(block.closed())
    }
  }

  @inline(__always)
  private func count(_ packet: borrowing PcapngPacket, _ time: UInt64) {
    let index = Int(packet.interface)
    guard unsafe index < statistics.count else { return }
    unsafe statistics[index].add(packet.droppedBefore, time)
  }

  private func trim(
    _ count: Int, _ head: RawSpan, _ body: RawSpan, _ tail: RawSpan
  ) throws(TraceError) {
    var left = count
    try sink.append(head.extracting(first: min(left, head.byteCount)))
    left -= min(left, head.byteCount)
    try sink.append(body.extracting(first: min(left, body.byteCount)))
    left -= min(left, body.byteCount)
    try sink.append(tail.extracting(first: min(left, tail.byteCount)))
  }

  /// Puts a number into the head of a packet's block, whose fields are all of one size.
  @inline(__always)
  private static func set(
    _ field: Field<UInt32>, _ value: UInt32, in words: inout InlineArray<7, UInt32>
  ) {
    words[field.offset / 4] = value.littleEndian
  }

  private static func store(_ value: UInt64, in words: inout InlineArray<11, UInt32>, at index: Int)
  {
    words[index] = UInt32(truncatingIfNeeded: value).littleEndian
    words[index + 1] = UInt32(truncatingIfNeeded: value >> 32).littleEndian
  }
}
