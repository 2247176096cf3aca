//! The structure of credentials and presentations.
