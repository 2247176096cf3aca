//! What the registry proves about credentials: grants, status, descriptions of types, staples.

use super::{
    error::{Refusal, WalletError},
    keystore::{Keystore, KeystoreSigner},
    record::{CopyRecord, CredentialRecord, Standing, StapleRecord},
};
use crate::{
    Clock,
    credential::w3c::{UnverifiedCredential, VerifyOptions},
    crypto::{Digest, PublicKey, sha256},
    did::yufu::{IssuerId, NamedKeys, YufuDid},
    http::{HttpError, HttpRequest, HttpTransport},
    jose,
    registry::{
        Accreditation, Compromise, DidRecord, Finding, Grant, IssuedRecord, LightClient, Record as _,
        RecordKey, Staple, StapleQuery, StapledFinding, StatusEncoding, StatusListRecord, TypeRecord,
        client::{At, ClientError, RegistryClient, VerifiedRecord},
    },
    status::{
        ListContext, StatusArray,
        bitstring::{ExpectedList, StatusList},
        chunk::ChunkTree,
        token::UnverifiedStatusToken,
    },
    time::start_of_day,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The largest description of a type that is read.
const MAX_TYPE_METADATA: usize = 256 << 10;
/// The largest status list token that is read: 2^20 entries of two bits that do not compress.
const MAX_TOKEN: usize = 1 << 20;

/// Why nothing new could be proven. The previous proof stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProveError {
    /// The registry could not be read.
    #[error(transparent)]
    Registry(#[from] ClientError),
    /// The issuer could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The issuer answered with a failure.
    #[error("the issuer answered with status {0}")]
    Status(u16),
    /// The status list is not the one that the registry anchors.
    #[error("the issuer's status list is not the one in the registry")]
    StatusList,
    /// The registry lists the credential's DID of the web no longer.
    #[error("the registry does not list the web name of the issuer")]
    NotListed,
    /// A record of the registry cannot be read.
    #[error("a record of the registry cannot be read")]
    Record,
    /// The registry moved on between two reads that must stand under one header.
    #[error("the registry moved on meanwhile")]
    MovedOn,
}

impl ProveError {
    /// Whether the other side was simply not to be reached.
    pub(super) fn is_offline(&self) -> bool {
        matches!(self, Self::Http(_) | Self::Registry(ClientError::Http(_)))
    }
}

impl From<ProveError> for WalletError {
    fn from(error: ProveError) -> Self {
        Self::Registry(error.to_string())
    }
}

/// A grant as the registry proves it, or that there is none and why.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time")]
pub(super) enum Found {
    Granted { grant: Grant, record: VerifiedRecord },
    UnknownIssuer { did: VerifiedRecord },
    NotAccredited { did: VerifiedRecord, accreditation: VerifiedRecord },
}

/// A status list whose root is the grant's.
pub(super) struct ProvenList {
    tree: ChunkTree,
}

impl ProvenList {
    pub(super) fn status(&self, index: u32) -> Option<u8> {
        self.tree.array().get(u64::from(index)).ok()
    }
}

/// Asks registry and issuers, and believes what is proven.
pub(super) struct Prover<'a> {
    pub(super) transport: &'a Arc<dyn HttpTransport>,
    pub(super) clock: &'a dyn Clock,
    pub(super) registry: RegistryClient,
    pub(super) client: LightClient,
}

