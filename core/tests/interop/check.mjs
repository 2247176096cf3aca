// The other implementation's half of run.sh: verifies what yufu-core issued, and issues what it verifies.
import assert from 'node:assert/strict';
import { X509Certificate, createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatusList, createHeaderAndPayload } from '@sd-jwt/jwt-status-list';
import { SDJwtVcInstance, TypeMetadataFormatSchema } from '@sd-jwt/sd-jwt-vc';

const folder = process.argv[2];
const ours = JSON.parse(readFileSync(join(folder, 'ours.json'), 'utf8'));
const root = new X509Certificate(Buffer.from(ours.root, 'hex'));
const hasher = (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest();
const saltGenerator = (length) => randomBytes(length).toString('base64url');
const json = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

const check = async (what, holds) => {
  await holds();
  console.log(`ok: ${what}`);
};

// The key of an x5c leaf, once the root vouches for the leaf and the leaf for the issuer's DID.
const leafKey = (jwt, did) => {
  const leaf = new X509Certificate(Buffer.from(json(jwt.split('.')[0]).x5c[0], 'base64'));
  assert.ok(leaf.verify(root.publicKey), 'the root does not vouch for the leaf');
  assert.ok(leaf.subjectAltName.split(', ').includes(`URI:${did}`), 'the leaf is not the issuer\'s');
  return leaf.publicKey;
};
const es256 = (key) => (data, signature) =>
  verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
const signer = (key) => (data) =>
  sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const privateKey = (hex) => createPrivateKey({ key: Buffer.from(hex, 'hex'), format: 'der', type: 'pkcs8' });

const verifierOf = (compact) => {
  const issuerKey = leafKey(compact.split('~')[0], ours.issuer);
  return new SDJwtVcInstance({
    hasher,
    verifier: es256(issuerKey),
    kbVerifier: (data, signature, payload) =>
      es256(createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }))(data, signature),
    statusListFetcher: async (uri) => {
      assert.equal(uri, ours.status_uri);
      assert.equal(json(ours.status_token.split('.')[1]).sub, uri);
      assert.equal(json(ours.status_token.split('.')[0]).typ, 'statuslist+jwt');
      return ours.status_token;
    },
    statusVerifier: es256(leafKey(ours.status_token, ours.issuer)),
  });
};
const now = { currentDate: ours.now };

await check('our credential verifies, status list included, with every claim', async () => {
  const { payload, header } = await verifierOf(ours.credential).verify(ours.credential, now);
  assert.equal(header.typ, 'dc+sd-jwt');
  const { cnf, iss, ...claims } = payload;
  assert.equal(iss, ours.issuer);
  assert.deepEqual(claims, ours.claims);
});

await check('our presentation verifies with its key binding and shows what was chosen', async () => {
  const options = { ...now, keyBindingNonce: ours.nonce };
  const { payload, kb } = await verifierOf(ours.presentation).verify(ours.presentation, options);
  assert.equal(kb.payload.aud, 'https://verifier.example');
  assert.deepEqual(payload.address, { locality: '北京市', country: 'CN' });
  assert.deepEqual(payload.nationalities, ['IS']);
  assert.equal(payload.family_name, undefined);
  assert.equal(payload.resident_number, undefined);
});

await check('our presentation with another nonce is refused', async () => {
  const options = { ...now, keyBindingNonce: 'another' };
  await assert.rejects(verifierOf(ours.presentation).verify(ours.presentation, options), /Nonce/);
});

await check('our credential with its signature changed is refused', async () => {
  const [jwt, ...rest] = ours.credential.split('~');
  const at = jwt.length - 20;
  const changed = jwt.slice(0, at) + (jwt[at] === 'A' ? 'B' : 'A') + jwt.slice(at + 1);
  await assert.rejects(verifierOf(ours.credential).verify([changed, ...rest].join('~'), now), /Signature/);
});

await check('our revoked credential is refused by our status list', async () => {
  await assert.rejects(verifierOf(ours.revoked).verify(ours.revoked, now), /Status is not valid/);
});

await check('our type metadata fits the other implementation\'s schema', async () => {
  for (const type of ours.types) TypeMetadataFormatSchema.parse(type);
  assert.equal(ours.types.length, 3);
});

const theirKey = privateKey(ours.their_key);
const x5c = [Buffer.from(ours.their_leaf, 'hex').toString('base64')];
const statusUri = 'https://transport.example/status/9';
const issuer = new SDJwtVcInstance({
  hasher,
  saltGenerator,
  hashAlg: 'sha-256',
  signer: signer(theirKey),
  signAlg: 'ES256',
  kbSigner: signer(privateKey(ours.their_holder_key)),
  kbSignAlg: 'ES256',
});
const credential = await issuer.issue(
  {
    iss: ours.their_issuer,
    vct: 'https://transport.yufu.example/types/driving-licence/1',
    iat: ours.now,
    exp: ours.now + 86_400,
    cnf: { jwk: ours.their_holder_jwk },
    status: { status_list: { idx: 5, uri: statusUri } },
    given_name: 'Ægir',
    family_name: 'Þórsson',
    address: { locality: 'Reykjavík', country: 'IS' },
    nationalities: ['DK', 'IS'],
  },
  {
    _sd: ['given_name', 'family_name', 'address'],
    _sd_decoy: 2,
    address: { _sd: ['locality'] },
    nationalities: { _sd: [0, 1] },
  },
  { header: { x5c } },
);
const presentation = await issuer.present(
  credential,
  { given_name: true, address: { locality: true }, nationalities: { 1: true } },
  { kb: { payload: { iat: ours.now, aud: 'https://counter.example', nonce: 'n-theirs' } } },
);
const entries = new Array(1 << 17).fill(0);
entries[5] = 1;
entries[6] = 2;
const list = createHeaderAndPayload(
  new StatusList(entries, 2),
  { iss: ours.their_issuer, sub: statusUri, iat: ours.now, exp: ours.now + 86_400, ttl: 3600 },
  { alg: 'ES256', typ: 'statuslist+jwt', x5c },
);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const input = `${part(list.header)}.${part(list.payload)}`;
const statusToken = `${input}.${signer(theirKey)(input)}`;
const theirs = { credential, presentation, status_uri: statusUri, status_token: statusToken };
writeFileSync(join(folder, 'theirs.json'), JSON.stringify(theirs));
console.log('ok: the other implementation issued a credential, a presentation and a status list token');
