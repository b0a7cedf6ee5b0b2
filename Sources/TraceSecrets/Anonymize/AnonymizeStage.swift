public import TraceBytes
public import TraceModel

/// The stage that maps addresses, link addresses, names of jobs and interfaces, and texts of a capture; behind
/// the filter, which knows the true ones, and in front of a tracker of its own, so that everything behind it
/// sees a trace that never had others.
///
/// Checksums are moved with the change. Names inside of payload are mapped by ``SecretStage``, which looks
/// through whole messages.
public final class AnonymizeStage: PlacedSink {
  private let downstream: any TraceSink
  private let pseudonyms: Pseudonyms
  /// Frames of which nothing is known, which go on as they are.
  public private(set) var unknownFrames: UInt64 = 0
  /// Where the record under way stands for those who know the true ends.
  public private(set) var place = Placement.none
  /// Where the tracker behind has placed the record under way.
  public var mappedPlace: (() -> Placement)?
  /// Tells that tracker that the rest of a conversation is left out.
  public var end: ((Placement) throws(TraceError) -> Void)?
  /// Where open conversations stand in the tracker behind, by their slot in the one in front.
  private var mapped = PerFlow<Placement>()

  /// - Parameter pseudonyms: the mapping, shared with everything else that shows addresses and names.
  public init(to downstream: any TraceSink, _ pseudonyms: Pseudonyms) {
    self.downstream = downstream
    self.pseudonyms = pseudonyms
  }

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    var record = placed.record
    place = placed.flow
    record.name = pseudonyms.map(record.name)
    if !record.flags.contains(.headerUnknown) {
      record.source = pseudonyms.map(record.source)
      record.destination = pseudonyms.map(record.destination)
    }
    defer { notePlace() }
    guard !record.isApplicationData else { return try downstream.record(record, payload) }
    var packet = payload.copied()
    if !record.flags.contains(.orphan), record.kind != .lost, !packet.isEmpty {
      var mapper = PacketMapper(pseudonyms)
      mapper.map(&packet, record.linkType)
      if mapper.isUnknown { unknownFrames &+= 1 }
    }
    try unsafe downstream.record(record, packet.span.bytes)
  }

  /// What the filter knows of the end of a conversation, the tracker behind it does not.
  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    guard let mapped = mapped.close(slot), how == .filtered else { return }
    try end?(mapped)
  }

  private func notePlace() {
    guard place.isKnown, let behind = mappedPlace?(), behind.isKnown else { return }
    mapped[Int(place.slot)] = behind
  }

  public func comment(_ text: RawSpan) throws(TraceError) {
    let mapped = mapped(text.copied())
    try unsafe downstream.comment(mapped.span.bytes)
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    var new = interface
    let name = Array(interface.name.utf8)
    pseudonyms.learn(name)
    new.name = String(decoding: pseudonyms.map(name: name), as: UTF8.self)
    new.text = String(decoding: mapped(Array(interface.text.utf8)), as: UTF8.self)
    new.filter = String(decoding: mapped(Array(interface.filter.utf8)), as: UTF8.self)
    new.system = String(decoding: mapped(Array(interface.system.utf8)), as: UTF8.self)
    new.comments = interface.comments.map {
      String(decoding: mapped(Array($0.utf8)), as: UTF8.self)
    }
    // Comments on a section name files and hosts.
    new.sectionComments = []
    try downstream.interface(new)
  }

  /// None comes: the stage in front of the filter leaves them out.
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {}

  public func pause() throws(TraceError) { try downstream.pause() }
  public func finish() throws(TraceError) { try downstream.finish() }

  private func mapped(_ text: [UInt8]) -> [UInt8] {
    var finder = NameFinder(text, pseudonyms)
    finder.search()
    var copy = text
    for (range, bytes) in finder.found { copy.replaceSubrange(range, with: bytes) }
    return copy
  }
}
