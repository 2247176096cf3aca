// The other implementation's half of the check of Data Integrity proofs: Digital Bazaar's cryptosuites verify
// what yufu-core issued, and issue what it verifies.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import { loader } from './loader.mjs';

const folder = process.argv[2];
const ours = JSON.parse(readFileSync(join(folder, 'ours-di.json'), 'utf8'));
const { challenge, contexts, domain } = ours;
const now = new Date(ours.now * 1000);
const V2 = 'https://www.w3.org/ns/credentials/v2';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';

const check = async (what, holds) => {
  await holds();
  console.log(`ok: ${what}`);
};

const suites = {
  'eddsa-rdfc-2022': { sign: eddsaRdfc, verify: eddsaRdfc },
  'eddsa-jcs-2022': { sign: eddsaJcs.createSignCryptosuite(), verify: eddsaJcs.createVerifyCryptosuite() },
  'ecdsa-rdfc-2019': { sign: ecdsaRdfc, verify: ecdsaRdfc },
  'ecdsa-jcs-2019': { sign: ecdsaJcs.createSignCryptosuite(), verify: ecdsaJcs.createVerifyCryptosuite() },
};
const verifier = (name) => new DataIntegrityProof({ cryptosuite: suites[name].verify });

// Contexts as yufu-core knows them.
const documentLoader = loader(contexts);

const verified = async (result) => {
  const { verified, error } = await result;
  assert.ok(verified, error && JSON.stringify(error.errors ?? error, null, 1));
};
const refused = async (result) => assert.equal((await result).verified, false);
const credential = (credential, name) =>
  vc.verifyCredential({ credential, suite: verifier(name), documentLoader, now });
const presentation = (presentation, name, answer) =>
  vc.verify({ presentation, suite: verifier(name), documentLoader, now, domain, challenge, ...answer });
const forged = (document) => {
  const changed = structuredClone(document);
  changed.credentialSubject[0].degree.name += '.';
  return changed;
};

assert.equal(ours.cases.length, 6);
for (const one of ours.cases) {
  const name = `${one.suite} ${one.curve}`;
  await check(`${name}: our credential verifies`, async () => verified(credential(one.credential, one.suite)));
  await check(`${name}: forged it is refused`, () => refused(credential(forged(one.credential), one.suite)));
  await check(`${name}: our land title verifies`, async () => {
    const options = { credential: one.title, suite: verifier(one.suite), documentLoader, now };
    await verified(vc.verifyCredential({ ...options, checkStatus: async () => ({ verified: true }) }));
  });
  await check(`${name}: our presentation verifies with both`, async () => {
    const checkStatus = async () => ({ verified: true });
    await verified(presentation(one.presentation, one.suite, { checkStatus }));
    await refused(presentation(one.presentation, one.suite, { checkStatus, challenge: 'n-other' }));
    await refused(presentation(one.presentation, one.suite, { checkStatus, domain: 'https://other.example' }));
  });
}

await check('each proof of our set of two verifies', async () => {
  const [one, two] = ours.set.proof;
  await verified(credential(ours.set, one.cryptosuite));
  const purpose = new vc.CredentialIssuancePurpose();
  // The second is by another than the issuer: only its signature can be asked for.
  purpose.validate = async () => ({ valid: true });
  const options = { credential: ours.set, suite: verifier(two.cryptosuite), documentLoader, now, purpose };
  await verified(vc.verifyCredential(options));
});

const generate = async (curve) => {
  const key = curve === 'Ed25519'
    ? await Ed25519Multikey.generate()
    : await EcdsaMultikey.generate({ curve: { P256: 'P-256', P384: 'P-384' }[curve] });
  const { publicKeyMultibase } = await key.export({ publicKey: true });
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
};
const signer = (key, name) =>
  new DataIntegrityProof({ signer: key.signer(), cryptosuite: suites[name].sign, date: now });
const degree = (issuer) => ({
  '@context': [V2, EXAMPLES],
  type: ['VerifiableCredential', 'ExampleDegreeCredential'],
  issuer,
  validFrom: '2026-09-21T00:00:00Z',
  credentialSubject: { degree: { type: 'ExampleBachelorDegree', name: 'Ægir 学士' }, alumniOf: 'Æ — 𝄞' },
});

const cases = [];
for (const { suite, curve } of ours.cases) {
  const [key, holder] = [await generate(curve), await generate(curve)];
  const issued = await vc.issue({ credential: degree(key.controller), suite: signer(key, suite), documentLoader, now });
  const unsigned = vc.createPresentation({ verifiableCredential: issued, holder: holder.controller, version: 2.0, now });
  const signed = await vc.signPresentation(
    { presentation: unsigned, suite: signer(holder, suite), challenge, domain, documentLoader });
  cases.push({ suite, curve, credential: issued, presentation: signed });
}
const [key, other] = [await generate('P384'), await generate('Ed25519')];
const first = await vc.issue(
  { credential: degree(key.controller), suite: signer(key, 'ecdsa-rdfc-2019'), documentLoader, now });
const set = await vc.issue({ credential: first, suite: signer(other, 'eddsa-rdfc-2022'), documentLoader, now });
writeFileSync(join(folder, 'theirs-di.json'), JSON.stringify({ cases, set }));
console.log('ok: the other implementation issued credentials and presentations with proofs of every kind');
