//! What a counter keeps over a restart, and what it never writes.

use super::{config, folder, support::*};
use std::sync::Arc;
use yufu_core::{FixedClock, Verdict};
use yufu_counter::Desk;
use yufu_verifier::Reason;

fn open(world: &World, data: &std::path::Path) -> Desk {
    Desk::open(&config(world, data.to_owned()), Arc::new(FixedClock::new(NOW_MS))).unwrap()
}

#[test]
fn a_used_code_stays_used_over_a_restart() {
    let (mut world, data) = (World::new(), folder("restart"));
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_eq!(open(&world, &data).check("age18", Ok(&code)).unwrap().verdict, Verdict::Valid);
    let again = open(&world, &data).check("age18", Ok(&code)).unwrap();
    assert_eq!((again.verdict, again.reason), (Verdict::Replayed, Some(Reason::NonceUsed)));
}

#[test]
fn what_one_customer_s_staple_taught_is_known_after_a_restart() {
    let (mut world, data) = (World::new(), folder("learned"));
    let held = world.issue();
    let old = world.staple(&held);
    world.agency.set_status(INDEX + 1, 1);
    world.agency.publish(NOW_MS - 2_000);
    world.register();
    let new = world.staple(&held);
    let fresh = world.code(&held, Some(&new));
    assert_eq!(open(&world, &data).check("age18", Ok(&fresh)).unwrap().verdict, Verdict::Valid);
    let stale = world.code(&held, Some(&old));
    let outcome = open(&world, &data).check("age18", Ok(&stale)).unwrap();
    assert_eq!(
        (outcome.verdict, outcome.reason),
        (Verdict::StatusUnknown, Some(Reason::NewerPublicationKnown))
    );
}

#[test]
fn a_code_for_this_counter_is_valid_here_and_for_another_is_not() {
    let (mut world, data) = (World::new(), folder("audience"));
    let held = world.issue();
    let mut desk = open(&world, &data);
    let staple = world.staple(&held);
    let here = desk.printed().audience();
    let elsewhere = world.printed.audience();
    for (audience, verdict) in [(here, Verdict::Valid), (elsewhere, Verdict::WrongAudience)] {
        let code = world.code_with(&held, Some(&staple), |choices| {
            choices.preset = identity();
            choices.audience = audience;
        });
        assert_eq!(desk.check("identity", Ok(&code)).unwrap().verdict, verdict);
    }
}

#[test]
fn local_limits_narrow_the_preset_and_change_the_policy_s_digest() {
    let (mut world, data) = (World::new(), folder("limits"));
    let mut narrowed = config(&world, data.clone());
    narrowed.presets[0].max_status_age_s = Some(4);
    let policy = *open(&world, &data).offered()[0].preset.digest();
    let mut desk = Desk::open(&narrowed, Arc::new(FixedClock::new(NOW_MS))).unwrap();
    assert_eq!(desk.offered()[0].preset.digest(), &policy, "the question stays the same");
    assert_ne!(desk.offered()[0].policy, open(&world, &data).offered()[0].policy);
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let outcome = desk.check("age18", Ok(&code)).unwrap();
    assert_eq!((outcome.verdict, outcome.reason), (Verdict::StatusUnknown, Some(Reason::StatusStale)));
    assert_eq!(outcome.status_age_ms, Some(5_000));
}

#[test]
fn nothing_of_a_person_is_in_any_file_of_the_counter() {
    let (mut world, data) = (World::new(), folder("no-claims"));
    let held = world.issue();
    let mut desk = open(&world, &data);
    let staple = world.staple(&held);
    let audience = desk.printed().audience();
    let code = world.code_with(&held, Some(&staple), |choices| {
        choices.preset = identity();
        choices.audience = audience;
    });
    let outcome = desk.check("identity", Ok(&code)).unwrap();
    assert_eq!(outcome.verdict, Verdict::Valid);
    assert!(outcome.fields.iter().any(|field| field.value == "张伟民"));
    assert_eq!(desk.journal(10).unwrap().len(), 1);
    drop(desk);
    for file in std::fs::read_dir(&data).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["Weimin", "张伟民", "11010519900517321X", "1990-05-17"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
        let face = &portrait_small()[100..116];
        assert!(!bytes.windows(16).any(|window| window == face), "the face");
        let nonce_text = held.compact.as_bytes();
        assert!(!bytes.windows(64).any(|window| window == &nonce_text[200..264]), "the credential");
    }
}

#[test]
fn refuses_an_unknown_preset_and_the_state_of_another_network() {
    let (world, data) = (World::new(), folder("other-network"));
    let mut settings = config(&world, data.clone());
    settings.presets[0].id = "age19".into();
    let clock = Arc::new(FixedClock::new(NOW_MS));
    assert!(matches!(
        Desk::open(&settings, clock.clone()),
        Err(yufu_counter::CounterError::UnknownPreset(id)) if id == "age19"
    ));
    open(&world, &data).check("age18", Err(Reason::Malformed)).unwrap();
    let mut settings = config(&world, data);
    let other = yufu_core::registry::test_network::TestNetwork::new(1, 99, NOW_MS);
    settings.network_key = Some(other.key().to_string());
    assert!(matches!(Desk::open(&settings, clock), Err(yufu_counter::CounterError::State(_))));
}
