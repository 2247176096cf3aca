// The other implementation's half of the check of canonical statements: `make` writes documents and graphs,
// `check` compares what yufu-core made of them with what jsonld and rdf-canonize make of them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonld from 'jsonld';
import * as rdf from 'rdf-canonize';

const [step, folder] = process.argv.slice(2);

// A small generator that gives the same cases in every run.
let state = 0x2545f491;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};
const pick = (list) => list[random(list.length)];
const some = (from, to, make) => Array.from({ length: from + random(to - from + 1) }, make);

const V2 = 'https://www.w3.org/ns/credentials/v2';
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2';
const TITLE = 'https://land.yufu.example/contexts/land-title/1';

// One term for each form of definition.
const terms = {
  '@version': 1.1,
  id: '@id',
  type: '@type',
  value: '@value',
  ex: { '@id': 'https://e.example/', '@prefix': true },
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  none: '@none',
  text: 'ex:text',
  other: { '@id': 'ex:text' },
  date: { '@id': 'ex:date', '@type': 'xsd:date' },
  double: { '@id': 'ex:double', '@type': 'xsd:double' },
  link: { '@id': 'ex:link', '@type': '@id' },
  word: { '@id': 'ex:word', '@type': '@vocab' },
  json: { '@id': 'ex:json', '@type': '@json' },
  plain: { '@id': 'ex:plain', '@type': '@none' },
  set: { '@id': 'ex:set', '@container': '@set' },
  list: { '@id': 'ex:list', '@container': '@list' },
  links: { '@id': 'ex:links', '@type': '@id', '@container': '@list' },
  german: { '@id': 'ex:german', '@language': 'de-AT' },
  arabic: { '@id': 'ex:arabic', '@language': 'ar', '@direction': 'rtl' },
  tongues: { '@id': 'ex:tongues', '@container': '@language' },
  byId: { '@id': 'ex:byId', '@container': '@id' },
  byType: { '@id': 'ex:byType', '@type': '@id', '@container': '@type' },
  byName: { '@id': 'ex:byName', '@container': ['@index', '@set'], '@index': 'text' },
  graph: { '@id': 'ex:graph', '@container': '@graph' },
  graphs: { '@id': 'ex:graphs', '@container': ['@graph', '@id'] },
  of: { '@reverse': 'ex:has' },
  about: '@nest',
  nested: { '@id': 'ex:nested', '@nest': 'about' },
  Scoped: { '@id': 'ex:Scoped', '@context': { text: 'ex:scopedText', date: 'ex:scopedDate' } },
  Lasting: { '@id': 'ex:Lasting', '@context': { '@propagate': true, text: 'ex:lastingText' } },
  Vocal: { '@id': 'ex:Vocal', '@context': { '@vocab': 'https://v.example/' } },
  Plain: 'ex:Plain',
  inside: { '@id': 'ex:inside', '@context': { text: { '@id': 'ex:insideText', '@language': 'fr' } } },
  fresh: { '@id': 'ex:fresh', '@context': [null, { '@vocab': 'https://f.example/', id: '@id' }] },
  word1: 'ex:word1',
};

const texts = ['', 'a', 'Þórsson', '北京市', 'quote " and \\', 'line\nfeed\ttab\r', '\u0001\u007f\u0085', '😀', ' '];
const numbers = [0, 1, -7, 2026, 7.0, 5.5, -0.125, 1e20, 1e21, 123456.789, 3.3e-5, 1.5e-10, 9007199254740991];
const iris = ['urn:a', 'urn:b', 'did:example:1', 'https://x.example/ä?q=1#f', 'ex:compact', '_:shared', '_:other'];
const scalar = () => pick([() => pick(texts), () => pick(numbers), () => random(2) === 0])();
const valueObject = () =>
  pick([
    () => ({ '@value': pick(texts) }),
    () => ({ value: pick(texts), '@language': pick(['en', 'zh-Hans-CN']) }),
    () => ({ value: pick(texts), '@language': 'he', '@direction': 'rtl' }),
    () => ({ value: pick(texts), '@direction': 'ltr' }),
    () => ({ value: '1', '@type': 'xsd:byte' }),
    () => ({ value: pick(numbers), '@type': 'xsd:double' }),
    () => ({ value: { z: 1, a: [null, 'é'] }, '@type': '@json' }),
  ])();
const anyJson = (depth) =>
  depth === 0 ? pick([null, true, 1.5, 'x', [], {}]) : pick([[anyJson(depth - 1)], { b: anyJson(depth - 1), a: 1 }]);

