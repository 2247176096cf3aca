//! Accreditation: who grants it, names, suspension, reinstatement, withdrawal.

use crate::support::*;
use yufu_core::registry::{Accreditation, Operation, RecordKey, RejectReason};

fn named(actor: &Actor, zh: &str, en: &str) -> Operation {
    let Operation::Accredit { issuer, vct, valid_from, valid_to, max_open_lists, .. } =
        accredit(actor.id, RESIDENT, 0)
    else {
        unreachable!()
    };
    Operation::Accredit {
        issuer,
        vct,
        name_zh: zh.into(),
        name_en: en.into(),
        valid_from,
        valid_to,
        max_open_lists,
    }
}

fn record(network: &Network, actor: &Actor) -> Accreditation {
    network.record(&RecordKey::Accreditation { issuer: actor.id, vct: RESIDENT.into() }).unwrap()
}

#[test]
fn only_an_authority_governs() {
    let mut network = Network::new();
    let issuer = network.issuer(3);
    let mut other = network.registered(4);
    for operation in [
        accredit(other.id, RESIDENT, 4),
        suspend(issuer.id),
        reinstate(issuer.id),
        withdraw(issuer.id),
        registration(other.id),
    ] {
        assert_eq!(network.act(&mut other, operation), Err(RejectReason::NotAuthorized));
    }
}

fn registration(verifier: yufu_core::did::yufu::IssuerId) -> Operation {
    Operation::RegisterRelyingParty {
        verifier,
        name_zh: "银行".into(),
        name_en: "Bank".into(),
        purposes: vec![],
        keys: vec![],
        valid_from: START,
        valid_to: START + YEAR,
    }
}

#[test]
fn refuses_to_accredit_a_did_that_is_not_registered() {
    let mut network = Network::new();
    let stranger = Actor::new(9);
    assert_eq!(network.govern(accredit(stranger.id, RESIDENT, 9)), Err(RejectReason::UnknownDid));
}

#[test]
fn refuses_an_interval_that_is_empty_or_over() {
    let mut network = Network::new();
    let actor = network.registered(3);
    for (from, to) in [(START, START), (START + 1, START), (START - 5, START)] {
        let Operation::Accredit { issuer, vct, name_zh, name_en, max_open_lists, .. } =
            accredit(actor.id, RESIDENT, 3)
        else {
            unreachable!()
        };
        let operation = Operation::Accredit {
            issuer,
            vct,
            name_zh,
            name_en,
            valid_from: from,
            valid_to: to,
            max_open_lists,
        };
        assert_eq!(network.govern(operation), Err(RejectReason::BadInterval));
    }
}

#[test]
fn refuses_names_that_are_not_nfc_or_hide_something() {
    let mut network = Network::new();
    let actor = network.registered(3);
    for (zh, en) in [
        ("", "Office"),
        ("登记局", ""),
        ("登记局", "Re\u{301}gie"),
        ("登记局\u{200b}", "Office"),
        ("登记局", " Office"),
        ("登记局", "Off\u{202e}eci"),
    ] {
        assert_eq!(network.govern(named(&actor, zh, en)), Err(RejectReason::BadName), "{zh:?} {en:?}");
    }
}

#[test]
fn refuses_a_name_that_could_be_taken_for_another_issuers() {
    let mut network = Network::new();
    let (first, second) = (network.registered(3), network.registered(4));
    network.govern(named(&first, "居民登记局", "Residents Office")).unwrap();
    for (zh, en) in [
        ("居民登记局", "Other Office"),
        ("其他局", "Residents Office"),
        ("其他局", "RESIDENTS OFFICE"),
        ("其他局", "R\u{435}sidents Office"),
        ("其他局", "Residents\u{3000}Office".trim()),
    ] {
        assert_eq!(network.govern(named(&second, zh, en)), Err(RejectReason::BadName), "{zh} {en}");
    }
    network.govern(named(&second, "交通局", "Transport Office")).unwrap();
    // An issuer may carry its own name for another type, and keep it when it renews.
    network.govern(named(&first, "居民登记局", "Residents' Office")).unwrap();
}

