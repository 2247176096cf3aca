//! Times and ages in words.

use super::{Locale, text};
use crate::time::DAY;

/// An age in the largest unit that it fills: "40 seconds", "3 小时".
#[must_use]
pub fn age(locale: Locale, ms: u64) -> String {
    let seconds = ms / 1000;
    let (id, n) = match seconds {
        0..120 => ("age-seconds", seconds),
        120..7_200 => ("age-minutes", seconds / 60),
        7_200..172_800 => ("age-hours", seconds / 3_600),
        _ => ("age-days", seconds / DAY),
    };
    text(locale, id, &[("n", n.into())])
}

/// The UTC day of `seconds` since the Unix epoch: `2026-11-23`.
#[must_use]
pub fn day(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / DAY);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The UTC minute of `ms` since the Unix epoch: `2026-11-23 05:01`.
#[must_use]
pub fn minute(ms: u64) -> String {
    let second = ms / 1000 % DAY;
    format!("{} {:02}:{:02}", day(ms / 1000), second / 3_600, second / 60 % 60)
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01. Years begin in March while
/// reckoning, so that the leap day is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_the_calendar_over_leap_years_and_centuries() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_798_761_599, "2026-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(seconds), expected, "{seconds}");
        }
        assert_eq!(minute(1_709_164_800_000 + 5 * 3_600_000 + 61_000), "2024-02-29 05:01");
    }

    #[test]
    fn an_age_is_told_in_the_largest_unit_that_it_fills() {
        assert_eq!(age(Locale::En, 1_999), "1 second");
        assert_eq!(age(Locale::En, 119_000), "119 seconds");
        assert_eq!(age(Locale::ZhCn, 120_000), "2 分钟");
        assert_eq!(age(Locale::En, 7_200_000), "2 hours");
        assert_eq!(age(Locale::ZhCn, 10 * 86_400_000), "10 天");
    }
}
