/// What each keyword of compact YAML is for: keyword, experience (1 everyone, 2 most people at some time,
/// 3 experts), topic, the release that brought it where that is known, and a sentence; separated by |.
///
/// Source of releases: z/OS Communications Server New Function Summary, as remembered; `-` is not known.
let keywordTable = """
  Priority|1|rule|1.7|Which rule wins when several fit: the higher number; equal ones go by name.
  LocalAddr|1|rule|1.7|The address on z/OS: All, an address, address/bits or first-last.
  RemoteAddr|1|rule|1.7|The partner's address: All, an address, address/bits or first-last.
  LocalPortRange|1|rule|1.7|The port on z/OS, or first-last; for a server the port it listens on.
  RemotePortRange|1|rule|1.7|The partner's port, or first-last; for a client the port it connects to.
  JobName|1|rule|1.7|The job that owns the socket; * at the end stands for any rest.
  UserId|2|rule|1.7|The user that owns the socket; * at the end stands for any rest.
  Direction|1|rule|1.7|Who opens the connection: Inbound the partner, Outbound z/OS, or Both.
  TTLSEnabled|1|start|1.7|Whether AT-TLS protects the connections of the rule at all.
  HandshakeRole|1|start|1.7|The side that z/OS takes: Client, Server, or ServerWithClientAuth, which asks the client for a certificate.
  Keyring|1|start|1.7|The SAF key ring (userid/ring), token (*TOKEN*/name) or key database with the certificates.
  CertificateLabel|1|certificates|1.7|The certificate to present, by its label in the key ring; a client's is named here.
  ServerCertificateLabel|1|certificates|2.2|The certificates that a server may present, by label; the one that suits the client is taken.
  TLSv1|1|protocols|1.7|TLS 1.0, withdrawn by RFC 8996: write Off.
  TLSv1.1|1|protocols|1.12|TLS 1.1, withdrawn by RFC 8996: write Off.
  TLSv1.2|1|protocols|2.1|TLS 1.2.
  TLSv1.3|1|protocols|2.4|TLS 1.3; needs a TLS 1.3 suite in V3CipherSuites.
  V3CipherSuites|1|protocols|1.7|The cipher suites that may be agreed on, the best first.
  Trace|1|problems|1.7|What goes to syslogd: the sum of 1 job log, 2 errors, 4 info, 8 events, 16 flows, 32 data; 6 or 7 to work with.
  CtraceClearText|2|problems|1.7|Whether component traces and data traces hold the data unencrypted.
  HandshakeTimeout|2|connection|1.7|Seconds that a handshake may take.
  ApplicationControlled|2|connection|1.7|Whether the program itself starts and stops TLS (SIOCTTLSCTL).
  SecondaryMap|2|connection|1.7|Whether further connections between the same two processes, as FTP opens for data, take this rule.
  ClientAuthType|2|certificates|1.7|How a client's certificate is checked: PassThru, Full, Required or SAFCheck, which wants a user for it.
  FIPS140|2|protocols|1.11|Whether System SSL keeps to FIPS 140, and at which level.
  KeyringPw|2|certificates|1.7|The password of a key database; KeyringStashFile keeps it out of the policy.
  KeyringStashFile|2|certificates|1.7|The file with the password of a key database.
  EnvironmentUserInstance|2|start|1.7|Any other number makes AT-TLS build the environment anew, for example after a certificate was renewed.
  GroupUserInstance|2|start|1.7|Any other number makes AT-TLS start the group anew.
  ConnectionUserInstance|3|start|1.7|Any other number makes AT-TLS take the connection action anew.
  ClientECurves|2|protocols|2.1|The elliptic curves that a client offers, as four-digit codes, or Any.
  ClientKeyShareGroups|2|protocols|2.4|The groups for which a TLS 1.3 client sends a key at once.
  ServerKeyShareGroups|2|protocols|2.4|The groups that a TLS 1.3 server takes.
  ServerKexECurves|3|protocols|-|The curves that a server takes for the key exchange.
  SignaturePairs|2|protocols|2.1|The pairs of hash and signature that are accepted, as four-digit codes.
  SignaturePairsCert|3|protocols|2.4|The same for the signatures of certificates only.
  SyslogFacility|2|problems|1.7|The facility under which messages go to syslogd.
  Envfile|3|start|1.7|A file with environment variables for System SSL, for example its own trace.
  SuiteBProfile|3|protocols|2.1|The Suite B profile; anything but Off puts the cipher suites of the policy out of force.
  V2CipherSuites|3|protocols|1.7|Cipher suites of SSL version 2, which is broken.
  SSLv2|3|protocols|1.7|SSL version 2, broken: leave it Off.
  SSLv3|3|protocols|1.7|SSL version 3, broken: leave it Off.
  MiddleBoxCompatMode|3|protocols|2.4|Whether a TLS 1.3 handshake looks like TLS 1.2 to firewalls in between.
  ResetCipherTimer|3|connection|1.7|Minutes after which new keys are made; 0 never.
  Renegotiation|3|connection|1.12|Which renegotiations of a session the partner may ask for.
  RenegotiationIndicator|3|connection|1.12|Who must support secure renegotiation (RFC 5746).
  RenegotiationCertCheck|3|connection|1.12|Whether the partner's certificate must stay the same in a renegotiation.
  TruncatedHMAC|3|protocols|1.12|Whether shorter checksums are agreed on (RFC 6066).
  CertValidationMode|3|certificates|1.12|The rules by which certificates are checked: an RFC, or Any.
  ClientMaxSSLFragment|3|connection|1.12|Whether a client asks for shorter TLS records.
  ClientMaxSSLFragmentLength|3|connection|1.12|The length of record that a client asks for, in bytes.
  ServerMaxSSLFragment|3|connection|1.12|Whether a server grants shorter TLS records.
  ClientHandshakeSNI|3|connection|1.12|Whether a client names the server it wants (SNI).
  ClientHandshakeSNIMatch|3|connection|1.12|Whether the server must know the name.
  ClientHandshakeSNIList|3|connection|1.12|The names that a client sends.
  ServerHandshakeSNI|3|connection|1.12|Whether a server heeds the name that a client sends.
  ServerHandshakeSNIMatch|3|connection|1.12|Whether a client must send a name from the list.
  ServerHandshakeSNIList|3|connection|1.12|Names, each with the label of the certificate for it: name/label.
  3DesKeyCheck|3|protocols|-|Whether the parts of a triple DES key must differ.
  ClientEDHGroupSize|3|protocols|-|The size of Diffie-Hellman group that a client accepts.
  ServerEDHGroupSize|3|protocols|-|The size of Diffie-Hellman group that a server uses.
  PeerMinCertVersion|3|certificates|-|The lowest version of X.509 certificate that the partner may present.
  PeerMinDHKeySize|3|certificates|-|The shortest Diffie-Hellman key of the partner, in bits.
  PeerMinDsaKeySize|3|certificates|-|The shortest DSA key of the partner, in bits.
  PeerMinECCKeySize|3|certificates|-|The shortest elliptic curve key of the partner, in bits.
  PeerMinRsaKeySize|3|certificates|-|The shortest RSA key of the partner, in bits.
  ServerScsv|3|protocols|-|Whether a server refuses clients that fell back to an older protocol (RFC 7507).
  ClientExtendedMasterSecret|3|protocols|-|Whether a client offers the extended master secret (RFC 7627).
  ServerExtendedMasterSecret|3|protocols|-|Whether a server supports the extended master secret (RFC 7627).
  HostReferenceIdDNS|3|certificates|3.1|Host names, one of which the server's certificate must hold.
  HostReferenceIdCN|3|certificates|3.1|Common names, one of which the server's certificate must hold.
  HostRefWildcardValidation|3|certificates|3.1|Whether * in a certificate may stand for a host name.
  GSK_SYSPLEX_SIDCACHE|3|sessions|1.7|Whether sessions are shared in the sysplex.
  GSK_V2_SESSION_TIMEOUT|3|sessions|1.7|Seconds that a session of SSL version 2 may be resumed.
  GSK_V2_SIDCACHE_SIZE|3|sessions|1.7|Sessions of SSL version 2 that are kept.
  GSK_V3_SESSION_TIMEOUT|3|sessions|1.7|Seconds that a session may be resumed without a full handshake.
  GSK_V3_SIDCACHE_SIZE|3|sessions|1.7|Sessions that are kept for resumption.
  GSK_SESSION_TICKET_CLIENT_ENABLE|3|sessions|2.4|Whether a TLS 1.3 client keeps session tickets.
  GSK_SESSION_TICKET_CLIENT_MAXSIZE|3|sessions|2.4|The largest session ticket that a client keeps, in bytes.
  GSK_SESSION_TICKET_SERVER_ENABLE|3|sessions|2.4|Whether a TLS 1.3 server gives session tickets.
  GSK_SESSION_TICKET_SERVER_ALGORITHM|3|sessions|2.4|The cipher that protects session tickets.
  GSK_SESSION_TICKET_SERVER_COUNT|3|sessions|2.4|Session tickets that a server gives after a handshake.
  GSK_SESSION_TICKET_SERVER_KEY_REFRESH|3|sessions|2.4|Seconds after which tickets are protected by a new key.
  GSK_SESSION_TICKET_SERVER_TIMEOUT|3|sessions|2.4|Seconds that a session ticket is good for.
  AIACDPPriority|3|revocation|2.2|Whether what a certificate names is asked before what the policy names.
  MaxSrcRevExtLocValues|3|revocation|2.2|Places that are asked for each certificate.
  MaxValidRevExtLocValues|3|revocation|2.2|Places that are asked for a chain.
  RevocationSecurityLevel|3|revocation|2.2|What happens when no place answers: Low accepts, High refuses.
  GSK_LDAP_SERVER|3|revocation|1.7|The LDAP servers with certificates and revocation lists.
  GSK_LDAP_SERVER_PORT|3|revocation|1.7|The port of the LDAP server.
  GSK_LDAP_USER|3|revocation|1.7|The name to bind to the LDAP server with.
  GSK_LDAP_USER_PW|3|revocation|1.7|The password for it.
  GSK_CRL_CACHE_TIMEOUT|3|revocation|1.7|Hours that a revocation list is kept.
  GSK_CRL_SECURITY_LEVEL|3|revocation|1.7|What happens when the LDAP server does not answer: Low accepts, High refuses.
  CRLCacheSize|3|revocation|2.2|Revocation lists that are kept.
  CRLCacheEntryMaxsize|3|revocation|2.2|The largest revocation list that is kept, in bytes.
  HttpCdpEnable|3|revocation|2.2|Whether revocation lists are fetched by HTTP from where certificates say.
  HttpCdpProxyServerName|3|revocation|2.2|The HTTP proxy for it.
  HttpCdpProxyServerPort|3|revocation|2.2|The port of the proxy.
  HttpCdpResponseTimeout|3|revocation|2.2|Seconds to wait for an answer.
  HttpCdpMaxResponseSize|3|revocation|2.2|The largest answer that is taken, in bytes.
  HttpCdpCacheSize|3|revocation|2.2|Fetched lists that are kept.
  HttpCdpCacheEntryMaxsize|3|revocation|2.2|The largest fetched list that is kept, in bytes.
  OcspUrl|3|revocation|2.2|The OCSP responders that are asked whether a certificate is revoked.
  OcspAiaEnable|3|revocation|2.2|Whether responders that certificates name are asked.
  OcspProxyServerName|3|revocation|2.2|The HTTP proxy to the responder.
  OcspProxyServerPort|3|revocation|2.2|The port of the proxy.
  OcspRetrieveViaGet|3|revocation|2.2|Whether the responder is asked by GET rather than POST.
  OcspUrlPriority|3|revocation|2.2|Whether OcspUrl is asked before what certificates name.
  OcspRequestSigkeylabel|3|revocation|2.2|The label of the key that signs requests.
  OcspRequestSigalg|3|revocation|2.2|Hash and signature of requests, as a four-digit code.
  OcspResponseSigAlgPairs|3|revocation|2.2|Hashes and signatures that an answer may have.
  OcspClientCacheSize|3|revocation|2.2|Answers that are kept.
  OcspCliCacheEntryMaxsize|3|revocation|2.2|Answers that are kept of one issuer.
  OcspNonceGenEnable|3|revocation|2.2|Whether requests hold a nonce.
  OcspNonceCheckEnable|3|revocation|2.2|Whether answers must repeat the nonce.
  OcspNonceSize|3|revocation|2.2|The length of the nonce, in bytes.
  OcspResponseTimeout|3|revocation|2.2|Seconds to wait for an answer.
  OcspMaxResponseSize|3|revocation|2.2|The largest answer that is taken, in bytes.
  OcspServerStapling|3|revocation|2.3|Whether a server sends an answer about its certificate along.
  """
