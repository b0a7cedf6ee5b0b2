import Foundation
import TestSupport
import Testing
import TraceBytes

/// Where the captures are, and whether they are to be written anew.
enum Captures {
  static let folder = RunCommand.packageRoot + "/captures/"
  static let update = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

  /// Writes the captures anew where that is wanted, once, before any test reads one.
  static let written = Result<Void, any Error> {
    guard update else { return }
    for capture in Capture.all {
      let made = try capture.make()
      let path = folder + capture.path
      if (try? RunCommand.bytes(path)) != made { try RunCommand.write(made, to: path) }
    }
  }

  /// The bytes of a file, expanded when it is compressed: zlib versions compress differently.
  static func expanded(_ path: String) throws -> [UInt8] {
    let source = try ByteSource(path: path)
    while !source.atEnd { _ = try source.fill() }
    return source.withWindow { $0.copied() }
  }
}

/// The files in captures/ are what the code in Make/ makes; with UPDATE_GOLDEN=1 they are written.
@Suite("Golden: captures")
struct MakeCaptures {
  @Test("the file is what the code makes", arguments: Capture.all)
  func file(_ capture: Capture) throws {
    try Captures.written.get()
    let made = try capture.make()
    let path = Captures.folder + capture.path
    guard capture.path.hasSuffix(".gz") else {
      #expect(try RunCommand.bytes(path) == made)
      return
    }
    let scratch = try ScratchFolder()
    try RunCommand.write(made, to: scratch("made.gz"))
    #expect(try Captures.expanded(path) == Captures.expanded(scratch("made.gz")))
  }

  @Test("captures/README.md has a row for each")
  func readme() throws {
    let path = Captures.folder + "README.md"
    let text = String(decoding: try RunCommand.bytes(path), as: UTF8.self)
    let rows = Capture.all.map { "| \($0.path) | \($0.what) |\n" }
    guard Captures.update, let table = text.range(of: "|---|---|\n") else {
      for row in rows { #expect(text.contains(row)) }
      return
    }
    try RunCommand.write(Array((text[..<table.upperBound] + rows.joined()).utf8), to: path)
  }
}
