import ArgumentParser
import TraceBytes
import ZCapKit

extension ZCap {
  /// A trace in Wireshark's own list.
  final class Extcap: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "extcap",
      abstract: "Put 'z/OS trace file' into the list that Wireshark begins with, or take it away.",
      usage: "zcap extcap install|remove [<options>]",
      discussion: """
        Wireshark then opens a trace itself, with a dialog for file, job, AT-TLS, times, log and masking. \
        Its capture filter leaves out packets as -f does.

        zcap extcap install
        tshark -i zcap -o extcap.zcap.file:TRACE -f 'tcp port 8803'
        """)

    @Argument(help: "install or remove.")
    var action: DesktopAction

    @Flag(help: "The folder of the user (Wireshark 4.2 and later), or that of the system.")
    var place: DesktopPlace?

    @Option(
      name: .customLong("dir"),
      help: ArgumentHelp("Another folder; see WIRESHARK_EXTCAP_DIR.", valueName: "folder"),
      completion: .directory)
    var folder: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
      try refuse(folder != nil && place != nil, "--dir is instead of --user or --system.")
    }

    func run() throws {
      let place: ExtcapInstaller.Place =
        folder.map { .folder($0) } ?? (place == .user ? .user : place == .system ? .system : .any)
      Diagnostics.notes(
        try action == .install ? ExtcapInstaller.install(place) : ExtcapInstaller.remove(place))
    }
  }

  /// A double click.
  final class Desktop: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "desktop",
      abstract: "Let a double click open a trace in Wireshark, or no more.",
      usage: "zcap desktop install|remove [<options>]",
      discussion: """
        Installs a file type that is told by the bytes of a trace, a program for it (zcap open) and an icon. \
        On macOS it makes an application, which nobody has tried yet.

        zcap desktop install
        """)

    @Argument(help: "install or remove.")
    var action: DesktopAction

    @Flag(help: "For the user (the default), or for everyone in /usr/local/share.")
    var place: DesktopPlace?

    @Option(
      name: .customLong("dir"),
      help: ArgumentHelp(
        "For packages: write below this folder, and tell no desktop of it.", valueName: "folder"),
      completion: .directory)
    var folder: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
      #if os(macOS)
        if folder == nil {
          return Diagnostics.notes(
            try action == .install ? MacApplication.install() : MacApplication.remove())
        }
      #endif
      let files = folder.map { DesktopFiles(folder: $0) } ?? DesktopFiles(system: place == .system)
      Diagnostics.notes(try action == .install ? files.install() : files.remove())
    }
  }

  /// Settings of Wireshark.
  final class Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wireshark-profile",
      abstract:
        "Write a profile for Wireshark: columns, colours and ports for what convert writes.",
      usage: "zcap wireshark-profile [<folder>] [<options>]",
      discussion: """
        Columns: time in UTC, job, direction, record, comment. Colours: gaps, confidential records, clear text \
        of AT-TLS, discarded packets. Ports of TLS on which clear text is: 992, 636, 990, 465, 993, 995, 448.

        zcap wireshark-profile && wireshark -C zOS TRACE.pcapng
        """)

    @Argument(
      help: "Folder of the profile. Default: zOS among Wireshark's own.", completion: .directory)
    var folder: String?

    @Flag(help: "Replace files that zcap did not write.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let place = if let folder { folder } else { try WiresharkProfile.folder() }
      Diagnostics.notes(try WiresharkProfile.write(to: place, force: force))
    }
  }

  /// A trace in Wireshark.
  final class Open: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "open",
      abstract: "Show a trace in Wireshark.",
      usage: "zcap open <file> ... [<options of convert>]",
      discussion: """
        The same as zcap convert FILE -o - | wireshark -k -i -, with any options of convert. ZCAP_WIRESHARK \
        names another program that reads a capture from standard input.

        zcap open TRACE --job 'GPM*'
        """)

    @Argument(
      parsing: .captureForPassthrough, help: "A trace, and options of convert.",
      completion: .file())
    var words: [String] = []

    func validate() throws {
      try refuse(words.isEmpty, "Name a trace file.")
      if words.contains(where: { ["-h", "--help"].contains($0) }) {
        throw CleanExit.helpRequest(Self.self)
      }
      try refuse(
        words.contains { $0.hasPrefix("-o") || $0.hasPrefix("--output") },
        "zcap open writes no file; zcap convert FILE -o OUT.pcapng does.")
      do {
        _ = try conversion()
      } catch {
        throw ValidationError(ZCap.message(for: error))
      }
    }

    private func conversion() throws -> any ParsableCommand {
      try ZCap.parseAsRoot(["convert"] + words + ["-o", "-", "--even-empty", "--force"])
    }

    func run() throws {
      var command = try conversion()
      let convert = command as? Convert
      try Viewer.start(on: convert?.input.files ?? [], live: convert?.follow.follow == true)
      try command.run()
    }
  }
}

/// What is done with a part of zcap that lies elsewhere.
enum DesktopAction: String, ExpressibleByArgument, CaseIterable { case install, remove }

/// For whom.
enum DesktopPlace: String, EnumerableFlag { case user, system }
