import TestSupport
import Testing
import TraceBytes

/// `--anonymize`: no output of any command names anybody, and all of them agree.
@Suite("Interop: pseudonyms")
struct AnonymizeTests {
  private static let capture = Captures.folder + "data-trace/http-clear-text.ctr"
  private static let key = ["--anonymize-key", "a phrase"]

  @Test(
    "nobody is named, whatever is written",
    arguments: [
      ["print"], ["print", "--style", "stream"], ["print", "--json"],
      ["print", "--style", "tcpdata"], ["convert", "-o", "-"],
      ["convert", "--style", "pdu", "-o", "-"], ["http", "--full"], ["http", "--json", "--full"],
      ["http", "--har", "-"], ["exchanges", "--full"], ["exchanges", "--json"],
      ["export", "records", "--payload", "text"], ["export", "exchanges"], ["export", "flows"],
      ["flows"], ["flows", "--json"],
    ])
  func nobody(_ arguments: [String]) throws {
    let words = ["GPMSERVE", "IBMUSER", "s0w1.example", "10.1.1.2", "10.1.0.77"]
    let clear = try RunCommand.run(RunCommand.zcap, arguments + [Self.capture])
    let shown = String(decoding: clear.output, as: UTF8.self)
    #expect(words.contains { shown.contains($0) })
    let result = try RunCommand.run(RunCommand.zcap, arguments + Self.key + [Self.capture])
    #expect(result.status == 0, "\(result.errors)")
    let mapped = String(decoding: result.output, as: UTF8.self)
    for word in words { #expect(!mapped.contains(word), "\(word): \(mapped)") }
    let again = try RunCommand.run(RunCommand.zcap, arguments + Self.key + [Self.capture])
    #expect(again.output == result.output)
  }

  @Test(
    "fields of protocols name nobody",
    arguments: [
      ("drda", ["IBMUSER"]), ("mq", ["IBMUSER"]), ("ims-connect", ["USER0001"]),
      ("nje", ["WASHDC", "NEWYORK", "PAYROLL", "IBMUSER"]), ("tn3270e", ["TCP01892"]),
    ])
  func fields(_ name: String, _ words: [String]) throws {
    let trace = Captures.folder + "protocols/\(name).ctr"
    let forms = words.map { (Array($0.utf8), CodePage.ibm1047.bytes($0) ?? []) }
    for arguments in [
      ["print", "--as", "ebcdic"], ["exchanges", "--full"], ["convert", "-o", "-"],
      ["convert", "--format", "ctrace", "-o", "-"],
    ] {
      let clear = try RunCommand.run(RunCommand.zcap, arguments + [trace])
      let mapped = try RunCommand.run(RunCommand.zcap, arguments + Self.key + [trace])
      #expect(mapped.status == 0, "\(mapped.errors)")
      for (word, form) in zip(words, forms) {
        if arguments[0] == "convert" {
          #expect(clear.output.contains(form.0) || clear.output.contains(form.1), "\(word)")
        }
        #expect(
          !mapped.output.contains(form.0) && !mapped.output.contains(form.1),
          "\(word): \(arguments)")
      }
    }
  }

  @Test("flow numbers are those of the whole trace, with a filter as well")
  func numbers() throws {
    let trace = Captures.folder + "data-trace/credentials.ctr"
    let run = { (options: [String]) in
      try RunCommand.run(RunCommand.zcap, ["flows", "--json"] + options + [trace]).text
        .split(separator: "\n").map(String.init)
    }
    let all = try run(Self.key)
    #expect(all.count == 6)
    for number in 0..<6 {
      let one = try run(Self.key + ["--flow", "\(number)"])
      #expect(one == [all[number]])
    }
  }

  @Test("a key in a file is that key, and without one each run has another")
  func keys() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(Array("a phrase\n".utf8), to: scratch("key"))
    let run = { (options: [String]) in
      try RunCommand.run(RunCommand.zcap, ["flows", "--json"] + options + [Self.capture])
    }
    let known = try run(Self.key)
    // The name of a file with a mistake in it is a key, too.
    #expect(known.errors.contains("no file of this name; the text itself is the key"))
    let ofFile = try run(["--anonymize-key", scratch("key")])
    #expect(ofFile.output == known.output && !ofFile.errors.contains("no file"))
    let random = try run(["--anonymize"])
    #expect(random.output != known.output)
    #expect(random.errors.contains("random key"))
    // Filters know the true names.
    let chosen = try run(Self.key + ["--ip", "10.1.1.2", "--job", "GPMSERVE"])
    #expect(chosen.output == known.output)
  }

  @Test(
    "packets dissect as before, with right checksums", .enabled(if: Tool.tshark != nil),
    arguments: ["packet-trace/ipv4.ctr", "packet-trace/ipv6.ctr", "data-trace/http-clear-text.ctr"])
  func dissected(_ name: String) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(name, into: scratch).status == 0)
    let result = try RunCommand.run(
      RunCommand.zcap,
      ["convert", Captures.folder + name, "-o", scratch("mapped.pcapng")] + Self.key)
    #expect(result.status == 0, "\(result.errors)")
    let tshark = try #require(Tool.tshark)
    let fields = [
      "frame.protocols", "frame.len", "tcp.stream", "tcp.len", "tcp.seq", "udp.length",
      "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "http.request.method",
    ]
    let show =
      ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields"]
      + fields.flatMap { ["-e", $0] }
    let before = try RunCommand.run(tshark, ["-r", scratch("out.pcapng")] + show)
    let after = try RunCommand.run(tshark, ["-r", scratch("mapped.pcapng")] + show)
    #expect(before.text == after.text)
    #expect(!before.text.isEmpty)
  }
}
