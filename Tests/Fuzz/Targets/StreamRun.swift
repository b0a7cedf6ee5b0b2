internal import TraceBytes
internal import TraceModel
internal import TraceStreams

/// Packets of a few conversations, made of bytes: any order, overlaps, holes, flags, fragments.
///
/// Each byte of a stream tells its place in it (by its sequence number, seven steps a byte), so that what
/// comes out can be held against where it must have come from.
enum StreamRun {
  static func run(_ bytes: [UInt8], _ rendering: Rendering) throws {
    for form in Rendering.Form.allCases { _ = try rendering.take(form) }
    var cursor = ByteCursor(bytes)
    let watch = StreamWatch(StreamRendering(rendering))
    var limits = StreamAssembler.Limits()
    limits.perStream = 4096
    limits.total = 8192
    limits.piecesPerStream = 16
    // As few conversations as can be bounded: 64.
    limits.conversations = 1
    let flows = FlowTable()
    let follower = StreamFollower(watch, flows: flows, limits: limits)
    let tracker = FlowTracker(to: follower, flows: flows)
    var number: UInt64 = 0
    while !cursor.isAtEnd {
      number += 1
      var record = TraceRecord()
      record.kind = .capture
      record.linkType = .raw
      record.number = number
      record.time = Int64(number)
      let packet = packet(&cursor)
      // Fragments of several packets may be put together into one that nobody sent.
      if packet[0] == 0x45, packet[6] & 0x3F | packet[7] != 0 { watch.placesAreKnown = false }
      let cut = cursor.next() & 0x1F
      let kept = cut > 24 ? packet.dropLast(Int(cut - 24)) : packet[...]
      record.originalLength = packet.count
      let payload = Array(kept)
      try unsafe tracker.record(record, payload.span.bytes)
      try Finding.unless(
        follower.assembler.held <= 8192,
        "\(follower.assembler.held) bytes held of 8192")
    }
    try tracker.finish()
    try Finding.unless(follower.assembler.held == 0, "bytes are held after the end")
    try watch.check()
    try watch.next.finish()
    try rendering.check()
  }

  private static func packet(_ cursor: inout ByteCursor) -> [UInt8] {
    let control = cursor.next()
    let fromClient = control & 1 == 0
    let isUDP = control & 0xE == 0xE
    let flags = cursor.next()
    // Near the wrap of the sequence numbers, and anywhere.
    let near = UInt32(truncatingIfNeeded: cursor.next16()) &- 0x200
    let sequence = flags & 0x80 == 0 ? near : near << 15
    let acknowledged = UInt32(truncatingIfNeeded: cursor.next16()) &- 0x200
    let length = Int(cursor.next())
    // Mostly two clients, which repeat; or one of more than may be open.
    let client = flags & 0x40 == 0 ? control >> 1 & 1 : UInt8(truncatingIfNeeded: acknowledged)
    var transport: [UInt8] = fromClient ? [0x9C, client, 0, 80] : [0, 80, 0x9C, client]
    if isUDP {
      transport += be16(8 + length) + [0, 0]
    } else {
      transport += be32(sequence) + be32(acknowledged)
      transport += [0x50, flags & 0x3F, 1, 0, 0, 0, 0, 0]
    }
    // A SYN takes a place of its own.
    let first = flags & 2 == 0 || isUDP ? sequence : sequence &+ 1
    for index in 0..<UInt32(length) { transport.append(StreamWatch.byte(at: first &+ index)) }
    if control & 0x10 != 0 {
      var packet: [UInt8] = [0x60, 0, 0, 0] + be16(transport.count) + [isUDP ? 17 : 6, 64]
      for end in fromClient ? [1, 2] as [UInt8] : [2, 1] {
        packet += [UInt8](repeating: 0xFD, count: 15) + [end]
      }
      return packet + transport
    }
    var fragment = 0
    if control & 0x20 != 0 {
      let at = Int(control >> 6) * 8
      fragment = at / 8 | (control & 0x40 == 0 ? 0x2000 : 0)
      transport = Array(transport.dropFirst(at))
    }
    var packet: [UInt8] = [0x45, 0] + be16(20 + transport.count) + [0, control >> 4]
    packet += be16(fragment) + [64, isUDP ? 17 : 6, 0, 0]
    packet += fromClient ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1]
    return packet + transport
  }

  private static func be16(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
  }

  private static func be32(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}

/// Watches that streams are in order, and hands on what they are.
private final class StreamWatch: StreamSink {
  let next: StreamRendering
  private var expected: [String: UInt8] = [:]
  private var open: Set<Int> = []
  private var ends: [Int: Int] = [:]
  private var wrong: String?
  /// Whether the bytes tell their places.
  var placesAreKnown = true

  init(_ next: StreamRendering) { self.next = next }

  static func byte(at place: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: place &* 7) }

  func check() throws {
    if let wrong { throw Finding(wrong) }
    try Finding.unless(open.isEmpty, "conversations are open after the end")
  }

  private func note(_ text: String) { if wrong == nil { wrong = text } }

  func opened(_ flow: Conversation) throws(TraceError) {
    if !open.insert(flow.slot).inserted { note("slot \(flow.slot) opened twice") }
    ends[flow.slot] = 0
    expected["\(flow.slot) lower"] = nil
    expected["\(flow.slot) upper"] = nil
    try next.opened(flow)
  }

  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    if bytes.byteCount == 0 { note("no data") }
    var place = expected["\(flow.slot) \(side)"]
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(index)
      if let place, place != byte, placesAreKnown {
        note("\(byte) where \(place) belongs, byte \(index)")
      }
      place = byte &+ 7
    }
    expected["\(flow.slot) \(side)"] = place
    try next.data(flow, from: side, bytes, time: time, record: record)
  }

  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    let key = "\(flow.slot) \(side)"
    if count < 0 { note("a gap of \(count)") }
    let place = expected[key]
    expected[key] = count == 0 ? nil : place.map { $0 &+ UInt8(truncatingIfNeeded: count &* 7) }
    try next.gap(flow, from: side, count: count)
  }

  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    try next.datagram(flow, from: side, bytes, length: length, time: time, record: record)
  }

  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    ends[flow.slot, default: 0] += 1
    try next.ended(flow, from: side, how)
  }

  func closed(_ flow: Conversation) throws(TraceError) {
    // Datagrams have no ends.
    if flow.key.ipProtocol == 6, ends[flow.slot] != 2 {
      note("\(ends[flow.slot] ?? 0) directions ended")
    }
    if open.remove(flow.slot) == nil { note("closed twice") }
    try next.closed(flow)
  }
}
