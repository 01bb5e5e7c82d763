/// What this build is called in `--version`, stats messages and logs.
package enum Build {
    package static let version = "0.1.0"
}
