import Foundation
import TestSupport
import Testing

/// Where `zcap http` and tshark find different messages, and why that is right. `+` is in zcap's list
/// of a stream only, `-` in tshark's only.
private struct Difference {
  var lines: [String]
  var why: String

  init(_ why: String, _ lines: String...) {
    self.why = why
    self.lines = lines
  }

  static let folder = "zeek__zeek/testing/btest/Traces/http/"
  static let all: [String: Difference] = [
    "206_example_b.pcap": .init(
      "the second response is not whole: tshark shows no status then",
      "+0< 206"),
    "261/variant-01-chunk_2pow64_overflow.pcap": .init(
      "a chunk size of 2^64 is no size: zcap looks for the next start line",
      "+0> GET /smuggled-chunk-2pow64"),
    "261/variant-02-cl_uint64max.pcap": .init(
      "a Content-Length of 2^64-1 has no end: what follows is body",
      "-0> GET /smuggled-cl-uint64max"),
    "261/variant-09-te_obs_fold.pcap": .init(
      "a folded Transfer-Encoding counts: a request follows the last chunk",
      "+0> GET /smuggled-obsfold"),
    "bro.org.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+2< 200"),
    "concurrent-range-requests.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+1< 206"),
    "connect-with-smtp.pcap": .init(
      "a blank in the target: tshark takes the first word, zcap all but the version",
      "+0> CONNECT mailin03.sul.t-online.de:25 /",
      "-0> CONNECT mailin03.sul.t-online.de:25"),
    "content-range-gap-skip.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+0< 206"),
    "content-range-gap.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+0< 206"),
    "entity_gap.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+0< 200"),
    "entity_gap2.pcap": .init(
      "bytes of the response are missing: tshark shows no status then, zcap what came",
      "+0< 200"),
    "get-to-ssh-server.pcap": .init(
      "port 22 is SSH to tshark",
      "+0> GET /"),
    "http-bad-request-with-version.pcap": .init(
      "bytes before the request: zcap finds it behind them",
      "+0> GET /txt"),
    "http-single-conn-22.pcap": .init(
      "port 22 is SSH to tshark",
      "+0< 200",
      "+0> GET /"),
    "http-to-ssh.pcap": .init(
      "port 22 is SSH to tshark",
      "+0> GET /"),
    "http_09.pcap": .init(
      "HTTP/0.9: tshark knows requests with a version only",
      "+0> GET /zeek.html"),
    "methods.pcap": .init(
      "request lines without a version, or with half of one, are no requests (RFC 9112 section 3)",
      "+1> OPTIONS ",
      "-15> CCM_POST /",
      "-16> CCM_POST /HTTP/1.1",
      "-1> OPTIONS HTTP/1.1",
      "-20> CONNECT /",
      "-21> CONNECT /HTTP/1.1",
      "-25> TRACE /",
      "-26> TRACE /HTTP/1.1",
      "-30> DELETE /",
      "-31> DELETE /HTTP/1.1",
      "-35> PUT /",
      "-36> PUT /HTTP/1.1",
      "-3> OPTIONS ",
      "-40> POST /",
      "-41> POST /HTTP/1.1",
      "-45> HEAD /",
      "-46> HEAD /HTTP/1.1",
      "-5> GET /"),
    "no-uri.pcap": .init(
      "no target: tshark takes the version for it",
      "+0> GET ",
      "-0> GET HTTP/1.1"),
    "no-version.pcap": .init(
      "HTTP/0.9: tshark knows requests with a version only",
      "+0> GET /cgi-bin/formmail.pl?email=f2@aol.com&subject=www-nrg.ee/cgi-bin/formmail.pl&recipient=unknownz@buy2save.com&msg=w00t"
    ),
    "putty-upload.pcap": .init(
      "the body is not whole: tshark shows no request then",
      "+1> POST /upload"),
    "query-method-non-standard-port.pcap": .init(
      "tshark does not know the method QUERY",
      "+0> QUERY /users"),
    "query-method.pcap": .init(
      "tshark does not know the method QUERY",
      "+0> QUERY /users"),
    "zeek-image-post-1080-8000-x.pcap": .init(
      "port 1080 is SOCKS to tshark",
      "+0< 200",
      "+0> POST /"),
  ]
}

