public import TraceBytes

// What the lines of every command say in the same words.

extension JSONLine {
  /// An IP address.
  public mutating func address(_ name: StaticString, _ address: IPAddress?) throws(TraceError) {
    guard let address else { return try null(name) }
    var text = ShortText()
    text.append(address)
    try self.text(name, text)
  }

  /// The client and the server of a conversation.
  public mutating func ends(client: Endpoint, server: Endpoint) throws(TraceError) {
    try address("client_ip", client.address)
    try number("client_port", client.port)
    try address("server_ip", server.address)
    try number("server_port", server.port)
  }

  /// Job or interface: exactly one of the two has the name.
  public mutating func name(_ name: String, isJob: Bool) throws(TraceError) {
    try known("job", isJob ? name : "")
    try known("interface", isJob ? "" : name)
  }

  /// A moment as text and as nanoseconds since 1970.
  public mutating func moment(
    _ name: StaticString, _ nanosecondsName: StaticString, _ nanoseconds: Int64?
  ) throws(TraceError) {
    try time(name, nanoseconds)
    try number(nanosecondsName, nanoseconds)
  }
}
