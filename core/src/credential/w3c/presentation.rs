//! A presentation as received and as verified, whatever secures it.