impl Prover<'_> {
    /// Now, as this device may believe it (seconds).
    pub(super) fn now(&self) -> u64 {
        self.client.now_ms(self.clock.now_ms()) / 1000
    }

    pub(super) async fn read(&mut self, key: &RecordKey, at: At) -> Result<VerifiedRecord, ProveError> {
        let clock_ms = self.clock.now_ms();
        Ok(self.registry.record(&mut self.client, key, clock_ms, at).await?)
    }

    /// Follows the registry to its newest header.
    pub(super) async fn follow(&mut self) -> Result<(), ProveError> {
        let clock_ms = self.clock.now_ms();
        self.registry.checkpoint(&mut self.client, clock_ms).await?;
        Ok(())
    }

    /// The grant for an issuer's list, or the proof that there is none.
    pub(super) async fn grant(
        &mut self,
        issuer: IssuerId,
        vct: &str,
        list: u32,
        at: At,
    ) -> Result<Found, ProveError> {
        let key = RecordKey::Grant { issuer, vct: vct.to_owned(), list };
        let record = self.read(&key, at).await?;
        if let Some(value) = &record.value {
            let grant = Grant::from_bytes(value).map_err(|_| ProveError::Record)?;
            return Ok(Found::Granted { grant, record });
        }
        let did = self.read(&RecordKey::Did { issuer }, at).await?;
        if did.value.is_none() {
            return Ok(Found::UnknownIssuer { did });
        }
        let key = RecordKey::Accreditation { issuer, vct: vct.to_owned() };
        let accreditation = self.read(&key, at).await?;
        if accreditation.value.is_some() {
            // Accredited, but this list is not in the registry: nothing that a staple can say.
            return Err(ProveError::StatusList);
        }
        if did.header != accreditation.header {
            return Err(ProveError::MovedOn);
        }
        Ok(Found::NotAccredited { did, accreditation })
    }

    /// The legal name under which the registry accredits `issuer` for `vct`, now.
    pub(super) async fn accreditation(
        &mut self,
        issuer: IssuerId,
        vct: &str,
    ) -> Result<Option<Accreditation>, ProveError> {
        let key = RecordKey::Accreditation { issuer, vct: vct.to_owned() };
        let record = self.read(&key, At::Latest).await?;
        let now = self.now();
        let accreditation = record.value.as_deref().map(Accreditation::from_bytes).transpose();
        let accreditation = accreditation.map_err(|_| ProveError::Record)?;
        Ok(accreditation.filter(|a| {
            a.valid_from <= now && now < a.valid_to && a.suspended_since.is_none() && a.withdrawn_at.is_none()
        }))
    }

    /// Whether the registry's record of `issuer` names `url` as one of its services.
    pub(super) async fn is_service_of(&mut self, url: &str, issuer: IssuerId) -> Result<bool, ProveError> {
        let record = self.read(&RecordKey::Did { issuer }, At::Latest).await?;
        let Some(value) = record.value else { return Ok(false) };
        let did = DidRecord::from_bytes(&value).map_err(|_| ProveError::Record)?;
        let listed = |service: &crate::registry::Service| {
            service.url.trim_end_matches('/') == url.trim_end_matches('/')
        };
        Ok(did.deactivated_at_ms.is_none() && did.services.iter().any(listed))
    }

    /// The status list of exactly the grant's version. The whole list is fetched, so that nobody learns
    /// which entry is meant.
    pub(super) async fn status_list(
        &self,
        issuer: IssuerId,
        did: &str,
        copy: &CopyRecord,
        grant: &Grant,
    ) -> Result<ProvenList, ProveError> {
        let accepted = match grant.encoding {
            StatusEncoding::Token => crate::status::token::MEDIA_TYPE,
            StatusEncoding::Bitstring => "application/vc, application/vc+jwt",
        };
        let mut request =
            HttpRequest::get(format!("{}/{}", copy.status_uri, grant.version)).header("accept", accepted);
        request.max_response_bytes = MAX_TOKEN;
        let body = text(self.fetch(request).await?)?;
        let array = match grant.encoding {
            StatusEncoding::Token => token_list(&body, copy, grant)?,
            StatusEncoding::Bitstring => bitstring_list(&body, did, copy, grant)?,
        };
        let tree = ChunkTree::build(&ListContext { issuer, list: copy.list }, &array);
        let fits =
            array.bits() == grant.bits && array.size() == grant.size && tree.root() == grant.status_root;
        if fits { Ok(ProvenList { tree }) } else { Err(ProveError::StatusList) }
    }

    /// The description of a type, by the digest in a grant: one that is shipped, else the one that the
    /// registry says where to find.
    pub(super) async fn type_metadata(
        &mut self,
        issuer: IssuerId,
        list: u32,
        vct: &str,
        digest: &Digest,
    ) -> Result<Vec<u8>, WalletError> {
        if let Some(shipped) = super::words::shipped(digest) {
            return Ok(shipped);
        }
        let record = self.read(&RecordKey::StatusList { issuer, list }, At::Latest).await?;
        let record = record.value.as_deref().and_then(|value| StatusListRecord::from_bytes(value).ok());
        let version = record.ok_or(ProveError::Record)?.type_version;
        let record = self.read(&RecordKey::Type { vct: vct.to_owned(), version }, At::Latest).await?;
        let record = record.value.as_deref().and_then(|value| TypeRecord::from_bytes(value).ok());
        let mut request = HttpRequest::get(record.ok_or(ProveError::Record)?.metadata_url);
        request.max_response_bytes = MAX_TYPE_METADATA;
        let document = self.fetch(request).await?;
        if sha256(&[&document]) == *digest { Ok(document) } else { Err(Refusal::TypeMetadata.into()) }
    }

    /// The proof for one copy, verified as a counter will verify it.
    pub(super) fn staple(
        &mut self,
        issuer: IssuerId,
        credential: &CredentialRecord,
        copy: &CopyRecord,
        found: &Found,
        list: Option<&ProvenList>,
        issued_path: Option<Vec<u8>>,
    ) -> Result<StapleRecord, ProveError> {
        let CredentialRecord { vct, iat, .. } = credential;
        let (signed_header, finding) = match found {
            Found::Granted { grant, record } => {
                let tree = &list.ok_or(ProveError::StatusList)?.tree;
                let witness = tree.witness(u64::from(copy.index)).map_err(|_| ProveError::StatusList)?;
                let compromised = grant.key_revocation.is_some_and(|r| r.compromised.is_some());
                let finding = StapledFinding::Grant {
                    value: record.value.clone().unwrap_or_default(),
                    proof: record.proof.clone(),
                    witness,
                    issued_path: issued_path.filter(|_| compromised),
                };
                (record.signed_header.clone(), finding)
            }
            Found::UnknownIssuer { did } => {
                (did.signed_header.clone(), StapledFinding::UnknownIssuer { proof: did.proof.clone() })
            }
            Found::NotAccredited { did, accreditation } => (
                did.signed_header.clone(),
                StapledFinding::NotAccredited {
                    did: did.value.clone().unwrap_or_default(),
                    did_proof: did.proof.clone(),
                    accreditation_proof: accreditation.proof.clone(),
                },
            ),
        };
        let staple = Staple::new(signed_header, issuer, vct, copy.list, finding);
        let staple = staple.to_bytes().map_err(|_| ProveError::Record)?;
        let query = StapleQuery {
            issuer,
            vct,
            list: copy.list,
            index: u64::from(copy.index),
            credential_digest: &copy.digest,
        };
        let report = self
            .client
            .verify_staple(&staple, &query, self.clock.now_ms())
            .map_err(|_| ProveError::StatusList)?;
        let standing = match report.finding {
            Finding::Granted { grant, status, recorded } => Standing::Granted {
                status,
                published_at_ms: grant.published_at_ms,
                key_valid: recorded != Some(false) && key_covers(&grant, &copy.issuer_key.thumbprint(), *iat),
            },
            Finding::UnknownIssuer => Standing::UnknownIssuer,
            Finding::NotAccredited => Standing::NotAccredited,
        };
        Ok(StapleRecord {
            staple,
            header_digest: *report.header.digest(),
            header_ms: report.header.time_ms(),
            standing,
        })
    }

    /// The path that proves that a copy was recorded before its issuer's key was compromised: from the
    /// issuer, who asks for the holder's key, in the last publication before the compromise.
    pub(super) async fn issued_path(
        &mut self,
        issuer: IssuerId,
        copy: &CopyRecord,
        grant: &Grant,
        keystore: &Arc<dyn Keystore>,
    ) -> Result<Option<Vec<u8>>, ProveError> {
        let compromise = grant.key_revocation.and_then(|revocation| revocation.compromised);
        let Some(compromise) = compromise else { return Ok(None) };
        let Some(version) = self.version_of(issuer, copy.list, grant.version, &compromise).await? else {
            return Ok(None);
        };
        let base = copy.status_uri.rsplit_once("/status/").map(|(base, _)| base).ok_or(ProveError::Record)?;
        let url = format!("{base}/issued/{}/{version}/{}", copy.list, copy.index);
        let proof = self.holder_proof(&url, copy, keystore)?;
        let request = HttpRequest::get(url).header("authorization", format!("Holder {proof}"));
        Ok(Some(self.fetch(request).await?))
    }

    /// The publication with this issued root: the last one before `since_ms`, since publications follow
    /// one another in time.
    async fn version_of(
        &mut self,
        issuer: IssuerId,
        list: u32,
        newest: u32,
        compromise: &Compromise,
    ) -> Result<Option<u32>, ProveError> {
        let (mut low, mut high) = (0, newest);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.publication(issuer, list, middle).await?.published_at_ms < compromise.since {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let found = self.publication(issuer, list, low).await?;
        Ok((found.issued_root == compromise.issued_root).then_some(low))
    }

    async fn publication(
        &mut self,
        issuer: IssuerId,
        list: u32,
        version: u32,
    ) -> Result<IssuedRecord, ProveError> {
        let record = self.read(&RecordKey::Issued { issuer, list, version }, At::Latest).await?;
        let record = record.value.as_deref().and_then(|value| IssuedRecord::from_bytes(value).ok());
        record.ok_or(ProveError::Record)
    }

    fn holder_proof(
        &self,
        url: &str,
        copy: &CopyRecord,
        keystore: &Arc<dyn Keystore>,
    ) -> Result<String, ProveError> {
        let mut claims = Map::new();
        claims.insert("htu".into(), Value::from(url));
        claims.insert("iat".into(), Value::from(self.now()));
        let signer = KeystoreSigner {
            keystore: keystore.clone(),
            alias: copy.key_alias.clone(),
            public: copy.key.clone(),
        };
        jose::sign("yufu-issued+jwt", Map::new(), &claims, &signer).map_err(|_| ProveError::Record)
    }

    async fn fetch(&self, request: HttpRequest) -> Result<Vec<u8>, ProveError> {
        let response = self.transport.send(request).await?;
        if response.is_success() { Ok(response.body) } else { Err(ProveError::Status(response.status)) }
    }
}

