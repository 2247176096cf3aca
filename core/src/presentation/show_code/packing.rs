//! The payload's bytes: an SD-JWT with its base64 taken off, beside a staple.
//!
//! ```text
//! version 1 · staple length (u16) · staple · packed length (u16) · packed text · blob
//! ```
//! The text is what base64 hid: the JSON of each disclosure and of both JWTs' headers and payloads, with
//! a zero byte after each, deflated (raw) with a preset dictionary. Inside that JSON, runs of base64
//! stand for bytes that do not compress: digests, salts, a portrait. Each run is replaced by a marker
//! byte, which JSON cannot contain, and its bytes go to the blob; certificates, which do compress, stay
//! in the text as bytes; a digest of something that the payload has anyway is only named. The two
//! signatures end the blob. Unpacking gives the presentation back
//! byte for byte, or an error: [`pack`] refuses whatever it could not give back.

use super::{HeldLeaf, dictionary::DICTIONARY};
use crate::{
    crypto::{Digest, sha256},
    qr::frames::MAX_PAYLOAD,
    registry::Staple,
};
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
/// A digest in base64url that the reader computes: the number of a disclosure, or in the key binding
/// that of what it covers or of the staple's header.
const KNOWN: u8 = 7;
/// Before a JWT's header.
const JWT: u8 = 8;
/// Every marker is below this; no JSON has such bytes.
const MARKERS: u8 = 9;
/// Numbers after [`KNOWN`] begin here.
const FIRST_KNOWN: u8 = b'0';
/// Shorter runs of base64 are cheaper as text.
const LEAST_RUN: usize = 22;

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
    let mut packer = Packer { text: Vec::new(), blob: Vec::new(), leaf, known: Vec::new() };
    let mut signatures = Vec::with_capacity(2 * SIGNATURE);
    let parts: Vec<&str> = presentation.split('~').collect();
    let [issuer, disclosures @ .., binding] = &parts[..] else { return Err(PackError::NotPackable) };
    // Disclosures first: the issuer's payload then names their digests by number.
    for disclosure in disclosures {
        packer.json(disclosure)?;
        packer.known.push(disclosure_digest(disclosure));
    }
    packer.jwt(issuer, &mut signatures)?;
    packer.known = binding_digests(presentation, binding, staple);
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
    let mut unpacker = Unpacker { text: &text, blob, held, known: Vec::new() };
    let (first, second) = signatures.split_at(SIGNATURE);
    let mut disclosures = String::new();
    while unpacker.text.first() != Some(&JWT) {
        let disclosure = URL_SAFE_NO_PAD.encode(unpacker.field()?);
        unpacker.known.push(disclosure_digest(&disclosure));
        disclosures.push('~');
        disclosures.push_str(&disclosure);
    }
    let mut out = unpacker.jwt(first)?;
    out.push_str(&disclosures);
    out.push('~');
    unpacker.known = binding_digests(&out, "", staple);
    out.push_str(&unpacker.jwt(second)?);
    if !unpacker.text.is_empty() || !unpacker.blob.is_empty() {
        return Err(UnpackError::Malformed);
    }
    Ok((out, staple.to_vec()))
}

fn disclosure_digest(disclosure: &str) -> Digest {
    sha256(&[disclosure.as_bytes()])
}

/// The digests that a key binding names: of all that stands before it, and of the staple's header.
fn binding_digests(presentation: &str, binding: &str, staple: &[u8]) -> Vec<Digest> {
    let before = &presentation.as_bytes()[..presentation.len() - binding.len()];
    let header = Staple::from_bytes(staple).ok().map(|staple| staple.signed_header().header().digest());
    std::iter::once(sha256(&[before])).chain(header).collect()
}

struct Packer {
    text: Vec<u8>,
    blob: Vec<u8>,
    leaf: LeafForm,
    /// Digests that the reader can compute where it is.
    known: Vec<Digest>,
}

