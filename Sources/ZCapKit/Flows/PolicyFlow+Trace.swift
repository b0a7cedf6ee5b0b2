package import ATTLS
package import ATTLSPolicy
internal import TraceModel
internal import TraceStreams

extension PolicyFlow {
  /// A conversation of the trace, seen from one end, with what the log has of it.
  package init(_ flow: LocalFlow, _ logged: JoinedConnection?) {
    let key = flow.flow.key
    let client: FlowSide? =
      logged?.clientIsLower.map { $0 ? .lower : .upper }
      // The first record alone says little: the trace may have begun in the middle.
      ?? (flow.flow.flow.clientEvidence > .firstRecord ? flow.flow.client : nil)
    let side = flow.local ?? logged.map { $0.lowerIsLocal ? FlowSide.lower : .upper }
    // Without any direction the server is taken for the traced host: data traces always have one.
    let here = side ?? client?.other ?? .lower
    let (local, remote) = here == .lower ? (key.lower, key.upper) : (key.upper, key.lower)
    var connection = PolicyConnection()
    let job = logged?.connection.job ?? (flow.flow.isDataTrace ? flow.name.text : "")
    connection.job = job.isEmpty ? nil : job
    connection.user = logged?.connection.user
    connection.localAddress = local.address
    connection.localPort = local.port
    connection.remoteAddress = remote.address
    connection.remotePort = remote.port
    connection.direction = client.map { $0 == here ? .outbound : .inbound }
    self.init(number: flow.flow.number, connection: connection)
    records = flow.records
    confidential = flow.confidential
    clear = flow.clear
    isDataTrace = flow.flow.isDataTrace
    loggedRule = logged?.connection.rule
    stack = logged?.connection.stack
    id = flow.flow.flow.id
    interface = flow.flow.isDataTrace ? nil : flow.name.text
  }
}
