//! Receiving: an offer is reviewed, then accepted. What comes is verified before it is stored.

use super::{
    error::{Refusal, WalletError},
    facade::Wallet,
    held::Delivered,
    history::{HistoryEntry, HistoryEvent},
    keystore::KeystoreSigner,
    model::{CredentialId, Localized, Notice},
    prover::{Found, Prover, accreditation_covers, issuer_id, key_covers},
    record::{CopyRecord, CopyRef, CredentialRecord, ListedIssuer, TypeWords, random_name},
    web_issuer::registered_did,
    words,
};
use crate::{
    credential::Format,
    did::yufu::{IssuerId, YufuDid},
    issuance::{
        holder::{HolderError, Issuance},
        metadata::{CredentialConfiguration, Display, for_locale},
        offer::{InputMode, parse_offer},
        proof,
    },
    registry::{Grant, StatusEncoding, client::At},
    status,
};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Who offers, in its own words and in the registry's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerCard {
    /// Credential issuer identifier (URL) of the offer.
    pub url: String,
    /// What it calls itself; anybody can write this.
    pub claims_to_be: Localized,
    /// Its DID, where its metadata names one whose record in the registry lists this URL.
    pub did: Option<String>,
    /// Its legal name in the registry, proven; `None` when the registry has none for the offered types.
    pub legal_name: Option<Localized>,
}

/// A type of credential on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedType {
    /// Configuration identifier at the issuer.
    pub configuration_id: String,
    /// Type.
    pub vct: String,
    /// In which format it comes.
    pub format: Format,
    /// The type's name, as the issuer calls it.
    pub title: Localized,
    /// Whether the registry records the issuer's accreditation for it.
    pub accredited: bool,
    /// Copies that the wallet will ask for.
    pub copies: u32,
}

/// How the transaction code is to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxCodeInput {
    /// Digits only.
    pub numeric: bool,
    /// Number of characters, where the issuer says it.
    pub length: Option<u32>,
    /// The issuer's hint where the code comes from.
    pub description: Option<String>,
}

/// An offer that has been read and looked up: who issues what, before any code is entered.
pub struct OfferReview {
    /// Who offers.
    pub issuer: IssuerCard,
    /// What is offered.
    pub types: Vec<OfferedType>,
    /// The transaction code to ask for, if any.
    pub tx_code: Option<TxCodeInput>,
    /// The registry could not be asked, or proved nothing: who issues is known once the credential is here.
    pub registry_unreachable: bool,
    issuance: Issuance,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The new credential.
    pub id: CredentialId,
    /// Its type's name.
    pub title: Localized,
    /// Its issuer's legal name.
    pub issuer: Localized,
    /// Copies stored.
    pub copies: u32,
    /// What the person should know, for example that it is not valid yet.
    pub notices: Vec<Notice>,
}

impl From<HolderError> for WalletError {
    fn from(error: HolderError) -> Self {
        Self::Issuance(error)
    }
}

impl Wallet {
    /// Reads an offer (`openid-credential-offer://…`), asks the issuer what it is about and the
    /// registry who the issuer is. Nothing is requested yet.
    ///
    /// # Errors
    /// [`WalletError::Issuance`] when it is no offer or the issuer cannot be asked.
    pub async fn review_offer(&self, link: &str) -> Result<OfferReview, WalletError> {
        let config = self.config();
        let offer = parse_offer(link).map_err(HolderError::from)?;
        let issuance = Issuance::discover(config.transport.as_ref(), offer).await?;
        let mut prover = self.prover()?;
        let copies = self.copies_of(&issuance);
        let mut types = Vec::new();
        for (id, configuration) in issuance.configurations() {
            let Some(vct) = configuration.registry_type() else { continue };
            let Some(format) = configuration.known_format().filter(|format| *format != Format::MsoMdoc)
            else {
                continue;
            };
            types.push(OfferedType {
                configuration_id: id.to_owned(),
                title: title_of(configuration, &vct),
                vct,
                format,
                accredited: false,
                copies,
            });
        }
        let metadata = issuance.issuer();
        let mut issuer = IssuerCard {
            url: metadata.credential_issuer.clone(),
            claims_to_be: names(&metadata.display, &metadata.credential_issuer),
            did: None,
            legal_name: None,
        };
        let mut registry_unreachable = false;
        if let Some((did, id)) =
            metadata.did.as_deref().and_then(|did| Some((did.to_owned(), issuer_id(did)?)))
        {
            // Without the registry's proof the offer is shown as unconfirmed; nothing is accepted on it.
            match introduce(&mut prover, id, &did, &mut issuer, &mut types).await {
                Ok(()) => self.keep(&prover.client)?,
                Err(_) => registry_unreachable = true,
            }
        }
        let tx_code = issuance.tx_code().map(|code| TxCodeInput {
            numeric: code.input_mode == InputMode::Numeric,
            length: code.length.map(u32::from),
            description: code.description.clone(),
        });
        Ok(OfferReview { issuer, types, tx_code, registry_unreachable, issuance })
    }

