//! RDF Dataset Canonicalization: names for blank nodes that depend on the statements alone.
//!
//! Spec: RDF Dataset Canonicalization 1.0 (RDFC-1.0).

use super::{Dataset, Quad, RdfError, n_quads};
use ring::digest::{Context, SHA256, SHA384};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    sync::Arc,
};

/// The hash inside canonicalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256: what every cryptosuite uses but those on P-384.
    Sha256,
    /// SHA-384: with keys on P-384.
    Sha384,
}

impl Hash {
    /// The digest in lower-case hexadecimal.
    fn hex(self, input: &str) -> Arc<str> {
        let mut context = Context::new(match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
        });
        context.update(input.as_bytes());
        let mut hex = String::with_capacity(96);
        for byte in context.finish().as_ref() {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }));
            }
        }
        hex.into()
    }
}

/// A canonicalized dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// Canonical N-Quads in code point order, each statement once and with its line feed.
    pub lines: Vec<String>,
    /// From each label of the input to its canonical one (`c14n0`, …), both without `_:`.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
}

impl Canonical {
    /// The canonical document.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.concat()
    }
}

/// Canonicalizes `dataset` in at most `max_steps` steps: a step is one neighbour looked at, for a hash or
/// in an order of neighbours that was tried. A dataset whose blank nodes all differ by their own
/// statements takes none; a million steps are about a second.
///
/// # Errors
/// [`RdfError::TooManySteps`].
///
/// Spec: RDFC-1.0 §4.4.
pub fn canonicalize(dataset: &Dataset, hash: Hash, max_steps: u32) -> Result<Canonical, RdfError> {
    let mut state = State::new(dataset, hash, max_steps);
    let mut by_hash: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    for node in 0..state.labels.len() {
        let first_degree = state.first_degree(node);
        by_hash.entry(Arc::clone(&first_degree)).or_default().push(node);
        state.first_degree.push(first_degree);
    }
    for nodes in by_hash.values().filter(|nodes| nodes.len() == 1) {
        state.canonical.issue(nodes[0]);
    }
    for nodes in by_hash.values().filter(|nodes| nodes.len() > 1) {
        state.name_alike(nodes)?;
    }
    Ok(state.finish())
}

/// How far neighbours are followed from one node. Each takes a stretch of the stack.
const MAX_DEPTH: usize = 128;

/// A blank node, by its place in [`State::labels`].
type Node = usize;

/// Names that are given in order.
#[derive(Clone)]
struct Issuer {
    prefix: &'static str,
    names: HashMap<Node, usize>,
    order: Vec<Node>,
}

impl Issuer {
    fn new(prefix: &'static str) -> Self {
        Self { prefix, names: HashMap::new(), order: Vec::new() }
    }

    fn issue(&mut self, node: Node) {
        if self.names.contains_key(&node) {
            return;
        }
        self.names.insert(node, self.order.len());
        self.order.push(node);
    }

    fn write(&self, out: &mut String, node: Node) -> bool {
        let Some(number) = self.names.get(&node) else { return false };
        // Writing to a string cannot fail.
        let _ = write!(out, "{}{number}", self.prefix);
        true
    }
}

struct State<'a> {
    quads: &'a [Quad],
    hash: Hash,
    steps_left: u32,
    depth: usize,
    labels: Vec<&'a str>,
    nodes: HashMap<&'a str, Node>,
    /// The statements of each node.
    statements: Vec<Vec<&'a Quad>>,
    first_degree: Vec<Arc<str>>,
    canonical: Issuer,
}

impl<'a> State<'a> {
    fn new(dataset: &'a Dataset, hash: Hash, max_steps: u32) -> Self {
        let mut state = Self {
            quads: dataset.quads(),
            hash,
            steps_left: max_steps,
            depth: 0,
            labels: Vec::new(),
            nodes: HashMap::new(),
            statements: Vec::new(),
            first_degree: Vec::new(),
            canonical: Issuer::new("c14n"),
        };
        for quad in dataset.quads() {
            for label in quad.nodes().filter_map(|term| term.blank_label()) {
                state.add(label, quad);
            }
        }
        state
    }

    fn add(&mut self, label: &'a str, quad: &'a Quad) {
        let next = self.labels.len();
        let node = *self.nodes.entry(label).or_insert(next);
        if node == next {
            self.labels.push(label);
            self.statements.push(Vec::new());
        }
        let statements = &mut self.statements[node];
        // A node that stands twice in a statement has that statement once.
        if !statements.last().is_some_and(|last| std::ptr::eq(*last, quad)) {
            statements.push(quad);
        }
    }

    /// Spec: §4.6.
    fn first_degree(&self, node: Node) -> Arc<str> {
        let own = self.labels[node];
        let mut lines: Vec<String> = self.statements[node]
            .iter()
            .map(|quad| {
                let mut line = String::with_capacity(192);
                n_quads::write(&mut line, quad, &mut |out, label| {
                    out.push(if label == own { 'a' } else { 'z' });
                });
                line
            })
            .collect();
        lines.sort_unstable();
        self.hash.hex(&lines.concat())
    }

