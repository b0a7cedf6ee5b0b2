internal import TraceBytes
internal import TraceModel

extension PcapngReader {
  mutating func interface(
    _ block: RawSpan, _ place: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    guard block.byteCount >= Pcapng.InterfaceDescription.smallest else {
      return try reject(block, place, "block length", UInt64(block.byteCount), sink)
    }
    guard interfaces.count < Pcapng.largestInterfaceCount else {
      return try reject(block, place, "number of interfaces", UInt64(interfaces.count) + 1, sink)
    }
    var description: CaptureInterface?
    interfaces.append(
      PcapngInterface(
        block, bigEndian: bigEndian ?? false, id: nextInterface, describing: &description))
    nextInterface &+= 1
    account.framing += UInt64(block.byteCount)
    if var description {
      description.sectionComments = sectionComments
      sectionComments = []
      try sink.interface(description)
    }
  }

  mutating func enhancedPacket(
    _ block: RawSpan, _ place: UInt64, _ record: inout TraceRecord, _ sink: any TraceSink
  ) throws(TraceError) {
    typealias Layout = Pcapng.EnhancedPacket
    guard block.byteCount >= Layout.smallest else {
      return try reject(block, place, "block length", UInt64(block.byteCount), sink)
    }
    let number = block[Layout.interface, bigEndian: bigEndian ?? false]
    try timedPacket(block, interface: Int(number), drops: 0, place, &record, sink)
  }

  mutating func oldPacket(
    _ block: RawSpan, _ place: UInt64, _ record: inout TraceRecord, _ sink: any TraceSink
  ) throws(TraceError) {
    typealias Layout = Pcapng.OldPacket
    guard block.byteCount >= Pcapng.EnhancedPacket.smallest else {
      return try reject(block, place, "block length", UInt64(block.byteCount), sink)
    }
    let order = bigEndian ?? false
    let number = block[Layout.interface, bigEndian: order]
    let drops = block[Layout.drops, bigEndian: order]
    try timedPacket(
      block, interface: Int(number), drops: drops == Layout.dropsUnknown ? 0 : UInt64(drops), place,
      &record, sink)
  }

  /// What both packet blocks with a time stamp share: everything behind their first word.
  @inline(__always)
  private mutating func timedPacket(
    _ block: RawSpan, interface number: Int, drops: UInt64, _ place: UInt64,
    _ record: inout TraceRecord, _ sink: any TraceSink
  ) throws(TraceError) {
    typealias Layout = Pcapng.EnhancedPacket
    let order = bigEndian ?? false
    let captured = Int(block[Layout.captured, bigEndian: order])
    let end = block.byteCount &- 4
    guard captured <= end &- Layout.data else {
      return try reject(block, place, "captured length", UInt64(captured), sink)
    }
    guard number < interfaces.count else {
      return try reject(block, place, "interface id", UInt64(number), sink)
    }
    let interface = interfaces[number]
    let high = UInt64(block[Layout.timeHigh, bigEndian: order])
    let low = UInt64(block[Layout.timeLow, bigEndian: order])
    record.time = interface.nanoseconds(high << 32 | low)
    record.flags = []
    if record.time == .max || record.time == .min { try tellTimeOutOfReach(place, sink) }
    record.originalLength = Int(block[Layout.original, bigEndian: order])
    record.direction = .unknown
    record.rawFlags = 0
    record.traceNumber = 0
    record.droppedBefore = drops
    let dataEnd = Layout.data &+ captured
    let options = Layout.data &+ Pcapng.padded(captured)
    if options &+ 4 <= end { try readOptions(block, options, end, order, &record, sink) }
    try deliver(block, Layout.data..<dataEnd, interface, place, &record, sink)
  }

  /// Says once a file that a time stamp cannot be held.
  private mutating func tellTimeOutOfReach(
    _ place: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    guard !hasToldTime else { return }
    hasToldTime = true
    try sink.notice(TraceNotice(.remark, .timeOutOfReach, at: place))
  }

