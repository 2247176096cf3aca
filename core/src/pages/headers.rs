//! What a browser is told beside a page.

/// The policy of every page: nothing from elsewhere, no script or style in the page itself. Pictures may
/// be made in the page (`blob:`) or carried in it (`data:`), which a portrait just disclosed is.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Header fields of every answer, names in lower case. Pages and answers can hold a person's data, so
/// nothing is cached; files that hold none may override `cache-control`.
pub const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    // Not `no-referrer`: under that a browser names the origin of a form's post `null`.
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Whether a request that changes something comes from a page of this very origin, or from a program
/// that is no browser. `host`, `origin` and `fetch_site` are the header fields `host`, `origin` and
/// `sec-fetch-site`. Without this any page that a clerk visits could post to a program on loopback.
///
/// Spec: RFC 6454 §7; Fetch Metadata Request Headers §2.3.
#[must_use]
pub fn may_write(host: Option<&str>, origin: Option<&str>, fetch_site: Option<&str>) -> bool {
    match (fetch_site, origin) {
        // Pages cannot set this field themselves, and it says more than `origin`.
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, None) => true,
        (None, Some(origin)) => {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            authority.is_some() && authority == host
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_origin_may_not_write() {
        let host = Some("127.0.0.1:8430");
        assert!(may_write(host, None, None), "a program");
        assert!(may_write(host, Some("http://127.0.0.1:8430"), Some("same-origin")));
        assert!(
            may_write(host, Some("null"), Some("same-origin")),
            "a form of a page that hides its address"
        );
        assert!(may_write(host, Some("http://127.0.0.1:8430"), None), "a browser without fetch metadata");
        assert!(!may_write(host, Some("http://127.0.0.1:8431"), Some("same-site")));
        assert!(!may_write(host, Some("https://evil.example"), None));
        assert!(!may_write(host, Some("null"), None));
        assert!(!may_write(None, Some("null"), None));
        assert!(!may_write(host, None, Some("cross-site")));
    }

    #[test]
    fn no_page_may_run_a_script_or_style_of_its_own_text_or_of_another_origin() {
        for word in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"] {
            assert!(!CONTENT_SECURITY_POLICY.contains(word), "{word}");
        }
    }
}
