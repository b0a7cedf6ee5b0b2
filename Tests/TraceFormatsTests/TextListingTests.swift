import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceFormats

/// 2025-01-02.
private let day = 20090

private func read(_ input: [UInt8], feed: Feed = .whole, day: Int = day, utcOffset: Int = 0) throws
  -> (sink: CollectingSink, account: ByteAccount)
{
  var reader = ListingReader(day: day, utcOffset: utcOffset)
  let sink = try collect(&reader, input, feed: feed)
  return (sink, reader.account)
}

private func probe(_ input: [UInt8], atEnd: Bool = true) -> FormatProbe {
  unsafe ListingReader.probe(input.span.bytes, atEnd: atEnd)
}

private let hexListing = """
  Data trace.  Data length 20.  PTH_ both locals .  ATTLS Clear Text.\u{20}\u{20}
  >WEBSRV1   10:00:01.000002 Src 192.0.2.7 Port 40001 Dst 192.0.2.1 Port 8443\u{20}
  00000000 : 47455420 2F204854 54502F31 2E310D0A  ........&...... GET / HTTP/1.1..\u{20}
  00000010 : 0D0A0D0A                             ....             ....            \u{20}

  Data trace.  Data length 0.  PTH_Flag.Confidential.\u{20}\u{20}
  <WEBSRV1   10:00:02.500000 Src 192.0.2.1 Port 8443 Dst 192.0.2.7 Port 40002\u{20}

  end due to time out

  """

@Suite struct TextListingTests {
  @Test(arguments: Feed.allCases) func hexadecimalIsExact(_ feed: Feed) throws {
    let (sink, account) = try read(bytes(hexListing), feed: feed)
    #expect(sink.complaints.isEmpty)
    #expect(account.total == UInt64(hexListing.utf8.count))
    try #require(sink.records.count == 2)
    let first = sink.records[0]
    #expect(first.payload == bytes("GET / HTTP/1.1\r\n\r\n\r\n"))
    #expect(first.record.kind == .dataTrace)
    #expect(first.record.direction == .inbound)
    #expect(first.record.flags == [.local, .clearText, .printedTime])
    #expect(first.record.name.text == "WEBSRV1")
    #expect(first.record.source == IPAddress("192.0.2.7"))
    #expect(first.record.sourcePort == 40001)
    #expect(first.record.destination == IPAddress("192.0.2.1"))
    #expect(first.record.destinationPort == 8443)
    #expect(first.record.ipProtocol == 6)
    #expect(first.record.tracedLength == 20)
    #expect(first.record.time == (Int64(day) * 86400 + 36001) * 1_000_000_000 + 2000)
    #expect(first.record.rawFlags == 0xA0)
    let second = sink.records[1]
    #expect(second.payload.isEmpty)
    #expect(second.record.direction == .outbound)
    #expect(second.record.flags == [.confidential, .printedTime])
    #expect(second.record.number == 2)
    #expect(sink.notices.filter { $0.reason == .timeOfPrinting }.count == 1)
  }

