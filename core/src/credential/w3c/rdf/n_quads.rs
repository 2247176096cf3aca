//! N-Quads: the canonical form written, any form read.

use super::{Literal, Quad, RDF_LANG_STRING, Term, XSD_STRING};
use std::{fmt::Write, iter::Peekable, str::Chars, sync::Arc};

/// Appends the canonical line of `quad`; `label` writes the label of a blank node, without `_:`.
///
/// Spec: RDF Dataset Canonicalization 1.0 §5.
pub(super) fn write(out: &mut String, quad: &Quad, label: &mut impl FnMut(&mut String, &str)) {
    term(out, &quad.subject, label);
    out.push(' ');
    iri(out, &quad.predicate);
    out.push(' ');
    term(out, &quad.object, label);
    if let Some(graph) = &quad.graph {
        out.push(' ');
        term(out, graph, label);
    }
    out.push_str(" .\n");
}

fn term(out: &mut String, term: &Term, label: &mut impl FnMut(&mut String, &str)) {
    match term {
        Term::Iri(text) => iri(out, text),
        Term::Blank(blank) => {
            out.push_str("_:");
            label(out, blank);
        }
        Term::Literal(value) => literal(out, value),
    }
}

fn iri(out: &mut String, text: &str) {
    out.push('<');
    out.push_str(text);
    out.push('>');
}

fn literal(out: &mut String, literal: &Literal) {
    out.push('"');
    escape(out, &literal.value);
    out.push('"');
    if let Some(language) = &literal.language {
        out.push('@');
        out.push_str(language);
    } else if *literal.datatype != *XSD_STRING {
        out.push_str("^^");
        iri(out, &literal.datatype);
    }
}

fn escape(out: &mut String, value: &str) {
    let mut plain = 0;
    for (at, byte) in value.bytes().enumerate() {
        let short = match byte {
            0x08 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            0x0c => "\\f",
            b'\r' => "\\r",
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x00..=0x1f | 0x7f => "",
            _ => continue,
        };
        out.push_str(&value[plain..at]);
        plain = at + 1;
        if short.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{byte:04X}");
        } else {
            out.push_str(short);
        }
    }
    out.push_str(&value[plain..]);
}

/// The statement of one line.
pub(super) fn read(line: &str) -> Option<Quad> {
    let mut reader = Reader { rest: line.chars().peekable() };
    let subject = reader.node()?;
    let predicate = reader.iri()?;
    let object = reader.object()?;
    let graph = if reader.next_is('.') { None } else { Some(reader.node()?) };
    reader.end()?;
    Some(Quad { subject, predicate, object, graph })
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn next_is(&mut self, expected: char) -> bool {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        self.rest.peek() == Some(&expected)
    }

    fn take(&mut self, expected: char) -> Option<()> {
        self.next_is(expected).then(|| self.rest.next())?.map(drop)
    }

    fn end(&mut self) -> Option<()> {
        self.take('.')?;
        let done = self.next_is('#') || self.rest.peek().is_none();
        done.then_some(())
    }

    fn node(&mut self) -> Option<Term> {
        if self.next_is('_') { self.blank() } else { self.iri().map(Term::Iri) }
    }

    fn object(&mut self) -> Option<Term> {
        if self.next_is('"') { self.literal().map(Term::Literal) } else { self.node() }
    }

    fn iri(&mut self) -> Option<Arc<str>> {
        self.take('<')?;
        let mut iri = String::new();
        loop {
            let one = match self.rest.next()? {
                '>' => break,
                '\\' => self.code_point()?,
                plain => plain,
            };
            // Nor may an escape stand for one of these: an IRI is written without escapes.
            if matches!(one, '\0'..=' ' | '<' | '>' | '"' | '{' | '}' | '|' | '^' | '`' | '\\') {
                return None;
            }
            iri.push(one);
        }
        iri.contains(':').then(|| iri.into())
    }

    fn blank(&mut self) -> Option<Term> {
        self.take('_')?;
        (self.rest.next()? == ':').then_some(())?;
        let mut label = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.')) {
            label.push(c);
        }
        let well_formed = !label.is_empty() && !label.starts_with(['-', '.']) && !label.ends_with('.');
        well_formed.then(|| Term::Blank(label.into()))
    }

    fn literal(&mut self) -> Option<Literal> {
        self.take('"')?;
        let mut value = String::new();
        loop {
            match self.rest.next()? {
                '"' => break,
                '\\' => value.push(self.escaped()?),
                '\n' | '\r' => return None,
                plain => value.push(plain),
            }
        }
        let value = value.into();
        match self.rest.peek() {
            Some('@') => {
                let language = Some(self.language()?);
                Some(Literal { value, datatype: RDF_LANG_STRING.into(), language })
            }
            Some('^') => {
                self.rest.next();
                (self.rest.next()? == '^').then_some(())?;
                Some(Literal { value, datatype: self.iri()?, language: None })
            }
            _ => Some(Literal { value, datatype: XSD_STRING.into(), language: None }),
        }
    }

    fn language(&mut self) -> Option<Arc<str>> {
        self.rest.next();
        let mut tag = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '-') {
            tag.push(c);
        }
        (!tag.is_empty()).then(|| tag.into())
    }

    fn escaped(&mut self) -> Option<char> {
        let short = match self.rest.peek()? {
            't' => '\t',
            'b' => '\u{8}',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            '"' => '"',
            '\'' => '\'',
            '\\' => '\\',
            _ => return self.code_point(),
        };
        self.rest.next();
        Some(short)
    }

    /// What follows the backslash: `u` and four digits, or `U` and eight.
    fn code_point(&mut self) -> Option<char> {
        let digits = match self.rest.next()? {
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let mut code: u32 = 0;
        for _ in 0..digits {
            code = code.checked_mul(16)?.checked_add(self.rest.next()?.to_digit(16)?)?;
        }
        char::from_u32(code)
    }
}
