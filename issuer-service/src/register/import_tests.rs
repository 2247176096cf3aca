use super::*;
use crate::{
    register::{synthetic, write_csv},
    testing::scratch,
};

const NOW: u64 = 1_795_392_000;
const GOOD: &str =
    "R1,Wang,Xiaoming,王晓明,1990-05-01,1,XY,1 Lotus Road,Lotus Bay,Yujiang,100101,XY,,,,,p.jpg,,,,,,,,,";

struct Case {
    folder: PathBuf,
    db: Database,
}

impl Case {
    fn new(name: &str) -> Self {
        let folder = scratch(&format!("import-{name}"));
        let one = synthetic(1, 1, NOW, &mut |_| {}).unwrap().remove(0);
        std::fs::write(folder.join("p.jpg"), &one.portrait).unwrap();
        std::fs::write(folder.join("s.webp"), &one.portrait_small).unwrap();
        std::fs::write(folder.join("large.jpg"), vec![0; MAX_PORTRAIT + 1]).unwrap();
        let db = Database::open(&folder.join("issuer.db")).unwrap();
        Self { folder, db }
    }

    fn import(&self, text: &str) -> Result<ImportReport, ImportError> {
        let path = self.folder.join("residents.csv");
        std::fs::write(&path, text).unwrap();
        import(&self.db, &path, NOW, &mut |_, _| {})
    }