  /// Comments, direction, lost packets and packet id; the rest is passed over.
  private func readOptions(
    _ block: RawSpan, _ start: Int, _ end: Int, _ order: Bool, _ record: inout TraceRecord,
    _ sink: any TraceSink
  ) throws(TraceError) {
    var options = PcapngOptions(from: start, to: end, bigEndian: order)
    while options.advance(in: block) {
      let value = options.value
      switch options.code {
      case Pcapng.Option.comment where !value.isEmpty:
        record.flags.insert(.commented)
        try sink.comment(block.extracting(value))
      case Pcapng.Option.packetFlags where value.count >= 4:
        let flags = block.u32(value.lowerBound, bigEndian: order)
        record.rawFlags = UInt8(truncatingIfNeeded: flags)
        switch flags & 3 {
        case 1: record.direction = .inbound
        case 2: record.direction = .outbound
        default: record.direction = .unknown
        }
      case Pcapng.Option.packetDrops where value.count >= 8:
        record.droppedBefore = block.u64(value.lowerBound, bigEndian: order)
      case Pcapng.Option.packetID where value.count >= 8:
        record.traceNumber = UInt32(
          truncatingIfNeeded: block.u64(value.lowerBound, bigEndian: order))
      default: continue
      }
    }
  }

  mutating func simplePacket(
    _ block: RawSpan, _ place: UInt64, _ record: inout TraceRecord, _ sink: any TraceSink
  ) throws(TraceError) {
    typealias Layout = Pcapng.SimplePacket
    guard block.byteCount >= Layout.smallest else {
      return try reject(block, place, "block length", UInt64(block.byteCount), sink)
    }
    // It has no interface number: it is always of the first one of its section.
    guard let interface = interfaces.first else {
      return try reject(block, place, "interface id", 0, sink)
    }
    let original = Int(block[Layout.original, bigEndian: bigEndian ?? false])
    var captured = min(original, block.byteCount &- 4 &- Layout.data)
    if interface.snapLength != 0 { captured = min(captured, Int(interface.snapLength)) }
    record.time = 0
    record.flags = []
    record.originalLength = original
    record.direction = .unknown
    record.rawFlags = 0
    record.traceNumber = 0
    record.droppedBefore = 0
    try deliver(block, Layout.data..<Layout.data &+ captured, interface, place, &record, sink)
  }

  @inline(__always)
  private mutating func deliver(
    _ block: RawSpan, _ data: Range<Int>, _ interface: PcapngInterface, _ place: UInt64,
    _ record: inout TraceRecord, _ sink: any TraceSink
  ) throws(TraceError) {
    record.interface = interface.id
    record.linkType = interface.linkType
    record.name = interface.name
    record.tracedLength = data.count
    record.offset = place
    record.number = nextNumber
    nextNumber &+= 1
    account.records &+= UInt64(data.count)
    account.framing &+= UInt64(block.byteCount &- data.count)
    try TwoCUTC.deliver(&record, block.extracting(data), to: sink)
  }

  mutating func secrets(
    _ block: RawSpan, _ place: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    typealias Layout = Pcapng.Secrets
    guard block.byteCount >= Layout.smallest else {
      return try reject(block, place, "block length", UInt64(block.byteCount), sink)
    }
    let order = bigEndian ?? false
    let length = Int(block[Layout.length, bigEndian: order])
    guard length <= block.byteCount &- 4 &- Layout.data else {
      return try reject(block, place, "secrets length", UInt64(length), sink)
    }
    account.framing += UInt64(block.byteCount)
    try sink.secrets(
      type: block[Layout.type, bigEndian: order],
      block.extracting(Layout.data..<Layout.data + length))
  }

  /// Reports a block whose frame is sound and whose content is not.
  private mutating func reject(
    _ block: RawSpan, _ place: UInt64, _ field: String, _ value: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    account.damaged += UInt64(block.byteCount)
    try sink.notice(
      TraceNotice(
        .damaged, .badValue(field: field, value: value), at: place,
        length: UInt64(block.byteCount)))
  }
}
