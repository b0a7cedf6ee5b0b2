public import TraceBytes
public import TraceModel
internal import TraceProtocols

/// The stage that masks secrets: it stands behind the flow table and in front of everything else.
///
/// It looks at whole messages, however records, segments, fragments and retransmissions cut them. Records wait
/// until it is known what of them is secret, and go on in the order in which they came. Lengths stay, and
/// checksums are moved with the change.
public final class SecretStage: PlacedStage {
  /// What is done about secrets.
  public enum Mode: Sendable {
    /// They are replaced by asterisks.
    case redact
    /// The same, and payloads that cannot be searched are left out.
    case strict
    /// Nothing is changed; the first one is noticed.
    case watch
  }

  /// What the stage does, and how much it may keep.
  public struct Options {
    /// What is done about secrets.
    public var mode: Mode
    /// The EBCDIC code page that is searched.
    public var page: CodePage
    /// What a site calls secret beside the names that are known.
    public var words: SecretWords
    /// Bytes that wait, with what keeping them costs.
    public var heldBytes = 32 << 20
    /// Whether secrets are masked; without, they are only counted, and names are mapped.
    public var masks = true
    /// Maps names in payload; absent when they stay.
    public var pseudonyms: Pseudonyms?

    /// Masks, keeps up to 32 MiB, maps no names.
    public init(_ mode: Mode, page: CodePage = .ibm1047, words: SecretWords = SecretWords()) {
      self.mode = mode
      self.page = page
      self.words = words
    }
  }

  /// Gets every record in the order in which it came, with its secrets masked.
  public let downstream: any PlacedSink
  private let mode: Mode
  private let limit: Int
  /// Whether secrets are masked, and whether names are mapped.
  public let masks: Bool
  /// Whether names in payload are mapped.
  public let mapsNames: Bool
  /// Finds what a closer look is worth, after many that found nothing.
  private var quick: CredentialSearch
  private let engine: SecretEngine
  private var flows = PerFlow<FlowState>()
  private var groups: [FragmentKey: FragmentGroup] = [:]
  private var lastGroup: FragmentGroup?

  private var queue: [HeldEvent] = []
  private var first = 0
  private var heldBytes = 0

  private var maskedBytes: UInt64 = 0
  /// Payloads that were left out because they cannot be searched.
  public private(set) var leftOut: UInt64 = 0
  /// Blocks of decryption secrets that were left out.
  public private(set) var secretsLeftOut: UInt64 = 0
  /// Records that went on before all of their message was there, to bound memory.
  public private(set) var passedEarly: UInt64 = 0
  // Every record that is only watched comes to these: they are used in expressions that call nothing back.
  @exclusivity(unchecked) private var watched: UInt64 = 0
  @exclusivity(unchecked) private var looks: UInt64 = 0
  /// Whether any conversation is followed.
  @exclusivity(unchecked) private var follows = false
  /// Whether something was found, after which nothing is looked at any more.
  @exclusivity(unchecked) private var hasSeen = false

