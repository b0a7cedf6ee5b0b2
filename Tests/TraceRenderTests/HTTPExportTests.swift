import Foundation
import Testing
import TraceBytes
import TraceProtocols

@testable import TraceRender

private func object(_ bytes: [UInt8]) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
}

private let exchange: [Step] = [
  .c("POST /a?x=1&y HTTP/1.1\r\nHost: host:8803\r\nContent-Length: 2\r\n\r\nab"),
  .s(
    Array("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 3\r\n\r\n".utf8)
      + [0x00, 0xFF, 0xFE]),
]

@Test func archiveIsValidForHostileBytes() throws {
  let bytes = try output(hostile + exchange, store(bodies: true)) {
    HTTPArchiveWriter($0, version: "1")
  }
  let log = try #require(try object(bytes)["log"] as? [String: Any])
  #expect(log["version"] as? String == "1.2")
  let entries = try #require(log["entries"] as? [[String: Any]])
  #expect(entries.count == 3)
  for entry in entries {
    for name in ["request", "response", "cache", "timings"] {
      #expect(entry[name] is [String: Any])
    }
  }
}

@Test func archiveHasWhatTheFormatAsksFor() throws {
  let bytes = try output(exchange, store(bodies: true)) { HTTPArchiveWriter($0, version: "1") }
  let log = try #require(try object(bytes)["log"] as? [String: Any])
  let entry = try #require((log["entries"] as? [[String: Any]])?.first)
  #expect(entry["startedDateTime"] as? String == "2026-01-05T08:00:00.000000Z")
  #expect(entry["time"] as? Double == 1)
  let timings = try #require(entry["timings"] as? [String: Double])
  #expect(timings == ["send": 0, "wait": 1, "receive": 0])
  let request = try #require(entry["request"] as? [String: Any])
  #expect(request["method"] as? String == "POST")
  #expect(request["url"] as? String == "http://host:8803/a?x=1&y")
  #expect(request["bodySize"] as? Int == 2)
  let query = try #require(request["queryString"] as? [[String: String]])
  #expect(query == [["name": "x", "value": "1"], ["name": "y", "value": ""]])
  #expect((request["postData"] as? [String: Any])?["text"] as? String == "ab")
  let response = try #require(entry["response"] as? [String: Any])
  #expect(response["status"] as? Int == 302)
  #expect(response["redirectURL"] as? String == "/b")
  let content = try #require(response["content"] as? [String: Any])
  #expect(content["encoding"] as? String == "base64")
  let data = Data(base64Encoded: try #require(content["text"] as? String))
  #expect(data.map(Array.init) == [0x00, 0xFF, 0xFE])
}

@Test func archiveSaysWhatIsNotKnown() throws {
  let bytes = try output([.c("GET / HTTP/1.1\r\n\r\n")], store(bodies: true)) {
    HTTPArchiveWriter($0, version: "1")
  }
  let log = try #require(try object(bytes)["log"] as? [String: Any])
  let entry = try #require((log["entries"] as? [[String: Any]])?.first)
  // The request is there, and took no time; the answer is not.
  #expect(entry["time"] as? Double == 0)
  #expect((entry["timings"] as? [String: Double]) == ["send": 0, "wait": -1, "receive": -1])
  #expect((entry["response"] as? [String: Any])?["bodySize"] as? Int == -1)
  #expect(entry["comment"] as? String == "unanswered: trace ended")
}

@Test func archiveTakesCookiesAndFormsApart() throws {
  let steps: [Step] = [
    .c(
      "POST /f HTTP/1.1\r\nCookie: a=1; b=x=y\r\nCookie: c\r\n"
        + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nu=1&v=2"),
    .s(
      "HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; "
        + "HttpOnly; Secure\r\nSet-Cookie: t=1; expires=soon\r\nContent-Length: 0\r\n\r\n"),
  ]
  let bytes = try output(steps, store(bodies: true)) { HTTPArchiveWriter($0, version: "1") }
  let log = try #require(try object(bytes)["log"] as? [String: Any])
  let entry = try #require((log["entries"] as? [[String: Any]])?.first)
  let request = try #require(entry["request"] as? [String: Any])
  let sent = try #require(request["cookies"] as? [[String: String]])
  #expect(
    sent == [
      ["name": "a", "value": "1"], ["name": "b", "value": "x=y"], ["name": "c", "value": ""],
    ])
  let form = try #require(request["postData"] as? [String: Any])
  #expect(form["text"] == nil)
  #expect(
    form["params"] as? [[String: String]] == [
      ["name": "u", "value": "1"], ["name": "v", "value": "2"],
    ])
  let response = try #require(entry["response"] as? [String: Any])
  let set = try #require(response["cookies"] as? [[String: Any]])
  #expect(set.map { $0["name"] as? String } == ["sid", "t"])
  #expect(set[0]["expires"] as? String == "2026-10-21T07:28:00Z")
  #expect(set[0]["path"] as? String == "/")
  #expect(set[0]["httpOnly"] as? Bool == true && set[0]["secure"] as? Bool == true)
  #expect(set[1]["expires"] == nil && set[1]["comment"] as? String == "expires: soon")
}

