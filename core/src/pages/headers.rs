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
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_may_run_a_script_or_style_of_its_own_text_or_of_another_origin() {
        for word in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"] {
            assert!(!CONTENT_SECURITY_POLICY.contains(word), "{word}");
        }
    }
}
