//! The payload's bytes: an SD-JWT with its base64 taken off, beside a staple.
//!
//! ```text
//! version 1 · staple length (u16) · staple · packed length (u16) · packed text · blob
//! ```
//! The text is what base64 hid: the JSON of both JWTs' headers and payloads and of each disclosure, with
//! a zero byte after each, deflated (raw) with a preset dictionary. Inside that JSON, runs of base64
//! stand for bytes that do not compress: digests, salts, a portrait. Each run is replaced by a marker
//! byte, which JSON cannot contain, and its bytes go to the blob; certificates, which do compress, stay
//! in the text as bytes. The two signatures end the blob. Unpacking gives the presentation back
//! byte for byte, or an error: [`pack`] refuses whatever it could not give back.

use super::HeldLeaf;
use crate::{crypto::sha256, qr::frames::MAX_PAYLOAD};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Most bytes of the text, the blob and the staple together, once inflated.
pub(super) const MAX_INFLATED: usize = 8 * 1024;

const VERSION: u8 = 1;
const SIGNATURE: usize = 64;
const END: u8 = 0;
/// A run of base64url without padding: of 32 bytes, of 16, of a length that stands before the bytes.
const DIGEST: u8 = 1;
const SALT: u8 = 2;
const URL: u8 = 3;
/// A run of base64 with padding, its length before its bytes in the blob.
const PADDED: u8 = 4;
/// A certificate in padded base64: its length and bytes follow here in the text.
const CERTIFICATE: u8 = 5;
/// A certificate that the counter holds: its digest is in the blob.
const HELD_CERTIFICATE: u8 = 6;
/// Every marker is below this; no JSON has such bytes.
const MARKERS: u8 = 8;
/// Shorter runs of base64 are cheaper as text.
const LEAST_RUN: usize = 22;

/// What the text of a payload looks like. Part of the format: whoever changes it raises [`VERSION`].
const DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// How the issuer's certificate travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LeafForm {
    /// Whole.
    #[default]
    Whole,
    /// By its SHA-256, to a counter that is known to hold it.
    Digest,
}

/// Why a presentation was not packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Not an SD-JWT with key binding that could be given back byte for byte.
    #[error("not a presentation that can be packed")]
    NotPackable,
    /// Larger than a counter reads.
    #[error("the presentation and its staple are too large for a show code")]
    TooLarge,
}

/// Why a payload was not unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UnpackError {
    /// Another version, or none.
    #[error("not a payload of a version we read")]
    Version,
    /// Lengths, markers or compressed bytes that do not fit together.
    #[error("the payload is malformed")]
    Malformed,
    /// Larger than a show code may be, or would be when inflated.
    #[error("the payload is too large")]
    TooLarge,
    /// The certificate came by digest, and this counter does not hold it.
    #[error("the payload names a certificate that is not held here")]
    LeafNotHeld,
}

/// Packs `presentation` (`<JWT>~<disclosure>~…~<key binding JWT>`) and `staple`.
///
/// # Errors
/// [`PackError`] when it is not a presentation that comes back byte for byte, or too large.
pub fn pack(presentation: &str, staple: &[u8], leaf: LeafForm) -> Result<Vec<u8>, PackError> {
    let mut packer = Packer { text: Vec::new(), blob: Vec::new(), leaf };
    let mut signatures = Vec::with_capacity(2 * SIGNATURE);
    let parts: Vec<&str> = presentation.split('~').collect();
    let [issuer, disclosures @ .., binding] = &parts[..] else { return Err(PackError::NotPackable) };
    packer.jwt(issuer, &mut signatures)?;
    for disclosure in disclosures {
        packer.json(disclosure)?;
    }
    packer.jwt(binding, &mut signatures)?;
    packer.blob.extend_from_slice(&signatures);
    if packer.text.len() + packer.blob.len() + staple.len() > MAX_INFLATED {
        return Err(PackError::TooLarge);
    }
    let text = deflate(&packer.text).ok_or(PackError::TooLarge)?;
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).map_err(|_| PackError::TooLarge);
    let mut out = vec![VERSION];
    out.extend_from_slice(&length(staple)?.to_be_bytes());
    out.extend_from_slice(staple);
    out.extend_from_slice(&length(&text)?.to_be_bytes());
    out.extend_from_slice(&text);
    out.extend_from_slice(&packer.blob);
    if out.len() > MAX_PAYLOAD { Err(PackError::TooLarge) } else { Ok(out) }
}

