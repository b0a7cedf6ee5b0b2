import Foundation
import TestSupport
import Testing

/// What is said beside the result: where something was assumed, or given for something else.
@Suite("Interop: notes")
struct NoteTests {
  @Test("an assumed day is told, and how to set another")
  func assumedDay() throws {
    let folder = try ScratchFolder()
    let listing = folder("listing.txt")
    try FileManager.default.copyItem(
      atPath: RunCommand.packageRoot + "/captures/listing/tcpdata-debug.txt", toPath: listing)
    let day = Date(timeIntervalSince1970: 1_770_112_800)
    try FileManager.default.setAttributes([.modificationDate: day], ofItemAtPath: listing)
    let note =
      "times without a day are those of 2026-02-03, the day of the file; --date sets another"
    let assumed = try RunCommand.run(RunCommand.zcap, ["flows", listing])
    #expect(assumed.errors.contains("zcap: \(listing): note: \(note)\n"), "\(assumed.errors)")
    #expect(try RunCommand.run(RunCommand.zcap, ["info", listing]).text.contains(note))
    let told = try RunCommand.run(RunCommand.zcap, ["flows", listing, "--date", "2026-02-04"])
    #expect(!told.errors.contains("times without a day"))
    let year = try RunCommand.run(
      RunCommand.zcap,
      ["info", RunCommand.packageRoot + "/captures/attls/gpmserve.log"])
    #expect(year.text.contains("(--date sets another)"))
  }

  @Test(
    "a configuration of Policy Agent is no trace and no log either",
    arguments: ["TTLSConfig /etc/ttls.policy FLUSH\n", "TcpImage TCPIP /etc/tcpip.image\n"])
  func configuration(text: String) throws {
    let folder = try ScratchFolder()
    try RunCommand.write(Array(text.utf8), to: folder("pagent.conf"))
    let result = try RunCommand.run(RunCommand.zcap, ["info", folder("pagent.conf")])
    #expect(result.status == 2)
    #expect(result.errors.contains("this is a configuration of Policy Agent, and no trace"))
    let log = try RunCommand.run(RunCommand.zcap, ["attls", folder("pagent.conf")])
    #expect(log.status == 1)
    #expect(log.errors.contains("this is a configuration of Policy Agent, and no log"))
    let braces = "int main()\n{\n  return 0;\n}\n"
    try RunCommand.write(Array(braces.utf8), to: folder("program.c"))
    let other = try RunCommand.run(RunCommand.zcap, ["info", folder("program.c")])
    #expect(other.errors.contains("this is text, and none of"))
  }
}
