//! Names of records: which tree, which hash, which text in a URL.

use crate::{
    crypto::{Digest, sha256},
    did::yufu::IssuerId,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use borsh::{BorshDeserialize, BorshSerialize};
use std::{fmt, str::FromStr};

/// The two trees under a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tree {
    /// Small; what is stapled lives here.
    Trust,
    /// Large; signed digests for the seed's uses and each publication's root.
    Records,
}

/// Names one record. The borsh form is hashed to its place in the tree; the text form stands in URLs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum RecordKey {
    /// `gov/policy`: the network's rules.
    Policy,
    /// `gov/cascade`: where the queue of unfinished cascades begins and ends.
    CascadeQueue,
    /// `gov/cascade/<seq>`: a cascade of leaf writes that waits its turn.
    PendingCascade {
        /// Position in the queue.
        seq: u64,
    },
    /// `gov/registrations`: how many DIDs were registered in the slot.
    Registrations,
    /// `name/<skeleton>`: whose a legal name is.
    LegalName {
        /// Digest of what all names that could be taken for each other have in common.
        skeleton: Digest,
    },
    /// `val/<epoch>`: the validators of an epoch.
    Validators {
        /// The epoch.
        epoch: u64,
    },
    /// `did/<issuer>`: a DID's state.
    Did {
        /// Whose.
        issuer: IssuerId,
    },
    /// `hist/<issuer>/<version>`: an earlier state of a DID.
    DidHistory {
        /// Whose.
        issuer: IssuerId,
        /// The state's version, from 0.
        version: u32,
    },
    /// `key/<issuer>/<thumbprint>`: a key that signs credentials, tokens or requests.
    Key {
        /// Whose.
        issuer: IssuerId,
        /// SHA-256 of the multicodec-prefixed key.
        thumbprint: Digest,
    },
    /// `acc/<issuer>/<type>`: an accreditation.
    Accreditation {
        /// Who is accredited.
        issuer: IssuerId,
        /// For which credential type.
        vct: String,
    },
    /// `type/<vct>/<version>`: a credential type.
    Type {
        /// The type.
        vct: String,
        /// Its version, from 1.
        version: u32,
    },
    /// `stat/<issuer>/<list>`: a status list.
    StatusList {
        /// Whose.
        issuer: IssuerId,
        /// Its number.
        list: u32,
    },
    /// `rp/<verifier>`: a registered relying party.
    RelyingParty {
        /// Who.
        verifier: IssuerId,
    },
    /// `grant/<issuer>/<type>/<list>`: derived from the others; what a staple proves.
    Grant {
        /// Who issues.
        issuer: IssuerId,
        /// Which type.
        vct: String,
        /// With status in which list.
        list: u32,
    },
    /// `issued/<issuer>/<list>/<version>`: one publication of a status list.
    Issued {
        /// Whose.
        issuer: IssuerId,
        /// Which list.
        list: u32,
        /// Which publication, from 0.
        version: u32,
    },
    /// `rec/<stream>/<seq>`: a signed digest in a stream.
    Entry {
        /// The stream's name.
        stream: String,
        /// Position, from 0.
        seq: u64,
    },
    /// `null/<context>/<nullifier>`: something that may be done once.
    Nullifier {
        /// What the nullifier belongs to.
        context: String,
        /// The nullifier.
        nullifier: Digest,
    },
    /// `gov/proposals`: how many proposals there have been.
    Proposals,
    /// `gov/proposal/<seq>`: an act of governance that was proposed.
    Proposal {
        /// Its number, from 0.
        seq: u64,
    },
    /// `gov/validators`: the set that the next freeze takes, if governance has ever changed it.
    DecidedValidators,
    /// `gov/origin`: the network whose records this one began with, if it did not begin with none.
    Origin,
}

/// Why a text names no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a record")]
pub struct RecordKeyError;

/// The longest name part (a type, a stream, a context) in bytes.
pub const MAX_NAME: usize = 256;

const TAG: &[u8] = b"yufu/record-key/v1";

