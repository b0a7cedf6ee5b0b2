import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceFormats

private func read(_ input: [UInt8], feed: Feed = .whole) throws
  -> (sink: CollectingSink, account: ByteAccount)
{
  var reader = IPCSReader()
  let sink = try collect(&reader, input, feed: feed)
  return (sink, reader.account)
}

private func probe(_ input: [UInt8]) -> FormatProbe {
  unsafe IPCSReader.probe(input.span.bytes, atEnd: true)
}

/// Nanoseconds since 1970 of a day and microseconds of it.
private func time(_ day: Int64, _ hours: Int64, _ minutes: Int64, _ micros: Int64) -> Int64 {
  ((day * 24 + hours) * 60 + minutes) * 60_000_000_000 + micros * 1000
}

// The shapes below are those of the reports that the z/OS Communications Server IP Diagnosis Guide
// describes; the fields have the values its examples print.

private let formatted = """
   **** 2002/02/12
   RcdNr Sysname  Mnemonic Entry Id   Time Stamp    Description
   ----- -------- -------- -------- --------------- --------------------------------
   -------------------------------------------------------------------------------
       3 MVSJ     PACKET   00000001 23:39:11.873541 Packet Trace
    To Interface      : TR1              Device: LCS Token Ring   Full=56
     Tod Clock        : 2002/02/12 23:39:11.873539
     Sequence #       : 0                Flags: Pkt Ver2 Out
     Source Port      : 1025             Dest Port: 53    Asid: 001E TCB: 007F62C0
    IpHeader: Version : 4                Header Length: 20
     Tos              : 00               QOS: Routine Normal Service
     Packet Length    : 56               ID Number: 000E
     Fragment         :                  Offset: 0
     TTL              : 64               Protocol: UDP         CheckSum: A6FB FFFF
     Source           : 9.67.113.65
     Destination      : 9.37.80.3

    UDP
     Source Port      : 1025  ()         Destination Port:  53    (domain)
     Datagram Length  : 36               CheckSum: AD0B FFFF
     DNS: 28

  """

private let dataTrace = """
     63 MVS182   DATA     00000005 13:18:52.705250 Data Trace
    To Jobname        : USER12                                    Full=0
     Tod Clock        : 2009/06/22 13:18:52.705248                Cid: 00000058
     Domain           : AF_Inet          Type: Stream             Protocol: TCP
     State            : API Data Flow Starts
     Segment #        : 0                Flags: Out
     Source           : 192.0.2.1
     Destination      : 192.0.2.2
     Source Port      : 8803             Dest Port: 40001   Asid: 0042 TCB: 00000000
  -------------------------------------------------------------------------------
     64 MVS182   DATA     00000005 13:18:52.705260 Data Trace
    From Jobname      : USER12                                    Full=5
     Tod Clock        : 2009/06/22 13:18:52.705255                Cid: 00000058
     Domain           : AF_Inet          Type: Stream             Protocol: TCP
     Segment #        : 0                Flags: ClearTxt
     Source           : 192.0.2.2
     Destination      : 192.0.2.1
     Source Port      : 40001            Dest Port: 8803
     Data             : 5                Data Length: 5
  000000 48656C6C 6F                         |...%?           Hello           |
  -------------------------------------------------------------------------------
     65 MVS182   DATA     00000005 13:18:53.000000 Data Trace
    To Jobname        : USER12                                    Full=0
     Tod Clock        : 2009/06/22 13:18:53.000000                Cid: 00000058
     State            : API Data Flow Ends
     Segment #        : 0                Flags: Out

  """

