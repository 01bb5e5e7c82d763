import JetStream
import NATSAccess
import ServiceKit
import Testing
import TestSupport

/// The way to NATS as the environment says it.
@Suite struct NATSSettingsTests {
    private func read(
        _ values: [String: String],
        _ role: NATSRole = .backend
    ) throws -> NATSConfiguration {
        try NATSConfiguration(Environment(values), role: role, name: "pod")
    }

    @Test func `NATS is on this machine unless told otherwise`() throws {
        let own = try read([:])
        #expect(own.urls == "nats://127.0.0.1:4222" && own.tls == nil && own.name == "pod")
        #expect(own.inboxPrefix == "_INBOX_backend")
    }

    @Test func `the role's own variable wins`() throws {
        let values = ["NATS_URL": "nats://all", "NATS_URL_BACKEND": "nats://b"]
        #expect(try read(values).urls == "nats://b")
        #expect(try read(values, .operator).urls == "nats://all")
        #expect(try read(values, .operator).inboxPrefix == "_INBOX_operator")
    }

    @Test func `every role has a user, a line in the stack and a variable in the document`() throws
    {
        let users = try AlertsDocument.text("scripts/nats-roles.conf")
            .matches(of: /user: (\w+)/).map { String($0.1) }
        #expect(users == NATSRole.allCases.map(\.rawValue) && users == NATSServer.roles)
        let stack = try AlertsDocument.text("scripts/stack")
        #expect(stack.contains("roles=(\(users.joined(separator: " ").uppercased()))"))
        let document = try AlertsDocument.text("docs/CONFIGURATION.md")
        for role in NATSRole.allCases {
            #expect(document.contains("`\(role.urlVariable)`"))
            #expect(document.contains("`NATS_\(role.rawValue.uppercased())_PASSWORD`"))
        }
    }

    @Test func `tls takes the files that are named`() throws {
        let tls = try read([
            "NATS_URL": "tls://a:1, tls://b:2", "NATS_CA_FILE": "/ca", "NATS_CERT_FILE": "/cert",
            "NATS_KEY_FILE": "/key",
        ]).tls
        #expect(
            tls
                == NATSEncryption(
                    authorityFile: "/ca",
                    certificateFile: "/cert",
                    keyFile: "/key"
                )
        )
        #expect(try read(["NATS_URL": "tls://a"]).tls == NATSEncryption())
    }

    @Test(arguments: [
        (["NATS_URL": "tls://a,nats://b"], "NATS_URL: all addresses begin with tls://"),
        (["NATS_URL_BACKEND": "nats://a,tls://b"], "NATS_URL_BACKEND: all addresses"),
        (["NATS_CA_FILE": "/ca"], "NATS_CA_FILE: only addresses with tls:// use it"),
        (["NATS_CERT_FILE": "/c", "NATS_KEY_FILE": "/k"], "NATS_CERT_FILE: only addresses"),
        (["NATS_URL": "tls://a", "NATS_KEY_FILE": "/k"], "NATS_CERT_FILE and NATS_KEY_FILE: both"),
    ])
    func `what does not go together is named`(values: [String: String], words: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(values) }
        #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
    }
}
