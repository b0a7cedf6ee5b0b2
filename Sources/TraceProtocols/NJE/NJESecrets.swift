internal import TraceBytes
import TraceModel

/// What in a transmission buffer is secret: line and node passwords of a sign-on, the passwords of job
/// headers, and those in the text of records, found after decompression. A mask never covers a control
/// byte of the compression.
struct NJESecrets {
  private var text: [UInt8] = []
  private var places: [UInt16] = []
  /// Streams in which a list of passwords goes on in the next record, a bit for each control byte of
  /// each side.
  private var open: UInt32 = 0

  mutating func find(in bytes: RawSpan, side: FlowSide, mark: (Range<Int>) -> Void) {
    NJEBuffer.records(bytes) { record in
      if record.control == 0xF0 {
        signOn(bytes, record, mark)
      } else if record.isCompressed {
        SCB.expand(bytes, record.data, &text, &places)
        let bit = Self.bit(record, side)
        let goesOn = unsafe Self.secrets(
          text.span.bytes, record, isOpen: open & bit != 0, mark: { run($0, mark) })
        if goesOn { open |= bit } else { open &= ~bit }
      }
    }
  }

  /// One bit for each of the streams 98, 99, A8 … F9.
  private static func bit(_ record: NJEBuffer.Record, _ side: FlowSide) -> UInt32 {
    guard record.control & 0x0F != 0x0A else { return 0 }
    let stream = (record.control >> 4 & 7) << 1 | record.control & 1
    return 1 << UInt32(side == .lower ? stream : 16 + stream)
  }

  /// The passwords of an initial or a response sign-on (I, J).
  private func signOn(
    _ bytes: RawSpan, _ record: NJEBuffer.Record, _ mark: (Range<Int>) -> Void
  ) {
    guard NJESignOn.isSignOn(record) else { return }
    for field in [NJESignOn.Layout.linePassword, NJESignOn.Layout.nodePassword] {
      let range = field.range(at: record.data.lowerBound)
      guard range.upperBound <= record.data.upperBound,
        !TextCoding.ebcdic.isEmpty(bytes, range)
      else { continue }
      mark(range)
    }
  }

  /// Marks the bytes that a range of the text comes from, as runs.
  private func run(_ range: Range<Int>, _ mark: (Range<Int>) -> Void) {
    var run = 0..<0
    for index in range {
      let place = Int(places[index])
      guard place > 0, !run.contains(place) else { continue }
      if place == run.upperBound {
        run = run.lowerBound..<place + 1
      } else {
        if !run.isEmpty { mark(run) }
        run = place..<place + 1
      }
    }
    if !run.isEmpty { mark(run) }
  }

  /// Marks what is secret in the text of a record; true when a list of passwords goes on.
  static func secrets(
    _ text: RawSpan, _ record: NJEBuffer.Record, isOpen: Bool, mark: (Range<Int>) -> Void
  ) -> Bool {
    if record.control != 0x9A, record.sub & 0xF0 == 0xC0 {
      for field in NJEJobHeader.passwords(text) { mark(field) }
      return false
    }
    guard let first = textStart(record) else { return false }
    signOnCard(text, mark)
    let start = min(text.byteCount, first)
    return OperandSecrets.find(
      text, start..<text.byteCount, .ebcdic, isOpen: isOpen, mark: mark)
  }

  /// Where the text of a record begins: behind the length of a line, or behind the head of a message. Other headers
  /// and trailers have no text of users.
  static func textStart(_ record: NJEBuffer.Record) -> Int? {
    guard record.control == 0x9A || record.sub & 0xC0 == 0x80 else { return nil }
    return record.control == 0x9A ? NJEMessage.Layout.text : 1
  }

  /// The text of a record, and where its characters stand in the message.
  static func content(_ text: [UInt8], _ places: [UInt16], from start: Int) -> SecretContent {
    var parts: [SecretContent.Part] = []
    var index = start
    while index < text.count {
      let place = Int(places[index])
      var end = index + 1
      if place > 0 {
        while end < text.count, Int(places[end]) == place + end - index { end += 1 }
        parts.append(SecretContent.Part(index..<end, at: place))
        // One byte stands for all of a character that is repeated.
        if end == index + 1 { while end < text.count, Int(places[end]) == place { end += 1 } }
      }
      index = end
    }
    return SecretContent(bytes: text, parts: parts)
  }

  /// `/*SIGNON` has passwords in columns 25, 35 and 73. Source: IBM, MVS JCL Reference.
  private static func signOnCard(_ text: RawSpan, _ mark: (Range<Int>) -> Void) {
    // The length of the card stands before its first column.
    guard text.byteCount >= 9, TextCoding.ebcdic.equals("/*SIGNON", text, 1..<9) else { return }
    for column in [25, 35, 73] where column + 8 <= text.byteCount {
      let field = column..<column + 8
      if !TextCoding.ebcdic.isEmpty(text, field) { mark(field) }
    }
  }
}