private let dumped = """
   **** 2002/11/20
   4521 MVS118   SCAN     03030000 17:38:32.175560 Scan-Normal packet
    From Link         : ETH1             Device: LCS Ethernet     Full=40
     Tod Clock        : 2002/11/20 17:38:32.175559                Module: EZBIPICM
     Job Name         : TCPCS            Asid: 01F7               Tcb: 00000000
     Cid              : 00000000         Correlator: 10
  1 IP Header         : 20
  000000 45000028 00004000 3E015914 092A6947 092A6826
  2 Protocol Header   : 8
  000000 08005592 0B3F0000
  3 Data              : 12               Data Length: 12
  000000 AEBCDB3D 03340A00 00000000          |............     ...=.4......    |
   -------------------------------------------------------------------------------

  """

@Suite struct TextIPCSTests {
  @Test(arguments: Feed.allCases) func formattedPacket(_ feed: Feed) throws {
    let (sink, account) = try read(bytes(formatted), feed: feed)
    #expect(account.total == UInt64(formatted.utf8.count))
    #expect(sink.notices.map(\.kind) == [.remark])
    try #require(sink.records.count == 1)
    let record = sink.records[0].record
    #expect(record.kind == .packet)
    #expect(record.entryID == 1)
    #expect(record.traceNumber == 3)
    #expect(record.direction == .outbound)
    #expect(record.rawFlags == 1)
    #expect(record.name.text == "TR1")
    #expect(record.time == time(11730, 23, 39, 11_873_539))
    #expect(record.sourcePort == 1025)
    #expect(record.destinationPort == 53)
    #expect(record.asid == 0x1E)
    #expect(record.connectionID == 0x7F_62C0)
    #expect(record.source == IPAddress("9.67.113.65"))
    #expect(record.destination == IPAddress("9.37.80.3"))
    #expect(record.ipProtocol == 17)
    #expect(record.tracedLength == 56)
    #expect(record.originalLength == 56)
    #expect(record.flags == [.notDumped, .reconstructed])
    let payload = sink.records[0].payload
    let view = unsafe PacketView.decode(
      payload.span.bytes, linkType: record.linkType, originalLength: 56)
    #expect(view.source == record.source && view.destinationPort == 53)
    #expect(view.payloadLength == 28)
    #expect(view.payloadCaptured == 0)
    #expect(probe(bytes(formatted)) == .yes)
  }

  @Test func dataTraceRecords() throws {
    let (sink, account) = try read(bytes(dataTrace))
    #expect(account.total == UInt64(dataTrace.utf8.count))
    #expect(sink.notices.isEmpty)
    try #require(sink.records.count == 3)
    let first = sink.records[0].record
    #expect(first.kind == .dataTrace)
    #expect(first.flags == .start)
    #expect(first.name == RecordName("USER12", length: 8))
    #expect(first.connectionID == 0x58)
    #expect(first.socketDomain == 2)
    #expect(first.socketType == 1)
    #expect(first.socketState == 1)
    #expect(first.ipProtocol == 6)
    #expect(first.time == time(14417, 13, 18, 52_705_248))
    #expect(first.source == IPAddress("192.0.2.1"))
    #expect(first.sourcePort == 8803)
    let second = sink.records[1]
    #expect(second.payload == bytes("Hello"))
    #expect(second.record.direction == .inbound)
    #expect(second.record.flags == .clearText)
    #expect(second.record.destinationPort == 8803)
    #expect(sink.records[2].record.flags == .end)
  }

