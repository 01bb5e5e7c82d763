/// A server the backend cannot do without for long.
enum Dependency: String, CaseIterable, Sendable {
    case nats
    case postgres
    case redis
}
