package import ATTLS
package import TraceBytes
package import TraceFormats
package import TraceModel
package import TraceRender
package import TraceStreams

/// Hands the streams of conversations to their printer.
package final class StreamPrinting: StreamSink {
  private let printer: ConversationPrinter
  private let join: ConnectionJoin?
  private var open: [Int: JoinedConnection] = [:]

  package init(_ printer: ConversationPrinter, _ join: ConnectionJoin?) {
    self.printer = printer
    self.join = join
  }

  private func talk(_ flow: Conversation) -> ConversationPrinter.Talk {
    let clientIsLower = open[flow.slot]?.clientIsLower ?? (flow.client == .lower)
    return ConversationPrinter.Talk(
      slot: flow.slot, number: flow.number, key: flow.key, clientIsLower: clientIsLower,
      name: flow.name)
  }

  package func opened(_ flow: Conversation) throws(TraceError) {
    guard let found = join?.find(flow.key, at: flow.firstTime) else { return }
    open[flow.slot] = found
    try printer.remark(talk(flow), "AT-TLS log: \(found.sentence)")
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    try printer.data(talk(flow), fromLower: side == .lower, bytes, time: time)
  }

  package func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    try printer.data(talk(flow), fromLower: side == .lower, bytes, time: time)
    if length > bytes.byteCount {
      try printer.gap(talk(flow), fromLower: side == .lower, count: length - bytes.byteCount)
    }
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    try printer.gap(talk(flow), fromLower: side == .lower, count: count)
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    if how == .reset { try printer.remark(talk(flow), "reset") }
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    if flow.flags.contains(.confidential) {
      if let found = open[flow.slot] {
        try printer.remark(talk(flow), found.whyConfidential)
      } else {
        try printer.confidential(talk(flow))
      }
    }
    try printer.closed(talk(flow))
    open[flow.slot] = nil
  }

  package func pause() throws(TraceError) { try printer.pause() }
  package func finish() throws(TraceError) { try printer.finish() }
}

/// Prints records as TCPDATA does. Packets of captures are printed as those of a packet trace: without
/// their frame, with the interface as their name.
package final class ListingSink: PlacedSink {
  private let output: ByteSink
  private var writer: ListingWriter
  private var interfaces: [UInt32: RecordName] = [:]

  package init(_ output: ByteSink, style: ListingWriter.Style, zone: Zone) {
    self.output = output
    writer = ListingWriter(output, style: style, zone: zone)
  }

  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    // The notice tells of it.
    if placed.record.kind == .lost { return }
    let view = placed.packet
    guard placed.record.kind == .capture, view.hasNetwork else {
      return try writer.write(placed.record, payload)
    }
    var packet = placed.record
    packet.kind = .packet
    packet.name = interfaces[packet.interface] ?? .none
    (packet.source, packet.sourcePort) = (placed.source.address, placed.source.port)
    (packet.destination, packet.destinationPort) =
      (placed.destination.address, placed.destination.port)
    packet.originalLength -= view.networkOffset
    try writer.write(packet, payload.extracting(view.networkOffset..<view.networkEnd))
  }

  package func notice(_ notice: TraceNotice) throws(TraceError) {
    guard case .lostRecords(let packets, let data) = notice.reason else { return }
    try writer.writeLost(packets: packets, data: data)
  }

  package func interface(_ interface: CaptureInterface) throws(TraceError) {
    interfaces[interface.id] = RecordName(interface.name, length: 16)
  }

  package func pause() throws(TraceError) { try output.flush() }
}