  @Test func dumpGivesThePacketBack() throws {
    let (sink, account) = try read(bytes(dumped))
    #expect(account.total == UInt64(dumped.utf8.count))
    #expect(sink.notices.isEmpty)
    try #require(sink.records.count == 1)
    let record = sink.records[0].record
    #expect(
      sink.records[0].payload
        == hex(
          "4500002800004000 3E015914092A6947092A6826 080055920B3F0000 AEBCDB3D03340A0000000000"))
    #expect(record.kind == .packet)
    #expect(record.linkType == .raw)
    #expect(record.flags == .commented)
    #expect(sink.comments.map(\.text) == [bytes("module EZBIPICM, correlator 10")])
    #expect(record.ipProtocol == 1)
    #expect(record.source == IPAddress("9.42.105.71"))
    #expect(record.destination == IPAddress("9.42.104.38"))
    #expect(record.name.text == "ETH1")
    #expect(record.direction == .inbound)
    #expect(record.time == time(12011, 17, 38, 32_175_559))
  }

  @Test func cappedDumpIsIncomplete() throws {
    let text = dumped.replacing(
      "Data              : 12               Data Length: 12", with: "Data : 8 Data Length: 12"
    )
    .replacing("AEBCDB3D 03340A00 00000000 ", with: "AEBCDB3D 03340A00          ")
    let (sink, _) = try read(bytes(text))
    try #require(sink.records.count == 1)
    #expect(sink.records[0].payload.count == 36)
    #expect(sink.records[0].record.flags == [.incomplete, .notDumped, .commented])
    #expect(sink.records[0].record.originalLength == 40)
    #expect(sink.notices.map(\.kind) == [.remark])
  }

  @Test func echoDataIsNotThePacket() throws {
    let text = """
         19 VIC127   PACKET   00000001 22:52:18.648744 Packet Trace
       To Link           : SNALU62L         Device: SNA_LU6.2        Full=276
        Tod Clock        : 2001/02/20 22:52:18.648743
        Lost Records     : 0                Flags: Pkt Ver2 Out
        Source Port      : 0                Dest Port: 0     Asid: 01F6 TCB: 007AEE88
       IpHeader: Version : 4                Header Length: 20
        TTL              : 64               Protocol: ICMP           CheckSum: 4A5A FFFF
        Source           : 9.67.22.1
        Destination      : 9.67.1.2
       ICMP
        Type/Code        : ECHO             CheckSum: 5B3F FFFF
        Echo Data        : 248
      000000 B56D52DB 47A07ACA 2D523F5F 72BE75F9 |.mR.G.z.-R?_r.u.
      000010 36332E6F 5A2D7969 5F7DDC7F 401715D9 |63.oZ-yi_}..@...

      """
    let (sink, account) = try read(bytes(text))
    #expect(account.total == UInt64(text.utf8.count))
    try #require(sink.records.count == 1)
    #expect(sink.notices.map(\.kind) == [.remark])
    #expect(sink.records[0].payload.isEmpty)
    #expect(sink.records[0].record.flags == .notDumped)
    #expect(sink.records[0].record.ipProtocol == 1)
    #expect(sink.records[0].record.source == IPAddress("9.67.22.1"))
    #expect(sink.records[0].record.tracedLength == 276)
    #expect(sink.records[0].record.name.text == "SNALU62L")
  }

  @Test(arguments: ["squeezed", "ebcdic", "carriage", "fixed"]) func allTransfers(_ way: String)
    throws
  {
    let all = formatted + dataTrace + dumped
    let expected = try read(bytes(all)).sink
    var lines = all.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeLast()
    let input: [UInt8]
    switch way {
    case "squeezed":
      input = bytes(lines.map { $0.split(separator: " ").joined(separator: " ") + "\r\n" }.joined())
    case "ebcdic": input = ebcdic(all)
    case "carriage": input = bytes("1 PAGE 1\n" + lines.map { " " + $0 + "\n" }.joined())
    default: input = fixedRecords(lines.map { ebcdic($0) }, 133, fill: 0x40)
    }
    #expect(probe(input) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(input, feed: feed)
      #expect(account.total == UInt64(input.count))
      #expect(sink.records.map(\.payload) == expected.records.map(\.payload))
      #expect(sink.records.map(\.record.time) == expected.records.map(\.record.time))
      #expect(sink.records.map(\.record.flags) == expected.records.map(\.record.flags))
      #expect(sink.records.map(\.record.source) == expected.records.map(\.record.source))
      #expect(sink.records.map(\.record.name) == expected.records.map(\.record.name))
    }
  }

  @Test func summaryRows() throws {
    let text = """
       **** 2004/01/26
       I - Inbound packet
       O - Outbound packet

       DP   Nr hh:mm:ss.mmmmmm IpId    Seq_num    Ack_num  Wndw Flags            DatLn Source/Destination
       OT    1 14:18:00.447462 19E6 1452693653          0 32768 SYN                  0 10.7.1.61-3470
                                                                                       192.168.248.44-5000
       IT    4 14:18:01.111074 4E3D 3454024896 1452693654 32768 ACK PSH             47 192.168.248.44-5000
                               3232302D 2057656C *.......% 220- Wel*                   10.7.1.61-3470

      """
    #expect(probe(bytes(text)) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(bytes(text), feed: feed)
      #expect(account.total == UInt64(text.utf8.count))
      #expect(sink.notices.map(\.kind) == [.remark])
      try #require(sink.records.count == 2)
      let record = sink.records[1].record
      #expect(record.time == time(12443, 14, 18, 1_111_074))
      #expect(record.direction == .inbound)
      #expect(record.traceNumber == 4)
      #expect(record.originalLength == 87)
      #expect(record.source == IPAddress("192.168.248.44"))
      #expect(record.sourcePort == 5000)
      #expect(record.destination == IPAddress("10.7.1.61"))
      #expect(record.destinationPort == 3470)
      #expect(record.ipProtocol == 6)
      #expect(sink.records[0].record.direction == .outbound)
      let views = sink.records.map { kept in
        unsafe PacketView.decode(
          kept.payload.span.bytes, linkType: .raw, originalLength: kept.record.originalLength)
      }
      #expect(views.map(\.sequence) == [1_452_693_653, 3_454_024_896])
      #expect(views.map(\.acknowledgment) == [0, 1_452_693_654])
      #expect(views.map(\.tcpFlags) == [[.syn], [.ack, .psh]])
      #expect(views.map(\.payloadLength) == [0, 47])
      #expect(sink.records[1].payload.suffix(8) == bytes("220- Wel")[...])
    }
  }

  @Test(arguments: [false, true]) func exportRows(_ isWrapped: Bool) throws {
    var rows = [
      #""Flags ","Packet","Absolute Time  ","Rel Time","Delta Time","Device          ","Source          ","Destination     ","IpId","IpLen","Protocol  ","Summary""#,
      #""I O   ",     1,"19:49:42.788207",  0.000000,  0.000000,"OSAQDIOLINK     ","9.67.115.17     ","9.67.115.63     ",17158,  78,"UDP","S=137 D=137 LEN=58""#,
      #""O O   ",    41,"19:52:39.284870",176.496662,  0.000067,"OSAQDIO46       ","FEC9:C2D4::6:2900:EDC:217C","FF02::1:FF15:17",   32,  72,"ICMPv6","ICMPv6""#,
    ]
    if isWrapped {
      rows = rows.map {
        $0.replacing(",\"OSA", with: ",\n\"OSA").replacing(",\"IpId", with: ",\n\"IpId")
      }
    }
    let text = rows.map { $0 + "\n" }.joined()
    #expect(probe(bytes(text)) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(bytes(text), feed: feed)
      #expect(account.total == UInt64(text.utf8.count))
      #expect(sink.notices.map(\.kind) == [.remark])
      try #require(sink.records.count == 2)
      #expect(sink.records.map(\.payload.count) == [28, 0])
      let first = sink.records[0].record
      #expect(first.direction == .inbound)
      #expect(first.sourcePort == 137)
      #expect(first.destinationPort == 137)
      #expect(first.ipProtocol == 17)
      #expect(first.originalLength == 78)
      #expect(first.name.text == "OSAQDIOLINK")
      #expect(first.time == time(0, 19, 49, 42_788_207))
      let second = sink.records[1].record
      #expect(second.source == IPAddress("fec9:c2d4::6:2900:edc:217c"))
      #expect(second.ipProtocol == 58)
      #expect(second.direction == .outbound)
    }
  }

  /// EXPORT(DETAIL) has more columns: those with known names are read wherever they stand.
  @Test(arguments: [false, true]) func columnsAreFoundByName(_ isWrapped: Bool) throws {
    var rows = [
      #""Flags ","Packet","Date","Absolute Time  ","Source","Port","Destination","Port","Protocol  ","Tos","Window""#,
      #""O O   ",    41,"2002/02/12","19:52:39.284870","9.67.115.17     ",1025,"9.67.115.63",53,"UDP",0,0"#,
    ]
    if isWrapped { rows = rows.map { $0.replacing(",\"9", with: ",\n\"9") } }
    let text = rows.map { $0 + "\n" }.joined()
    #expect(probe(bytes(text)) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(bytes(text), feed: feed)
      #expect(account.total == UInt64(text.utf8.count))
      #expect(sink.notices.map(\.kind) == [.remark])
      let record = try #require(sink.records.first).record
      #expect(sink.records.count == 1)
      #expect(record.direction == .outbound)
      #expect(record.source == IPAddress("9.67.115.17"))
      #expect(record.destination == IPAddress("9.67.115.63"))
      #expect(record.ipProtocol == 17)
      #expect(record.traceNumber == 41)
      #expect(record.time == time(0, 19, 52, 39_284_870))
    }
  }

  @Test func everyLengthOfACutInputIsAccounted() throws {
    for report in [bytes(formatted + dataTrace), bytes(dumped), ebcdic(dumped)] {
      for length in stride(from: 0, through: report.count, by: 3) {
        let (_, account) = try read(Array(report[..<length]))
        #expect(account.total == UInt64(length))
      }
    }
  }

  @Test func cutDumpSaysSo() throws {
    let text = dumped.prefix(while: { $0 != "=" }) + ""
    let cut = String(
      dumped[..<(dumped.firstRange(of: "000000 AEBC")?.lowerBound ?? dumped.endIndex)])
    #expect(!text.isEmpty)
    let (sink, _) = try read(bytes(cut))
    #expect(sink.records.map(\.payload.count) == [28])
    #expect(sink.records.first?.record.flags == [.incomplete, .cutShort, .commented])
    #expect(sink.notices.map(\.kind) == [.cutShort])
  }

  @Test(arguments: [formatted, dataTrace, dumped]) func mutationsEndAndAreAccounted(_ text: String)
    throws
  {
    // Without the blanks, so that damage hits something.
    let squeezed = text.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    let fixture = bytes(squeezed.prefix(22).joined(separator: "\n"))
    try expectMutationsAccounted(fixture, seed: 7) { IPCSReader() }
  }

  @Test(arguments: ["", "//IPCS EXEC PGM=IKJEFT01 CTRACE COMP(SYSTCPDA)"]) func otherInputIsNot(
    _ text: String
  ) {
    #expect(probe(bytes(text)) == .no)
  }
}

