//! Nonces for proofs: ours by their tag, alive by the time in them, used once by a list of the used.
//! A restart forgets the key, so that a nonce from before is stale: a wallet then asks for another.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use yufu_core::{Random, issuance::issuer::NonceUse, random::RandomError};

/// How long a nonce is good, in seconds.
pub(crate) const LIFETIME: u64 = 300;

const RANDOM: usize = 16;
const TIME: usize = 8;
const TAG: usize = 16;

/// The nonces of one run of the service.
pub(crate) struct Nonces {
    key: hmac::Key,
    used: Mutex<HashMap<[u8; RANDOM], u64>>,
}

impl Nonces {
    /// Nonces under a fresh key.
    ///
    /// # Errors
    /// [`RandomError`] when there is no randomness.
    pub(crate) fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random.bytes::<32>()?);
        Ok(Self { key, used: Mutex::new(HashMap::new()) })
    }

    /// A fresh nonce at `now` (seconds).
    ///
    /// # Errors
    /// [`RandomError`] when there is no randomness.
    pub(crate) fn fresh(&self, now: u64, random: &dyn Random) -> Result<String, RandomError> {
        let mut bytes = random.bytes::<RANDOM>()?.to_vec();
        bytes.extend_from_slice(&(now + LIFETIME).to_be_bytes());
        let tag = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(&tag.as_ref()[..TAG]);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Uses a nonce up at `now` (seconds): the first time one of ours that is alive is asked for is
    /// fresh, all else is stale.
    #[must_use]
    pub(crate) fn use_up(&self, nonce: &str, now: u64) -> NonceUse {
        let Some((id, expires_at)) = self.open(nonce).filter(|(_, expires_at)| *expires_at > now) else {
            return NonceUse::Stale;
        };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= 4096 && used.len().is_power_of_two() {
            used.retain(|_, expires_at| *expires_at > now);
        }
        match used.insert(id, expires_at) {
            None => NonceUse::Fresh,
            Some(_) => NonceUse::Stale,
        }
    }

    fn open(&self, nonce: &str) -> Option<([u8; RANDOM], u64)> {
        if nonce.len() > 64 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let (id, rest) = bytes.split_first_chunk::<RANDOM>()?;
        let (time, tag) = rest.split_first_chunk::<TIME>()?;
        let expected = hmac::sign(&self.key, &bytes[..RANDOM + TIME]);
        // A public value's tag: how long the comparison takes tells an attacker only his own guess's
        // common prefix, and a tag lives five minutes; still compared without branching on bytes.
        let same = tag.len() == TAG
            && tag.iter().zip(expected.as_ref()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0;
        same.then(|| (*id, u64::from_be_bytes(*time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::SystemRandom;

    fn nonces() -> Nonces {
        Nonces::new(&SystemRandom::new()).unwrap()
    }

    #[test]
    fn a_nonce_is_fresh_once() {
        let nonces = nonces();
        let nonce = nonces.fresh(100, &SystemRandom::new()).unwrap();
        assert_eq!(nonces.use_up(&nonce, 100), NonceUse::Fresh);
        assert_eq!(nonces.use_up(&nonce, 100), NonceUse::Stale);
    }

    #[test]
    fn a_nonce_dies_after_its_lifetime() {
        let nonces = nonces();
        let nonce = nonces.fresh(100, &SystemRandom::new()).unwrap();
        assert_eq!(nonces.use_up(&nonce, 100 + LIFETIME), NonceUse::Stale);
        assert_eq!(nonces.use_up(&nonce, 99 + LIFETIME), NonceUse::Fresh);
    }

    #[test]
    fn a_nonce_of_somebody_else_or_of_an_earlier_run_is_stale() {
        let random = SystemRandom::new();
        let nonces = nonces();
        let other = Nonces::new(&random).unwrap().fresh(100, &random).unwrap();
        let mut changed = nonces.fresh(100, &random).unwrap().into_bytes();
        changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for nonce in [other.as_str(), &changed, "", "AAAA", &"A".repeat(65)] {
            assert_eq!(nonces.use_up(nonce, 100), NonceUse::Stale, "{nonce}");
        }
    }
}
