/// Asks the person at the terminal before something is lost.
enum Confirmation {
    /// Whether the answer to `question` was `word`. No answer is no.
    static func given(_ question: String, word: String) -> Bool {
        print("\(question)\nType '\(word)' to go on: ", terminator: "")
        return readLine() == word
    }
}
