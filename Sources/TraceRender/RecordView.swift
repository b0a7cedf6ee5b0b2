internal import TraceBytes
internal import TraceModel

/// What a record says and where its application data is, packet or not.
struct RecordView {
  var source: Endpoint
  var destination: Endpoint
  var ipProtocol: UInt8
  /// Whether there are addresses at all.
  var hasAddresses = true
  var hasPorts = true
  /// The application data in the payload.
  var data: Range<Int>
  /// Bytes of application data there were, captured or not.
  var dataLength: Int
  /// The headers of a packet; nil for application data.
  var packet: PacketView?

  init(_ record: borrowing TraceRecord, _ payload: RawSpan) {
    source = Endpoint(record.source, record.sourcePort)
    destination = Endpoint(record.destination, record.destinationPort)
    ipProtocol = record.ipProtocol
    data = 0..<payload.byteCount
    let originalLength = record.originalLength
    dataLength = max(originalLength, payload.byteCount)
    if record.kind == .dataTrace {
      hasAddresses = !record.flags.contains(.headerUnknown)
      hasPorts = hasAddresses
      return
    }
    hasAddresses = source.address != .unspecified || destination.address != .unspecified
    hasPorts = hasAddresses && (source.port != 0 || destination.port != 0)
    guard record.linkType != .none, !record.flags.contains(.orphan) else { return }
    let view = PacketView.decode(
      payload, linkType: record.linkType, originalLength: record.originalLength)
    packet = view
    guard view.hasNetwork else { return }
    hasAddresses = true
    source = Endpoint(view.source, view.sourcePort)
    destination = Endpoint(view.destination, view.destinationPort)
    ipProtocol = view.ipProtocol.rawValue
    hasPorts = view.hasTransport && (ipProtocol == 6 || ipProtocol == 17)
    guard view.hasTransport else { return }
    let range = view.payload
    guard range.lowerBound >= 0, range.upperBound <= payload.byteCount else { return }
    data = range
    dataLength = max(view.payloadLength, range.count)
  }

  /// The conversation the record belongs to; packets and application data are kept apart.
  var key: FlowKey {
    FlowKey(source, destination, ipProtocol: ipProtocol, plane: packet == nil ? 1 : 0)
  }

  /// Whether the record goes from the lower to the upper end of its key.
  var isFromLower: Bool { !(destination < source) }
}
