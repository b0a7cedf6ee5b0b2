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
    /// Nothing is changed; the first one that passes on is noticed.
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
    /// Bytes of a record that are shown, when nothing is changed.
    public var shownBytes = Int.max
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
  /// What is done about secrets.
  public let mode: Mode
  private let limit: Int
  private let shownBytes: Int
  /// Whether secrets are masked, and whether names are mapped.
  public let masks: Bool
  /// Whether names in payload are mapped.
  public let mapsNames: Bool
  private let engine: SecretEngine
  private var flows = PerFlow<FlowState>()
  private var groups: [FragmentKey: FragmentGroup] = [:]
  private var lastGroup: FragmentGroup?

  private var queue: [HeldEvent] = []
  private var first = 0
  private var heldBytes = 0

  private var isLastShown = true
  /// Whether secrets stay (names are mapped only) in the record under way, and whether any passed on.
  private var isKept = false
  private var isKeptShown = false
  private var maskedBytes: UInt64 = 0
  /// Payloads that were left out because they cannot be searched.
  public private(set) var leftOut: UInt64 = 0
  /// Blocks of decryption secrets that were left out.
  public private(set) var secretsLeftOut: UInt64 = 0
  /// Records that went on before all of their message was there, to bound memory.
  public private(set) var passedEarly: UInt64 = 0
  /// Waits for what is known of records that went on as they are.
  private let watched: WatchedRecords
  /// Finds what a closer look is worth; it allocates nothing.
  private var quick: CredentialSearch
  // Every record that is only watched comes to these: they are used in expressions that call nothing back.
  @exclusivity(unchecked) private var watchedBytes = 0
  @exclusivity(unchecked) private var sampled: UInt64 = 0
  /// Whether any conversation is followed behind the bytes that are searched as a whole.
  @exclusivity(unchecked) private var follows = false
  /// Whether something was seen, after which nothing is looked at any more.
  @exclusivity(unchecked) private var hasSeen = false
  /// How many records a filter has let through; nil when all of them pass.
  public var passed: (() -> UInt64)?

  /// - Parameters:
  ///   - downstream: gets the records that are decided.
  ///   - options: fixed for the run.
  public init(to downstream: any PlacedSink, _ options: Options) {
    self.downstream = downstream
    mode = options.mode
    limit = options.heldBytes
    masks = options.masks || options.mode == .watch
    mapsNames = options.pseudonyms != nil
    var finder = SecretFinder(options.page, options.words)
    finder.pseudonyms = options.pseudonyms
    finder.masks = masks
    engine = SecretEngine(finder, masks: masks)
    watched = WatchedRecords(limit: options.heldBytes, shown: options.shownBytes)
    shownBytes = options.shownBytes
    quick = CredentialSearch(ebcdic: options.page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 })
  }

  /// What was masked or seen.
  public var credentials: CredentialCounts {
    var counts = CredentialCounts()
    let isMasked = mode != .watch && masks
    counts.masked = isMasked ? engine.found : 0
    counts.maskedBytes = isMasked ? maskedBytes : 0
    counts.seen = watched.hasSeen || isKeptShown
    return counts
  }

  /// Whether nothing was noticed, and not all records were looked at.
  public var isWatchPartial: Bool {
    unsafe mode == .watch && !hasSeen && sampled > Self.wellWatched
  }

  /// What was not searched, by protocol and coding.
  public var unsearched: [UnsearchedBytes] { engine.unsearched }

  // MARK: - Records

  public func record(_ placed: borrowing PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    if mode == .watch {
      return try watch(placed, payload)
    }
    try hold(event(.record, copy placed, payload))
  }

  public func whole(_ placed: PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    if mode == .watch {
      look(placed, packet, isShown: isLastShown)
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

  /// Lets a record go on, and notes what of it is secret, as soon as that is known.
  private func watch(
    _ placed: borrowing PlacedRecord, _ payload: RawSpan
  ) throws(TraceError) {
    if unsafe hasSeen { return try downstream.record(placed, payload) }
    let before = passed?() ?? 0
    try downstream.record(placed, payload)
    isLastShown = passed.map { $0() != before } ?? true
    look(placed, payload, isShown: isLastShown)
  }

  /// Bytes of payload that are all searched as --redact does, which costs many times what writing does. Behind
  /// them conversations of binary protocols still are.
  private static let searchedBytes = 1 << 18
  /// Records behind those of which the beginnings are all looked at; of the rest one in sixty-four is, because a
  /// trace that holds secrets holds many.
  public static let wellWatched: UInt64 = 10_000
  /// Bytes of such a record that are looked at.
  private static let sampledBytes = 1024

  @inline(__always)
  private func look(_ placed: borrowing PlacedRecord, _ payload: RawSpan, isShown: Bool) {
    if unsafe hasSeen { return }
    if unsafe watchedBytes > Self.searchedBytes { return sample(placed, payload, isShown: isShown) }
    unsafe watchedBytes += payload.byteCount
    search(placed, payload, isShown: isShown)
    guard unsafe watchedBytes > Self.searchedBytes else { return }
    // Of what is not followed any more nothing comes that could decide it.
    watched.finish()
    unsafe hasSeen = watched.hasSeen
  }

  @inline(__always)
  private func sample(_ placed: borrowing PlacedRecord, _ payload: RawSpan, isShown: Bool) {
    unsafe sampled &+= 1
    let isLooked = unsafe sampled <= Self.wellWatched || sampled & 63 == 0
    let isNear = placed.record.number &- placed.flow.firstRecord < 8
    guard unsafe isLooked || isNear || follows else { return }
    sample(placed, payload, isLooked: isLooked && isShown, isShown: isShown)
  }

  private func sample(
    _ placed: borrowing PlacedRecord, _ payload: RawSpan, isLooked: Bool, isShown: Bool
  ) {
    let data = payload.extracting(placed.data(in: payload))
    guard data.byteCount > 0 else { return }
    let slot = Int(placed.flow.slot)
    if slot >= 0, let known = flows[slot], known.isFollowing {
      return search(placed, payload, isShown: isShown)
    }
    if slot >= 0, placed.record.number &- placed.flow.firstRecord < 8, flows[slot] == nil,
      FlowSecrets.isFollowed(data)
    {
      return search(placed, payload, isShown: isShown)
    }
    guard isLooked else { return }
    let beginning = data.extracting(
      first: min(data.byteCount, Self.sampledBytes, shownBytes))
    guard CredentialSearch.isWorthwhile(beginning),
      quick.sees(beginning, CredentialSearch.Speaker())
    else { return }
    look(beginning)
  }

  private func search(_ placed: borrowing PlacedRecord, _ payload: RawSpan, isShown: Bool) {
    var place = SecretPlace()
    var data = placed.data(in: payload)
    if case .fragment = placed.packet.status {
      // The packet that they make up is looked at by itself.
      let low = min(placed.packet.fragmentStart, payload.byteCount)
      data = low..<max(low, min(placed.packet.networkEnd, payload.byteCount))
      place.own = engine.findAlone(payload.extracting(data), isNewFlow: false).marks
    } else {
      place = self.place(placed, payload.extracting(data))
      if place.flow?.isFollowing == true { unsafe follows = true }
    }
    watched.add(place, data.count, isShown: isShown)
    let end = placed.packet.networkEnd
    if placed.packet.hasNetwork, end > 0, end < payload.byteCount, data.upperBound <= end {
      let rest = payload.extracting(end..<payload.byteCount)
      var place = SecretPlace()
      place.own = engine.findAlone(rest, isNewFlow: false).marks
      watched.add(place, rest.byteCount, isShown: isShown)
    }
    unsafe hasSeen = watched.hasSeen
  }

  /// Looks at a text that goes on as it is.
  private func look(_ text: RawSpan) {
    if unsafe hasSeen { return }
    var place = SecretPlace()
    place.own = engine.findAlone(text, isNewFlow: false).marks
    watched.add(place, text.byteCount, isShown: true)
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
    isKept = false
    mask(&event)
    let before = passed?() ?? 0
    defer { if isKept, passed.map({ $0() != before }) ?? true { isKeptShown = true } }
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
    if changed.kept > 0 { isKept = true }
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

  private func count(_ changed: MaskedBytes) {
    maskedBytes &+= UInt64(changed.secret)
    if changed.kept > 0 { isKept = true }
  }

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
      watched.release()
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
    guard mode != .watch else {
      for text in [interface.name, interface.text, interface.filter, interface.system]
        + interface.comments + interface.sectionComments
      {
        let bytes = Array(text.utf8)
        look(unsafe bytes.span.bytes)
      }
      return try downstream.interface(interface)
    }
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
    guard mode != .watch else {
      look(text)
      return try downstream.comment(text)
    }
    let masked = masks ? engine.masked(text.copied()) : text.copied()
    if first == queue.count { return try unsafe downstream.comment(masked.span.bytes) }
    try beside(.comment(masked))
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    guard mode != .watch else { return try downstream.secrets(type: type, bytes) }
    secretsLeftOut &+= 1
  }

  public func finish() throws(TraceError) {
    watched.finish()
    while first < queue.count {
      force(queue[first])
      try give()
    }
    try downstream.finish()
  }
}
