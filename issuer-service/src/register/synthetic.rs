//! Residents who do not exist, for demonstrations and load: names, addresses and faces as a real
//! register has them, the same for the same seed.

use super::{
    Address, Date, LandTitle, Licence, Resident, Sex, face, names, portrait, portrait::PortraitError,
};
use yufu_core::{Random, random::SeededRandom, time::DAY};

/// Chance that follows from a seed.
#[derive(Debug)]
pub(super) struct Dice(SeededRandom);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        // A seeded generator cannot fail.
        let _ = self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// From 0 to below `n`, which is not 0.
    pub(super) fn below(&self, n: usize) -> usize {
        usize::try_from(self.number() % n.max(1) as u64).unwrap_or(0)
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// From `-by` to `by`.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn spread(&self, by: f32) -> f32 {
        (self.below(2001) as f32 / 1000.0 - 1.0) * by
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// `count` residents. `now` is in seconds: nobody is born later. `progress` is called with the number
/// that is ready.
///
/// # Errors
/// [`PortraitError`] when a face cannot be drawn or encoded.
pub fn synthetic(
    count: u32,
    seed: u64,
    now: u64,
    progress: &mut dyn FnMut(u32),
) -> Result<Vec<Resident>, PortraitError> {
    let today = Date::of(now);
    let mut out = Vec::new();
    for n in 0..count {
        // Each person has dice of their own, so that the tenth is the same in a register of any size.
        out.push(resident(n, &Dice::new(seed ^ u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15)), today)?);
        progress(n + 1);
    }
    Ok(out)
}

fn resident(n: u32, dice: &Dice, today: Date) -> Result<Resident, PortraitError> {
    let woman = dice.chance(50);
    let (family_name, given_name, name_zh, nationality) = name(dice, woman);
    let age = age(dice);
    let birth_date = birthday(dice, today, age);
    let picture = face::draw(face::Person { woman, age }, dice)?;
    let address = address(dice);
    let licence = if age >= 18 && dice.chance(62) { licence(n, dice, birth_date, today) } else { None };
    let (portrait, portrait_small) = (portrait::jpeg(&picture)?, portrait::small(&picture)?);
    let land = if age >= 25 && dice.chance(60) { Some(land(n, dice, &address, today)) } else { None };
    Ok(Resident {
        number: number(n),
        family_name,
        given_name,
        name_zh,
        birth_date,
        sex: if woman { Sex::Female } else { Sex::Male },
        nationality,
        address,
        licence,
        land,
        portrait,
        portrait_small,
    })
}

/// A resident number: `R`, eight digits and a check digit (ISO 7064, MOD 11-10).
fn number(n: u32) -> String {
    // Spread over the range, so that neighbours in the file are no neighbours in number.
    let digits = format!("{:08}", u64::from(n) * 48_271 % 89_999_999 + 10_000_000);
    let mut check = 10;
    for digit in digits.bytes() {
        check = (check + u32::from(digit - b'0')) % 10;
        check = if check == 0 { 10 } else { check } * 2 % 11;
    }
    format!("R{digits}{}", (11 - check) % 10)
}

