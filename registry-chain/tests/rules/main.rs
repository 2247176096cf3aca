//! The registry's rules: each with a test that breaks it.

mod accreditations;
mod cascades;
mod dids;
mod durability;
mod keys;
mod lists;
mod model;
mod registrations;
mod support;
mod transactions;
