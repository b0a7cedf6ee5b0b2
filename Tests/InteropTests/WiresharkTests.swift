import Foundation
import TestSupport
import Testing

/// zcap as a source of captures and as a profile, asked by the real tshark.
@Suite("Interop: inside Wireshark", .serialized, .enabled(if: Tool.tshark != nil))
struct WiresharkTests {
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"

  /// Runs tshark with a folder of its own for settings and for sources of captures. Root's Wireshark does not
  /// look into WIRESHARK_EXTCAP_DIR, so there the link stands in the system's folder for as long as a test runs.
  private func tshark(
    _ script: String, _ scratch: ScratchFolder, _ arguments: [String] = []
  ) throws -> CommandResult {
    let place = NSUserName() == "root" ? "--system" : "--dir $1/extcap"
    return try RunCommand.shell(
      """
      export HOME=$1 XDG_CONFIG_HOME=$1/config WIRESHARK_EXTCAP_DIR=$1/extcap
      "$zcap" extcap install \(place) --quiet || exit 9
      \(script)
      status=$?
      "$zcap" extcap remove \(place) --quiet
      exit $status
      """, [scratch.path] + arguments)
  }

  @Test("the list, the dialog and the capture")
  func extcap() throws {
    let scratch = try ScratchFolder()
    let list = try tshark("tshark -D", scratch)
    #expect(list.text.contains("zcap (z/OS trace file)"), "\(list.text) \(list.errors)")
    let capture = try tshark(
      """
      tshark -i zcap -o "extcap.zcap.file:$2" -T fields -e frame.interface_name -e tcp.port -e http.request.uri
      """, scratch, [Self.demo])
    #expect(capture.text.contains("/gpm/index.html"), "\(capture.errors)")
    let direct = try RunCommand.shell(
      "\"$zcap\" convert \"$1\" -o - | tshark -r - -T fields -e frame.interface_name -e tcp.port -e http.request.uri",
      [Self.demo])
    #expect(capture.text == direct.text)
  }

