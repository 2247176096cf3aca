//! How much of the time of a check is signatures, which nothing can save.
//!
//! A show code has two signatures of its own, the issuer's and the holder's; the header's certificate is
//! paid for once a slot. So the limit is two verifies by ring, measured in the same process, and what is
//! printed at the end is the limit's share of each check's time.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/verdicts/support.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use std::{hint::black_box, time::Instant};
use support::*;
use yufu_core::{
    crypto::Signer,
    presentation::show_code::UnverifiedShowCode,
    qr::{frames, image, scan},
    registry::{LightClient, StapleQuery},
};
use yufu_verifier::{LocalLimits, NonceId, NonceLog, NonceLogError};

/// Forgets: the same code is checked again and again.
struct NoLog;

impl NonceLog for NoLog {
    fn contains(&self, _: &NonceId, _: u64) -> Result<bool, NonceLogError> {
        Ok(false)
    }

    fn insert(&mut self, _: NonceId, _: u64, _: u64) -> Result<(), NonceLogError> {
        Ok(())
    }
}

/// Seconds of one run, the best of five rounds.
fn seconds(runs: u32, mut work: impl FnMut()) -> f64 {
    let round = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..runs).for_each(|_| work());
        start.elapsed().as_secs_f64() / f64::from(runs)
    };
    (0..5).map(|_| round(&mut work)).fold(f64::INFINITY, f64::min)
}

fn benches(criterion: &mut Criterion) {
    let mut world = World::with_list_size(1 << 17);
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    world.verifier =
        yufu_verifier::Verifier::new(config(world.network.key(), &world.printed), Box::new(NoLog));
    let (preset, limits) = (age18(), LocalLimits::default());
    let first = world.verifier.verify_show_code(&code, &preset, &limits, NOW_MS);
    assert_eq!(first.reason, None);

    let read = UnverifiedShowCode::decode(&code, &|_| None).unwrap();
    let message = read.presentation().split('~').next().unwrap().rsplit_once('.').unwrap().0.as_bytes();
    let signature = world.agency.key.sign(message).unwrap();
    let public = world.agency.key.verifying_key();
    let mut two_verifies = || {
        for _ in 0..2 {
            public.verify(black_box(message), black_box(&signature)).unwrap();
        }
    };
    let verifier = &mut world.verifier;
    let mut check = || {
        let outcome = verifier.verify_show_code(black_box(&code), &preset, &limits, NOW_MS);
        assert_eq!(outcome.reason, None);
    };
    let mut unpack = || {
        UnverifiedShowCode::decode(black_box(&code), &|_| None).unwrap();
    };
    let query = StapleQuery {
        issuer: world.agency.id,
        vct: RESIDENT_ID,
        list: LIST,
        index: INDEX.into(),
        credential_digest: &held.digest,
    };
    let network_key = world.network.key().clone();
    let mut warm = LightClient::new(network_key.clone());
    let mut staple_seen = || {
        warm.verify_staple(black_box(&staple.bytes), &query, NOW_MS).unwrap();
    };
    let mut staple_new = || {
        let mut cold = LightClient::new(network_key.clone());
        cold.verify_staple(black_box(&staple.bytes), &query, NOW_MS).unwrap();
    };
    let texts = frames::split(&code, frames::DEFAULT_FRAME_BYTES).unwrap();
    let picture = image::gray(&texts[0], 5).unwrap();
    let mut draw = || {
        image::gray(black_box(&texts[0]), 1).unwrap();
    };
    let mut scan = || assert_eq!(scan::decode(black_box(&picture)).len(), 1);

    criterion.bench_function("two ES256 verifies", |b| b.iter(&mut two_verifies));
    criterion.bench_function("show code, header seen before", |b| b.iter(&mut check));
    criterion.bench_function("unpack a show code", |b| b.iter(&mut unpack));
    criterion.bench_function("staple, header seen before", |b| b.iter(&mut staple_seen));
    criterion.bench_function("staple, new header", |b| b.iter(&mut staple_new));
    criterion.bench_function("draw a frame", |b| b.iter(&mut draw));
    criterion.bench_function("read a frame", |b| b.iter(&mut scan));

    let limit = seconds(400, &mut two_verifies);
    let check = seconds(400, &mut check);
    println!("\nlimit: two ES256 verifies by ring: {:.1} µs", limit * 1e6);
    println!("show code: {:.1} µs, ratio {:.3} (bar 0.80)", check * 1e6, limit / check);
    println!("  of which unpacking: {:.1} µs", seconds(400, &mut unpack) * 1e6);
    println!("  of which the staple, header seen before: {:.1} µs", seconds(400, &mut staple_seen) * 1e6);
    println!("staple with a new header: {:.1} µs", seconds(20, &mut staple_new) * 1e6);
    let (draw, scan) = (seconds(20, &mut draw), seconds(20, &mut scan));
    println!(
        "frame of {} digits: drawn in {:.2} ms, read in {:.2} ms",
        texts[0].len(),
        draw * 1e3,
        scan * 1e3
    );
}

criterion_group!(verify, benches);
criterion_main!(verify);
