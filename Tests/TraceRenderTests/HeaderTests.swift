import Foundation
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

@Suite struct HeaderTests {
  static let plainLine =
    "#1 2026-01-05 08:00:00.123456 UTC out GPMSERVE 10.1.1.2:8803 > 10.1.0.2:45168 TCP "

  struct Case: Sendable, CustomTestStringConvertible {
    var flags: RecordFlags
    var words: String
    var testDescription: String { words }
  }

  @Test(arguments: [
    Case(flags: .clearText, words: "3 bytes, AT-TLS clear text"),
    Case(flags: [], words: "3 bytes, plain"),
    Case(flags: [.clearText, .local], words: "3 bytes, AT-TLS clear text, local"),
    Case(flags: .reconstructed, words: "3 bytes, plain, reconstructed (from print)"),
    Case(flags: [.clearText, .joined], words: "3 bytes, AT-TLS clear text, joined segments"),
    Case(flags: .orphan, words: "3 bytes, plain, first segment not in the trace"),
    Case(flags: .incomplete, words: "3 bytes, plain, segments missing"),
    Case(flags: .cutShort, words: "3 bytes, plain, record cut short"),
    Case(flags: .start, words: "3 bytes, start of the data flow"),
    Case(flags: .end, words: "3 bytes, end of the data flow"),
    Case(flags: .printedTime, words: "3 bytes, plain, time of printing"),
  ])
  func flagsAreSaidInWords(entry: Case) throws {
    let text = try printed([(dataRecord(flags: entry.flags), Array("abc".utf8))])
    #expect(text == Self.plainLine + entry.words + "\n  abc\n\n")
  }

  @Test func confidentialSaysWhatToChangeOnce() throws {
    let record = dataRecord(flags: .confidential)
    let text = try printed([(record, []), (record, [])])
    let line = "0 bytes, AT-TLS confidential (no data: the policy did not allow it)\n"
    #expect(text.components(separatedBy: line).count == 3)
    #expect(text.components(separatedBy: "CtraceClearText On").count == 2)
  }

  @Test(
    arguments: [
      (0x1006, ", discarded: reason 4102 IP_BAD_CKSUM (interface or IP layer)"),
      (0x1FFF, ", discarded: reason 8191 (interface or IP layer)"),
      (7, ", discarded: reason 7 (OSA-Express)"), (0x2001, ", discarded: reason 8193 (TCP layer)"),
      (0x3001, ", discarded: reason 12289 (UDP layer)"),
      (0x4FFF, ", discarded: reason 20479 (RAW layer)"),
      (0x5000, ", discarded: reason 20480 (unknown layer)"),
    ] as [(UInt16, String)])
  func discardsAreNamed(reason: UInt16, words: String) throws {
    var record = dataRecord()
    record.dropReason = reason
    #expect(try printed([(record, [0x41])]).contains("AT-TLS clear text" + words + "\n"))
  }

  @Test func lengthsSegmentsAndGaps() throws {
    var record = dataRecord(length: 1200)
    record.segment = 2
    record.gapBefore = 77
    let text = try printed([(record, [0x41])])
    #expect(text.contains("TCP 1 of 1200 bytes (truncated), AT-TLS clear text, segment 2"))
    #expect(text.contains(", 77 bytes missing before\n"))
    #expect(try printed([(dataRecord(), [0x41])]).contains("TCP 1 byte, "))
  }

  @Test(arguments: [
    (0, "2026-01-05 08:00:00.123456 UTC"), (7200, "2026-01-05 10:00:00.123456 +02:00"),
    (-34200, "2026-01-04 22:30:00.123456 -09:30"),
  ])
  func timesSayTheirZone(zone: Int, expected: String) throws {
    var options = PrintOptions()
    options.zone = Zone(seconds: zone)
    #expect(try printed([(dataRecord(), [])], options).hasPrefix("#1 \(expected) out "))
  }

  @Test(arguments: [Int64.min, Int64.max, -1, 0, 59_999_999_999, 60_000_000_000])
  func anyTimeCanBeWritten(time: Int64) throws {
    var record = dataRecord()
    record.time = time
    for zone in [0, 64_800, -64_800] {
      var options = PrintOptions()
      options.zone = Zone(seconds: zone)
      let line = try printed([(record, [])], options)
      if zone == 0, time != .min {
        #expect(line.hasPrefix("#1 \(CivilDate.text(nanoseconds: time)) UTC out"))
      }
    }
  }

  @Test func hostileNames() throws {
    var record = dataRecord()
    record.name = RecordName(high: 0x27C1_1B5B_0A00_85FF, low: 0)
    let text = try printed([(record, [])])
    #expect(text.contains(" UTC out .A.$..e. 10.1.1.2"))
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let printer = RecordPrinter(sink, PrintOptions())
    let tracker = FlowTracker(to: printer)
    var interface = CaptureInterface(id: 3, linkType: .raw)
    interface.name = "e\u{1B}[31mth\u{202E}0\n#9"
    try tracker.interface(interface)
    record.kind = .capture
    record.interface = 3
    try tracker.record(record, RawSpan())
    try tracker.finish()
    try sink.commit()
    let line = String(decoding: target.bytes, as: UTF8.self)
    #expect(line.contains("e\\u{1b}[31mth\\u{202e}0\\u{a}#9 "))
  }

  @Test(arguments: [
    "::", "::1", "2001:db8::2", "2001:db8:0:1:1:1:1:1", "1::8", "fe80::1:0:0:5", "1:2:3:4:5:6:7:8",
    "0:0:1::", "1:0:0:2::3",
  ])
  func addressesAreThoseOfTheModel(text: String) throws {
    let address = try #require(IPAddress(text))
    var record = dataRecord()
    record.source = address
    #expect(try printed([(record, [])]).contains(" [\(address.description)]:8803 > 10.1.0.2:45168"))
  }

  @Test func colourIsOursAlone() throws {
    var options = PrintOptions()
    options.color = true
    options.form = .ascii
    let text = try printed([(dataRecord(), Array("\u{1B}[31m".utf8))], options)
    #expect(text.hasPrefix("\u{1B}[1m#1 ") && text.contains("\u{1B}[0m\n  \\x1b[31m\n"))
  }

  @Test func packetsShowTheirDataAndHeaders() throws {
    let headers = PacketHeaders(
      source: Endpoint(IPAddress(ipv4: 0x0A01_0102), 80),
      destination: Endpoint(IPAddress(ipv4: 0x0A01_0002), 4000), ipProtocol: 6, sequence: 7,
      acknowledgement: 9, flags: 0x18)
    let data = Array("hello".utf8)
    let packet = unsafe headers.bytes(data.span.bytes) + data
    var record = TraceRecord()
    record.kind = .packet
    record.linkType = .raw
    record.number = 4
    record.name = RecordName("OSAETH1", length: 16)
    record.originalLength = packet.count
    let text = try printed([(record, packet)])
    #expect(
      text.contains(
        "OSAETH1 10.1.1.2:80 > 10.1.0.2:4000 TCP PSH ACK seq 7 ack 9 5 bytes, packet 45\n  hello\n")
    )
    var options = PrintOptions()
    options.form = .hex
    let hex = try printed([(record, packet)], options)
    #expect(hex.contains("-- headers, 40 bytes\n  000000 45"))
    #expect(hex.contains("-- data, 5 bytes\n  000000 68656C6C 6F\n"))
  }
}
