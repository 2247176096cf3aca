//! Our half of the check of did:webvh logs in `core/tests/interop/run.sh`: `issue FOLDER` writes logs that
//! another implementation is to resolve, `verify FOLDER` resolves those that it wrote.

mod interop_main;

use interop_main::{Result, run};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::ExitCode, time::UNIX_EPOCH};
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, PublicKey, Signer as _, SoftwareKey},
    did::webvh::{
        Change, LogError, UnverifiedLog, VerifiedLog, VersionQuery, WrittenEntry, append, create, key_hash,
        witness_proof,
    },
};

/// When the first entry is written (milliseconds); the others follow a minute apart.
const START: u64 = 1_789_948_800_000;
const MINUTE: u64 = 60_000;

fn main() -> ExitCode {
    run(write_ours, verify_theirs)
}

struct Party {
    key: SoftwareKey,
    public: PublicKey,
}

impl Party {
    fn new() -> Result<Self> {
        let key = SoftwareKey::generate(Algorithm::Ed25519, &SystemRandom::new())?;
        let public = PublicKey::from(key.verifying_key());
        Ok(Self { key, public })
    }
}

/// A log as it grows.
struct Log {
    did: String,
    text: String,
    ids: Vec<String>,
}

impl Log {
    fn begin(path: &str, parameters: Value, signer: &Party) -> Result<Self> {
        let state = json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": format!("did:webvh:{{SCID}}:{path}"),
        });
        let change = Change { parameters: object(parameters), state: Some(object(state)) };
        let WrittenEntry { scid, version_id, line } = create(change, &signer.key, START)?;
        let did = format!("did:webvh:{}:{path}", scid.ok_or("a first entry has a SCID")?);
        Ok(Self { did, text: line, ids: vec![version_id] })
    }

    fn add(&mut self, parameters: Value, state: Option<Value>, signer: &Party) -> Result<()> {
        let now = START + MINUTE * self.ids.len() as u64;
        let change = Change { parameters: object(parameters), state: state.map(object) };
        let log = UnverifiedLog::parse(self.text.as_bytes())?;
        let WrittenEntry { version_id, line, .. } = append(&log, change, &signer.key, now)?;
        self.text += &line;
        self.ids.push(version_id);
        Ok(())
    }

    fn write(&self, folder: &Path, name: &str) -> Result<()> {
        Ok(fs::write(folder.join(format!("ours-{name}.jsonl")), &self.text)?)
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A document with a key that signs titles, as an agency publishes it.
fn document(did: &str, key: &Party) -> Value {
    let multibase = key.public.multibase();
    let id = format!("{did}#{multibase}");
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "alsoKnownAs": ["did:yufu:town:land"],
        "verificationMethod": [
            { "id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase }
        ],
        "assertionMethod": [id],
    })
}

