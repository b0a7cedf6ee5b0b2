internal import TraceModel

/// The tests of addresses and ports.
struct EndsTest {
  private let ports: [PortRange]
  private let either: [AddressRange]
  private let sources: [AddressRange]
  private let destinations: [AddressRange]

  init(_ specification: FilterSpecification) {
    ports = specification.ports
    either = specification.ends
    sources = specification.sources
    destinations = specification.destinations
  }

  var isEmpty: Bool {
    ports.isEmpty && either.isEmpty && sources.isEmpty && destinations.isEmpty
  }

  /// The first option that the ends do not satisfy.
  @inline(__always)
  func rejection(_ ends: inout PlacedRecord) -> FilterOption? {
    if !ports.isEmpty {
      guard ends.hasPorts, hasPort(&ends) else { return .port }
    }
    if either.isEmpty && sources.isEmpty && destinations.isEmpty { return nil }
    guard ends.hasAddresses else {
      return !either.isEmpty ? .ip : !sources.isEmpty ? .source : .destination
    }
    let hasPorts = ends.hasPorts
    if !either.isEmpty, !Self.hold(either, ends.source, hasPorts),
      !Self.hold(either, ends.destination, hasPorts)
    {
      return .ip
    }
    if !sources.isEmpty, !Self.hold(sources, ends.source, hasPorts) { return .source }
    if !destinations.isEmpty, !Self.hold(destinations, ends.destination, hasPorts) {
      return .destination
    }
    return nil
  }

  @inline(__always)
  private func hasPort(_ ends: inout PlacedRecord) -> Bool {
    let ranges = ports.span
    for index in ranges.indices
    where ranges[index].contains(ends.source.port) || ranges[index].contains(ends.destination.port)
    {
      return true
    }
    return false
  }

  @inline(__always)
  private static func hold(_ list: [AddressRange], _ end: Endpoint, _ hasPort: Bool) -> Bool {
    let ranges = list.span
    for index in ranges.indices where ranges[index].contains(end, hasPort: hasPort) { return true }
    return false
  }
}
