import Testing

@testable import Tokens

@Suite struct `A token` {
    typealias Fixture = TokenFixture

    @Test func `that was made here is taken, with its user and role`() throws {
        for isOperator in [false, true] {
            let claims = TokenClaims(
                userID: .max,
                isOperator: isOperator,
                expiresAt: Fixture.now + 1
            )
            let token = try Fixture.maker.token(for: claims, now: Fixture.now)
            #expect(outcome(Fixture.verifier, token) == .success(claims))
        }
    }

    @Test(
        arguments: [
            (#"{"alg":"none"}"#, TokenError.algorithm), (#"{"alg":"NONE"}"#, .algorithm),
            (#"{"alg":"hs256"}"#, .algorithm), (#"{"alg":"HS512"}"#, .algorithm),
            (#"{"alg":"RS256"}"#, .algorithm), (#"{"typ":"JWT"}"#, .algorithm),
            (#"{"alg":["HS256"]}"#, .algorithm), (#"{"alg":null}"#, .algorithm),
            (#"{"alg":"none","alg":"HS256"}"#, .malformed),
            (#"{"alg":"HS256","alg":"HS256"}"#, .malformed),
            (#"{"alg":"HS256","typ":"JWE"}"#, .header),
            (#"{"alg":"HS256","kid":"../../dev/null"}"#, .header),
            (#"{"alg":"HS256","kid":"x' OR '1'='1"}"#, .header),
            (#"{"alg":"HS256","kid":7}"#, .header), (#"{"alg":"HS256","kid":""}"#, .header),
            (#"{"alg":"HS256","jku":"https://evil.example/keys"}"#, .header),
            (#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, .header),
            (#"{"alg":"HS256","crit":["exp"]}"#, .header),
            (#"{"alg":"HS256","b64":false}"#, .header),
            (#"["HS256"]"#, .malformed), (#"{"alg":"HS256"} "x""#, .malformed),
            (#"{"alg":"HS256",}"#, .malformed), ("", .malformed),
        ]
    )
    func `with such a header is refused, though well signed`(
        header: String,
        error: TokenError
    ) throws {
        #expect(outcome(Fixture.verifier, try Fixture.token(header: header)) == .failure(error))
    }

    @Test(
        arguments: [#"{"alg":"HS256"}"#, #"{"typ":"jwt","alg":"HS256","kid":"key_2026-11"}"#]
    )
    func `with such a header is taken`(header: String) throws {
        let token = try Fixture.token(header: header)
        #expect(try Fixture.verifier.verify(token, now: Fixture.now).userID == 7)
    }

    @Test(
        arguments: [
            (["exp": nil], TokenError.expiry), (["exp": "\"soon\""], .expiry),
            (["exp": "1e10"], .expiry), (["exp": "-1"], .expiry),
            (["exp": "99999999999999999999"], .expiry), (["exp": "1800000060.5"], .expiry),
            (["nbf": "\"now\""], .malformed),
            (["iss": nil], .issuer), (["iss": "\"another\""], .issuer), (["iss": "7"], .issuer),
            (["aud": nil], .audience), (["aud": "\"another\""], .audience),
            (["aud": "[]"], .audience), (["aud": #"["a",{"b":"betting-api"}]"#], .audience),
            (["aud": #"{"betting-api":"betting-api"}"#], .audience),
            (["sub": nil], .subject), (["sub": "7"], .subject), (["sub": "\"0\""], .subject),
            (["sub": "\"-7\""], .subject), (["sub": "\"+7\""], .subject),
            (["sub": "\"07\""], .subject), (["sub": "\" 7\""], .subject),
            (["sub": "\"7a\""], .subject), (["sub": "\"٧\""], .subject),
            (["sub": "\"9223372036854775808\""], .subject),
            (["scope": "[\"operator\"]"], .malformed), (["scope": "true"], .malformed),
        ] as [([String: String?], TokenError)]
    )
    func `with such a claim is refused`(changes: [String: String?], error: TokenError) throws {
        #expect(outcome(Fixture.verifier, try Fixture.token(changes)) == .failure(error))
    }

    @Test func `with a claim twice is refused`() throws {
        let twice = Fixture.payload().dropLast() + #","sub":"8"}"#
        let token = try Fixture.maker.token(header: Fixture.goodHeader, payload: String(twice))
        #expect(outcome(Fixture.verifier, token) == .failure(.malformed))
    }

    @Test(
        arguments: [
            ("\"operator\"", true), ("\"bets operator\"", true), ("\"operators\"", false),
            ("\"Operator\"", false), ("\"\"", false), ("\"bets\"", false),
        ]
    )
    func `is an operator's by a word of its scope`(scope: String, isOperator: Bool) throws {
        let token = try Fixture.token(["scope": scope])
        #expect(try Fixture.verifier.verify(token, now: Fixture.now).isOperator == isOperator)
    }

    @Test(
        arguments: [
            (-30, nil), (-31, .notYet), (0, nil), (89, nil), (90, .expired),
            (1_000_000, .expired),
        ] as [(Int64, TokenError?)]
    )
    func `is good from nbf to exp, and half a minute around`(
        seconds: Int64,
        error: TokenError?
    ) throws {
        let token = try Fixture.token(["nbf": "\(Fixture.now)"])
        let result = outcome(Fixture.verifier, token, now: Fixture.now + seconds)
        #expect((try? result.get()) == nil ? result == error.map { .failure($0) } : error == nil)
    }

    @Test func `for several is for each of them`() throws {
        let token = try Fixture.token(["aud": #"["other","betting-api"]"#])
        #expect(try Fixture.verifier.verify(token, now: Fixture.now).userID == 7)
    }

    @Test func `that differs in any character is refused`() throws {
        let token = Array(try Fixture.token().utf8)
        for index in token.indices {
            for character in [UInt8(ascii: "A"), 0x42, 0x2E, 0x3D, 0x2B, 0x20]
            where token[index] != character {
                var changed = token
                changed[index] = character
                let text = String(decoding: changed, as: UTF8.self)
                #expect((try? Fixture.verifier.verify(text, now: Fixture.now)) == nil)
            }
        }
    }

    @Test func `of another shape is refused`() throws {
        let good = try Fixture.token()
        let parts = good.split(separator: ".").map(String.init)
        let shapes = [
            "", ".", "..", "...", parts[0], parts[0] + "." + parts[1],
            parts[0] + "." + parts[1] + ".", good + ".", good + "=", good + "A", "." + good,
            " " + good, good + "\n", parts.joined(separator: ".."),
        ]
        for shape in shapes { #expect((try? Fixture.verifier.verify(shape, now: 0)) == nil) }
        let long = String(repeating: "A", count: TokenVerifier.bytesMax + 1)
        #expect(outcome(Fixture.verifier, long) == .failure(.tooLong))
    }

    @Test func `of a second key is taken while there are two, of a third never`() throws {
        let claims = TokenClaims(userID: 9, expiresAt: Fixture.now + 60)
        let token = try TokenMaker(key: Fixture.otherKey).token(for: claims, now: Fixture.now)
        let both = TokenVerifier(keys: [Fixture.key, Fixture.otherKey])
        #expect(outcome(Fixture.verifier, token) == .failure(.signature))
        #expect(outcome(both, token) == .success(claims))
        let third = try TokenKey(Array("a-third-secret-of-more-than-32-bytes!!".utf8), for: .hs256)
        let stranger = try TokenMaker(key: third).token(for: claims, now: Fixture.now)
        #expect(outcome(both, stranger) == .failure(.signature))
    }
}
