import Foundation
import Testing
import TestSupport
import TraceBytes
import TraceModel

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

  /// In whatever form: the password was typed where the screen shows nothing.
  @Test(arguments: [PayloadForm.auto, .ebcdic, .hex, .both])
  func hiddenFieldsAreMasked(form: PayloadForm) throws {
    var options = PrintOptions()
    options.form = form
    options.redact = true
    for cut in [nil, 9, 20] as [Int?] {
      var records = [(dataRecord(.outbound), Self.screen)]
      if let cut {
        records.append((dataRecord(.inbound), Array(Self.answer[..<cut])))
        records.append((dataRecord(.inbound), Array(Self.answer[cut...])))
      } else {
        records.append((dataRecord(.inbound), Self.answer))
      }
      let text = try printed(records, options)
      #expect(!text.contains("SECRET") && !text.contains("E2C5C3D9 C5E3"))
      if form == .auto { #expect(text.contains("IBMUSER") && text.contains("******"), "\(text)") }
    }
    options.redact = false
    let printer = RecordPrinter(ByteSink(MemoryTarget()), options)
    try unsafe printer.record(dataRecord(.outbound), Self.screen.span.bytes)
    #expect(!printer.credentials.seen)
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

  @Test(arguments: [
    (
      "s3270/Test/ibmlink.trc",
      ["[21,41] PASSWORD...", "Authorized Access Only", "[21,53] input non-display:"]
    ),
    ("s3270/Test/bid-bug.trc", ["Password  ===>", "Enter LOGON parameters below:"]),
    ("s3270/Test/sruvm.trc", ["[01,0"]),
  ])
  func realSessionsAreLegible(path: String, words: [String]) throws {
    guard let folder = Corpora.folder else { return }
    let file = folder + "/pmattes__x3270/" + path
    guard let records = Corpora.session(file) else { return }
    let text = try printed(records)
    #expect(text.contains("3270 "))
    for word in words { #expect(text.contains(word), "\(word)") }
  }
}

/// Captures that other people made, where they are there.
enum Corpora {
  static var folder: String? {
    let environment = ProcessInfo.processInfo.environment
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let near = root.deletingLastPathComponent().appendingPathComponent("shared/corpora").path
    return [environment["ZCAP_CORPORA"], near].compactMap { $0 }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The network data of an x3270 trace: `< 0x0   fffd28` is from the host.
  static func session(_ path: String) -> [(record: TraceRecord, payload: [UInt8])]? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    var records: [(record: TraceRecord, payload: [UInt8])] = []
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
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
