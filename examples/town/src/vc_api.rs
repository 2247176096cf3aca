//! Where the town's VC-API is, for the public test suites.

use serde::Serialize;
use std::collections::BTreeMap;
use yufu_counter::Counter;
use yufu_issuer::Issuer;

/// The VC-API in [`Ready`](crate::town::Ready); ports change with each opening.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReadyVcApi {
    /// Where each suite issues, by the name of its cryptosuite (`-p384` after it for that curve) or
    /// `vc+jwt`.
    pub issue: BTreeMap<&'static str, ReadySuite>,
    /// Where those suites derive that disclose in part.
    pub derive: BTreeMap<&'static str, ReadySuite>,
    /// Where credentials are verified.
    pub verify: String,
    /// Where presentations are verified.
    pub verify_presentation: String,
}

/// A suite in [`ReadyVcApi`].
#[derive(Clone, Debug, Serialize)]
pub struct ReadySuite {
    /// The address.
    pub url: String,
    /// The did:key that issues.
    pub issuer: String,
}

impl ReadyVcApi {
    /// What an agency issues by and a counter verifies by.
    #[must_use]
    pub fn of(issuer: &Issuer, counter: &Counter) -> Self {
        let mut ready = Self::default();
        if let Some(api) = issuer.vc_api() {
            for (suite, did) in &api.issuers {
                let at = |url| ReadySuite { url, issuer: did.clone() };
                ready.issue.insert(suite.name(), at(api.issue(*suite)));
                if suite.is_selective() {
                    ready.derive.insert(suite.name(), at(api.derive(*suite)));
                }
            }
        }
        if let Some(api) = counter.vc_api() {
            ready.verify.clone_from(&api.verify);
            ready.verify_presentation.clone_from(&api.verify_presentation);
        }
        ready
    }
}
