import Foundation
import TestSupport
import Testing

/// A double click, as the programs of freedesktop.org do it.
@Suite("Interop: desktop")
struct DesktopTests {
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"

  /// A home of its own, and a viewer that keeps what it is given.
  private static let home = """
    export HOME=$1 XDG_DATA_HOME=$1/data XDG_CONFIG_HOME=$1/config XDG_DATA_DIRS=/usr/share
    export XDG_CURRENT_DESKTOP= DESKTOP_SESSION= ZCAP_WIRESHARK=$1/viewer
    printf '#!/bin/sh\\necho "$@" > "%s/words"\\ncat > "%s/part"\\nmv "%s/part" "%s/seen"\\n' \
      "$1" "$1" "$1" "$1" > "$1/viewer"
    chmod 755 "$1/viewer"

    """

  @Test("zcap open writes the capture into Wireshark")
  func open() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      Self.home
        + """
        "$zcap" open "$2" --redact
        status=$?
        for try in 1 2 3 4 5 6 7 8 9 10; do test -e "$1/seen" && break; sleep 0.3; done
        exit $status
        """, [scratch.path, Self.demo])
    #expect(result.status == 0, "\(result.errors)")
    let direct = try RunCommand.run(
      RunCommand.zcap, ["convert", Self.demo, "--redact", "-o", "-"])
    #expect(try RunCommand.bytes(scratch("seen")) == direct.output)
    let words = String(decoding: try RunCommand.bytes(scratch("words")), as: UTF8.self)
    #expect(words.contains("-k -i - -o gui.window_title:"), "\(words)")
  }

  @Test(
    "what cannot be opened opens no window",
    arguments: [("no-such-file.ctr", 2), ("--no-such-option", 64), ("--output=out.pcapng", 64)])
  func mistakes(_ word: String, _ status: Int32) throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      Self.home + "\"$zcap\" open \"$2\"", [scratch.path, word])
    #expect(result.status == status, "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch("words")))
  }

  @Test("what is no trace opens no window, whatever it is called")
  func noTrace() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write([UInt8](repeating: 0xFF, count: 5000), to: scratch("trace.ctr"))
    let result = try RunCommand.shell(
      Self.home + "\"$zcap\" open \"$1/trace.ctr\"; status=$?; sleep 0.3; exit $status",
      [scratch.path])
    #expect(result.status == 2)
    #expect(result.errors.contains("none of the"))
    #expect(!FileManager.default.fileExists(atPath: scratch("words")))
  }

  @Test(
    "a trace is known by its bytes, in every container",
    .enabled(if: RunCommand.find("update-mime-database") != nil && RunCommand.find("gio") != nil))
  func type() throws {
    let scratch = try ScratchFolder()
    let folder = Captures.folder + "containers/"
    let traces = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".ctr") }.sorted()
    // The names say nothing.
    for (index, name) in traces.enumerated() {
      try RunCommand.write(RunCommand.bytes(folder + name), to: scratch("trace\(index)"))
    }
    try RunCommand.write(RunCommand.bytes("/bin/ls"), to: scratch("other"))
    let result = try RunCommand.shell(
      Self.home
        + """
        "$zcap" desktop install --quiet || exit 9
        cd "$1"
        for file in trace* other; do
          echo $file $(gio info -a standard::content-type $file | sed -n 's/.*content-type: //p')
        done
        XDG_CURRENT_DESKTOP=GNOME xdg-mime query filetype trace0 | sed 's/^/xdg /'
        """, [scratch.path])
    #expect(result.status == 0, "\(result.errors)")
    for index in traces.indices {
      #expect(
        result.text.contains("trace\(index) application/x-zos-ctrace\n"),
        "\(traces[index]): \(result.text) \(result.errors)")
    }
    #expect(!result.text.contains("other application/x-zos-ctrace"))
  }

  @Test(
    "zcap is the program of the type, and after remove no more",
    .enabled(
      if: RunCommand.find("xdg-open") != nil && RunCommand.find("update-desktop-database") != nil
        && RunCommand.find("gio") != nil))
  func doubleClick() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      Self.home
        + """
        "$zcap" desktop install --quiet || exit 9
        xdg-mime query default application/x-zos-ctrace
        cp "$2" "$1/trace"
        XDG_CURRENT_DESKTOP=GNOME DISPLAY=:99 xdg-open "$1/trace" >/dev/null 2>&1
        for try in 1 2 3 4 5 6 7 8 9 10; do test -e "$1/seen" && break; sleep 0.3; done
        sed 's/.*-k -i -.*/viewer started/' "$1/words"
        "$zcap" desktop remove --quiet
        find "$1/data" -type f -name '*zcap*'
        grep -s zos-ctrace "$1/data/mime/globs"
        true
        """, [scratch.path, Self.demo])
    #expect(result.text == "zcap.desktop\nviewer started\n", "\(result.text) \(result.errors)")
    // What xdg-open gave to the viewer is what convert writes.
    let direct = try RunCommand.run(RunCommand.zcap, ["convert", scratch("trace"), "-o", "-"])
    #expect(try RunCommand.bytes(scratch("seen")) == direct.output)
  }

  @Test("files for a package name the command that PATH has")
  func package() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.run(
      RunCommand.zcap, ["desktop", "install", "--dir", scratch("share")])
    #expect(result.status == 0, "\(result.errors)")
    let entry = String(
      decoding: try RunCommand.bytes(scratch("share/applications/zcap.desktop")), as: UTF8.self)
    #expect(entry.contains("\nExec=zcap open %f\n"))
    let icon = try RunCommand.bytes(scratch("share/icons/hicolor/scalable/apps/zcap.svg"))
    #expect(String(decoding: icon, as: UTF8.self).hasPrefix("<svg"))
    let removed = try RunCommand.run(
      RunCommand.zcap, ["desktop", "remove", "--dir", scratch("share")])
    #expect(removed.status == 0)
    let left = FileManager.default.enumerator(atPath: scratch("share"))?.allObjects as? [String]
    #expect(left?.contains { $0.contains("zcap") } == false)
  }
}
