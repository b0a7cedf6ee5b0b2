import Foundation
import TestSupport
import Testing

/// One line of captures/CASES.
struct GoldenCase: Sendable, CustomStringConvertible {
  var name: String
  var status: Int32
  /// Files in captures/expected: standard error where the name ends in `.stderr`, else output.
  var expected: [String]
  var arguments: [String]

  var description: String { name }

  /// The cases of the file; a line that cannot be read is a case that cannot pass.
  static let all: [GoldenCase] = {
    let text = (try? RunCommand.bytes(Captures.folder + "CASES")) ?? []
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { line in
        let words = words(line)
        guard words.count > 3, let status = Int32(words[1]) else {
          return GoldenCase(name: "unreadable: \(line)", status: -1, expected: [], arguments: [])
        }
        let expected = words[2].split(separator: ",").map(String.init)
        return GoldenCase(
          name: words[0], status: status, expected: expected, arguments: Array(words[3...]))
      }
  }()

  /// Words between blanks; quotes keep blanks in a word.
  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        words.append(String(part))
      } else {
        words += part.split(separator: " ").map(String.init)
      }
    }
    return words
  }
}

/// Runs the built command on the files of captures/ and compares what it writes, byte by byte.
@Suite("Golden: the command")
struct GoldenTests {
  private static let expectedFolder = Captures.folder + "expected/"

  /// A command under a sanitizer takes ten times as long: of the cases that are much alike it runs every eighth.
  private static let cases = GoldenCase.all.enumerated()
    .filter { !RunCommand.isSanitized || $0.offset % 8 == 0 }.map(\.element)

  @Test("writes what is expected", arguments: cases)
  func run(_ golden: GoldenCase) throws {
    try Captures.written.get()
    let result = try RunCommand.run(RunCommand.zcap, golden.arguments, in: Captures.folder)
    #expect(result.status == golden.status, "\(result.errors)")
    for name in golden.expected {
      let written = name.hasSuffix(".stderr") ? Array(result.errors.utf8) : result.output
      let path = Self.expectedFolder + name
      if Captures.update {
        if (try? RunCommand.bytes(path)) != written { try RunCommand.write(written, to: path) }
        continue
      }
      let expected = try RunCommand.bytes(path)
      guard expected != written else { continue }
      Issue.record("\(name) differs: \(Self.difference(expected, written))")
    }
  }

  @Test("each expected file belongs to one case")
  func files() throws {
    #expect(GoldenCase.all.count > 100)
    let used = GoldenCase.all.flatMap(\.expected) + Expected.names
    #expect(used.count == Set(used).count)
    guard !Captures.update else { return }
    let present = try FileManager.default.contentsOfDirectory(atPath: Self.expectedFolder)
    #expect(Set(present).subtracting(used).isEmpty)
    #expect(Set(used).subtracting(present).isEmpty)
    #expect(Set(GoldenCase.all.map(\.name)).count == GoldenCase.all.count)
  }

  @Test("each capture has a case")
  func captures() {
    let arguments = Set(GoldenCase.all.flatMap(\.arguments))
    for capture in Capture.all { #expect(arguments.contains(capture.path)) }
  }

  /// The first line that differs, or the first byte of what is no text.
  private static func difference(_ expected: [UInt8], _ written: [UInt8]) -> String {
    let isText = !expected.contains(0) && !written.contains(0)
    guard isText else {
      let at = zip(expected, written).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      let place = at ?? min(expected.count, written.count)
      return "at byte \(place), of \(expected.count) expected and \(written.count) written"
    }
    let lines = [expected, written].map {
      String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
    let at = zip(lines[0], lines[1]).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let place = at ?? min(lines[0].count, lines[1].count)
    let line = { (list: [Substring]) in place < list.count ? String(list[place]) : "(the end)" }
    return "line \(place + 1)\n  expected: \(line(lines[0]))\n  written:  \(line(lines[1]))"
  }
}
