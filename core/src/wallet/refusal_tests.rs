//! What a wallet refuses to take in, of each format: by its name, and with nothing of it stored.

use super::{testing::*, *};
use crate::{
    credential::{
        Format,
        sd_jwt::SdJwtError,
        w3c::{VcError, jose::VcJoseError, proof::ProofError},
    },
    jose::JoseError,
    registry::StatusEncoding,
    wallet::store::Table,
};
use std::sync::Arc;

type Change = fn(&mut State);

/// What the wallet says to an agency that gets this wrong. It has stored nothing then.
fn refusal(format: Format, mischief: Mischief) -> Refusal {
    let agency = Agency::of(format);
    let store = Arc::new(MemoryStore::new());
    let wallet = Wallet::open(agency.config(store.clone()), Some(PASSPHRASE)).unwrap();
    agency.state().mischief = mischief;
    if mischief == Mischief::None {
        // What is about to be issued is revoked already.
        let mut state = agency.state();
        (0..100).for_each(|index| state.array.set(index, REVOKED).unwrap());
        state.publish(NOW_MS - 300_000);
    }
    let refused = agency.accept(&wallet).unwrap_err();
    for table in [Table::Credential, Table::Copy, Table::Staple, Table::Key, Table::History] {
        assert_eq!(store.rows(table).unwrap(), [], "{format} {mischief:?} left something in {table:?}");
    }
    match refused {
        WalletError::Refused(refusal) => refusal,
        other => panic!("{format} {mischief:?}: {other:?}"),
    }
}

#[test]
fn refuses_what_an_issuer_gets_wrong_by_its_name_and_stores_nothing_of_it() {
    for (format, signature) in [
        (Format::SdJwtVc, None),
        (Format::LdpVc, Some(VcError::Proof(ProofError::Signature))),
        (Format::VcJwt, Some(VcError::Jose(VcJoseError::Jws(JoseError::Signature)))),
    ] {
        for (mischief, expected) in [
            (Mischief::AnotherHolder, Refusal::NotOurKey),
            (Mischief::AnotherType, Refusal::AnotherType),
            (Mischief::UnregisteredKey, Refusal::KeyNotRegistered),
            (Mischief::AnotherIssuer, Refusal::AnotherIssuer),
            (Mischief::SameIndex, Refusal::CopiesAlike),
            (Mischief::DifferentClaims, Refusal::CopiesDiffer),
            (Mischief::AlreadyExpired, Refusal::Expired),
            (Mischief::None, Refusal::Revoked),
        ] {
            assert_eq!(refusal(format, mischief), expected, "{format} {mischief:?}");
        }
        let Some(signature) = signature else { continue };
        for mischief in [Mischief::Changed, Mischief::Forged] {
            let expected = Refusal::Credential(signature.clone());
            assert_eq!(refusal(format, mischief), expected, "{format} {mischief:?}");
        }
        assert_eq!(refusal(format, Mischief::NoStatus), Refusal::NoStatus, "{format}");
    }
    let changed = refusal(Format::SdJwtVc, Mischief::Changed);
    assert!(matches!(changed, Refusal::Signature(SdJwtError::Unreferenced)), "{changed:?}");
    assert_eq!(refusal(Format::SdJwtVc, Mischief::KeyBinding), Refusal::KeyBinding);
}

/// What the wallet says when the registry was changed between offer and acceptance. It has no credential then.
fn refused_after(format: Format, change: Change) -> WalletError {
    let agency = Agency::of(format);
    let wallet = agency.wallet();
    let review = wait(wallet.review_offer(&agency.offer())).unwrap();
    {
        let mut state = agency.state();
        change(&mut state);
        state.anchor(NOW_MS - 200_000);
    }
    let refused = wait(wallet.accept(&review, Some(TX_CODE))).unwrap_err();
    assert_eq!(wallet.credentials().unwrap(), []);
    refused
}

#[test]
fn refuses_by_what_the_registry_proves() {
    let cases: [(Change, Refusal); 5] = [
        (
            |state| {
                let (did, grant) = (state.did_key(), state.grant_key());
                state.network.trust.remove(&did);
                state.network.trust.remove(&grant);
            },
            Refusal::UnknownIssuer,
        ),
        (
            |state| {
                let (accreditation, grant) = (state.accreditation_key(), state.grant_key());
                state.network.trust.remove(&accreditation);
                state.network.trust.remove(&grant);
            },
            Refusal::IssuerNotAccredited,
        ),
        (
            |state| state.regrant(|grant| grant.accredited_to = NOW_MS / 1000 - 5),
            Refusal::IssuerNotAccredited,
        ),
        (|state| state.regrant(|grant| grant.key_valid_to = grant.key_valid_from + 1), Refusal::KeyNotValid),
        (|state| state.compromise(NOW_MS - 350_000, NOW_MS - 300_000), Refusal::KeyNotValid),
    ];
    for format in [Format::SdJwtVc, Format::LdpVc, Format::VcJwt] {
        for (change, expected) in &cases {
            match refused_after(format, *change) {
                WalletError::Refused(refusal) => assert_eq!(refusal, *expected, "{format}"),
                other => panic!("{format} {expected:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_registry_tells_no_address_for_a_type_that_it_does_not_record() {
    let refused = refused_after(Format::SdJwtVc, |state| state.regrant(|grant| grant.type_digest = [1; 32]));
    assert!(
        matches!(refused, WalletError::Registry(_) | WalletError::Refused(Refusal::TypeMetadata)),
        "{refused:?}"
    );
}

#[test]
fn a_title_cannot_point_to_a_list_of_tokens() {
    for format in [Format::LdpVc, Format::VcJwt] {
        let refused =
            refused_after(format, |state| state.regrant(|grant| grant.encoding = StatusEncoding::Token));
        assert!(matches!(refused, WalletError::Refused(Refusal::NoStatus)), "{format}: {refused:?}");
    }
}
