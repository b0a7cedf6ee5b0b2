package import TraceBytes

/// The folders that Wireshark says it looks into.
package struct WiresharkFolders {
  /// Where extcap programs are looked for: the user's folder, which old versions do not have, and that of the
  /// system.
  package private(set) var userExtcap: String?
  package private(set) var systemExtcap: String?
  /// The user's settings; profiles are in it.
  package private(set) var configuration: String?

  /// - Parameter text: what `tshark -G folders` writes.
  package init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].lowercased()
      // Several folders stand in one line, with colons between them.
      let path = line[line.index(after: colon)...].split { $0 == "\t" || $0 == " " || $0 == ":" }
        .first.map(String.init)
      guard let path, path.hasPrefix("/") else { continue }
      if name.contains("extcap") {
        if name.contains("personal") { userExtcap = path } else { systemExtcap = path }
      } else if name.hasPrefix("personal configuration") {
        configuration = path
      }
    }
  }

  /// Asks the Wireshark that is installed.
  package static func ask() throws(TraceError) -> WiresharkFolders {
    for name in ["tshark", "wireshark"] {
      guard let path = Program.find(name), let text = Program.output([path, "-G", "folders"]) else {
        continue
      }
      return WiresharkFolders(text)
    }
    throw TraceError(
      "Wireshark",
      .failed("neither tshark nor wireshark is in PATH to ask for its folders; --dir names one"))
  }
}
