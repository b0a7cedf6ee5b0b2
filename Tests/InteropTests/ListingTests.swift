import TestSupport
import Testing
import TraceBytes
import TraceModel

/// `print --style tcpdata` and the reader of such listings, over all captures: what is printed of a
/// listing is that listing.
@Suite("Interop: listings")
struct ListingTests {
  private static let captures =
    Captures.files("data-trace", "packet-trace", "pcap", "listing") + ["containers/writer.ctr"]

  @Test("a listing printed again is the same", arguments: captures, ["hex", "ascii", "ebcdic"])
  func fixedPoint(_ capture: String, _ form: String) throws {
    let scratch = try ScratchFolder()
    let first = try Self.list(Captures.folder + capture, form)
    // Without this line short records with E look like those with A.
    let said = Array("PRINT : \(form == "ebcdic" ? "E" : form == "ascii" ? "A" : "X")\n".utf8)
    try RunCommand.write(said + first, to: scratch("listing.txt"))
    let second = try Self.list(scratch("listing.txt"), form)
    #expect(String(decoding: second, as: UTF8.self) == String(decoding: first, as: UTF8.self))
    try RunCommand.write(said + second, to: scratch("again.txt"))

    let listed = try Captures.read(scratch("listing.txt")).records
    let again = try Captures.read(scratch("again.txt")).records
    #expect(listed.map(\.payload) == again.map(\.payload))
    for item in listed where !item.payload.isEmpty {
      #expect(item.record.flags.contains(.reconstructed) == (form != "hex"))
    }
  }

  @Test(
    "X is exact, A and E keep lengths",
    arguments: Captures.files("data-trace", "packet-trace"), ["hex", "ascii", "ebcdic"])
  func records(_ capture: String, _ form: String) throws {
    // Segments are joined before they are printed.
    guard !capture.contains("segmented") else { return }
    let scratch = try ScratchFolder()
    try RunCommand.write(
      try Self.list(Captures.folder + capture, form), to: scratch("listing.txt"))
    // Records of losses are lines of another kind.
    let printed = try Captures.read(Captures.folder + capture).records
      .filter { $0.record.kind != .lost }
    let listed = try Captures.read(scratch("listing.txt")).records
    try #require(listed.count == printed.count)
    for (one, other) in zip(printed, listed) {
      if form == "hex" { #expect(one.payload == other.payload) }
      #expect(other.record.tracedLength == one.payload.count)
      #expect(one.record.kind == other.record.kind)
      #expect(one.record.direction == other.record.direction)
      #expect(one.record.source == other.record.source)
      #expect(one.record.destination == other.record.destination)
      #expect(one.record.sourcePort == other.record.sourcePort)
      #expect(one.record.destinationPort == other.record.destinationPort)
      // Kinds that the tool does not know have eight characters of their name.
      #expect(one.record.name.text.hasPrefix(other.record.name.text))
      #expect(one.record.dropReason == other.record.dropReason)
      let shown: RecordFlags = [.local, .clearText, .confidential]
      #expect(one.record.flags.intersection(shown) == other.record.flags.intersection(shown))
      let day: Int64 = 86_400_000_000
      #expect(one.record.time / 1000 % day == other.record.time / 1000 % day)
    }
  }

  private static func list(_ path: String, _ form: String) throws -> [UInt8] {
    let result = try RunCommand.run(
      RunCommand.zcap,
      ["print", "--style", "tcpdata", "--as", form, "--date", "2026-02-03", path])
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }
}
