//! QR codes: a payload cut into frames of digits, drawn, and read back from pixels.
//!
//! A frame is digits only. QR codes pack digits at 3⅓ bits each, so nothing is lost against bytes
//! (2.8 %), and a keyboard-wedge scanner types the same text on every keyboard layout.

pub mod digits;
pub mod frames;
#[cfg(feature = "scan")]
pub mod image;
pub mod render;
#[cfg(feature = "scan")]
pub mod scan;
