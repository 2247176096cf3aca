//! All records of a network, signed, and the network that goes on with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder,
    agency::{Agency, List, VCT, authority, credential},
    control_key, found, now_ms, start, transport,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey, sha256},
    did::{instant, yufu::IssuerId},
    http::HttpRequest,
    registry::{
        CertificateError, Finding, KeyRecord, LightClient, LightClientError, NetworkKey, Operation, Origin,
        Policy, Record as _, RecordKey, RevocationReason, StapleQuery, Tree,
        client::{At, RegistryClient},
    },
    time::SystemClock,
};
use yufu_registry::{
    ImportNetwork, ImportedNetwork, InitError, NetworkFiles, Node, NodeConfig, NodeError, Settings,
    audit::{AuditFailure, audit, replay},
    export::{ExportError, Verified, load, verify, write},
    genesis::{Genesis, GenesisContent, GenesisError, Inception},
    import_network,
    state::{Chain, Reader, StoreError},
};

/// An agency with one list, and a second key that was revoked.
struct Issuer {
    agency: Agency,
    key: Digest,
    revoked: Digest,
    list: List,
}

impl Issuer {
    /// Has an agency registered, accredited and at work.
    async fn at_work(client: &mut Client, url: &str, files: &NetworkFiles) -> Self {
        let agency = Agency::new();
        let (control, id) = (&agency.control, agency.id);
        client.act(control, id, agency.register()).await.unwrap();
        let also_known_as = vec!["did:web:citizens.example".into()];
        let update = Operation::UpdateDid { also_known_as, services: Vec::new() };
        client.act(control, id, update).await.unwrap();
        authority(url, files).accredit(agency.accreditation()).await.unwrap();
        let (key, revoked) = (agency.add_key(client).await, agency.add_key(client).await);
        let reason = RevocationReason::Superseded;
        let revoke = Operation::RevokeKey { thumbprint: revoked, reason, compromised_since: None };
        client.act(control, id, revoke).await.unwrap();
        let list = agency.open_list(client, key).await;
        let entry = Operation::AppendEntry { stream: "titles".into(), seq: 0, digest: [9; 32] };
        client.act(control, id, entry).await.unwrap();
        let mut issuer = Self { agency, key, revoked, list };
        issuer.revoke_credential(client, 41, 1).await;
        issuer
    }

    /// Sets a credential's status and publishes.
    async fn revoke_credential(&mut self, client: &mut Client, index: u64, version: u32) -> u64 {
        let publish = self.list.revoke(index, version);
        client.act(&self.agency.control, self.agency.id, publish).await.unwrap().height.unwrap()
    }

    fn records(&self) -> Vec<RecordKey> {
        let (issuer, vct) = (self.agency.id, VCT.to_owned());
        vec![
            RecordKey::Did { issuer },
            RecordKey::DidHistory { issuer, version: 0 },
            RecordKey::Key { issuer, thumbprint: self.key },
            RecordKey::Key { issuer, thumbprint: self.revoked },
            RecordKey::Accreditation { issuer, vct: vct.clone() },
            RecordKey::Type { vct, version: 1 },
            RecordKey::StatusList { issuer, list: 1 },
            self.list.grant(),
            RecordKey::Issued { issuer, list: 1, version: 0 },
            RecordKey::Issued { issuer, list: 1, version: 1 },
            RecordKey::Entry { stream: "titles".into(), seq: 0 },
        ]
    }
}

fn status(staple: &[u8], key: &NetworkKey, issuer: IssuerId, index: u64) -> Result<u8, String> {
    let query = StapleQuery { issuer, vct: VCT, list: 1, index, credential_digest: &credential() };
    let report = LightClient::new(key.clone()).verify_staple(staple, &query, now_ms());
    match report.map_err(|e| e.to_string())?.finding {
        Finding::Granted { status, .. } => Ok(status),
        other => Err(format!("{other:?}")),
    }
}

fn reader(config: &Path, key: &NetworkKey) -> Reader {
    let data = Settings::load(config).unwrap().data;
    Reader::open(&data.join("registry.db"), &key.genesis).unwrap()
}

fn export(files: &NetworkFiles) -> Vec<u8> {
    let mut out = Vec::new();
    let key = control_key(&files.authority.control_key);
    let reader = reader(&files.validators[0], &files.network_key);
    let exported = write(&reader, files.authority.did.id, &key, &mut out).unwrap();
    assert_eq!(verify(out.as_slice(), &files.network_key).unwrap().origin.export, exported.digest);
    out
}

