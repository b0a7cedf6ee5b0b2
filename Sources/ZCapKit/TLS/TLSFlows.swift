package import ATTLS
package import TraceBytes
package import TraceModel
package import TraceStreams
import TraceRender

/// The TLS connections in the packets of a trace or capture, as rows or JSON.
package final class TLSFlows: StreamSink {
  /// Which input a record comes from.
  package let files = InputNames()
  private let options: TLSRowOptions
  private let output: ByteSink
  private let certificates: CertificateFolder?
  /// What is said of columns that had no room.
  package var notes: [String] { TableView.note(table) }
  private var reader = TLSConversations()
  private var table: TextTable
  package private(set) var connections: UInt64 = 0
  /// The connections of logs, which are shown in the same output.
  package var rows: AttlsRows?

  package init(_ options: TLSRowOptions, _ output: ByteSink, _ certificates: CertificateFolder?) {
    self.options = options
    self.output = output
    self.certificates = certificates
    table = options.view.table(TLSRowOptions.flowColumns(options.zone))
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  )
    throws(TraceError)
  {
    reader.data(flow, from: side, bytes)
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    reader.gap(flow, from: side, count: count)
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    guard let conversation = reader.close(flow.slot),
      !options.failed || conversation.fatalAlert != nil || conversation.isAnsweredInClear
    else { return }
    connections += 1
    try certificates?.add(conversation, id: String(flow.number))
    let row = TLSFlowRow(flow, conversation)
    if options.json {
      var json = JSONLine(output)
      return try row.write(
        to: &json, file: files.name(of: flow.flow.firstRecord),
        withStory: options.handshake)
    }
    table.add(row.cells(options.zone))
    try table.flush(to: output)
    guard options.handshake else { return }
    for line in conversation.summary() { try output.append("    | \(line)\n") }
    try output.append("\n")
  }

  package func pause() throws(TraceError) {
    try rows?.pause()
    try output.flush()
  }
}

/// One TLS connection of a trace, for people and programs.
package struct TLSFlowRow {
  private let flow: Conversation
  private let conversation: TLSConversation

  package init(_ flow: Conversation, _ conversation: TLSConversation) {
    self.flow = flow
    self.conversation = conversation
  }

  /// Who the client is: by the hello, or else as the flow has it.
  private var clientSide: FlowSide {
    conversation.firstIsClient.map { $0 ? .lower : .upper } ?? flow.client
  }

  private var client: String { flow.endpoint(clientSide).description }
  private var server: String { flow.endpoint(clientSide.other).description }
  private var serverName: String { conversation.clientHello?.serverName ?? "" }

  /// Flow, time, job or interface, client, server, the name that the client asked for, result.
  package func cells(_ zone: Zone) -> [String] {
    [
      String(flow.number), CivilDate.text(nanoseconds: zone.local(flow.firstTime)), flow.name.text,
      client, server, serverName, result,
    ]
  }

  private var result: String {
    let chosen = conversation.serverHello?.text
    if let alert = conversation.fatalAlert {
      let name = Knowledge.alert(alert.code)?.name ?? "not known"
      let before = chosen.map { "\($0), then " } ?? ""
      let sender = conversation.name(isFromFirst: alert.isFromFirst)
      return "\(before)failed: \(sender) sends fatal alert \(alert.code) \(name)"
    }
    if let chosen { return chosen }
    if let suites = conversation.version2Suites {
      return TLSEvent(offset: 0, content: .version2Answer(suites: suites)).text(sender: "server")
    }
    if conversation.isAnsweredInClear {
      return "server answers in clear text: \(conversation.clearAnswerText)"
    }
    if conversation.hasHello { return "no answer to the client's hello" }
    return conversation.isEncrypted ? "encrypted; the hellos are not in the trace" : "TLS records"
  }

  package func write(
    to json: inout JSONLine, file: String, withStory: Bool
  ) throws(TraceError) {
    try json.begin("tls_connection")
    try json.text("flow_id", flow.flow.id)
    try json.text("community_id", FlowIdentity.communityID(flow.key))
    try json.text("file", file)
    try json.number("flow", flow.number)
    try json.moment("start_time", "start_ns", flow.firstTime)
    try json.name(flow.name.text, isJob: flow.isDataTrace)
    try json.ends(client: flow.endpoint(clientSide), server: flow.endpoint(clientSide.other))
    try json.object("tls", conversation) { (json, talk) throws(TraceError) in
      try talk.write(to: &json)
    }
    try json.texts("handshake", withStory ? conversation.summary() : nil)
    try json.end()
  }
}