@Test func anEmptyArchiveIsAnArchive() throws {
  let bytes = try output([], store()) { HTTPArchiveWriter($0, version: "1") }
  let log = try #require(try object(bytes)["log"] as? [String: Any])
  #expect((log["entries"] as? [Any])?.isEmpty == true)
}

@Test(arguments: [false, true])
func everyLineIsAnObject(bodies: Bool) throws {
  let steps = hostile + exchange
  let detail = HTTPTextWriter.Detail(heads: bodies, bodies: bodies)
  let bytes = try output(steps, store(heads: bodies, bodies: bodies)) {
    HTTPJSONWriter($0, detail: detail)
  }
  let lines = bytes.split(separator: 0x0A)
  let objects = try lines.map { try object(Array($0)) }
  #expect(objects.count { $0["type"] as? String == "exchange" } == 3)
  let last = try #require(objects.last { $0["type"] as? String == "exchange" })
  #expect(last["status"] as? Int == 302)
  #expect(last["target"] as? String == "/a?x=1&y")
  #expect(last["job"] as? String == "GPMSERVE")
  #expect(((last["response_body"] as? [String: Any])?["base64"] as? String == "AP/+") == bodies)
}

@Test func bodiesGoToFilesWithSafeNames() throws {
  let folder = NSTemporaryDirectory() + "zcap-http-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let steps: [Step] = [
    .c(
      "POST /../../x.sh HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
    .s(
      "HTTP/1.1 200 OK\r\nContent-Type: ../../evil\r\n"
        + "Content-Disposition: attachment; filename=../../y.sh\r\nContent-Length: 2\r\n\r\nhi"),
    .c("GET / HTTP/1.1\r\n\r\n"), .s("HTTP/1.1 204 No Content\r\n\r\n"),
  ]
  let exporter = try HTTPExporter(folder: folder, replace: false)
  try run(steps, store(bodies: true), [exporter])
  let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  #expect(names == ["7_0.txt", "7_0_request.json"])
  #expect(exporter.files == 2)
  #expect(FileManager.default.contents(atPath: folder + "/7_0.txt") == Data("hi".utf8))
  let attributes = try FileManager.default.attributesOfItem(atPath: folder)
  #expect(attributes[.posixPermissions] as? Int == 0o700)
  for name in names {
    let file = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
    #expect(file[.posixPermissions] as? Int == 0o600)
  }
  // What is there stays, unless it may be replaced.
  #expect(throws: TraceError.self) {
    try run(steps, store(bodies: true), [try HTTPExporter(folder: folder, replace: false)])
  }
  try run(steps, store(bodies: true), [try HTTPExporter(folder: folder, replace: true)])
  #expect(throws: TraceError.self) {
    try HTTPExporter(folder: folder + "/7_0.txt", replace: true)
  }
}

@Test func aLongTargetSaysThatItIsCut() throws {
  let target = "/" + String(repeating: "x", count: 5000)
  let steps: [Step] = [.c("GET \(target) HTTP/1.1\r\n\r\n")]
  let cut = try object(try output(steps, store()) { HTTPJSONWriter($0) })
  #expect(cut["target_cut"] as? Bool == true)
  #expect((cut["target"] as? String).map { target.hasPrefix($0) } == true)
  let whole = try object(try output(steps, store(heads: true)) { HTTPJSONWriter($0) })
  #expect(whole["target_cut"] as? Bool == false)
  #expect(whole["target"] as? String == target)
}
