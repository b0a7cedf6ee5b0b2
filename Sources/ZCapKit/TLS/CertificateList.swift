internal import ATTLS
internal import TLSCertificates
package import TraceBytes
package import TraceModel
package import TraceStreams

/// The certificates that were sent in clear, each once.
package final class CertificateList: StreamSink {
  /// A certificate, and where it was sent.
  struct Entry {
    var certificate: TLSCertificate
    /// "client" or "server", as far as known.
    var sender: String
    /// The conversation in which it came first, and how many it came in.
    var firstFlow: String
    var flows: UInt64 = 1
  }

  /// Certificates that are told apart.
  private static let limit = 2_000

  /// Bytes of a stream in which TLS begins, if it does.
  private static let earliest: UInt64 = 4096

  private(set) var entries: [Entry] = []
  /// Certificates beyond the limit, and bytes in the place of one that are none.
  private(set) var leftOut: UInt64 = 0
  private(set) var unreadable: UInt64 = 0
  private var places: [String: Int] = [:]
  private var reader = TLSConversations()

  package init() {}

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    // The piece counts by where it begins, however long it is.
    let isEarly = flow.delivered(from: side) <= Self.earliest + UInt64(bytes.byteCount)
    guard isEarly || reader.isTLS(flow.slot) else { return }
    reader.data(flow, from: side, bytes)
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    reader.gap(flow, from: side, count: count)
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    guard let conversation = reader.close(flow.slot) else { return }
    var seen: Set<String> = []
    for sent in conversation.certificates {
      guard let content = sent.content else {
        unreadable &+= 1
        continue
      }
      guard seen.insert(content.fingerprint).inserted else { continue }
      if let place = places[content.fingerprint] {
        entries[place].flows &+= 1
      } else if entries.count < Self.limit {
        places[content.fingerprint] = entries.count
        entries.append(
          Entry(
            certificate: content, sender: conversation.name(isFromFirst: sent.isFromFirst),
            firstFlow: String(flow.number)))
      } else {
        leftOut &+= 1
      }
    }
  }
}
