internal import TraceBytes

/// Apache Kafka, known by name. Source: Kafka protocol guide, request header.
enum Kafka {
  static let room = ProtocolRoom(
    .kafka, dissector: Dissector("kafka", decodeAs: "kafka", ports: [9092]), recognise: recognise,
    makeSecrets: { KafkaSecrets() })

  /// Highest API key and version that are in use, with room for more.
  private static let mostKey = 100
  private static let mostVersion = 25

  /// A request: length, API key, version, correlation id, and the client's name.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 15 else { return nil }
    let length = bytes.be32(0)
    let name = Int(bytes.be16(12))
    guard length >= 10, length <= 100 << 20, bytes.be16(4) <= mostKey, bytes.be16(6) <= mostVersion,
      name >= 1, name <= 255, 10 + name <= length
    else { return nil }
    let end = min(bytes.byteCount, 14 + name)
    for at in 14..<end where bytes.u8(at) < 0x20 || bytes.u8(at) >= 0x7F { return nil }
    // A name of a letter or two may be chance.
    return Recognition(end - 14 >= 3 ? .certain : .likely, fromClient: true)
  }
}
