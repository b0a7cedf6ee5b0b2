public import TraceBytes
public import TraceModel

/// Makes a deterministic trace of any size: conversations of several jobs, clear text of AT-TLS among them,
/// over IPv4 and IPv6; HTTP in ASCII and EBCDIC, or what else is asked for.
///
/// The same settings give the same bytes, on every machine.
public struct TraceGenerator {
  /// What the records are: application data, or packets with headers.
  public enum Kind: String, Sendable, CaseIterable {
    /// A data trace.
    case data
    /// A packet trace.
    case packet
  }

  /// What the conversations carry.
  public enum Payload: String, Sendable, CaseIterable {
    /// Requests and answers of HTTP, one conversation of five in EBCDIC.
    case http
    /// Lines of words, in ASCII.
    case text
    /// The same in EBCDIC.
    case ebcdic
    /// Bytes that are nothing known.
    case binary
    /// SQL requests of DRDA and their rows.
    case drda
    /// All of them, one conversation after the other.
    case mixed
  }

  /// How large the sends are of what is not HTTP.
  public enum Sizes: String, Sendable, CaseIterable {
    /// Up to 100 bytes.
    case small
    /// Half full and more.
    case large
    /// As they are on real networks: half below 200 bytes, one in fifty of a full packet or many.
    case real
  }

  /// Data-trace records unless set.
  public var kind = Kind.data
  /// HTTP unless set.
  public var payload = Payload.http
  /// Sizes of sends, HTTP has its own.
  public var sizes = Sizes.real
  /// Of a thousand records one is left out, one comes twice and one comes after the next one.
  public var isLossy = false
  /// Conversations that are open at the same time.
  public var flows = 100
  /// Another seed gives another trace.
  public var seed: UInt64 = 1
  /// 2026-01-05 08:00:00 UTC.
  public var startTime: Int64 = 1_767_600_000_000_000_000

  /// A data trace of 100 conversations.
  public init() {}

  /// One record, its payload and the conversation it belongs to.
  public typealias Body = (_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) -> Bool

  /// Gives records to `body` until it returns false.
  public func run(_ body: Body) throws(TraceError) {
    var random = SplitMix64(state: seed)
    var conversations: [Conversation] = []
    for index in 0..<max(1, flows) { conversations.append(Conversation(index, self, &random)) }
    var time = startTime
    var number: UInt32 = 0
    var opened = conversations.count
    var payload: [UInt8] = []
    var late: (record: TraceRecord, payload: [UInt8])?
    while true {
      time += Int64(random.below(180_000)) + 1_000
      let slot = Int(random.below(UInt64(conversations.count)))
      payload.removeAll(keepingCapacity: true)
      var record = TraceRecord()
      record.time = time
      record.kind = kind == .data ? .dataTrace : .packet
      let ended = conversations[slot].next(&record, &payload, &random)
      if kind == .packet { conversations[slot].wrap(&record, &payload) }
      record.tracedLength = payload.count
      record.originalLength = payload.count
      let fate = isLossy ? random.below(1000) : .max
      if fate == 0, late == nil {
        late = (record, payload)
      } else if fate != 1 {
        for _ in 0..<(fate == 2 ? 2 : 1) {
          number += 1
          record.traceNumber = number
          guard unsafe try body(record, payload.span.bytes) else { return }
        }
        if var held = late {
          number += 1
          held.record.traceNumber = number
          late = nil
          guard unsafe try body(held.record, held.payload.span.bytes) else { return }
        }
      }
      if ended {
        conversations[slot] = Conversation(opened, self, &random)
        opened += 1
      }
    }
  }
}

/// The generator of Steele, Lea and Flood (2014): small, and the same everywhere.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func below(_ bound: UInt64) -> UInt64 { next() % max(1, bound) }
}

/// One conversation: start, requests and responses in turn, end.
private struct Conversation {
  let index: Int
  let server: Endpoint
  let client: Endpoint
  let job: RecordName
  let isEBCDIC: Bool
  let security: RecordFlags
  var sequence: (client: UInt32, server: UInt32) = (1, 1)
  var step = 0
  var left = 0
  let exchanges: Int
  /// What it carries, nil for HTTP.
  let content: GeneratedPayload?

  init(_ index: Int, _ generator: TraceGenerator, _ random: inout SplitMix64) {
    self.index = index
    var kind = generator.payload
    if kind == .mixed {
      kind = [.http, .text, .ebcdic, .binary, .drda][index / 7 % 5]
    }
    content =
      kind == .http
      ? nil
      : GeneratedPayload(
        content: kind, sizes: generator.sizes, most: GeneratedPayload.most(generator.kind))
    let jobs = ["GPMSERVE", "CICSPROD", "IZUSVR1", "FTPD1", "DB2ADIST"]
    let which = index % jobs.count
    job = RecordName(jobs[which], length: 8)
    isEBCDIC = which == 3
    security = index % 4 == 3 ? [] : .clearText
    let host = UInt32(index / 20_000 % 200) + 2
    let port = UInt16(20_000 + index % 20_000)
    if index % 5 == 4 {
      server = Endpoint(IPAddress(high: 0x2001_0DB8_0001_0001, low: 2), UInt16(8803 + which))
      client = Endpoint(IPAddress(high: 0x2001_0DB8_0001_0000, low: UInt64(host)), port)
    } else {
      server = Endpoint(IPAddress(ipv4: 0x0A01_0102), UInt16(8803 + which))
      client = Endpoint(IPAddress(ipv4: 0x0A01_0000 | host), port)
    }
    exchanges = 2 + Int(random.below(30))
  }

