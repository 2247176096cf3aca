//! Why a command did not succeed.

use std::path::PathBuf;
use yufu_core::{
    client::TransportError,
    qr::{image::ImageError, scan::ScanError},
    wallet::WalletError,
};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The wallet says no.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// A file could not be read or written.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] std::io::Error),
    /// The settings file is not TOML of this shape.
    #[error("{}: {}", .0.display(), .1)]
    Settings(PathBuf, String),
    /// Neither told nor remembered.
    #[error("tell where the network is: --town READY.json, or --network-key KEY --registry URL")]
    NoNetwork,
    /// No directory for data or settings can be found.
    #[error("no home directory: name the files with --data and --settings")]
    NoHome,
    /// The root certificate cannot be used.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// No code, or more than one, was found in the picture.
    #[error("{}: {}", .0.display(), .1)]
    Picture(PathBuf, ScanError),
    /// Not exactly one code.
    #[error("{}: one QR code is expected, {} were found", .0.display(), .1)]
    OneCode(PathBuf, usize),
    /// A code could not be drawn.
    #[error(transparent)]
    Draw(#[from] ImageError),
    /// Nothing was typed where something is needed.
    #[error("nothing was entered")]
    NoInput,
    /// Said in the reader's language.
    #[error("{0}")]
    Told(String),
}
