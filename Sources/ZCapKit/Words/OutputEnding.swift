/// What a command writes, and the endings that names of its files may have.
///
/// An ending that promises something else is refused: a table in `flows.csv` would be found out much later.
package enum OutputKind: Sendable {
  case text, json, capture, archive, policy, trace, page, table

  /// Whether it is nothing that a terminal can show.
  package var isBinary: Bool { self == .capture || self == .trace }

  /// How its lines are fitted to a terminal of so many columns; nil for what stays as it is.
  package func fold(_ room: Int?) -> LineFold? {
    switch self {
    case .text: room.map { LineFold(width: $0) }
    case .policy: room.map { LineFold(width: $0, .policy) }
    default: nil
    }
  }

  private var endings: [String] {
    switch self {
    case .text: ["txt", "text", "log", "lst", "out", "md"]
    case .json: ["json", "ndjson", "jsonl", "txt", "log", "out"]
    case .capture: ["pcapng", "ntar"]
    case .archive: ["har", "json"]
    case .page: ["html", "htm"]
    case .table: ["parquet", "arrow", "csv", "ndjson"]
    case .policy: ["policy", "conf", "txt", "yaml", "yml", "out"]
    case .trace: ["ctr", "ctrace", "trc", "trace", "bin", "dat", "dump", "out"]
    }
  }

  /// A sentence that refuses the name of a file; nil when it is accepted. Names without an ending are.
  package func mistake(in path: String) -> String? {
    let name = String(path.split(separator: "/").last ?? "")
    guard path != "-", !path.hasPrefix("/dev/") else { return nil }
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 1, parts.last == "gz" { parts.removeLast() }
    guard parts.count > 1, let ending = parts.last?.lowercased(), !ending.isEmpty else {
      return nil
    }
    if endings.contains(ending) { return nil }
    if self == .capture, ["pcap", "cap", "dmp"].contains(ending) {
      return
        "\(path): classic pcap cannot hold job names, comments and losses; write a .pcapng (editcap -F pcap "
        + "makes a pcap of it)."
    }
    switch ending {
    case "pcapng", "pcap", "cap":
      let capture = parts.dropLast().joined(separator: ".") + ".pcapng"
      return "\(path): this command writes no capture; 'zcap convert FILE -o \(capture)' does."
    case "json", "ndjson", "jsonl":
      guard self == .text else { break }
      return "\(path): add --json, or end the name in .txt."
    case "zst", "xz", "bz2", "zip":
      return "\(path): only gzip is written: end the name in .gz."
    default: break
    }
    return "\(path): what is written is no .\(ending); end the name in "
      + endings.prefix(3).map { "." + $0 }.joined(separator: ", ")
      + ", or leave the ending out."
  }
}
