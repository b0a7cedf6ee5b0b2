public import TraceBytes

/// A page that shows its data offline: structure, style and script are files of this module, and the data is
/// JSON behind them.
///
/// Nothing of the page comes from the network, and nothing in the data can run: the content policy names the
/// script and the style by their hashes and allows nothing else, the data holds none of `<`, `>` and `&`, and
/// the script makes text of it only.
///
/// Source: CSP Level 3 (W3C) for the policy; the HTML standard, "script data state", for what ends a script.
public struct ReportPage {
  private let page: ByteSink

  /// A page that goes to `sink`.
  public init(to sink: ByteSink) { page = sink }

  private static var script: [UInt8] {
    PackageResources.base_js + PackageResources.charts_js + PackageResources.page_js
  }

  /// Writes all of it; whoever opened the sink commits it.
  ///
  /// - Parameter data: writes one JSON object.
  public func write(
    data: (ByteSink) throws(TraceError) -> Void
  ) throws(TraceError) {
    let (style, script) = (PackageResources.page_css, Self.script)
    try page.append(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" as StaticString)
    try page.append(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-"
        as StaticString)
    try unsafe page.base64(SHA256.digest(script).span.bytes)
    try page.append("'; style-src 'sha256-" as StaticString)
    try unsafe page.base64(SHA256.digest(style).span.bytes)
    try page.append("'; base-uri 'none'; form-action 'none'\">\n" as StaticString)
    try page.append(
      """
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <meta name="robots" content="noindex">
      <title>zcap report</title>
      <style>
      """ as StaticString)
    try page.append(style)
    try page.append("</style>\n</head>\n<body>\n" as StaticString)
    try page.append(PackageResources.page_html)
    try page.append("<script type=\"application/json\" id=\"data\">" as StaticString)
    let json = ByteSink(MarkupFreeTarget(page))
    try data(json)
    try json.flush()
    try page.append("</script>\n<script>" as StaticString)
    try page.append(script)
    try page.append("</script>\n</body>\n</html>\n" as StaticString)
  }
}

/// Passes JSON on as a page can hold and show it.
///
/// `<`, `>` and `&`, which stand in its strings only, become escapes, which mean the same to JSON and nothing
/// to HTML. What the writer of JSON has escaped by its number, because it could act on the text around it, is
/// shown by that number: `\u202e` and not what turns the line around.
final class MarkupFreeTarget: ByteTarget {
  private let page: ByteSink
  /// Whether the last byte was a backslash that begins an escape.
  private var isEscape = false

  init(_ page: ByteSink) { self.page = page }

  func write(_ bytes: RawSpan) throws(TraceError) {
    var start = 0
    for at in 0..<bytes.byteCount {
      let escape: StaticString
      let byte = bytes.u8(at)
      if isEscape {
        isEscape = false
        if byte == UInt8(ascii: "u") {
          try page.append(bytes.extracting(start..<at))
          try page.u8(UInt8(ascii: "\\"))
          start = at
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\\"):
        isEscape = true
        continue
      case UInt8(ascii: "<"): escape = "\\u003c"
      case UInt8(ascii: ">"): escape = "\\u003e"
      case UInt8(ascii: "&"): escape = "\\u0026"
      default: continue
      }
      try page.append(bytes.extracting(start..<at))
      try page.append(escape)
      start = at + 1
    }
    try page.append(bytes.extracting(start..<bytes.byteCount))
  }

  func commit() throws(TraceError) {}
}
