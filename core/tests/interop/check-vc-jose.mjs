// Other implementations' half of the check of credentials as JWT and SD-JWT and of bitstring status lists:
// jose, @sd-jwt and Digital Bazaar's status lists verify what yufu-core issued, and issue what it verifies.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BitstringStatusList, checkStatus, createCredential } from '@digitalbazaar/vc-bitstring-status-list';
import { SDJwtInstance } from '@sd-jwt/core';
import * as jose from 'jose';

const folder = process.argv[2];
const ours = JSON.parse(readFileSync(join(folder, 'ours-vc.json'), 'utf8'));
const now = new Date(ours.now * 1000);
const audience = 'https://counter.example';

const check = async (what, holds) => {
  await holds();
  console.log(`ok: ${what}`);
};

// The key of a did:jwk, once the key identifier is that of its one key.
const keyOf = async ({ alg, kid }) => {
  const [did, fragment] = kid.split('#');
  assert.equal(fragment, '0');
  return jose.importJWK(JSON.parse(Buffer.from(did.slice('did:jwk:'.length), 'base64url').toString()), alg);
};
const verifier = (jwt) => async (data, signature) => {
  const key = await keyOf(jose.decodeProtectedHeader(jwt));
  await jose.compactVerify(`${data}.${signature}`, key, { algorithms: ['ES256', 'Ed25519'] });
  return true;
};
const hasher = (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest();

for (const algorithm of ['ES256', 'Ed25519']) {
  const { document, jwt, sd_jwt: sdJwt, presentation } = ours[algorithm];
  const options = { algorithms: [algorithm], currentDate: now };

  await check(`our ${algorithm} credential verifies and is the document`, async () => {
    const { payload, protectedHeader } = await jose.jwtVerify(jwt, keyOf, { ...options, typ: 'vc+jwt' });
    const { iat, exp, ...credential } = payload;
    assert.deepEqual(credential, document);
    assert.equal(protectedHeader.cty, 'vc');
    assert.equal(protectedHeader.kid.split('#')[0], document.issuer);
  });

  await check(`our ${algorithm} credential with its payload changed is refused`, async () => {
    const [header, , signature] = jwt.split('.');
    const forged = Buffer.from(JSON.stringify({ ...document, name: 'x' })).toString('base64url');
    await assert.rejects(jose.jwtVerify(`${header}.${forged}.${signature}`, keyOf, options), /signature/);
  });

  await check(`our presentation of the ${algorithm} credential verifies for its audience`, async () => {
    const own = { algorithms: ['ES256'], currentDate: now, typ: 'vp+jwt', audience };
    const { payload } = await jose.jwtVerify(presentation, keyOf, own);
    assert.equal(payload.nonce, 'n-ours');
    assert.equal(payload.verifiableCredential[0].id, `data:application/vc+jwt,${jwt}`);
    const other = { ...own, audience: 'https://other.example' };
    await assert.rejects(jose.jwtVerify(presentation, keyOf, other), /aud/);
  });

  await check(`our ${algorithm} SD-JWT verifies with its disclosures, and without`, async () => {
    const instance = new SDJwtInstance({ hasher, verifier: verifier(sdJwt) });
    const { payload, header } = await instance.verify(sdJwt, { currentDate: ours.now });
    assert.equal(header.typ, 'vc+sd-jwt');
    const { iat, exp, cnf, ...credential } = payload;
    assert.deepEqual(credential, document);
    const bare = await instance.verify(`${sdJwt.split('~')[0]}~`, { currentDate: ours.now });
    assert.equal(bare.payload.credentialSubject.degree, undefined);
    assert.deepEqual(bare.payload.credentialStatus, document.credentialStatus);
  });
}

await check('our bitstring list says of our credentials which is revoked', async () => {
  const documentLoader = async (url) => {
    assert.equal(url, ours.list.id);
    return { document: ours.list };
  };
  const status = async (credential) => {
    const options = { credential, documentLoader, verifyBitstringStatusListCredential: false };
    const { verified, results, error } = await checkStatus(options);
    assert.equal(error, undefined);
    assert.equal(verified, true);
    return results[0].status;
  };
  assert.equal(await status(ours.of_list), false);
  assert.equal(await status(ours.revoked), true);
});

const party = async (algorithm) => {
  const { publicKey, privateKey } = await jose.generateKeyPair(algorithm, { extractable: true });
  const { kty, crv, x, y } = await jose.exportJWK(publicKey);
  const jwk = y ? { kty, crv, x, y } : { kty, crv, x };
  const did = `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;
  return { algorithm, privateKey, jwk, did, kid: `${did}#0` };
};
const holder = await party('ES256');
const documentOf = (issuer) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
  type: ['VerifiableCredential', 'ExampleDegreeCredential'],
  issuer: { id: issuer.did, name: 'Háskóli' },
  validFrom: '2026-09-21T00:00:00Z',
  credentialSubject: {
    id: holder.did,
    degree: { type: 'ExampleBachelorDegree', name: 'Ægir 学士' },
    alumniOf: { name: 'Háskóli' },
  },
});
const sign = (payload, { algorithm, privateKey, kid }, typ) =>
  new jose.SignJWT(payload).setProtectedHeader({ alg: algorithm, typ, kid }).sign(privateKey);

