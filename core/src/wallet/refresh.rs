//! Refreshing: newest anchor, newest grants, whole status lists, new proofs for every copy.

use super::{
    error::WalletError,
    facade::Wallet,
    model::{CopyReport, RefreshReport},
    offer::count,
    prover::{Found, ProveError, Prover, issuer_id},
    record::{CopyRecord, CredentialRecord},
    store::Change,
};
use crate::registry::{
    LightClientError,
    client::{At, ClientError},
};
use std::collections::BTreeMap;

impl Wallet {
    /// Fetches the newest anchor, grants and status lists and makes new proofs for every copy. What
    /// cannot be fetched is kept as it was; the report says so.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says. An unreachable network is no error.
    pub async fn refresh(&self) -> Result<RefreshReport, WalletError> {
        let credentials = self.records()?.credentials()?;
        let mut prover = self.prover()?;
        let operators = count(prover.client.operators());
        let mut report = RefreshReport { operators, ..RefreshReport::default() };
        let mut problem = prover.follow().await.err();
        for credential in &credentials {
            // A registry that cannot be asked, or believed, is not asked for each credential.
            let outcome = match &problem {
                Some(error) => Err(error.clone()),
                None => self.refresh_one(&mut prover, credential).await?,
            };
            if let Err(error) = &outcome
                && matches!(error, ProveError::Registry(_))
            {
                problem = Some(error.clone());
            }
            if outcome.as_ref().is_err_and(ProveError::is_offline) {
                report.offline = true;
            }
            let summary = self.summarize(&self.records()?, credential)?;
            report.credentials.push(CopyReport {
                id: credential.id.clone(),
                state: summary.state,
                refreshed: outcome.is_ok(),
                staple_age: summary.staple_age,
                problem: outcome.err().map(|error| error.to_string()),
            });
        }
        if let Some(error) = &problem {
            report.offline |= error.is_offline();
            report.clock_wrong = matches!(
                error,
                ProveError::Registry(ClientError::Unproven(LightClientError::ClockWrong { .. }))
            );
        }
        report.network_conflict = prover.client.conflict().is_some();
        self.note_clock(report.clock_wrong);
        self.keep(&prover.client)?;
        Ok(report)
    }

    /// New proofs for the copies of one credential; written only when all of a list could be made.
    pub(super) async fn refresh_one(
        &self,
        prover: &mut Prover<'_>,
        credential: &CredentialRecord,
    ) -> Result<Result<(), ProveError>, WalletError> {
        let records = self.records()?;
        let mut lists: BTreeMap<u32, Vec<(&str, CopyRecord)>> = BTreeMap::new();
        for copy in &credential.copies {
            let record = records.copy(&copy.id)?;
            lists.entry(record.list).or_default().push((&copy.id, record));
        }
        let mut proven = Vec::new();
        for (list, copies) in &lists {
            match self.prove_list(prover, credential, *list, copies).await {
                Ok(staples) => proven.extend(staples),
                Err(error) => return Ok(Err(error)),
            }
        }
        let listing = match prover.listing(credential).await {
            Ok(listing) => listing,
            Err(error) => return Ok(Err(error)),
        };
        let mut changes: Vec<Change> = Vec::new();
        for (id, staple) in &proven {
            changes.push(records.put_staple(id, staple)?);
        }
        if let Some(listing) = listing {
            // Read again: a copy may have been spent meanwhile.
            let mut credential = records.credential(&credential.id)?;
            credential.listed_issuer.iter_mut().for_each(|listed| listed.keep(&listing));
            changes.push(records.put_credential(&credential)?);
        }
        changes.push(records.put_light_client(&prover.client)?);
        records.apply(&changes)?;
        Ok(Ok(()))
    }

    async fn prove_list<'c>(
        &self,
        prover: &mut Prover<'_>,
        credential: &CredentialRecord,
        list: u32,
        copies: &[(&'c str, CopyRecord)],
    ) -> Result<Vec<(&'c str, super::record::StapleRecord)>, ProveError> {
        let issuer = issuer_id(credential.registered_did()).ok_or(ProveError::Record)?;
        let found = prover.grant(issuer, &credential.vct, list, At::Anchor).await?;
        let (Found::Granted { grant, .. }, Some((_, first))) = (&found, copies.first()) else {
            return self.staples(prover, issuer, credential, copies, &found, None).await;
        };
        let proven = prover.status_list(issuer, &credential.issuer_did, first, grant).await?;
        self.staples(prover, issuer, credential, copies, &found, Some(&proven)).await
    }

    async fn staples<'c>(
        &self,
        prover: &mut Prover<'_>,
        issuer: crate::did::yufu::IssuerId,
        credential: &CredentialRecord,
        copies: &[(&'c str, CopyRecord)],
        found: &Found,
        list: Option<&super::prover::ProvenList>,
    ) -> Result<Vec<(&'c str, super::record::StapleRecord)>, ProveError> {
        let mut staples = Vec::new();
        for (id, copy) in copies {
            let path = match found {
                // Without the path the copy is not believed; that is still worth knowing.
                Found::Granted { grant, .. } => {
                    prover.issued_path(issuer, copy, grant, &self.config().keystore).await.unwrap_or(None)
                }
                _ => None,
            };
            let staple = prover.staple(issuer, credential, copy, found, list, path)?;
            staples.push((*id, staple));
        }
        Ok(staples)
    }
}
