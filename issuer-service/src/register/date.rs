//! Calendar dates.

use std::{fmt, str::FromStr};
use yufu_core::time::DAY;

/// A date of the Gregorian calendar, written `2026-11-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(time::Date);

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not four digits, two and two, with hyphens between.
    #[error("a date is written as 2026-11-23")]
    Form,
    /// No such day.
    #[error("there is no such day")]
    NoSuchDay,
}

impl Date {
    /// The date of a year, a month and a day.
    ///
    /// # Errors
    /// [`DateError::NoSuchDay`] when the calendar has none.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self, DateError> {
        let month = time::Month::try_from(month).map_err(|_| DateError::NoSuchDay)?;
        time::Date::from_calendar_date(year, month, day).map(Self).map_err(|_| DateError::NoSuchDay)
    }

    /// The UTC date of a time in seconds.
    #[must_use]
    pub fn of(seconds: u64) -> Self {
        let time =
            i64::try_from(seconds).ok().and_then(|s| time::OffsetDateTime::from_unix_timestamp(s).ok());
        // Times past the year 9999 stand at its end.
        Self(time.map_or(time::Date::MAX, time::OffsetDateTime::date))
    }

    /// The first second of the day, UTC; nothing before 1970.
    #[must_use]
    pub fn start(self) -> Option<u64> {
        u64::try_from(self.0.midnight().assume_utc().unix_timestamp()).ok()
    }

    /// Whole years from `self` to `today`, as ages are counted: a person born on 29 February has the
    /// birthday on 1 March in other years.
    #[must_use]
    pub fn years_until(self, today: Self) -> i32 {
        let (from, to) = (self.0, today.0);
        let not_yet = (u8::from(to.month()), to.day()) < (u8::from(from.month()), from.day());
        to.year() - from.year() - i32::from(not_yet)
    }

    /// The date so many days later.
    #[must_use]
    pub fn plus_days(self, days: u64) -> Self {
        self.start().map_or(self, |start| Self::of(start + days * DAY))
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| -> Result<u16, DateError> {
            let part = text.get(range).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|p| p.parse().ok()).ok_or(DateError::Form)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(DateError::Form);
        }
        let narrow = |n: u16| u8::try_from(n).map_err(|_| DateError::NoSuchDay);
        Self::new(digits(0..4)?.into(), narrow(digits(5..7)?)?, narrow(digits(8..10)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn refuses_other_forms_and_days_that_do_not_exist() {
        for text in ["", "2026-1-1", "26-01-01", "2026/01/01", "2026-01-0a", "+026-01-01", "２０26-01"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Form), "{text}");
        }
        for text in ["2026-02-29", "2026-13-01", "2026-04-31", "2026-00-10"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::NoSuchDay), "{text}");
        }
    }

    #[test]
    fn a_person_is_eighteen_on_the_birthday_and_not_the_day_before() {
        let born = date("2008-11-23");
        assert_eq!(born.years_until(date("2026-11-22")), 17);
        assert_eq!(born.years_until(date("2026-11-23")), 18);
        let leap = date("2008-02-29");
        assert_eq!(leap.years_until(date("2026-02-28")), 17);
        assert_eq!(leap.years_until(date("2026-03-01")), 18);
    }

    #[test]
    fn a_date_stands_for_its_first_second() {
        assert_eq!(date("1970-01-02").start(), Some(DAY));
        assert_eq!(Date::of(DAY + 5), date("1970-01-02"));
        assert_eq!(date("1969-12-31").start(), None);
        assert_eq!(date("2026-02-28").plus_days(1), date("2026-03-01"));
    }
}
