import Foundation
import Testing
import TestSupport
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceRender

@Suite struct TerminalTests {
  /// A logon screen: a title, a user field, a password field that is not displayed.
  static let screen: [UInt8] =
    [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0xF0] + ebcdic("TSO LOGON")
    + [0x11, 0xC1, 0x50, 0x1D, 0x60] + ebcdic("USERID") + [0x1D, 0x40, 0x13] + ebcdic("IBMUSER")
    + [0x1D, 0xF0, 0x11, 0xC2, 0x60, 0x1D, 0x60] + ebcdic("PASSWORD") + [0x1D, 0x4C]
    + [0x00, 0x00, 0x1D, 0xF0, 0x3C, 0x5C, 0xF0, 0x7E, 0xFF, 0xEF]
  /// Enter, with what was typed into both fields.
  static let answer: [UInt8] =
    [0x7D, 0xC1, 0xE4, 0x11, 0xC1, 0xD8] + ebcdic("IBMUSER") + [0x11, 0xC2, 0x6A]
    + ebcdic("SECRET") + [0xFF, 0xEF]

  @Test func fieldsAreShownWithTheirPlaces() throws {
    let text = try printed([
      (dataRecord(.outbound), Self.screen), (dataRecord(.inbound), Self.answer),
    ])
    #expect(text.contains("  3270 Erase/Write (reset, keyboard restore, reset MDT)\n"))
    #expect(text.contains("  [01,02] TSO LOGON\n"))
    #expect(text.contains("  [02,02] USERID\n"))
    #expect(text.contains("  [02,09] (cursor)\n"))
    #expect(text.contains("  [02,09] input: IBMUSER\n"))
    #expect(text.contains("] PASSWORD\n"))
    #expect(text.contains("input non-display:\n"))
    #expect(text.contains("= repeated to ["))
    #expect(text.contains("  3270 Enter, cursor ["))
    #expect(text.contains("input non-display: SECRET\n"))
  }

  @Test func negotiationIsNamed() throws {
    let text = try printed([
      (dataRecord(.outbound), hex("FFFD28")), (dataRecord(.inbound), hex("FFFB28")),
      (dataRecord(.outbound), hex("FFFA280802FFF0")),
      (dataRecord(.inbound), hex("FFFA280207") + Array("IBM-3278-2-E".utf8) + hex("FFF0")),
      (dataRecord(.inbound), hex("FFFA280307000204FFF0FFF1")),
      (dataRecord(.inbound), hex("FFFB18FFFA1800") + Array("IBM-3279-5\u{1B}".utf8) + hex("FFF0")),
    ])
    for words in [
      "telnet DO TN3270E", "telnet WILL TN3270E", "telnet TN3270E SEND DEVICE-TYPE",
      "telnet TN3270E DEVICE-TYPE REQUEST IBM-3278-2-E",
      "telnet TN3270E FUNCTIONS REQUEST BIND-IMAGE RESPONSES SYSREQ", "telnet NOP",
      "telnet WILL TERMINAL-TYPE", "telnet TERMINAL-TYPE IS IBM-3279-5.",
    ] {
      #expect(text.contains("  \(words)\n"), "\(words)")
    }
  }

  @Test func ordersThatAreCutEndTheRecord() throws {
    for count in 1..<Self.screen.count - 2 {
      let cut = Array(Self.screen[..<count]) + [0xFF, 0xEF]
      let text = try printed([(dataRecord(.outbound), hex("FFFD18")), (dataRecord(.outbound), cut)])
      #expect(text.contains("  3270 Erase/Write"))
    }
  }

  /// A session of another program's tests, the code page, and what is on its screens.
  struct Session: Sendable, CustomTestStringConvertible {
    var path: String
    var page = "037"
    var words: [String]
    var testDescription: String { "\(path), \(page)" }
  }

