//! Price signs as they hang at lots, written as configuration in `docs/tariffs/`, and what stays cost by them as people
//! work it out by hand.

#![allow(clippy::unwrap_used, clippy::panic)]

use jiff::{SignedDuration, Timestamp};
use lotgate::config::parse_sign;
use lotgate::gateway::tariff_of;
use lotgate::lot::tariff::{Interval, PricedStay, Tariff, Vehicle, VehicleClass};
use lotgate::standard::money::Money;
use std::path::Path;

fn sign(name: &str) -> Tariff {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tariffs").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let (sign, findings) = parse_sign(&text, &path);
    assert!(findings.is_empty(), "{name}: {findings:?}");
    let sign = sign.unwrap();
    tariff_of(Some(&sign.tariff), &sign.time_zone)
}

/// A vehicle of these classes, small where none says its size.
fn vehicle(classes: &str) -> Vehicle {
    let mut classes: Vec<VehicleClass> =
        classes.split_whitespace().map(VehicleClass::named).collect();
    if !classes.iter().any(|class| !matches!(class, VehicleClass::Named(_))) {
        classes.push(VehicleClass::Small);
    }
    Vehicle { classes, free: false }
}

fn at(tariff: &Tariff, text: &str) -> Timestamp {
    tariff.time_zone.to_timestamp(format!("2026-{text}").parse().unwrap()).unwrap()
}

fn stay(tariff: &Tariff, text: &str) -> Interval {
    let (from, to) = text.split_once(" – ").unwrap();
    Interval { from: at(tariff, from), to: at(tariff, to) }
}

fn fee(tariff: &Tariff, classes: &str, earlier: &[Interval], stay: Interval) -> Money {
    let vehicle = &vehicle(classes);
    let (earlier, since) = tariff.visits(vehicle, earlier);
    let visits_since = tariff.visits_since(vehicle, since, stay.from);
    let charged = [stay];
    let plain = PricedStay::plain(vehicle, stay.from, &charged);
    tariff.fee(&PricedStay { earlier: &earlier, visits_since, ..plain }).sum
}

/// Holds stays between two moments of 2026 against their sums.
fn stays(sign_name: &str, classes: &str, sums: &[(&str, &str)]) {
    let tariff = sign(sign_name);
    for (text, yuan) in sums {
        let found = fee(&tariff, classes, &[], stay(&tariff, text));
        assert_eq!(found.to_string(), *yuan, "{sign_name} {classes} {text}");
    }
}

/// Holds stays of a length against their sums, from a moment of no meaning.
fn lengths(sign_name: &str, classes: &str, sums: &[(&str, &str)]) {
    let tariff = sign(sign_name);
    for (length, yuan) in sums {
        let (hours, minutes) = length.split_once(':').unwrap();
        let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
        let from = at(&tariff, "03-04T09:00");
        let whole = Interval { from, to: from + SignedDuration::from_mins(minutes) };
        let found = fee(&tariff, classes, &[], whole);
        assert_eq!(found.to_string(), *yuan, "{sign_name} {classes} {length}");
    }
}

#[test]
fn on_the_street_steps_and_hours_are_those_of_the_day() {
    stays(
        "t1-on-street.toml",
        "",
        &[
            ("03-04T09:00 – 03-04T09:30", "3"),
            ("03-04T09:00 – 03-04T09:31", "9"),
            ("03-04T09:00 – 03-04T12:00", "33"),
            ("03-04T09:00 – 03-04T12:01", "43"),
            ("03-04T07:00 – 03-04T08:00", "3"),
            ("03-04T19:45 – 03-04T23:00", "3"),
            ("03-04T07:30 – 03-04T20:00", "223"),
            ("03-04T20:00 – 03-05T07:30", "0"),
            ("03-04T19:00 – 03-05T08:30", "18"),
            ("03-06T19:00 – 03-07T11:00", "12.6"),
            ("03-07T09:00 – 03-07T11:00", "3.6"),
            ("03-07T10:00 – 03-07T20:00", "69.2"),
            // 1 May is a Friday on which nobody works; 9 May a Saturday on which people do.
            ("05-01T08:00 – 05-01T11:00", "3.6"),
            ("05-09T09:00 – 05-09T12:00", "33"),
        ],
    );
    stays(
        "t1-on-street.toml",
        "zone-2",
        &[("03-04T09:00 – 03-04T12:30", "24.8"), ("03-07T10:00 – 03-07T20:00", "43.4")],
    );
    stays(
        "t1-on-street.toml",
        "new-energy",
        &[("03-04T09:00 – 03-04T12:00", "12"), ("03-04T09:00 – 03-04T14:00", "52")],
    );
}

