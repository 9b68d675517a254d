//! The `goknot` program: everything is in [`goknot::cli`].

fn main() -> std::process::ExitCode {
    goknot::cli::main()
}
