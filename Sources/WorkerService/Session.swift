import PostgresClient

/// A thread's own connection, made when it is needed and replaced when it is lost.
final class Session {
    private let configuration: PostgresConfiguration
    private let figures: WorkerFigures
    private let use: WorkerFigures.ConnectionUse
    private var current: PostgresConnection?

    init(
        _ configuration: PostgresConfiguration,
        _ use: WorkerFigures.ConnectionUse,
        figures: WorkerFigures
    ) {
        self.configuration = configuration
        self.figures = figures
        self.use = use
    }

    func connection() throws(PostgresError) -> PostgresConnection {
        if let current, current.isUsable { return current }
        close()
        let new = try PostgresConnection(configuration)
        figures.addConnections(use, 1)
        current = new
        return new
    }

    func close() {
        guard let current else { return }
        current.close()
        figures.addConnections(use, -1)
        self.current = nil
    }
}