fn token_list(token: &str, copy: &CopyRecord, grant: &Grant) -> Result<StatusArray, ProveError> {
    let token = UnverifiedStatusToken::parse(token).map_err(|_| ProveError::StatusList)?;
    // At the moment of publication: how old that may be, each counter decides.
    let published = grant.published_at_ms / 1000;
    let token = token.verify(&copy.issuer_key, &copy.status_uri, published);
    Ok(token.map_err(|_| ProveError::StatusList)?.array)
}

fn bitstring_list(
    text: &str,
    issuer: &str,
    copy: &CopyRecord,
    grant: &Grant,
) -> Result<StatusArray, ProveError> {
    let list = if text.starts_with('{') {
        UnverifiedCredential::parse_json_within(text.as_bytes(), MAX_TOKEN)
    } else {
        UnverifiedCredential::parse_jwt(text.trim())
    };
    let now = grant.published_at_ms / 1000;
    let list = list.and_then(|list| list.verify(&NamedKeys, &VerifyOptions { now }));
    let list = list.map_err(|_| ProveError::StatusList)?;
    if *list.key() != PublicKey::from(&copy.issuer_key) {
        return Err(ProveError::StatusList);
    }
    let expected = ExpectedList { list: &copy.status_uri, issuer, now };
    let list = StatusList::read(&list, &expected).map_err(|_| ProveError::StatusList)?;
    list.array(grant.bits).map_err(|_| ProveError::StatusList)
}

/// Whether the grant's key is the one that signed, and was valid on the day of issue. Days are compared:
/// `iat` is rounded so that copies cannot be told apart.
pub(super) fn key_covers(grant: &Grant, signer: &Digest, iat: u64) -> bool {
    grant.key == *signer && start_of_day(grant.key_valid_from) <= iat && iat < grant.key_valid_to
}

/// Whether the accreditation covers the day of issue.
pub(super) fn accreditation_covers(grant: &Grant, iat: u64) -> bool {
    start_of_day(grant.accredited_from) <= iat && iat < grant.accredited_to
}

/// The id behind a did:yufu.
pub(super) fn issuer_id(did: &str) -> Option<IssuerId> {
    did.parse::<YufuDid>().ok().map(|did| did.id)
}

fn text(bytes: Vec<u8>) -> Result<String, ProveError> {
    String::from_utf8(bytes).map_err(|_| ProveError::StatusList)
}