fn name(dice: &Dice, woman: bool) -> (String, String, String, String) {
    if dice.chance(4) {
        let (family, given, zh, country) =
            *dice.pick(if woman { names::FOREIGN_WOMEN } else { names::FOREIGN_MEN });
        return (family.into(), given.into(), zh.into(), country.into());
    }
    // Family names are unequal: half of the people share the first fifteen.
    let family = if dice.chance(55) { dice.pick(&names::FAMILY[..15]) } else { dice.pick(names::FAMILY) };
    let own = if woman { names::GIVEN_WOMEN } else { names::GIVEN_MEN };
    let first = if dice.chance(60) { dice.pick(own) } else { dice.pick(names::GIVEN) };
    let mut latin = capitalized(first.1);
    let mut zh = format!("{}{}", family.0, first.0);
    if dice.chance(84) {
        let second = if dice.chance(55) { dice.pick(own) } else { dice.pick(names::GIVEN) };
        latin.push_str(second.1);
        zh.push_str(second.0);
    }
    (capitalized(family.1), latin, zh, "XY".into())
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Ages as in a town that grows old, children included.
fn age(dice: &Dice) -> i32 {
    let (from, width) = match dice.below(100) {
        0..=6 => (6, 10),
        7..=12 => (15, 5),
        13..=44 => (20, 18),
        45..=74 => (38, 20),
        75..=93 => (58, 17),
        _ => (75, 20),
    };
    from + i32::try_from(dice.below(width)).unwrap_or(0)
}

fn birthday(dice: &Dice, today: Date, age: i32) -> Date {
    let month = u8::try_from(1 + dice.below(12)).unwrap_or(1);
    let day = u8::try_from(1 + dice.below(28)).unwrap_or(1);
    let date = |year| Date::new(year, month, day).unwrap_or(today);
    let this_year = date(today.year() - age);
    // A birthday still to come this year belongs to somebody born a year earlier.
    if this_year.years_until(today) < age { date(today.year() - age - 1) } else { this_year }
}

fn address(dice: &Dice) -> Address {
    let (region, districts) = dice.pick(names::REGIONS);
    let (locality, postal_code) = dice.pick(districts);
    let street = dice.pick(names::STREETS);
    let house = 1 + dice.below(280);
    let flat = if dice.chance(70) {
        format!("{}室 Flat {0}, ", 100 * (1 + dice.below(28)) + 1 + dice.below(6))
    } else {
        String::new()
    };
    Address {
        street_address: format!("{flat}{house} {}", street),
        locality: (*locality).into(),
        region: (*region).into(),
        postal_code: (*postal_code).into(),
        country: "XY".into(),
    }
}

/// The right to the home at `address`.
fn land(n: u32, dice: &Dice, address: &Address, today: Date) -> LandTitle {
    let year = today.year() - i32::try_from(dice.below(18)).unwrap_or(0);
    let month = u8::try_from(1 + dice.below(12)).unwrap_or(1);
    let day = u8::try_from(1 + dice.below(28)).unwrap_or(1);
    let registered_on = Date::new(year, month, day).ok().filter(|date| *date <= today).unwrap_or(today);
    let serial = u64::from(n) * 48_611 % 9_000_000 + 1_000_000;
    let (land_use, right_type) = *dice.pick(&[
        ("城镇住宅用地／住宅", "国有建设用地使用权／房屋所有权"),
        ("城镇住宅用地／住宅", "国有建设用地使用权／房屋所有权"),
        ("城镇住宅用地／住宅", "国有建设用地使用权／房屋所有权"),
        ("商业用地／商铺", "国有建设用地使用权／房屋所有权"),
        ("宅基地／住宅", "宅基地使用权／房屋所有权"),
    ]);
    LandTitle {
        certificate_number: format!("云（{}）鱼符镇不动产权第{serial}号", registered_on.year()),
        parcel_number: format!("530129{:03}{:03}GB{:05}F{:08}", n % 23 + 1, n % 211 + 1, n % 99_991, serial),
        location: format!("{} {}", address.locality, address.street_address),
        area_m2: format!("{}.{:02}", 36 + dice.below(150), dice.below(100)),
        land_use: land_use.into(),
        right_type: right_type.into(),
        share: dice.chance(35).then(|| "1/2".to_owned()),
        registered_on,
    }
}

fn licence(n: u32, dice: &Dice, birth_date: Date, today: Date) -> Option<Licence> {
    let adult = birth_date.start().unwrap_or(0).max(birth_date.plus_days(18 * 366).start().unwrap_or(0));
    let now = today.start()?;
    let held_for = now.checked_sub(adult).map(|s| s / DAY).filter(|days| *days > 30)?;
    // A licence is renewed every ten years.
    let days_ago = u64::try_from(dice.below(usize::try_from(held_for.min(3_500)).unwrap_or(1))).unwrap_or(0);
    let issued = Date::of(now - days_ago * DAY);
    let categories = *dice.pick(&["B", "B", "B", "B", "A B", "B C1", "A1 B", "B C", "B D1"]);
    Some(Licence {
        number: format!("D{:08}", u64::from(n) * 69_621 % 90_000_000 + 10_000_000),
        categories: categories.split(' ').map(str::to_owned).collect(),
        issued,
        expires: issued.plus_days(3_652),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{MAX_PORTRAIT, MAX_PORTRAIT_SMALL};
    use std::collections::BTreeSet;

    const NOW: u64 = 1_795_392_000;

    #[test]
    fn residents_have_numbers_and_faces_of_their_own_within_the_limits() {
        let residents = synthetic(60, 7, NOW, &mut |_| {}).unwrap();
        let numbers: BTreeSet<_> = residents.iter().map(|r| &r.number).collect();
        let faces: BTreeSet<_> = residents.iter().map(|r| &r.portrait_small).collect();
        assert_eq!((numbers.len(), faces.len()), (60, 60));
        for resident in &residents {
            portrait::check(&resident.portrait, MAX_PORTRAIT).unwrap();
            portrait::check(&resident.portrait_small, MAX_PORTRAIT_SMALL).unwrap();
            assert!(resident.birth_date <= Date::of(NOW));
            if let Some(licence) = &resident.licence {
                assert!(resident.birth_date.years_until(licence.issued) >= 18);
            }
        }
        let adults = residents.iter().filter(|r| r.birth_date.years_until(Date::of(NOW)) >= 18).count();
        assert!((35..60).contains(&adults), "{adults}");
    }

    #[test]
    fn the_same_seed_tells_the_same_people_and_another_seed_others() {
        let three = synthetic(3, 1, NOW, &mut |_| {}).unwrap();
        assert_eq!(three[..2], synthetic(2, 1, NOW, &mut |_| {}).unwrap());
        assert_ne!(three[0].name_zh, synthetic(1, 2, NOW, &mut |_| {}).unwrap()[0].name_zh);
    }

    #[test]
    fn a_thousand_numbers_differ() {
        let numbers: BTreeSet<_> = (0..1000).map(number).collect();
        assert_eq!(numbers.len(), 1000);
    }
}
