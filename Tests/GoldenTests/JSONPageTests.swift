import Foundation
import TestSupport
import Testing

/// Formats/json.md and what the commands write say the same.
@Suite("Golden: the keys of JSON")
struct JSONPageTests {
  /// Keys that no capture here has a value for, by section: what only other inputs have (a job, an interface, a tag
  /// of a VLAN, a failure in a log), and what only `export files --range` tells.
  private static let neverSeen: [String: Set<String>] = [
    "record": ["header.offload_segment_length", "header.vlan", "link_vlan"],
    "flow": ["attls_return_code"],
    "http_finding": ["interface"],
    "dialogue_line": ["interface"],
    "mail": ["interface", "job"],
    "hand_over": ["interface", "job"],
    "opaque": ["interface", "job"],
    "info": [
      "inputs[].range_start", "inputs[].range_end", "inputs[].first_offset",
      "inputs[].next_offset", "inputs[].seam_orphans",
    ],
    "attls_connection": ["tls.clear_answer"],
    "tls_connection": ["job", "tls.clear_answer"],
    "policy_why": ["interface"],
  ]

  /// A row of the page.
  private struct Key {
    var type: String
    var isNullable: Bool
  }

  private static let sections: [String: [String: Key]] = {
    let page = (try? RunCommand.bytes(RunCommand.packageRoot + "/Formats/json.md")) ?? []
    var sections: [String: [String: Key]] = [:]
    var section = ""
    for line in String(decoding: page, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard !section.isEmpty, cells.count == 4, cells[0] != "key", !cells[0].hasPrefix("---") else {
        continue
      }
      sections[section, default: [:]][cells[0]] = Key(
        type: cells[1], isNullable: cells[2] != "never")
    }
    return sections
  }()

  /// The keys that an object has: those of its type, and of an option.
  private static func keys(of object: [String: JSONValue], _ type: String) -> [String: Key] {
    var keys = sections[type] ?? [:]
    if type == "exchange", object["target"] != nil {
      for key in keys.keys where key.hasPrefix("details") { keys[key] = nil }
      keys.merge(sections["exchange of http"] ?? [:]) { $1 }
    }
    if type == "record", object["attls_rule"] != nil {
      for (name, key) in sections["flow"] ?? [:] where name.hasPrefix("attls_") {
        keys[name] = key
      }
    }
    return keys
  }

  /// What the cases write, and what differs from run to run.
  private func lines() throws -> [Substring] {
    var text = ""
    for golden in GoldenCase.all where golden.arguments.contains("--json") {
      for name in golden.expected where !name.hasSuffix(".stderr") {
        let bytes = try RunCommand.bytes(Captures.folder + "expected/" + name)
        text += String(decoding: bytes, as: UTF8.self)
      }
    }
    let scratch = try ScratchFolder()
    let files = Self.made.indices.map { scratch("\($0).pcap") }
    for (file, capture) in zip(files, Self.made) { try RunCommand.write(capture.bytes, to: file) }
    for arguments in [
      ["bench", "--json", "--size", "1M", "--rounds", "1"], ["http", "--json", "--full"] + files,
      ["attls", "--json"] + files,
    ] {
      text += try RunCommand.run(RunCommand.zcap, arguments, in: Captures.folder).text
    }
    return text.split(separator: "\n")
  }

