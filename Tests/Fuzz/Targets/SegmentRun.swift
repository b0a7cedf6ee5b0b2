internal import TraceBytes
internal import TraceModel
internal import TraceStreams

/// Segments of large records, made of bytes: any order, any number, any length that is claimed.
enum SegmentRun {
  static func run(_ bytes: [UInt8]) throws {
    var cursor = ByteCursor(bytes)
    let end = ByteTally()
    let joiner = SegmentJoiner(to: end, maxMemory: 4096)
    var given = 0
    var number: UInt64 = 0
    while !cursor.isAtEnd {
      let control = cursor.next()
      var record = TraceRecord()
      record.kind = control & 0x80 == 0 ? .dataTrace : .packet
      record.direction = control & 0x40 == 0 ? .inbound : .outbound
      record.time = Int64(control >> 4 & 3)
      record.sourcePort = UInt16(control >> 3 & 1)
      record.segment = cursor.next()
      let sizes = cursor.next()
      record.tracedLength = [10, 40, 255, 100_000, 1 << 24 + 1 << 17, 0, 3, 80][Int(sizes >> 5)]
      record.originalLength = control & 4 == 0 ? record.tracedLength : 17
      if control & 2 != 0 { record.flags.insert(.confidential) }
      number += 1
      record.number = number
      let payload = [UInt8](
        repeating: control, count: Int(sizes & 31) * (control & 1 == 0 ? 1 : 50))
      given += payload.count
      try unsafe joiner.record(record, payload.span.bytes)
    }
    try joiner.finish()
    // Nothing is lost on the way, and nothing made up.
    try Finding.unless(
      end.bytes + end.surplus == given,
      "\(given) bytes in, \(end.bytes) out and \(end.surplus) reported as surplus")
  }
}

/// Counts bytes.
private final class ByteTally: TraceSink {
  private(set) var bytes = 0
  private(set) var surplus = 0

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    bytes += payload.byteCount
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    if notice.reason == .lengthsDisagree { surplus += Int(notice.length) }
  }
}
