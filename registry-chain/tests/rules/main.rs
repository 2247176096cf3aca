//! The registry's rules: each with a test that breaks it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accreditations;
mod cascades;
mod dids;
mod durability;
mod governance;
mod keys;
mod lists;
mod model;
mod registrations;
mod support;
mod transactions;
mod upgrade;
mod validators;
