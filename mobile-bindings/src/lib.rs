//! The wallet for iOS and Android, through uniffi: it translates, and decides nothing.
//!
//! The platform brings its keystore ([`Keystore`]) and its HTTP client ([`HttpTransport`]); everything
//! else is `yufu_core::wallet`. `generate.sh` writes the bindings for Kotlin, Swift and Python.

mod error;
mod platform;
mod types;
mod wallet;

pub use error::{KeystoreFailure, TransportFailure, WalletFailure};
pub use platform::{HttpHeader, HttpMethod, HttpRequest, HttpResponse, HttpTransport, Keystore};
pub use wallet::{Offer, Sheet, ShowSession, Wallet, WalletSettings, qr_png, qr_svg, read_qr};

uniffi::setup_scaffolding!("yufu");