fn import(dir: PathBuf, export: &[u8], key: &NetworkKey) -> Result<ImportedNetwork, InitError> {
    let file = dir.with_extension("export");
    std::fs::write(&file, export).unwrap();
    let init = ImportNetwork {
        dir,
        export: file,
        network_key: key.clone(),
        validators: 1,
        http_port: 0,
        p2p_port: 0,
        passphrase: None,
    };
    import_network(&init, &SystemRandom::new(), &SystemClock)
}

async fn audited(url: &str, key: &NetworkKey, import: Option<&Path>) -> Result<u64, AuditFailure> {
    let folder = Folder::new("audited");
    std::fs::create_dir_all(&folder.0).unwrap();
    let client = RegistryClient::new(transport(), url);
    let light = LightClient::new(key.clone());
    Ok(audit(&client, light, &folder.0, import, now_ms(), &mut |_, _| {}).await?.transactions)
}

/// The document as the resolver gives it, or the status with which it refuses.
async fn resolved(url: &str, did: &str) -> Result<serde_json::Value, u16> {
    let request = HttpRequest::get(format!("{url}/1.0/identifiers/did:yufu:test:{did}"));
    let answer = transport().send(request).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    if answer.status == 200 { Ok(body["didDocument"].clone()) } else { Err(answer.status) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_network_goes_on_with_all_records_and_every_identifier_stays() {
    let folder = Folder::new("export");
    let old = found(&folder.0.join("old"), 1_000);
    let node = start(&old.validators[0]);
    let mut client = Client::new(&node.url(), old.network_key.clone());
    client.wait_for_checkpoint().await;
    let mut issuer = Issuer::at_work(&mut client, &node.url(), &old).await;
    let height = client.registry.checkpoint(&mut client.light, now_ms()).await.unwrap().height();
    client.wait_for_anchor(height).await;
    let id = issuer.agency.id.to_string();
    let document = resolved(&node.url(), &id).await.unwrap();
    assert!(document["id"].is_string(), "{document}");
    let mut before = Vec::new();
    for key in issuer.records() {
        before.push(client.read(&key, At::Latest).await.value.unwrap());
    }
    let old_staple = issuer.list.staple(&mut client, 41).await;
    assert_eq!(status(&old_staple, &old.network_key, issuer.agency.id, 41), Ok(1));
    node.stop().unwrap();
    let file = export(&old);
    println!("{} bytes exported", file.len());

    let new = import(folder.0.join("new"), &file, &old.network_key).unwrap();
    assert_ne!(new.network_key.genesis, old.network_key.genesis);
    let node = start(&new.validators[0]);
    assert_eq!(node.network_key(), &new.network_key);
    let mut client = Client::new(&node.url(), new.network_key.clone());
    client.wait_for_checkpoint().await;
    client.wait_for_anchor(1).await;
    for (key, value) in issuer.records().iter().zip(&before) {
        assert_eq!(client.read(key, At::Latest).await.value.as_ref(), Some(value), "{key}");
    }
    let revoked = RecordKey::Key { issuer: issuer.agency.id, thumbprint: issuer.revoked };
    let revoked = KeyRecord::from_bytes(&client.read(&revoked, At::Latest).await.value.unwrap()).unwrap();
    assert_eq!(revoked.revocation.unwrap().reason, RevocationReason::Superseded);
    let origin = client.read(&RecordKey::Origin, At::Latest).await.value.unwrap();
    assert_eq!(Origin::from_bytes(&origin).unwrap(), new.verified.origin);
    assert_eq!(new.verified.origin.network, old.network_key.genesis);
    assert_eq!(resolved(&node.url(), &id).await.unwrap(), document);
    // Earlier versions go along by their number; when each of them held, only the old network can tell.
    assert!(resolved(&node.url(), &format!("{id}?versionId=0")).await.is_ok());
    let earlier = instant::format(new.verified.origin.time_ms);
    assert_eq!(resolved(&node.url(), &format!("{id}?versionTime={earlier}")).await, Err(404));

    // A credential that was revoked there is revoked here, under the new key alone.
    assert!(
        status(&old_staple, &new.network_key, issuer.agency.id, 41).unwrap_err().contains("another network")
    );
    let staple = issuer.list.staple(&mut client, 41).await;
    assert_eq!(status(&staple, &new.network_key, issuer.agency.id, 41), Ok(1));
    assert!(status(&staple, &old.network_key, issuer.agency.id, 41).is_err());

    // Agency and authority go on with the keys that they had.
    let published = issuer.revoke_credential(&mut client, 42, 2).await;
    client.wait_for_anchor(published).await;
    let staple = issuer.list.staple(&mut client, 42).await;
    assert_eq!(status(&staple, &new.network_key, issuer.agency.id, 42), Ok(1));
    let authority = old.authority.did.id;
    let suspend = Operation::SuspendAccreditation { issuer: issuer.agency.id, vct: VCT.into() };
    client.act(&control_key(&old.authority.control_key), authority, suspend).await.unwrap();

    // Anybody who has the export follows the new chain from its first block.
    assert_eq!(audited(&node.url(), &new.network_key, Some(&new.import)).await.unwrap(), 2);
    let without = audited(&node.url(), &new.network_key, None).await;
    assert!(matches!(without, Err(AuditFailure::NoImport)));

    // And exports it again, from what was fetched.
    let replayed = folder.0.join("replayed");
    std::fs::create_dir_all(&replayed).unwrap();
    let light = LightClient::new(new.network_key.clone());
    let registry = RegistryClient::new(transport(), node.url());
    let (chain, _) =
        replay(&registry, light, &replayed, Some(&new.import), now_ms(), &mut |_, _| {}).await.unwrap();
    let mut again = Vec::new();
    let key = control_key(&old.authority.control_key);
    write(&chain.reader().unwrap(), authority, &key, &mut again).unwrap();
    chain.committed().check_whole().unwrap();
    let third = import(folder.0.join("third"), &again, &new.network_key).unwrap();
    assert_eq!(third.verified.origin.network, new.network_key.genesis);
    node.stop().unwrap();
}

/// An export taken apart, to be put together again otherwise.
#[derive(Clone)]
struct Parts {
    header: Vec<u8>,
    records: Vec<(Vec<u8>, Vec<u8>)>,
    author: IssuerId,
}

impl Parts {
    fn of(file: &[u8]) -> Self {
        fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
            let (taken, left) = rest.split_at(length);
            *rest = left;
            taken
        }
        fn number(bytes: &[u8]) -> usize {
            bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
        }
        let mut rest = &file[12..];
        let length = number(take(&mut rest, 2));
        let header = take(&mut rest, length).to_vec();
        let mut records = Vec::new();
        loop {
            let length = number(take(&mut rest, 2));
            if length == 0 {
                break;
            }
            let key = take(&mut rest, length).to_vec();
            let length = number(take(&mut rest, 4));
            records.push((key, take(&mut rest, length).to_vec()));
        }
        take(&mut rest, 8);
        let author = IssuerId(take(&mut rest, 20).try_into().unwrap());
        assert_eq!(rest.len(), 64);
        Self { header, records, author }
    }

    /// Signs them as `export` does.
    fn signed(&self, network: &Digest, key: &SoftwareKey) -> Vec<u8> {
        let mut out = b"yufu-export\x01".to_vec();
        out.extend_from_slice(&u16::try_from(self.header.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&self.header);
        for (key, value) in &self.records {
            out.extend_from_slice(&u16::try_from(key.len()).unwrap().to_be_bytes());
            out.extend_from_slice(key);
            out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
            out.extend_from_slice(value);
        }
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(self.records.len() as u64).to_be_bytes());
        let digest = sha256(&[b"yufu/export/v1", &out]);
        let message = [b"yufu/export-signature/v1", &network[..], &self.author.0, &digest].concat();
        out.extend_from_slice(&self.author.0);
        out.extend_from_slice(&key.sign(&message).unwrap());
        out
    }
}

/// A small network's export, with what signs it.
struct Sample {
    _folder: Folder,
    files: NetworkFiles,
    file: Vec<u8>,
    key: SoftwareKey,
}

impl Sample {
    async fn new() -> Self {
        let folder = Folder::new("sample");
        let files = found(&folder.0.join("old"), 1_000);
        let node = start(&files.validators[0]);
        let mut client = Client::new(&node.url(), files.network_key.clone());
        client.wait_for_checkpoint().await;
        Issuer::at_work(&mut client, &node.url(), &files).await;
        node.stop().unwrap();
        let (file, key) = (export(&files), control_key(&files.authority.control_key));
        Self { _folder: folder, files, file, key }
    }

    fn verify(&self, file: &[u8]) -> Result<Verified, ExportError> {
        verify(file, &self.files.network_key)
    }

    /// What is said about the export with this changed, and the change signed by the authority.
    fn changed(&self, change: impl FnOnce(&mut Parts)) -> ExportError {
        let mut parts = Parts::of(&self.file);
        assert_eq!(parts.signed(&self.files.network_key.genesis, &self.key), self.file);
        change(&mut parts);
        self.verify(&parts.signed(&self.files.network_key.genesis, &self.key)).unwrap_err()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_an_export_that_is_not_whole_true_and_signed_by_its_name() {
    let sample = Sample::new().await;
    let verified = sample.verify(&sample.file).unwrap();
    assert_eq!(verified.author, sample.files.authority.did.id);

    // Not even an authority may change what validators certified.
    let last = Parts::of(&sample.file).records.len() - 1;
    let changed = sample.changed(|parts| *parts.records[1].1.last_mut().unwrap() ^= 1);
    assert!(matches!(changed, ExportError::Roots(Tree::Trust)), "{changed}");
    let left_out = sample.changed(|parts| drop(parts.records.remove(last)));
    assert!(matches!(left_out, ExportError::Roots(_)), "{left_out}");
    let entry = borsh::to_vec(&RecordKey::Entry { stream: "zzz".into(), seq: 0 }).unwrap();
    let added = sample.changed(|parts| {
        let place = parts.records.partition_point(|(key, _)| *key < entry);
        parts.records.insert(place, (entry, vec![1]));
    });
    assert!(matches!(added, ExportError::Roots(Tree::Records)), "{added}");
    let twice = sample.changed(|parts| parts.records.insert(1, parts.records[1].clone()));
    assert!(matches!(twice, ExportError::Malformed("the records are not in order")), "{twice}");
    let certificate = sample.changed(|parts| *parts.header.last_mut().unwrap() ^= 1);
    let said = matches!(
        certificate,
        ExportError::Header(LightClientError::BadCertificate(
            CertificateError::Signature | CertificateError::SignatureEncoding
        ))
    );
    assert!(said, "{certificate}");
    let long = sample.changed(|parts| parts.records[1].1 = vec![0; (64 << 10) + 1]);
    assert!(matches!(long, ExportError::Malformed("a value's length")), "{long}");
    let stranger = sample.changed(|parts| parts.author = IssuerId([3; 20]));
    assert!(matches!(stranger, ExportError::NotAnAuthority(IssuerId(id)) if id == [3; 20]), "{stranger}");

    let other = SoftwareKey::generate(Algorithm::Ed25519, &SystemRandom::new()).unwrap();
    let parts = Parts::of(&sample.file);
    let by_another = sample.verify(&parts.signed(&sample.files.network_key.genesis, &other)).unwrap_err();
    assert!(matches!(by_another, ExportError::Signature(_)), "{by_another}");
    let for_another = sample.verify(&parts.signed(&[1; 32], &sample.key)).unwrap_err();
    assert!(matches!(for_another, ExportError::Signature(_)), "{for_another}");

    let strangers = found(&Folder::new("strangers").0, 1_000).network_key;
    let wrong_key = verify(sample.file.as_slice(), &strangers).unwrap_err();
    assert!(matches!(wrong_key, ExportError::Header(LightClientError::WrongNetwork)), "{wrong_key}");
    let impostor = NetworkKey { genesis: sample.files.network_key.genesis, ..strangers };
    let wrong_set = verify(sample.file.as_slice(), &impostor).unwrap_err();
    assert!(matches!(wrong_set, ExportError::Header(LightClientError::WrongSet)), "{wrong_set}");

    for length in (0..sample.file.len()).step_by(61).chain([sample.file.len() - 1]) {
        let cut = sample.verify(&sample.file[..length]).unwrap_err();
        assert!(matches!(cut, ExportError::Truncated), "{length}: {cut}");
    }
    for place in (0..sample.file.len()).step_by(53) {
        let mut flipped = sample.file.clone();
        flipped[place] ^= 1;
        assert!(sample.verify(&flipped).is_err(), "bit of byte {place}");
    }
    let longer = sample.verify(&[sample.file.as_slice(), &[0]].concat()).unwrap_err();
    assert!(matches!(longer, ExportError::TrailingBytes), "{longer}");
    let newer = sample.verify(&[b"yufu-export\x02", &sample.file[12..]].concat()).unwrap_err();
    assert!(matches!(newer, ExportError::NotAnExport), "{newer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_authority_exports_and_only_the_named_export_founds_the_network() {
    let sample = Sample::new().await;
    let files = &sample.files;
    let reader = reader(&files.validators[0], &files.network_key);
    let other = SoftwareKey::generate(Algorithm::Ed25519, &SystemRandom::new()).unwrap();
    let wrong = write(&reader, files.authority.did.id, &other, &mut Vec::new()).unwrap_err();
    assert!(matches!(wrong, ExportError::WrongKey), "{wrong}");
    let stranger = write(&reader, IssuerId([3; 20]), &sample.key, &mut Vec::new()).unwrap_err();
    assert!(matches!(stranger, ExportError::NotAnAuthority(_)), "{stranger}");

    let folder = Folder::new("founding");
    std::fs::create_dir_all(&folder.0).unwrap();
    let cut = &sample.file[..sample.file.len() - 7];
    let refused = import(folder.0.join("cut"), cut, &files.network_key).unwrap_err();
    assert!(matches!(refused, InitError::Export(ExportError::Truncated)), "{refused}");
    let new = import(folder.0.join("new"), &sample.file, &files.network_key).unwrap();
    let settings = Settings::load(&new.validators[0]).unwrap();
    let try_start = |settings: Settings| {
        Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).err()
    };
    let without = try_start(Settings { import: None, ..settings.clone() });
    assert!(matches!(without, Some(NodeError::NoImport)), "{without:?}");
    // The same records, with another signature of the same digest, would do; another content does not.
    let mut parts = Parts::of(&sample.file);
    *parts.records[1].1.last_mut().unwrap() ^= 1;
    let changed = folder.0.join("changed");
    std::fs::write(&changed, parts.signed(&files.network_key.genesis, &sample.key)).unwrap();
    let wrong = try_start(Settings { import: Some(changed), ..settings.clone() });
    let said = matches!(
        wrong,
        Some(NodeError::Import { source: ExportError::OtherExport | ExportError::Malformed(_), .. })
    );
    assert!(said, "{wrong:?}");
    let node = start(&new.validators[0]);
    node.stop().unwrap();
    // The export has done its work once the node has its own data.
    std::fs::remove_file(&new.import).unwrap();
    start(&new.validators[0]).stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_on_records_takes_their_rules_and_begins_after_them() {
    let sample = Sample::new().await;
    let folder = Folder::new("genesis");
    std::fs::create_dir_all(&folder.0).unwrap();
    let new = import(folder.0.join("new"), &sample.file, &sample.files.network_key).unwrap();
    let bytes = std::fs::read(&new.genesis).unwrap();
    let genesis = Genesis::from_bytes(&bytes).unwrap();
    let (content, origin) = (genesis.content().clone(), *genesis.origin().unwrap());
    assert_eq!(Genesis::on_records(content.clone(), origin).unwrap().digest(), new.network_key.genesis);
    assert_eq!(content.policy.network, "test");
    assert_eq!(content.policy.authorities, [sample.files.authority.did.id]);
    for length in 0..bytes.len() {
        assert!(Genesis::from_bytes(&bytes[..length]).is_err(), "{length}");
    }

    let early = GenesisContent { time_ms: origin.time_ms, ..content.clone() };
    assert_eq!(Genesis::on_records(early, origin), Err(GenesisError::Origin));
    // Its authorities are among the records, and a network without records has founders.
    let inception = Inception {
        control_key: sample.key.verifying_key().clone(),
        next_key: [7; 32],
        also_known_as: Vec::new(),
        services: Vec::new(),
    };
    let founded = GenesisContent { founders: vec![inception], ..content.clone() };
    assert_eq!(Genesis::on_records(founded, origin), Err(GenesisError::Founders));
    assert_eq!(Genesis::new(content.clone()), Err(GenesisError::Founders));

    let policy = Policy { timelock_ms: content.policy.timelock_ms + 1, ..content.policy.clone() };
    let other = Genesis::on_records(GenesisContent { policy, ..content.clone() }, origin).unwrap();
    assert!(matches!(load(&new.import, &other), Err(ExportError::OtherPolicy)));
    let another = Origin { export: [1; 32], ..origin };
    let another = Genesis::on_records(content, another).unwrap();
    assert!(matches!(load(&new.import, &another), Err(ExportError::OtherExport)));
    // Records that were loaded for one genesis found no other.
    let records = load(&new.import, &genesis).unwrap();
    let refused = Chain::found_on(&folder.0.join("registry.db"), &another, records);
    assert!(matches!(refused, Err(StoreError::OtherNetwork)));
}
