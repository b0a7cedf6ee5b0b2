import TraceBytes
import TraceModel

extension DataTraces {
  /// Logins of each kind that `--redact` knows, each in a conversation of its own. Every secret has
  /// the word `secret` or `c2Vj`, which begins it in base64, so that one left over is found.
  static func credentials() -> EntryList {
    var list = EntryList()
    httpLogins(&list)
    dialogues(&list)
    directory(&list)
    mainframe(&list)
    return list
  }

  private static func conversation(_ job: String, _ port: UInt16, _ host: UInt32)
    -> DataConversation
  {
    DataConversation(
      job: job, server: Endpoint(IPAddress(ipv4: 0x0A01_0102), port),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0060 + host), 51_000), security: .clearText)
  }

  private static func httpLogins(_ list: inout EntryList) {
    let api = conversation("ZOSCONN", 9443, 0)
    let head = "HTTP/1.1\r\nHost: s0w1\r\n"
    api.receive(
      "GET /api/accounts?token=secret01&limit=5 \(head)Authorization: Basic c2VjcmV0MDI=\r\n"
        + "Cookie: LtpaToken2=secret03\r\n\r\n", &list)
    api.send(
      response(
        "200 OK", "application/json",
        "{\"user\":\"bob\",\"password\":\"secret04\",\"keys\":{\"api_key\":\"secret05\",\"id\":7}}"),
      &list)
    // A record ends in the name and one in the value.
    let json = ["{\"user\":\"bob\",\"pass", "word\":\"sec", "ret06\",\"remember\":true}"]
    api.receive(post("/login", "application/json", json.joined().utf8.count), &list)
    for part in json { api.receive(part, &list) }
    let parts =
      "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nsecret07\r\n--b\r\n"
      + "Content-Disposition: form-data; name=\"user\"\r\n\r\nbob\r\n--b--\r\n"
    api.receive(
      post("/upload", "multipart/form-data; boundary=b", parts.utf8.count) + parts, &list)
    let soap =
      "<wsse:UsernameToken><wsse:Username>bob</wsse:Username>"
      + "<wsse:Password>secret08</wsse:Password></wsse:UsernameToken>"
    api.receive(post("/soap", "text/xml", soap.utf8.count) + soap, &list)
  }

  private static func post(_ path: String, _ type: String, _ length: Int) -> String {
    "POST \(path) HTTP/1.1\r\nHost: s0w1\r\nContent-Type: \(type)\r\nContent-Length: \(length)\r\n\r\n"
  }

  private static func dialogues(_ list: inout EntryList) {
    let ftp = conversation("FTPD1", 21, 1)
    ftp.send("220 FTPD1 IBM FTP CS at S0W1\r\n", &list)
    ftp.receive("USER ibmuser\r\n", &list)
    ftp.send("331 Send password please.\r\n", &list)
    ftp.receive("PASS secret09\r\n", &list)
    ftp.send("230 IBMUSER is logged on.\r\n", &list)
    let mail = conversation("SMTPD", 25, 2)
    for (isServer, line) in [
      (true, "220 s0w1 ESMTP"), (false, "EHLO client"), (true, "250 AUTH LOGIN PLAIN"),
      (false, "AUTH LOGIN"), (true, "334 VXNlcm5hbWU6"), (false, "c2VjcmV0MTA="),
      (true, "334 UGFzc3dvcmQ6"), (false, "c2VjcmV0MTE="), (true, "235 ok"),
    ] {
      if isServer { mail.send(line + "\r\n", &list) } else { mail.receive(line + "\r\n", &list) }
    }
  }

  /// A simple bind (RFC 4511 section 4.2).
  private static func directory(_ list: inout EntryList) {
    let ldap = conversation("GLDSRV", 389, 3)
    let name = Array("cn=bob,o=example".utf8)
    let secret = Array("secret12".utf8)
    let bind =
      [0x02, 0x01, 0x03, 0x04, UInt8(name.count)] + name + [0x80, UInt8(secret.count)] + secret
    let message = [0x02, 0x01, 0x01, 0x60, UInt8(bind.count)] + bind
    ldap.receive([0x30, UInt8(message.count)] + message, &list)
  }

  /// EBCDIC: a form, and a password typed into a field that is not displayed.
  private static func mainframe(_ list: inout EntryList) {
    let page = CodePage.ibm1047
    let form = conversation("CICSPROD", 4000, 4)
    form.receive(page.bytes("user=bob&password=secret13&go=1") ?? [], &list)
    let terminal = conversation("TN3270", 23, 5)
    let prompt = page.bytes("PASSWORD ===>") ?? []
    // Erase/Write; a protected field, then one that is neither protected nor displayed.
    terminal.send(
      [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0x60] + prompt + [0x1D, 0x4C, 0x13, 0xFF, 0xEF], &list)
    let typed = page.bytes("secret14") ?? []
    terminal.receive([0x7D, 0x40, 0xD6, 0x11, 0x40, 0x4F] + typed + [0xFF, 0xEF], &list)
  }
}
