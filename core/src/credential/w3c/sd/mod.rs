//! Selective disclosure of statements: what ecdsa-sd-2023 and bbs-2023 share.
