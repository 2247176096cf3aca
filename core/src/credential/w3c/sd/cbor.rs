//! As much of CBOR as proofs are made of: arrays, byte strings, texts, maps and numbers of known length,
//! each in its shortest form.
//!
//! Spec: RFC 8949 §3, §4.2.1.

use super::SdProofError;

const UINT: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// Reads items one after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], SdProofError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(SdProofError::Cbor)?;
        self.rest = rest;
        Ok(taken)
    }

    fn head(&mut self, major: u8) -> Result<u64, SdProofError> {
        let first = self.take(1)?.first().copied().unwrap_or_default();
        if first >> 5 != major {
            return Err(SdProofError::Cbor);
        }
        let (value, least) = match first & 31 {
            small @ 0..=23 => return Ok(u64::from(small)),
            24 => (self.number(1)?, 24),
            25 => (self.number(2)?, 1 << 8),
            26 => (self.number(4)?, 1 << 16),
            27 => (self.number(8)?, 1 << 32),
            _ => return Err(SdProofError::Cbor),
        };
        if value < least { Err(SdProofError::Cbor) } else { Ok(value) }
    }

    fn number(&mut self, width: usize) -> Result<u64, SdProofError> {
        Ok(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn length(&mut self, major: u8) -> Result<usize, SdProofError> {
        usize::try_from(self.head(major)?).map_err(|_| SdProofError::Cbor)
    }

    pub(super) fn uint(&mut self) -> Result<u64, SdProofError> {
        self.head(UINT)
    }

    /// A number by which a statement is meant.
    pub(super) fn index(&mut self) -> Result<usize, SdProofError> {
        usize::try_from(self.uint()?).map_err(|_| SdProofError::Cbor)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], SdProofError> {
        let length = self.length(BYTES)?;
        self.take(length)
    }

    /// A byte string of `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], SdProofError> {
        self.bytes()?.try_into().map_err(|_| SdProofError::Length(what))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, SdProofError> {
        let length = self.length(TEXT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| SdProofError::Cbor)
    }

    /// The start of an array of exactly `count` items.
    pub(super) fn tuple(&mut self, count: usize) -> Result<(), SdProofError> {
        if self.length(ARRAY)? == count { Ok(()) } else { Err(SdProofError::Cbor) }
    }

    /// An array of at most `most` items.
    pub(super) fn array<T>(
        &mut self,
        most: usize,
        what: &'static str,
        mut item: impl FnMut(&mut Self) -> Result<T, SdProofError>,
    ) -> Result<Vec<T>, SdProofError> {
        let count = self.length(ARRAY)?;
        if count > most {
            return Err(SdProofError::TooMany(what));
        }
        (0..count).map(|_| item(self)).collect()
    }

    /// A map from 0, 1, 2, … in this order: its values.
    pub(super) fn numbered_map<T>(
        &mut self,
        most: usize,
        mut value: impl FnMut(&mut Self) -> Result<T, SdProofError>,
    ) -> Result<Vec<T>, SdProofError> {
        let count = self.length(MAP)?;
        if count > most {
            return Err(SdProofError::TooMany("labels"));
        }
        let mut entries: Vec<(u64, T)> = Vec::new();
        for _ in 0..count {
            entries.push((self.uint()?, value(self)?));
        }
        // Some writers keep another order than that of the keys.
        entries.sort_by_key(|(key, _)| *key);
        let complete = entries.iter().zip(0_u64..).all(|((key, _), place)| *key == place);
        if !complete {
            return Err(SdProofError::LabelMap);
        }
        Ok(entries.into_iter().map(|(_, value)| value).collect())
    }

    /// Checks that nothing follows.
    pub(super) fn end(&self) -> Result<(), SdProofError> {
        if self.rest.is_empty() { Ok(()) } else { Err(SdProofError::Cbor) }
    }
}

/// Writes items one after the other.
pub(super) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Starts with `header`.
    pub(super) fn new(header: &[u8]) -> Self {
        Self { out: header.to_vec() }
    }

    fn head(&mut self, major: u8, value: usize) -> &mut Self {
        let major = major << 5;
        let value = value as u64;
        let bytes = value.to_be_bytes();
        match value {
            0..24 => self.out.push(major | bytes[7]),
            24..0x100 => self.out.extend([major | 24, bytes[7]]),
            0x100..0x1_0000 => self.out.extend([major | 25, bytes[6], bytes[7]]),
            0x1_0000..0x1_0000_0000 => {
                self.out.push(major | 26);
                self.out.extend(&bytes[4..]);
            }
            _ => {
                self.out.push(major | 27);
                self.out.extend(bytes);
            }
        }
        self
    }

    pub(super) fn uint(&mut self, value: usize) -> &mut Self {
        self.head(UINT, value)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len()).out.extend(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len()).out.extend(text.as_bytes());
        self
    }

    pub(super) fn array(&mut self, count: usize) -> &mut Self {
        self.head(ARRAY, count)
    }

    /// An array of numbers.
    pub(super) fn indexes(&mut self, indexes: &[usize]) -> &mut Self {
        indexes.iter().fold(self.array(indexes.len()), |writer, index| writer.uint(*index))
    }

    pub(super) fn map(&mut self, count: usize) -> &mut Self {
        self.head(MAP, count)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }
}
