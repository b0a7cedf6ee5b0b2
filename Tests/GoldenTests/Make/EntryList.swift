import TraceBytes
import TraceFormats
import TraceModel

/// Trace entries made one after the other, with a clock that ticks.
struct EntryList {
  /// One CTE each; a large record makes several.
  var entries: [[UInt8]] = []
  /// 2026-02-03 10:15:00 UTC.
  var time: Int64 = 1_770_113_700_000_000_000
  var writer = CTEWriter()
  private var number: UInt32 = 0

  /// Adds a record; its time, number and traced length are filled in.
  mutating func add(
    _ record: TraceRecord, _ payload: [UInt8] = [], original: Int? = nil, after: Int64 = 1_250_000
  ) {
    time += after
    number += 1
    var record = record
    record.time = time
    record.traceNumber = number
    if record.tracedLength == 0 { record.tracedLength = payload.count }
    record.originalLength = original ?? record.tracedLength
    var bytes: [UInt8] = []
    unsafe writer.append(record, payload.span.bytes, to: &bytes)
    var at = 0
    while at < bytes.count {
      let end = at + Int(bytes[at]) << 8 + Int(bytes[at + 1])
      entries.append(Array(bytes[at..<end]))
      at = end
    }
  }

  /// Adds an entry that says that records were lost.
  mutating func addLost(packets: UInt32, data: UInt32) {
    time += 1_000_000
    let clock = TOD.clock(nanoseconds: time)
    var entry: [UInt8] = []
    append(UInt16(42), &entry)
    append(UInt16(16), &entry)
    append(UInt32(0xFF00_0001), &entry)
    append(clock + 0x3000, &entry)
    append(clock - 0x10_0000, &entry)
    append(clock, &entry)
    append(packets, &entry)
    append(data, &entry)
    append(UInt16(42), &entry)
    entries.append(entry)
  }

  /// The entries in a form of transfer.
  func laidOut(
    _ container: Container = .chain, _ adjust: (ContainerWriter) -> Void = { _ in }
  ) throws -> [UInt8] {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let writer = ContainerWriter(container, to: sink)
    adjust(writer)
    for entry in entries { unsafe try writer.write(entry.span.bytes) }
    try writer.finish()
    try sink.commit()
    return target.bytes
  }
}

/// Appends a number, the first byte first.
func append<T: FixedWidthInteger>(_ value: T, _ bytes: inout [UInt8]) {
  for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
    bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
  }
}

/// Bytes compressed with gzip.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  let target = MemoryTarget()
  let sink = ByteSink(GzipTarget(target))
  try sink.append(bytes)
  try sink.commit()
  return target.bytes
}

/// One conversation of a job, as a data trace has it.
struct DataConversation {
  var job: String
  var server: Endpoint
  var client: Endpoint
  var security: RecordFlags = []
  var ipProtocol: UInt8 = 6
  var connection: UInt32 = 0x2F

  /// A record of the conversation; `outbound` is what the job sends.
  func record(outbound: Bool, state: UInt8 = 0) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .dataTrace
    record.name = RecordName(job, length: 8)
    record.direction = outbound ? .outbound : .inbound
    let (from, to) = outbound ? (server, client) : (client, server)
    (record.source, record.sourcePort) = (from.address, from.port)
    (record.destination, record.destinationPort) = (to.address, to.port)
    record.ipProtocol = ipProtocol
    record.socketDomain = server.address.isIPv4 ? 2 : 19
    record.socketType = ipProtocol == 17 ? 2 : 1
    record.socketState = state
    record.connectionID = connection
    record.asid = 0x42
    if state == 0 { record.flags = security }
    return record
  }

  func start(_ list: inout EntryList) {
    list.add(record(outbound: false, state: PTHState.start))
  }

  func end(_ list: inout EntryList) { list.add(record(outbound: true, state: PTHState.end)) }

  func receive(_ bytes: [UInt8], _ list: inout EntryList, original: Int? = nil) {
    list.add(record(outbound: false), bytes, original: original)
  }

  func receive(_ text: String, _ list: inout EntryList) { receive(Array(text.utf8), &list) }

  func send(_ bytes: [UInt8], _ list: inout EntryList, original: Int? = nil) {
    list.add(record(outbound: true), bytes, original: original, after: 9_750_000)
  }

  func send(_ text: String, _ list: inout EntryList) { send(Array(text.utf8), &list) }
}

/// A response with the length of its body.
func response(_ status: String, _ type: String, _ body: String, _ fields: String = "") -> String {
  "HTTP/1.1 \(status)\r\nServer: GPMSERVE\r\nContent-Type: \(type)\r\n"
    + "Content-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
}

/// Bytes that follow a pattern without repeating soon.
func filler(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &* 7) }
}
