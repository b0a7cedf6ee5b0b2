internal import TraceBytes
internal import TraceModel

/// What the beginning of a channel told.
struct MQChannel {
  var name = ""
  var manager = ""
  /// What the client runs.
  var product = ""
  var user = ""
}

/// A call on its way, or waiting for its reply.
struct MQWaiting {
  var side: FlowSide
  var conversation: UInt32
  var type: MQType
  var request: Exchange.Half?
  var response: Exchange.Half?
  /// Whether all segments of the request came.
  var isAsked = false
  var isInGap = false
  var call = MQCall()
  var result = ""
  var isFailure = false
  var status: Int64?
}

extension MQWaiting {
  /// What the call is about: a route, an object, a message.
  func object(_ channel: MQChannel) -> String {
    switch type {
    case .connect:
      let asked = ["", "*"].contains(call.object) ? channel.manager : call.object
      let route = [channel.name, asked].filter { !$0.isEmpty }.joined(separator: " > ")
      return channel.product.isEmpty ? route : "\(route) (\(channel.product))"
    case .open:
      return [MQCall.typeName(call.objectType), call.object].filter { !$0.isEmpty }
        .joined(separator: " ")
    case .put, .put1:
      return [call.object, call.messageText].filter { !$0.isEmpty }
        .joined(separator: " ")
    case .get:
      guard let wait = call.wait else { return call.object }
      let seconds = wait % 1000 == 0 ? "\(wait / 1000) s" : "\(wait) ms"
      let time = wait == .max ? "for ever" : seconds
      return [call.object, "wait \(time)"].filter { !$0.isEmpty }.joined(separator: " ")
    default: return call.object
    }
  }

  /// What came of it; what the reader found out goes before what the reply says.
  var outcome: String {
    guard result.isEmpty else { return result }
    var parts = [call.resultText].filter { !$0.isEmpty }
    if call.completion == 0 {
      switch type {
      case .open: if let handle = call.newHandle { parts.append("handle \(handle)") }
      case .get, .asyncMessage: parts.append(call.messageText)
      default: break
      }
    }
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }
}