const node = (depth) => {
  const made = {};
  if (random(3) === 0) made[pick(['id', '@id'])] = pick(iris);
  if (random(3) === 0) made[pick(['type', '@type'])] = pick(['Plain', 'Scoped', 'Lasting', ['Scoped', 'Lasting', 'ex:Odd'], 'Vocal']);
  for (let count = 1 + random(4); count > 0; count -= 1) Object.assign(made, member(depth));
  if (made.type ?? made['@type']) {
    // Where a map by identifier stands, the context of the type around it ends (JSON-LD 1.1 API §5.1.2, step
    // 13.8.3.1); in jsonld 9 it goes on.
    delete made.byId;
    delete made.graphs;
    made.text ??= 'kept';
  }
  return made;
};
const member = (depth) => {
  const flat = [
    () => ({ text: scalar() }),
    () => ({ text: some(1, 3, scalar) }),
    () => ({ other: valueObject() }),
    () => ({ 'ex:compact': valueObject() }),
    () => ({ 'https://full.example/p': scalar() }),
    () => ({ date: '2026-09-01' }),
    () => ({ double: pick([2, 2.5]) }),
    () => ({ link: pick(iris) }),
    () => ({ word: pick(['word1', 'ex:w', 'urn:w']) }),
    () => ({ json: anyJson(2) }),
    () => ({ plain: pick(texts) }),
    () => ({ set: { '@set': some(1, 3, scalar) } }),
    () => ({ list: pick([[], some(1, 3, scalar), 'one', { '@list': ['a', 'b'] }]) }),
    () => ({ list: [[1, 2], ['a', []]] }),
    () => ({ links: some(1, 3, () => pick(iris)) }),
    () => ({ german: pick(texts) }),
    () => ({ arabic: pick(texts) }),
    () => ({ tongues: { en: pick(texts), 'zh-Hans': some(1, 2, () => pick(texts)), none: 'x' } }),
    () => ({ byType: { Plain: pick(iris) } }),
    () => ({ about: { nested: scalar(), text: scalar() } }),
  ];
  const deep = [
    () => ({ text: node(depth - 1) }),
    () => ({ set: some(1, 3, () => node(depth - 1)) }),
    () => ({ list: some(1, 2, () => node(depth - 1)) }),
    () => ({ byId: { 'urn:k1': node0(depth), none: node0(depth) } }),
    // One type only: jsonld 9 lets the context of one key's type hold for the keys after it.
    () => ({ byType: pick([{ Scoped: node0(depth) }, { 'ex:T': [node0(depth), node0(depth)] }]) }),
    () => ({ byName: { k1: node0(depth), k2: [node0(depth), node0(depth)] } }),
    () => ({ graph: some(1, 2, () => node(depth - 1)) }),
    () => ({ graphs: { 'urn:g': node(depth - 1), none: node(depth - 1) } }),
    () => ({ of: node(depth - 1) }),
    () => ({ '@reverse': { text: node(depth - 1), link: pick([{ id: 'urn:a' }, node(depth - 1)]) } }),
    () => ({ inside: node(depth - 1) }),
    () => ({ fresh: { id: 'urn:f', text: scalar(), more: { text: 'x' } } }),
    () => ({ '@included': [{ ...node(depth - 1), text: 'kept' }] }),
    () => ({ '@graph': [{ ...node(depth - 1), text: 'kept' }] }),
    () => ({ text: { '@context': { text: 'ex:own', '@language': 'is' }, ...node(depth - 1) } }),
  ];
  return pick(depth > 0 && random(2) === 0 ? deep : flat)();
};
const node0 = (depth) => {
  const { id, '@id': at, byId, graphs, ...rest } = node(depth - 1);
  return { ...rest, text: 'kept' };
};

const credentials = [
  {
    '@context': [V2, TITLE],
    type: ['VerifiableCredential', 'LandTitleCredential'],
    issuer: 'did:yufu:demo:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc',
    validFrom: '2026-09-01T00:00:00Z',
    validUntil: '2026-09-15T00:00:00Z',
    credentialStatus: {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '80411',
      statusListCredential: 'https://land.yufu.example/status/3',
    },
    credentialSubject: {
      id: 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169',
      certificate_number: '京（2026）朝阳区不动产权第0000001号',
      area_m2: '89.40',
      owner: { name_zh: '李安', name_latin: 'Li An' },
      co_owners: [{ name_latin: 'A', share: '1/2' }, { name_latin: 'A', share: '1/2' }],
      registered_on: '2026-01-01',
    },
  },
  {
    '@context': [V2, EXAMPLES],
    type: ['VerifiableCredential', 'AlumniCredential'],
    issuer: { id: 'https://vc.example/issuers/5678', name: { '@value': 'Háskóli', '@language': 'is' } },
    evidence: [{ type: 'Evidence', note: 'a' }, { type: 'Evidence', note: 'a' }],
    termsOfUse: { type: 'IssuerPolicy', id: 'urn:p', items: [1.5, 2, { '@list': ['x', { deep: true }] }] },
    credentialSubject: [{ alumniOf: 'A' }, { alumniOf: 'A' }, { id: 'did:example:1', degree: { name: 'X' } }],
    relatedResource: { id: V2, digestSRI: 'sha384-x', mediaType: 'application/ld+json' },
  },
  {
    '@context': [V2],
    type: ['VerifiablePresentation'],
    holder: 'did:example:holder',
    verifiableCredential: [
      {
        '@context': [V2, EXAMPLES],
        type: ['VerifiableCredential'],
        issuer: 'did:example:i',
        credentialSubject: { alumniOf: 'A' },
        proof: { type: 'DataIntegrityProof', cryptosuite: 'ecdsa-rdfc-2019', created: '2026-09-01T00:00:00Z',
          verificationMethod: 'did:example:i#k', proofPurpose: 'assertionMethod', proofValue: 'z3' },
      },
      { '@context': V2, type: 'EnvelopedVerifiableCredential', id: 'data:application/vc+jwt,eyJ' },
    ],
    proof: [{ type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022', proofPurpose: 'authentication',
      challenge: 'c', domain: 'd.example', verificationMethod: 'did:example:holder#k', proofValue: 'z4' }],
  },
  {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: 'did:example:1',
    verificationMethod: [{ id: 'did:example:1#k', type: 'Multikey', controller: 'did:example:1', publicKeyMultibase: 'z6M' }],
    authentication: ['did:example:1#k'],
    service: [{ id: 'did:example:1#s', type: 'urn:Service', serviceEndpoint: 'https://s.example' }],
  },
];

