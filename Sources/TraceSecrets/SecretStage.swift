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
  /// Whether secrets are masked, and whether names are mapped.
  public let masks: Bool
  /// Whether names in payload are mapped.
  public let mapsNames: Bool
  private let engine: SecretEngine
  private let places: SecretPlaces
  private let isWatching: Bool
  /// Looks at what passes on as it is.
  private let watch: SecretWatch
  private var groups: [FragmentKey: FragmentGroup] = [:]
  private var lastGroup: FragmentGroup?
  private var queue = HeldQueue()
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
  /// How many records are looked at, behind the first bytes, before only a sample of them is.
  public static var wellWatched: UInt64 { SecretWatch.wellWatched }

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
    isWatching = options.mode == .watch
    engine = SecretEngine(
      finder, masks: masks, decodedBeginning: isWatching ? SecretWatch.decodedBytes : nil)
    places = SecretPlaces(engine)
    watch = SecretWatch(
      places, options.page, heldBytes: options.heldBytes, shownBytes: options.shownBytes)
  }

  /// What was masked or seen.
  public var credentials: CredentialCounts {
    var counts = CredentialCounts()
    let isMasked = mode != .watch && masks
    counts.masked = isMasked ? engine.found : 0
    counts.maskedBytes = isMasked ? maskedBytes : 0
    counts.seen = watch.hasSeen || isKeptShown
    return counts
  }

  /// Whether nothing was noticed, and not all records were looked at.
  public var isWatchPartial: Bool { watch.isPartial }

  /// What was not searched, by protocol and coding.
  public var unsearched: [UnsearchedBytes] { engine.unsearched }

  /// How many names are known as words, when more were told; else nil.
  public var namesAtMost: UInt64? {
    engine.pseudonyms.flatMap { $0.isFull ? UInt64($0.mostLearned) : nil }
  }

  // MARK: - Records

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard isWatching else { return try hold(event(.record, &placed, payload)) }
    try downstream.record(&placed, payload)
    watch.look(&placed, payload, isShown: !placed.isLeftOut)
  }

  public func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    if isWatching {
      try downstream.whole(&placed, packet)
      return watch.look(&placed, packet, isShown: !placed.isLeftOut)
    }
    var event = event(.whole, &placed, packet)
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
    _ kind: HeldEvent.Kind, _ placed: inout PlacedRecord, _ payload: RawSpan
  ) -> HeldEvent {
    engine.pseudonyms?.learn(placed.record.name)
    var event = HeldEvent(kind: kind, placed: placed)
    event.bytes = payload.copied()
    event.data = placed.data(in: payload)
    if case .fragment = placed.packet.status, case .record = kind {
      event.group = group(placed.packet)
      event.data = SecretPlaces.fragment(&placed, in: payload)
      lastGroup = event.group
    } else {
      event.place = places.place(&placed, payload.extracting(event.data))
    }
    if let rest = SecretPlaces.rest(&placed, event.data, in: payload) {
      let found = engine.findAlone(payload.extracting(rest), isNewFlow: false)
      event.rest = (found.marks, rest.lowerBound)
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

  // MARK: - Waiting

  private func hold(_ event: consuming HeldEvent) throws(TraceError) {
    queue.append(event)
    try release()
    while queue.bytes > limit, !queue.isEmpty {
      passedEarly &+= 1
      try giveUndecided(moreComes: true)
      try release()
    }
  }

  private func release() throws(TraceError) {
    while queue.isFirstDecided { try give() }
  }

  /// Lets the first go though it is not decided.
  /// - Parameter moreComes: whether its rest may come, so that it was not searched to its end.
  private func giveUndecided(moreComes: Bool) throws(TraceError) {
    queue.decideFirst(moreComes: moreComes)
    try give()
  }

  /// Lets the first of the queue go.
  private func give() throws(TraceError) {
    guard var event = queue.takeFirst() else { return }
    switch event.kind {
    case .notice(let notice): return try downstream.notice(notice)
    case .interface(let interface): return try downstream.interface(interface)
    case .comment(let text): return try unsafe downstream.comment(text.span.bytes)
    case .record, .whole: break
    }
    isKept = false
    mask(&event)
    event.place.release(event.data.count)
    if mode == .strict, isBlind(event) { try leaveOut(&event) }
    let bytes = event.bytes
    if case .whole = event.kind {
      try unsafe downstream.whole(&event.placed, bytes.span.bytes)
    } else {
      try unsafe downstream.record(&event.placed, bytes.span.bytes)
    }
    if isKept, !event.placed.isLeftOut { isKeptShown = true }
  }

  private func mask(_ event: inout HeldEvent) {
    if let rest = event.rest {
      count(rest.marks.apply(to: &event.bytes, rest.at..<event.bytes.count, at: FlowSecrets.origin))
    }
    if let group = event.group { return maskFragment(&event, group) }
    let isPacket = event.placed.isPacket
    let old = isPacket ? Array(event.bytes[event.data]) : []
    let changed = event.place.apply(to: &event.bytes, event.data)
    if changed.kept > 0 { isKept = true }
    guard changed.all > 0 else { return }
    // A packet put together from fragments was counted with them.
    if case .record = event.kind { count(changed) }
    if isPacket {
      unsafe ChecksumRepair.repair(
        &event.bytes, event.placed.packet, event.data, old: old.span.bytes)
    }
  }

  private func maskFragment(_ event: inout HeldEvent, _ group: FragmentGroup) {
    guard group.isWhole else {
      let bytes = Array(event.bytes[event.data])
      let found = unsafe engine.findAlone(bytes.span.bytes)
      count(found.marks.apply(to: &event.bytes, event.data, at: FlowSecrets.origin))
      // What a secret begins with, or its rest, may be in another one.
      if !found.isBlind {
        engine.countUnsearched(
          "fragments of packets that are not whole", bytes: bytes.count,
          isNewFlow: !group.isCounted)
        group.isCounted = true
      }
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
    if let flow = places.close(slot, how) {
      watch.release()
      try release()
      while flow.held > 0, !queue.isEmpty {
        // Records of other conversations stand in front of those that have to go.
        try giveUndecided(moreComes: how != .traceEnd)
        try release()
      }
    }
    try downstream.closed(slot, how)
  }

  private func beside(_ kind: HeldEvent.Kind) throws(TraceError) {
    try hold(HeldEvent(kind: kind, placed: PlacedRecord(TraceRecord())))
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {
    if queue.isEmpty { return try downstream.notice(notice) }
    try beside(.notice(notice))
  }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if isWatching {
      for text in [interface.name, interface.text, interface.filter, interface.system]
        + interface.comments + interface.sectionComments
      {
        let bytes = Array(text.utf8)
        watch.look(unsafe bytes.span.bytes)
      }
      return try downstream.interface(interface)
    }
    var clean = interface
    guard masks else {
      if queue.isEmpty { return try downstream.interface(clean) }
      return try beside(.interface(clean))
    }
    clean.name = text(interface.name)
    clean.text = text(interface.text)
    clean.filter = text(interface.filter)
    clean.system = text(interface.system)
    clean.comments = interface.comments.map(text)
    clean.sectionComments = interface.sectionComments.map(text)
    if queue.isEmpty { return try downstream.interface(clean) }
    try beside(.interface(clean))
  }

  private func text(_ text: String) -> String {
    String(decoding: engine.masked(Array(text.utf8)), as: UTF8.self)
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    if isWatching {
      watch.look(text)
      return try downstream.comment(text)
    }
    let masked = masks ? engine.masked(text.copied()) : text.copied()
    if queue.isEmpty { return try unsafe downstream.comment(masked.span.bytes) }
    try beside(.comment(masked))
  }

  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    guard !isWatching else { return try downstream.secrets(type: type, bytes) }
    secretsLeftOut &+= 1
  }

  public func finish() throws(TraceError) {
    watch.finish()
    while !queue.isEmpty { try giveUndecided(moreComes: false) }
    try downstream.finish()
  }
}