  /// Conversations that no capture of the project has.
  private static let made: [CaptureMaker] = {
    func capture(_ port: UInt16, _ turns: [(fromClient: Bool, text: String)]) -> CaptureMaker {
      var capture = CaptureMaker(serverPort: port)
      capture.open()
      for turn in turns { capture.send(Array(turn.text.utf8), fromClient: turn.fromClient) }
      return capture
    }
    // A head with an odd line end, a body that is no text, an answer with a hole.
    var odd = CaptureMaker(serverPort: 80)
    odd.open()
    odd.send(
      Array("POST /a HTTP/1.1\nHost: h\r\nContent-Length: 4\r\n\r\n".utf8) + [0, 1, 0xFE, 0xFF],
      fromClient: true)
    odd.send(
      Array("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n".utf8) + [0, 1, 0xFE, 0xFF],
      fromClient: false)
    odd.sequences.server += 20
    odd.send([UInt8](repeating: 0xFE, count: 16), fromClient: false)
    return [
      odd,
      capture(
        81,
        [
          (true, "GET /c HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
          (
            false,
            "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
          ), (true, "abc"), (false, "defg"),
        ]),
      capture(
        25,
        [
          (false, "220 h ESMTP\r\n"), (true, "HELO c\r\n"), (false, "250 h\r\n"),
          (true, "MAIL FROM:<a@b>\r\n"), (false, "250 ok\r\n"), (true, "RCPT TO:<c@d>\r\n"),
          (false, "250 ok\r\n"), (true, "DATA\r\n"), (false, "354 go\r\n"),
          (true, "Subject: x\r\n\r\ny\r\n.\r\n"), (false, "250 ok\r\n"), (true, "QUIT\r\n"),
        ]),
    ]
  }()

  @Test("the page lists what is written, and what it lists is written")
  func pageAndCommandsAgree() throws {
    var seen: [String: Set<String>] = [:]
    for line in try lines() {
      let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
      guard case .object(var object) = value, case .text(let type)? = object["type"] else {
        Issue.record("no object with a type: \(line.prefix(200))")
        continue
      }
      #expect(object["schema"] == .number(isInteger: true), "\(type)")
      #expect(Self.sections[type] != nil, "no section for \(type)")
      object["type"] = nil
      object["schema"] = nil
      let isHTTP = type == "exchange" && object["target"] != nil
      try check(
        object, "", Self.keys(of: object, type), type, &seen[type, default: []])
      if isHTTP { seen["exchange of http"] = seen[type] }
    }
    for (section, keys) in Self.sections {
      let missing = Set(keys.keys).subtracting(seen[section] ?? [])
      let expected = Self.neverSeen[section] ?? []
      #expect(missing == expected, "\(section): \(missing.symmetricDifference(expected).sorted())")
    }
  }

  /// Holds an object to the page: all of its keys, no other, each with its type.
  private func check(
    _ object: [String: JSONValue], _ prefix: String, _ keys: [String: Key], _ type: String,
    _ seen: inout Set<String>
  ) throws {
    let own = keys.keys.filter { key in
      key.hasPrefix(prefix) && !key.dropFirst(prefix.count).contains { $0 == "." || $0 == "[" }
    }
    let names = Set(own.map { String($0.dropFirst(prefix.count)) })
    #expect(Set(object.keys) == names, "\(type) \(prefix)")
    for (name, value) in object {
      let path = prefix + name
      guard let key = keys[path] else { continue }
      #expect(value.fits(key.type, isNullable: key.isNullable), "\(type): \(path) is \(value)")
      if value != .null { seen.insert(path) }
      switch value {
      case .object(let inner): try check(inner, path + ".", keys, type, &seen)
      case .list(let items):
        for case .object(let inner) in items { try check(inner, path + "[].", keys, type, &seen) }
      default: break
      }
    }
  }
}

/// A value of JSON, as far as its type is concerned.
private indirect enum JSONValue: Decodable, Equatable {
  case null, bool
  case number(isInteger: Bool)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if (try? value.decode(Bool.self)) != nil {
      self = .bool
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if (try? value.decode(Int64.self)) != nil || (try? value.decode(UInt64.self)) != nil {
      self = .number(isInteger: true)
    } else if (try? value.decode(Double.self)) != nil {
      self = .number(isInteger: false)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// Whether it is of a type of the page.
  func fits(_ type: String, isNullable: Bool) -> Bool {
    switch (self, type) {
    case (.null, _): isNullable
    case (.bool, "bool"), (.text, "text"), (.number(isInteger: true), "integer"),
      (.object, "object"):
      true
    case (.list(let items), "list of text"): items.allSatisfy { $0.fits("text", isNullable: false) }
    case (.list(let items), "list of integers"):
      items.allSatisfy { $0.fits("integer", isNullable: false) }
    case (.list(let items), "list of objects"):
      items.allSatisfy { $0.fits("object", isNullable: false) }
    default: false
    }
  }
}