  /// The ways the same listing arrives: all give the same records.
  @Test(arguments: [
    "crlf", "stripped", "carriage", "machine", "ebcdic", "ebcdic fixed", "ebcdic rdw", "ascii rdw",
    "lengths", "squeezed", "indented", "cr", "twice", "nel", "nel utf-8", "mark", "blocks",
    "fixed 133", "ascii fixed 255",
  ]) func allTransfers(_ way: String) throws {
    let expected = try read(bytes(hexListing)).sink
    let lines = hexListing.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      String($0)
    }
    let input: [UInt8]
    switch way {
    case "crlf": input = bytes(lines.map { $0 + "\r\n" }.joined())
    case "stripped":
      input = bytes(
        lines.map { line in
          var line = line
          while line.last == " " { line.removeLast() }
          return line + "\n"
        }.joined())
    case "carriage": input = bytes("1PAGE 1\n" + lines.map { " " + $0 + "\n" }.joined())
    case "machine": input = bytes(lines.map { "\u{9}" + $0 + "\n" }.joined())
    case "ebcdic": input = ebcdic(hexListing)
    case "ebcdic fixed": input = fixedRecords(lines.map { ebcdic($0) }, 200, fill: 0x40)
    case "fixed 133": input = fixedRecords(lines.map { ebcdic($0) }, 133, fill: 0x40)
    case "ascii fixed 255": input = fixedRecords(lines.map { bytes($0) }, 255, fill: 0x20)
    case "cr": input = bytes(lines.joined(separator: "\r"))
    case "twice": input = bytes(lines.joined(separator: "\r\r\n"))
    case "nel": input = Array(lines.map { bytes($0) }.joined(separator: [0x85]))
    case "nel utf-8": input = Array(lines.map { bytes($0) }.joined(separator: [0xC2, 0x85]))
    case "mark": input = [0xEF, 0xBB, 0xBF] + bytes(hexListing)
    case "blocks":
      // Two blocks, each with a descriptor word of its own.
      input = [lines[..<5], lines[5...]].flatMap { lines in
        let records = descriptorWords(lines.map { ebcdic($0) })
        return [UInt8((records.count + 4) >> 8), UInt8((records.count + 4) & 0xFF), 0, 0] + records
      }
    case "ebcdic rdw": input = descriptorWords(lines.map { ebcdic($0) })
    case "ascii rdw": input = descriptorWords(lines.map { bytes($0) })
    case "lengths":
      var records: [UInt8] = []
      for line in lines {
        records += [0, 0, 0, UInt8(line.utf8.count)]
        records += bytes(line)
      }
      input = records
    case "squeezed":
      input = bytes(
        lines.map { $0.split(separator: " ").joined(separator: " ") + "\n" }.joined())
    default: input = bytes(lines.map { "    " + $0 + "\n" }.joined())
    }
    #expect(probe(input) == .yes)
    for feed in Feed.allCases {
      let (sink, account) = try read(input, feed: feed)
      #expect(account.total == UInt64(input.count))
      #expect(sink.records.map(\.payload) == expected.records.map(\.payload))
      for (one, other) in zip(sink.records, expected.records) {
        #expect(one.record.source == other.record.source)
        #expect(one.record.destinationPort == other.record.destinationPort)
        #expect(one.record.flags == other.record.flags)
        #expect(one.record.name == other.record.name)
        #expect(one.record.time == other.record.time)
      }
    }
  }

  @Test func everyLengthOfACutInputIsAccounted() throws {
    for listing in [bytes(hexListing), ebcdic(hexListing)] {
      for length in 0...listing.count {
        let (sink, account) = try read(Array(listing[..<length]))
        #expect(account.total == UInt64(length))
        #expect(sink.records.count <= 2)
      }
    }
  }

  @Test func asciiTextIsRebuilt() throws {
    let listing = """
      Using port          : 0
            PRINT         : A
      Data trace.  Data length 78.  ATTLS Clear Text.\u{20}\u{20}
      <WEBSRV1   10:00:01.000002 Src 192.0.2.1 Port 8443 Dst 192.0.2.7 Port 40001\u{20}
      HTTP/1.1 200 OK
      Content-Type: text/plain
      Content-Length: 13
      Hello, world!

      end due to time out

      """
    let (sink, account) = try read(bytes(listing))
    #expect(account.total == UInt64(listing.utf8.count))
    try #require(sink.records.count == 1)
    #expect(
      sink.records[0].payload
        == bytes(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!"))
    #expect(sink.records[0].record.flags.contains(.reconstructed))
    #expect(sink.records[0].record.tracedLength == 78)
  }

  /// What the length of the payload says about the line ends that were not printed.
  @Test(arguments: [
    ("one\ntwo\n", 8, "one\r\ntwo"), ("one\ntwo\n", 7, "one\ntwo"),
    ("one\ntwo\n", 10, "one\r\ntwo\r\n"), ("one\n", 3, "one"), ("one\n", 4, "one\n"),
    ("GET / HTTP/1.1\nHost: a\n", 27, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("A: 1\nB: 2\n", 12, "A: 1\r\nB: 2\r\n"), ("one\ntwo\nsix\n", 12, "one\ntwo\nsix\n"),
    ("A: 1\n<x>\n</x>\n", 16, "A: 1\r\n\r\n<x>\n</x>"),
    ("A: 1\n<x>\n</x>\n", 17, "A: 1\r\n\r\n<x>\r\n</x>"),
    ("A: 1\n<x>\n<y>\n</x>\n", 21, "A: 1\r\n\r\n<x>\n<y>\n</x>\n"), ("one\n", 400, "one\r\n"),
  ]) func lineEnds(_ text: String, _ length: Int, _ expected: String) {
    var output: [UInt8] = []
    ListingText.rebuildASCII(bytes(text), length: length, into: &output)
    #expect(output == bytes(expected))
  }

  @Test func debugLinesAreFields() throws {
    let listing = """
      CTE Loop 0
      Data trace.  Pthread Sequence 3
      IPV4-IPAQENET       JobName WEBSRV1  Domain 0x13 Type 0x02 protocol 0x11 state 0x00
      Interface index 7
      Original Payloadlength 900
      Payload  traced 4
      Data length 4.\u{20}\u{20}
      <WEBSRV1   10:00:01.000002 Src 2001:db8::1 Port 53 Dst 2001:db8::2 Port 40001\u{20}
      length appl data 4
      00000000 : 01020304                             ....             ....            \u{20}

      CTE Loop 1
      Data trace.  Pthread Sequence 0
      Device type 34.    JobName WEBSRV1  Domain 0x02 Type 0x01 protocol 0x06 state 0x01
      Data length 0.\u{20}\u{20}
      >WEBSRV1   10:00:01.000003 Src 192.0.2.7 Port 53 Dst 192.0.2.1 Port 40001\u{20}
      length appl data 0

      """
    let (sink, account) = try read(bytes(listing))
    #expect(account.total == UInt64(listing.utf8.count))
    #expect(sink.complaints.isEmpty)
    try #require(sink.records.count == 2)
    let first = sink.records[0].record
    #expect(first.segment == 3)
    #expect(first.deviceType == 39)
    #expect(first.socketDomain == 0x13)
    #expect(first.socketType == 2)
    #expect(first.ipProtocol == 17)
    #expect(first.interfaceIndex == 7)
    #expect(first.originalLength == 900)
    #expect(first.tracedLength == 4)
    #expect(first.source == IPAddress("2001:db8::1"))
    #expect(sink.records[0].payload == [1, 2, 3, 4])
    let second = sink.records[1].record
    #expect(second.deviceType == 34)
    #expect(second.flags.contains(.start))
    #expect(!second.flags.contains(.end))
  }

  @Test func packetsBearTheirCaptureTime() throws {
    let listing = """
      Packet trace.  !Drop reason code 4102
      Data length 28.\u{20}\u{20}
      <OSAQDIOLINK       10:00:01.000002 Src 192.0.2.1 Port 53 Dst 192.0.2.7 Port 40001\u{20}
      00000000 : 67758A1F 0003F04D 0000001C 00000040  ........0(..... gu.....M.......@\u{20}
      00000000 : 4500001C 00010000 40110000 C0000201  ........ ...{... E.......@.......\u{20}
      00000010 : C0000207 00359C41 00080000           {......          .....5.A....    \u{20}


      """
    let (sink, account) = try read(bytes(listing))
    #expect(account.total == UInt64(listing.utf8.count))
    #expect(sink.notices.isEmpty)
    try #require(sink.records.count == 1)
    let record = sink.records[0].record
    #expect(record.kind == .packet)
    #expect(record.linkType == .raw)
    #expect(record.ipProtocol == 17)
    #expect(record.dropReason == 4102)
    #expect(record.name.text == "OSAQDIOLINK")
    #expect(record.time == 0x6775_8A1F * 1_000_000_000 + 258_125_000)
    #expect(!record.flags.contains(.printedTime))
    #expect(record.originalLength == 64)
    #expect(sink.records[0].payload.count == 28)
    #expect(sink.records[0].payload.first == 0x45)
  }

  @Test(
    arguments: [
      ("lost:packet trace records:5\ndata trace records:3\n", 5, 3),
      ("lost:packet trace records:5data trace records:3", 5, 3),
      ("lost:data trace records:2\n", nil, 2),
      ("lost:", nil, nil),
    ] as [(String, UInt64?, UInt64?)]) func lostRecords(
      _ text: String, _ packets: UInt64?, _ data: UInt64?
    ) throws
  {
    let input = bytes(text + hexListing)
    for feed in Feed.allCases {
      let (sink, account) = try read(input, feed: feed)
      #expect(account.total == UInt64(input.count))
      #expect(sink.records.count == 2)
      #expect(sink.complaints.map(\.reason) == [.lostRecords(packets: packets, data: data)])
      #expect(sink.complaints.first?.length == UInt64(text.utf8.count))
    }
  }

  @Test func midnightAddsADay() throws {
    let record = { (time: String) in
      "Data trace.  Data length 0.  \n>JOB1      \(time) Src 192.0.2.7 Port 1 Dst 192.0.2.1 Port 2 \n\n"
    }
    let listing =
      record("23:59:59.999999") + record("00:00:00.000001") + record("11:00:00.000000")
      + record("23:00:00.000000") + record("01:00:00.000000")
    let times = try read(bytes(listing), day: 0, utcOffset: 3600).sink.records.map(\.record.time)
    let hour: Int64 = 3_600_000_000_000
    #expect(
      times == [
        23 * hour - 1000, 23 * hour + 1000, 34 * hour, 46 * hour, 48 * hour,
      ])
  }

  @Test func foreignLinesAreOneNoticeAStretch() throws {
    let log = "IEF403I JOB1 - STARTED\n\nIEF404I JOB1 - ENDED\n"
    let input = bytes(log + hexListing + log)
    let (sink, account) = try read(input)
    #expect(account.total == UInt64(input.count))
    #expect(sink.records.count == 2)
    #expect(
      sink.complaints == [
        TraceNotice(.skipped, .foreignText, at: 0, length: UInt64(log.utf8.count)),
        TraceNotice(
          .skipped, .foreignText, at: UInt64(log.utf8.count + hexListing.utf8.count),
          length: UInt64(log.utf8.count)),
      ])
  }

  @Test func damagedHexLineCostsItself() throws {
    let payload = (0..<100).map { UInt8($0) }
    var text = String(decoding: try print(payload, .hex), as: UTF8.self)
    text = text.replacing("00000020 : 20212223", with: "00000020 : 2021x223")
    let (sink, account) = try read(bytes(text))
    #expect(account.total == UInt64(text.utf8.count))
    try #require(sink.records.count == 1)
    #expect(sink.records[0].record.flags.contains(.incomplete))
    var expected = payload
    for index in 34..<48 { expected[index] = 0 }
    #expect(sink.records[0].payload == expected)
    #expect(sink.complaints.map(\.kind) == [.damaged])
  }

  @Test func missingHexLineIsAHole() throws {
    let payload = (1...100).map { UInt8($0) }
    let lines = String(decoding: try print(payload, .hex), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).filter { !$0.hasPrefix("00000020") }
    let (sink, _) = try read(bytes(lines.joined(separator: "\n")))
    try #require(sink.records.count == 1)
    #expect(sink.records[0].record.flags.contains(.incomplete))
    #expect(
      sink.records[0].payload == payload[..<32] + Array(repeating: 0, count: 16) + payload[48...])
  }

  /// No length that a listing claims makes a payload larger than a trace can hold.
  @Test(arguments: ["99999999", "16777216", "99999999999999999999", "x"]) func lengthsThatCannotBe(
    _ length: String
  ) throws {
    let text = hexListing.replacing("Data length 20.", with: "Data length \(length).")
    let (sink, account) = try read(bytes(text))
    #expect(account.total == UInt64(text.utf8.count))
    try #require(sink.records.count == 2)
    #expect(sink.records[0].payload == bytes("GET / HTTP/1.1\r\n\r\n\r\n"))
    #expect(sink.records[0].record.flags.contains(.incomplete))
    #expect(sink.complaints.map(\.kind) == [.damaged])
  }

  /// A line far into a payload that has none before it does not make room for the ones between.
  @Test func aHoleIsBounded() throws {
    let text = hexListing.replacing("Data length 20.", with: "Data length 16777215.").replacing(
      "00000010 :", with: "00FFFFF0 :")
    let (sink, account) = try read(bytes(text))
    #expect(account.total == UInt64(text.utf8.count))
    #expect(sink.records.first?.payload.count == 16)
    #expect(sink.records.first?.record.flags.contains(.incomplete) == true)
  }

  @Test func addressesWithoutAHeadAreStillARecord() throws {
    let lines = hexListing.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    let (sink, _) = try read(bytes(lines.joined(separator: "\n")))
    try #require(sink.records.count == 2)
    #expect(sink.records[0].record.flags.contains(.incomplete))
    #expect(sink.records[0].payload == bytes("GET / HTTP/1.1\r\n\r\n\r\n"))
  }

  @Test(arguments: [
    "", "Data trace.", "The data trace. Data length 5.", "GIF89a",
  ]) func otherInputIsNot(_ text: String) {
    let input = bytes(text)
    #expect(probe(input) == .no)
  }

  @Test func probeGivesUpOnALongText() {
    let input = bytes(String(repeating: "nothing of the kind\n", count: 20000))
    #expect(probe(input, atEnd: false) == .no)
  }

  @Test func probeAsksForMoreOfAText() {
    let input = bytes(String(repeating: "IEF236I ALLOC. FOR JOB1\n", count: 10))
    #expect(probe(input, atEnd: false) == .needMore)
    let binary = [UInt8](repeating: 1, count: 1000)
    #expect(probe(binary, atEnd: false) == .no)
  }
}

