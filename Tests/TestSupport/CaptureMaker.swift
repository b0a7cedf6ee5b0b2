import TraceBytes
import TraceModel

/// Makes captures of TCP conversations: raw IP, a packet a millisecond.
public struct CaptureMaker: Sendable {
  public private(set) var bytes: [UInt8] = [
    0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0,
  ]
  private let client: Endpoint
  private let server: Endpoint
  /// The next sequence numbers of the client and of the server.
  public var sequences: (client: UInt32, server: UInt32) = (1000, 5000)
  private var packets: UInt32 = 0

  public init(clientPort: UInt16 = 40_000, serverPort: UInt16 = 443) {
    client = Endpoint(IPAddress(ipv4: 0x0A01_0002), clientPort)
    server = Endpoint(IPAddress(ipv4: 0x0A01_0102), serverPort)
  }

  /// The handshake.
  public mutating func open() {
    segment(fromClient: true, [], flags: 0x02)
    segment(fromClient: false, [], flags: 0x12)
    segment(fromClient: true, [], flags: 0x10)
  }

  /// Data in pieces of a size.
  public mutating func send(_ data: [UInt8], fromClient: Bool, pieces: Int = 1400) {
    for start in stride(from: 0, to: data.count, by: pieces) {
      segment(
        fromClient: fromClient, Array(data[start..<min(data.count, start + pieces)]), flags: 0x18)
    }
  }

  /// One segment; the sequence numbers go on.
  public mutating func segment(fromClient: Bool, _ data: [UInt8], flags: UInt8) {
    let (from, to) = fromClient ? (client, server) : (server, client)
    let (own, other) =
      fromClient ? (sequences.client, sequences.server) : (sequences.server, sequences.client)
    let headers = PacketHeaders(
      source: from, destination: to, ipProtocol: 6, sequence: own,
      acknowledgement: flags & 0x10 == 0 ? 0 : other, flags: flags)
    packet(unsafe headers.bytes(data.span.bytes) + data)
    let next = own &+ UInt32(data.count) &+ (flags & 0x03 == 0 ? 0 : 1)
    if fromClient { sequences.client = next } else { sequences.server = next }
  }

  /// A packet as it is.
  public mutating func packet(_ packet: [UInt8]) {
    packets += 1
    for value in [
      1_767_225_600 + packets / 1000, packets % 1000 * 1000, UInt32(packet.count),
      UInt32(packet.count),
    ] {
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
      }
    }
    bytes += packet
  }
}
