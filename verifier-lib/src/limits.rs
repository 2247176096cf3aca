//! How old what is known may be, and how well the holder's key must be kept.

use serde::{Deserialize, Serialize};
use yufu_core::presentation::{
    file::MAX_AGE_S,
    preset::{KeyLevel, Preset},
};

/// A counter's own limits, outside the preset's digest. They narrow the preset's and never widen them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocalLimits {
    /// Oldest status publication accepted here, in seconds.
    pub max_status_age_s: Option<u64>,
    /// Oldest registry header accepted here, in seconds.
    pub max_header_age_s: Option<u64>,
    /// Least level of the holder's key accepted here.
    pub key_level: Option<KeyLevel>,
}

/// What holds for one check: the preset's limits and the counter's, the stricter of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_status_age_ms: u64,
    pub(crate) max_header_age_ms: u64,
    /// Of a presentation in a file.
    pub(crate) max_age_s: u64,
    pub(crate) key_level: Option<KeyLevel>,
}

impl Limits {
    pub(crate) fn of(preset: &Preset, local: &LocalLimits) -> Self {
        let ms = |preset_s: u64, local_s: Option<u64>| {
            local_s.map_or(preset_s, |local_s| local_s.min(preset_s)).saturating_mul(1000)
        };
        Self {
            max_status_age_ms: ms(preset.max_status_age_s(), local.max_status_age_s),
            max_header_age_ms: ms(preset.max_header_age_s(), local.max_header_age_s),
            max_age_s: preset.max_age_s().unwrap_or(MAX_AGE_S),
            key_level: preset.key_level().max(local.key_level),
        }
    }
}