// MARK: - Captures

@Suite struct TextIPCSCaptureTests {
  @Test(arguments: [
    ("packets-full.txt", [61, 77]), ("packets-full-ebcdic-fb133.bin", [61, 77]),
    ("packets-short.txt", [28]), ("data-full.txt", [0, 117, 171, 0]),
    ("data-dump-capped.txt", [32]),
    ("summary.txt", [40, 40, 48]), ("export-summary.csv", [28, 48]),
  ]) func allAreRead(_ name: String, _ lengths: [Int]) throws {
    let input = try capture("ipcs/" + name)
    #expect(probe(input) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(input, feed: feed)
      #expect(sink.records.map(\.payload.count) == lengths)
      #expect(account.total == UInt64(input.count))
      #expect(account.damaged == 0)
      #expect(!sink.notices.contains { $0.kind == .damaged })
    }
  }

  /// A listing and a report of the same data trace and packets tell the same.
  @Test func reportsAgreeWithListings() throws {
    var listing = ListingReader(day: 20090)
    let data = try collect(&listing, try capture("listing/tcpdata-hex.txt"))
    let report = try read(try capture("ipcs/data-full.txt")).sink
    #expect(report.records.map(\.payload).filter { !$0.isEmpty } == data.records.map(\.payload))
    #expect(report.records.first?.record.flags == .start)
    #expect(report.records.last?.record.flags == .end)
    var packets = ListingReader(day: 20090)
    let traced = try collect(&packets, try capture("listing/tcptrace-packets.txt"))
    let dumped = try read(try capture("ipcs/packets-full.txt")).sink
    #expect(traced.records.map(\.payload) == dumped.records.map(\.payload))
    #expect(traced.records.map(\.record.time) == dumped.records.map(\.record.time))
  }
}

