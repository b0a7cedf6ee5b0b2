internal import ATTLS
package import TraceBytes
internal import TraceFormats

/// Wireshark as the reader of what this program writes.
package enum Viewer {
  /// Starts it for files, which must be traces unless they are `live`: those may have nothing yet.
  package static func start(on files: [String], live: Bool) throws(TraceError) {
    if !live { for file in files where file != "-" { try recognise(file) } }
    try start(title: files.first ?? "zcap")
  }

  /// What cannot be recognised needs no window. Of a pipe nothing can be read ahead.
  private static func recognise(_ path: String) throws(TraceError) {
    let source = try ByteSource(path: path)
    guard source.size != nil else { return }
    let input = TraceInput(source, others: [.attlsLog(ATTLSLogBook())])
    try input.run(into: NoTracker(), until: { input.reader != nil })
  }

  /// Starts it, or the program that ZCAP_WIRESHARK names, with a capture on its standard input.
  private static func start(title: String) throws(TraceError) {
    var words = [Terminal.environment("ZCAP_WIRESHARK") ?? "wireshark"]
    if let folder = try? WiresharkProfile.folder(), PlainFile.exists(folder) {
      words += ["-C", WiresharkProfile.name]
    }
    // The title of a capture from a pipe would be "Standard input".
    words += ["-k", "-i", "-", "-o", "gui.window_title:\(VisibleText.of(title))"]
    try Program.startReader(
      words,
      remedy: "ZCAP_WIRESHARK names another program, and zcap convert FILE -o OUT.pcapng writes a "
        + "capture")
  }
}
