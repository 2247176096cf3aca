// The other implementation's half of the check of did:webvh: didwebvh-ts resolves the logs that yufu-core
// wrote, and writes logs that it resolves.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createDID, deactivateDID, deriveNextKeyHash, multibaseEncode, MultibaseEncoding,
  prepareDataForSigning, resolveDIDFromLog, signWitnessProofEntries, updateDID,
} from 'didwebvh-ts';

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), 'utf8');
const write = (name, text) => writeFileSync(join(folder, name), text);
const ours = JSON.parse(read('ours-webvh.json'));
const lines = (name) => read(`ours-${name}.jsonl`).trim().split('\n').map((line) => JSON.parse(line));
const instant = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
const at = (minutes) => instant(ours.start + minutes * ours.minute);

const check = async (what, holds) => {
  await holds();
  console.log(`ok: ${what}`);
};

// Ed25519 comes from Node.
const PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const verifier = {
  async verify(signature, message, key) {
    const raw = key.length === 34 ? key.slice(2) : key;
    const spki = createPublicKey({ key: Buffer.concat([PREFIX, raw]), format: 'der', type: 'spki' });
    return verify(null, message, spki, signature);
  },
};

class Party {
  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(PREFIX.length);
    this.private = privateKey;
    this.multibase = multibaseEncode(new Uint8Array([0xed, 0x01, ...raw]), MultibaseEncoding.BASE58_BTC);
    this.did = `did:key:${this.multibase}`;
  }

  getVerificationMethodId() {
    return `${this.did}#${this.multibase}`;
  }

  async sign({ document, proof }) {
    const signature = sign(null, await prepareDataForSigning(document, proof), this.private);
    return { proofValue: multibaseEncode(new Uint8Array(signature), MultibaseEncoding.BASE58_BTC) };
  }

  get method() {
    return { type: 'Multikey', publicKeyMultibase: this.multibase, purpose: 'assertionMethod' };
  }
}

const resolve = (log, options) => resolveDIDFromLog(structuredClone(log), { verifier, ...options });
const fails = async (log, options) => {
  const result = await resolve(log, options).catch(() => null);
  assert.ok(result === null || result.meta.error, 'it resolves');
};
const keys = (result) => result.doc.verificationMethod?.map((method) => method.publicKeyMultibase);

const plain = lines('plain');
await check('our log whose key changed resolves', async () => {
  const result = await resolve(plain);
  assert.deepEqual([result.did, keys(result)], [ours.plain, [ours.other]]);
  assert.deepEqual(result.meta.updateKeys, [ours.keys[1]]);
});
await check('each of its versions resolves', async () => {
  assert.equal(keys(await resolve(plain, { versionNumber: 1 })), undefined);
  assert.deepEqual(keys(await resolve(plain, { versionNumber: 2 })), [ours.titles]);
  // It finds nothing at the very time at which a version begins.
  const between = new Date(ours.start + ours.minute + 1000);
  assert.deepEqual(keys(await resolve(plain, { versionTime: between })), [ours.titles]);
});
await check('forged it does not', async () => {
  const forged = structuredClone(plain);
  forged[2].state.verificationMethod[0].publicKeyMultibase = ours.titles;
  await fails(forged);
});
await check('our log with keys committed to before resolves', async () => {
  const result = await resolve(lines('committed'));
  assert.deepEqual([result.did, result.meta.prerotation], [ours.committed, true]);
  assert.deepEqual(keys(result), [ours.titles]);
});
await check('our end is an end', async () => {
  assert.equal((await resolve(lines('ended'))).meta.deactivated, true);
});
const witnessProofs = JSON.parse(read('ours-did-witness.json'));
await check('our log with witnesses resolves', async () => {
  const result = await resolve(lines('watched'), { witnessProofs });
  assert.deepEqual([result.did, keys(result)], [ours.watched, [ours.titles]]);
});
await check('with one witness of two it does not', async () => {
  const few = witnessProofs.map(({ versionId, proof }) => ({ versionId, proof: proof.slice(0, 1) }));
  await fails(lines('watched'), { witnessProofs: few });
});

// Now the other way.
const [first, second, third, oldKey, newKey] = Array.from({ length: 5 }, () => new Party());
const witnesses = [new Party(), new Party()];
const signers = Object.fromEntries(witnesses.map((one) => [one.did, one]));
const entries = witnesses.map((one) => ({ id: one.did }));
const approve = (log) => signWitnessProofEntries(log.map((entry) => entry.versionId), entries, signers, at(1));
const text = (log) => log.map((entry) => `${JSON.stringify(entry)}\n`).join('');

const created = await createDID({
  domain: 'agency.example', paths: ['births'], signer: first, verifier, created: at(0),
  updateKeys: [first.multibase], nextKeyHashes: [await deriveNextKeyHash(second.multibase)],
  verificationMethods: [oldKey.method], witness: { threshold: 2, witnesses: entries },
});
const updated = await updateDID({
  log: structuredClone(created.log), signer: second, verifier, witnessProofs: await approve(created.log),
  updateKeys: [second.multibase], nextKeyHashes: [await deriveNextKeyHash(third.multibase)],
  verificationMethods: [newKey.method], witness: { threshold: 2, witnesses: entries }, updated: at(1),
});
write('theirs.jsonl', text(updated.log));
write('theirs-did-witness.json', JSON.stringify(await approve(updated.log)));

const alone = await createDID({
  domain: 'agency.example', signer: first, verifier, created: at(0), updateKeys: [first.multibase],
  verificationMethods: [oldKey.method],
});
const ended = await deactivateDID({ log: structuredClone(alone.log), signer: first, verifier });
write('theirs-ended.jsonl', text(ended.log));
write('theirs-webvh.json', JSON.stringify({
  did: created.did, ended: ended.did, oldKey: oldKey.multibase, newKey: newKey.multibase,
}));
