//! The service counter: a page on a tablet that reads a phone's code, or a presentation file that a
//! person brought, and says one verdict.
//!
//! It needs no network: the registry's public key is all that it knows beforehand, and it learns newer
//! headers and list versions from every code whose proof holds. It keeps no claim: what was disclosed is
//! in the answer to the tablet and nowhere else, and the journal names time, preset, verdict and policy.
//!
//! [`Counter::start`] serves the pages; [`Desk`] is the same counter without them. Programs use the
//! routes under `/api`, which `README.md` beside this crate describes.

mod api;
mod config;
mod desk;
mod error;
mod file;
mod handovers;
mod key;
mod labels;
mod pages;
mod panel;
mod reader;
mod registry_page;
mod scan;
mod server;
mod session;
mod store;
mod sync;
mod vc_api;

pub use config::{Config, ConfigError, Names, PresetChoice, Sync, Tls, VcApiConfig};
pub use desk::{AnsweredBy, CheckError, Desk, ObserveProblem, Offered};
pub use error::CounterError;
pub use server::Counter;
pub use store::{JournalLine, StoreError};
pub use vc_api::VcApiAddress;