#[test]
fn an_airport_has_other_prices_and_caps_after_a_day() {
    let file = "t2-airport.toml";
    lengths(
        file,
        "",
        &[
            ("0:15", "0"),
            ("0:16", "10"),
            ("1:00", "10"),
            ("1:01", "11"),
            ("2:00", "12"),
            ("2:01", "14"),
            ("7:00", "32"),
            ("7:01", "35"),
            ("24:00", "80"),
            ("24:01", "85"),
            ("33:00", "170"),
            ("48:01", "175"),
            ("72:00", "270"),
        ],
    );
    lengths(
        file,
        "large",
        &[
            ("0:15", "0"),
            ("0:16", "20"),
            ("1:01", "22"),
            ("2:01", "28"),
            ("7:00", "64"),
            ("7:01", "70"),
            ("24:00", "160"),
            ("24:01", "170"),
            ("33:00", "340"),
            ("48:01", "350"),
            ("72:00", "540"),
        ],
    );
    lengths(
        file,
        "p4",
        &[
            ("1:00", "10"),
            ("1:01", "12"),
            ("2:01", "14"),
            ("7:00", "22"),
            ("7:01", "24"),
            ("24:00", "50"),
            ("24:01", "53"),
            ("33:00", "77"),
            ("48:01", "113"),
            ("72:00", "182"),
        ],
    );
    lengths(
        file,
        "p4-large",
        &[
            ("0:16", "20"),
            ("1:01", "24"),
            ("2:01", "28"),
            ("7:00", "44"),
            ("7:01", "48"),
            ("24:00", "112"),
            ("24:01", "118"),
            ("33:00", "166"),
            ("48:01", "262"),
            ("72:00", "400"),
        ],
    );
    lengths(
        file,
        "ride-hailing",
        &[
            ("0:16", "0"),
            ("0:30", "0"),
            ("0:31", "3"),
            ("1:00", "3"),
            ("1:01", "4"),
            ("2:01", "6"),
            ("7:00", "15"),
            ("7:01", "16"),
            ("24:00", "25"),
            ("24:01", "26.5"),
            ("33:00", "52"),
            ("48:01", "56.5"),
            ("72:00", "91"),
        ],
    );
}

#[test]
fn at_the_border_a_half_hour_costs_what_its_beginning_does() {
    stays(
        "t3-border.toml",
        "",
        &[
            ("03-04T10:00 – 03-04T10:15", "0"),
            ("03-04T10:00 – 03-04T10:16", "10"),
            ("03-04T10:00 – 03-04T11:01", "15"),
            ("03-04T10:00 – 03-04T12:10", "25"),
            ("03-04T23:00 – 03-05T02:00", "20"),
            ("03-04T23:10 – 03-05T00:20", "12.5"),
            ("03-04T23:45 – 03-05T01:15", "12.5"),
            ("03-04T05:10 – 03-04T07:00", "17.5"),
            ("03-04T05:45 – 03-04T07:40", "20"),
            ("03-04T10:00 – 03-05T10:00", "207.5"),
        ],
    );
    stays(
        "t3-border.toml",
        "wenjindu",
        &[("03-04T21:00 – 03-05T08:00", "43"), ("03-04T10:00 – 03-05T10:00", "121")],
    );
    lengths("t3-border.toml", "huanggang", &[("2:30", "16"), ("24:00", "102")]);
}

#[test]
fn at_a_scenic_place_three_hours_cost_together() {
    let small = [
        ("0:15", "0"),
        ("0:16", "10"),
        ("3:00", "10"),
        ("3:01", "11"),
        ("4:01", "12"),
        ("10:00", "17"),
        ("24:00", "31"),
    ];
    lengths("t4-scenic.toml", "", &small);
    lengths("t4-scenic.toml", "large", &[("24:00", "62")]);
}

#[test]
fn a_hospitals_visits_within_a_day_cost_once() {
    let file = "t5-hospital.toml";
    stays(
        file,
        "patient",
        &[
            ("03-04T08:00 – 03-04T08:30", "0"),
            ("03-04T08:00 – 03-04T08:31", "5"),
            ("03-04T08:00 – 03-05T08:00", "5"),
            ("03-04T08:00 – 03-05T08:01", "10"),
        ],
    );
    stays(file, "", &[("03-04T08:00 – 03-05T08:01", "16")]);
    let tariff = sign(file);
    let first = stay(&tariff, "03-04T08:00 – 03-04T09:00");
    let fee_after = |earlier: &[Interval], text| {
        fee(&tariff, "patient", earlier, stay(&tariff, text)).to_string()
    };
    assert_eq!(fee_after(&[], "03-04T08:00 – 03-04T09:00"), "5");
    assert_eq!(fee_after(std::slice::from_ref(&first), "03-04T14:00 – 03-04T15:00"), "0");
    // The next day begins at the first entry, not at midnight.
    assert_eq!(fee_after(std::slice::from_ref(&first), "03-05T07:00 – 03-05T07:50"), "0");
    assert_eq!(fee_after(std::slice::from_ref(&first), "03-05T07:00 – 03-05T08:10"), "5");
    assert_eq!(fee_after(std::slice::from_ref(&first), "03-05T08:00 – 03-05T09:00"), "5");
    // Twenty minutes twice are no free visit.
    let short = stay(&tariff, "03-04T08:00 – 03-04T08:20");
    assert_eq!(fee_after(&[short], "03-04T09:00 – 03-04T09:20"), "5");
}