// MARK: - A report made from records

/// Prints a record as CTRACE FULL would: formatted fields, then the dump with both translations.
private func report(_ record: TraceRecord, _ payload: [UInt8], network: Int, transport: Int)
  -> String
{
  let isData = record.kind == .dataTrace
  let way = record.direction == .outbound ? "To" : "From"
  let flags = record.direction == .outbound ? "Out" : "In"
  var text = """
     -------------------------------------------------------------------------------
     \(record.traceNumber) SYS1     \(isData ? "DATA  " : "PACKET")   0000000\(record.entryID) 11:02:03.000009 Trace
     \(way) \(isData ? "Jobname  " : "Interface")    : \(record.name.text)        Full=\(payload.count)
      Tod Clock        : 2024/02/29 11:02:03.000004
      Segment #        : 0                Flags: \(flags)
      Source           : \(record.source)
      Destination      : \(record.destination)
      Source Port      : \(record.sourcePort)  Dest Port: \(record.destinationPort)

    """
  func dump(_ title: String, _ part: ArraySlice<UInt8>, _ note: String = "") {
    guard !part.isEmpty else { return }
    text += "  \(title) : \(part.count) \(note)\n"
    let bytes = Array(part)
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let line = bytes[start..<min(start + 16, bytes.count)]
      var words = ""
      for (index, byte) in line.enumerated() {
        if index > 0, index % 4 == 0 { words += " " }
        words += byte < 16 ? "0" : ""
        words += String(byte, radix: 16, uppercase: true)
      }
      words += String(repeating: " ", count: 36 - words.count)
      let offset = String(start, radix: 16, uppercase: true)
      text += String(repeating: "0", count: 6 - offset.count) + offset + " " + words + "|"
      for byte in line {
        let scalar = CodePage.ibm1047.scalars[Int(byte)]
        text += (0x20...0x7E).contains(scalar) ? CodePage.ibm1047.text([byte]) : "."
      }
      text += String(repeating: " ", count: 17 - line.count)
      for byte in line {
        text += (0x20...0x7E).contains(byte) ? String(decoding: [byte], as: UTF8.self) : "."
      }
      text += "|\n"
    }
  }
  dump("IP Header        ", payload[..<network])
  dump("Protocol Header  ", payload[network..<(network + transport)])
  let data = payload[(network + transport)...]
  dump("Data             ", data, "       Data Length: \(data.count)")
  return text
}

