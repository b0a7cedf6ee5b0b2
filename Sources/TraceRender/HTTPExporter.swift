public import TraceBytes
internal import TraceProtocols

/// Writes each body into a file of its own, under a name made of numbers only: what was captured
/// never names a file.
public final class HTTPExporter: HTTPPresenter {
  private let folder: OutputFolder
  /// Files written.
  public private(set) var files: UInt64 = 0
  /// Files that do not hold all of their body.
  public private(set) var incomplete: UInt64 = 0

  /// An exporter into a folder, which is created for the user alone when it is not there.
  public init(folder: String, replace: Bool) throws(TraceError) {
    self.folder = try OutputFolder(path: folder, replace: replace)
  }

  public func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    guard case .exchange(let entry) = item else { return }
    let stem = "\(flow.number)_\(entry.number)"
    if let body = entry.requestBody, let request = entry.request {
      try write(body, stem + "_request" + Self.suffix(body, request))
    }
    if let body = entry.responseBody, let response = entry.response {
      try write(body, stem + Self.suffix(body, response))
    }
  }

  private func write(_ body: HTTPBodyView, _ name: String) throws(TraceError) {
    guard !body.bytes.isEmpty else { return }
    try folder.write(unsafe body.bytes.span.bytes, as: name)
    files &+= 1
    if !body.remarks.isEmpty { incomplete &+= 1 }
  }

  /// Endings for types that are common; anything else is text or bytes.
  private static let suffixes: [String: String] = [
    "text/html": ".html", "application/xhtml+xml": ".html", "text/css": ".css",
    "text/csv": ".csv", "text/plain": ".txt", "text/xml": ".xml", "application/xml": ".xml",
    "application/soap+xml": ".xml", "application/json": ".json", "text/javascript": ".js",
    "application/javascript": ".js", "application/x-www-form-urlencoded": ".form",
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/svg+xml": ".svg",
    "image/webp": ".webp", "image/x-icon": ".ico", "application/pdf": ".pdf",
    "application/zip": ".zip", "application/gzip": ".gz", "font/woff2": ".woff2",
  ]

  static func suffix(_ body: HTTPBodyView, _ message: HTTPMessageCopy) -> String {
    let suffix = suffixes[body.mediaType] ?? (body.reading == .binary ? ".bin" : ".txt")
    // What is not decoded says so.
    switch body.coding {
    case nil, .identity, .gzip, .deflate: return suffix
    case .brotli: return suffix + ".br"
    case .zstd: return suffix + ".zst"
    case .compress: return suffix + ".Z"
    case .other: return body.reading == .binary ? suffix + ".coded" : suffix
    }
  }
}