#[test]
fn where_people_live_a_day_begins_anew_or_only_its_cap() {
    let file = "t6-residential.toml";
    lengths(
        file,
        "",
        &[
            ("1:00", "5"),
            ("1:01", "6"),
            ("6:01", "11"),
            ("11:01", "15"),
            ("24:00", "15"),
            ("24:01", "20"),
        ],
    );
    lengths(file, "zone-2", &[("6:01", "10"), ("24:00", "10"), ("24:01", "15")]);
    lengths(file, "cap-only", &[("24:00", "15"), ("24:01", "16")]);
}

#[test]
fn by_day_and_by_night() {
    stays(
        "t7-day-and-night.toml",
        "",
        &[
            ("03-04T09:00 – 03-04T09:30", "0"),
            ("03-04T09:00 – 03-04T09:31", "2"),
            ("03-04T09:00 – 03-04T12:10", "7"),
            ("03-04T18:30 – 03-04T20:30", "2"),
            ("03-04T18:45 – 03-04T20:00", "1.5"),
            ("03-04T19:00 – 03-05T07:00", "6"),
            ("03-04T06:30 – 03-04T08:00", "1.5"),
            ("03-04T09:00 – 03-05T09:00", "20"),
            ("03-04T09:00 – 03-05T10:00", "22"),
        ],
    );
    stays("t7-day-and-night.toml", "large", &[("03-04T09:00 – 03-05T09:00", "30")]);
}

#[test]
fn a_malls_free_minutes_are_by_class() {
    let file = "t8-mall.toml";
    lengths(
        file,
        "",
        &[
            ("1:30", "0"),
            ("1:31", "5"),
            ("2:01", "6"),
            ("4:00", "7"),
            ("24:00", "20"),
            ("25:00", "21"),
        ],
    );
    lengths(file, "restart", &[("24:00", "20"), ("25:00", "25")]);
    lengths(
        file,
        "new-energy",
        &[("3:00", "0"), ("4:00", "2.5"), ("4:01", "3.5"), ("24:00", "10")],
    );
}

/// What `lotgate tariff` prints about a sign.
fn say(sign_name: &str, words: &[&str]) -> (bool, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tariffs").join(sign_name);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lotgate"))
        .args(["--lang", "en", "--config"])
        .arg(file)
        .arg("tariff")
        .args(words)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_command_line_says_how_a_sum_comes_about() {
    let stay = ["try", "--from", "2026-03-06 19:00", "--to", "2026-03-07 11:00"];
    let (fine, text) = say("t1-on-street.toml", &stay);
    assert!(fine);
    for line in [
        "2026-03-06 19:00 to 2026-03-07 11:00, 16 h",
        "  2026-03-06 19:00 – 2026-03-06 20:00  charged: 1 × 30 min at 3 yuan + 1 × 30 min at 6 yuan = 9 yuan",
        "  2026-03-06 20:00 – 2026-03-07 10:00  not charged at that time",
        "it costs 12.6 yuan",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    let again = [&stay[..], &["--earlier", "2026-03-06 12:00/2026-03-06 13:00"]].concat();
    let (_, text) = say("t5-hospital.toml", &again);
    assert!(text.ends_with("it costs 0 yuan\n"), "{text}");
    let (_, text) = say("t2-airport.toml", &["table", "--class", "ride-hailing"]);
    assert!(text.contains("\n   0:30  0 yuan\n   1:00  3 yuan\n   1:30  4 yuan\n"), "{text}");
}

#[test]
fn the_command_line_names_what_it_cannot_read() {
    for (words, wanted) in [
        (
            &["table", "--class", "smal"][..],
            "no class `smal`; there are: small, medium, large, new-energy",
        ),
        (&["table", "--from", "monday"], "`monday` is no moment"),
        (&["try", "--from", "2026-03-06 19:00", "--to", "2026-03-06 18:00"], "before it begins"),
    ] {
        let (fine, text) = say("t4-scenic.toml", words);
        assert!(!fine && text.contains(wanted), "{wanted} in {text}");
    }
}
