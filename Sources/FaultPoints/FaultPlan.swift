#if DEBUG
    import Glibc
    import Synchronization

    /// What this process was told to do to itself, and where.
    package struct FaultPlan: ~Copyable, Sendable {
        /// What happens at a point.
        package enum Action: String, CaseIterable, Sendable {
            /// SIGKILL: nothing runs after it.
            case kill
            /// SIGSTOP: every thread stands still until somebody sends SIGCONT.
            case freeze
        }

        /// One entry of `FAULT_AT`.
        package struct Fault: Sendable, Hashable {
            package let point: FaultPoint
            package let action: Action
            /// The visit, from 1, at which it happens; it happens once.
            package let visit: Int
        }

        /// Not a valid `FAULT_AT`; the text says why.
        package struct Unreadable: Error, CustomStringConvertible {
            package let description: String
        }

        /// From the environment. A value that cannot be read ends the process.
        static let ofProcess = FaultPlan(environment: ())

        private static let visitMax = 1_000_000

        private let faults: [Fault]
        private let logPath: String?
        private let visits = Mutex<[FaultPoint: Int]>([:])

        /// Reads the value of `FAULT_AT`.
        package static func faults(in text: String) throws(Unreadable) -> [Fault] {
            var faults: [Fault] = []
            for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
                faults.append(try fault(entry))
            }
            return faults
        }

        private static func fault(_ entry: Substring) throws(Unreadable) -> Fault {
            var words = entry.split(separator: ":", omittingEmptySubsequences: false)[...]
            let name = words.popFirst() ?? ""
            guard let point = FaultPoint.allCases.first(where: { $0.name == name }) else {
                throw Unreadable(description: "FAULT_AT: there is no point \"\(name)\"")
            }
            let action = words.first.flatMap { Action(rawValue: String($0)) }
            if action != nil { words.removeFirst() }
            let visit = words.first.map { Int($0) ?? 0 } ?? 1
            guard words.count <= 1, (1...visitMax).contains(visit) else {
                throw Unreadable(
                    description: "FAULT_AT=\(entry): point[:kill|freeze][:nth] is wanted"
                )
            }
            return Fault(point: point, action: action ?? .kill, visit: visit)
        }

        private init(environment: Void) {
            logPath = Self.variable("FAULT_LOG")
            do {
                faults = try Self.variable("FAULT_AT").map(Self.faults(in:)) ?? []
            } catch {
                Self.append("\(error)\n", to: STDERR_FILENO)
                exit(EX_CONFIG)
            }
        }

        func visit(_ point: FaultPoint) {
            guard !faults.isEmpty else { return }
            let visit = visits.withLock { visits in
                visits[point, default: 0] += 1
                return visits[point, default: 0]
            }
            for fault in faults where fault.point == point && fault.visit == visit {
                record(fault)
                // To this thread: another would take its time to stop, and this one went on.
                Glibc.raise(fault.action == .kill ? SIGKILL : SIGSTOP)
            }
        }

        /// One line that is with the disk before the fault takes effect.
        private func record(_ fault: Fault) {
            let line = "fault \(fault.point.name) \(fault.action) \(fault.visit) pid \(getpid())\n"
            guard let logPath else { return Self.append(line, to: STDERR_FILENO) }
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
            let descriptor = unsafe open(logPath, flags, 0o644)
            guard descriptor >= 0 else { return Self.append(line, to: STDERR_FILENO) }
            Self.append(line, to: descriptor)
            fsync(descriptor)
            close(descriptor)
        }

        private static func append(_ text: String, to descriptor: Int32) {
            var text = text
            text.withUTF8 { bytes in _ = unsafe write(descriptor, bytes.baseAddress, bytes.count) }
        }

        private static func variable(_ name: String) -> String? {
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe String(cString: value)
        }
    }
#endif
