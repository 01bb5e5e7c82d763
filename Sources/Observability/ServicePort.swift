/// Where each service listens for HTTP that is told nothing (`HTTP_PORT`).
package enum ServicePort: Int, CaseIterable, Sendable {
    case backend = 8081
    case aggregator = 8082
    case api = 8080
    case worker = 8090
}