    /// Fetches what was offered, verifies it (issuer's signature, the registry's grant, type, own key,
    /// status) and stores it with its first proofs.
    ///
    /// # Errors
    /// [`WalletError::Refused`] with the reason, and nothing is stored; [`WalletError::Issuance`] with
    /// the issuer's word, for example for a wrong transaction code.
    pub async fn accept(
        &self,
        review: &OfferReview,
        tx_code: Option<&str>,
    ) -> Result<Vec<Accepted>, WalletError> {
        self.records()?;
        let http = self.config().transport.as_ref();
        let token = review.issuance.token(http, tx_code).await?;
        let mut accepted = Vec::new();
        for offered in &review.types {
            let keys = self.new_keys(offered.copies)?;
            let received = async {
                let nonce = review.issuance.nonce(http).await?;
                let proofs = self.proofs(&keys, &review.issuer.url, &nonce)?;
                let id = &offered.configuration_id;
                let copies = review.issuance.request(http, &token, id, proofs).await?;
                self.verify_and_store(&copies, &keys, offered, &review.issuer).await
            };
            match received.await {
                Ok(one) => accepted.push(one),
                Err(error) => {
                    self.forget_keys(keys.iter().map(|key| key.alias.as_str()));
                    return Err(error);
                }
            }
        }
        if accepted.is_empty() { Err(Refusal::Nothing.into()) } else { Ok(accepted) }
    }

    fn copies_of(&self, issuance: &Issuance) -> u32 {
        let batch = u32::try_from(issuance.batch_size()).unwrap_or(u32::MAX);
        self.config().copies.clamp(1, batch.max(1))
    }

    fn new_keys(&self, count: u32) -> Result<Vec<KeystoreSigner>, WalletError> {
        let config = self.config();
        let mut keys: Vec<KeystoreSigner> = Vec::new();
        for _ in 0..count {
            let alias = format!("copy-{}", random_name(config.random.as_ref())?);
            match config.keystore.create(&alias) {
                Ok(public) => keys.push(KeystoreSigner { keystore: config.keystore.clone(), alias, public }),
                Err(error) => {
                    self.forget_keys(keys.iter().map(|key| key.alias.as_str()));
                    return Err(error.into());
                }
            }
        }
        Ok(keys)
    }

    fn proofs(
        &self,
        keys: &[KeystoreSigner],
        audience: &str,
        nonce: &str,
    ) -> Result<Vec<String>, WalletError> {
        let iat = self.now_ms() / 1000;
        keys.iter().map(|key| proof::build(key, audience, nonce, iat).map_err(WalletError::from)).collect()
    }

