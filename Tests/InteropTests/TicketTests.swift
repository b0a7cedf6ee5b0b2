import Foundation
import TestSupport
import Testing

/// Texts as people send them: a listing and a log in one, UTF-16 of Windows, records far behind other lines.
@Suite("Interop: texts of support tickets")
struct TicketTests {
  private static let listing = """
    Data trace.  Data length 5.  ATTLS Clear Text.
    >GPMSERVE 11:01:57.258946 Src 10.1.0.2 Port 45168 Dst 10.1.1.2 Port 8803
    00000000 : 48656C6C 6F                          .....            Hello

    """
  private static let log = """
    Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1281I TTLS Map   CONNID: 00000032 LOCAL: 10.1.1.2..4000 REMOTE: 10.1.0.2..60742 JOBNAME: COLATTLS USERID: START1 TYPE: InBound STATUS: Appl Control RULE: COLATTLJ ACTIONS: TNGA TNEA TNCA
    Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER 15030300020228
    Apr  2 17:25:59 S0W1 TTLS[16842781]: 17:25:59 TCPIP    EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Connection Close

    """
  private static let words = "Hello, we see this since the upgrade. Please help.\n\n"

  private static func run(_ text: [UInt8], _ arguments: String...) throws -> CommandResult {
    let scratch = try ScratchFolder()
    try RunCommand.write(text, to: scratch("ticket.txt"))
    return try RunCommand.run(
      RunCommand.zcap, arguments + ["--date", "2026-04-03", scratch("ticket.txt")])
  }

  private static func info(_ text: [UInt8]) throws -> [String: Any] {
    let result = try run(text, "info", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
    return object ?? [:]
  }

  private static func accountIsWhole(_ info: [String: Any]) -> Bool {
    guard let input = (info["inputs"] as? [[String: Any]])?.first else { return false }
    let parts = ["record", "framing", "fill", "damaged"].compactMap { input["\($0)_bytes"] as? Int }
    return parts.count == 4 && parts.reduce(0, +) == input["bytes"] as? Int
  }

  @Test(arguments: [false, true], [false, true])
  func listingAndLog(_ logIsFirst: Bool, _ isWide: Bool) throws {
    let parts = logIsFirst ? [Self.log, Self.listing] : [Self.listing, Self.log]
    let text = Self.words + parts.joined(separator: "\nand\n\n")
    let bytes = isWide ? Self.wide(text) : Array(text.utf8)
    let info = try Self.info(bytes)
    // The listing's record, and of the log its start, its alert and its end.
    #expect(info["records"] as? Int == 4)
    #expect(Self.accountIsWhole(info))
    let rows = try Self.run(bytes, "attls")
    #expect(rows.text.contains("COLATTLJ"))
    #expect(rows.errors.contains("3 AT-TLS messages"))
    let shown = try Self.run(bytes, "print")
    #expect(shown.text.contains("Hello"))
    #expect(shown.text.contains("#4 "))
  }

  /// With a mark, and without one, in both byte orders.
  private static func wide(_ text: String, bigEndian: Bool = false, mark: Bool = true) -> [UInt8] {
    ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
      return bigEndian ? [high, low] : [low, high]
    }
  }

  @Test(arguments: [false, true], [false, true])
  func wideListings(_ bigEndian: Bool, _ mark: Bool) throws {
    let plain = try Self.run(Array(Self.listing.utf8), "print", "--payload-only")
    let bytes = Self.wide(Self.listing, bigEndian: bigEndian, mark: mark)
    let wide = try Self.run(bytes, "print", "--payload-only")
    #expect(wide.text == plain.text)
    let info = try Self.info(bytes)
    #expect(Self.accountIsWhole(info))
    let format = (info["inputs"] as? [[String: Any]])?.first?["format"] as? String
    #expect(format == "TCPDATA listing, UTF-16")
  }

  @Test func wideLogs() throws {
    let bytes = Self.wide(Self.log)
    #expect(try Self.run(bytes, "attls").text.contains("COLATTLJ"))
    let scratch = try ScratchFolder()
    try RunCommand.write(bytes, to: scratch("log"))
    let told = try RunCommand.run(RunCommand.zcap, ["explain", scratch("log")])
    #expect(told.status == 0, "\(told.errors)")
  }

  /// Lines of other programs, however many, in front of a log or a listing.
  @Test(arguments: [false, true]) func farBehindOtherLines(_ isListing: Bool) throws {
    let line = "Apr  2 17:20:00 S0W1 sshd[123]: Accepted publickey for colin from 10.1.0.2\n"
    let front = Array(String(repeating: line, count: 90_000).utf8)
    #expect(front.count > 6 << 20)
    let bytes = front + Array((isListing ? Self.listing : Self.log).utf8)
    let info = try Self.info(bytes)
    #expect(info["records"] as? Int == (isListing ? 1 : 3))
    #expect(Self.accountIsWhole(info))
    if !isListing { #expect(try Self.run(bytes, "attls").text.contains("COLATTLJ")) }
    let nothing = try Self.run(front, "info")
    #expect(nothing.status == 2)
    #expect(nothing.errors.contains("none of the listings or logs"))
  }

  /// What only logs can answer is asked of a log in UTF-16 as well, and nothing is said of a trace.
  @Test(arguments: [[], ["--rules"], ["--events"]]) func logInUTF16(_ options: [String]) throws {
    let scratch = try ScratchFolder()
    let log = String(
      decoding: try RunCommand.bytes(Captures.folder + "attls/gpmserve.log"), as: UTF8.self)
    let units = log.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    try RunCommand.write([0xFF, 0xFE] + units, to: scratch("log"))
    let result = try RunCommand.run(RunCommand.zcap, ["attls", scratch("log")] + options)
    let plain = try RunCommand.run(
      RunCommand.zcap, ["attls", Captures.folder + "attls/gpmserve.log"] + options)
    #expect(result.status == 0 && result.text == plain.text, "\(result.errors)")
    #expect(!result.errors.contains("read 0 records"), "\(result.errors)")
  }
}
