package import TraceBytes

/// What a desktop needs to open a trace with a double click: a type of file that is told by its bytes, a
/// program for it, and an icon.
///
/// Source: the specifications of freedesktop.org for shared MIME information, desktop entries and icon themes.
package struct DesktopFiles {
  /// The type of a trace data set.
  static let type = "application/x-zos-ctrace"

  /// The folder that holds `mime`, `applications` and `icons`.
  private let folder: String
  /// How the command is called.
  private let command: String
  /// Whether the databases of the desktop are brought up to date.
  private let updates: Bool

  /// For the user, or for everyone.
  package init(system: Bool) {
    let data = Terminal.environment("XDG_DATA_HOME") ?? ""
    folder =
      system ? "/usr/local/share" : data.hasPrefix("/") ? data : PlainFile.home + "/.local/share"
    command = Program.own
    updates = true
  }

  /// For a package: files only, and the command that PATH has.
  package init(folder: String) {
    self.folder = folder
    command = "zcap"
    updates = false
  }

  /// Writes the files, and returns what was done in lines for people.
  package func install() throws(TraceError) -> [String] {
    for (path, text) in files { try PlainFile.write(text, to: path) }
    return files.map { "wrote \($0.path)" } + update()
  }

  package func remove() throws(TraceError) -> [String] {
    var lines: [String] = []
    for (path, _) in files where try PlainFile.remove(path) { lines.append("removed \(path)") }
    return lines.isEmpty ? ["\(folder): nothing was there"] : lines + update()
  }

  private var files: [(path: String, text: String)] {
    [
      ("\(folder)/mime/packages/zcap.xml", Self.mime),
      ("\(folder)/applications/zcap.desktop", entry),
      ("\(folder)/icons/hicolor/scalable/apps/zcap.svg", Self.icon),
      ("\(folder)/icons/hicolor/scalable/mimetypes/application-x-zos-ctrace.svg", Self.icon),
    ]
  }

  /// Tells the desktop; what is not installed is said.
  private func update() -> [String] {
    guard updates else { return [] }
    return [("update-mime-database", "mime"), ("update-desktop-database", "applications")]
      .compactMap { program, part in
        guard let path = Program.find(program) else {
          return "\(program) is not installed: the desktop may see this after a new login only"
        }
        if Program.output([path, "\(folder)/\(part)"]) != nil { return nil }
        return "\(program) \(folder)/\(part) failed"
      }
  }

  // MARK: - Contents

  private var entry: String {
    """
    [Desktop Entry]
    Type=Application
    Name=zcap
    GenericName=z/OS network traces
    Comment=Open a z/OS network trace in Wireshark
    Exec=\(Self.quoted(command)) open %f
    Icon=zcap
    Terminal=false
    NoDisplay=true
    MimeType=\(Self.type);
    Categories=Network;Monitor;

    """
  }

  /// An argument as desktop entries quote it.
  private static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
      $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x61 && $0 <= 0x7A
        || "/.-_+".utf8.contains($0)
    }
    if plain { return text }
    // A backslash is one for the string of the entry, and one for the argument in it.
    let escaped = text.map { "\"`$\\".contains($0) ? "\\\\\($0)" : $0 == "%" ? "%%" : "\($0)" }
    return "\"" + escaped.joined() + "\""
  }

  /// The entry that begins a trace: offset of the data X'0010', a format id of 1 to 8, a TOD clock after 1971,
  /// and a header of 64 to 127 bytes. In front of it stand its length and what the transfer put there: nothing,
  /// lengths of 3 to 12 bytes, or the prefix of the external writer. `Formats/containers.md` has all forms.
  private static let mime: String = {
    let tail = "80" + String(repeating: "00", count: 7) + "0040"
    let tailMask = "80" + String(repeating: "00", count: 7) + "FFC0"
    let matches = [("00100000000" + "0", "FFFFFFFFFFF8"), ("001000000008", "FFFFFFFFFFFF")].map {
      value, mask in
      """
          <match type="string" value="\(escaped(value + tail))" mask="0x\(mask + tailMask)" offset="2:512"/>
      """
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
        <mime-type type="\(type)">
          <comment>z/OS network trace</comment>
          <icon name="application-x-zos-ctrace"/>
          <magic priority="60">
      \(matches.joined(separator: "\n"))
          </magic>
          <glob pattern="*.ctr"/>
          <glob pattern="*.ctrace"/>
          <glob pattern="*.ctr.gz"/>
        </mime-type>
      </mime-info>

      """
  }()

  private static func escaped(_ hex: String) -> String {
    stride(from: 0, to: hex.utf8.count, by: 2).map { at in
      "\\x" + String(hex.dropFirst(at).prefix(2))
    }.joined()
  }

  /// A sheet of fan-fold paper with the wave of a wire on it.
  package static let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
      <rect x="10" y="4" width="44" height="56" rx="4" fill="#f4f8fb" stroke="#2b5876" stroke-width="2"/>
      <path d="M10 16h44M10 40h44" stroke="#c7dceb" stroke-width="8"/>
      <g fill="#2b5876">
        <circle cx="15" cy="10" r="1.6"/><circle cx="15" cy="22" r="1.6"/><circle cx="15" cy="34" r="1.6"/>
        <circle cx="15" cy="46" r="1.6"/><circle cx="15" cy="56" r="1.6"/>
        <circle cx="49" cy="10" r="1.6"/><circle cx="49" cy="22" r="1.6"/><circle cx="49" cy="34" r="1.6"/>
        <circle cx="49" cy="46" r="1.6"/><circle cx="49" cy="56" r="1.6"/>
      </g>
      <path d="M19 32h5l3-12 6 24 5-18 3 6h4" fill="none" stroke="#d1495b" stroke-width="3"
        stroke-linecap="round" stroke-linejoin="round"/>
    </svg>

    """
}
