//! The entries of a status list, packed.

use super::is_shape;
use crate::registry::StatusEncoding;

/// The entries of a status list, 1, 2, 4 or 8 bits each. In a list of tokens the least significant bits
/// of a byte come first; in a bit string the left-most, which are the most significant.
///
/// Spec: Token Status List §4.1; Bitstring Status List 1.0 §2.2, §7.1.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusArray {
    encoding: StatusEncoding,
    bits: u8,
    size: u32,
    bytes: Vec<u8>,
}

/// Why there is no such array or entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusArrayError {
    /// Bits an entry other than 1, 2, 4 or 8, or no entries, or too many.
    #[error("a status list has entries of 1, 2, 4 or 8 bits, at least one and at most 2^27")]
    Shape,
    /// The index lies outside.
    #[error("the index lies outside the status list")]
    OutOfRange,
    /// The value does not fit into an entry.
    #[error("the value does not fit into an entry")]
    Value,
}

impl StatusArray {
    /// An array of `size` entries of `bits` bits, all 0 (valid), for a list of tokens.
    ///
    /// # Errors
    /// [`StatusArrayError::Shape`] when there is no such list.
    pub fn new(bits: u8, size: u32) -> Result<Self, StatusArrayError> {
        Self::new_in(StatusEncoding::Token, bits, size)
    }

    /// [`new`](Self::new), in the bit order of `encoding`.
    ///
    /// # Errors
    /// [`StatusArrayError::Shape`] when there is no such list.
    pub fn new_in(encoding: StatusEncoding, bits: u8, size: u32) -> Result<Self, StatusArrayError> {
        if !is_shape(bits, size) {
            return Err(StatusArrayError::Shape);
        }
        let bytes = vec![0; byte_length(bits, size)];
        Ok(Self { encoding, bits, size, bytes })
    }

    /// The array of a list of tokens in `bytes`, with as many entries as they hold.
    ///
    /// # Errors
    /// [`StatusArrayError::Shape`] when there is no such list.
    pub fn from_bytes(bits: u8, bytes: Vec<u8>) -> Result<Self, StatusArrayError> {
        Self::from_bytes_in(StatusEncoding::Token, bits, bytes)
    }

    /// [`from_bytes`](Self::from_bytes), in the bit order of `encoding`.
    ///
    /// # Errors
    /// [`StatusArrayError::Shape`] when there is no such list.
    pub fn from_bytes_in(
        encoding: StatusEncoding,
        bits: u8,
        bytes: Vec<u8>,
    ) -> Result<Self, StatusArrayError> {
        let per_byte = 8u32.checked_div(u32::from(bits)).ok_or(StatusArrayError::Shape)?;
        let length = u32::try_from(bytes.len()).map_err(|_| StatusArrayError::Shape)?;
        let size = length.checked_mul(per_byte).ok_or(StatusArrayError::Shape)?;
        if !is_shape(bits, size) {
            return Err(StatusArrayError::Shape);
        }
        Ok(Self { encoding, bits, size, bytes })
    }

    /// The bit order.
    #[must_use]
    pub fn encoding(&self) -> StatusEncoding {
        self.encoding
    }

    /// Bits an entry.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The packed bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entry at `index`.
    ///
    /// # Errors
    /// [`StatusArrayError::OutOfRange`] when there is none.
    pub fn get(&self, index: u64) -> Result<u8, StatusArrayError> {
        let (byte, shift) = self.place(index)?;
        Ok(self.bytes[byte] >> shift & self.mask())
    }

    /// Makes the entry at `index` say `value`.
    ///
    /// # Errors
    /// [`StatusArrayError::OutOfRange`] when there is none, [`StatusArrayError::Value`] when it does not
    /// fit.
    pub fn set(&mut self, index: u64, value: u8) -> Result<(), StatusArrayError> {
        let (byte, shift) = self.place(index)?;
        if value > self.mask() {
            return Err(StatusArrayError::Value);
        }
        self.bytes[byte] = self.bytes[byte] & !(self.mask() << shift) | value << shift;
        Ok(())
    }

    fn mask(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }

    fn place(&self, index: u64) -> Result<(usize, u32), StatusArrayError> {
        place(self.encoding, self.bits, self.size, index)
    }
}

/// The byte of an entry and how far to the left it stands in it. `bits` is 1, 2, 4 or 8.
pub(super) fn place(
    encoding: StatusEncoding,
    bits: u8,
    size: u32,
    index: u64,
) -> Result<(usize, u32), StatusArrayError> {
    let index = u32::try_from(index).map_err(|_| StatusArrayError::OutOfRange)?;
    if index >= size {
        return Err(StatusArrayError::OutOfRange);
    }
    let bit = u64::from(index) * u64::from(bits);
    let byte = usize::try_from(bit / 8).map_err(|_| StatusArrayError::OutOfRange)?;
    let from_first = u32::from(bit.to_le_bytes()[0] & 7);
    let shift = match encoding {
        StatusEncoding::Token => from_first,
        StatusEncoding::Bitstring => 8 - u32::from(bits) - from_first,
    };
    Ok((byte, shift))
}

fn byte_length(bits: u8, size: u32) -> usize {
    // At most 2^27 entries of 8 bits.
    (u64::from(bits) * u64::from(size)).div_ceil(8).try_into().unwrap_or(usize::MAX)
}

impl std::fmt::Debug for StatusArray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusArray")
            .field("encoding", &self.encoding)
            .field("bits", &self.bits)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
