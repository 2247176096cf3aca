// A running town's VC-API beside another implementation: what it issues, Digital Bazaar's packages and
// jose verify; what those issue and present, it verifies, and nothing that was changed. `vc-api.sh` opens a
// town for it; by hand: `node check-vc-api.mjs FILE`, the file that the town wrote by `--ready`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import { compactVerify, importJWK } from 'jose';
import { loader } from './loader.mjs';
import * as selective from './selective.mjs';

const { vc_api: api } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const V2 = 'https://www.w3.org/ns/credentials/v2';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';
const PROBLEM = /^https:\/\/(www\.w3\.org\/ns\/credentials|w3id\.org\/security)#[A-Z_]+$/;

const check = async (what, holds) => {
  await holds();
  console.log(`ok: ${what}`);
};
const post = async (url, body) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const issue = async (name) => {
  const { url, issuer } = api.issue[name];
  const { status, body } = await post(url, { credential: credential(issuer), options: {} });
  assert.equal(status, 201, JSON.stringify(body));
  return body.verifiableCredential;
};
const verified = ({ status, body }) => assert.ok(status === 200 && body.verified, JSON.stringify(body));
const refused = ({ status, body }) => {
  assert.deepEqual([status, body.verified], [400, false]);
  assert.match(body.problemDetails[0].type, PROBLEM);
};
const verify = (verifiableCredential) => post(api.verify, { verifiableCredential, options: { checks: ['proof'] } });

const suites = {
  'eddsa-rdfc-2022': { sign: eddsaRdfc, verify: eddsaRdfc },
  'eddsa-jcs-2022': { sign: eddsaJcs.createSignCryptosuite(), verify: eddsaJcs.createVerifyCryptosuite() },
  'ecdsa-rdfc-2019': { sign: ecdsaRdfc, verify: ecdsaRdfc },
  'ecdsa-jcs-2019': { sign: ecdsaJcs.createSignCryptosuite(), verify: ecdsaJcs.createVerifyCryptosuite() },
};
const credential = (issuer) => ({
  '@context': [V2, EXAMPLES],
  id: `urn:uuid:${crypto.randomUUID()}`,
  type: ['VerifiableCredential', 'ExampleAlumniCredential'],
  issuer,
  credentialSubject: { id: 'did:example:alice', alumniOf: { name: '示例大学' } },
});
const forged = (document) => {
  const changed = structuredClone(document);
  changed.credentialSubject.alumniOf.name += '.';
  return changed;
};

const examples = { '@context': { '@vocab': 'https://www.w3.org/ns/credentials/examples#' } };
const documentLoader = loader({ [EXAMPLES]: examples }, vc.defaultDocumentLoader);

const generate = async (curve) => {
  const key = curve === 'Ed25519' ? await Ed25519Multikey.generate() : await EcdsaMultikey.generate({ curve });
  const { publicKeyMultibase } = await key.export({ publicKey: true });
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
};

for (const [suite, curve, name] of [
  ['eddsa-rdfc-2022', 'Ed25519'],
  ['eddsa-jcs-2022', 'Ed25519'],
  ['ecdsa-rdfc-2019', 'P-256'],
  ['ecdsa-rdfc-2019', 'P-384', 'ecdsa-rdfc-2019-p384'],
  ['ecdsa-jcs-2019', 'P-256'],
  ['ecdsa-jcs-2019', 'P-384', 'ecdsa-jcs-2019-p384'],
]) {
  const called = name ?? suite;
  await check(`${called}: what the town issued verifies there and here, and not when it was changed`, async () => {
    const issued = await issue(called);
    const theirs = (credential) => vc.verifyCredential(
      { credential, suite: new DataIntegrityProof({ cryptosuite: suites[suite].verify }), documentLoader });
    const { verified: holds, error } = await theirs(issued);
    assert.ok(holds, error && JSON.stringify(error.errors ?? error, null, 1));
    assert.equal((await theirs(forged(issued))).verified, false);
    verified(await verify(issued));
    refused(await verify(forged(issued)));
  });
  const signer = (key) => new DataIntegrityProof({ signer: key.signer(), cryptosuite: suites[suite].sign });
  await check(`${called}: the town verifies what was issued and presented elsewhere, for its challenge and domain`, async () => {
    const [key, holder] = [await generate(curve), await generate(curve)];
    const issued = await vc.issue({ credential: credential(key.controller), suite: signer(key), documentLoader });
    verified(await verify(issued));
    refused(await verify(forged(issued)));
    const [challenge, domain] = ['c-1', 'https://shop.example'];
    const unsigned = vc.createPresentation({ verifiableCredential: issued, holder: holder.controller, version: 2.0 });
    const presentation = await vc.signPresentation(
      { presentation: unsigned, suite: signer(holder), challenge, domain, documentLoader });
    const present = (options, verifiablePresentation = presentation) =>
      post(api.verify_presentation, { verifiablePresentation, options });
    verified(await present({ challenge, domain }));
    refused(await present({ challenge: 'c-2', domain }));
    refused(await present({ challenge, domain: 'https://other.example' }));
    const other = structuredClone(presentation);
    other.verifiableCredential = [forged(issued)];
    refused(await present({ challenge, domain }, other));
  });
}

