internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Notes whether any secret is in records that pass on as they are.
///
/// The first bytes are searched as a whole, which costs many times what writing does; behind them the
/// beginnings of many records are, and conversations of binary protocols are followed to their end.
final class SecretWatch {
  /// Bytes of payload that are all searched as --redact does.
  private static let searchedBytes = 1 << 18
  /// Bytes of a body without its coding that are. They count four times: texts of pages and scripts take as much
  /// longer as other payload does.
  static let decodedBytes = searchedBytes / 4
  /// Records behind those of which the beginnings are all looked at; of the rest one in sixty-four is, because a
  /// trace that holds secrets holds many.
  static let wellWatched: UInt64 = 10_000
  /// Bytes of such a record that are looked at.
  private static let sampledBytes = 1024
  /// The first records of a conversation, in which its protocol shows.
  private static let firstRecords: UInt64 = 8

  private let places: SecretPlaces
  private let shownBytes: Int
  /// Waits for what is known of records that went on as they are.
  private let watched: WatchedRecords
  /// Finds what a closer look is worth; it allocates nothing.
  private var quick: CredentialSearch
  // Every record changes these; no expression that does calls anything that could come back here.
  @exclusivity(unchecked) private var watchedBytes = 0
  @exclusivity(unchecked) private var sampled: UInt64 = 0
  /// Whether any conversation is followed behind the bytes that are searched as a whole.
  @exclusivity(unchecked) private var follows = false
  @exclusivity(unchecked) private var isDecided = false

  /// - Parameters:
  ///   - heldBytes: bytes of records whose secrets are waited for.
  ///   - shownBytes: bytes of a record that are shown.
  init(_ places: SecretPlaces, _ page: CodePage, heldBytes: Int, shownBytes: Int) {
    self.places = places
    self.shownBytes = shownBytes
    watched = WatchedRecords(limit: heldBytes, shown: shownBytes)
    quick = CredentialSearch(ebcdic: page.scalars.map { $0 < 0x100 ? UInt8($0) : 0 })
  }

  /// Whether something was seen, after which nothing is looked at any more.
  @inline(__always) var hasSeen: Bool { unsafe isDecided }

  /// Whether nothing was noticed, and not all records were looked at.
  var isPartial: Bool { unsafe !isDecided && sampled > Self.wellWatched }

  /// Looks at a record that went on as it is.
  @inline(__always)
  func look(_ placed: inout PlacedRecord, _ payload: RawSpan, isShown: Bool) {
    if unsafe isDecided { return }
    guard unsafe watchedBytes > Self.searchedBytes else {
      return searchFirst(&placed, payload, isShown: isShown)
    }
    unsafe sampled &+= 1
    let isLooked = unsafe sampled <= Self.wellWatched || sampled & 63 == 0
    let isNear = isNear(&placed)
    guard unsafe isLooked || follows || isNear else { return }
    sample(&placed, payload, isLooked: isLooked && isShown, isShown: isShown)
  }

  /// Looks at a text that goes on as it is.
  func look(_ text: RawSpan) {
    if unsafe isDecided { return }
    var place = SecretPlace()
    place.own = places.engine.findAlone(text, isNewFlow: false).marks
    watched.add(place, text.byteCount, isShown: true)
    unsafe isDecided = watched.hasSeen
  }

  /// A conversation is over.
  func release() {
    watched.release()
    unsafe isDecided = watched.hasSeen
  }

  /// Nothing more comes, or nothing more of what could decide what waits.
  func finish() {
    watched.finish()
    unsafe isDecided = watched.hasSeen
  }

  @inline(__always)
  private func isNear(_ placed: inout PlacedRecord) -> Bool {
    placed.record.number &- placed.flow.firstRecord < Self.firstRecords
  }

  private func searchFirst(
    _ placed: inout PlacedRecord, _ payload: RawSpan, isShown: Bool
  ) {
    let decoded = places.engine.decoded
    search(&placed, payload, isShown: isShown)
    unsafe watchedBytes += payload.byteCount + 4 * (places.engine.decoded - decoded)
    if unsafe watchedBytes > Self.searchedBytes { finish() }
  }

  private func sample(
    _ placed: inout PlacedRecord, _ payload: RawSpan, isLooked: Bool, isShown: Bool
  ) {
    let data = payload.extracting(placed.data(in: payload))
    guard data.byteCount > 0 else { return }
    let slot = Int(placed.flow.slot)
    if let known = places[slot] {
      if known.isFollowing { return search(&placed, payload, isShown: isShown) }
    } else if slot >= 0, isNear(&placed), FlowSecrets.isFollowed(data) {
      return search(&placed, payload, isShown: isShown)
    }
    guard isLooked else { return }
    let beginning = data.extracting(first: min(data.byteCount, Self.sampledBytes, shownBytes))
    guard CredentialSearch.isWorthwhile(beginning),
      quick.sees(beginning, CredentialSearch.Speaker())
    else { return }
    look(beginning)
  }

  private func search(_ placed: inout PlacedRecord, _ payload: RawSpan, isShown: Bool) {
    var place = SecretPlace()
    var data = placed.data(in: payload)
    if case .fragment = placed.packet.status {
      // The packet that they make up is looked at by itself.
      data = SecretPlaces.fragment(&placed, in: payload)
      place.own = places.engine.findAlone(payload.extracting(data), isNewFlow: false).marks
    } else {
      place = places.place(&placed, payload.extracting(data))
      if place.flow?.isFollowing == true { unsafe follows = true }
    }
    watched.add(place, data.count, isShown: isShown)
    if let rest = SecretPlaces.rest(&placed, data, in: payload) {
      var place = SecretPlace()
      place.own = places.engine.findAlone(payload.extracting(rest), isNewFlow: false).marks
      watched.add(place, rest.count, isShown: isShown)
    }
    unsafe isDecided = watched.hasSeen
  }
}
