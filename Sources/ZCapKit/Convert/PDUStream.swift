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

  let bytes = ByteBuffer()
  /// Place of the first of the bytes.
  var base: UInt64 = 0
  var marks: [Mark] = []
  /// Messages that ended within the bytes at hand.
  var ended: [Message] = []
  /// Where the message that is under way began, and what it is.
  var open: (start: UInt64, name: Dissector)?
  /// What was kept of its beginning when the bytes moved on.
  let kept = ByteBuffer()
  var keptMark: Mark?
  /// Nothing more of it is kept: bytes are missing, or there are too many.
  var isCut = false
  /// Bytes missing from the trace before the next one written.
  var missing: UInt64 = 0

  var end: UInt64 { base &+ UInt64(bytes.count) }

  mutating func append(_ span: RawSpan, _ mark: Mark) {
    if marks.last?.record != mark.record { marks.append(mark) }
    bytes.append(span)
  }

  /// Forgets the bytes before a place.
  mutating func drop(before place: UInt64) {
    guard place > base else { return }
    bytes.removeFirst(min(bytes.count, Int(clamping: place &- base)))
    base = place
    // The last mark before the place is that of the bytes at it.
    while marks.count > 1, marks[1].start <= place { marks.removeFirst() }
    if bytes.count == 0 { marks.removeAll(keepingCapacity: true) }
  }

  /// The record that brought the byte before a place, and the one that brought it.
  func mark(at place: UInt64) -> Mark? { marks.last { $0.start <= place } ?? marks.first }
}
