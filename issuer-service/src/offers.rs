//! Offers: a clerk's decision to issue, until a wallet turns it into a token.

use crate::{
    config::Config,
    db::{
        Database, DbError, credentials,
        offers::{self as rows, NewOffer},
        residents, setting,
    },
    register::{Date, Resident},
    types::{self, Kind, TypeError},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use yufu_core::{
    Random,
    crypto::{Digest, sha256},
    issuance::{
        error::{ErrorResponse, TokenErrorCode},
        offer::{CredentialOffer, Grants, InputMode, PreAuthorizedCode, TxCode},
        token::{TokenRequest, TokenResponse},
    },
    random::RandomError,
    time::DAY,
};

/// Digits of a transaction code.
pub const TX_CODE_LENGTH: u8 = 6;
/// Wrong transaction codes that an offer forgives but the last.
pub const TX_CODE_TRIES: u32 = 5;
/// Copies that one offer is good for, and that one request may ask for.
pub const BATCH_SIZE: u32 = 32;
/// How long an access token is good, in seconds.
pub const TOKEN_LIFETIME: u64 = 300;

/// What a clerk offers.
#[derive(Clone, Debug, Default)]
pub struct OfferRequest {
    /// The resident's number.
    pub resident: String,
    /// The credential configuration.
    pub configuration: String,
    /// First day of the credential's validity; today where nothing is said.
    pub valid_from: Option<Date>,
    /// First day after it; as long as the configuration says where nothing is said.
    pub valid_to: Option<Date>,
}

/// An offer, as it is shown once. Whoever has both parts gets the credential.
#[derive(Clone)]
pub struct Offer {
    /// The link, for a QR code or to be tapped on the phone itself.
    pub link: String,
    /// The transaction code, to be told apart from the link.
    pub tx_code: String,
    /// First second at which the offer is no longer good.
    pub expires_at: u64,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Why nothing was offered.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// No such person in the register.
    #[error("the register has no resident with that number")]
    UnknownResident,
    /// Not one of the agency's credentials.
    #[error("this agency issues no `{0}`")]
    UnknownConfiguration(String),
    /// The register has nothing that such a credential could say.
    #[error("the register has no {0} for this resident")]
    NothingToIssue(&'static str),
    /// The resident's copies are suspended.
    #[error("the resident's copies are suspended: reinstate or revoke them first")]
    Suspended,
    /// The validity ends before it begins, or lasts longer than a copy may live.
    #[error("the validity must be at least a day and at most {0} days")]
    Validity(u64),
    /// The service has never run, so that wallets could not be told where to go.
    #[error("this agency's address is not known yet: start `serve` once")]
    NoAddress,
    /// The type of the credential.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// No randomness for the codes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes an offer. `now` is in seconds.
///
/// # Errors
/// [`OfferError`] by what does not hold.
pub fn create(
    config: &Config,
    db: &Database,
    request: &OfferRequest,
    now: u64,
    random: &dyn Random,
) -> Result<Offer, OfferError> {
    let configuration = config
        .credential(&request.configuration)
        .ok_or_else(|| OfferError::UnknownConfiguration(request.configuration.clone()))?;
    let kind = types::by_vct(&configuration.vct)?;
    let (valid_from, valid_to) = validity(request, now, configuration.lifetime_days)?;
    let code = secret(random)?;
    let tx_code = tx_code(random)?;
    let code_digest = code_digest(&code);
    let tx_code_digest = tx_code_digest(&code_digest, &tx_code);
    let expires_at = now + config.offer_lifetime_s;
    let (number, id) = (request.resident.clone(), configuration.id.clone());
    let issuer = db.write(move |c| -> Result<String, OfferError> {
        let address = setting(c, "url")?.ok_or(OfferError::NoAddress)?;
        let resident = residents::id_of(c, &number)?.ok_or(OfferError::UnknownResident)?;
        let person = residents::by_id(c, resident)?.ok_or(OfferError::UnknownResident)?;
        check_substance(&person, kind)?;
        if credentials::copies(c, resident, &id, now)?.suspended > 0 {
            return Err(OfferError::Suspended);
        }
        rows::forget(c, now.saturating_sub(DAY))?;
        rows::insert(
            c,
            &NewOffer {
                code: code_digest,
                tx_code: tx_code_digest,
                tries: TX_CODE_TRIES,
                configuration: &id,
                resident,
                valid_from,
                valid_to,
                now,
                expires_at,
                copies: BATCH_SIZE,
            },
        )?;
        Ok(String::from_utf8_lossy(&address).into_owned())
    })?;
    tracing::info!(configuration = %configuration.id, expires_at, "offer made");
    Ok(Offer { link: offer_of(issuer, &configuration.id, code).link(), tx_code, expires_at })
}

/// Turns a code and its transaction code into a token, once.
///
/// # Errors
/// `Err` inside `Ok` is the answer to give; [`DbError`] when the database failed.
pub async fn redeem(
    db: &Database,
    request: TokenRequest,
    now: u64,
    random: &dyn Random,
) -> Result<Result<TokenResponse, ErrorResponse<TokenErrorCode>>, RedeemError> {
    let token = secret(random)?;
    let token_digest = token_digest(&token);
    let code = code_digest(&request.pre_authorized_code);
    let refused = |code, why: &str| Ok(Err(ErrorResponse::new(code, why)));
    let outcome = db
        .write_async(move |c| -> Result<_, DbError> {
            let Some(offer) = rows::by_code(c, &code)? else {
                return refused(TokenErrorCode::InvalidGrant, "the code is not one of ours");
            };
            let Some(tx_code) = request.tx_code else {
                return refused(TokenErrorCode::InvalidRequest, "the transaction code is missing");
            };
            if !offer.open || offer.expires_at <= now {
                return refused(TokenErrorCode::InvalidGrant, "the code was used, withdrawn or has expired");
            }
            if tx_code_digest(&code, &tx_code) != offer.tx_code {
                rows::count_wrong_try(c, offer.id)?;
                return refused(TokenErrorCode::InvalidGrant, "the transaction code is wrong");
            }
            rows::redeem(c, offer.id, &token_digest, now + TOKEN_LIFETIME)?;
            Ok(Ok(()))
        })
        .await?;
    Ok(outcome.map(|()| TokenResponse {
        access_token: token,
        token_type: "Bearer".into(),
        expires_in: Some(TOKEN_LIFETIME),
        authorization_details: None,
    }))
}

/// Why a token request was neither answered nor refused.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// No randomness for the token.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The digest that an access token is kept under.
#[must_use]
pub fn token_digest(token: &str) -> Digest {
    sha256(&[b"yufu/access-token/v1", token.as_bytes()])
}

fn code_digest(code: &str) -> Digest {
    sha256(&[b"yufu/offer-code/v1", code.as_bytes()])
}

/// Bound to its offer's code, so that equal transaction codes look different.
fn tx_code_digest(code: &Digest, tx_code: &str) -> Digest {
    sha256(&[b"yufu/tx-code/v1", code, tx_code.as_bytes()])
}

fn secret(random: &dyn Random) -> Result<String, RandomError> {
    Ok(URL_SAFE_NO_PAD.encode(random.bytes::<32>()?))
}

/// Six digits, each code as likely as any other.
fn tx_code(random: &dyn Random) -> Result<String, RandomError> {
    const CODES: u32 = 1_000_000;
    loop {
        let drawn = u32::from_le_bytes(random.bytes()?);
        // The incomplete last million would favour its codes.
        if drawn < u32::MAX - u32::MAX % CODES {
            return Ok(format!("{:06}", drawn % CODES));
        }
    }
}

fn check_substance(person: &Resident, kind: &Kind) -> Result<(), OfferError> {
    match kind.is_about(person) {
        true => Ok(()),
        false if kind.needs_land() => Err(OfferError::NothingToIssue("land title")),
        false => Err(OfferError::NothingToIssue("driving licence")),
    }
}

/// What the clerk set of the validity, in seconds.
fn validity(
    request: &OfferRequest,
    now: u64,
    lifetime_days: u64,
) -> Result<(Option<u64>, Option<u64>), OfferError> {
    let refused = || OfferError::Validity(lifetime_days);
    let seconds = |date: Option<Date>| date.map(|d| d.start().ok_or_else(refused)).transpose();
    let (from, to) = (seconds(request.valid_from)?, seconds(request.valid_to)?);
    let begin = from.unwrap_or_else(|| default_begin(to, now));
    let end = to.unwrap_or(begin + lifetime_days * DAY);
    if end <= begin || end - begin > lifetime_days * DAY {
        return Err(refused());
    }
    Ok((Some(begin), Some(end)))
}

/// Today; where the end lies in the past already, the day before the end.
fn default_begin(to: Option<u64>, now: u64) -> u64 {
    let today = yufu_core::time::start_of_day(now);
    to.map_or(today, |to| today.min(to.saturating_sub(DAY)))
}

fn offer_of(issuer: String, configuration: &str, code: String) -> CredentialOffer {
    CredentialOffer {
        credential_issuer: issuer,
        credential_configuration_ids: vec![configuration.to_owned()],
        grants: Some(Grants {
            pre_authorized_code: Some(PreAuthorizedCode {
                code,
                tx_code: Some(TxCode {
                    input_mode: InputMode::Numeric,
                    length: Some(TX_CODE_LENGTH),
                    description: Some("The clerk tells you this code. 验证码由工作人员告知。".into()),
                }),
                authorization_server: None,
            }),
        }),
    }
}
