use super::{Dataset, Hash, Quad, RdfError, Term, canonicalize};
use std::{fmt::Write, time::Instant};

fn canonical(text: &str, max_steps: u32) -> Result<String, RdfError> {
    let dataset = Dataset::parse(text).expect("N-Quads");
    canonicalize(&dataset, Hash::Sha256, max_steps).map(|canonical| canonical.text())
}

/// Every node points at every other.
fn clique(size: usize) -> String {
    let mut text = String::new();
    for from in 0..size {
        for to in (0..size).filter(|to| *to != from) {
            writeln!(text, "_:n{from} <urn:p> _:n{to} .").expect("text");
        }
    }
    text
}

#[test]
fn nodes_that_differ_are_named_by_their_own_hashes() {
    let text = "_:x <urn:p> \"b\" .\n_:y <urn:p> \"a\" .\n_:x <urn:q> _:y .\n";
    let dataset = Dataset::parse(text).expect("N-Quads");
    let canonical = canonicalize(&dataset, Hash::Sha256, 0).expect("no steps");
    assert_eq!(canonical.lines.len(), 3);
    assert!(canonical.lines.is_sorted());
    assert_eq!(canonical.labels.len(), 2);
}

#[test]
fn names_and_order_of_the_input_do_not_matter() {
    let one =
        "_:a <urn:p> _:b .\n_:b <urn:p> _:c .\n_:c <urn:p> _:a .\n_:a <urn:q> _:d .\n_:e <urn:q> _:d .\n";
    let two =
        "_:z <urn:q> _:v .\n_:y <urn:p> _:x .\n_:w <urn:q> _:v .\n_:x <urn:p> _:z .\n_:z <urn:p> _:y .\n";
    assert_eq!(canonical(one, 1000), canonical(two, 1000));
}

#[test]
fn the_two_hashes_name_alike_only_by_chance() {
    let dataset = Dataset::parse(&clique(4)).expect("N-Quads");
    let short = canonicalize(&dataset, Hash::Sha256, 100_000).expect("a small clique");
    let long = canonicalize(&dataset, Hash::Sha384, 100_000).expect("a small clique");
    assert_eq!(short.lines, long.lines, "all nodes of a clique are alike");
}

#[test]
fn a_poisoned_graph_is_refused_in_bounded_time() {
    let start = Instant::now();
    assert_eq!(canonical(&clique(40), 100_000), Err(RdfError::TooManySteps));
    let chain: String = (0..4000).map(|at| format!("_:n{at} <urn:p> _:n{} .\n", (at + 1) % 4000)).collect();
    assert_eq!(canonical(&chain, 1_000_000), Err(RdfError::TooManySteps));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn a_statement_made_twice_counts_once() {
    let dataset = Dataset::parse("_:a <urn:p> \"x\" .\n_:a <urn:p> \"x\" .\n").expect("N-Quads");
    assert_eq!(dataset.quads().len(), 1);
}

#[test]
fn lines_are_read_as_they_were_written() {
    let text = concat!(
        "<urn:a> <urn:p> \"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u007F é\" .\n",
        "<urn:a> <urn:p> \"x\"@zh-hans _:g .\n",
        "_:b <urn:p> \"1\"^^<urn:t> <urn:g> .\n",
    );
    let dataset = Dataset::parse(text).expect("N-Quads");
    assert_eq!(dataset.quads().iter().map(Quad::line).collect::<String>(), text);
    assert_eq!(dataset.quads()[1].graph, Some(Term::blank("g")));
    let escaped = Dataset::parse("<urn:\\u00E9> <urn:p> \"\\U0001F600\\'\" . # c\n\n# c\n").expect("N-Quads");
    assert_eq!(escaped.quads()[0].line(), "<urn:é> <urn:p> \"😀'\" .\n");
}

#[test]
fn what_is_no_statement_is_refused_with_its_line() {
    for line in [
        "<urn:a> <urn:p> .",
        "<urn:a> <urn:p> \"x\"",
        "<urn:a> _:p \"x\" .",
        "\"x\" <urn:p> \"x\" .",
        "<a> <urn:p> \"x\" .",
        "<urn:a> <urn:p> \"x\\q\" .",
        "<urn:a> <urn:p> \"\\uD800\" .",
        "<urn:a> <urn:p> \"x\" . more",
        "<urn:a> <urn:p> \"x\"@ .",
        "<urn:a> <urn:p> _: .",
        // What may not stand in an IRI may not stand there by an escape either.
        "<urn:a> <urn:p> <urn:\\u0000> .",
        "<urn:a> <urn:p> <urn:b\\u003E\\u0020.> .",
    ] {
        let text = format!("<urn:a> <urn:p> <urn:b> .\n{line}\n");
        assert_eq!(Dataset::parse(&text), Err(RdfError::Syntax(2)), "{line}");
    }
}
