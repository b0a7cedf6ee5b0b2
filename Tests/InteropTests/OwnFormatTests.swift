import Foundation
import TestSupport
import Testing

/// `convert --format ctrace`: a component trace stays one.
@Suite("Interop: a trace in its own form")
struct OwnFormatTests {
  private static let traces = [
    "containers/chain.ctr", "containers/rdw.ctr", "containers/bdw.ctr", "containers/length.ctr",
    "containers/ftp-block.ctr", "containers/writer.ctr", "data-trace/http-clear-text.ctr",
    "data-trace/ebcdic.ctr", "data-trace/header-88.ctr", "data-trace/header-100.ctr",
    "data-trace/ipv6.ctr", "data-trace/truncated.ctr", "data-trace/confidential.ctr",
    "data-trace/lost.ctr", "data-trace/udp.ctr", "data-trace/segmented-400000.ctr.gz",
    "packet-trace/ipv4.ctr", "packet-trace/ipv6.ctr",
  ]

  /// What is told of each record, without the place in the file: segments of a long record stand together there,
  /// though others stood between them.
  private static func records(_ path: String, _ options: [String] = []) throws -> [String] {
    let result = try RunCommand.run(RunCommand.zcap, ["print", "--json", path] + options)
    #expect(result.status == 0, "\(result.errors)")
    return result.text.split(separator: "\n").map { line in
      var line = String(line)
      for key in [#""offset":"#, #""file":"#, #""record":"#] {
        guard let start = line.range(of: key) else { continue }
        let rest = line[start.upperBound...]
        let end = rest.firstIndex { $0 == "," || $0 == "}" } ?? rest.endIndex
        line.removeSubrange(start.lowerBound..<end)
      }
      return line
    }
  }

  private static func convert(_ name: String, _ options: [String]) throws -> (ScratchFolder, String)
  {
    let scratch = try ScratchFolder()
    let output = scratch("own.ctr")
    let result = try RunCommand.run(
      RunCommand.zcap,
      ["convert", "--format", "ctrace", Captures.folder + name, "-o", output] + options)
    #expect(result.status == 0, "\(result.errors)")
    return (scratch, output)
  }

  @Test("the same records come back", arguments: traces)
  func unchanged(_ name: String) throws {
    let (scratch, output) = try Self.convert(name, [])
    #expect(try Self.records(output) == Self.records(Captures.folder + name))
    withExtendedLifetime(scratch) {}
  }

  @Test("what became of the prefixes of an external writer is said, and only where there are some")
  func prefixes() throws {
    for (name, isSaid) in [("containers/writer.ctr", true), ("containers/rdw.ctr", false)] {
      let scratch = try ScratchFolder()
      let result = try RunCommand.run(
        RunCommand.zcap,
        ["convert", "--format", "ctrace", Captures.folder + name, "-o", scratch("own.ctr")])
      #expect(
        result.errors.contains("prefixes of the external writer") == isSaid, "\(result.errors)")
    }
  }

  @Test(
    "a trace that has nothing but entries is the same bytes",
    arguments: ["containers/chain.ctr", "containers/rdw.ctr", "packet-trace/ipv4.ctr"])
  func sameBytes(_ name: String) throws {
    let (scratch, output) = try Self.convert(name, [])
    #expect(try RunCommand.bytes(output) == RunCommand.bytes(Captures.folder + name))
    withExtendedLifetime(scratch) {}
  }

  @Test("what is masked and mapped in it is what print shows", arguments: traces)
  func changed(_ name: String) throws {
    let options = ["--redact", "--anonymize-key", "a phrase"]
    let (scratch, output) = try Self.convert(name, options)
    #expect(try Self.records(output) == Self.records(Captures.folder + name, options))
    withExtendedLifetime(scratch) {}
  }

  @Test("filters count, and other inputs are refused")
  func others() throws {
    let (scratch, output) = try Self.convert("data-trace/http-clear-text.ctr", ["--count", "3"])
    #expect(try Self.records(output).count == 3)
    let refused = try RunCommand.run(
      RunCommand.zcap,
      [
        "convert", "--format", "ctrace", Captures.folder + "pcap/nanoseconds-be.pcap", "-o",
        scratch("no.ctr"),
      ])
    #expect(refused.status == 2)
    #expect(refused.errors.contains("no component trace"), "\(refused.errors)")
    let mixed = try RunCommand.run(
      RunCommand.zcap,
      [
        "convert", "--format", "ctrace", "--style", "pdu", Captures.folder + "data-trace/udp.ctr",
        "-o", scratch("no.ctr"),
      ])
    #expect(mixed.status == 64)
  }

  @Test(
    "no capture is written to a terminal", .enabled(if: RunCommand.find("script") != nil),
    arguments: ["pcapng", "ctrace"])
  func terminal(_ format: String) throws {
    let script = try #require(RunCommand.find("script"))
    let command =
      "\(RunCommand.zcap) convert --format \(format) \(Captures.folder)data-trace/udp.ctr -o -"
    let result = try RunCommand.run(script, ["-qec", command, "/dev/null"])
    #expect(result.status == 64)
    #expect(result.text.contains("not for a terminal"), "\(result.text)")
  }
}
