//! What may stand where the data model asks for a URL.

use crate::did::is_did;

/// The longest identifier that is read, in bytes. Those of DIDs with a key inside are the longest.
pub const MAX_URL: usize = 4096;

/// Whether `text` is an absolute URL, of any scheme: `scheme:rest`, no space, no control character, and
/// none of `"<>\^` `` ` `` `{|}`, which no URL holds unescaped.
#[must_use]
pub fn is_url(text: &str) -> bool {
    if text.len() > MAX_URL {
        return false;
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && rest.chars().all(is_url_character)
}

fn is_url_character(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// Whether `text` is a DID URL that names a key: a DID, `#` and a fragment.
#[must_use]
pub fn is_key_url(text: &str) -> bool {
    let parts = text.split_once('#');
    parts.is_some_and(|(did, fragment)| {
        !fragment.is_empty() && !fragment.contains('#') && is_did(did) && is_url(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_urls_of_any_scheme_are_taken() {
        for url in [
            "https://a.example/x?y#z",
            "did:key:z6Mk",
            "urn:uuid:1",
            "data:text/plain,x",
            "http://例.example/",
        ] {
            assert!(is_url(url), "{url}");
        }
        for other in
            ["", "a", ":a", "a:", "1a:b", "https://a b", "https://a\n", "a:<b>", "/relative", "did:{x}"]
        {
            assert!(!is_url(other), "{other}");
        }
        assert!(!is_url(&format!("a:{}", "b".repeat(MAX_URL))));
    }

    #[test]
    fn a_key_is_named_by_a_did_and_a_fragment() {
        assert!(is_key_url("did:web:a.example#key-1"));
        for other in [
            "did:web:a.example",
            "did:web:a.example#",
            "#key-1",
            "https://a.example#k",
            "did:web:a#b#c",
            "did:WEB:a#b",
        ] {
            assert!(!is_key_url(other), "{other}");
        }
    }
}
