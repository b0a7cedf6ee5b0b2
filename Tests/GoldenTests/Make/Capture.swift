/// A file in captures/ that code makes.
struct Capture: Sendable, CustomStringConvertible {
  /// Path below captures/.
  let path: String
  /// What it shows, for the table in captures/README.md.
  let what: String
  let make: @Sendable () throws -> [UInt8]

  init(_ path: String, _ what: String, _ make: @escaping @Sendable () throws -> [UInt8]) {
    self.path = path
    self.what = what
    self.make = make
  }

  var description: String { path }

  static let all =
    DataTraces.all + PacketTraces.all + Containers.all + CaptureFiles.all + NearMisses.all
    + IPCSReport.captures + SnifferExports.all + ProtocolTraces.all
}
