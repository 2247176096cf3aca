//! The registry's program: see `yufu-registry --help`.

fn main() -> std::process::ExitCode {
    yufu_registry::cli::main()
}