// MARK: - Captures

@Suite struct TextListingCaptureTests {
  /// The same two messages, printed and transferred in different ways.
  @Test(arguments: [
    "tcpdata-ascii.txt", "tcpdata-joblog-crlf.txt", "tcpdata-hex-ebcdic-fb200.bin",
    "tcpdata-hex-ebcdic-rdw.bin",
  ]) func sameMessages(_ name: String) throws {
    let expected = try read(try capture("listing/tcpdata-hex.txt")).sink
    let (sink, account) = try read(try capture("listing/" + name))
    #expect(account.damaged == 0)
    #expect(sink.records.map(\.payload) == expected.records.map(\.payload))
    #expect(sink.records.map(\.record.time) == expected.records.map(\.record.time))
    #expect(expected.records.map(\.payload.count) == [117, 171])
  }

  /// Lines of one length stay lines of one length when bytes are damaged to line ends, or missing.
  @Test(arguments: [0x15, 0x25] as [UInt8])
  func damageInLinesOfOneLengthCostsWhatIsBehindIt(_ lineEnd: UInt8) throws {
    var input = try capture("listing/tcpdata-hex-ebcdic-fb200.bin")
    let whole = try read(input).sink.records.map(\.payload)
    input[4300] = lineEnd
    #expect(try read(input).sink.records.first?.payload == whole.first)
    input.removeSubrange(4300..<4350)
    #expect(try read(input).sink.records.first?.payload == whole.first)
  }