/// The presentation and the staple in `payload`.
pub(super) fn unpack(payload: &[u8], held: HeldLeaf<'_>) -> Result<(String, Vec<u8>), UnpackError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(UnpackError::TooLarge);
    }
    let mut rest = payload;
    if take(&mut rest, 1)? != [VERSION] {
        return Err(UnpackError::Version);
    }
    let staple = take_counted(&mut rest)?;
    let packed = take_counted(&mut rest)?;
    let body = rest.len().checked_sub(2 * SIGNATURE).ok_or(UnpackError::Malformed)?;
    let (blob, signatures) = rest.split_at(body);
    let room = MAX_INFLATED.checked_sub(staple.len() + rest.len()).ok_or(UnpackError::TooLarge)?;
    let text = inflate(packed, room)?;
    let mut unpacker = Unpacker { text: &text, blob, held };
    let mut fields = Vec::new();
    while !unpacker.text.is_empty() {
        fields.push(unpacker.field()?);
    }
    if !unpacker.blob.is_empty() {
        return Err(UnpackError::Malformed);
    }
    let [header, payload, disclosures @ .., kb_header, kb_payload] = &fields[..] else {
        return Err(UnpackError::Malformed);
    };
    let mut out = String::with_capacity(2 * text.len() + 2 * blob.len());
    let jwt = |out: &mut String, header: &[u8], payload: &[u8], signature: &[u8]| {
        for (separator, part) in [("", header), (".", payload), (".", signature)] {
            out.push_str(separator);
            URL_SAFE_NO_PAD.encode_string(part, out);
        }
    };
    let (first, second) = signatures.split_at(SIGNATURE);
    jwt(&mut out, header, payload, first);
    for disclosure in disclosures {
        out.push('~');
        URL_SAFE_NO_PAD.encode_string(disclosure, &mut out);
    }
    out.push('~');
    jwt(&mut out, kb_header, kb_payload, second);
    Ok((out, staple.to_vec()))
}

struct Packer {
    text: Vec<u8>,
    blob: Vec<u8>,
    leaf: LeafForm,
}

impl Packer {
    fn jwt(&mut self, jwt: &str, signatures: &mut Vec<u8>) -> Result<(), PackError> {
        let parts: Vec<&str> = jwt.split('.').collect();
        let [header, payload, signature] = parts[..] else { return Err(PackError::NotPackable) };
        self.json(header)?;
        self.json(payload)?;
        let signature = strict_base64url(signature.as_bytes()).ok_or(PackError::NotPackable)?;
        if signature.len() != SIGNATURE {
            return Err(PackError::NotPackable);
        }
        signatures.extend_from_slice(&signature);
        Ok(())
    }

    /// Takes one base64url part whose bytes are JSON.
    fn json(&mut self, part: &str) -> Result<(), PackError> {
        let json = strict_base64url(part.as_bytes()).ok_or(PackError::NotPackable)?;
        if json.iter().any(|&byte| byte < MARKERS) {
            return Err(PackError::NotPackable);
        }
        let mut rest = &json[..];
        while !rest.is_empty() {
            let run = rest.iter().take_while(|&&byte| is_base64(byte)).count();
            let padding = rest[run..].iter().take(2).take_while(|&&byte| byte == b'=').count();
            if run == 0 {
                self.text.push(rest[0]);
                rest = &rest[1..];
                continue;
            }
            let (whole, after) = rest.split_at(run + padding);
            if !self.run(whole, padding > 0)? {
                self.text.extend_from_slice(whole);
            }
            rest = after;
        }
        self.text.push(END);
        Ok(())
    }

