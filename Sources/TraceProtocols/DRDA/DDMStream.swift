internal import TraceBytes

/// Walks the structures that one side sends, segment by segment, and tells what stands in them: objects,
/// their parameters, and data, in pieces where segments cut them.
///
/// The state is a few integers, whatever is sent; nothing is kept of what was told.
struct DDMStream {
  /// Bytes of a value: of a parameter of an object, or of the object's data.
  struct Piece {
    var object: DDMCode
    /// Nil for data.
    var parameter: DDMCode?
    /// The bytes in the segment.
    var range: Range<Int>
    var isFirst: Bool
    /// Bytes of the whole value, nil when it is not known.
    var total: Int?
    /// Whether the value ends with it.
    var isLast: Bool
  }

  enum Event {
    /// A structure begins.
    case structure(DDMHeader)
    /// An object begins in it.
    case object(DDMCode)
    case value(Piece)
    /// The structure is over.
    case end(DDMHeader)
  }

  private enum Step { case object, parameter, value, skip }

  /// Whether the next message of the side is a further segment, not the beginning of a structure.
  private(set) var isContinued = false
  /// Whether no structure is under way.
  var isIdle: Bool { !isContinued }
  private var header: DDMHeader?
  private var step = Step.skip
  private var object = DDMCode(rawValue: 0)
  private var parameter: DDMCode?
  /// Bytes to come of the object, and of the value in it; `Int.max` to the end of the structure.
  private var objectLeft = 0
  private var valueLeft = 0
  private var isFirst = true
  private var total: Int?
  /// The beginning of a length and a code point that a segment cut.
  private var head: [UInt8] = []

  /// Where the next message of a side ends; a segment is a message.
  static func frame(_ bytes: RawSpan, isContinued: Bool) -> Frame {
    guard isContinued else {
      guard bytes.byteCount >= 4 else {
        return bytes.byteCount == 3 && bytes.u8(2) != 0xD0 ? .noMessage : .needsMore
      }
      return DDMHeader(bytes).map { .message($0.length) } ?? .noMessage
    }
    guard bytes.byteCount >= 2 else { return .needsMore }
    let length = Int(bytes.be16(0) & 0x7FFF)
    return length >= 2 ? .message(length) : .noMessage
  }

  /// Forgets what was under way.
  mutating func gap() {
    isContinued = false
    header = nil
    step = .skip
    head.removeAll()
  }

  /// Takes the next segment; `length` is what it had, more than the bytes at hand when some are missing.
  mutating func take(_ segment: RawSpan, length: Int, _ tell: (Event) -> Void) {
    guard segment.byteCount >= 2 else { return }
    var at = 2
    if !isContinued {
      guard segment.byteCount >= DDMHeader.byteCount, let next = DDMHeader(segment) else { return }
      at = DDMHeader.byteCount
      header = next
      step = .object
      head.removeAll()
      tell(.structure(next))
    }
    isContinued = segment.be16(0) & 0x8000 != 0
    while at < segment.byteCount, step != .skip {
      switch step {
      case .object, .parameter: at = takeHead(segment, at, tell)
      case .value: at = takeValue(segment, at, tell)
      case .skip: break
      }
    }
    // Where the next object stands is not known when bytes are missing.
    if segment.byteCount < length { step = .skip }
    guard !isContinued, let over = header else { return }
    header = nil
    if step == .value, !isFirst || valueLeft == Int.max {
      let end = segment.byteCount..<segment.byteCount
      tell(.value(piece(end, isLast: true)))
    }
    step = .skip
    tell(.end(over))
  }

  /// The length and code point of an object or a parameter; returns where it ends.
  private mutating func takeHead(_ segment: RawSpan, _ start: Int, _ tell: (Event) -> Void) -> Int {
    var at = start
    let room = step == .parameter ? objectLeft : Int.max
    while head.count < Self.headBytes(head) {
      guard at < segment.byteCount else { return at }
      head.append(segment.u8(at))
      at += 1
    }
    let bytes = head
    head.removeAll(keepingCapacity: true)
    let code = DDMCode(rawValue: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    var left = Int(bytes[0]) << 8 | Int(bytes[1])
    if left & 0x8000 != 0 {
      left = bytes.count == 4 ? Int.max : 0
      for byte in bytes.dropFirst(4) { left = min(left, Int.max >> 9) << 8 | Int(byte) }
    } else {
      left -= 4
    }
    guard left >= 0, bytes.count <= room else {
      step = .skip
      return at
    }
    if step == .object {
      object = code
      objectLeft = left
      tell(.object(code))
      if code.hasParameters {
        step = left >= 4 ? .parameter : left == 0 ? .object : .skip
      } else {
        parameter = nil
        begin(left)
      }
    } else {
      parameter = code
      if objectLeft != Int.max { objectLeft -= bytes.count }
      begin(min(left, objectLeft))
    }
    if step == .value, valueLeft == 0 { return takeValue(segment, at, tell) }
    return at
  }

  private mutating func begin(_ count: Int) {
    valueLeft = count
    total = count == Int.max ? nil : count
    isFirst = true
    step = .value
  }

  private mutating func takeValue(_ segment: RawSpan, _ at: Int, _ tell: (Event) -> Void) -> Int {
    let count = min(valueLeft, segment.byteCount - at)
    if valueLeft != Int.max { valueLeft -= count }
    if parameter != nil, objectLeft != Int.max { objectLeft -= count }
    tell(.value(piece(at..<at + count, isLast: valueLeft == 0)))
    isFirst = false
    if valueLeft == 0 {
      if parameter == nil || objectLeft == 0 {
        step = .object
      } else {
        step = objectLeft >= 4 ? .parameter : .skip
      }
    }
    return at + count
  }

  private func piece(_ range: Range<Int>, isLast: Bool) -> Piece {
    Piece(
      object: object, parameter: parameter, range: range, isFirst: isFirst, total: total,
      isLast: isLast)
  }

  /// Bytes of a length and code point of which these are the first.
  private static func headBytes(_ head: [UInt8]) -> Int {
    guard head.count >= 4, head[0] & 0x80 != 0 else { return 4 }
    // The extra length bytes and these four.
    let count = Int(head[0] & 0x7F) << 8 | Int(head[1])
    return DDMHeader.extraLengths.contains(count) ? count : 4
  }
}

extension DDMCode {
  /// Whether such an object holds parameters, each with its length and code point, and not data: commands and
  /// replies do, and of the objects of SQL those with parameter markers.
  fileprivate var hasParameters: Bool {
    switch self {
    case .sqldta, .sqldtard: true
    case .typdefnam, .extdta: false
    default: rawValue >> 8 != 0x24
    }
  }
}
