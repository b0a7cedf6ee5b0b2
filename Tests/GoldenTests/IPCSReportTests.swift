import TestSupport
import Testing
import TraceFormats
import TraceModel

/// A report of each shape, printed of a trace of each kind, gives the records of the trace as far as it
/// tells of them.
@Suite("Golden: IPCS reports")
struct IPCSReportTests {
  private static let traces = [
    "packet-trace/ipv4.ctr", "packet-trace/ipv6.ctr", "packet-trace/abbreviated.ctr",
    "packet-trace/enterprise-extender.ctr", "packet-trace/osaenta.ctr", "packet-trace/smc.ctr",
    "data-trace/http-clear-text.ctr", "data-trace/confidential.ctr", "data-trace/udp.ctr",
    "data-trace/ebcdic.ctr", "data-trace/ipv6.ctr", "data-trace/truncated.ctr",
  ]

  @Test(
    "the report's records are the trace's", arguments: traces,
    [IPCSReport.Style.short, .dump, .full])
  func blocks(_ path: String, _ style: IPCSReport.Style) throws {
    let trace = try #require(Capture.all.first { $0.path == path }).make()
    let expected = try IPCSReport.records(of: trace)
    let got = try read(IPCSReport.bytes(style, of: trace))
    try #require(got.count == expected.count)
    for (got, expected) in zip(got, expected) {
      try compare(got.record, expected.record, style)
      if style.isDumped {
        #expect(got.payload == expected.payload)
      } else {
        try headers(got, expected)
      }
    }
  }

  /// Of what was not dumped the headers are those of the packet, as far as the report tells.
  private func headers(_ got: CollectingSink.Kept, _ expected: CollectingSink.Kept) throws {
    let told = !expected.record.flags.contains(.confidential) && expected.record.tracedLength > 0
    #expect(got.record.flags.contains(.notDumped) == told)
    guard [.packet, .enterpriseExtender].contains(expected.record.kind) else {
      return #expect(got.payload.isEmpty)
    }
    let views = [got, expected].map { kept in
      unsafe PacketView.decode(
        kept.payload.span.bytes, linkType: .raw, originalLength: kept.record.originalLength)
    }
    #expect(views[0].hasTransport)
    #expect(views[0].source == views[1].source && views[0].destination == views[1].destination)
    #expect(views[0].sourcePort == views[1].sourcePort)
    #expect(views[0].destinationPort == views[1].destinationPort)
    #expect(views[0].sequence == views[1].sequence)
    #expect(views[0].acknowledgment == views[1].acknowledgment)
    #expect(views[0].tcpFlags == views[1].tcpFlags)
    #expect(views[0].payloadLength == views[1].payloadLength)
  }

  private func read(_ report: [UInt8]) throws -> [CollectingSink.Kept] {
    var reader = IPCSReader()
    let sink = try collect(&reader, report)
    #expect(sink.notices.allSatisfy { $0.kind == .remark })
    #expect(reader.account.total == UInt64(report.count))
    #expect(reader.account.damaged == 0)
    return sink.records
  }

  private func compare(
    _ got: TraceRecord, _ expected: TraceRecord, _ style: IPCSReport.Style
  ) throws {
    #expect(got.kind == expected.kind)
    #expect(got.time == expected.time / 1000 * 1000)
    #expect(got.direction == expected.direction)
    #expect(got.name == expected.name)
    #expect(got.traceNumber == expected.traceNumber)
    #expect(got.tracedLength == expected.tracedLength)
    #expect(got.asid == expected.asid)
    #expect(got.connectionID == expected.connectionID)
    let told: RecordFlags = [.start, .end, .clearText, .confidential, .local]
    #expect(got.flags.intersection(told) == expected.flags.intersection(told))
    if style.isDumped { #expect(got.linkType == expected.linkType) }
    if expected.kind == .dataTrace {
      #expect(got.socketDomain == expected.socketDomain)
      #expect(got.socketType == expected.socketType)
      #expect(got.socketState == expected.socketState)
    }
    // What has no IP header is told by its dump only, and the header alone has the whole length.
    guard expected.kind == .dataTrace || [.packet, .enterpriseExtender].contains(expected.kind)
    else { return }
    #expect(got.source == expected.source)
    #expect(got.destination == expected.destination)
    #expect(got.sourcePort == expected.sourcePort || expected.sourcePort == 0)
    #expect(got.destinationPort == expected.destinationPort || expected.destinationPort == 0)
    #expect(got.ipProtocol == expected.ipProtocol)
    if style == .full || style.isFormatted && expected.kind != .dataTrace {
      #expect(got.originalLength == expected.originalLength)
    }
  }

  @Test(
    "SUMMARY and EXPORT tell of the packets",
    arguments: ["packet-trace/ipv4.ctr", "data-trace/http-clear-text.ctr"],
    [IPCSReport.Style.summary, .export])
  func tables(_ path: String, _ style: IPCSReport.Style) throws {
    let trace = try #require(Capture.all.first { $0.path == path }).make()
    let expected = try IPCSReport.records(of: trace)
    let got = try read(IPCSReport.bytes(style, of: trace))
    try #require(got.count == expected.count)
    if style == .summary {
      for (got, expected) in zip(got, expected) where expected.record.kind == .packet {
        try headers(got, expected)
      }
    }
    for (got, expected) in zip(got.map(\.record), expected.map(\.record)) {
      // EXPORT has no date.
      let day: Int64 = 86_400_000_000_000
      #expect(got.time % day == expected.time / 1000 * 1000 % day)
      #expect(got.direction == expected.direction)
      #expect(got.source == expected.source)
      #expect(got.destination == expected.destination)
      #expect(got.sourcePort == expected.sourcePort)
      #expect(got.destinationPort == expected.destinationPort)
      #expect(got.ipProtocol == expected.ipProtocol)
      #expect(got.traceNumber == expected.traceNumber)
      if style == .export { #expect(got.originalLength == expected.originalLength) }
      if style == .summary { #expect(got.kind == expected.kind) }
    }
  }
}
