//! Points in time with a zone.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A point in time as `validFrom`, `validUntil` and a proof's `created` and `expires` write it: a date,
/// a time of day and a zone, never without the zone. Years are 0001 to 9999.
///
/// Two that mean the same moment are equal, however they are written.
///
/// Spec: XML Schema 1.1 part 2, `dateTimeStamp`; Verifiable Credentials Data Model 2.0 §4.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTimeStamp {
    /// Seconds since the Unix epoch.
    seconds: i64,
    nanoseconds: u32,
}

/// The text is no `dateTimeStamp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time with a zone")]
pub struct DateTimeStampError;

/// The longest text that is read, in bytes.
const MAX_LENGTH: usize = 40;
const DAY: i64 = 86_400;

impl DateTimeStamp {
    /// The moment so many seconds after the Unix epoch; later than the year 9999 counts as its last
    /// second.
    #[must_use]
    pub fn from_seconds(seconds: u64) -> Self {
        const LAST: i64 = 253_402_300_799;
        Self { seconds: i64::try_from(seconds).unwrap_or(LAST).min(LAST), nanoseconds: 0 }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`DateTimeStampError`] when it is none, has no zone, or names a day that no month has.
    pub fn parse(text: &str) -> Result<Self, DateTimeStampError> {
        if text.len() > MAX_LENGTH || !text.is_ascii() {
            return Err(DateTimeStampError);
        }
        Self::read(text.as_bytes()).ok_or(DateTimeStampError)
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
        if date[4] != b'-' || date[7] != b'-' || year < 1 || !(1..=month_length(year, month)?).contains(&day)
        {
            return None;
        }
        let (clock, rest) = rest.split_at_checked(9)?;
        if clock[0] != b'T' || clock[3] != b':' || clock[6] != b':' {
            return None;
        }
        let (hour, minute, second) = (number(&clock[1..3])?, number(&clock[4..6])?, number(&clock[7..])?);
        let (nanoseconds, zone) = fraction(rest)?;
        // Midnight may be written as the end of the day before.
        let midnight = (hour, minute, second, nanoseconds) == (24, 0, 0, 0);
        if !midnight && (hour > 23 || minute > 59 || second > 59) {
            return None;
        }
        let local = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Some(Self { seconds: local - offset(zone)?, nanoseconds })
    }

    /// Whole seconds since the Unix epoch; what lies before it counts as 0.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.seconds).unwrap_or(0)
    }
}

/// In UTC with `Z`, whole seconds.
impl fmt::Display for DateTimeStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(DAY));
        let second = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Serialize for DateTimeStamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DateTimeStamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// Nanoseconds after a point, further digits cut off, and what follows.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.', rest)) = rest.split_first() else { return Some((0, rest)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    let nanoseconds = (0..9)
        .fold(0, |number, place| number * 10 + digits.get(place).map_or(0, |digit| u32::from(digit - b'0')));
    Some((nanoseconds, zone))
}

/// Seconds by which a zone is ahead of UTC, at most 14 hours.
fn offset(zone: &[u8]) -> Option<i64> {
    if zone == b"Z" {
        return Some(0);
    }
    let (sign, time) = zone.split_first().filter(|(_, time)| time.len() == 5 && time[2] == b':')?;
    let (hours, minutes) = (number(&time[..2])?, number(&time[3..])?);
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn month_length(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Some(28 + i64::from(leap)),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days from the epoch to a date. Years are counted from March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The date so many days after the epoch.
fn date(days: i64) -> (i64, i64, i64) {
    // An estimate of the year that is never too late, and at most a year too early.
    let mut year = (days * 400).div_euclid(146_097) + 1970 - 1;
    while self::days(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| self::days(year, *month, 1) <= days).unwrap_or(1);
    (year, month, days - self::days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> i64 {
        DateTimeStamp::parse(text).unwrap().seconds
    }

    #[test]
    fn moments_are_read_and_written() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-27T14:32:06Z", 1_795_789_926),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
            assert_eq!(DateTimeStamp::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(DateTimeStamp::from_seconds(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(DateTimeStamp::parse("1950-01-01T00:00:00Z").unwrap().seconds(), 0);
    }

    #[test]
    fn one_moment_has_many_spellings() {
        let moment = DateTimeStamp::parse("2026-11-27T00:00:00Z").unwrap();
        for text in [
            "2026-11-26T24:00:00Z",
            "2026-11-27T08:00:00+08:00",
            "2026-11-26T10:00:00-14:00",
            "2026-11-27T00:00:00.000Z",
            "2026-11-27T00:00:00+00:00",
        ] {
            assert_eq!(DateTimeStamp::parse(text).unwrap(), moment, "{text}");
        }
        assert!(DateTimeStamp::parse("2026-11-27T00:00:00.000000001Z").unwrap() > moment);
    }

    #[test]
    fn refuses_what_has_no_zone_or_is_no_moment() {
        for text in [
            "",
            "2026-11-27",
            "2026-11-27T00:00:00",
            "2026-11-27T00:00Z",
            "2026-11-27 00:00:00Z",
            "2026-11-27t00:00:00z",
            "2026-11-27T00:00:00z",
            "2026-11-31T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-11-27T24:00:01Z",
            "2026-11-27T23:60:00Z",
            "2026-11-27T23:59:60Z",
            "2026-11-27T00:00:00.Z",
            "2026-11-27T00:00:00+15:00",
            "2026-11-27T00:00:00+14:01",
            "2026-11-27T00:00:00+0800",
            "2026-11-27T00:00:00ZZ",
            "2026-11-27T00:00:00Z ",
            "-2026-11-27T00:00:00Z",
            "12026-11-27T00:00:00Z",
            "2026-11-27T00:00:00.0000000000000000000000000Z",
            "２０２６-11-27T00:00:00Z",
        ] {
            assert_eq!(DateTimeStamp::parse(text), Err(DateTimeStampError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_comes_back(moment in 0u64..253_402_300_800) {
            let written = DateTimeStamp::from_seconds(moment).to_string();
            prop_assert_eq!(DateTimeStamp::parse(&written).unwrap().seconds(), moment);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,50}") {
            let _ = DateTimeStamp::parse(&text);
        }

        #[test]
        fn nothing_near_a_moment_makes_it_panic(text in "[0-9+.:TZ-]{15,30}") {
            let _ = DateTimeStamp::parse(&text);
        }
    }
}