  @Test(arguments: [
    ("tcpdata-ebcdic-text.txt", 2), ("tcpdata-confidential.txt", 2), ("tcpdata-debug.txt", 2),
    ("tcptrace-packets.txt", 2),
  ]) func allAreRead(_ name: String, _ records: Int) throws {
    let input = try capture("listing/" + name)
    let (sink, account) = try read(input)
    #expect(probe(input) == .yes)
    #expect(sink.records.count == records)
    #expect(account.total == UInt64(input.count))
    #expect(account.damaged == 0)
    #expect(!sink.notices.contains { $0.kind == .damaged || $0.kind == .skipped })
  }
}

// MARK: - Round trips

private func print(_ payload: [UInt8], _ style: ListingWriter.Style, kind: RecordKind = .dataTrace)
  throws -> [UInt8]
{
  let target = MemoryTarget()
  let sink = ByteSink(target)
  var record = TraceRecord()
  record.kind = kind
  record.entryID = kind == .packet ? 4 : 5
  record.direction = .outbound
  record.rawFlags = 0x21
  record.flags = .clearText
  record.name = RecordName(kind == .packet ? "OSA1" : "WEBSRV1", length: kind == .packet ? 16 : 8)
  record.source = IPAddress(ipv4: 0xC000_0201)
  record.destination = IPAddress("2001:db8::7") ?? .unspecified
  record.sourcePort = 8443
  record.destinationPort = 40001
  record.time = (Int64(day) * 86400 + 5000) * 1_000_000_000 + 123_456_000
  record.originalLength = payload.count
  var writer = ListingWriter(sink, style: style)
  try unsafe writer.write(record, payload.span.bytes)
  try sink.commit()
  return target.bytes
}