  @Test("capture filter, job, and masking")
  func options() throws {
    let scratch = try ScratchFolder()
    let two = scratch("two.ctr")
    // Not an even-numbered conversation only: several jobs.
    #expect(
      try RunCommand.run(RunCommand.zcap, ["generate", two, "--size", "200K", "--flows", "20"])
        .status == 0)
    let names = try tshark(
      "tshark -i zcap -o \"extcap.zcap.file:$2\" -o extcap.zcap.job:job=IZUSVR1 -T fields -e frame.interface_name | sort -u",
      scratch, [two])
    #expect(names.text == "IZUSVR1\n", "\(names.errors)")
    let sizes = try tshark(
      "tshark -i zcap -o \"extcap.zcap.file:$2\" -f 'greater 300' -T fields -e frame.len | sort -n | head -1",
      scratch, [two])
    #expect(!sizes.text.isEmpty, "\(sizes.errors)")
    let masked = try tshark(
      "tshark -i zcap -o \"extcap.zcap.file:$2\" -o extcap.zcap.redact:true -x", scratch,
      [Self.demo])
    #expect(masked.text.contains("password="))
    #expect(!masked.text.contains("not4you"))
  }

  @Test("what Wireshark asks")
  func questions() throws {
    let interfaces = try RunCommand.run(
      RunCommand.zcap, ["--extcap-interfaces", "--extcap-version=4.0"])
    #expect(interfaces.text.contains("interface {value=zcap}{display=z/OS trace file}"))
    let links = try RunCommand.run(
      RunCommand.zcap, ["--extcap-dlts", "--extcap-interface", "zcap"])
    #expect(links.text.hasPrefix("dlt {number=1}"))
    let dialog = try RunCommand.run(
      RunCommand.zcap, ["--extcap-config", "--extcap-interface", "zcap"])
    for option in ["file", "job", "secure", "since", "until", "log", "redact", "follow"] {
      #expect(dialog.text.contains("{call=--\(option)}"))
    }
    let names = try RunCommand.run(
      RunCommand.zcap,
      [
        "--extcap-interface", "zcap", "--extcap-config", "--extcap-reload-option", "job", "--file",
        Self.demo,
      ])
    #expect(names.text.contains("{value=job=GPMSERVE}{display=GPMSERVE (job)}"))
    let good = try RunCommand.run(
      RunCommand.zcap, ["--extcap-interface", "zcap", "--extcap-capture-filter", "tcp port 80"])
    #expect(good.text.isEmpty && good.status == 0)
    let bad = try RunCommand.run(
      RunCommand.zcap, ["--extcap-interface", "zcap", "--extcap-capture-filter", "tcp prt 80"])
    #expect(!bad.text.isEmpty)
    let nothing = try RunCommand.run(
      RunCommand.zcap, ["--capture", "--extcap-interface", "zcap", "--fifo", "/dev/null"])
    #expect(nothing.status == 64)
    #expect(nothing.errors.contains("name a trace file"))
  }

  @Test("a program of another name stays")
  func foreign() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write([1], to: scratch("zcap"))
    for action in ["install", "remove"] {
      let result = try RunCommand.run(
        RunCommand.zcap, ["extcap", action, "--dir", scratch.path])
      #expect(result.status == 2)
    }
    #expect(try RunCommand.bytes(scratch("zcap")) == [1])
  }

  // MARK: - Profile

  @Test("the profile is read, and each rule fires")
  func profile() throws {
    let scratch = try ScratchFolder()
    let made = try RunCommand.shell(
      """
      export HOME=$1 XDG_CONFIG_HOME=$1/config
      "$zcap" wireshark-profile || exit 9
      cd "$2"
      for file in data-trace/http-clear-text data-trace/confidential data-trace/local-both-sides \\
        packet-trace/discarded data-trace/truncated
      do
        test -e $file.ctr || continue
        "$zcap" convert $file.ctr -o - --quiet | tshark -C zOS --color -r - -T fields -e frame.coloring_rule.name
      done | sort | uniq -c > "$1/rules"
      "$zcap" convert data-trace/http-clear-text.ctr -o "$1/out.pcapng" --quiet
      tshark -C zOS -r "$1/out.pcapng" -c 4
      """, [scratch.path, Captures.folder])
    #expect(made.status == 0, "\(made.errors)")
    let rules = String(decoding: try RunCommand.bytes(scratch("rules")), as: UTF8.self)
    for rule in ["clear text", "discarded"] {
      #expect(rules.contains("zcap \(rule)"), "\(rules)")
    }
    // Job, direction and record are columns.
    #expect(made.text.contains("GPMSERVE"), "\(made.text)")
    #expect(
      !made.errors.contains("error") && !made.errors.contains("Unknown preference"),
      "\(made.errors)")
  }

  @Test("a gap is coloured; clear text on the port of TLS is dissected")
  func gapsAndPorts() throws {
    let scratch = try ScratchFolder()
    var bytes: [UInt8] = []
    for record in LiveTraces.confidentialMiddle { bytes += record }
    try RunCommand.write(bytes, to: scratch("gap.ctr"))
    bytes = []
    for record in LiveTraces.confidentialMiddle.dropFirst() { bytes += record }
    try RunCommand.write(bytes, to: scratch("hidden.ctr"))
    bytes = []
    for record in LiveTraces.telnet { bytes += record }
    try RunCommand.write(bytes, to: scratch("telnet.ctr"))
    let result = try RunCommand.shell(
      """
      export HOME=$1 XDG_CONFIG_HOME=$1/config
      "$zcap" wireshark-profile --quiet || exit 9
      for file in gap hidden; do
        "$zcap" convert "$1/$file.ctr" -o - --quiet \
          | tshark -C zOS --color -r - -T fields -e frame.coloring_rule.name
      done
      "$zcap" convert "$1/telnet.ctr" -o - --quiet | tshark -C zOS -r - -T fields -e frame.protocols
      """, [scratch.path])
    #expect(result.text.contains("zcap gap"), "\(result.text) \(result.errors)")
    #expect(result.text.contains("zcap confidential"), "\(result.text) \(result.errors)")
    #expect(result.text.contains("tcp:telnet"), "\(result.text)")
  }

  @Test("a profile of somebody else stays, unless --force says otherwise")
  func otherProfile() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(Array("mine\n".utf8), to: scratch("preferences"))
    let refused = try RunCommand.run(RunCommand.zcap, ["wireshark-profile", scratch.path])
    #expect(refused.status == 2)
    #expect(try scratch.contents() == ["preferences"])
    #expect(
      try RunCommand.run(RunCommand.zcap, ["wireshark-profile", scratch.path, "--force"]).status
        == 0)
    #expect(try scratch.contents() == ["colorfilters", "decode_as_entries", "preferences"])
    // Its own are written over.
    let again = try RunCommand.run(RunCommand.zcap, ["wireshark-profile", scratch.path])
    // Wireshark does not look there.
    #expect(again.status == 0 && !again.errors.contains("-C zOS"), "\(again.errors)")
  }
}
