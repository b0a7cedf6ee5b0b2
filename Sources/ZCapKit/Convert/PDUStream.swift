internal import TraceProtocols
internal import TraceBytes

/// The bytes of one direction that are not written yet, by their place in the stream.
struct PDUStream {
  /// Where a record that brought bytes began.
  struct Mark {
    var start: UInt64
    var time: Int64
    var record: UInt64
  }

  /// A message that is over.
  struct Message {
    var start: UInt64
    var end: UInt64
    var name: Dissector
  }

  /// What waits to be written. Thousands of conversations are open, and most have nothing that waits.
  private final class Waiting {
    let bytes = ByteBuffer()
    var marks: [Mark] = []
    var ended: [Message] = []
    var open: (start: UInt64, family: HTTPFamily)?
    /// Few conversations have any of these.
    var kept: ByteBuffer?
    var keptMark: Mark?
    var isCut = false
    var lackedRoom = false

    var keptCount: Int { kept?.count ?? 0 }
    var isNothing: Bool {
      bytes.count == 0 && keptCount == 0 && ended.isEmpty && open == nil && keptMark == nil
        && !isCut
    }
  }

  private var waiting: Waiting?
  /// Place of the first of the bytes.
  var base: UInt64 = 0
  /// Bytes missing from the trace before the next one written.
  var missing: UInt64 = 0

  /// The bytes that are not written and not kept.
  var count: Int { waiting?.bytes.count ?? 0 }
  /// The same bytes.
  var bytes: ByteBuffer { mutating get { mine().bytes } }
  var marks: [Mark] { waiting?.marks ?? [] }
  /// Messages that ended within the bytes at hand.
  var ended: [Message] {
    get { waiting?.ended ?? [] }
    set { if !newValue.isEmpty || waiting != nil { mine().ended = newValue } }
  }
  /// A message has ended. (Of what ``ended`` gives a copy is changed.)
  mutating func end(_ message: Message) { mine().ended.append(message) }
  /// Where the message that is under way began, and what it is.
  var open: (start: UInt64, family: HTTPFamily)? {
    get { waiting?.open }
    set { if newValue != nil || waiting != nil { mine().open = newValue } }
  }
  /// What was kept of its beginning when the bytes moved on.
  var kept: ByteBuffer {
    mutating get {
      let waiting = mine()
      let kept = waiting.kept ?? ByteBuffer()
      waiting.kept = kept
      return kept
    }
  }
  var keptCount: Int { waiting?.keptCount ?? 0 }
  var keptMark: Mark? {
    get { waiting?.keptMark }
    set { if newValue != nil || waiting != nil { mine().keptMark = newValue } }
  }
  /// Nothing more of it is kept: bytes are missing, or there are too many.
  var isCut: Bool {
    get { waiting?.isCut ?? false }
    set { if newValue || waiting != nil { mine().isCut = newValue } }
  }

  /// Whether it was cut to bound memory.
  var lackedRoom: Bool {
    get { waiting?.lackedRoom ?? false }
    set { if newValue || waiting != nil { mine().lackedRoom = newValue } }
  }

  private mutating func mine() -> Waiting {
    if let waiting { return waiting }
    let new = Waiting()
    waiting = new
    return new
  }

  /// Bytes of memory that what waits takes.
  var capacity: Int {
    guard let waiting else { return 0 }
    return waiting.bytes.capacity + (waiting.kept?.capacity ?? 0)
  }

  /// Gives memory back that nothing needs now.
  mutating func releaseMemory() {
    guard let waiting else { return }
    if waiting.isNothing { return self.waiting = nil }
    if waiting.bytes.count == 0 { waiting.bytes.releaseMemory() }
    if waiting.keptCount == 0 { waiting.kept = nil }
  }

  var end: UInt64 { base &+ UInt64(count) }

  mutating func append(_ span: RawSpan, _ mark: Mark) {
    let waiting = mine()
    if waiting.marks.last?.record != mark.record { waiting.marks.append(mark) }
    waiting.bytes.append(span)
  }

  /// Forgets the bytes before a place.
  mutating func drop(before place: UInt64) {
    guard place > base else { return }
    if let waiting {
      waiting.bytes.removeFirst(min(count, Int(clamping: place &- base)))
      // The last mark before the place is that of the bytes at it.
      let past = waiting.marks.dropFirst().prefix { $0.start <= place }.count
      waiting.marks.removeFirst(past)
      if waiting.bytes.count == 0 { waiting.marks = [] }
    }
    base = place
  }

  /// The record that brought the byte before a place, and the one that brought it.
  func mark(at place: UInt64) -> Mark? { marks.last { $0.start <= place } ?? marks.first }
}