@Suite struct TextListingRoundTripTests {
  @Test func hexadecimal() throws {
    var random = SplitMix(1)
    for length in Array(0...130) + Array(stride(from: 131, to: 5000, by: 197)) + [5000] {
      let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      for kind in [RecordKind.dataTrace, .packet] {
        let listing = try print(payload, .hex, kind: kind)
        let (sink, account) = try read(listing, feed: length < 200 ? .drip : .chunks)
        #expect(account.total == UInt64(listing.count))
        try #require(sink.records.count == 1)
        #expect(sink.complaints.isEmpty)
        let record = sink.records[0].record
        #expect(sink.records[0].payload == payload)
        #expect(record.time == (Int64(day) * 86400 + 5000) * 1_000_000_000 + 123_456_000)
        #expect(record.destination == IPAddress("2001:db8::7"))
        #expect(record.rawFlags == 0x21)
        #expect(record.name.text == (kind == .packet ? "OSA1" : "WEBSRV1"))
      }
    }
  }

  /// Bytes that print keep their values and all bytes their places.
  @Test func ebcdicText() throws {
    var random = SplitMix(2)
    for length in Array(0...170) + [1000, 5000] {
      let payload = (0..<length).map { _ in UInt8.random(in: 0x40...0xFF, using: &random) }
      let expected = payload.map { TextEncoding.isPrintable1047[Int($0)] ? $0 : 0x4B }
      var listing = bytes("      PRINT         : E\n") + (try print(payload, .ebcdic))
      for strips in [false, true] {
        if strips {
          let lines = listing.split(separator: 0x0A, omittingEmptySubsequences: false)
          var stripped: [UInt8] = []
          for line in lines {
            stripped += line.prefix(
              (line.lastIndex { $0 != 0x20 } ?? line.startIndex - 1) - line.startIndex + 1)
            stripped.append(0x0A)
          }
          listing = stripped
        }
        let (sink, account) = try read(listing)
        #expect(account.total == UInt64(listing.count))
        try #require(sink.records.count == 1)
        #expect(sink.records[0].payload == expected, "length \(length)")
        #expect(sink.records[0].record.flags.contains(.reconstructed) == (length > 0))
      }
    }
  }

