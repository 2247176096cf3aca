//! A credential as received and as verified, whatever secures it.
