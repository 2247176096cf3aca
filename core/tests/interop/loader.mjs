// Documents for the other implementation: contexts as they are given to it, and each did:key, which is its
// own document. `elsewhere` loads the rest.
import assert from 'node:assert/strict';

const MULTIKEY = 'https://w3id.org/security/multikey/v1';

export const loader = (contexts, elsewhere = (url) => assert.fail(`unknown document ${url}`)) => async (url) => {
  const of = (document) => ({ contextUrl: null, documentUrl: url, document });
  if (contexts[url]) return of(contexts[url]);
  if (!url.startsWith('did:key:z')) return elsewhere(url);
  const [did, fragment] = url.split('#');
  const publicKeyMultibase = did.slice('did:key:'.length);
  const id = `${did}#${publicKeyMultibase}`;
  const key = { '@context': MULTIKEY, id, type: 'Multikey', controller: did, publicKeyMultibase };
  if (fragment !== undefined) {
    assert.equal(url, id);
    return of(key);
  }
  return of({
    '@context': ['https://www.w3.org/ns/did/v1', MULTIKEY],
    id: did,
    verificationMethod: [key],
    assertionMethod: [id],
    authentication: [id],
  });
};
