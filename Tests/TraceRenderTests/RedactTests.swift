import Testing
import TestSupport
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

@Suite struct RedactTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var payloads: [String]
    var secret: String
    var kept: String
    var testDescription: String { payloads.joined(separator: "|") }
  }

  static let cases = [
    Case(
      payloads: ["GET / HTTP/1.1\r\nAuthorization: Basic SUJNVVNFUjpTWVMx\r\nHost: a\r\n\r\n"],
      secret: "SUJNVVNFUjpTWVMx", kept: "Host: a"),
    Case(
      payloads: ["HTTP/1.1 200 OK\r\nSet-Cookie: LtpaToken2=abcXYZ\r\n\r\n"], secret: "abcXYZ",
      kept: "200 OK"),
    Case(payloads: ["Cookie: a=hunter2\r\nHost: b\r\n\r\nbody"], secret: "hunter2", kept: "body"),
    Case(
      payloads: ["POST /x HTTP/1.1\r\n\r\n{\"user\":\"u1\",\"password\":\"hunter2\"}"],
      secret: "hunter2", kept: "u1"),
    Case(
      payloads: ["POST /x HTTP/1.1\r\n\r\nuser=u1&password=hunter2"], secret: "hunter2",
      kept: "u1"),
    // Cut between records: the name in one, the value in the next.
    Case(
      payloads: ["GET / HTTP/1.1\r\nAuthorization: Bas", "ic SECRET12\r\nHost: q\r\n\r\n"],
      secret: "SECRET12", kept: "Host: q"),
    Case(
      payloads: ["POST / HTTP/1.1\r\n\r\n{\"a\":1,\"password\":\"", "hunter2\",\"b\":\"two\"}"],
      secret: "hunter2", kept: "two"),
    Case(
      payloads: ["USER ibmuser\r\n", "PASS sys1pass\r\n", "CWD /home\r\n"], secret: "sys1pass",
      kept: "CWD /home"),
    Case(payloads: ["GET /l?token=abc123&x=1 HTTP/1.1\r\n\r\n"], secret: "abc123", kept: "x=1"),
  ]

  @Test(arguments: cases, [false, true])
  func credentialsAreMasked(entry: Case, inEBCDIC: Bool) throws {
    let payloads = entry.payloads.map { text -> [UInt8] in
      inEBCDIC ? text.unicodeScalars.flatMap { Self.ebcdic($0) } : Array(text.utf8)
    }
    for form in [PayloadForm.ascii, .ebcdic, .auto]
    where (form == .ebcdic) == inEBCDIC || form == .auto {
      let clear = try payloadText(payloads, form)
      #expect(clear.contains(entry.secret))
      let masked = try payloadText(payloads, form) { $0.redact = true }
      #expect(!masked.contains(entry.secret))
      #expect(masked.contains(entry.kept))
      #expect(masked.contains(String(repeating: "*", count: entry.secret.count)))
      #expect(masked.count == clear.count)
    }
  }

  /// CR LF as EBCDIC has it.
  private static func ebcdic(_ scalar: Unicode.Scalar) -> [UInt8] {
    CodePage.ibm1047.bytes(String(scalar)) ?? []
  }

  @Test func whatIsMaskedIsCounted() throws {
    var options = PrintOptions()
    let payload = Array("GET / HTTP/1.1\r\nAuthorization: Basic SUJNVVNFUjpTWVMx\r\n\r\n".utf8)
    for redact in [false, true] {
      options.redact = redact
      let printer = RecordPrinter(ByteSink(MemoryTarget()), options)
      let tracker = FlowTracker(to: printer)
      try unsafe tracker.record(dataRecord(.inbound), Array("nothing secret".utf8).span.bytes)
      #expect(!printer.credentials.seen)
      try unsafe tracker.record(dataRecord(.inbound), payload.span.bytes)
      #expect(printer.credentials.seen == !redact)
      #expect(printer.credentials.masked == (redact ? 1 : 0))
      #expect(printer.credentials.maskedBytes == (redact ? 16 : 0))
    }
  }

  @Test func aStageKeepsLengths() throws {
    let sink = CollectingSink()
    let stage = RedactingSink(to: sink)
    let tracker = FlowTracker(to: stage)
    let payload = Array("GET / HTTP/1.1\r\nCookie: a=b\r\n\r\n".utf8)
    try unsafe tracker.record(dataRecord(.inbound), payload.span.bytes)
    #expect(sink.records.count == 1)
    #expect(
      String(decoding: sink.records[0].payload, as: UTF8.self)
        == "GET / HTTP/1.1\r\nCookie: ***\r\n\r\n")
    #expect(stage.credentials.masked == 1)
  }
}
