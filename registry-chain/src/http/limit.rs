//! How often one address may ask. What a client may do at most is the chain's own business (quotas are
//! consensus rules); this keeps one careless or hostile client from taking a node's time from the others.

use super::{Gateway, error::ApiError};
use crate::config::RateLimits;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
};
use yufu_core::server::household;

/// Addresses that are remembered before those that have been quiet are forgotten.
const REMEMBERED: usize = 16_384;

/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: u32 = 4;

/// Counts by address, for reads and for transactions.
pub(super) struct Limiter {
    requests: Option<DefaultKeyedRateLimiter<IpAddr>>,
    submissions: Option<DefaultKeyedRateLimiter<IpAddr>>,
    own_machine: bool,
}

impl Limiter {
    pub(super) fn new(limits: &RateLimits) -> Self {
        Self {
            requests: keyed(limits.requests_per_second),
            submissions: keyed(limits.transactions_per_second),
            own_machine: limits.own_machine,
        }
    }

    /// Whether one more request from `address` is answered.
    fn admits(&self, address: IpAddr, submits: bool) -> bool {
        if address.is_loopback() && !self.own_machine {
            return true;
        }
        let Some(limiter) = (if submits { &self.submissions } else { &self.requests }) else { return true };
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter.check_key(&household(address)).is_ok()
    }
}

fn keyed(per_second: u32) -> Option<DefaultKeyedRateLimiter<IpAddr>> {
    let per_second = NonZeroU32::new(per_second)?;
    let burst = per_second.saturating_mul(NonZeroU32::new(BURST_SECONDS)?);
    Some(RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)))
}

/// Whether a connection's address tells one client from another: behind a reverse proxy on this machine
/// all have its.
pub(super) fn tells_who_asks(address: IpAddr) -> bool {
    !address.to_canonical().is_loopback()
}

/// Refuses with 429 whoever asks too often.
pub(super) async fn limit(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if gateway.limiter.admits(peer.ip(), request.method() == Method::POST) {
        next.run(request).await
    } else {
        gateway.registry.metrics().note_limited();
        ApiError::TooOften.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::Limiter;
    use crate::config::RateLimits;
    use std::net::IpAddr;

    fn limiter(own_machine: bool) -> Limiter {
        Limiter::new(&RateLimits { requests_per_second: 5, transactions_per_second: 1, own_machine })
    }

    fn admitted(limiter: &Limiter, address: &str, submits: bool) -> usize {
        let address: IpAddr = address.parse().unwrap();
        (0..100).filter(|_| limiter.admits(address, submits)).count()
    }

    #[test]
    fn one_address_gets_its_burst_and_another_its_own() {
        let limiter = limiter(false);
        assert!((20..=21).contains(&admitted(&limiter, "203.0.113.7", false)));
        assert!((20..=21).contains(&admitted(&limiter, "203.0.113.8", false)));
        assert!((4..=5).contains(&admitted(&limiter, "203.0.113.7", true)));
    }

    #[test]
    fn addresses_of_one_subscriber_share_a_limit() {
        let limiter = limiter(false);
        admitted(&limiter, "2001:db8:1:2::1", false);
        assert!(admitted(&limiter, "2001:db8:1:2:ffff::9", false) <= 1);
        assert!(admitted(&limiter, "2001:db8:1:3::1", false) >= 20);
    }

    #[test]
    fn this_machine_is_limited_only_where_that_is_asked_for() {
        assert_eq!(admitted(&limiter(false), "127.0.0.1", true), 100);
        assert!(admitted(&limiter(true), "127.0.0.1", true) <= 5);
    }

    #[test]
    fn zero_means_no_limit() {
        let none = RateLimits { requests_per_second: 0, transactions_per_second: 0, own_machine: true };
        assert_eq!(admitted(&Limiter::new(&none), "203.0.113.7", false), 100);
    }
}