impl RecordKey {
    /// The tree that holds it.
    #[must_use]
    pub fn tree(&self) -> Tree {
        match self {
            Self::Issued { .. } | Self::Entry { .. } | Self::Nullifier { .. } => Tree::Records,
            _ => Tree::Trust,
        }
    }

    /// The kinds of records that an auditor lists, by the first part of their names.
    pub const KINDS: [&str; 15] = [
        "gov/policy",
        "gov/origin",
        "gov/proposal",
        "gov/validators",
        "val",
        "did",
        "hist",
        "key",
        "acc",
        "type",
        "stat",
        "rp",
        "grant",
        "issued",
        "rec",
    ];

    /// What the borsh form of every key of a kind begins with: of all of them, or of one issuer's.
    #[must_use]
    pub fn kind_prefix(kind: &str, issuer: Option<IssuerId>) -> Option<Vec<u8>> {
        let any = issuer.unwrap_or(IssuerId([0; 20]));
        let (vct, stream) = (String::new(), String::new());
        let (sample, has_issuer) = match kind {
            "gov/policy" => (Self::Policy, false),
            "gov/origin" => (Self::Origin, false),
            "gov/proposal" => (Self::Proposal { seq: 0 }, false),
            "gov/validators" => (Self::DecidedValidators, false),
            "val" => (Self::Validators { epoch: 0 }, false),
            "did" => (Self::Did { issuer: any }, true),
            "hist" => (Self::DidHistory { issuer: any, version: 0 }, true),
            "key" => (Self::Key { issuer: any, thumbprint: [0; 32] }, true),
            "acc" => (Self::Accreditation { issuer: any, vct }, true),
            "type" => (Self::Type { vct, version: 0 }, false),
            "stat" => (Self::StatusList { issuer: any, list: 0 }, true),
            "rp" => (Self::RelyingParty { verifier: any }, true),
            "grant" => (Self::Grant { issuer: any, vct, list: 0 }, true),
            "issued" => (Self::Issued { issuer: any, list: 0, version: 0 }, true),
            "rec" => (Self::Entry { stream, seq: 0 }, false),
            _ => return None,
        };
        if issuer.is_some() && !has_issuer {
            return None;
        }
        let mut prefix = super::record::borsh_bytes(&sample);
        prefix.truncate(if issuer.is_some() { 1 + any.0.len() } else { 1 });
        Some(prefix)
    }

    /// Its place in the tree.
    #[must_use]
    pub fn hash(&self) -> Digest {
        sha256(&[TAG, &super::record::borsh_bytes(self)])
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => f.write_str("gov/policy"),
            Self::CascadeQueue => f.write_str("gov/cascade"),
            Self::PendingCascade { seq } => write!(f, "gov/cascade/{seq}"),
            Self::Registrations => f.write_str("gov/registrations"),
            Self::LegalName { skeleton } => write!(f, "name/{}", URL_SAFE_NO_PAD.encode(skeleton)),
            Self::Validators { epoch } => write!(f, "val/{epoch}"),
            Self::Did { issuer } => write!(f, "did/{issuer}"),
            Self::DidHistory { issuer, version } => write!(f, "hist/{issuer}/{version}"),
            Self::Key { issuer, thumbprint } => {
                write!(f, "key/{issuer}/{}", URL_SAFE_NO_PAD.encode(thumbprint))
            }
            Self::Accreditation { issuer, vct } => write!(f, "acc/{issuer}/{}", Escaped(vct)),
            Self::Type { vct, version } => write!(f, "type/{}/{version}", Escaped(vct)),
            Self::StatusList { issuer, list } => write!(f, "stat/{issuer}/{list}"),
            Self::RelyingParty { verifier } => write!(f, "rp/{verifier}"),
            Self::Grant { issuer, vct, list } => write!(f, "grant/{issuer}/{}/{list}", Escaped(vct)),
            Self::Issued { issuer, list, version } => write!(f, "issued/{issuer}/{list}/{version}"),
            Self::Entry { stream, seq } => write!(f, "rec/{}/{seq}", Escaped(stream)),
            Self::Nullifier { context, nullifier } => {
                write!(f, "null/{}/{}", Escaped(context), URL_SAFE_NO_PAD.encode(nullifier))
            }
            Self::Proposals => f.write_str("gov/proposals"),
            Self::DecidedValidators => f.write_str("gov/validators"),
            Self::Origin => f.write_str("gov/origin"),
            Self::Proposal { seq } => write!(f, "gov/proposal/{seq}"),
        }
    }
}

