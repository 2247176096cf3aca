//! `accept` and `refresh`.

use crate::{
    error::CliError,
    terminal::{self, Speaker, line},
};
use yufu_core::wallet::{OfferReview, Wallet};

pub(super) async fn accept(
    wallet: &Wallet,
    speaker: Speaker,
    link: &str,
    tx_code: Option<&str>,
) -> Result<(), CliError> {
    let review = wallet.review_offer(link).await?;
    introduce(speaker, &review);
    let tx_code = match (&review.tx_code, tx_code) {
        (Some(_), Some(code)) => Some(code.to_owned()),
        (Some(input), None) => {
            let prompt = speaker.text("wallet-ask-tx-code", &[]);
            let hint = input.description.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            Some(terminal::ask(&format!("{prompt}{hint}"))?)
        }
        (None, _) => None,
    };
    for accepted in wallet.accept(&review, tx_code.as_deref()).await? {
        let words = [
            ("title", speaker.pick(&accepted.title).into()),
            ("issuer", speaker.pick(&accepted.issuer).into()),
            ("n", accepted.copies.into()),
        ];
        speaker.say("wallet-accepted", &words);
        speaker.pair("id", &accepted.id.0);
        for notice in &accepted.notices {
            line(&format!("  ! {}", speaker.notice(notice)));
        }
    }
    Ok(())
}

/// Who issues what, before any code is asked for.
fn introduce(speaker: Speaker, review: &OfferReview) {
    let issuer = &review.issuer;
    let name = match &issuer.legal_name {
        Some(name) => speaker.text("wallet-issuer-confirmed", &[("name", speaker.pick(name).into())]),
        None => {
            let id = if review.registry_unreachable {
                "wallet-issuer-unreachable"
            } else {
                "wallet-issuer-unconfirmed"
            };
            speaker.text(id, &[("name", speaker.pick(&issuer.claims_to_be).into())])
        }
    };
    speaker.pair(&speaker.text("wallet-issuer", &[]), &name);
    speaker.pair(&speaker.text("wallet-address", &[]), &issuer.url);
    for offered in &review.types {
        let words = [("title", speaker.pick(&offered.title).into()), ("n", offered.copies.into())];
        speaker.pair(&speaker.text("wallet-offers", &[]), &speaker.text("wallet-offer-type", &words));
        if issuer.legal_name.is_some() && !offered.accredited {
            line(&format!("  ! {}", speaker.text("wallet-offer-not-accredited", &[])));
        }
    }
}

pub(super) async fn refresh(wallet: &Wallet, speaker: Speaker) -> Result<(), CliError> {
    let report = wallet.refresh().await?;
    for credential in &report.credentials {
        let state = speaker.text(&format!("state-{}", credential.state.word()), &[]);
        let outcome = match &credential.problem {
            None => speaker.text("wallet-refreshed", &[]),
            Some(problem) => speaker.text("wallet-kept-proof", &[("problem", problem.as_str().into())]),
        };
        line(&format!("{}  {state}  {outcome}", credential.id));
    }
    if report.offline {
        speaker.say("wallet-offline", &[]);
    }
    if report.clock_wrong {
        speaker.say("notice-clock-wrong", &[]);
    }
    if report.network_conflict {
        speaker.say("notice-network-conflict", &[]);
    }
    speaker.say("operators-count", &[("n", report.operators.into())]);
    Ok(())
}
