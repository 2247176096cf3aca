// The other implementation's half of the check of selective disclosure. `check-sd.mjs issue FOLDER`: Digital
// Bazaar's suites verify what yufu-core derived, derive from its base proofs, and issue and derive what it
// verifies. `check-sd.mjs verify FOLDER`: they verify what yufu-core derived from their base proofs.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vc from '@digitalbazaar/vc';
import { loader } from './loader.mjs';
import { derive, generate, issue, selectiveSuites, verifier } from './selective.mjs';

const [mode, folder] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const ours = read('ours-sd.json');
const now = new Date(ours.now * 1000);
const presentationHeader = Uint8Array.from(ours.header);
const documentLoader = loader(ours.contexts);

const verify = (suite, credential) =>
  vc.verifyCredential({ credential, suite: verifier(suite, presentationHeader), documentLoader, now });
const check = async (what, suite, document) => {
  const { verified, error } = await verify(suite, document);
  assert.ok(verified, `${what}: ${error && (error.errors?.map(String) ?? error)}`);
  const forged = structuredClone(document);
  forged.issuer.name = 'another';
  assert.equal((await verify(suite, forged)).verified, false, `${what}: forged`);
  console.log(`ok: ${what}, and not when it was forged`);
};

if (mode === 'verify') {
  for (const { suite, name, parts } of read('ours-from-theirs-sd.json')) {
    for (const { selective, document } of parts) {
      await check(`${suite}, ${name}, ${JSON.stringify(selective)}: what we derived from their base proof verifies`, suite, document);
    }
  }
  process.exit();
}

assert.equal(mode, 'issue');
assert.deepEqual([...new Set(ours.cases.map(({ suite }) => suite))].sort(), [...selectiveSuites].sort());
const cases = [];
for (const { suite, name, document, mandatory, base, parts } of ours.cases) {
  assert.equal((await verify(suite, base)).verified, false);
  const key = await generate(suite);
  const credential = structuredClone(document);
  credential.issuer.id = key.controller;
  const theirs = await issue(suite, { credential, key, mandatoryPointers: mandatory, documentLoader, date: now });
  const derived = [];
  for (const { selective, document: part } of parts) {
    const what = `${suite}, ${name}, ${JSON.stringify(selective)}`;
    await check(`${what}: what we derived verifies`, suite, part);
    const of = (base) => derive(suite, { base, selectivePointers: selective, presentationHeader, documentLoader });
    const from_ours = await of(base);
    await check(`${what}: what they derived from our base proof verifies`, suite, from_ours);
    assert.deepEqual({ ...from_ours, proof: null }, { ...part, proof: null }, `${what}: both disclose the same`);
    const document = await of(theirs);
    await check(`${what}: what they derived from theirs verifies`, suite, document);
    derived.push({ selective, document, from_ours });
  }
  cases.push({ suite, name, base: theirs, parts: derived });
}
writeFileSync(join(folder, 'theirs-sd.json'), JSON.stringify({ cases }));
console.log('ok: the other implementation issued and derived with every suite for selective disclosure');