// Accepted by the other implementation although what is said depends on members that it does not sign,
// or that it signs as something else.
const refusedByUs = {
  Dropped: { '@context': terms, text: 'x', other: null },
  Dropped_empty: { '@context': terms, text: 'x', other: [] },
  Number: { '@context': terms, text: 9007199254740992 },
};
// Refused by both.
const refusedByBoth = {
  UndefinedTerm: { '@context': terms, text: 'x', undefined1: 'x' },
  UndefinedType: { '@context': terms, type: 'Unknown', text: 'x' },
  RelativeIri: { '@context': terms, id: 'relative', text: 'x' },
  ProtectedTerm: { '@context': [V2, { name: 'urn:n' }], name: 'x' },
  UnknownContext: { '@context': 'https://unknown.example/', text: 'x' },
  CyclicTerm: { '@context': { a: 'b:x', b: 'a:x' }, a: 'x' },
  LanguageTag: { '@context': terms, text: { '@value': 'x', '@language': 'a b' } },
};

const graph = () => {
  const nodes = 1 + random(7);
  const blank = () => `_:n${random(nodes)}`;
  const line = () => {
    const subject = pick([blank, blank, () => '<urn:s>'])();
    const object = pick([blank, blank, blank, () => '"v"', () => '"w"@en', () => '<urn:o>'])();
    const name = pick([() => '', () => '', blank, () => '<urn:g>'])();
    return `${subject} <urn:${pick(['p', 'q'])}> ${object} ${name} .\n`;
  };
  return [...new Set(some(1, 14, line).map((text) => text.replace('  .', ' .')))].join('');
};

const make = () => {
  const random = some(600, 600, () => ({ document: { '@context': terms, ...node(3) } }));
  const refused = Object.values({ ...refusedByUs, ...refusedByBoth }).map((document) => ({ document }));
  const graphs = some(600, 600, () => ({ graph: graph(), hash: pick(['SHA-256', 'SHA-384']) }));
  const documents = credentials.map((document) => ({ document }));
  writeFileSync(join(folder, 'cases.json'), JSON.stringify([...documents, ...random, ...graphs, ...refused]));
};

const check = async () => {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const [cases, ours, contexts] = ['cases.json', 'canonical.json', 'contexts.json'].map(read);
  const documentLoader = async (url) => {
    if (!contexts[url]) throw new Error(`unknown context ${url}`);
    return { contextUrl: null, documentUrl: url, document: contexts[url] };
  };
  const options = { algorithm: 'RDFC-1.0', format: 'application/n-quads', maxWorkFactor: Infinity };
  const safe = { safe: true, base: null, rdfDirection: 'i18n-datatype', documentLoader };
  const theirs = async ({ document, graph, hash = 'SHA-256' }) => {
    const dataset = graph === undefined ? await jsonld.toRDF(document, safe) : rdf.NQuads.parse(graph);
    return rdf.canonize(dataset, { ...options, messageDigestAlgorithm: hash });
  };
  const counts = { documents: 0, graphs: 0 };
  const refusals = Object.keys({ ...refusedByUs, ...refusedByBoth });
  const same = cases.length - refusals.length;
  for (const [at, one] of cases.entries()) {
    const what = JSON.stringify(one);
    if (at >= same) {
      const name = refusals[at - same];
      assert.ok(ours[at].error?.startsWith(name.split('_')[0]), `${name}: ${JSON.stringify(ours[at])}`);
      if (name in refusedByBoth) await assert.rejects(theirs(one), what);
      continue;
    }
    let lines;
    try {
      lines = await theirs(one);
    } catch (error) {
      assert.ok(ours[at].error, `only the other implementation refuses ${what}: ${error.message}\n${ours[at].lines}`);
      continue;
    }
    assert.equal(ours[at].error, undefined, `only we refuse ${what}`);
    assert.equal(ours[at].lines, lines, what);
    counts[one.graph === undefined ? 'documents' : 'graphs'] += 1;
  }
  assert.ok(counts.documents > 300 && counts.graphs > 500, JSON.stringify(counts));
  console.log(`ok: ${counts.documents} documents and ${counts.graphs} graphs have the same canonical statements`);
  console.log(`ok: ${refusals.length} documents are refused by name`);
};

await { make, check }[step]();
