//! The core of Yufu: decentralized identifiers, verifiable credentials, status, presentation, and
//! the light client of the registry.
//!
//! The core does no I/O and reads no clock and no ambient randomness: time comes through [`Clock`],
//! random bytes through [`Random`], the network through [`http::HttpTransport`], private keys
//! through [`crypto::Signer`]. Drivers for them stand behind the features `client` and `sqlite`.

#[cfg(feature = "client")]
pub mod client;
pub mod credential;
pub mod crypto;
pub mod did;
pub mod http;
pub mod issuance;
pub mod jose;
pub mod manual;
#[cfg(feature = "pages")]
pub mod pages;
pub mod presentation;
pub mod qr;
pub mod random;
pub mod registry;
#[cfg(feature = "server")]
pub mod server;
pub mod status;
#[cfg(test)]
pub(crate) mod test_vectors;
pub mod time;
pub mod verdict;
#[cfg(feature = "wallet")]
pub mod wallet;

pub use random::{Random, RandomError, SystemRandom};
pub use time::{Clock, FixedClock, OffsetClock};
pub use verdict::Verdict;
