public import TraceBytes
package import TraceFormats
public import TraceModel
public import TraceStreams

/// Writes records as a pcapng file: packets as they are, application data of a data trace as TCP or
/// UDP with headers made for it.
public final class PcapngSink: PlacedSink {
  /// What was written and what was not.
  public struct Counts: Sendable {
    /// Packets in the file, made-up handshakes and segments included.
    public var packets: UInt64 = 0
    /// Records of data traces that are in a conversation, repeated ones and those without data too.
    public var dataRecords: UInt64 = 0
    /// Packets of packet traces and captures; a packet trace without a link header gets one that is made up.
    public var captured: UInt64 = 0
    /// Confidential records: there is nothing to write of them.
    public var confidential: UInt64 = 0
    /// Receives that repeat a send of the same trace.
    public var repeated: UInt64 = 0
    /// Records of kinds that have no packet form, by `RecordKind.rawValue`.
    public var unwritten = [UInt64](repeating: 0, count: RecordKind.allCases.count)
    /// Conversations of application data that were written.
    public var conversations: UInt32 = 0
    /// Conversations of application data written with another client port, beside their packets.
    public var withStandInPort: UInt64 = 0
    /// Conversations whose application data began under the ports of packets that came later.
    public var parted: UInt64 = 0
  }

  /// What was written until now.
  public var counts: Counts { unsafe tally }
  // What each record needs is not checked for overlapping access at run time, which costs more than what is
  // done with it: each is used in expressions that call nothing back.
  @exclusivity(unchecked) var tally = Counts()
  /// Ports of clear-text conversations that Wireshark would take for TLS, and how many there were.
  public private(set) var misleadingPorts: [UInt16: Int] = [:]
  /// Is shown what is written, and finds out what the ports of servers speak.
  let listener: (any PortListener)?
  /// Ports of the servers in conversations of TLS records, and how many there were.
  public internal(set) var cipherPorts: [UInt16: Int] = [:]

  /// What is known about the conversation of a record besides its fields, for the first comment.
  public var remark: ((TraceRecord) -> String?)?

  /// Whether packets are to be expected that have not come yet; asked for connections that were there
  /// before the trace.
  public var hasPackets: (() -> Bool)?
  /// By number of a flow of packets: what one of them has to say about its application data.
  var toIntroduce: [UInt64: [UInt8]] = [:]
  /// Ends that were written with another port for the client.
  var standIns: Set<FlowKey> = []

  let writer: PcapngWriter
  let sink: ByteSink
  package let options: ConvertOptions
  /// Whether ports are written that are not the true ones.
  private let mapsPorts: Bool
  /// The open conversations of the tracker in front.
  package let flows: FlowTable
  /// By slot of the flow table.
  @exclusivity(unchecked) var conversations: ContiguousArray<WrittenFlow> = []

  private var started = false
  /// Comments that the input has on the packet that comes next.
  @exclusivity(unchecked) private var inputComments: [[UInt8]] = []
  /// Interface of the file by name of the record, and by number of a capture's interface.
  private var named: [InterfaceKey: UInt32] = [:]
  private var captures: [UInt32: UInt32] = [:]
  private var waiting: [UInt32: CaptureInterface] = [:]
  /// The interface that a capture's record was written to last, by its number there.
  @exclusivity(unchecked) private var lastCapture: (from: UInt32, id: UInt32)?
  private var lastName: (key: InterfaceKey, id: UInt32)?
  private var lostSinceLastPacket: UInt64 = 0

  struct InterfaceKey: Hashable {
    var name: RecordName
    var isDataTrace: Bool
    var isLog = false
  }

  /// - Parameters:
  ///   - flows: the table of the tracker in front.
  ///   - listener: what knows protocols, above this module.
  public init(
    _ sink: ByteSink, flows: FlowTable, options: ConvertOptions = ConvertOptions(),
    listener: (any PortListener)? = nil
  ) {
    self.sink = sink
    self.listener = listener
    self.flows = flows
    self.options = options
    mapsPorts = !options.portMap.isEmpty
    writer = PcapngWriter(sink)
  }

