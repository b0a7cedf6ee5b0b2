internal import TraceBytes
internal import TraceModel

/// One record of an IPCS report while its lines come in.
struct IPCSRecord: Sendable {
  /// What became of a line of the record.
  enum Verdict { case taken, damaged }

  /// The dumped parts of a packet in the order in which they make it up.
  enum Part: Int, Sendable { case link, network, transport, data }

  var record = TraceRecord()
  /// The parts dumped so far, one behind the other.
  private(set) var bytes: [UInt8] = []
  /// Records that the report says were lost before this one.
  private(set) var lost: UInt64 = 0
  private var part: Part?
  /// Bytes of each part that are dumped, and how many of them have been read.
  private var lengths: InlineArray<4, Int> = [0, 0, 0, 0]
  private var partStart = 0
  /// What `Data Length` says the packet has behind its headers; more than is dumped when
  /// DUMP(nnnnn) was capped.
  private var dataLength = 0
  private var packetLength = 0
  private var hasHead = false
  private var printed = PrintedHeaders()
  /// What intrusion detection says of a packet: `module EZBIPICM, policy …`.
  private(set) var about: [UInt8] = []
  private var hasAddresses = false

  private static let longestHole = 64 << 10

  // MARK: - The line that begins a record

  /// Reads `   63 MVS182   DATA     00000005 13:18:52.705250 Data Trace`.
  ///
  /// - Returns: the time of day, or nil when the line is none of these.
  static func begin(_ line: RawSpan) -> (record: TraceRecord, timeOfDay: Int64)? {
    var at = 0
    line.skipBlanks(&at)
    guard at < line.byteCount, (0x30...0x39).contains(line.u8(at)) else { return nil }
    // The four words before the time; in front of them the figure of a manual may stand.
    var number = 0..<0
    var mnemonic = 0..<0
    var system = 0..<0
    var identifier = 0..<0
    var words = 0
    while words < 6 {
      let word = line.word(&at)
      guard !word.isEmpty else { break }
      var clock = word.lowerBound
      if let time = line.timeOfDay(&clock), clock == word.upperBound {
        guard words == 4 || words == 5 else { return nil }
        var start = number.lowerBound
        var digits = identifier.lowerBound
        guard let recordNumber = line.number(&start), start == number.upperBound,
          recordNumber <= UInt64(UInt32.max), identifier.count == 8,
          let entryID = line.hexNumber(&digits), digits == identifier.upperBound
        else { return nil }
        var record = TraceRecord()
        record.traceNumber = UInt32(recordNumber)
        record.entryID = UInt32(truncatingIfNeeded: entryID)
        record.kind = kind(line, mnemonic, record.entryID)
        return (record, time)
      }
      (number, system, mnemonic, identifier) = (system, mnemonic, identifier, word)
      words += 1
    }
    return nil
  }

  /// The kind by the mnemonic; the numbers of the entries have changed between releases.
  private static func kind(_ line: RawSpan, _ word: Range<Int>, _ entryID: UInt32) -> RecordKind {
    if line.isWord("PACKET", word) { return .packet }
    if line.isWord("DATA", word) { return .dataTrace }
    if line.isWord("EE", word) { return .enterpriseExtender }
    if line.isWord("OSAENTA", word) { return .frame }
    if line.isWord("SMC", word) { return .smc }
    switch entryID {
    case 4: return .packet
    case 5: return .dataTrace
    case 6: return .enterpriseExtender
    case 7: return .frame
    case 8: return .smc
    // Intrusion detection (SYSTCPIS) traces IP packets too; its probe ids begin like this.
    default: return (1...0x0F).contains(entryID >> 24) ? .packet : .unknown
    }
  }

  /// A record that begins; `memory` is that of an earlier one.
  init(_ record: TraceRecord, reusing memory: consuming [UInt8] = []) {
    self.record = record
    bytes = memory
    bytes.removeAll(keepingCapacity: true)
  }

