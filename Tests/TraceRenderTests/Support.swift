import TestSupport
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

/// A data-trace record between the same two ends.
func dataRecord(
  _ direction: Direction = .outbound, flags: RecordFlags = .clearText, length: Int = 0
) -> TraceRecord {
  var record = TraceRecord()
  record.kind = .dataTrace
  record.direction = direction
  record.flags = flags
  record.number = 1
  record.time = 1_767_600_000_123_456_789
  record.ipProtocol = 6
  record.name = RecordName("GPMSERVE", length: 8)
  let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803)
  let client = Endpoint(IPAddress(ipv4: 0x0A01_0002), 45168)
  let (from, to) = direction == .outbound ? (server, client) : (client, server)
  (record.source, record.sourcePort) = (from.address, from.port)
  (record.destination, record.destinationPort) = (to.address, to.port)
  record.tracedLength = length
  record.originalLength = length
  return record
}

/// What records and their payloads are printed as.
func printed(
  _ records: [(record: TraceRecord, payload: [UInt8])], _ options: PrintOptions = PrintOptions()
) throws -> String {
  let target = MemoryTarget()
  let sink = ByteSink(target)
  let printer = RecordPrinter(sink, options)
  let tracker = FlowTracker(to: printer)
  for (record, payload) in records {
    var record = record
    record.originalLength = max(record.originalLength, payload.count)
    try unsafe tracker.record(record, payload.span.bytes)
  }
  try tracker.finish()
  try sink.commit()
  return String(decoding: target.bytes, as: UTF8.self)
}

/// The lines of payload, without header lines and indents.
func payloadText(
  _ payloads: [[UInt8]], _ form: PayloadForm, _ change: (inout PrintOptions) -> Void = { _ in }
) throws -> String {
  var options = PrintOptions()
  options.form = form
  options.payloadOnly = true
  change(&options)
  return try printed(payloads.map { (dataRecord(), $0) }, options)
}

/// Text as bytes of EBCDIC 1047, lines ended with NL.
func ebcdic(_ text: String) -> [UInt8] {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { CodePage.ibm1047.bytes(String($0)) ?? [] }
    .joined(separator: [0x15]).map { $0 }
}
