//! The data model: what a credential and a presentation are made of.

mod time;
mod url;

pub use time::{DateTimeStamp, DateTimeStampError};
pub use url::{MAX_URL, is_did, is_key_url, is_url};
