import Foundation
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

@Suite struct ConversationTests {
  static let talk = ConversationPrinter.Talk(
    slot: 0, number: 3,
    key: FlowKey(
      Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803), Endpoint(IPAddress(ipv4: 0x0A01_0002), 45168),
      ipProtocol: 6, plane: 1),
    clientIsLower: true, name: RecordName("GPMSERVE", length: 8))

  private func shown(
    _ options: PrintOptions = PrintOptions(), _ body: (ConversationPrinter) throws -> Void
  ) throws -> String {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let printer = ConversationPrinter(sink, options)
    try body(printer)
    try printer.finish()
    try sink.commit()
    return String(decoding: target.bytes, as: UTF8.self)
  }

  private func say(_ printer: ConversationPrinter, _ text: String, fromLower: Bool) throws {
    try unsafe printer.data(
      Self.talk, fromLower: fromLower, Array(text.utf8).span.bytes,
      time: 1_767_600_000_000_000_000)
  }

  @Test func turnsAreJoined() throws {
    let text = try shown { printer in
      try say(printer, "GET / HT", fromLower: true)
      try say(printer, "TP/1.1\r\n\r\n", fromLower: true)
      try say(printer, "HTTP/1.1 200 OK\r\n\r\n", fromLower: false)
      try printer.gap(Self.talk, fromLower: false, count: 100)
      try say(printer, "rest", fromLower: false)
      try printer.remark(Self.talk, "reset")
      try printer.closed(Self.talk)
    }
    let time = "2026-01-05 08:00:00.000000 UTC GPMSERVE"
    #expect(
      text == """
        >> tcp 3 \(time) 10.1.0.2:45168 > 10.1.1.2:8803
          GET / HTTP/1.1


        << tcp 3 \(time) 10.1.1.2:8803 > 10.1.0.2:45168
          HTTP/1.1 200 OK


        -- tcp 3 gap: 100 bytes of 10.1.1.2:8803 are missing

        << tcp 3 \(time) 10.1.1.2:8803 > 10.1.0.2:45168
          rest

        -- tcp 3 reset


        """)
  }

  @Test func payloadOnlyIsNothingButPayload() throws {
    var options = PrintOptions()
    options.payloadOnly = true
    let text = try shown(options) { printer in
      try say(printer, "one\ntw", fromLower: true)
      try say(printer, "o\n", fromLower: true)
      try printer.gap(Self.talk, fromLower: true, count: 0)
      try say(printer, "three", fromLower: false)
    }
    #expect(text == "one\ntwo\nthree\n")
  }

  @Test func coloursFollowTheSpeaker() throws {
    var options = PrintOptions()
    options.color = true
    let text = try shown(options) { printer in
      try say(printer, "q\n", fromLower: true)
      try say(printer, "a\n", fromLower: false)
    }
    #expect(text.hasPrefix("\u{1B}[32m>> ") && text.contains("\u{1B}[36m<< "))
    #expect(text.components(separatedBy: "\u{1B}[0m").count == 3)
  }
}

@Suite struct RecordJSONTests {
  private func objects(
    _ records: [(TraceRecord, [UInt8])], _ options: PrintOptions = PrintOptions()
  ) throws -> [[String: Any]] {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let printer = RecordJSON(sink, options)
    let tracker = FlowTracker(to: printer)
    for (record, payload) in records { try unsafe tracker.record(record, payload.span.bytes) }
    try sink.commit()
    return try target.bytes.split(separator: 0x0A).map {
      let object = try JSONSerialization.jsonObject(with: Data($0))
      return try #require(object as? [String: Any])
    }
  }

  @Test func oneObjectPerRecord() throws {
    let objects = try objects([
      (dataRecord(.outbound), Array("say \"hi\"\\\r\n\u{1B}\u{202E}\u{E9}\u{1F512}".utf8)),
      (dataRecord(.inbound, flags: .confidential), []),
    ])
    #expect(objects.count == 2)
    let first = objects[0]
    #expect(
      first["text"] as? String == "say \"hi\"\\\r\n\u{1B}\u{202E}\u{E9}\u{1F512}"
        || first["encoding"] as? String == "binary")
    #expect(first["time"] as? String == "2026-01-05T08:00:00.123456789Z")
    #expect(first["job"] as? String == "GPMSERVE")
    #expect(first["direction"] as? String == "out")
    #expect(first["security"] as? String == "clear")
    #expect(first["source_port"] as? Int == 8803)
    #expect(objects[1]["security"] as? String == "confidential")
    #expect(objects[1]["text"] is NSNull)
    #expect(Set(first.keys) == Set(objects[1].keys))
  }

  @Test func payloadComesBack() throws {
    for count in 0...50 {
      let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      for form in PayloadForm.allCases {
        var options = PrintOptions()
        options.form = form
        let object = try objects([(dataRecord(), payload)], options)[0]
        let text = try #require(object["payload"] as? String)
        #expect(Data(base64Encoded: text).map { Array($0) } == payload)
      }
    }
  }

  @Test func ebcdicIsTranslated() throws {
    let payload = ebcdic("GET / HTTP/1.1\nAuthorization: Basic QUJD\n\n")
    let object = try objects([(dataRecord(), payload)])[0]
    #expect(object["encoding"] as? String == "ebcdic")
    let text = try #require(object["text"] as? String)
    #expect(text.contains("Authorization: Basic QUJD"))
  }

  @Test func screensAreText() throws {
    let object = try objects([(dataRecord(.outbound), TerminalTests.screen)])[0]
    #expect(object["encoding"] as? String == "3270")
    #expect((object["text"] as? String)?.contains("[01,02] TSO LOGON\n") == true)
  }
}
