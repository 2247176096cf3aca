// The same work by Digital Bazaar's packages on Node: `measure FOLDER` or `poison FOLDER`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite';
import * as Bls12381Multikey from '@digitalbazaar/bls12-381-multikey';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';

const [work, folder] = process.argv.slice(2);
const { contexts, documents, mandatory, now: seconds, selective, suites: names } =
  JSON.parse(readFileSync(join(folder, 'input.json'), 'utf8'));
const now = new Date(seconds * 1000);
const checkStatus = async () => ({ verified: true });

const whole = (suite) => ({ sign: () => suite, verify: () => suite });
const jcs = ({ createSignCryptosuite, createVerifyCryptosuite }) =>
  ({ sign: createSignCryptosuite, verify: createVerifyCryptosuite });
const disclosing = ({ createDiscloseCryptosuite, createSignCryptosuite, createVerifyCryptosuite }) => ({
  sign: () => createSignCryptosuite({ mandatoryPointers: mandatory }),
  derive: () => createDiscloseCryptosuite({ selectivePointers: selective }),
  verify: createVerifyCryptosuite,
});
const suites = {
  'eddsa-rdfc-2022': whole(eddsaRdfc),
  'eddsa-jcs-2022': jcs(eddsaJcs),
  'ecdsa-rdfc-2019': whole(ecdsaRdfc),
  'ecdsa-jcs-2019': jcs(ecdsaJcs),
  'ecdsa-sd-2023': disclosing(ecdsaSd),
  'bbs-2023': disclosing(bbs),
};

const generate = async (name) => {
  const algorithm = Bls12381Multikey.ALGORITHMS.BBS_BLS12381_SHA256;
  const key = name.startsWith('eddsa') ? await Ed25519Multikey.generate()
    : name.startsWith('bbs') ? await Bls12381Multikey.generateBbsKeyPair({ algorithm })
    : await EcdsaMultikey.generate({ curve: 'P-256' });
  const { publicKeyMultibase } = await key.export({ publicKey: true });
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
};

// Contexts as yufu-core knows them; a did:key is its own document.
const documentLoader = async (url) => {
  const of = (document) => ({ contextUrl: null, documentUrl: url, document });
  if (contexts[url]) return of(contexts[url]);
  const [did, fragment] = url.split('#');
  assert.ok(did.startsWith('did:key:z'), `unknown document ${url}`);
  const publicKeyMultibase = did.slice('did:key:'.length);
  const id = `${did}#${publicKeyMultibase}`;
  const key = { '@context': 'https://w3id.org/security/multikey/v1', id, type: 'Multikey', controller: did, publicKeyMultibase };
  if (fragment !== undefined) return of(key);
  return of({
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did, verificationMethod: [key], assertionMethod: [id],
  });
};

const peer = async (name, document) => {
  const key = await generate(name);
  const signer = key.signer();
  const of = (suite, more) => new DataIntegrityProof({ cryptosuite: suite, ...more });
  const unsigned = { ...document, issuer: key.controller };
  return {
    issue: async () => {
      // `vc.issue` writes the proof into the document that it is given.
      const credential = { ...unsigned };
      const suite = of(suites[name].sign(), { signer, date: now });
      return JSON.stringify(await vc.issue({ credential, suite, documentLoader, now }));
    },
    derive: async (secured) => {
      const verifiableCredential = JSON.parse(secured);
      return JSON.stringify(await vc.derive({ verifiableCredential, suite: of(suites[name].derive()), documentLoader }));
    },
    verify: async (secured) => {
      const credential = JSON.parse(secured);
      const { verified, error } =
        await vc.verifyCredential({ credential, suite: of(suites[name].verify()), documentLoader, checkStatus, now });
      if (!verified) throw error.errors?.[0] ?? error;
    },
  };
};

// As in src/peer.rs: a second of processor time, with the threads that sign and those that collect garbage; warmed
// longer, since what runs often is compiled while it runs.
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const perSecond = async (once) => {
  let start = processorTime();
  while (processorTime() - start < 1) await once();
  let done = 0;
  start = processorTime();
  for (;;) {
    await once();
    done += 1;
    const spent = processorTime() - start;
    if (done >= 3 && spent >= 1) return done / spent;
  }
};

const measure = async () => {
  const [rows, shown] = [[], []];
  for (const [kind, document] of Object.entries(documents)) {
    for (const name of names) {
      console.error(`${kind} ${name}, on Node`);
      const row = { who: 'bazaar', document: kind, suite: name };
      let at;
      try {
        const one = await peer(name, document);
        at = 'issue';
        let text = await one.issue();
        rows.push({ ...row, work: at, per_second: await perSecond(one.issue) });
        if (suites[name].derive) {
          at = 'derive';
          const secured = text;
          text = await one.derive(secured);
          rows.push({ ...row, work: at, per_second: await perSecond(() => one.derive(secured)) });
        }
        shown.push({ ...row, shown: text });
        at = 'verify';
        await one.verify(text);
        await assert.rejects(one.verify(text.replace('第0000001号', '第0000002号')), 'a forgery passes');
        rows.push({ ...row, work: at, per_second: await perSecond(() => one.verify(text)) });
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        rows.push({ ...row, work: at, no: String(error.message ?? error) });
      }
    }
  }
  writeFileSync(join(folder, 'node.json'), JSON.stringify(rows));
  writeFileSync(join(folder, 'node-shown.json'), JSON.stringify(shown));
};

const poison = async () => {
  const one = await peer('eddsa-rdfc-2022', documents.mixed);
  const poisoned = readFileSync(join(folder, 'poisoned.json'), 'utf8');
  const start = performance.now();
  try {
    await one.verify(poisoned);
  } catch (error) {
    const seconds = (performance.now() - start) / 1000;
    const cause = error.cause ?? error;
    console.log(JSON.stringify({ who: 'bazaar', refusal: String(cause.message ?? cause), seconds }));
    return;
  }
  throw new Error('the poisoned credential verified');
};

await { measure, poison }[work]();
