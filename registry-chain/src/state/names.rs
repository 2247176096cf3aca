//! Names that people read, and which of them could be taken for one another.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_security::skeleton;
use yufu_core::crypto::{Digest, sha256};

/// The longest name, in bytes of UTF-8.
const MAX_NAME: usize = 200;

const TAG: &[u8] = b"yufu/name-skeleton/v1";

/// Whether `name` is fit to be shown as somebody's name: NFC, single spaces inside only, and nothing
/// that is invisible or turns the direction of the text.
pub(super) fn is_name(name: &str) -> bool {
    let spaced_well = name.split(' ').all(|word| !word.is_empty());
    (1..=MAX_NAME).contains(&name.len())
        && is_nfc(name)
        && spaced_well
        && !name.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c))
}

/// Joiners, direction marks, variation selectors, tags and fillers: a name with one looks like a name
/// without.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Equal for names that could be taken for one another: the skeleton of UTS 39, over the name without
/// case, spaces and compatibility forms.
pub(super) fn skeleton_digest(name: &str) -> Digest {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    let skeleton: String = skeleton(&folded).collect();
    sha256(&[TAG, skeleton.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_nfc_and_shows_all_that_it_holds() {
        for good in ["居民登记局", "Résidents Office", "Transport & Ports (North)"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            " Office",
            "Office ",
            "A  B",
            "Re\u{301}sidents",
            "Off\u{200b}ice",
            "Off\u{202e}eci",
            "A\tB",
            "A\u{a0}B",
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
        assert!(!is_name(&"x".repeat(201)));
    }

    #[test]
    fn names_that_look_alike_share_a_skeleton() {
        let office = skeleton_digest("Residents Office");
        // Cyrillic е, full-width R, other case and spacing.
        for twin in ["R\u{435}sidents Office", "Ｒesidents Office", "RESIDENTS OFFICE", "ResidentsOffice"] {
            assert_eq!(skeleton_digest(twin), office, "{twin}");
        }
        assert_ne!(skeleton_digest("Resident Office"), office);
        assert_ne!(skeleton_digest("居民登记局"), skeleton_digest("居民登記处"));
    }
}