  /// Fills in the next record. True when it is the last one of the conversation.
  mutating func next(
    _ record: inout TraceRecord, _ payload: inout [UInt8], _ random: inout SplitMix64
  ) -> Bool {
    record.name = job
    record.ipProtocol = 6
    record.socketDomain = server.address.isIPv4 ? 2 : 19
    record.socketType = 1
    record.connectionID = UInt32(truncatingIfNeeded: index + 0x30)
    record.asid = 0x42
    record.deviceType = 39
    record.interfaceIndex = 1
    var outbound = false
    var ended = false
    if step == 0 {
      record.socketState = PTHState.start
      step = 1
    } else if step > exchanges * 2 {
      record.socketState = PTHState.end
      outbound = true
      ended = true
    } else if let content {
      outbound = step % 2 == 0
      content.append(isRequest: !outbound, to: &payload, &random)
      step += 1
    } else if step % 2 == 1 {
      request(&payload, &random)
      step += 1
    } else {
      outbound = true
      response(&payload, &random)
      if left == 0 { step += 1 }
    }
    if !payload.isEmpty { record.flags.formUnion(security) }
    record.direction = outbound ? .outbound : .inbound
    let (from, to) = outbound ? (server, client) : (client, server)
    record.source = from.address
    record.sourcePort = from.port
    record.destination = to.address
    record.destinationPort = to.port
    return ended
  }

  private mutating func request(_ payload: inout [UInt8], _ random: inout SplitMix64) {
    text("GET /gpm/perform.xml?resource=S0W1,MVS_IMAGE&id=", &payload)
    digits(random.below(1_000_000), &payload)
    text(" HTTP/1.1\r\nHost: 10.1.1.2:8803\r\nAccept: application/xml\r\n", &payload)
    text("User-Agent: zcap-generate\r\n\r\n", &payload)
  }

  /// A response head with the first bytes of the body, then the rest in sends of up to 1400 bytes.
  private mutating func response(_ payload: inout [UInt8], _ random: inout SplitMix64) {
    if left == 0 {
      left = 200 + Int(random.below(4000))
      text("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ", &payload)
      digits(UInt64(left), &payload)
      text("\r\nServer: generated\r\n\r\n", &payload)
    }
    let part = min(left, 300 + Int(random.below(1100)))
    payload += (isEBCDIC ? bodyEBCDIC : bodyASCII)[..<part]
    left -= part
  }

  private func text(_ text: String, _ payload: inout [UInt8]) {
    if isEBCDIC {
      for byte in text.utf8 { payload.append(TextEncoding.ibm1047[Int(byte)]) }
    } else {
      payload += text.utf8
    }
  }

  private func digits(_ value: UInt64, _ payload: inout [UInt8]) {
    for digit in String(value).utf8 { payload.append(isEBCDIC ? digit + 0xC0 : digit) }
  }

  /// Puts IP and TCP headers in front, for a packet trace.
  mutating func wrap(_ record: inout TraceRecord, _ payload: inout [UInt8]) {
    record.linkType = .raw
    record.name = RecordName(index % 2 == 0 ? "OSAETH1" : "EZ6OSA1", length: 16)
    let fromServer = record.direction == .outbound
    let flags: UInt8 = record.socketState == 1 ? 0x02 : record.socketState == 2 ? 0x11 : 0x18
    let numbers =
      fromServer ? (sequence.server, sequence.client) : (sequence.client, sequence.server)
    let headers = PacketHeaders(
      source: Endpoint(record.source, record.sourcePort),
      destination: Endpoint(record.destination, record.destinationPort), ipProtocol: 6,
      sequence: numbers.0, acknowledgement: record.socketState == 1 ? 0 : numbers.1, flags: flags)
    let advance = UInt32(payload.count) + (flags == 0x18 ? 0 : 1)
    if fromServer { sequence.server &+= advance } else { sequence.client &+= advance }
    let head = unsafe headers.bytes(payload.span.bytes)
    payload.insert(contentsOf: head, at: 0)
    record.socketState = 0
    record.flags.remove(.clearText)
  }
}

/// Body text, enough for one send.
private let bodyASCII = Array(
  String(repeating: "<metric name=\"cpu busy\" value=\"12.5\" id=\"0\"/>\n", count: 36).utf8)
private let bodyEBCDIC = bodyASCII.map { TextEncoding.ibm1047[Int($0)] }
