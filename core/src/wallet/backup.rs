//! Export: everything in one file under a passphrase of its own.