const theirs = {};
for (const algorithm of ['ES256', 'Ed25519']) {
  const issuer = await party(algorithm);
  theirs[algorithm] = await sign({ ...documentOf(issuer), iat: ours.now }, issuer, 'vc+jwt');
}
theirs.presentation = await sign(
  {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: 'VerifiablePresentation',
    holder: holder.did,
    verifiableCredential: [{
      '@context': 'https://www.w3.org/ns/credentials/v2',
      id: `data:application/vc+jwt,${theirs.ES256}`,
      type: 'EnvelopedVerifiableCredential',
    }],
    aud: audience,
    nonce: 'n-theirs',
    iat: ours.now,
  },
  holder,
  'vp+jwt',
);

const signerOf = ({ algorithm, privateKey }) => async (data) => {
  const [header, payload] = data.split('.');
  const compact = await new jose.CompactSign(Buffer.from(payload, 'base64url'))
    .setProtectedHeader(JSON.parse(Buffer.from(header, 'base64url').toString()))
    .sign(privateKey);
  assert.equal(compact.slice(0, compact.lastIndexOf('.')), data, `${algorithm}: the input changed`);
  return compact.split('.')[2];
};
const sdIssuer = await party('ES256');
class Vc extends SDJwtInstance {
  type = 'vc+sd-jwt';
}
const instance = new Vc({
  hasher,
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
  hashAlg: 'sha-256',
  signer: signerOf(sdIssuer),
  signAlg: 'ES256',
  kbSigner: signerOf(holder),
  kbSignAlg: 'ES256',
});
const issued = await instance.issue(
  { ...documentOf(sdIssuer), iat: ours.now, cnf: { jwk: holder.jwk } },
  { credentialSubject: { _sd: ['degree', 'alumniOf'], _sd_decoy: 2 } },
  { header: { kid: sdIssuer.kid } },
);
theirs.sd_jwt = await instance.present(
  issued,
  { credentialSubject: { degree: true } },
  { kb: { payload: { iat: ours.now, aud: audience, nonce: 'n-theirs' } } },
);

const list = new BitstringStatusList({ length: 1 << 17 });
list.setStatus(9, true);
list.setStatus((1 << 17) - 1, true);
theirs.list_id = 'https://transport.example/status/9';
theirs.list_issuer = 'did:example:transport';
theirs.list = await createCredential({ id: theirs.list_id, list, statusPurpose: 'revocation' });
theirs.list.issuer = theirs.list_issuer;
writeFileSync(join(folder, 'theirs-vc.json'), JSON.stringify(theirs));
console.log('ok: they issued credentials and presentations as JWT and SD-JWT, and a bitstring status list');