/// One log whose key changes, one whose keys are committed to before, with an end, and one with witnesses.
fn write_ours(folder: &Path) -> Result<()> {
    let [first, second, third, titles, other] =
        [Party::new()?, Party::new()?, Party::new()?, Party::new()?, Party::new()?];

    let mut plain =
        Log::begin("agency.example:land", json!({ "updateKeys": [first.public.multibase()] }), &first)?;
    let state = document(&plain.did, &titles);
    plain.add(json!({ "updateKeys": [second.public.multibase()] }), Some(state), &first)?;
    plain.add(json!({}), Some(document(&plain.did, &other)), &second)?;
    plain.write(folder, "plain")?;

    let parameters = json!({
        "updateKeys": [first.public.multibase()], "nextKeyHashes": [key_hash(&second.public)],
    });
    let mut committed = Log::begin("agency.example%3A8443:tax", parameters, &first)?;
    let rotated = json!({
        "updateKeys": [second.public.multibase()], "nextKeyHashes": [key_hash(&third.public)],
    });
    committed.add(rotated, Some(document(&committed.did, &titles)), &second)?;
    committed.write(folder, "committed")?;
    let end = json!({
        "updateKeys": [third.public.multibase()], "nextKeyHashes": [], "deactivated": true,
    });
    committed.add(end, None, &third)?;
    committed.write(folder, "ended")?;

    let witnesses = [Party::new()?, Party::new()?];
    let names: Vec<Value> =
        witnesses.iter().map(|one| json!({ "id": format!("did:key:{}", one.public.multibase()) })).collect();
    let parameters = json!({
        "updateKeys": [first.public.multibase()], "witness": { "threshold": 2, "witnesses": names },
    });
    let mut watched = Log::begin("agency.example:births", parameters, &first)?;
    watched.add(json!({}), Some(document(&watched.did, &titles)), &first)?;
    watched.write(folder, "watched")?;
    let mut approved = Vec::new();
    for id in &watched.ids {
        let proof: Vec<Value> = witnesses
            .iter()
            .map(|one| witness_proof(id, &one.key, START))
            .collect::<std::result::Result<_, _>>()?;
        approved.push(json!({ "versionId": id, "proof": proof }));
    }
    fs::write(folder.join("ours-did-witness.json"), serde_json::to_vec(&approved)?)?;

    let facts = json!({
        "plain": plain.did, "committed": committed.did, "watched": watched.did,
        "titles": titles.public.multibase(), "other": other.public.multibase(),
        "keys": [first.public.multibase(), second.public.multibase(), third.public.multibase()],
        "start": START, "minute": MINUTE,
    });
    Ok(fs::write(folder.join("ours-webvh.json"), serde_json::to_vec(&facts)?)?)
}

/// What the other implementation wrote, and what follows from it.
struct Theirs {
    facts: Value,
    log: String,
    witnesses: Vec<u8>,
    /// The machine's time: their end is dated by it.
    now: u64,
}

impl Theirs {
    fn text(&self, name: &str) -> Result<&str> {
        Ok(self.facts[name].as_str().ok_or(format!("theirs-webvh.json has no {name}"))?)
    }

    fn verify(
        &self,
        did: &str,
        log: &str,
        witnesses: Option<&[u8]>,
    ) -> std::result::Result<VerifiedLog, LogError> {
        let did = self.facts[did].as_str().unwrap_or_default();
        UnverifiedLog::parse(log.as_bytes())?.verify(did, witnesses, self.now)
    }
}

fn verify_theirs(folder: &Path) -> Result<()> {
    let theirs = Theirs {
        facts: serde_json::from_slice(&fs::read(folder.join("theirs-webvh.json"))?)?,
        log: fs::read_to_string(folder.join("theirs.jsonl"))?,
        witnesses: fs::read(folder.join("theirs-did-witness.json"))?,
        now: u64::try_from(UNIX_EPOCH.elapsed()?.as_millis())?,
    };
    let verified = theirs.verify("did", &theirs.log, Some(&theirs.witnesses))?;
    let methods = |query: VersionQuery| {
        let version = verified.version(&query);
        version.map(|version| version.document.json()["verificationMethod"].to_string())
    };
    let before = methods(VersionQuery::Number(1)).ok_or("there is no version 1")?;
    let after = methods(VersionQuery::Newest).ok_or("there is no newest version")?;
    let (old, new) = (theirs.text("oldKey")?, theirs.text("newKey")?);
    check("their log, rotated and witnessed, verifies", verified.versions().len() == 2)?;
    check("their first version has the first key", before.contains(old) && !before.contains(new))?;
    check("their second version has the second key", after.contains(new) && !after.contains(old))?;

    let refusal = |log: &str, witnesses: Option<&[u8]>| theirs.verify("did", log, witnesses).err();
    check("without witnesses it is refused", refusal(&theirs.log, None) == Some(LogError::Witness))?;
    let forged = theirs.log.replace("agency.example", "forger.example");
    check("forged it is refused", refusal(&forged, Some(&theirs.witnesses)) == Some(LogError::Scid))?;
    let ended = fs::read_to_string(folder.join("theirs-ended.jsonl"))?;
    let verified = theirs.verify("ended", &ended, None)?;
    check("their end is an end", verified.is_deactivated())
}

fn check(what: &str, holds: bool) -> Result<()> {
    if !holds {
        return Err(format!("does not hold: {what}").into());
    }
    println!("ok: {what}");
    Ok(())
}
