//! Sets and chains of proofs.

use super::*;

fn named(suite: Cryptosuite, party: &Party, id: &str, previous: &[&str]) -> ProofOptions {
    let mut options = options(suite, party);
    options.id = Some(format!("urn:example:{id}"));
    options.previous = previous.iter().map(|id| format!("urn:example:{id}")).collect();
    options
}

pub(super) fn added(
    document: &Map<String, Value>,
    suite: Cryptosuite,
    seed: u64,
    id: &str,
    previous: &[&str],
) -> Map<String, Value> {
    let party = Party::of(suite, seed);
    let options = named(suite, &party, id, previous);
    sign(document, &options, party.signer.as_ref(), &Limits::default()).unwrap()
}

/// Two proofs, one that follows both, and one that follows that one.
pub(super) fn chain(suite: Cryptosuite) -> Map<String, Value> {
    let set = added(&added(&document(), suite, 1, "a", &[]), suite, 2, "b", &[]);
    added(&added(&set, suite, 3, "c", &["a", "b"]), suite, 4, "d", &["c"])
}

#[test]
fn a_set_holds_in_any_order_and_with_any_of_its_proofs_taken_away() {
    for suite in WHOLE {
        let mut set = added(&added(&document(), suite, 1, "a", &[]), suite, 2, "b", &[]);
        assert_eq!(check(&set).unwrap().proofs().len(), 2);
        set["proof"].as_array_mut().unwrap().reverse();
        assert_eq!(check(&set).unwrap().proofs()[0].proof().id(), Some("urn:example:b"));
        set["proof"].as_array_mut().unwrap().pop();
        assert_eq!(check(&set).unwrap().proofs().len(), 1);
    }
}

#[test]
fn a_set_may_mix_suites_and_keys() {
    let set = WHOLE.into_iter().zip(["a", "b", "c", "d"]);
    let mixed = set.fold(document(), |document, (suite, id)| added(&document, suite, 1, id, &[]));
    let verified = check(&mixed).unwrap();
    let suites: Vec<_> = verified.proofs().iter().map(|proof| proof.proof().cryptosuite()).collect();
    assert_eq!(suites, WHOLE);
}

#[test]
fn a_chain_holds_with_each_suite() {
    for suite in WHOLE {
        let verified = check(&chain(suite)).unwrap();
        let previous: Vec<_> = verified.proofs().iter().map(|proof| proof.proof().previous().len()).collect();
        assert_eq!(previous, [0, 0, 2, 1]);
        assert_eq!(verified.document(), &document());
    }
}

#[test]
fn a_chain_may_go_from_statements_to_json_and_back() {
    let first = added(&document(), Cryptosuite::EcdsaRdfc2019, 1, "a", &[]);
    let second = added(&first, Cryptosuite::EddsaJcs2022, 2, "b", &["a"]);
    let third = added(&second, Cryptosuite::EddsaRdfc2022, 3, "c", &["b"]);
    assert_eq!(check(&third).unwrap().proofs().len(), 3);
}

#[test]
fn the_order_of_a_chains_proofs_in_the_document_says_nothing() {
    let mut chain = chain(Cryptosuite::EddsaJcs2022);
    chain["proof"].as_array_mut().unwrap().reverse();
    assert_eq!(check(&chain).unwrap().proofs().len(), 4);
}

#[test]
fn the_end_of_a_chain_can_be_taken_away_and_its_start_cannot() {
    for suite in WHOLE {
        let mut cut = chain(suite);
        let proofs = cut["proof"].as_array_mut().unwrap();
        proofs.pop();
        check(&cut).unwrap();
        let proofs = cut["proof"].as_array_mut().unwrap();
        proofs.remove(0);
        assert_eq!(check(&cut).unwrap_err(), ProofError::PreviousProof);
    }
}

#[test]
fn a_proof_of_a_chain_cannot_be_replaced_by_another_of_the_same_name() {
    for suite in WHOLE {
        let mut forged = chain(suite);
        // Made by the same key over the same document; only the nonce is another.
        let party = Party::of(suite, 1);
        let mut options = named(suite, &party, "a", &[]);
        options.nonce = Some("another".into());
        let other = sign(&document(), &options, party.signer.as_ref(), &Limits::default()).unwrap();
        forged["proof"][0] = other["proof"].clone();
        assert_eq!(check(&forged).unwrap_err(), ProofError::Signature);
    }
}

#[test]
fn one_bad_proof_spoils_a_set() {
    for suite in WHOLE {
        let mut set = added(&added(&document(), suite, 1, "a", &[]), suite, 2, "b", &[]);
        set["proof"][1]["proofValue"] = set["proof"][0]["proofValue"].clone();
        assert_eq!(check(&set).unwrap_err(), ProofError::Signature);
    }
}

#[test]
fn the_seventeenth_proof_is_not_added() {
    let suite = Cryptosuite::EddsaJcs2022;
    let full = (0..16).fold(document(), |document, at| added(&document, suite, 1, &at.to_string(), &[]));
    assert_eq!(check(&full).unwrap().proofs().len(), MAX_PROOFS);
    let party = Party::of(suite, 1);
    let options = named(suite, &party, "one-more", &[]);
    let refused = sign(&full, &options, party.signer.as_ref(), &Limits::default()).unwrap_err();
    assert_eq!(refused, SignError::Proof(ProofError::TooMany));
}
