import TraceBytes
import TraceFormats
import TraceProtocols
import TraceModel
import TraceRender
import TraceStreams

/// Records kept with their payloads.
struct KeptRecords: Sendable {
  var records: [(record: TraceRecord, payload: [UInt8])] = []

  /// Gives all of them to a stage; `swapped` gives each pair the other way round.
  func give(to sink: any TraceSink, swapped: Bool = false) throws {
    for index in records.indices {
      let (record, payload) = records[swapped ? min(index ^ 1, records.count - 1) : index]
      try sink.record(record, payload.span.bytes)
    }
    try sink.finish()
  }
}

/// What is measured on, the same in every run.
enum Made {
  static func records(_ kind: TraceGenerator.Kind, count: Int) -> KeptRecords {
    var generator = TraceGenerator()
    generator.kind = kind
    let kept = Box()
    try? generator.run { (record, payload) throws(TraceError) in
      kept.records.records.append((record, payload.copied()))
      return kept.records.records.count < count
    }
    return kept.records
  }

  /// What the server of one conversation sends.
  static func oneDirection(count: Int) -> KeptRecords {
    var generator = TraceGenerator()
    generator.kind = .packet
    generator.flows = 1
    let kept = Box()
    try? generator.run { (record, payload) throws(TraceError) in
      let view = PacketView.decode(
        payload, linkType: record.linkType, originalLength: record.originalLength)
      if view.sourcePort < view.destinationPort, view.payloadLength > 0 {
        kept.records.records.append((record, payload.copied()))
      }
      return kept.records.records.count < count
    }
    return kept.records
  }

  /// Prints a payload of a data trace.
  static func print(_ bytes: [UInt8], as form: PayloadForm) throws {
    var options = PrintOptions()
    options.form = form
    let sink = ByteSink(Nowhere())
    let printer = RecordPrinter(sink, options)
    var record = TraceRecord()
    record.kind = .dataTrace
    record.ipProtocol = 6
    record.tracedLength = bytes.count
    record.originalLength = bytes.count
    try printer.record(record, bytes.span.bytes)
    try printer.finish()
    try sink.commit()
  }

  static func trace(size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    let writer = CTEWriter()
    for (record, payload) in records(.data, count: size / 650).records {
      writer.append(record, payload.span.bytes, to: &bytes)
    }
    return bytes
  }

  static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

  static func decode(_ bytes: [UInt8], into sink: any TraceSink) throws {
    var reader = CTEReader(framing: .none)
    _ = try reader.read(bytes.span.bytes, at: 0, atEnd: true, into: sink)
  }

  static func segments(_ bytes: [UInt8]) throws {
    let joiner = SegmentJoiner(to: Nothing())
    let part = bytes.span.bytes.extracting(0..<4096)
    for set in 0..<256 {
      for segment in 0..<16 {
        var record = TraceRecord()
        record.kind = .dataTrace
        record.time = Int64(set)
        record.segment = UInt8(segment)
        record.tracedLength = 16 * 4096
        try joiner.record(record, part)
      }
    }
    try joiner.finish()
  }

  static func checksums(_ bytes: [UInt8]) -> UInt16 {
    var all: UInt16 = 0
    var at = 0
    while at + 1460 <= bytes.count {
      var checksum = Checksum()
      checksum.add(bytes.span.bytes.extracting(at..<at + 1460))
      all ^= checksum.value
      at += 1460
    }
    return all
  }

  static func exchanges(_ count: Int) {
    let request = Array("GET /a?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n".utf8)
    let response = Array(
      ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
        + String(repeating: "x", count: 1000)).utf8)
    let connection = HTTPConnection(sink: NoMessages())
    for number in 0..<Int64(count) {
      connection.data(.lower, request.span.bytes, time: number)
      connection.data(.upper, response.span.bytes, time: number)
    }
    connection.finish()
  }

  private final class Box { var records = KeptRecords() }
}

/// The ends of the pipelines: they take everything and forget it.
final class Nothing: TraceSink {
  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {}
  func notice(_ notice: TraceNotice) throws(TraceError) {}
}

final class NoStreams: StreamSink {
  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  )
    throws(TraceError)
  {}
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {}
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {}
}

final class NoMessages: HTTPSink {}

final class Nowhere: ByteTarget {
  func write(_ bytes: RawSpan) throws(TraceError) {}
  func commit() throws(TraceError) {}
}