    /// Names the nodes that their own statements do not tell apart.
    ///
    /// Spec: §4.4.3 step 5.
    fn name_alike(&mut self, nodes: &[Node]) -> Result<(), RdfError> {
        let mut results = Vec::new();
        for node in nodes {
            if self.canonical.names.contains_key(node) {
                continue;
            }
            let mut issuer = Issuer::new("b");
            issuer.issue(*node);
            results.push(self.n_degree(*node, issuer)?);
        }
        results.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, issuer) in results {
            for node in issuer.order {
                self.canonical.issue(node);
            }
        }
        Ok(())
    }

    /// Spec: §4.8.
    fn n_degree(&mut self, node: Node, mut issuer: Issuer) -> Result<(Arc<str>, Issuer), RdfError> {
        self.spend(1 + self.statements[node].len())?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(RdfError::TooManySteps);
        }
        let related = self.related(node, &issuer);
        let mut data = String::new();
        for (hash, nodes) in related {
            data.push_str(&hash);
            let (path, chosen) = self.best_order(nodes, &issuer)?;
            data.push_str(&path);
            issuer = chosen;
        }
        self.depth -= 1;
        Ok((self.hash.hex(&data), issuer))
    }

    /// The neighbours of `node` by the hash of how they are connected.
    fn related(&self, node: Node, issuer: &Issuer) -> BTreeMap<Arc<str>, Vec<Node>> {
        let mut related: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
        for quad in &self.statements[node] {
            let positions =
                [('s', Some(&quad.subject)), ('o', Some(&quad.object)), ('g', quad.graph.as_ref())];
            for (position, term) in positions {
                let Some(neighbour) = term.and_then(|term| term.blank_label()).map(|label| self.nodes[label])
                else {
                    continue;
                };
                if neighbour != node {
                    let hash = self.related_hash(neighbour, quad, issuer, position);
                    related.entry(hash).or_default().push(neighbour);
                }
            }
        }
        related
    }

    /// Spec: §4.7.
    fn related_hash(&self, node: Node, quad: &Quad, issuer: &Issuer, position: char) -> Arc<str> {
        let mut input = String::with_capacity(160);
        input.push(position);
        if position != 'g' {
            input.push('<');
            input.push_str(&quad.predicate);
            input.push('>');
        }
        let at = input.len();
        input.push_str("_:");
        if !self.canonical.write(&mut input, node) && !issuer.write(&mut input, node) {
            input.truncate(at);
            input.push_str(&self.first_degree[node]);
        }
        self.hash.hex(&input)
    }

    /// The path that sorts first among all orders of `nodes`, and the names given along it.
    ///
    /// Spec: §4.8 step 5.4.
    fn best_order(&mut self, mut nodes: Vec<Node>, issuer: &Issuer) -> Result<(String, Issuer), RdfError> {
        nodes.sort_unstable();
        let mut best: Option<(String, Issuer)> = None;
        loop {
            self.spend(nodes.len() + issuer.order.len())?;
            let bound = best.as_ref().map(|(path, _)| path.as_str());
            if let Some(found) = self.follow(&nodes, issuer.clone(), bound)? {
                best = Some(found);
            }
            if !next_order(&mut nodes) {
                break;
            }
        }
        // The first order is always followed to its end.
        best.ok_or(RdfError::TooManySteps)
    }

    /// The path through `nodes` in this order, unless it cannot sort before `bound`.
    fn follow(
        &mut self,
        nodes: &[Node],
        mut issuer: Issuer,
        bound: Option<&str>,
    ) -> Result<Option<(String, Issuer)>, RdfError> {
        let hopeless = |path: &str| bound.is_some_and(|best| path.len() >= best.len() && path > best);
        let mut path = String::new();
        let mut recursion = Vec::new();
        for node in nodes {
            let at = path.len();
            path.push_str("_:");
            if !self.canonical.write(&mut path, *node) {
                if !issuer.names.contains_key(node) {
                    recursion.push(*node);
                    issuer.issue(*node);
                }
                path.truncate(at + 2);
                issuer.write(&mut path, *node);
            }
            if hopeless(&path) {
                return Ok(None);
            }
        }
        for node in recursion {
            let (hash, named) = self.n_degree(node, issuer)?;
            issuer = named;
            path.push_str("_:");
            issuer.write(&mut path, node);
            path.push('<');
            path.push_str(&hash);
            path.push('>');
            if hopeless(&path) {
                return Ok(None);
            }
        }
        Ok((bound.is_none_or(|best| path.as_str() < best)).then_some((path, issuer)))
    }

    fn spend(&mut self, steps: usize) -> Result<(), RdfError> {
        let left = u32::try_from(steps).ok().and_then(|steps| self.steps_left.checked_sub(steps));
        self.steps_left = left.ok_or(RdfError::TooManySteps)?;
        Ok(())
    }

    fn finish(self) -> Canonical {
        let Self { quads, labels, nodes, canonical, .. } = self;
        let mut lines: Vec<String> = quads
            .iter()
            .map(|quad| {
                let mut line = String::with_capacity(192);
                n_quads::write(&mut line, quad, &mut |out, label| {
                    canonical.write(out, nodes[label]);
                });
                line
            })
            .collect();
        lines.sort_unstable();
        let labels = labels.into_iter().enumerate().map(|(node, label)| {
            let mut name = String::new();
            canonical.write(&mut name, node);
            (label.into(), name.into())
        });
        Canonical { lines, labels: labels.collect() }
    }
}

/// Turns `nodes` into the order that follows it; `false` after the last one.
fn next_order(nodes: &mut [Node]) -> bool {
    let Some(pivot) = nodes.windows(2).rposition(|pair| pair[0] < pair[1]) else { return false };
    let Some(successor) = nodes.iter().rposition(|node| *node > nodes[pivot]) else { return false };
    nodes.swap(pivot, successor);
    nodes[pivot + 1..].reverse();
    true
}