  /// - Parameters:
  ///   - downstream: gets the records that are decided.
  ///   - options: fixed for the run.
  public init(to downstream: any PlacedSink, _ options: Options) {
    self.downstream = downstream
    mode = options.mode
    limit = options.heldBytes
    masks = options.masks
    mapsNames = options.pseudonyms != nil
    var finder = SecretFinder(options.page, options.words)
    finder.pseudonyms = options.pseudonyms
    finder.masks = options.masks
    engine = SecretEngine(finder, masks: options.masks)
    quick = CredentialSearch(ebcdic: options.page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 })
  }

  /// What was masked or seen.
  public var credentials: CredentialCounts {
    var counts = CredentialCounts()
    let isMasked = mode != .watch && masks
    counts.masked = isMasked ? engine.found : 0
    counts.maskedBytes = isMasked ? maskedBytes : 0
    counts.seen = !isMasked && engine.found > 0
    return counts
  }

  /// Whether nothing was noticed, and not all records were looked at.
  public var isWatchPartial: Bool {
    unsafe mode == .watch && engine.found == 0 && watched > Self.wellWatched
  }

  /// What was not searched, by protocol and coding.
  public var unsearched: [UnsearchedBytes] { engine.unsearched }

  // MARK: - Records

  public func record(_ placed: borrowing PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if mode == .watch {
      watch(placed, payload)
      return try downstream.record(placed, payload)
    }
    try hold(event(.record, copy placed, payload))
  }

  public func whole(_ placed: PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    if mode == .watch {
      watch(placed, packet)
      return try downstream.whole(placed, packet)
    }
    var event = event(.whole, placed, packet)
    event.bytes = packet.copied()
    if let group = lastGroup {
      group.bytes = event.bytes
      group.view = placed.packet
      group.data = event.data
      group.place = event.place
      group.isWhole = true
      lastGroup = nil
    }
    try hold(event)
  }

  private func event(
    _ kind: HeldEvent.Kind, _ placed: PlacedRecord, _ payload: RawSpan
  ) -> HeldEvent {
    engine.pseudonyms?.learn(placed.record.name)
    var event = HeldEvent(kind: kind, placed: placed)
    event.bytes = payload.copied()
    event.data = placed.data(in: payload)
    if case .fragment = placed.packet.status, case .record = kind {
      event.group = group(placed.packet)
      let low = min(placed.packet.fragmentStart, payload.byteCount)
      event.data = low..<max(low, min(placed.packet.networkEnd, payload.byteCount))
      lastGroup = event.group
    } else {
      event.place = place(placed, payload.extracting(event.data))
    }
    let end = placed.packet.networkEnd
    if placed.packet.hasNetwork, end > 0, end < payload.byteCount, event.data.upperBound <= end {
      // What stands behind the packet in its frame.
      let found = engine.findAlone(payload.extracting(end..<payload.byteCount), isNewFlow: false)
      event.rest = (found.marks, end)
    }
    return event
  }

  private func group(_ packet: PacketView) -> FragmentGroup {
    let key = FragmentKey(packet)
    if let known = groups[key], !known.isWhole, !known.isOver { return known }
    if groups.count > 4096 {
      for group in groups.values { group.isOver = true }
      groups = [:]
    }
    let new = FragmentGroup()
    groups[key] = new
    return new
  }

  /// Gives the bytes to their stream, and tells their place in it.
  private func place(_ placed: borrowing PlacedRecord, _ data: RawSpan) -> SecretPlace {
    var place = SecretPlace()
    let slot = Int(placed.flow.slot)
    place.side = placed.side
    guard slot >= 0, placed.ipProtocol == IPProtocol.tcp.rawValue else {
      guard data.byteCount > 0 else { return place }
      let ports = [placed.source.port, placed.destination.port]
      // Names of DNS are mapped by label, with the addresses.
      let isDNS = placed.isPacket && !PacketMapper.namePorts.isDisjoint(with: ports)
      let found = engine.findAlone(
        data, isNewFlow: placed.flow.isNew || slot < 0, names: !isDNS)
      place.own = found.marks
      place.isBlind = found.isBlind
      return place
    }
    let flow: FlowState
    if let known = flows[slot] {
      flow = known
    } else {
      flow = FlowState(engine)
      flows[slot] = flow
    }
    place.flow = flow
    let time = placed.record.time
    if placed.isPacket {
      guard placed.packet.hasTransport else { return place }
      place.start = flow.segment(placed.side, placed.packet, data, time: time)
      return place
    }
    place.isCopy = placed.flow.isRepeated
    if place.isCopy, flow.copy == nil { flow.copy = FlowSecrets(engine) }
    guard let secrets = place.secrets else { return place }
    if placed.record.gapBefore > 0 { secrets.gap(placed.side, placed.record.gapBefore) }
    place.start = secrets.end(placed.side)
    secrets.data(placed.side, data, time: time)
    let missing = placed.record.originalLength - data.byteCount
    if missing > 0 { secrets.gap(placed.side, missing) }
    return place
  }

  // MARK: - Watching

  /// How many records are all looked at; of those after them one in sixty-four is, because the look costs more
  /// than writing the record, and a trace that holds secrets holds many.
  public static let wellWatched: UInt64 = 10_000
  /// Closer looks that may find nothing; after them a quick search has to find something first, which allocates
  /// nothing.
  private static let mostLooks: UInt64 = 100
  /// Bytes of a record that are looked at.
  private static let watchedBytes = 1024

  /// Follows conversations of binary protocols, and looks at the beginning of every other record that a quick
  /// look finds something in.
  @inline(__always)
  private func watch(_ placed: borrowing PlacedRecord, _ payload: RawSpan) {
    if unsafe hasSeen { return }
    unsafe watched &+= 1
    let isLooked = unsafe watched <= Self.wellWatched || watched & 63 == 0
    guard unsafe isLooked || follows else { return }
    look(placed, payload, isLooked)
  }

  private func look(_ placed: borrowing PlacedRecord, _ payload: RawSpan, _ isLooked: Bool) {
    defer { unsafe hasSeen = engine.found > 0 }
    let data = payload.extracting(placed.data(in: payload))
    guard data.byteCount > 0 else { return }
    let slot = Int(placed.flow.slot)
    if unsafe follows, flows[slot] != nil {
      _ = place(placed, data)
      return
    }
    guard isLooked else { return }
    if placed.record.number &- placed.flow.firstRecord < 8, slot >= 0, FlowSecrets.isFollowed(data)
    {
      unsafe follows = true
      _ = place(placed, data)
      return
    }
    let beginning = data.extracting(first: Self.watchedBytes)
    guard CredentialSearch.isWorthwhile(beginning) else { return }
    if unsafe looks >= Self.mostLooks,
      !quick.sees(beginning, CredentialSearch.Speaker())
    {
      return
    }
    unsafe looks &+= 1
    _ = engine.findAlone(beginning)
  }

  // MARK: - Waiting

  private func hold(_ event: HeldEvent) throws(TraceError) {
    event.place.flow?.held += 1
    heldBytes += event.cost
    queue.append(event)
    try release()
    while heldBytes > limit, first < queue.count {
      passedEarly &+= 1
      force(queue[first])
      try give()
      try release()
    }
  }

  private func isDecided(_ event: HeldEvent) -> Bool {
    if let group = event.group { return group.isDecided }
    return event.place.isDecided(event.data.count)
  }

  private func force(_ event: HeldEvent) {
    event.place.flow?.decideUnfinished()
    if let group = event.group {
      if group.isWhole { group.place.flow?.decideUnfinished() } else { group.isOver = true }
    }
  }

  private func release() throws(TraceError) {
    while first < queue.count, isDecided(queue[first]) { try give() }
  }

  /// Lets the first of the queue go.
  private func give() throws(TraceError) {
    var event = queue[first]
    queue[first] = HeldEvent(kind: .record, placed: PlacedRecord(TraceRecord()))
    first += 1
    if first == queue.count || first > 4096 {
      queue.removeFirst(first)
      first = 0
    }
    heldBytes -= event.cost
    event.place.flow?.held -= 1
    switch event.kind {
    case .notice(let notice): return try downstream.notice(notice)
    case .interface(let interface): return try downstream.interface(interface)
    case .comment(let text): return try unsafe downstream.comment(text.span.bytes)
    case .record, .whole: break
    }
    mask(&event)
    event.place.release(event.data.count)
    if mode == .strict, isBlind(event) { try leaveOut(&event) }
    if case .whole = event.kind {
      try unsafe downstream.whole(event.placed, event.bytes.span.bytes)
    } else {
      try unsafe downstream.record(event.placed, event.bytes.span.bytes)
    }
  }

  private func mask(_ event: inout HeldEvent) {
    if let rest = event.rest {
      count(rest.marks.apply(to: &event.bytes, rest.at..<event.bytes.count, at: FlowSecrets.origin))
    }
    if let group = event.group { return maskFragment(&event, group) }
    let old = Array(event.bytes[event.data])
    let changed = event.place.apply(to: &event.bytes, event.data)
    guard changed.all > 0 else { return }
    // A packet put together from fragments was counted with them.
    if case .record = event.kind { count(changed) }
    if event.placed.isPacket {
      unsafe ChecksumRepair.repair(
        &event.bytes, event.placed.packet, event.data, old: old.span.bytes)
    }
  }

  private func maskFragment(_ event: inout HeldEvent, _ group: FragmentGroup) {
    guard group.isWhole else {
      let bytes = Array(event.bytes[event.data])
      let found = unsafe engine.findAlone(bytes.span.bytes)
      count(found.marks.apply(to: &event.bytes, event.data, at: FlowSecrets.origin))
      return
    }
    let packet = event.placed.packet
    let before = group.data.lowerBound - group.view.transportOffset
    // The headers of the whole packet are no payload.
    let skipped = max(0, min(before - packet.fragmentOffset, event.data.count))
    let range = event.data.lowerBound + skipped..<event.data.upperBound
    count(
      group.place.apply(
        to: &event.bytes, range, offset: packet.fragmentOffset + skipped - before))
    guard let checksum = group.checksum() else { return }
    for (index, byte) in checksum.bytes.enumerated() {
      let at = checksum.place + index - packet.fragmentOffset
      if at >= 0, at < event.data.count { event.bytes[event.data.lowerBound + at] = byte }
    }
  }

  private func count(_ changed: MaskedBytes) { maskedBytes &+= UInt64(changed.secret) }

  // MARK: - What cannot be searched

  private func isBlind(_ event: HeldEvent) -> Bool {
    if let group = event.group {
      return group.isWhole ? group.place.isUnsearched(group.data.count) : true
    }
    return event.place.isUnsearched(event.data.count)
  }

  /// Cuts the payload off; its length stays, and so does its place in the stream.
  private func leaveOut(_ event: inout HeldEvent) throws(TraceError) {
    guard !event.data.isEmpty else { return }
    if case .record = event.kind { leftOut &+= 1 }
    let low = event.data.lowerBound
    let original = max(event.placed.record.originalLength, event.bytes.count)
    event.bytes.removeLast(event.bytes.count - low)
    event.placed.record.originalLength = original
    event.placed.record.tracedLength = event.bytes.count
    if event.placed.isPacket {
      event.placed.packet = unsafe PacketView.decode(
        event.bytes.span.bytes, linkType: event.placed.record.linkType, originalLength: original)
    }
    if case .record = event.kind {
      event.placed.record.flags.insert(.commented)
      let text = Array("payload left out: it cannot be searched for secrets".utf8)
      try unsafe downstream.comment(text.span.bytes)
    }
  }

  // MARK: - Beside records

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    if let flow = flows.close(slot) {
      flow.decideUnfinished()
      try release()
      while flow.held > 0, first < queue.count {
        force(queue[first])
        try give()
      }
    }
    try downstream.closed(slot, how)
  }

  private func beside(_ kind: HeldEvent.Kind) throws(TraceError) {
    try hold(HeldEvent(kind: kind, placed: PlacedRecord(TraceRecord())))
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {
    if first == queue.count { return try downstream.notice(notice) }
    try beside(.notice(notice))
  }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    guard mode != .watch else { return try downstream.interface(interface) }
    var clean = interface
    guard masks else {
      if first == queue.count { return try downstream.interface(clean) }
      return try beside(.interface(clean))
    }
    clean.name = text(interface.name)
    clean.text = text(interface.text)
    clean.filter = text(interface.filter)
    clean.system = text(interface.system)
    clean.comments = interface.comments.map(text)
    clean.sectionComments = interface.sectionComments.map(text)
    if first == queue.count { return try downstream.interface(clean) }
    try beside(.interface(clean))
  }

  private func text(_ text: String) -> String {
    String(decoding: engine.masked(Array(text.utf8)), as: UTF8.self)
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    guard mode != .watch else { return try downstream.comment(text) }
    let masked = masks ? engine.masked(text.copied()) : text.copied()
    if first == queue.count { return try unsafe downstream.comment(masked.span.bytes) }
    try beside(.comment(masked))
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    guard mode != .watch else { return try downstream.secrets(type: type, bytes) }
    secretsLeftOut &+= 1
  }

  public func finish() throws(TraceError) {
    while first < queue.count {
      force(queue[first])
      try give()
    }
    try downstream.finish()
  }
}