@Suite struct TextIPCSRoundTripTests {
  @Test func fullReportEqualsTheRecord() throws {
    var random = SplitMix(11)
    var text = " **** 2024/02/29\n"
    var payloads: [[UInt8]] = []
    var expected: [TraceRecord] = []
    for number in 1...60 {
      var record = TraceRecord()
      let isData = number % 2 == 0
      record.kind = isData ? .dataTrace : .packet
      record.entryID = isData ? 5 : 4
      record.traceNumber = UInt32(number)
      record.direction = number % 3 == 0 ? .inbound : .outbound
      record.name = RecordName(isData ? "WEBSRV1" : "OSAQDIO46", length: isData ? 8 : 16)
      record.source = IPAddress(ipv4: 0xC000_0200 | UInt32(number))
      record.destination = IPAddress(ipv4: 0xC633_6401)
      record.sourcePort = 8443
      record.destinationPort = UInt16(40000 + number)
      record.ipProtocol = 6
      record.linkType = isData ? .none : .raw
      let count = Int.random(in: 0...200, using: &random)
      var payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      if !isData {
        var header = [UInt8](repeating: 0, count: 40)
        header[0] = 0x45
        header[9] = 6
        header[12..<16] = [0xC0, 0, 2, UInt8(number)]
        header[16..<20] = [0xC6, 0x33, 0x64, 1]
        header[20..<24] = [0x20, 0xFB, 0x9C, UInt8(0x40 + number)]
        payload = header + payload
      }
      text += report(record, payload, network: isData ? 0 : 20, transport: isData ? 0 : 20)
      payloads.append(payload)
      expected.append(record)
    }
    for feed in [Feed.whole, .chunks] {
      let (sink, account) = try read(bytes(text), feed: feed)
      #expect(account.total == UInt64(text.utf8.count))
      #expect(sink.notices.isEmpty)
      #expect(sink.records.map(\.payload) == payloads)
      for (kept, record) in zip(sink.records, expected) {
        #expect(kept.record.kind == record.kind)
        #expect(kept.record.entryID == record.entryID)
        #expect(kept.record.traceNumber == record.traceNumber)
        #expect(kept.record.direction == record.direction)
        #expect(kept.record.name == record.name)
        #expect(kept.record.source == record.source)
        #expect(kept.record.destination == record.destination)
        #expect(kept.record.sourcePort == record.sourcePort)
        #expect(kept.record.destinationPort == record.destinationPort)
        #expect(kept.record.ipProtocol == record.ipProtocol)
        #expect(kept.record.linkType == record.linkType)
        #expect(kept.record.flags == [])
        #expect(kept.record.time == time(19782, 11, 2, 3_000_004))
      }
    }
  }
}

