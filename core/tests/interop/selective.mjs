// Digital Bazaar's suites for selective disclosure, alike: `issue`, `derive` and `verifier` of each.
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite';
import * as Bls12381Multikey from '@digitalbazaar/bls12-381-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ecdsa from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';

const algorithm = Bls12381Multikey.ALGORITHMS.BBS_BLS12381_SHA256;
const suites = {
  'ecdsa-sd-2023': { suite: ecdsa, generate: () => EcdsaMultikey.generate({ curve: 'P-256' }) },
  'bbs-2023': { suite: bbs, generate: () => Bls12381Multikey.generateBbsKeyPair({ algorithm }) },
};
export const selectiveSuites = Object.keys(suites);

// A key under its did:key.
export const generate = async (name) => {
  const key = await suites[name].generate();
  const { publicKeyMultibase } = await key.export({ publicKey: true });
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
};

// `credential` with a base proof.
export const issue = (name, { credential, key, mandatoryPointers, documentLoader, date = new Date() }) => {
  const cryptosuite = suites[name].suite.createSignCryptosuite({ mandatoryPointers });
  const suite = new DataIntegrityProof({ signer: key.signer(), cryptosuite, date });
  return vc.issue({ credential, suite, documentLoader, now: date });
};

// What the holder of `base` discloses of it.
export const derive = (name, { base, selectivePointers, presentationHeader, documentLoader }) => {
  const cryptosuite = suites[name].suite.createDiscloseCryptosuite({ selectivePointers, presentationHeader });
  const suite = new DataIntegrityProof({ cryptosuite });
  return vc.derive({ verifiableCredential: base, suite, documentLoader });
};

// Judges what was derived; `expectedPresentationHeader` is for bbs-2023 alone.
export const verifier = (name, expectedPresentationHeader) =>
  new DataIntegrityProof({ cryptosuite: suites[name].suite.createVerifyCryptosuite({ expectedPresentationHeader }) });
