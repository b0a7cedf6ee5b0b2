import Testing
import TraceBytes

/// A message of a client that carries ``Carrier/secret``.
struct Carrier: Sendable, CustomTestStringConvertible {
  static let secret = "Kx9Secret4you"

  var name: String
  var bytes: [UInt8]
  /// What must be left of it.
  var kept: String

  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], kept: String = "") {
    self.name = name
    self.bytes = bytes
    self.kept = kept
  }

  /// Forms in which no output may hold the secret.
  static let forms: [[UInt8]] = {
    let texts = [secret, secret.uppercased(), secret.lowercased()]
    var forms = texts.map { Array($0.utf8) }
    forms += texts.compactMap { CodePage.ibm1047.bytes($0) }
    forms.append(secret.utf8.flatMap { [$0, 0] })
    // The tail is secret, too.
    forms.append(Array(secret.suffix(6).utf8))
    forms += [secret.suffix(6)].compactMap { CodePage.ibm1047.bytes(String($0)) }
    return forms
  }()

  static func post(_ body: String, type: String, fields: String = "") -> [UInt8] {
    Array(
      ("POST /x HTTP/1.1\r\nHost: a\r\n\(fields)Content-Type: \(type)\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
  }

  static func get(_ target: String, fields: String = "") -> [UInt8] {
    Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
  }

  static func chunked(_ body: String, size: Int) -> [UInt8] {
    var text =
      "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n"
    var rest = Substring(body)
    while !rest.isEmpty {
      let piece = rest.prefix(size)
      text += String(piece.utf8.count, radix: 16) + "\r\n\(piece)\r\n"
      rest = rest.dropFirst(size)
    }
    return Array((text + "0\r\n\r\n").utf8)
  }

  static let form = "application/x-www-form-urlencoded"
  static let json = "application/json"
  static let xml = "text/xml"

  /// Names of fields whose values are secret.
  static let names = [
    "password", "newpwd", "newpw", "oldpw", "currentPwd", "userPwd", "db_pwd", "pswd", "pw",
    "newpass", "login_pw", "PASSWRD", "pass%77ord", "kennwort", "api_key", "otp", "pin",
  ]

  static let textual: [Carrier] =
    names.map {
      Carrier("form \($0)", post("user=me&\($0)=\(secret)&x=1", type: form), kept: "user=me&")
    }
    + [
      "X-Session-Id", "X-Pin", "X-OTP", "X-JWT-Assertion", "Ocp-Apim-Subscription-Key",
      "SSL_CLIENT_KEY", "Cookie", "X-API-Key",
    ].map {
      Carrier(
        "field \($0)", get("/x", fields: "\($0): \(secret)\r\nAccept: */*\r\n"), kept: "Accept: */*"
      )
    }
    + [
      Carrier(
        "JSON", post(#"{"user":"me","password":"\#(secret)","n":1}"#, type: json), kept: #","n":1}"#
      ),
      Carrier(
        "JSON name escaped", post(#"{"pass\u0077ord":"\#(secret)","n":1}"#, type: json),
        kept: #","n":1}"#),
      Carrier(
        "JSON in JSON", post(#"{"m":"{\"user\":\"me\",\"pwd\":\"\#(secret)\"}"}"#, type: json),
        kept: #"{\"user\":\"me\""#),
      Carrier(
        "JSON by name and value",
        post(#"{"a":[{"name":"password","value":"\#(secret)"}]}"#, type: json),
        kept: #"{"name":"password""#),
      Carrier(
        "JSON value first", post(#"{"value":"\#(secret)","name":"password"}"#, type: json),
        kept: #","name":"password"}"#),
      Carrier(
        "GraphQL",
        post(#"{"query":"mutation{login(user:\"me\",password:\"\#(secret)\"){id}}"}"#, type: json),
        kept: "{id}}"),
      Carrier(
        "element", post("<a><password>\(secret)</password><b>1</b></a>", type: xml),
        kept: "<b>1</b>"),
      Carrier(
        "element with another in it",
        post("<password><text>\(secret)</text></password>", type: xml),
        kept: "</text></password>"),
      Carrier(
        "CDATA", post("<a><pwd><![CDATA[\(secret)]]></pwd></a>", type: xml), kept: "]]></pwd>"),
      Carrier(
        "attribute", post("<user name='me' password='\(secret)'/>", type: xml), kept: "name='me'"),
      Carrier(
        "named element", post(#"<p name="password">\#(secret)</p><q/>"#, type: xml),
        kept: "</p><q/>"),
      Carrier(
        "HTML input", post(#"<input value="\#(secret)" type="password"><i>"#, type: "text/html"),
        kept: "<i>"),
      Carrier(
        "XML references", post("<a><pass&#119;ord>\(secret)</pass&#119;ord></a>", type: xml),
        kept: "<a>"),
      Carrier(
        "multipart",
        post(
          "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n\(secret)\r\n--b--\r\n",
          type: "multipart/form-data; boundary=b"), kept: "--b--"),
      Carrier("query", get("/x?user=me&token=\(secret)&y=2"), kept: "&y=2"),
      Carrier("OAuth code", get("/cb?state=1&code=\(secret)"), kept: "/cb?state=1&code="),
      Carrier("user information", get("http://me:\(secret)@host/x"), kept: "@host/x"),
      Carrier(
        "user information in a body", post("see ftp://me:\(secret)@host/x now", type: "text/plain"),
        kept: "@host/x now"),
      Carrier(
        "JWT in a path", get("/v/eyJhbGciOiJIUzI1NiJ9.\(secret).\(secret)/z"), kept: "/z HTTP/1.1"),
      Carrier(
        "PEM",
        post(
          "-----BEGIN PRIVATE KEY-----\nMIIE\(secret)\n\(secret)=\n-----END PRIVATE KEY-----\n",
          type: "text/plain"), kept: "-----END PRIVATE KEY-----"),
      Carrier(
        "bearer", get("/", fields: "Authorization: Bearer \(secret)\r\nA: b\r\n"), kept: "A: b"),
      Carrier(
        "chunks", chunked(#"{"a":"b","password":"\#(secret)","c":"d"}"#, size: 7), kept: "POST /x"),
      Carrier(
        "JSON, the colon in the next line",
        post("{\"password\"\r\n : \r\n\"\(secret)\"}", type: json),
        kept: "{\"password\"\r\n : \r\n\""),
      Carrier(
        "name and value elements",
        post("<p><name>password</name> <value>\(secret)</value><q/></p>", type: xml), kept: "<q/>"),
      Carrier(
        "comment in an element", post("<pwd>x<!-- \(secret) --></pwd><q/>", type: xml),
        kept: " --></pwd><q/>"),
      Carrier(
        "SQL in JSON",
        post(#"{"s":"CONNECT TO D USER me USING \"\#(secret)\" NEW abcde"}"#, type: json),
        kept: #"USING \""#),
      Carrier(
        "part without quotes",
        post(
          "--b\r\nContent-Disposition: form-data; name=password\r\n\r\n\(secret)\r\n--b--\r\n",
          type: "multipart/form-data; boundary=b"), kept: "--b--"),
      Carrier(
        "columns", post("id,user,password\r\n1,me,\(secret)\r\n2,you,x\r\n", type: "text/csv"),
        kept: "\r\n2,you,"),
      Carrier(
        "columns in quotes",
        post("\"id\";\"pwd\";\"n\"\n\"1\";\"\(secret)\";\"x\"\n", type: "text/csv"),
        kept: ";\"x\"\n"),
      Carrier("columns by themselves", Array("id\tpw\n7\t\(secret)\n".utf8), kept: "id\tpw\n7\t"),
      Carrier(
        "logon data", Array("LOGON APPLID(TSO) DATA(ME/\(secret))\n".utf8), kept: "APPLID(TSO)"),
      Carrier("long option", Array("run --password \(secret) --x 1\n".utf8), kept: " --x 1"),
      Carrier("arrow", Array("'pwd' => '\(secret)', 'x' => 1\n".utf8), kept: "', 'x' => 1"),
      Carrier("RACF", Array("ALTUSER ME PASSWORD(\(secret)) NOEXPIRED\n".utf8), kept: "NOEXPIRED"),
      Carrier(
        "RACF phrase", Array("ALTUSER ME PHRASE('a \(secret) b') RESUME\n".utf8), kept: "RESUME"),
      Carrier(
        "RACF key", Array("RALTER PTKTDATA A SSIGNON(KEYMASKED(\(secret)))\n".utf8), kept: "SSIGNON"
      ),
      Carrier(
        "RACF in JSON", post(#"{"commands":["ALTUSER ME PASSWORD(\#(secret))"]}"#, type: json),
        kept: "ALTUSER ME"),
      Carrier("JCL", Array("//A JOB 1,USER=ME,PASSWORD=\(secret),CLASS=A\n".utf8), kept: "USER=ME"),
      Carrier("logon", Array("LOGON ME/\(secret) ACCT(1)\n".utf8), kept: "ACCT(1)"),
      Carrier(
        "connect", Array("CONNECT TO DB USER ME USING '\(secret)'\n".utf8), kept: "CONNECT TO DB"),
      Carrier(
        "identified", Array("CREATE USER ME IDENTIFIED BY \(secret) X\n".utf8), kept: "CREATE USER"),
      Carrier(
        "command line", Array("curl -u me:\(secret) https://h/x\n".utf8), kept: "https://h/x"),
      Carrier("Oracle", Array("jdbc:oracle:thin:me/\(secret)@h:1521:d\n".utf8), kept: "@h:1521:d"),
      Carrier(
        "key and string",
        post("<dict><key>password</key><string>\(secret)</string><i/></dict>", type: xml),
        kept: "</string><i/>"),
      Carrier(
        "JDBC", Array("jdbc:db2://h:446/D:user=ME;password=\(secret);x=1;\n".utf8), kept: ";x=1;"),
    ]

  /// Names and values side by side, and what only sites of z/OS write.
  static let neighbours: [Carrier] = [
    Carrier(
      "pair of strings", post(#"{"h":[["Accept","*/*"],["password", "\#(secret)"]]}"#, type: json),
      kept: #"["Accept","*/*"],["password", ""#),
    Carrier(
      "call with a name", Array("define(\"DB_PASSWORD\", \"\(secret)\"); next();\n".utf8),
      kept: "\"); next();"),
    Carrier(
      "list of arguments", post(#"{"a":["run","--password","\#(secret)","--x"]}"#, type: json),
      kept: #"["run","--password",""#),
    Carrier(
      "user option", Array("curl --user me:\(secret) https://h/x\n".utf8), kept: " https://h/x"),
    Carrier(
      "role", Array("ALTER ROLE me WITH PASSWORD '\(secret)' LOGIN\n".utf8), kept: "' LOGIN"),
    Carrier("string with a letter", Array("password=b\"\(secret)\"\nx=1\n".utf8), kept: "\"\nx=1"),
    Carrier("panel", Array("PASSWORD ===> \(secret)\nGROUP ===> A\n".utf8), kept: "\nGROUP ===> A"),
    Carrier(
      "entry of YAML", Array("- name: DB_PASSWORD\n  value: \(secret)\n- name: X\n".utf8),
      kept: "\n- name: X"),
    Carrier(
      "file of logins", Array("machine h login me password \(secret)\nmachine i\n".utf8),
      kept: "\nmachine i"),
    Carrier(
      "FTP in a job",
      post(
        "//F EXEC PGM=FTP\n//INPUT DD *\nh\nuser me\npass \(secret)\nput a\n", type: "text/plain"),
      kept: "\nput a"),
    Carrier("CICS", Array("CESN USERID=ME,PS=\(secret)\nEND\n".utf8), kept: "CESN USERID=ME"),
    Carrier("IMS", Array("/SIGN ON ME \(secret) APPL X\n".utf8), kept: " APPL X"),
    Carrier("VTAM", Array("LOGON APPLID=TSO,DATA=ME/\(secret)\nEND\n".utf8), kept: "APPLID=TSO"),
    Carrier(
      "PGP",
      post(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\(secret)\n-----END PGP PRIVATE KEY BLOCK-----\n",
        type: "text/plain"), kept: "-----END PGP"),
    Carrier(
      "element in a named one",
      post("<b><property name=\"pwd\"><value>\(secret)</value></property><q/></b>", type: xml),
      kept: "</value></property><q/>"),
    Carrier(
      "code in front", post("code=\(secret)&grant_type=authorization_code", type: form),
      kept: "&grant_type="),
    Carrier("semicolon in a form", post("a=1&password=x;\(secret)&b=2", type: form), kept: "&b=2"),
    Carrier(
      "dashes in a part",
      post(
        "--b\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n-- \(secret)\r\n--\(secret)\r\n--b--\r\n",
        type: "multipart/form-data; boundary=b"), kept: "\r\n--b--"),
    Carrier(
      "folded head of a part",
      post(
        "--b\r\nContent-Disposition: form-data;\r\n name=\"pwd\"\r\n\r\n\(secret)\r\n--b--\r\n",
        type: "multipart/form-data; boundary=b"), kept: "\r\n--b--"),
    Carrier(
      "extended name of a part",
      post(
        "--b\r\nContent-Disposition: form-data; name*=utf-8''pwd\r\n\r\n\(secret)\r\n--b--\r\n",
        type: "multipart/form-data; boundary=b"), kept: "\r\n--b--"),
  ]

  /// The same text with two bytes for each character.
  static let wide = Carrier(
    "UTF-16",
    Array("POST /x HTTP/1.1\r\nContent-Length: 100\r\n\r\n".utf8)
      + Array(
        "{\"user\":\"metoo\",\"password\":\"\(secret)\",\"n\":100}".utf8.flatMap { [$0, 0] }.prefix(
          100)))

  /// LDAP: a modify request of RACF's password, and one of two values.
  static let ldap: Carrier = {
    func tlv(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
    let set = tlv(0x31, tlv(0x04, Array(secret.utf8)))
    let attribute = tlv(0x30, tlv(0x04, Array("racfPassword".utf8)) + set)
    let change = tlv(0x30, [0x0A, 1, 2] + attribute)
    let request = tlv(0x66, tlv(0x04, Array("racfid=ME,profiletype=user".utf8)) + tlv(0x30, change))
    return Carrier("LDAP modify", tlv(0x30, [0x02, 1, 3] + request), kept: "racfid=ME")
  }()

  static let all = textual + neighbours + [wide, ldap]
}
