internal import ATTLS
package import TraceBytes
internal import TraceFormats

/// Wireshark as the reader of what this program writes.
package enum Viewer {
  /// What cannot be recognised needs no window. Of a pipe nothing can be read ahead.
  package static func recognise(_ path: String) throws(TraceError) {
    let source = try ByteSource(path: path)
    guard source.size != nil else { return }
    let input = TraceInput(source, others: [.attlsLog(ATTLSLogBook())])
    try input.run(into: NoTracker(), until: { input.reader != nil })
  }

  /// Starts it, or the program that ZCAP_WIRESHARK names, with a capture on its standard input.
  package static func start(title: String) throws(TraceError) {
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
