//! How large a code is, measured on what a resident would show.

use super::*;
use yufu_core::{
    presentation::show_code::LeafForm,
    qr::{frames, render},
    registry::RecordKey,
};

#[test]
fn a_realistic_code_with_a_face_takes_at_most_seven_frames() {
    let mut world = World::with_list_size(1 << 17);
    // Ten thousand other grants, so that proofs are as long as in a country.
    for i in 0..10_000u32 {
        let issuer = yufu_core::did::yufu::IssuerId(
            yufu_core::crypto::sha256(&[&i.to_be_bytes()])[..20].try_into().unwrap(),
        );
        let key = RecordKey::Grant { issuer, vct: RESIDENT_ID.into(), list: 1 };
        world.network.trust.insert(&key, vec![1]);
    }
    let held = world.issue();
    let staple = world.staple(&held);
    let bare = world.code_with(&held, None, |_| {});
    let with_digest = world.code_with(&held, Some(&staple), |c| c.leaf = LeafForm::Digest);
    let code = world.code(&held, Some(&staple));
    assert_valid(&world.verdict(&code));
    let audience = world.printed.audience();
    let address = world.code_with(&held, Some(&staple), |c| {
        c.preset = yufu_core::presentation::preset::Preset::named("address").unwrap();
        c.audience = audience;
    });
    let presentation = yufu_core::presentation::show_code::UnverifiedShowCode::decode(&code, &|_| None)
        .unwrap()
        .presentation()
        .len();
    let frames = frames::split(&code, frames::DEFAULT_FRAME_BYTES).unwrap();
    println!(
        "age18 with a face of 1000 B: SD-JWT {presentation} B, staple {} B, payload {} B ({} B without \
         staple, {} B with the certificate by digest), {} frames of {} digits, QR of {} modules; \
         address without a face: payload {} B, {} frames; leaf certificate {} B",
        staple.bytes.len(),
        code.len(),
        bare.len(),
        with_digest.len(),
        frames.len(),
        frames[0].len(),
        render::modules(&frames[0]).unwrap(),
        address.len(),
        frames::split(&address, frames::DEFAULT_FRAME_BYTES).unwrap().len(),
        world.agency.leaf.len(),
    );
    assert!(staple.bytes.len() <= 1_350, "{}", staple.bytes.len());
    assert!(code.len() <= 3_500, "{}", code.len());
    assert!(frames.len() <= 7, "{}", frames.len());
}
