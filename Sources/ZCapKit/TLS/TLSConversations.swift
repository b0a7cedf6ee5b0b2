internal import ATTLS
internal import TraceBytes
internal import TraceModel
internal import TraceStreams

/// Reads TLS in the streams of conversations, wherever it begins.
struct TLSConversations {
  private final class Open {
    var conversation = TLSConversation()
    var sides = Sides(lower: Side(), upper: Side())
  }

  /// What one side sent: clear text to begin with, perhaps (STARTTLS), and then TLS.
  private struct Side {
    var beginning = TLSBeginning()
    var decoder = TLSHandshake()
    var isTLS = false

    /// Reads bytes; clear ones are given as they are.
    mutating func read(
      _ bytes: RawSpan, _ emit: (TLSEvent) -> Void, clear: ([UInt8]) -> Void
    ) {
      if isTLS, !decoder.hasLostTrack { return decoder.read(bytes, emit) }
      switch beginning.read(bytes) {
      case .clear(let held, let count):
        if !isTLS { clear(held + (0..<min(count, 80)).map { bytes.u8($0) }) }
      case .tls(let held, let from):
        isTLS = true
        if decoder.hasLostTrack { decoder.resynchronise() }
        unsafe decoder.read(held.span.bytes, emit)
        decoder.read(bytes.extracting(from..<bytes.byteCount), emit)
      }
    }

    mutating func gap(_ count: Int, _ emit: (TLSEvent) -> Void) {
      beginning.gap()
      guard isTLS else { return }
      decoder.gap(count, emit)
      // Nobody knows how much is missing: TLS goes on where a record begins.
      if count == 0 { (decoder, isTLS) = (TLSHandshake(), false) }
    }
  }

  private var open = PerFlow<Open>()

  mutating func data(_ flow: Conversation, from side: FlowSide, _ bytes: RawSpan) {
    let known = open[flow.slot]
    let found = known ?? Open()
    if known == nil { open[flow.slot] = found }
    var events: [TLSEvent] = []
    var clear: [UInt8] = []
    found.sides[side].read(bytes) {
      events.append($0)
    } clear: {
      clear = $0
    }
    for event in events { found.conversation.add(event, fromFirst: side == .lower) }
    found.conversation.addClear(clear, fromFirst: side == .lower)
  }

  mutating func gap(_ flow: Conversation, from side: FlowSide, count: Int) {
    guard let found = open[flow.slot] else { return }
    var events: [TLSEvent] = []
    found.sides[side].gap(count) { events.append($0) }
    for event in events { found.conversation.add(event, fromFirst: side == .lower) }
  }

  /// Whether TLS was seen in a conversation.
  func isTLS(_ slot: Int) -> Bool { open[slot]?.conversation.isEmpty == false }

  /// Forgets a conversation; nil when it spoke no TLS.
  mutating func close(_ slot: Int) -> TLSConversation? {
    guard let found = open.close(slot), !found.conversation.isEmpty else { return nil }
    return found.conversation
  }
}
