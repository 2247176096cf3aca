//! The checks of a show code and of a presentation file, one module a domain. The first that fails is the verdict.
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
//! # The order for a file
//! The same, with what a presentation of the W3C data model has in place of an SD-JWT:
//!
//! 1. **Readable** ([`file`]): the file, the presentation and the one credential in it have the form
//!    that we take → `unreadable`.
//! 2. **Signatures** ([`file`]): the holder's on the presentation → `holder_not_proven`; the issuer's on
//!    the credential → `tampered`. A did:yufu has no document here: the key is read from the name of the
//!    verification method, and counts only because step 4 finds its thumbprint in the grant. A did:web or
//!    did:webvh is read the same way. An issuer of another DID method has no grant → `unknown_issuer`.
//! 3. **Registry** and 4. **trust in the issuer**: as above, by the same code ([`Facts`]). For a DID of the
//!    web, the listing that came along proves first whose it is → `unknown_issuer`.
//! 5. **The holder** ([`file`]): he is the credential's subject; the counter's name, the anchor, not used
//!    before, made no longer ago than the policy allows → as above.
//! 6. **Validity** to 10. **The log**: as above. The policy is the counter's own: a file is made for a
//!    counter, and everything in the credential goes out, so no preset is signed for.
//!
//! Only an accepted code's nonce is recorded: a code that was refused for the counter's own reasons (its
//! clock, a status too old) may be shown again when they are mended.

pub(crate) mod file;
pub(crate) mod holder;
pub(crate) mod issuer;
pub(crate) mod reading;
pub(crate) mod request;
pub(crate) mod status;
pub(crate) mod validity;

use crate::{
    facts::Facts,
    limits::Limits,
    nonce_log::{KEEP_MS, NonceId, NonceLog},
    outcome::{Check, IssuerName, Outcome, Reason},
    registry::{Evidence, Proofs, RegistryView},
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

    let facts = Facts::of_sd_jwt(&signed);
    let proofs = Proofs { staple: code.staple(), listing: None };
    let evidence = registry.evidence(&facts, proofs, &limits, clock_ms, outcome)?;
    outcome.checked.push(Check::Registry);
    let now_ms = registry.now_ms(clock_ms);

    trust(&facts, &evidence, registry, outcome)?;

    let binding = holder::check(&signed, &evidence, audiences, preset.grade(), nonces, now_ms)?;
    outcome.checked.push(Check::HolderBinding);

    still_good(&facts, &evidence, registry, &limits, now_ms, outcome)?;

    let fields = request::answer(&signed, &binding.claims, preset)?;
    outcome.checked.push(Check::Request);

    let portrait = request::policy(signed.claims_before_trust(), preset, &limits)?;
    outcome.checked.push(Check::Policy);

    accept(binding.nonce_id, KEEP_MS, nonces, now_ms)?;
    outcome.fields = fields;
    outcome.portrait_small = portrait;
    Ok(())
}

/// Runs the checks of a presentation file in their order.
pub(crate) fn run_file(bytes: &[u8], context: Context<'_>, outcome: &mut Outcome) -> Result<(), Reason> {
    let Context { registry, nonces, audiences, preset, limits, clock_ms } = context;

    let file = file::read(bytes)?;
    outcome.checked.push(Check::Readable);

    let presented = file::signatures(&file, registry.now_ms(clock_ms))?;
    let credential = presented.credential()?;
    let facts = Facts::of_w3c(credential)?;
    outcome.checked.push(Check::IssuerSignature);

    let evidence = registry.evidence(&facts, file::proofs(&file), &limits, clock_ms, outcome)?;
    outcome.checked.push(Check::Registry);
    let now_ms = registry.now_ms(clock_ms);

    trust(&facts, &evidence, registry, outcome)?;

    let nonce_id = presented.holder(&evidence, audiences, preset.grade(), nonces, &limits, now_ms)?;
    outcome.checked.push(Check::HolderBinding);

    still_good(&facts, &evidence, registry, &limits, now_ms, outcome)?;

    let claims = credential.claims_before_trust();
    let fields = request::fields(facts.vct, claims, preset)?;
    outcome.checked.push(Check::Request);

    let portrait = request::policy(claims, preset, &limits)?;
    outcome.checked.push(Check::Policy);

    // Longer than the presentation is good, whatever the clock says later.
    accept(nonce_id, KEEP_MS.saturating_add(limits.max_age_s * 1000), nonces, now_ms)?;
    outcome.fields = fields;
    outcome.portrait_small = portrait;
    Ok(())
}

/// Trust in the issuer; what was proven of him is then known, and remembered.
fn trust(
    facts: &Facts<'_>,
    evidence: &Evidence,
    registry: &mut RegistryView,
    outcome: &mut Outcome,
) -> Result<(), Reason> {
    issuer::check(facts, evidence)?;
    outcome.issuer = Some(IssuerName {
        did: facts.issuer.to_owned(),
        zh: evidence.grant.name_zh.clone(),
        en: evidence.grant.name_en.clone(),
    });
    outcome.credential_type = Some(facts.vct.to_owned());
    outcome.checked.push(Check::IssuerTrust);
    registry.learn(facts, evidence);
    Ok(())
}

fn still_good(
    facts: &Facts<'_>,
    evidence: &Evidence,
    registry: &RegistryView,
    limits: &Limits,
    now_ms: u64,
    outcome: &mut Outcome,
) -> Result<(), Reason> {
    validity::check(facts, now_ms)?;
    outcome.checked.push(Check::Validity);
    status::check(facts, evidence, registry, limits, now_ms)?;
    outcome.checked.push(Check::Status);
    Ok(())
}

fn accept(id: NonceId, keep_ms: u64, nonces: &mut dyn NonceLog, now_ms: u64) -> Result<(), Reason> {
    nonces.insert(id, now_ms.saturating_add(keep_ms), now_ms).map_err(|_| Reason::NonceLogUnavailable)
}
