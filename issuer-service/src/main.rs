//! `yufu-issuer`: see [`yufu_issuer::cli`].

fn main() -> std::process::ExitCode {
    yufu_issuer::cli::run()
}