    async fn verify_and_store(
        &self,
        copies: &[String],
        keys: &[KeystoreSigner],
        offered: &OfferedType,
        issuer: &IssuerCard,
    ) -> Result<Accepted, WalletError> {
        let batch = Batch::check(copies, keys, offered, issuer, self.now_ms() / 1000)?;
        let mut prover = self.prover()?;
        prover.follow().await?;
        let (grant, words) = trust(&mut prover, &batch).await?;
        if let Some(web) = batch.web_did()
            && let Some(copy) = batch.copies.first()
        {
            prover.check_bound(self.config(), web, &batch.issuer, &copy.issuer_key).await?;
        }
        let records = self.records()?;
        let received_at_ms = self.now_ms();
        let mut record = batch.record(&grant, words, random_name(records.random)?, received_at_ms);
        let mut changes = Vec::new();
        for copy in &batch.copies {
            let id = random_name(records.random)?;
            changes.push(records.put_copy(&id, copy)?);
            record.copies.push(CopyRef { id, spent_at_ms: None });
        }
        changes.push(records.put_credential(&record)?);
        changes.push(records.put_history(HistoryEntry {
            at_ms: received_at_ms,
            title: record.words.title.clone(),
            issuer: record.issuer.clone(),
            event: HistoryEvent::Received { copies: count(record.copies.len()) },
        })?);
        changes.push(records.put_light_client(&prover.client)?);
        records.apply(&changes)?;
        self.keep(&prover.client)?;
        // The anchor that carries the list may still be to come: then the next refresh brings the proof.
        let _ = self.refresh_one(&mut prover, &record).await;
        let summary = self.summarize(&records, &record)?;
        Ok(Accepted {
            id: record.id,
            title: record.words.title,
            issuer: record.issuer,
            copies: summary.copies,
            notices: summary.notices,
        })
    }
}

/// Copies of one credential, each signed by its issuer and bound to its key. Not trusted yet.
struct Batch {
    issuer: YufuDid,
    /// As the copies name the issuer.
    issuer_did: String,
    vct: String,
    format: Format,
    iat: u64,
    nbf: Option<u64>,
    exp: Option<u64>,
    key_level: Option<String>,
    copies: Vec<CopyRecord>,
}

impl Batch {
    fn check(
        delivered: &[String],
        keys: &[KeystoreSigner],
        offered: &OfferedType,
        issuer: &IssuerCard,
        now: u64,
    ) -> Result<Self, Refusal> {
        let mut first: Option<(Self, Map<String, Value>)> = None;
        let mut places = HashSet::new();
        for (compact, key) in delivered.iter().zip(keys) {
            let signed = Delivered::read(compact, offered.format, key, now)?;
            if signed.vct != offered.vct {
                return Err(Refusal::AnotherType);
            }
            let did = registered_did(&signed.issuer_did, issuer)?;
            if !places.insert((signed.copy.list, signed.copy.index)) {
                return Err(Refusal::CopiesAlike);
            }
            match &mut first {
                None => first = Some(Self::begin(did, signed, offered.format)),
                Some((batch, before)) if *before == signed.common && batch.matches(&signed) => {
                    batch.copies.push(signed.copy);
                }
                Some(_) => return Err(Refusal::CopiesDiffer),
            }
        }
        first.map(|(batch, _)| batch).ok_or(Refusal::Nothing)
    }

    fn begin(issuer: YufuDid, signed: Delivered, format: Format) -> (Self, Map<String, Value>) {
        let batch = Self {
            issuer,
            issuer_did: signed.issuer_did,
            vct: signed.vct,
            format,
            iat: signed.iat,
            nbf: signed.nbf,
            exp: signed.exp,
            key_level: signed.key_level,
            copies: vec![signed.copy],
        };
        (batch, signed.common)
    }

    fn matches(&self, signed: &Delivered) -> bool {
        let dates = (self.iat, self.nbf, self.exp) == (signed.iat, signed.nbf, signed.exp);
        dates && self.issuer_did == signed.issuer_did
    }

    /// The DID of the web by which the copies name their issuer, where it is one.
    fn web_did(&self) -> Option<&str> {
        (self.issuer_did != self.issuer.to_string()).then_some(&self.issuer_did)
    }

    fn record(&self, grant: &Grant, words: TypeWords, id: String, received_at_ms: u64) -> CredentialRecord {
        CredentialRecord {
            id: CredentialId(id),
            vct: self.vct.clone(),
            format: self.format,
            issuer_did: self.issuer_did.clone(),
            listed_issuer: self.web_did().map(|_| ListedIssuer::new(&self.issuer)),
            issuer: Localized::new(&grant.name_zh, &grant.name_en),
            words,
            iat: self.iat,
            valid_from: self.nbf,
            valid_to: self.exp,
            key_level: self.key_level.clone(),
            received_at_ms,
            copies: Vec::new(),
        }
    }
}