impl FromStr for RecordKey {
    type Err = RecordKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Names of 256 bytes, each escaped to three characters, and the rest.
        if text.len() > 3 * MAX_NAME + 128 {
            return Err(RecordKeyError);
        }
        let parts: Vec<&str> = text.split('/').collect();
        let key = match parts.as_slice() {
            ["gov", "policy"] => Self::Policy,
            ["gov", "cascade"] => Self::CascadeQueue,
            ["gov", "cascade", seq] => Self::PendingCascade { seq: number(seq)? },
            ["gov", "registrations"] => Self::Registrations,
            ["gov", "proposals"] => Self::Proposals,
            ["gov", "validators"] => Self::DecidedValidators,
            ["gov", "origin"] => Self::Origin,
            ["gov", "proposal", seq] => Self::Proposal { seq: number(seq)? },
            ["name", skeleton] => Self::LegalName { skeleton: digest(skeleton)? },
            ["val", epoch] => Self::Validators { epoch: number(epoch)? },
            ["did", issuer] => Self::Did { issuer: id(issuer)? },
            ["hist", issuer, version] => Self::DidHistory { issuer: id(issuer)?, version: number(version)? },
            ["key", issuer, thumbprint] => Self::Key { issuer: id(issuer)?, thumbprint: digest(thumbprint)? },
            ["acc", issuer, vct] => Self::Accreditation { issuer: id(issuer)?, vct: unescape(vct)? },
            ["type", vct, version] => Self::Type { vct: unescape(vct)?, version: number(version)? },
            ["stat", issuer, list] => Self::StatusList { issuer: id(issuer)?, list: number(list)? },
            ["rp", verifier] => Self::RelyingParty { verifier: id(verifier)? },
            ["grant", issuer, vct, list] => {
                Self::Grant { issuer: id(issuer)?, vct: unescape(vct)?, list: number(list)? }
            }
            ["issued", issuer, list, version] => {
                Self::Issued { issuer: id(issuer)?, list: number(list)?, version: number(version)? }
            }
            ["rec", stream, seq] => Self::Entry { stream: unescape(stream)?, seq: number(seq)? },
            ["null", context, nullifier] => {
                Self::Nullifier { context: unescape(context)?, nullifier: digest(nullifier)? }
            }
            _ => return Err(RecordKeyError),
        };
        // One record, one name: leading zeros, a plus sign or needless escapes are refused here.
        if key.to_string() == text { Ok(key) } else { Err(RecordKeyError) }
    }
}

/// A name with everything but the unreserved characters of RFC 3986 percent-encoded.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

fn unescape(text: &str) -> Result<String, RecordKeyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (hex, tail) = rest.split_first_chunk::<2>().ok_or(RecordKeyError)?;
        let hex = std::str::from_utf8(hex).map_err(|_| RecordKeyError)?;
        bytes.push(u8::from_str_radix(hex, 16).map_err(|_| RecordKeyError)?);
        rest = tail;
    }
    if bytes.is_empty() || bytes.len() > MAX_NAME {
        return Err(RecordKeyError);
    }
    String::from_utf8(bytes).map_err(|_| RecordKeyError)
}

fn number<T: FromStr>(text: &str) -> Result<T, RecordKeyError> {
    text.parse().map_err(|_| RecordKeyError)
}

fn id(text: &str) -> Result<IssuerId, RecordKeyError> {
    text.parse().map_err(|_| RecordKeyError)
}

fn digest(text: &str) -> Result<Digest, RecordKeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| RecordKeyError)?;
    bytes.try_into().map_err(|_| RecordKeyError)
}