  static let sessions = [
    Session(
      path: "s3270/Test/ibmlink.trc",
      words: ["[21,41] PASSWORD...", "Authorized Access Only", "[21,53] input non-display:"]),
    Session(
      path: "s3270/Test/bid-bug.trc", words: ["Password  ===>", "Enter LOGON parameters below:"]),
    Session(path: "s3270/Test/sruvm.trc", words: ["[01,0", "S L I P P E R Y   R O C K"]),
    Session(
      path: "s3270/Test/login.trc",
      words: ["[01,30] Global Payments Europe", "Heslo (Password)", "[09,01] input non-display:"]),
    Session(path: "s3270/Test/wrap.trc", words: ["[01,22] CICS Trace Control Facility"]),
    Session(
      path: "s3270/Test/sscp-lu.trc",
      words: ["z/OS Z110 Level 0809", "VTAM Terminal = SC0TCP03", "TN3270E SSCP-LU-DATA"]),
    Session(
      path: "s3270/Test/contention-resolution.trc", words: ["Application Developer System"]),
    Session(path: "s3270/Test/nvt-data.trc", words: ["TN3270E NVT-DATA", "No such service: foo"]),
    Session(path: "s3270/Test/ft_cut.trc", words: ["IND$FILE PUT ft text a (ASCII CRLF"]),
    Session(path: "s3270/Test/ft_dft.trc", words: ["Enter TSO or Workstation commands below:"]),
    Session(
      path: "b3270/Test/ignore_eor.trc", words: ["Sign On ----------- Fri Apr 29, 2022  18:43"]),
    // A printer: its lines are lines.
    Session(
      path: "pr3287/Test/smoke.trc",
      words: [
        "[01,01] USER: PKA6039   ", "\n          DATE: 05/27/10   ", "CONTINUED ON NEXT PAGE",
      ]),
    // All characters of a page, each in its place.
    Session(
      path: "s3270/Test/all_chars.trc",
      words: ["[09,02] ^£¥·©§¶¼½¾[]¯¨´×\n", "[10,02] {ABCDEFGHI", "`:#@'=\"\n"]),
    Session(
      path: "s3270/Test/all_chars.trc", page: "1047",
      words: ["[09,02] ¬£¥·©§¶¼½¾Ý¨¯]´×\n", "[10,02] {ABCDEFGHI"]),
    Session(
      path: "s3270/Test/all_chars.trc", page: "273",
      words: ["[09,02] ¢£¥·©@¶¼½¾¬|¯¨´×\n", "[10,02] äABCDEFGHI", "`:#§'=\"\n"]),
    // Double-byte text is not guessed at.
    Session(
      path: "s3270/Test/930.trc",
      words: ["Japanese test for code page 930", "[02,03] \\x0e\\x45\\x71\\x45"]),
    Session(
      path: "s3270/Test/korean.trc",
      words: ["Trivial echo server", "[23,05] input: \\x0e\\x8a\\x82\\xa3\\xa5"]),
  ]

  @Test(arguments: sessions)
  func realSessionsAreLegible(session: Session) throws {
    guard let folder = Corpora.folder else { return }
    let file = folder + "/pmattes__x3270/" + session.path
    guard let records = Corpora.session(file) else { return }
    var options = PrintOptions()
    options.page = try #require(CodePage.named(session.page))
    let text = try printed(records, options)
    for word in session.words { #expect(text.contains(word), "\(word)") }
  }

  /// All sessions there are: what is not text is a few signs, and nothing acts on the terminal.
  @Test func allSessionsAreShown() throws {
    guard let folder = Corpora.folder else { return }
    let root = folder + "/pmattes__x3270/"
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    var screens = 0
    for path in paths.sorted() where path.hasSuffix(".trc") {
      guard let records = Corpora.session(root + path), !records.isEmpty else { continue }
      var options = PrintOptions()
      options.page = .ibm037
      let text = try printed(records, options)
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || VisibleText.isSafe($0) }, "\(path)")
      if text.contains("\n  3270 ") { screens += 1 }
      let lines = text.split(separator: "\n")
      let hex = lines.filter { $0.hasPrefix("  0000") }
      #expect(hex.isEmpty, "\(path)")
    }
    #expect(paths.isEmpty || screens >= 60)
  }
}

/// Captures that other people made, where they are there.
enum Corpora {
  static var folder: String? {
    let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"]
    return folder.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
  }

  /// The network data of an x3270 trace: `< 0x0   fffd28` is from the host.
  static func session(_ path: String) -> [(record: TraceRecord, payload: [UInt8])]? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    var records: [(record: TraceRecord, payload: [UInt8])] = []
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: " ", omittingEmptySubsequences: true)
      guard parts.count == 3, parts[0] == "<" || parts[0] == ">", parts[1].hasPrefix("0x") else {
        continue
      }
      let direction: Direction = parts[0] == "<" ? .outbound : .inbound
      if parts[1] != "0x0", records.last?.record.direction == direction {
        records[records.count - 1].payload += hex(String(parts[2]))
      } else {
        records.append((dataRecord(direction), hex(String(parts[2]))))
      }
    }
    return records
  }
}
