//! A whole town in one process: a registry node, two agencies, a service counter and a phone.

pub mod agencies;
mod founding;
pub mod handset;
pub mod layout;
pub mod phone;
pub mod script;
pub mod town;
pub mod vc_api;

pub use town::{Options, Town, TownError};
