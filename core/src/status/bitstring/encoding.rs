//! A list as `encodedList` carries it.

use super::BitstringError;
use crate::{
    registry::StatusEncoding,
    status::{MIN_LIST_SIZE, StatusArray},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};

/// The longest `encodedList` that is read, in bytes: a list of 2^27 bits that does not compress.
pub const MAX_ENCODED: usize = 24 << 20;
/// The largest list that it may inflate to, in bytes: 2^27 entries of one bit.
pub const MAX_INFLATED: usize = 16 << 20;

/// Multibase: base64url without padding.
const MULTIBASE: char = 'u';

/// Writes a list: GZIP, then multibase base64url. The GZIP header names neither time nor file, so that
/// the same list is written the same.
///
/// # Errors
/// [`BitstringError::Encoding`] when the bits are in the order of a list of tokens,
/// [`BitstringError::TooShort`] for fewer than 131,072 entries, [`BitstringError::TooLarge`].
///
/// Spec: Bitstring Status List 1.0 §3.3.
pub fn encode_list(array: &StatusArray) -> Result<String, BitstringError> {
    if array.encoding() != StatusEncoding::Bitstring {
        return Err(BitstringError::Encoding);
    }
    if array.size() < MIN_LIST_SIZE {
        return Err(BitstringError::TooShort);
    }
    if array.bytes().len() > MAX_INFLATED {
        return Err(BitstringError::TooLarge);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(array.bytes()).and_then(|()| encoder.finish());
    let compressed = written.map_err(|_| BitstringError::Encoding)?;
    let mut text = String::from(MULTIBASE);
    URL_SAFE_NO_PAD.encode_string(compressed, &mut text);
    Ok(text)
}

/// The bytes of a list, at least the 16 KiB of the shortest.
///
/// # Errors
/// [`BitstringError::Encoding`], [`BitstringError::TooLarge`], [`BitstringError::TooShort`].
///
/// Spec: Bitstring Status List 1.0 §3.4.
pub fn decode_list(encoded: &str) -> Result<Vec<u8>, BitstringError> {
    if encoded.len() > MAX_ENCODED {
        return Err(BitstringError::TooLarge);
    }
    let text = encoded.strip_prefix(MULTIBASE).ok_or(BitstringError::Encoding)?;
    let compressed = URL_SAFE_NO_PAD.decode(text).map_err(|_| BitstringError::Encoding)?;
    let bytes = inflate(&compressed)?;
    if bytes.len() < MIN_LIST_SIZE as usize / 8 {
        return Err(BitstringError::TooShort);
    }
    Ok(bytes)
}

/// Inflates one whole GZIP stream, refusing more than [`MAX_INFLATED`] bytes and anything that follows.
fn inflate(compressed: &[u8]) -> Result<Vec<u8>, BitstringError> {
    let mut decoder = GzDecoder::new(compressed);
    let mut bytes = Vec::new();
    // Grows as the data comes, so that a small bomb costs little.
    let mut capped = decoder.by_ref().take(MAX_INFLATED as u64 + 1);
    capped.read_to_end(&mut bytes).map_err(|_| BitstringError::Encoding)?;
    if bytes.len() > MAX_INFLATED {
        return Err(BitstringError::TooLarge);
    }
    if decoder.get_ref().is_empty() { Ok(bytes) } else { Err(BitstringError::Encoding) }
}