#[test]
fn suspension_closes_the_grant_at_once_and_reinstatement_opens_it_again() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    assert_eq!(network.govern(suspend(Actor::new(9).id)), Err(RejectReason::UnknownAccreditation));
    let (first, second) = (open_list(&issuer, 1, 3), open_list(&issuer, 2, 3));
    network.act(&mut issuer, first).unwrap();
    assert_eq!(network.govern(reinstate(issuer.id)), Err(RejectReason::AccreditationNotSuspended));
    network.govern(suspend(issuer.id)).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, network.now_ms / 1000);
    assert_eq!(network.govern(suspend(issuer.id)), Err(RejectReason::AccreditationSuspended));
    let renewal = accredit(issuer.id, RESIDENT, 3);
    assert_eq!(network.govern(renewal), Err(RejectReason::AccreditationSuspended));
    assert_eq!(network.act(&mut issuer, second.clone()), Err(RejectReason::AccreditationSuspended));
    assert_eq!(
        network.act(&mut issuer, register_type(RESIDENT, 2)),
        Ok(()),
        "the type's owner stays its owner"
    );
    network.act(&mut issuer, publish(1, 1)).unwrap();
    assert!(network.grant(&issuer, 1).unwrap().accredited_to < network.now_ms / 1000);
    network.govern(reinstate(issuer.id)).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, START + YEAR);
    network.act(&mut issuer, second).unwrap();
    network.chain.committed().audit().unwrap();
}

#[test]
fn reinstatement_waits_for_the_timelock_and_suspending_again_calls_it_off() {
    let mut network = Network::with(|policy| policy.timelock_ms = 60_000);
    let issuer = network.registered(3);
    network.govern(accredit(issuer.id, RESIDENT, 3)).unwrap();
    network.govern(suspend(issuer.id)).unwrap();
    let since = record(&network, &issuer).suspended_since;
    network.govern(reinstate(issuer.id)).unwrap();
    assert_eq!(record(&network, &issuer).suspended_since, since, "asking is not yet having");
    assert_eq!(network.govern(reinstate(issuer.id)), Err(RejectReason::Timelocked));
    network.govern(suspend(issuer.id)).unwrap();
    network.pass(60_000);
    // The wait begins anew.
    network.govern(reinstate(issuer.id)).unwrap();
    assert_eq!(network.govern(reinstate(issuer.id)), Err(RejectReason::Timelocked));
    network.pass(60_000);
    network.govern(reinstate(issuer.id)).unwrap();
    let accreditation = record(&network, &issuer);
    assert_eq!((accreditation.suspended_since, accreditation.reinstated_from), (None, None));
}

#[test]
fn withdrawal_is_for_good() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let (first, second) = (open_list(&issuer, 1, 3), open_list(&issuer, 2, 3));
    network.act(&mut issuer, first).unwrap();
    network.govern(withdraw(issuer.id)).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, network.now_ms / 1000);
    for operation in
        [suspend(issuer.id), reinstate(issuer.id), withdraw(issuer.id), accredit(issuer.id, RESIDENT, 3)]
    {
        assert_eq!(network.govern(operation), Err(RejectReason::AccreditationWithdrawn));
    }
    assert_eq!(network.act(&mut issuer, second), Err(RejectReason::AccreditationWithdrawn));
    network.act(&mut issuer, publish(1, 1)).unwrap();
}

#[test]
fn a_renewal_moves_the_grants_interval_and_cannot_undercut_the_open_lists() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    let terms = |valid_to, max_open_lists| {
        let Operation::Accredit { issuer, vct, name_zh, name_en, valid_from, .. } =
            accredit(issuer.id, RESIDENT, 3)
        else {
            unreachable!()
        };
        Operation::Accredit { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists }
    };
    let (renewal, undercut) = (terms(START + 2 * YEAR, 5), terms(START + 2 * YEAR, 0));
    network.govern(renewal).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, START + 2 * YEAR);
    assert_eq!(record(&network, &issuer).open_lists, 1);
    assert_eq!(network.govern(undercut), Err(RejectReason::TooManyOpenLists));
}