/// Decides that the batch is to be believed: the registry grants its issuer, its key and its type, and
/// no copy is revoked. Gives the grant and the type in words.
async fn trust(prover: &mut Prover<'_>, batch: &Batch) -> Result<(Grant, TypeWords), WalletError> {
    let now = prover.now();
    if batch.exp.is_some_and(|exp| exp <= now) {
        return Err(Refusal::Expired.into());
    }
    let mut trusted = None;
    let lists: HashSet<u32> = batch.copies.iter().map(|copy| copy.list).collect();
    for list in lists {
        let grant = match prover.grant(batch.issuer.id, &batch.vct, list, At::Latest).await? {
            Found::Granted { grant, .. } => grant,
            Found::UnknownIssuer { .. } => return Err(Refusal::UnknownIssuer.into()),
            Found::NotAccredited { .. } => return Err(Refusal::IssuerNotAccredited.into()),
        };
        let copies = || batch.copies.iter().filter(|copy| copy.list == list);
        if grant.encoding != encoding_of(batch.format) {
            return Err(Refusal::NoStatus.into());
        }
        if copies().any(|copy| copy.issuer_key.thumbprint() != grant.key) {
            return Err(Refusal::KeyNotRegistered.into());
        }
        if !key_covers(&grant, &grant.key, batch.iat) || grant.key_revocation.is_some() {
            return Err(Refusal::KeyNotValid.into());
        }
        if !accreditation_covers(&grant, batch.iat) || grant.accredited_to <= now {
            return Err(Refusal::IssuerNotAccredited.into());
        }
        if let Some(copy) = copies().next() {
            let proven = prover.status_list(batch.issuer.id, &batch.issuer_did, copy, &grant).await?;
            for copy in copies() {
                match proven.status(copy.index) {
                    Some(status::INVALID) => return Err(Refusal::Revoked.into()),
                    Some(_) => {}
                    None => return Err(Refusal::NoStatus.into()),
                }
            }
        }
        trusted = Some((list, grant));
    }
    let (list, grant) = trusted.ok_or(Refusal::Nothing)?;
    let document = prover.type_metadata(batch.issuer.id, list, &batch.vct, &grant.type_digest).await?;
    let words = words::from_metadata(&document, &batch.vct)?;
    Ok((grant, words))
}

/// The encoding of the lists that a format's credentials point to.
fn encoding_of(format: Format) -> StatusEncoding {
    match format {
        Format::LdpVc | Format::VcJwt => StatusEncoding::Bitstring,
        Format::SdJwtVc | Format::MsoMdoc => StatusEncoding::Token,
    }
}

/// Fills in what the registry proves about the issuer. Its word that it is `id` counts only when the
/// record of `id` names its address.
async fn introduce(
    prover: &mut Prover<'_>,
    id: IssuerId,
    did: &str,
    issuer: &mut IssuerCard,
    types: &mut [OfferedType],
) -> Result<(), super::prover::ProveError> {
    prover.follow().await?;
    if !prover.is_service_of(&issuer.url, id).await? {
        return Ok(());
    }
    issuer.did = Some(did.to_owned());
    for offered in types {
        if let Some(accreditation) = prover.accreditation(id, &offered.vct).await? {
            offered.accredited = true;
            issuer.legal_name = Some(Localized::new(accreditation.name_zh, accreditation.name_en));
        }
    }
    Ok(())
}

fn title_of(configuration: &CredentialConfiguration, vct: &str) -> Localized {
    configuration
        .credential_metadata
        .as_ref()
        .map_or_else(|| Localized::new(vct, vct), |metadata| names(&metadata.display, vct))
}

fn names(displays: &[Display], otherwise: &str) -> Localized {
    let name = |locale| {
        let display = for_locale(displays, locale);
        display.and_then(|display| display.name.clone()).unwrap_or_else(|| otherwise.to_owned())
    };
    Localized::new(name("zh-CN"), name("en"))
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