    fn rows(&self, rows: &[&str]) -> ImportReport {
        self.import(&format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n"))).unwrap()
    }
}

/// The good row with one field replaced.
fn with(column: &str, value: &str) -> String {
    let mut fields: Vec<_> = GOOD.split(',').collect();
    fields[COLUMNS.iter().position(|c| *c == column).unwrap()] = value;
    fields.join(",")
}

#[test]
fn a_synthetic_register_comes_in_whole() {
    let case = Case::new("whole");
    let residents = synthetic(25, 3, NOW, &mut |_| {}).unwrap();
    let path = write_csv(&case.folder, &residents).unwrap();
    let mut last = (0, 1);
    let report = import(&case.db, &path, NOW, &mut |done, total| last = (done, total)).unwrap();
    assert_eq!(report, ImportReport { imported: 25, bad: vec![] });
    assert_eq!(last.0, last.1);
    let read = case.db.read(|c| {
        let id = residents::id_of(c, &residents[7].number)?.unwrap();
        residents::by_id(c, id)
    });
    assert_eq!(read.unwrap().as_ref(), Some(&residents[7]));
}

#[test]
fn a_bad_row_is_reported_by_line_and_column_and_kept_out_while_the_others_come_in() {
    let case = Case::new("bad");
    let report =
        case.rows(&[GOOD, &with("number", "R2").replace("1990-05-01", "1990-02-30"), &with("number", "R3")]);
    assert_eq!(report.imported, 2);
    let bad = BadRow {
        line: 3,
        column: Some("birth_date"),
        reason: RowError::Date(crate::register::DateError::NoSuchDay),
    };
    assert_eq!(bad.to_string(), "line 3, column birth_date: there is no such day");
    assert_eq!(report.bad, vec![bad]);
    assert_eq!(case.db.read(|c| residents::id_of(c, "R2")).unwrap(), None);
}

#[test]
fn each_field_has_its_reason() {
    use crate::register::{DateError, portrait::PortraitError};
    let case = Case::new("fields");
    let long = "x".repeat(121);
    for (column, value, reason) in [
        ("number", "", RowError::Empty),
        ("number", "r1", RowError::Number),
        ("family_name", "王", RowError::NotLatin),
        ("given_name", "Xiao\u{7}", RowError::ControlCharacter),
        ("name_zh", "Wang", RowError::NotChinese),
        ("birth_date", "01.05.1990", RowError::Date(DateError::Form)),
        ("birth_date", "2090-05-01", RowError::BirthDate),
        ("birth_date", "1790-05-01", RowError::BirthDate),
        ("sex", "3", RowError::Sex),
        ("sex", "f", RowError::Sex),
        ("nationality", "xy", RowError::Country),
        ("street_address", long.as_str(), RowError::TooLong(120)),
        ("licence_number", "D1", RowError::Licence),
        ("portrait", "../p.jpg", RowError::Path),
        ("portrait", "/etc/hostname", RowError::Path),
        ("portrait", "none.jpg", RowError::Unreadable),
        ("portrait", "large.jpg", RowError::Portrait(PortraitError::TooLarge { max: MAX_PORTRAIT })),
        ("portrait", "residents.csv", RowError::Portrait(PortraitError::Format)),
        ("portrait_small", "p.jpg", RowError::Portrait(PortraitError::TooLarge { max: MAX_PORTRAIT_SMALL })),
    ] {
        let report = case.rows(&[&with(column, value)]);
        assert_eq!(report.imported, 0, "{column}={value}");
        assert_eq!((report.bad[0].line, report.bad[0].column), (2, Some(column)), "{value}");
        assert_eq!(report.bad[0].reason, reason, "{column}={value}");
    }
}

#[test]
fn a_licence_is_whole_in_order_and_in_known_categories() {
    let case = Case::new("licence");
    let licence = |text: &str| GOOD.replacen(",,,,,", &format!(",{text},"), 1);
    let reason = |text: &str| case.rows(&[&licence(text)]).bad.first().map(|b| b.reason.clone());
    assert_eq!(reason("D1,A B C1,2020-01-01,2030-01-01"), None);
    assert_eq!(reason("D1,b,2020-01-01,2030-01-01"), Some(RowError::Category));
    assert_eq!(reason("D1,B,2020-01-01,2019-01-01"), Some(RowError::LicenceOrder));
    assert_eq!(reason("D1,B,2020-01-01,"), Some(RowError::Licence));
}

#[test]
fn a_number_that_stands_twice_comes_in_once() {
    let case = Case::new("twice");
    let report = case.rows(&[GOOD, GOOD]);
    assert_eq!(report.imported, 1);
    assert_eq!((report.bad[0].line, &report.bad[0].reason), (3, &RowError::NumberTwice(2)));
}

#[test]
fn a_row_of_another_length_is_reported_as_a_whole() {
    let case = Case::new("length");
    let report = case.rows(&["R9,too,short", GOOD]);
    assert_eq!(report.imported, 1);
    let reason = RowError::Fields { found: 3, expected: COLUMNS.len() };
    assert_eq!(report.bad, vec![BadRow { line: 2, column: None, reason }]);
}

#[test]
fn a_small_portrait_that_is_not_given_is_made() {
    let case = Case::new("small");
    case.rows(&[GOOD]);
    let resident =
        case.db.read(|c| residents::by_id(c, residents::id_of(c, "R1")?.unwrap())).unwrap().unwrap();
    assert!(!resident.portrait_small.is_empty() && resident.portrait_small.len() <= MAX_PORTRAIT_SMALL);
}

#[test]
fn an_import_can_be_run_again_and_replaces_what_changed() {
    let case = Case::new("again");
    case.rows(&[GOOD]);
    case.rows(&[&with("given_name", "Daming")]);
    let resident =
        case.db.read(|c| residents::by_id(c, residents::id_of(c, "R1")?.unwrap())).unwrap().unwrap();
    assert_eq!(resident.given_name, "Daming");
    assert_eq!(case.db.read(residents::count).unwrap(), 1);
}

#[test]
fn the_first_line_must_name_each_column_once_and_no_other() {
    let case = Case::new("header");
    let header = COLUMNS.join(",");
    let refused = |text: String| case.import(&text).unwrap_err();
    assert!(matches!(refused(header.replace("sex,", "")), ImportError::MissingColumn("sex")));
    assert!(matches!(refused(format!("{header},colour")), ImportError::UnknownColumn(c) if c == "colour"));
    assert!(matches!(refused(format!("{header},sex")), ImportError::ColumnTwice(c) if c == "sex"));
}

#[test]
fn a_land_title_is_whole_with_an_area_and_a_day_that_has_come() {
    let case = Case::new("land");
    let title = |area: &str, registered: &str, share: &str| {
        let land =
            format!("云（2021）第1号,530129GB00001,莲湾 1,{area},住宅,房屋所有权,{share},{registered}");
        GOOD.replace(",p.jpg,,,,,,,,,", &format!(",p.jpg,,{land}"))
    };
    let reason = |row: &str| {
        let report = case.rows(&[row]);
        report.bad.first().map(|bad| (bad.column, bad.reason.clone()))
    };
    assert_eq!(reason(&title("89.40", "2021-03-04", "1/2")), None);
    let read = case.db.read(|c| residents::by_id(c, residents::id_of(c, "R1")?.unwrap())).unwrap().unwrap();
    let land = read.land.unwrap();
    assert_eq!((land.area_m2.as_str(), land.share.as_deref()), ("89.40", Some("1/2")));
    let area = (Some("land_area_m2"), RowError::Area);
    assert_eq!(reason(&title("about 90", "2021-03-04", "")), Some(area.clone()));
    assert_eq!(reason(&title("89.", "2021-03-04", "")), Some(area));
    assert_eq!(reason(&title("89", "2031-03-04", "")), Some((Some("land_registered"), RowError::Registered)));
    assert_eq!(reason(&title("", "2021-03-04", "")), Some((Some("land_certificate"), RowError::Land)));
    assert_eq!(reason(&with("land_share", "1/2")), Some((Some("land_certificate"), RowError::Land)));
}

#[test]
fn a_register_without_land_needs_no_columns_for_it() {
    let case = Case::new("landless");
    let header = COLUMNS[..REQUIRED].join(",");
    let row = GOOD.strip_suffix(",,,,,,,,").unwrap();
    assert_eq!(case.import(&format!("{header}\n{row}\n")).unwrap().imported, 1);
}