/// The messages of each stream in order: "0> GET /" and "0< 200".
private struct Messages {
  var streams: [String: [String]] = [:]

  mutating func request(_ stream: String, _ method: some StringProtocol, _ target: String) {
    streams[stream + ">", default: []].append("\(method) \(target)")
  }

  mutating func response(_ stream: String, _ status: some CustomStringConvertible) {
    streams[stream + "<", default: []].append("\(status)")
  }

  func lines(notIn other: Messages) -> [String] {
    streams.keys.sorted().flatMap { key in
      streams[key, default: []].difference(from: other.streams[key, default: []]).insertions
        .compactMap { change in
          guard case .insert(_, let text, _) = change else { return nil }
          return "\(key) \(text)"
        }
    }
  }
}

/// Requests and responses of other people's captures are those that tshark finds.
@Suite("Interop: HTTP of others", .enabled(if: Corpora.folder != nil && Tool.tshark != nil))
struct HTTPCorporaTests {
  static let files = Corpora.readable.map(\.path).filter { $0.hasPrefix(Difference.folder) }

  @Test("http finds what tshark finds", arguments: files)
  func exchanges(_ file: String) throws {
    let path = try #require(Corpora.folder) + "/" + file
    let mine = try messages(zcap: path)
    let theirs = try messages(tshark: path)
    let found =
      mine.lines(notIn: theirs).map { "+" + $0 } + theirs.lines(notIn: mine).map { "-" + $0 }
    let difference = Difference.all[String(file.dropFirst(Difference.folder.count))]
    #expect(found == difference?.lines ?? [], "\(difference?.why ?? "no difference is known")")
  }

  @Test(
    "http reads what anybody captured and shows no control characters",
    arguments: Corpora.sample(Corpora.readable.filter { $0.size < 1 << 20 }, 60))
  func anything(_ row: Corpora.Row) throws {
    let path = try #require(Corpora.folder) + "/" + row.path
    let result = try RunCommand.run(RunCommand.zcap, ["http", "--full", path])
    #expect(result.status <= 1, "\(result.errors)")
    #expect(!result.output.contains { $0 < 0x20 && $0 != 0x0A && $0 != 0x09 || $0 == 0x7F })
  }

  private func messages(zcap path: String) throws -> Messages {
    let result = try RunCommand.run(RunCommand.zcap, ["http", "--json", path])
    try #require(result.status <= 1, "\(result.errors)")
    var messages = Messages()
    for line in result.output.split(separator: UInt8(ascii: "\n")) {
      let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] ?? [:]
      guard object["type"] as? String == "exchange", let flow = object["flow"] as? Int else {
        continue
      }
      if let target = object["target"] as? String {
        messages.request("\(flow)", object["operation"] as? String ?? "", target)
      }
      for status in object["interim_status"] as? [Int] ?? [] {
        messages.response("\(flow)", status)
      }
      if let status = object["status"] as? Int { messages.response("\(flow)", status) }
    }
    return messages
  }

  private func messages(tshark path: String) throws -> Messages {
    let fields = ["tcp.stream", "http.request.method", "http.request.uri", "http.response.code"]
    let result = try RunCommand.run(
      try #require(Tool.tshark),
      ["-n", "-r", path, "-Y", "http.request or http.response", "-T", "fields"]
        + fields.flatMap { ["-e", $0] } + ["-E", "aggregator=\u{1f}"])
    var messages = Messages()
    for line in result.text.split(separator: "\n") {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard cells.count == 4 else { continue }
      let methods = cells[1].split(separator: "\u{1f}")
      let targets = cells[2].split(separator: "\u{1f}", omittingEmptySubsequences: false)
      for (index, method) in methods.enumerated() {
        messages.request(
          String(cells[0]), method, index < targets.count ? String(targets[index]) : "")
      }
      for status in cells[3].split(separator: "\u{1f}") {
        messages.response(String(cells[0]), String(status))
      }
    }
    return messages
  }
}
