/// What an AT-TLS log says of a conversation in a trace.
public struct JoinedConnection: Sendable {
  /// The connection as the log has it.
  public let connection: ATTLSConnection
  /// Whether the lower end of the conversation's key is the one on z/OS.
  public let lowerIsLocal: Bool
  /// Seconds between the conversation and the connection; 0 when the times fit.
  public let secondsAway: Int

  /// Whether the client is the lower end; nil when the log does not say.
  public var clientIsLower: Bool? {
    switch connection.direction {
    case "InBound": !lowerIsLocal
    case "OutBound": lowerIsLocal
    default: nil
    }
  }

  /// Protocol and cipher suite, or what went wrong, in a few words for a column.
  public var briefly: String {
    if let failure = connection.failures.first { return "failed: RC \(failure.returnCode)" }
    let agreed = [connection.protocolText, connection.cipher].compactMap { $0 }
    return agreed.isEmpty
      ? connection.outcome.rawValue.replacing("_", with: " ") : agreed.joined(separator: " ")
  }

  /// Everything in one line.
  public var sentence: String {
    var words = ["rule \(connection.rule ?? "not in the log")"]
    let actions = connection.actions.filter { $0 != "**N/A**" }
    if !actions.isEmpty { words[0] += " (\(actions.joined(separator: " ")))" }
    if let job = connection.job { words.append("job \(job)") }
    if let user = connection.user { words.append("user \(user)") }
    switch connection.direction {
    case "InBound": words.append("z/OS is the server")
    case "OutBound": words.append("z/OS is the client")
    default: break
    }
    if connection.status == "Appl Control" { words.append("TLS when the application asks") }
    words.append(connection.result)
    if secondsAway > 60 { words.append("logged \(away) away from this time") }
    return words.joined(separator: ", ")
  }

  /// Why records of the conversation hold no data, as far as the log tells.
  public var whyConfidential: String {
    let actions = connection.actions.filter { $0 != "**N/A**" }
    let place = actions.isEmpty ? "the actions of its rule" : actions.joined(separator: ", ")
    return "CtraceClearText is not On in \(place); zcap policy why tells where to change it"
  }

  private var away: String {
    let (hours, minutes) = (secondsAway / 3600, secondsAway / 60 % 60)
    return hours > 0 ? "\(hours) h \(minutes) min" : "\(minutes) min"
  }
}