    /// Replaces a run of base64 by a marker where that pays; says whether it did.
    fn run(&mut self, run: &[u8], padded: bool) -> Result<bool, PackError> {
        // Words are not base64, though they could be: they have one case.
        let mixed = run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase);
        if run.len() < LEAST_RUN || !mixed {
            return Ok(false);
        }
        let url = if padded { None } else { strict_base64url(run) };
        if let Some(bytes) = strict_base64(run).filter(|bytes| bytes.starts_with(&[0x30, 0x82])) {
            if self.leaf == LeafForm::Digest {
                // Only the first certificate, the leaf, is one that counters hold.
                self.leaf = LeafForm::Whole;
                self.text.push(HELD_CERTIFICATE);
                self.blob.extend_from_slice(&sha256(&[&bytes]));
            } else {
                self.text.push(CERTIFICATE);
                counted(&mut self.text, &bytes)?;
            }
        } else if let Some(bytes) = url {
            match bytes.len() {
                32 => {
                    self.text.push(DIGEST);
                    self.blob.extend_from_slice(&bytes);
                }
                16 => {
                    self.text.push(SALT);
                    self.blob.extend_from_slice(&bytes);
                }
                _ => {
                    self.text.push(URL);
                    counted(&mut self.blob, &bytes)?;
                }
            }
        } else if let Some(bytes) = strict_base64(run) {
            self.text.push(PADDED);
            counted(&mut self.blob, &bytes)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

struct Unpacker<'a> {
    text: &'a [u8],
    blob: &'a [u8],
    held: HeldLeaf<'a>,
}

impl Unpacker<'_> {
    fn field(&mut self) -> Result<Vec<u8>, UnpackError> {
        let mut out = Vec::new();
        loop {
            let plain = self.text.iter().take_while(|&&byte| byte >= MARKERS).count();
            out.extend_from_slice(take(&mut self.text, plain)?);
            let encoded = match take(&mut self.text, 1)?[0] {
                END => return Ok(out),
                DIGEST => URL_SAFE_NO_PAD.encode(take(&mut self.blob, 32)?),
                SALT => URL_SAFE_NO_PAD.encode(take(&mut self.blob, 16)?),
                URL => URL_SAFE_NO_PAD.encode(take_counted(&mut self.blob)?),
                PADDED => STANDARD.encode(take_counted(&mut self.blob)?),
                CERTIFICATE => STANDARD.encode(take_counted(&mut self.text)?),
                HELD_CERTIFICATE => {
                    let digest = take(&mut self.blob, 32)?.try_into().map_err(|_| UnpackError::Malformed)?;
                    STANDARD.encode((self.held)(&digest).ok_or(UnpackError::LeafNotHeld)?)
                }
                _ => return Err(UnpackError::Malformed),
            };
            out.extend_from_slice(encoded.as_bytes());
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Decodes only what encodes back to the same text.
fn strict_base64url(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| URL_SAFE_NO_PAD.encode(bytes).as_bytes() == text)
}

fn strict_base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|bytes| STANDARD.encode(bytes).as_bytes() == text)
}

fn counted(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), PackError> {
    let length = u16::try_from(bytes.len()).map_err(|_| PackError::TooLarge)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], UnpackError> {
    let (taken, after) = rest.split_at_checked(count).ok_or(UnpackError::Malformed)?;
    *rest = after;
    Ok(taken)
}

fn take_counted<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], UnpackError> {
    let length = take(rest, 2)?;
    take(rest, usize::from(u16::from_be_bytes([length[0], length[1]])))
}

fn deflate(text: &[u8]) -> Option<Vec<u8>> {
    let mut compress = Compress::new(Compression::best(), false);
    compress.set_dictionary(DICTIONARY).ok()?;
    // Stored blocks bound the growth: 5 bytes for each begun 16 kB, and the end.
    let mut out = Vec::with_capacity(text.len() + 64);
    match compress.compress_vec(text, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Some(out),
        _ => None,
    }
}

/// Inflates at most `room` bytes; a bomb costs no more than that.
fn inflate(packed: &[u8], room: usize) -> Result<Vec<u8>, UnpackError> {
    let mut decompress = Decompress::new(false);
    decompress.set_dictionary(DICTIONARY).map_err(|_| UnpackError::Malformed)?;
    let mut out = Vec::with_capacity(room + 1);
    let status = decompress.decompress_vec(packed, &mut out, FlushDecompress::Finish);
    if out.len() > room {
        return Err(UnpackError::TooLarge);
    }
    match status {
        Ok(Status::StreamEnd) if decompress.total_in() == packed.len() as u64 => Ok(out),
        _ => Err(UnpackError::Malformed),
    }
}
