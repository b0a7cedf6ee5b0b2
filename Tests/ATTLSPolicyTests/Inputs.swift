import ATTLSPolicy
import Foundation
import Testing

/// Where test inputs live.
enum Inputs {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A file of captures/policy.
  static func capture(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: root.appending(path: "captures/policy/\(name)")))
  }

  static func captureSet(_ names: String...) throws -> PolicySet {
    try PolicySet.read(names.map { (file: $0, bytes: try capture($0)) })
  }

  /// Files other people made, which may not be there.
  static var easyattls: URL? {
    guard let base = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] else { return nil }
    let folder = URL(filePath: base).appending(path: "easyattls")
    let isThere = FileManager.default.fileExists(
      atPath: folder.appending(path: "pasearch.report").path)
    return isThere ? folder : nil
  }

  static func corpus(_ name: String) throws -> [UInt8] {
    let folder = try #require(easyattls)
    return [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  static func set(_ text: String, file: String = "t") throws -> PolicySet {
    try PolicySet.read([(file: file, bytes: Array(text.utf8))])
  }
}

extension PolicySet {
  func values(_ keyword: String, _ rule: String) -> [String]? {
    self.rule(named: rule).flatMap { effective(keyword, for: $0)?.values }
  }

  /// The compact report without comments: what two inputs that mean the same share.
  var plain: String { PolicyReport(hasComments: false).yaml(self) }
}

extension PolicyDiagnostics {
  func has(_ severity: PolicyDiagnostic.Severity, _ line: Int, _ parts: String...) -> Bool {
    all.contains { one in
      one.severity == severity && one.line == line
        && parts.allSatisfy { one.description.contains($0) }
    }
  }
}
