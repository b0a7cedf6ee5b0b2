package import TraceBytes

/// The same for macOS: an application that opens what is dropped on it. Nobody has tried it yet.
package enum MacApplication {
  private static var path: String { PlainFile.home + "/Applications/zcap.app" }

  package static func install() throws(TraceError) -> [String] {
    guard let compiler = Program.find("osacompile") else {
      throw TraceError("osacompile", .failed("is not there, and makes the application"))
    }
    let command = Program.own.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let script = """
      on open theFiles
        repeat with theFile in theFiles
          do shell script quoted form of "\(command)" & " open " & quoted form of POSIX path of theFile
        end repeat
      end open
      """
    try PlainFile.makeFolder(PlainFile.home + "/Applications")
    guard Program.output([compiler, "-o", path, "-e", script]) != nil else {
      throw TraceError(path, .failed("osacompile could not make it"))
    }
    let types = """
      [{"CFBundleTypeName":"z/OS network trace","CFBundleTypeRole":"Viewer","LSHandlerRank":"Alternate",\
      "CFBundleTypeExtensions":["ctr","ctrace"],"LSItemContentTypes":["public.data"]}]
      """
    if let plutil = Program.find("plutil") {
      _ = Program.output([
        plutil, "-replace", "CFBundleDocumentTypes", "-json", types, path + "/Contents/Info.plist",
      ])
    }
    return ["made \(path) (not tried on macOS yet): open a trace with it, or drop one on it"]
  }

  package static func remove() throws(TraceError) -> [String] {
    guard PlainFile.exists(path) else { return ["\(path): nothing was there"] }
    guard Program.output(["/bin/rm", "-rf", path]) != nil else {
      throw TraceError(path, .failed("cannot be removed"))
    }
    return ["removed \(path)"]
  }
}
