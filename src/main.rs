//! The lotgate binary: parses the command line and calls one function.

fn main() -> std::process::ExitCode {
    lotgate::cli::main()
}
