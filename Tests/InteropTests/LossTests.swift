import TestSupport
import Testing

/// What the command says of captures that lost, swapped or cut packets is no more than what is there.
@Suite("Interop: losses", .enabled(if: Judges.areThere, "\(Judges.needed)"))
struct LossTests {
  private func judge(_ files: [String], most: Int) throws {
    let verdict = try Judges.run("losses.py", [RunCommand.zcap] + files + ["--most", "\(most)"])
    #expect(verdict.status == 0, "\(verdict.text)\(verdict.errors)")
  }

  @Test("captures of each protocol", .enabled(if: !RunCommand.isSanitized))
  func captures() throws {
    let files = Captures.files("protocols") + ["data-trace/credentials.ctr"]
    try judge(files.map { Captures.folder + $0 }, most: 6)
  }

  @Test("captures of others", .enabled(if: Corpora.folder != nil && !RunCommand.isSanitized))
  func others() throws {
    let folder = try #require(Corpora.folder) + "/zeek__zeek/testing/btest/Traces/"
    let files = [
      "ftp/ipv4.pcap", "ftp/ftp-with-numbers-in-filename.pcap", "ftp/retr.pcap",
      "http/pipelined-requests.pcap", "http/bro.org.pcap", "http/websocket.pcap",
    ]
    try judge(files.map { folder + $0 }, most: 4)
  }
}
