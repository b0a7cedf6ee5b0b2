package import TraceBytes

/// Settings of Wireshark for what convert writes: columns, colours and ports.
package enum WiresharkProfile {
  /// The name under which Wireshark lists it.
  package static let name = "zOS"
  /// The first line of each file: what has it may be written over.
  private static let mark = "# Written by zcap wireshark-profile; your own profile is safe from it."

  /// Where Wireshark looks for it.
  package static func folder() throws(TraceError) -> String {
    guard let settings = try WiresharkFolders.ask().configuration else {
      throw TraceError(
        "Wireshark", .failed("names no folder for settings; name one for the profile"))
    }
    return "\(settings)/profiles/\(name)"
  }

  /// Writes the files, and returns what was done in lines for people. Files of somebody else stay as they are.
  package static func write(to folder: String, force: Bool) throws(TraceError) -> [String] {
    for (name, _) in files {
      let path = "\(folder)/\(name)"
      guard PlainFile.exists(path), !force else { continue }
      if !PlainFile.begins(path, with: mark) {
        throw TraceError(path, .failed("is not of zcap's making; --force replaces it"))
      }
    }
    for (name, text) in files { try PlainFile.write("\(mark)\n\(text)", to: "\(folder)/\(name)") }
    let own = try? Self.folder()
    return [
      "wrote \(files.map(\.name).joined(separator: ", ")) to \(folder)",
      own == nil || own == folder
        ? "choose the profile \(name) in Wireshark (bottom right), or start it with -C \(name)"
        : "Wireshark lists it as a profile once it is \(own ?? "")",
    ]
  }

  static var files: [(name: String, text: String)] {
    [("preferences", preferences), ("colorfilters", colours), ("decode_as_entries", decodeAs)]
  }

  private static let preferences = """
    gui.column.format:
    	"No.", "%m",
    	"Time (UTC)", "%Yut",
    	"Job", "%Cus:frame.interface_name:0:R",
    	"Dir", "%Cus:frame.packet_flags_direction:0:R",
    	"Source", "%us",
    	"Port", "%uS",
    	"Destination", "%ud",
    	"Port", "%uD",
    	"Protocol", "%p",
    	"Length", "%L",
    	"Info", "%i",
    	"Record", "%Cus:frame.packet_id:0:R",
    	"Comment", "%Cus:frame.comment:0:R"
    # A data trace has what the application sent, whatever its checksum says; names are not looked up.
    nameres.network_name: FALSE
    nameres.transport_name: FALSE
    tcp.desegment_tcp_streams: TRUE

    """

  /// The comments that convert writes tell what a packet is; the first rule that fits colours it.
  private static let colours = """
    @zcap gap@tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || frame.comment contains "missing" || frame.comment contains "ends inside this record" || frame.comment contains "whose first segment is not"@[65535,49344,49344][26214,0,0]
    @zcap confidential@frame.comment contains "AT-TLS confidential"@[65535,58596,45746][26214,17476,0]
    @zcap clear text@frame.comment contains "AT-TLS clear text"@[54741,64250,54741][0,21845,0]
    @zcap discarded@frame.comment contains "discarded by the stack"@[58853,58853,58853][26214,26214,26214]

    """

  /// Ports of TLS on which a data trace has clear text. 443 is not among them: packets of the same name are TLS.
  private static let decodeAs = [
    (992, "TELNET"), (636, "LDAP"), (990, "FTP"), (465, "SMTP"), (993, "IMAP"), (995, "POP"),
    (448, "DRDA"),
  ].map { "decode_as_entry: tcp.port,\($0.0),TLS,\($0.1)\n" }.joined()
}