  /// Gives the memory of the dump to the next record.
  mutating func takeBytes() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }

  /// How many bytes the parts before `part` have.
  private func dumped(before part: Int) -> Int {
    var sum = 0
    for index in 0..<part { sum += lengths[index] }
    return sum
  }

  // MARK: - Lines of a record

  /// Takes one line that follows.
  mutating func take(_ line: RawSpan, clock: (Int64, Int64) -> Int64) -> Verdict {
    if part != nil, let (offset, digits) = Self.hexOffset(line) {
      return takeHex(line, offset, digits)
    }
    var at = 0
    line.skipBlanks(&at)
    skipFigure(line, &at)
    if takeSection(line, at) { return .taken }
    if takeDirection(line, at) { hasHead = true }
    while at < line.byteCount {
      line.skipBlanks(&at)
      guard at < line.byteCount else { break }
      if let label = IPCSLabel.take(line, &at) {
        take(label, line, &at, clock)
      } else {
        takeLength(line, at)
        _ = line.word(&at)
      }
    }
    return .taken
  }

  /// Moves past the figure of a manual in front of a line.
  private func skipFigure(_ line: RawSpan, _ at: inout Int) {
    guard at + 1 < line.byteCount, (0x31...0x39).contains(line.u8(at)), line.u8(at + 1) == 0x20
    else { return }
    at += 1
    line.skipBlanks(&at)
  }

  /// `To Interface : TR1`, `From Link : ETH1`, `To Jobname : USER12`.
  private mutating func takeDirection(_ line: RawSpan, _ start: Int) -> Bool {
    var at = start
    let isOutbound = line.stands("To ", at: at)
    guard !hasHead, isOutbound || line.stands("From ", at: at),
      let colon = line.firstIndex(of: 0x3A, in: at..<line.byteCount), colon - at < 32
    else { return false }
    record.setDirection(isOutbound: isOutbound)
    at = colon + 1
    record.name = line.name(line.word(&at), length: record.kind == .dataTrace ? 8 : 16)
    return true
  }

  /// `Full=56`, `Abbrev=200`.
  private mutating func takeLength(_ line: RawSpan, _ start: Int) {
    var at = start
    let isFull = line.take("Full=", &at)
    guard isFull || line.take("Abbrev=", &at), let length = line.number(&at),
      length <= UInt64(ListingHead.longestPayload)
    else { return }
    record.tracedLength = Int(length)
    record.originalLength = max(record.originalLength, Int(length))
  }

  private mutating func take(
    _ label: IPCSLabel, _ line: RawSpan, _ at: inout Int, _ clock: (Int64, Int64) -> Int64
  ) {
    switch label {
    case .todClock:
      guard let day = Self.date(line, &at) else { return }
      line.skipBlanks(&at)
      guard let time = line.timeOfDay(&at) else { return }
      record.time = clock(day, time)
    case .lostRecords: lost = line.number(&at) ?? 0
    case .segment: record.segment = UInt8(truncatingIfNeeded: line.number(&at) ?? 0)
    case .flags: takeFlags(line, &at)
    case .sourcePort:
      if let port = line.number(&at), record.sourcePort == 0 {
        record.sourcePort = UInt16(truncatingIfNeeded: port)
      }
    case .destPort, .destinationPort:
      if let port = line.number(&at), record.destinationPort == 0 {
        record.destinationPort = UInt16(truncatingIfNeeded: port)
      }
    case .asid: record.asid = UInt16(truncatingIfNeeded: line.hexNumber(&at) ?? 0)
    case .tcb, .tcbMixed, .cid:
      // A data trace has a Cid here; the TCB of a packet stands in the same place of the header.
      if let value = line.hexNumber(&at), record.connectionID == 0 {
        record.connectionID = UInt32(truncatingIfNeeded: value)
      }
    case .device: record.deviceType = Self.deviceType(line, line.word(&at))
    case .domain: record.socketDomain = Self.domain(line, line.word(&at))
    case .type: record.socketType = Self.socketType(line, line.word(&at))
    case .protocolName:
      let number = Self.protocolNumber(line, line.word(&at))
      if record.ipProtocol == 0 { record.ipProtocol = number }
    case .state:
      let text = line.extracting(at..<line.byteCount)
      if text.firstIndex(of: Array("Starts".utf8)) != nil { record.socketState = 1 }
      if text.firstIndex(of: Array("Ends".utf8)) != nil { record.socketState = 2 }
    case .source:
      if let address = line.address(line.word(&at)), !hasAddresses { record.source = address }
    case .destination:
      guard let address = line.address(line.word(&at)), !hasAddresses else { return }
      record.destination = address
      // An ICMP error quotes the header of another packet further down.
      hasAddresses = true
    case .packetLength:
      if packetLength == 0 { packetLength = Int(min(line.number(&at) ?? 0, 0xFF_FFFF)) }
    // The payload of IPv6 comes after its header of 40 bytes.
    case .payloadLength:
      if packetLength == 0 { packetLength = 40 + Int(min(line.number(&at) ?? 0, 0xFF_FFFF)) }
    case .jobName:
      let word = line.word(&at)
      if record.name == .none { record.name = line.name(word, length: 8) }
    case .dataLength: dataLength = Int(min(line.number(&at) ?? 0, 0xFF_FFFF))
    case .module: say("module ", line, line.word(&at))
    case .correlator: say("correlator ", line, line.word(&at))
    case .policy: say("policy ", line, line.word(&at))
    case .headerLength:
      // That of IP comes first, that of TCP second.
      let length = Int(min(line.number(&at) ?? 0, 0xFFFF))
      if printed.network == 0 { printed.network = length } else { printed.transport = length }
    case .fragmentOffset: if (line.number(&at) ?? 0) > 0 { printed.isFragment = true }
    case .sequenceNumber:
      if printed.sequence == nil {
        printed.sequence = line.number(&at).map { UInt32(truncatingIfNeeded: $0) }
      }
    case .ackNumber:
      printed.acknowledgement = UInt32(truncatingIfNeeded: line.number(&at) ?? 0)
    case .datagramLength:
      if record.ipProtocol == 17, printed.data == nil {
        printed.data = Int(min(line.number(&at) ?? 8, 0xFFFF)) - 8
      }
    }
  }

  private mutating func say(_ name: String, _ line: RawSpan, _ word: Range<Int>) {
    guard !word.isEmpty, about.count + word.count < 400 else { return }
    about += Array(((about.isEmpty ? "" : ", ") + name).utf8)
    about.append(line.extracting(word))
  }

  private mutating func takeFlags(_ line: RawSpan, _ at: inout Int) {
    while true {
      let word = line.word(&at)
      guard !word.isEmpty else { return }
      // The names that the header gives these bits; how IPCS spells them has not been seen.
      if line.isWord("Local", word) {
        record.rawFlags |= 0x80
        record.flags.insert(.local)
      } else if line.isWord("CfTxt", word) {
        record.rawFlags |= 0x40
        record.flags.insert(.confidential)
      } else if line.isWord("ClearTxt", word) {
        record.rawFlags |= 0x20
        record.flags.insert(.clearText)
      } else if line.isWord("Out", word) {
        record.rawFlags |= 1
      } else {
        printed.takeFlag(line, word)
      }
    }
  }

  // MARK: - Dumps

  /// `IP Header : 20`, `Protocol Header : 8`, `Data : 12  Data Length: 12`.
  private mutating func takeSection(_ line: RawSpan, _ start: Int) -> Bool {
    var at = start
    var end = at
    while at < line.byteCount, line.u8(at) != 0x3A {
      if line.u8(at) != 0x20 { end = at + 1 }
      at += 1
    }
    guard at < line.byteCount, end > start, end - start <= 24 else { return false }
    at += 1
    let name = line.extracting(start..<end)
    // Hexadecimal lines behind any other label are not the packet's (`Echo Data : 248`).
    guard let next = part(name), let length = line.number(&at),
      length <= UInt64(ListingHead.longestPayload)
    else {
      part = nil
      return false
    }
    begin(next, Int(length))
    line.skipBlanks(&at)
    if at < line.byteCount, IPCSLabel.take(line, &at) == .dataLength {
      dataLength = Int(min(line.number(&at) ?? 0, 0xFF_FFFF))
    }
    return true
  }

  /// The part of a packet that a label is of.
  private func part(_ name: RawSpan) -> Part? {
    if name.stands("IP Header", at: 0) { return .network }
    if name.stands("Protocol Header", at: 0) { return .transport }
    if name.byteCount == 4, name.stands("Data", at: 0) { return .data }
    let hasLink = record.kind == .frame && name.byteCount >= 6
    return hasLink && name.stands("Header", at: name.byteCount - 6) ? .link : nil
  }

  /// Begins a part; what was dumped of it and of the parts after it before is dumped anew.
  private mutating func begin(_ next: Part, _ length: Int) {
    part = next
    for later in next.rawValue..<4 { lengths[later] = 0 }
    partStart = min(bytes.count, dumped(before: 4))
    bytes.removeLast(bytes.count - partStart)
    lengths[next.rawValue] = length
  }

  private static func hexOffset(_ line: RawSpan) -> (offset: Int, digits: Int)? {
    var at = 0
    guard let offset = line.offset(digits: 6, &at), at < line.byteCount, line.u8(at) == 0x20 else {
      return nil
    }
    return (offset, at)
  }

  private mutating func takeHex(_ line: RawSpan, _ offset: Int, _ digits: Int) -> Verdict {
    guard let part else { return .taken }
    let length = lengths[part.rawValue]
    let read = bytes.count - partStart
    let hole = offset - read
    guard offset < length, hole >= 0, hole <= Self.longestHole else {
      return offset < length ? .damaged : .taken
    }
    bytes.append(contentsOf: repeatElement(0, count: hole))
    // Headers can have 32 bytes on a line, data 16; the text part begins with a bar.
    let before = bytes.count
    let limit = min(32, length - offset)
    _ = HexLine.append(line, from: digits, expected: nil, limit: limit, to: &bytes)
    let got = bytes.count - before
    let isWhole = got == limit || got == 16
    if !isWhole {
      // What cannot be read of a line becomes zeros, so that the next one keeps its place.
      bytes.append(contentsOf: repeatElement(0, count: max(0, min(16, limit) - got)))
    }
    return isWhole && hole == 0 ? .taken : .damaged
  }

  // MARK: - The end

  /// Completes the record. True when the input broke off inside its dump.
  mutating func finish() -> Bool {
    let dumped = self.dumped(before: 4)
    let isCut = part != nil && bytes.count < dumped
    let hasHeaders = lengths[Part.network.rawValue] > 0 || lengths[Part.link.rawValue] > 0
    if record.kind != .dataTrace, record.kind != .smc, !hasHeaders {
      // Data without its headers is no packet.
      bytes.removeAll(keepingCapacity: true)
    }
    let behindHeaders = max(0, dataLength - lengths[Part.data.rawValue])
    if record.tracedLength == 0 { record.tracedLength = max(dumped, bytes.count) }
    record.originalLength = max(record.originalLength, packetLength, record.tracedLength)
    if behindHeaders > 0 {
      record.originalLength = max(record.originalLength, dumped + behindHeaders)
    }
    if part == nil, dumped == 0, bytes.isEmpty {
      if record.tracedLength > 0, !record.flags.contains(.confidential) {
        record.flags.insert(.notDumped)
      }
    } else if isCut || bytes.count < dumped {
      record.flags.insert(.incomplete)
    } else if bytes.count < record.tracedLength || behindHeaders > 0 {
      record.flags.formUnion([.incomplete, .notDumped])
    }
    describe()
    if record.flags.contains(.notDumped), bytes.isEmpty, record.kind != .dataTrace,
      record.kind != .smc, record.kind != .frame
    {
      printed.give(&record, into: &bytes)
    }
    return isCut
  }

  /// Whether DUMP(nnnnn) left data out.
  var isCapped: Bool { dataLength > lengths[Part.data.rawValue] && lengths[Part.data.rawValue] > 0 }

  private mutating func describe() {
    if record.kind == .dataTrace {
      if record.tracedLength == 0 { record.noteSession() }
      if record.ipProtocol == 0 { record.ipProtocol = 6 }
      return
    }
    record.linkType = lengths[Part.link.rawValue] > 0 ? .ethernet : .raw
    if record.kind == .smc, lengths[Part.network.rawValue] == 0 { record.linkType = .none }
    var described = record
    Self.readHeaders(
      unsafe bytes.span.bytes, link: lengths[Part.link.rawValue],
      network: lengths[Part.network.rawValue], transport: lengths[Part.transport.rawValue],
      into: &described)
    record = described
  }
}
