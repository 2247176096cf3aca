//! Which of the two languages a reader gets.

use serde::{Deserialize, Serialize};

/// A language that every page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Locale {
    /// Both languages, in the order in which a switch offers them.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The language tag, as `lang` attributes and catalogues write it.
    ///
    /// Spec: RFC 5646.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language's name in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "中文",
        }
    }

    /// The other language.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::ZhCn,
            Self::ZhCn => Self::En,
        }
    }

    /// The language that a tag asks for: any `zh` is Chinese, any `en` English, nothing else is served.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::ZhCn)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

impl std::fmt::Display for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}

/// The language of a reader: the one that the address asks for (`?lang=`), else the one chosen before
/// (the cookie of [`language_cookie`]), else by `Accept-Language`.
#[must_use]
pub fn reader_locale(query: Option<&str>, cookies: Option<&str>, accept_language: Option<&str>) -> Locale {
    let chosen =
        || cookies?.split(';').find_map(|c| c.trim().strip_prefix("lang=")).and_then(Locale::from_tag);
    query
        .and_then(Locale::from_tag)
        .or_else(chosen)
        .unwrap_or_else(|| negotiate(accept_language.unwrap_or_default()))
}

/// The `set-cookie` field that keeps a reader's choice for a year.
#[must_use]
pub fn language_cookie(locale: Locale) -> String {
    format!("lang={locale}; Path=/; Max-Age=31536000; SameSite=Lax")
}

/// The language to answer in, by an `Accept-Language` header: the one of highest weight, the earlier
/// one among equals, English where neither is asked for.
///
/// Spec: RFC 9110 §12.5.4.
#[must_use]
pub fn negotiate(accept_language: &str) -> Locale {
    let mut best = None;
    for range in accept_language.split(',').take(32) {
        let mut parts = range.split(';');
        let Some(locale) = parts.next().and_then(Locale::from_tag) else { continue };
        let weight = parts
            .find_map(|p| p.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(_, heaviest)| weight > heaviest) {
            best = Some((locale, weight));
        }
    }
    best.map_or(Locale::En, |(locale, _)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_language_of_highest_weight() {
        assert_eq!(negotiate("en;q=0.5, zh-TW;q=0.8, fr"), Locale::ZhCn);
        assert_eq!(negotiate("zh-CN,zh;q=0.9,en;q=0.8"), Locale::ZhCn);
        assert_eq!(negotiate("en-GB,zh"), Locale::En);
    }

    #[test]
    fn a_choice_in_the_address_beats_the_cookie_and_the_cookie_beats_the_browser() {
        let (cookies, accept) = (Some("a=b; lang=zh-CN"), Some("en"));
        assert_eq!(reader_locale(Some("en"), cookies, accept), Locale::En);
        assert_eq!(reader_locale(Some("xx"), cookies, accept), Locale::ZhCn);
        assert_eq!(reader_locale(None, Some("lang=xx"), Some("zh")), Locale::ZhCn);
        assert_eq!(reader_locale(None, None, None), Locale::En);
        assert!(language_cookie(Locale::ZhCn).starts_with("lang=zh-CN;"));
    }

    #[test]
    fn answers_in_english_when_neither_language_is_asked_for_or_the_header_is_nonsense() {
        for header in ["", "fr, de;q=0.3", ";;;=,q", "zh;q=0, *", "zh;q=NaN"] {
            assert_eq!(negotiate(header), Locale::En, "{header:?}");
        }
    }
}
