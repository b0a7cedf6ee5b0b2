package import TraceBytes

/// Puts the command where Wireshark looks for sources of captures.
package enum ExtcapInstaller {
  /// Whose folder it is.
  package enum Place {
    /// The user's, or where there is none that of the system.
    case any
    case user, system
    case folder(String)
  }

  /// Makes the link, and returns what was done in lines for people.
  package static func install(_ place: Place) throws(TraceError) -> [String] {
    let path = try folder(place) + "/zcap"
    if PlainFile.exists(path), PlainFile.target(of: path) == nil {
      throw TraceError(
        path, .failed("is a program already; remove it, or name another folder with --dir"))
    }
    try PlainFile.makeFolder(String(path.dropLast("/zcap".count)))
    try PlainFile.link(path, to: Program.own)
    var lines = ["\(path) leads to \(Program.own) now"]
    if case .folder(let folder) = place {
      lines.append(
        "Wireshark looks there with WIRESHARK_EXTCAP_DIR=\(folder), unless it runs as root")
    }
    return lines + ["'z/OS trace file' is in the list that Wireshark begins with, and in tshark -D"]
  }

  package static func remove(_ place: Place) throws(TraceError) -> [String] {
    let path = try folder(place) + "/zcap"
    guard PlainFile.exists(path) else { return ["\(path): nothing was there"] }
    guard PlainFile.target(of: path) != nil else {
      throw TraceError(path, .failed("is no link that zcap extcap install made"))
    }
    _ = try PlainFile.remove(path)
    return ["\(path) is removed"]
  }

  private static func folder(_ place: Place) throws(TraceError) -> String {
    if case .folder(let path) = place {
      return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
    let folders = try WiresharkFolders.ask()
    switch place {
    case .user:
      if let path = folders.userExtcap { return path }
      throw TraceError(
        "extcap",
        .failed(
          "this Wireshark looks into no folder of the user's; use --system (as root), or --dir with "
            + "WIRESHARK_EXTCAP_DIR"))
    case .any, .system, .folder:
      let isAny = if case .any = place { true } else { false }
      if isAny, let path = folders.userExtcap { return path }
      if let path = folders.systemExtcap { return path }
      throw TraceError("extcap", .failed("this Wireshark names no folder for it; --dir names one"))
    }
  }
}