for (const name of selective.selectiveSuites) {
  const selectivePointers = ['/credentialSubject/0/alumniOf', '/credentialSubject/1/id'];
  const mandatoryPointers = ['/issuer'];
  // One subject has a name, the other none.
  const degree = (issuer) => ({
    ...credential(issuer),
    credentialSubject: [
      { alumniOf: { name: '示例大学' }, degree: { name: '学士' } },
      { id: 'did:example:alice', alumniOf: { id: 'did:example:u', name: 'U' } },
    ],
  });
  const theirs = async (credential) => {
    const options = { credential, suite: selective.verifier(name), documentLoader };
    const { verified: holds, error } = await vc.verifyCredential(options);
    assert.ok(holds, error && JSON.stringify(error.errors ?? error, null, 1));
  };
  const changed = (part) => {
    const other = structuredClone(part);
    other.credentialSubject[0].alumniOf.name += '.';
    return other;
  };
  const derive = async (verifiableCredential) => {
    const { status, body } = await post(api.derive[name].url, { verifiableCredential, options: { selectivePointers } });
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(JSON.stringify(body).includes('学士'), false);
    return body.verifiableCredential;
  };
  const elsewhere = (base) => selective.derive(name, { base, selectivePointers, documentLoader });
  const key = await selective.generate(name);
  const bases = {
    "the town's": async () => {
      const { url, issuer } = api.issue[name];
      const { status, body } = await post(url, { credential: degree(issuer), options: { mandatoryPointers } });
      assert.equal(status, 201, JSON.stringify(body));
      return body.verifiableCredential;
    },
    their: () => selective.issue(name, { credential: degree(key.controller), key, mandatoryPointers, documentLoader }),
  };
  for (const [whose, issue] of Object.entries(bases)) {
    await check(`${name}: what was derived from ${whose} base proof, in the town and elsewhere, verifies there and here`, async () => {
      const base = await issue();
      refused(await verify(base));
      for (const part of [await derive(base), await elsewhere(base)]) {
        await theirs(part);
        verified(await verify(part));
        refused(await verify(changed(part)));
      }
    });
  }
  await check(`${name}: a pointer to nothing is refused by both`, async () => {
    const { url, issuer } = api.issue[name];
    const nowhere = await post(url, { credential: degree(issuer), options: { mandatoryPointers: ['/nowhere'] } });
    assert.deepEqual([nowhere.status, PROBLEM.test(nowhere.body.type)], [400, true]);
    const request = { verifiableCredential: await bases["the town's"](), options: { selectivePointers: ['/nowhere'] } };
    const nothing = await post(api.derive[name].url, request);
    assert.deepEqual([nothing.status, PROBLEM.test(nothing.body.type)], [400, true]);
  });
}

await check('vc+jwt: what the town issued verifies there and here', async () => {
  const enveloped = await issue('vc+jwt');
  const compact = enveloped.id.slice('data:application/vc+jwt,'.length);
  const { issuer } = api.issue['vc+jwt'];
  const publicKeyMultibase = issuer.slice('did:key:'.length);
  const key = await EcdsaMultikey.from({ type: 'Multikey', id: issuer, controller: issuer, publicKeyMultibase });
  const jwk = await EcdsaMultikey.toJwk({ keyPair: key });
  const { payload, protectedHeader } = await compactVerify(compact, await importJWK(jwk, 'ES256'));
  assert.equal(protectedHeader.typ, 'vc+jwt');
  assert.equal(JSON.parse(new TextDecoder().decode(payload)).issuer, issuer);
  verified(await verify(enveloped));
  const [head, body, signature] = compact.split('.');
  refused(await verify({ ...enveloped, id: `data:application/vc+jwt,${head}.${body}.${signature.slice(0, -8)}AAAAAAAA` }));
});

await check('what is no request is refused by type', async () => {
  refused(await post(api.verify, {}));
  refused(await post(api.verify_presentation, { verifiablePresentation: 'text' }));
  const { status, body } = await post(api.issue['eddsa-rdfc-2022'].url, { credential: credential('did:example:other') });
  assert.deepEqual([status, PROBLEM.test(body.type)], [400, true]);
});