  // MARK: - Records

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    switch placed.record.kind {
    case .capture: try writeCaptured(&placed, payload)
    case .dataTrace:
      guard !placed.record.flags.contains(.headerUnknown) else { return leaveOut(placed.record) }
      try converse(&placed, payload)
    default:
      switch placed.record.linkType {
      case .raw, .ethernet: try writePacket(&placed, payload)
      default: leaveOut(placed.record)
      }
    }
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {
    guard notice.kind == .lost else { return }
    if case .lostRecords(let packets, let data) = notice.reason {
      // "Some" is at least one.
      let count = (packets ?? 0).adding(clamping: data ?? 0)
      lostSinceLastPacket = lostSinceLastPacket.adding(clamping: max(1, count))
    }
  }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    // Entries wrapped as packets come out as records of their own; an interface of link type 147 beside
    // theirs would keep libpcap from reading the file. It is written only if a packet needs it.
    var interface = interface
    if options.comments == .none { (interface.comments, interface.sectionComments) = ([], []) }
    if interface.linkType == .user0 {
      waiting[interface.id] = interface
      return
    }
    if started {
      // There is one section: what later ones are commented with goes to their interfaces.
      interface.comments = interface.sectionComments + interface.comments
    }
    try start(interface.sectionComments)
    captures[interface.id] = try writer.interface(interface)
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    if options.comments != .none { unsafe inputComments.append(text.copied()) }
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try start()
    try writer.secrets(type: type, bytes)
  }

  public func pause() throws(TraceError) { try sink.flush() }

  public func finish() throws(TraceError) {
    try start()
    try writer.finish()
  }

  /// Whether a record has a packet form; counts it as read or left out.
  package func takes(_ record: TraceRecord) -> Bool {
    let isData = record.kind == .dataTrace
    let hasForm =
      isData
      ? !record.flags.contains(.headerUnknown)
      : record.kind == .capture || record.linkType == .raw || record.linkType == .ethernet
    if !hasForm {
      leaveOut(record)
    } else if isData {
      unsafe tally.dataRecords += 1
    } else {
      unsafe tally.captured += 1
    }
    return hasForm
  }

  func leaveOut(_ record: TraceRecord) {
    unsafe tally.unwritten[Int(record.kind.rawValue)] += 1
  }

  private func writeCaptured(_ placed: inout PlacedRecord, _ payload: RawSpan)
    throws(TraceError)
  {
    let interface = placed.record.interface
    let id: UInt32
    if let last = unsafe lastCapture, last.from == interface {
      id = last.id
    } else {
      guard let known = try captureID(interface) else { return leaveOut(placed.record) }
      id = known
      unsafe lastCapture = (interface, id)
    }
    unsafe tally.captured += 1
    listener?.heard(&placed, payload)
    let packet = PcapngPacket(
      interface: id, time: placed.record.time, originalLength: placed.record.originalLength,
      direction: placed.record.direction, droppedBefore: placed.record.droppedBefore)
    var comments: [[UInt8]] = []
    if unsafe !inputComments.isEmpty {
      comments = unsafe inputComments
      unsafe inputComments = []
    }
    guard options.mixesInputs else { return try emit(packet, payload, comments: comments) }
    if options.comments != .none { comments += introduction(&placed) }
    try emit(packet, payload, comments: comments)
  }

  /// The interface of the file for one of a capture, nil when the capture has not described it.
  private func captureID(_ interface: UInt32) throws(TraceError) -> UInt32? {
    if let late = waiting.removeValue(forKey: interface) {
      try start()
      captures[late.id] = try writer.interface(late)
    }
    return captures[interface]
  }

  /// A packet of a packet trace, behind a made-up Ethernet header unless it is a frame already.
  private func writePacket(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    let record = placed.record
    var told: [[UInt8]] = []
    unsafe swap(&told, &inputComments)
    // A report that prints headers only tells of packets without one byte of them.
    guard payload.byteCount > 0 else { return leaveOut(record) }
    unsafe tally.captured += 1
    listener?.heard(&placed, payload)
    let id = try interfaceID(record)
    var packet = PcapngPacket(
      interface: id, time: record.time, originalLength: record.originalLength,
      direction: record.direction, packetID: record.number)
    var comments = told + introduction(&placed)
    if options.comments == .none { comments = [] }
    if options.comments != .none, Self.isUnusual(record) { comments += anomalies(record) }
    var headers = HeaderBlock()
    if record.linkType == .raw, options.framing == .ethernet {
      let type: UInt16 = payload.u8(0) >> 4 == 6 ? 0x86DD : 0x0800
      Self.putEthernet(record.direction, interface: id, type: type, into: &headers)
      packet.originalLength += headers.count
    } else if record.linkType == .ethernet, options.framing == .raw {
      return leaveOut(record)
    }
    try headers.withBytes { (head) throws(TraceError) in
      try emit(packet, head, payload, comments: comments)
    }
  }

  // MARK: - What all packets share

  package func emit(
    _ packet: consuming PcapngPacket, _ head: RawSpan, _ body: RawSpan = RawSpan(),
    comments: [[UInt8]] = []
  ) throws(TraceError) {
    if lostSinceLastPacket > 0 {
      packet.droppedBefore = packet.droppedBefore.adding(clamping: lostSinceLastPacket)
      lostSinceLastPacket = 0
    }
    unsafe tally.packets += 1
    try writer.packet(packet, head, body, comments: comments)
  }

  /// A locally administered address for each end: 02-00-00, interface, role (1 this host, 2 other).
  static func putEthernet(
    _ direction: Direction, interface: UInt32, type: UInt16, into headers: inout HeaderBlock
  ) {
    let here = UInt32(interface & 0xFFFF) << 8 | 1
    let there = UInt32(interface & 0xFFFF) << 8 | 2
    let out = direction == .outbound
    headers.put(UInt16(0x0200))
    headers.put(out ? there : here)
    headers.put(UInt16(0x0200))
    headers.put(out ? here : there)
    headers.put(type)
  }

  func start(_ inputComments: [String] = []) throws(TraceError) {
    guard !started else { return }
    started = true
    try writer.section(
      PcapngSection(
        system: "z/OS", application: options.application,
        comments: inputComments + options.sectionComments))
  }

  /// The interface of a record: one per job name (data trace) or interface name (packet trace).
  package func interfaceID(_ record: TraceRecord) throws(TraceError) -> UInt32 {
    if record.kind == .capture, let id = captures[record.interface] { return id }
    let key = InterfaceKey(
      name: record.name, isDataTrace: record.kind == .dataTrace,
      isLog: record.flags.contains(.cipherText))
    if let lastName, lastName.key == key { return lastName.id }
    if let id = named[key] {
      lastName = (key, id)
      return id
    }
    try start()
    // libpcap rejects a second interface of link type 101, so raw framing has one for all.
    if options.framing == .raw, let only = named.first?.value {
      named[key] = only
      return only
    }
    let name = record.name.text
    let made = options.style == .pdu ? "exported PDUs" : "headers are synthetic"
    let id = try writer.interface(
      CaptureInterface(
        id: 0, linkType: options.linkType,
        name: options.framing == .raw ? "z/OS trace" : name.isEmpty ? "(no name)" : name,
        text: key.isLog
          ? "AT-TLS log (EZD1285I), TLS records of job \(name); \(made)"
          : key.isDataTrace
            ? "z/OS data trace, application data of job \(name); \(made)"
            : "z/OS packet trace, interface \(name); \(options.style == .pdu ? "" : "Ethernet ")\(made)",
        system: "z/OS"))
    named[key] = id
    lastName = (key, id)
    return id
  }

  /// Whether a record has anything that a comment says.
  @inline(__always)
  static func isUnusual(_ record: TraceRecord) -> Bool {
    record.dropReason != 0 || record.gapBefore > 0
      || !record.flags.isDisjoint(
        with: [.reconstructed, .incomplete, .orphan, .cutShort, .notDumped])
  }

  /// What is unusual about a record, as comments of its packet.
  package func anomalies(_ record: TraceRecord) -> [[UInt8]] {
    var comments: [[UInt8]] = []
    if record.dropReason != 0 {
      comments.append(Array("discarded by the stack, reason \(record.dropReason)".utf8))
    }
    if record.flags.contains(.notDumped) {
      comments.append(
        Array(
          record.flags.contains(.reconstructed)
            ? "headers as a printed report tells them; it has no dump".utf8
            : "bytes left out of the report's dump".utf8))
    } else if record.flags.contains(.reconstructed) {
      comments.append(Array("payload reconstructed from a printed listing; not exact".utf8))
    }
    if record.flags.contains(.cipherText), record.gapBefore > 0 {
      comments.append(Array("the log leaves out \(record.gapBefore) bytes before this".utf8))
    } else if record.flags.contains(.incomplete) && !record.flags.contains(.notDumped)
      || record.gapBefore > 0
    {
      comments.append(Array("segments of this record are missing from the trace".utf8))
    }
    if record.flags.contains(.orphan) {
      comments.append(Array("continues a record whose first segment is not in the trace".utf8))
    }
    if record.flags.contains(.cutShort) {
      comments.append(Array("the trace file ends inside this record".utf8))
    }
    return comments
  }

  /// The port to write.
  @inline(__always)
  func written(_ port: UInt16) -> UInt16 { mapsPorts ? options.portMap.port(port) : port }

  package func noteRepeated(_ count: UInt64) { unsafe tally.repeated = count }

  func noteMisleading(_ port: UInt16) { misleadingPorts[port, default: 0] += 1 }
}