impl Packer {
    fn jwt(&mut self, jwt: &str, signatures: &mut Vec<u8>) -> Result<(), PackError> {
        self.text.push(JWT);
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

    fn known(&self, bytes: &[u8]) -> Option<u8> {
        let at = self.known.iter().position(|digest| digest == bytes)?;
        u8::try_from(at).ok()?.checked_add(FIRST_KNOWN)
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
                32 if self.known(&bytes).is_some() => {
                    self.text.push(KNOWN);
                    self.text.extend(self.known(&bytes));
                }
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
    known: Vec<Digest>,
}

impl Unpacker<'_> {
    fn jwt(&mut self, signature: &[u8]) -> Result<String, UnpackError> {
        if take(&mut self.text, 1)? != [JWT] {
            return Err(UnpackError::Malformed);
        }
        let mut out = URL_SAFE_NO_PAD.encode(self.field()?);
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(self.field()?, &mut out);
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut out);
        Ok(out)
    }

    fn field(&mut self) -> Result<Vec<u8>, UnpackError> {
        let mut out = Vec::new();
        loop {
            let plain = self.text.iter().take_while(|&&byte| byte >= MARKERS).count();
            out.extend_from_slice(take(&mut self.text, plain)?);
            let encoded = match take(&mut self.text, 1)?[0] {
                END => return Ok(out),
                DIGEST => URL_SAFE_NO_PAD.encode(take(&mut self.blob, 32)?),
                KNOWN => {
                    let at = take(&mut self.text, 1)?[0].checked_sub(FIRST_KNOWN);
                    let known = at.and_then(|at| self.known.get(usize::from(at)));
                    URL_SAFE_NO_PAD.encode(known.ok_or(UnpackError::Malformed)?)
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credential::{
            ClaimPath,
            sd_jwt::{self, IssueSdJwt, KeyBinding},
        },
        crypto::{Algorithm, Signer, testing},
        random::SeededRandom,
    };
    use proptest::prelude::*;
    use serde_json::json;

    const DID: &str = "did:yufu:town:2VfUX9Yw1vZ9dQkT3yW1cJ8mPq5r";

    /// A presentation of these claims, all of them disclosed.
    fn presentation(claims: &serde_json::Map<String, serde_json::Value>) -> String {
        let (issuer, holder) = (testing::key(Algorithm::Es256, 1), testing::key(Algorithm::Es256, 2));
        let names = ["name", "portrait_small", "age_equal_or_over", "nationalities"];
        let paths: Vec<ClaimPath> = names.iter().map(|name| ClaimPath::name(name)).collect();
        let mut all = claims.clone();
        all.insert("vct".into(), "https://residents.yufu.example/types/resident-id/1".into());
        all.insert("iat".into(), 1_795_392_000.into());
        all.insert("exp".into(), 1_796_601_600.into());
        all.insert("status".into(), json!({"status_list": {"idx": 5, "uri": "https://a.example/status/1"}}));
        let request = IssueSdJwt {
            claims: &all,
            disclosable: &paths,
            holder: Some(holder.verifying_key()),
            x5c: &[testing::leaf(&issuer, DID)],
            decoys_to_multiple_of: 4,
        };
        let issued = sd_jwt::issue(&request, &issuer, &SeededRandom::new(3)).unwrap();
        let extra = serde_json::Map::new();
        let nonce = "AAECAwQFBgcICQoLDA0ODw";
        let binding = KeyBinding { aud: "yufu-class:age18", nonce, iat: 1_795_435_200, extra: &extra };
        let there: Vec<_> = paths.into_iter().filter(|path| !path.select(claims).is_empty()).collect();
        sd_jwt::present(&issued.compact, &there, &binding, &holder).unwrap()
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        prop_oneof![
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "\\PC{0,40}".prop_map(Into::into),
            "[A-Za-z0-9+/_=-]{0,120}".prop_map(Into::into),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(|b| STANDARD.encode(b).into()),
            proptest::collection::vec(any::<u8>(), 0..80).prop_map(|b| URL_SAFE_NO_PAD.encode(b).into()),
            proptest::collection::vec("\\PC{0,10}", 0..4).prop_map(Into::into),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_presentation_survives_the_payload_byte_for_byte(
            name in value(), portrait in value(), ages in value(), nations in value(),
            staple in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let claims = json!({
                "name": name, "portrait_small": portrait, "age_equal_or_over": {"18": ages, "21": true},
                "nationalities": [nations],
            });
            let text = presentation(claims.as_object().unwrap());
            let packed = pack(&text, &staple, LeafForm::Whole).unwrap();
            prop_assert_eq!(unpack(&packed, &|_| None).unwrap(), (text, staple));
        }

        #[test]
        fn no_bytes_stop_the_reader(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), own: bool) {
            if own {
                // Past the version and the lengths, into the text.
                let text: Vec<u8> = bytes.iter().map(|byte| byte % 40).collect();
                let packed = deflate(&text).unwrap();
                bytes = vec![VERSION, 0, 0];
                bytes.extend_from_slice(&u16::try_from(packed.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(&packed);
                bytes.extend_from_slice(&text);
                bytes.extend_from_slice(&[0; 128]);
            }
            let _ = unpack(&bytes, &|_| None);
        }

        #[test]
        fn a_cut_or_changed_payload_is_refused_or_gives_other_bytes(
            at in any::<prop::sample::Index>(), bit in 0u8..8, cut: bool,
        ) {
            let claims = json!({"name": "Zhang", "portrait_small": STANDARD.encode([7; 90])});
            let text = presentation(claims.as_object().unwrap());
            let packed = pack(&text, b"", LeafForm::Whole).unwrap();
            let at = at.index(packed.len());
            let mut changed = packed.clone();
            if cut {
                changed.truncate(at);
                prop_assert!(unpack(&changed, &|_| None).is_err());
            } else {
                changed[at] ^= 1 << bit;
                // Bits that deflate leaves unused change nothing, and the holder's signature covers the rest.
                let _ = unpack(&changed, &|_| None);
            }
        }
    }

    #[test]
    fn refuses_what_it_could_not_give_back() {
        let claims = json!({"name": "Zhang"});
        let text = presentation(claims.as_object().unwrap());
        let (without_binding, _) = text.rsplit_once('~').unwrap();
        let mut padded = text.clone();
        padded.push('=');
        for bad in ["", "a.b.c", "~", &format!("{without_binding}~"), &padded] {
            assert_eq!(pack(bad, b"", LeafForm::Whole), Err(PackError::NotPackable), "{bad}");
        }
    }

    #[test]
    fn refuses_a_presentation_larger_than_a_counter_reads() {
        let claims = json!({"name": STANDARD.encode(vec![7u8; 9_000])});
        let text = presentation(claims.as_object().unwrap());
        assert_eq!(pack(&text, b"", LeafForm::Whole), Err(PackError::TooLarge));
    }

    #[test]
    fn a_held_certificate_is_put_back_by_its_digest() {
        let claims = json!({"name": "Zhang"});
        let text = presentation(claims.as_object().unwrap());
        let packed = pack(&text, b"", LeafForm::Digest).unwrap();
        let issuer = testing::key(Algorithm::Es256, 1);
        // Certificates are signed afresh each time, so the one in the text is taken out of it.
        let header = URL_SAFE_NO_PAD.decode(text.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        let der = STANDARD.decode(header["x5c"][0].as_str().unwrap()).unwrap();
        let held = |digest: &Digest| (*digest == sha256(&[&der])).then(|| der.clone());
        assert_eq!(unpack(&packed, &held).unwrap().0, text);
        assert_eq!(unpack(&packed, &|_| None), Err(UnpackError::LeafNotHeld));
        let other = |_: &Digest| Some(testing::leaf(&issuer, DID));
        assert_ne!(unpack(&packed, &other).unwrap().0, text);
    }

    #[test]
    fn the_dictionary_is_part_of_the_format_and_does_not_change() {
        let digest = sha256(&[DICTIONARY]);
        assert_eq!(URL_SAFE_NO_PAD.encode(digest), "Z_0qo2joqBx8KOuue3w6AwApdkYcRpGkRaxJi6WHX4Y");
    }
}
