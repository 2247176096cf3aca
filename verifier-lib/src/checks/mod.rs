//! The checks of a show code, one module a domain. The first that fails is the verdict.
//!
//! # The order
//! It is written here and nowhere else; [`run`] follows it.
//!
//! 1. **Readable** ([`reading`]): the payload unpacks, the credential inside has the form we take →
//!    `unreadable`.
//! 2. **Issuer's signature** ([`reading`]): signature, disclosures → `tampered`.
//! 3. **Registry** ([`registry`](crate::registry)): the staple's header is certified, is not ahead of
//!    this device's clock, and proves what stands in the registry about *this* issuer, type and list →
//!    `status_unknown`, `clock_wrong`, `unknown_issuer`, `issuer_not_accredited`. The header is adopted
//!    here: from now on *now* is the later of the device's clock and the newest verified header.
//! 4. **Trust in the issuer** ([`issuer`]): accreditation, the list's one key, the key's validity on the
//!    day of issue, compromise → `issuer_not_accredited`, `key_not_valid_at_signing`.
//! 5. **The holder's key binding** ([`holder`]): signature, what it covers, audience, not used before,
//!    made just now → `holder_not_proven`, `wrong_audience`, `replayed`, `code_stale`.
//! 6. **Validity** ([`validity`]): `nbf`, `exp` → `not_yet_valid`, `expired`.
//! 7. **Status** ([`status`]): revoked, then whether what is known is new enough, then suspended →
//!    `revoked`, `status_unknown`, `suspended`. Revocation is for good, so an old publication proves it
//!    as well as a new one; that a credential holds, or is only suspended, an old one does not prove.
//! 8. **The question** ([`request`]): the preset that was consented to, type, claims, values →
//!    `request_not_answered`.
//! 9. **Policy** ([`request`]): the face, the level of the key → `request_not_answered`.
//! 10. **The log of used codes**: the nonce is recorded, durably, and only then the verdict is `valid`.
//!
//! Only an accepted code's nonce is recorded: a code that was refused for the counter's own reasons (its
//! clock, a status too old) may be shown again when they are mended.

pub(crate) mod holder;
pub(crate) mod issuer;
pub(crate) mod reading;
pub(crate) mod request;
pub(crate) mod status;
pub(crate) mod validity;

use crate::{
    limits::Limits,
    nonce_log::{KEEP_MS, NonceLog},
    outcome::{Check, IssuerName, Outcome, Reason},
    registry::RegistryView,
};
use yufu_core::presentation::{audience::Audience, preset::Preset};

/// What the checks need beside the payload.
pub(crate) struct Context<'a> {
    pub(crate) registry: &'a mut RegistryView,
    pub(crate) nonces: &'a mut dyn NonceLog,
    pub(crate) audiences: &'a [Audience],
    pub(crate) preset: &'a Preset,
    pub(crate) limits: Limits,
    /// The device's raw clock.
    pub(crate) clock_ms: u64,
}

/// Runs the checks in order; `outcome` gathers what is known so far, and the claims at the very end.
pub(crate) fn run(payload: &[u8], context: Context<'_>, outcome: &mut Outcome) -> Result<(), Reason> {
    let Context { registry, nonces, audiences, preset, limits, clock_ms } = context;

    let code = reading::unpack(payload, registry)?;
    let unverified = reading::split(&code)?;
    outcome.checked.push(Check::Readable);

    let signed = reading::issuer_signature(&unverified)?;
    outcome.checked.push(Check::IssuerSignature);

    let evidence = registry.evidence(&signed, code.staple(), &limits, clock_ms, outcome)?;
    outcome.checked.push(Check::Registry);
    let now_ms = registry.now_ms(clock_ms);

    issuer::check(&signed, &evidence)?;
    outcome.issuer = Some(IssuerName {
        did: signed.iss().to_owned(),
        zh: evidence.grant.name_zh.clone(),
        en: evidence.grant.name_en.clone(),
    });
    outcome.credential_type = Some(signed.vct().to_owned());
    outcome.checked.push(Check::IssuerTrust);
    registry.learn(&signed, &evidence);

    let binding = holder::check(&signed, &evidence, audiences, preset.grade(), nonces, now_ms)?;
    outcome.checked.push(Check::HolderBinding);

    validity::check(&signed, now_ms)?;
    outcome.checked.push(Check::Validity);

    status::check(&signed, &evidence, registry, &limits, now_ms)?;
    outcome.checked.push(Check::Status);

    let fields = request::answer(&signed, &binding.claims, preset)?;
    outcome.checked.push(Check::Request);

    let portrait = request::policy(&signed, preset, &limits)?;
    outcome.checked.push(Check::Policy);

    nonces
        .insert(binding.nonce_id, now_ms.saturating_add(KEEP_MS), now_ms)
        .map_err(|_| Reason::NonceLogUnavailable)?;
    outcome.fields = fields;
    outcome.portrait_small = portrait;
    Ok(())
}