// MARK: - Reports and listings without records

@Suite struct TextWithoutRecordsTests {
  private static let statistics = """
    COMPONENT TRACE SHORT FORMAT
    SYSNAME(MVS1)
    COMP(SYSTCPDA)SUBNAME((TCPIP))
    OPTIONS((STATISTICS(DETAIL)))
    **** 2026/02/03
     Device Type Report
      Total          Input          Data         Output         Data   Device Type
         42             20          1040             22         2400   34(Loopback)
          7              7           700              0            0   41(IPAQIDIO)

    """

  @Test(arguments: [false, true]) func statisticsAreAnswered(_ isEBCDIC: Bool) throws {
    let input = isEBCDIC ? ebcdic(Self.statistics) : bytes(Self.statistics)
    #expect(probe(input) == .yes)
    let (sink, account) = try read(input)
    #expect(account.total == UInt64(input.count))
    #expect(account.damaged == 0)
    #expect(sink.records.isEmpty)
    let told = sink.notices.map(\.reason.description)
    #expect(sink.notices.allSatisfy { $0.kind == .remark })
    #expect(told.first?.contains("STATISTICS") == true)
    #expect(told.dropFirst() == ["device type 34 is Loopback", "device type 41 is IPAQIDIO"])
  }

  @Test(arguments: [false, true]) func emptyListingsAreAnswered(_ isEBCDIC: Bool) throws {
    let text = """
      Using port          : 8443
            payload length: 1024
            TCPIP Instance: TCPIP
            PRINT         : A
            WAITTIME      : 60

      end due to time out

      """
    let input = isEBCDIC ? ebcdic(text) : bytes(text)
    #expect(unsafe ListingReader.probe(input.span.bytes, atEnd: true) == .yes)
    var reader = ListingReader(day: 0)
    let sink = try collect(&reader, input)
    #expect(reader.account.total == UInt64(input.count))
    #expect(sink.records.isEmpty)
    #expect(sink.notices.map(\.kind) == [.remark])
    #expect(sink.notices.first?.reason.description.contains("holds no records") == true)
  }
}