  /// A line of 81 characters is printed in this style only.
  @Test func ebcdicTextIsRecognisedByItsLines() throws {
    let payload = (0..<300).map { UInt8(0xC1 + $0 % 9) }
    let (sink, _) = try read(try print(payload, .ebcdic))
    #expect(sink.records.map(\.payload) == [payload])
  }

  /// Text with CR LF and no blank lines comes back as it was.
  @Test func asciiText() throws {
    var random = SplitMix(3)
    let characters = (0x20...0x7E).map { UInt8($0) }.filter {
      ![0x5E, 0x60, 0x7C, 0x20].contains($0)
    }
    for lines in 1...60 {
      var payload: [UInt8] = []
      for _ in 0..<lines {
        let width = Int.random(in: 1...79, using: &random)
        for _ in 0..<width { payload.append(characters.randomElement(using: &random) ?? 0x41) }
        payload += [0x0D, 0x0A]
      }
      if lines % 2 == 0 { payload.removeLast(2) }
      let listing = try print(payload, .ascii)
      let (sink, account) = try read(listing)
      #expect(account.total == UInt64(listing.count))
      #expect(sink.records.map(\.payload) == [payload])
    }
  }

  /// Any bytes at all keep their number, where the text can hold them.
  @Test func asciiTextOfRandomBytesKeepsItsLength() throws {
    var random = SplitMix(4)
    for length in 1...200 {
      let payload = (0..<length).map { _ in UInt8.random(in: 0x20...0xFF, using: &random) }
      let listing = bytes("PRINT : A\n") + (try print(payload, .ascii))
      let (sink, _) = try read(listing)
      #expect(sink.records.map(\.payload.count) == [length])
      #expect(sink.records.first?.record.tracedLength == length)
    }
  }

  @Test func mutationsEndAndAreAccounted() throws {
    let payload = (0..<40).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var fixtures = [bytes(hexListing), ebcdic(hexListing)]
    for style in ListingWriter.Style.allCases { fixtures.append(try print(payload, style)) }
    fixtures.append(descriptorWords([ebcdic("Data trace.  Data length 2.  "), ebcdic("none")]))
    for (number, fixture) in fixtures.enumerated() {
      try expectMutationsAccounted(fixture, seed: UInt64(number)) { ListingReader(day: day) }
    }
  }
}
