import WebServer

/// What people and tools find beside the API: the player's page and the OpenAPI document.
enum Pages {
    static var routes: [HTTPRoute] {
        [
            redirect("/", to: "/player.html"), redirect("/player", to: "/player.html"),
            HTTPRoute(
                .get,
                "/openapi.json",
                .immediate { _ in
                    HTTPResponse(
                        contentType: "application/json",
                        headers: [(name: "Cache-Control", value: "no-cache")],
                        body: document
                    )
                }
            ),
        ]
    }

    /// OpenAPI 3.1, the one that is checked in.
    static let document = PackageResources.openapi_json

    private static func redirect(_ path: String, to target: String) -> HTTPRoute {
        HTTPRoute(
            .get,
            path,
            .immediate { _ in
                HTTPResponse(status: 308, headers: [(name: "Location", value: target)])
            }
        )
    }
}
