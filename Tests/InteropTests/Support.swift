import Foundation
import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// The tools that other people use on what zcap writes; a test that needs one is skipped without it.
enum Tool {
  static let tshark = RunCommand.find("tshark")
  static let editcap = RunCommand.find("editcap")
  static let capinfos = RunCommand.find("capinfos")
  static let tcpdump = RunCommand.find("tcpdump")
  static let gzip = RunCommand.find("gzip")
}

/// The captures of the project.
enum Captures {
  static let folder = RunCommand.packageRoot + "/captures/"

  /// Reports that print headers only: there is nothing to write of them.
  static let withoutBytes: Set = [
    "packets-short.txt", "summary.txt", "export-summary.csv", "ipv4-short.txt", "ipv4-summary.txt",
    "ipv4-export.csv",
  ]

  static func files(_ folders: String...) -> [String] {
    folders.flatMap { name in
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + name)) ?? []
      return files.filter { $0 != "README.md" && !withoutBytes.contains($0) }
        .sorted().map { name + "/" + $0 }
    }
  }

  /// Each capture that converts; of the containers, which hold the same records, one.
  static let convertible =
    files("data-trace", "packet-trace", "pcap", "listing", "ipcs", "sniffer") + [
      "containers/writer.ctr"
    ]

  /// Converts a capture into a folder; listings have no day of their own.
  static func convert(_ capture: String, into scratch: ScratchFolder) throws -> CommandResult {
    try RunCommand.run(
      RunCommand.zcap,
      ["convert", "--date", "2026-02-03", capture, "-o", scratch("out.pcapng")], in: folder)
  }

  /// The records of a file, read with the library.
  static func read(_ path: String) throws -> CollectingSink {
    let sink = CollectingSink()
    let input = TraceInput(try ByteSource(path: path))
    try input.run(into: sink)
    try sink.finish()
    return sink
  }
}

extension CommandResult {
  /// The number after the last `wrote` in the summary: "wrote 1,013 packets".
  var packetsWritten: Int? {
    guard let wrote = errors.range(of: "wrote ", options: .backwards) else { return nil }
    return Int(errors[wrote.upperBound...].prefix { $0 != " " }.filter { $0 != "," })
  }
}
