//! What `check` says of a lot that is written well and cannot be so.

use crate::common::World;
use crate::read;
use crate::written::{checked, garage, lot, says, space, with};

#[test]
fn a_lot_of_ones_own_has_no_finding() {
    let found = checked(&lot());
    assert_eq!((found.ends_with, found.findings), (0, Vec::new()));
}

#[test]
fn the_smallest_example_passes_and_every_value_to_be_changed_is_named() {
    let text = read("packaging/config.toml");
    let found = checked(&text);
    assert!(found.ok && found.ends_with == 0);
    assert!(found.findings.iter().all(|one| one.severity == "warning"), "{:#?}", found.findings);
    for key in [
        "park_code",
        "park_name",
        "operator_id",
        "owner",
        "base_url",
        "user_id",
        "password",
        "des_key",
        "address",
        "id",
        "equipment_code",
        "sn",
        "permit_no",
        "charger",
    ] {
        let named = found.findings.iter().any(|one| {
            one.line.split('=').next().unwrap().trim() == key
                && one.message.contains(&format!("`{key}` is still the example's"))
        });
        assert!(named, "{key}: {:#?}", found.findings);
    }
}

#[test]
fn codes_have_the_length_their_tables_print() {
    says(
        &with(&[("park_code", "park_code = \"4403050020020300007\"")]),
        "error",
        "park_code",
        "has 19 characters, it must have 20",
    );
    let short = format!("{}{}", lot(), garage(5).replace("7701\"", "770\""));
    says(&short, "error", "garage_code", "has 21 characters, it must have 22");
    let short = format!("{}{}", lot(), space(1, "").replace("00B1A001", "A001"));
    says(&short, "error", "space_no", "has 24 characters, it must have 28");
    says(
        &with(&[("district_code", "district_code = \"440305\"")]),
        "warning",
        "district_code",
        "it should have 9",
    );
}

#[test]
fn a_table_of_spaces_is_looked_at_in_its_own_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = with(&[("owner", "owner = \"海岸物业\"\nspaces_file = \"spaces.csv\"")]);
    std::fs::write(&path, text).unwrap();
    let header = "space_no,position_type,material_type,with_locker,with_charging_pile,longitude,latitude,state";
    let rows = "4403050020020300007700B1A001,2,0,0,0,114.06,22.54,2\n\
                4403050020020300007700B1A02,2,0,0,0,22.54,114.06,\n";
    std::fs::write(folder.path().join("spaces.csv"), format!("{header}\n{rows}")).unwrap();
    let loaded = lotgate::config::load(&path);
    let found: Vec<_> =
        loaded.findings.iter().map(|one| (one.line, one.is_refused(), one.is_error())).collect();
    assert_eq!(found, [(3, true, false), (3, true, false)]);
    let spaces = loaded.config.unwrap().spaces;
    assert_eq!(spaces[0].space_info.attributes()["state"], 2);
}

#[test]
fn codes_are_made_of_digits_and_spaces_of_capitals_too() {
    says(
        &with(&[("park_code", "park_code = \"4403050020020300007A\"")]),
        "warning",
        "park_code",
        "has a `A`; it should be digits only",
    );
    let small = format!("{}{}", lot(), space(1, "").replace("B1A001", "b1A001"));
    says(&small, "warning", "space_no", "has a `b`; it should be digits and capital letters only");
    let other = format!(
        "{}{}",
        lot(),
        garage(5).replace("4403050020020300007701", "4403050020020300008801")
    );
    says(&other, "warning", "garage_code", "should begin with this lot's code");
}

#[test]
fn a_place_is_in_china_whole_and_the_right_way_round() {
    let at = |place: &str| with(&[("owner", &format!("owner = \"海岸物业\"\n{place}"))]);
    let well = checked(&at("longitude = 114.06\nlatitude = 22.54"));
    assert_eq!(well.findings, Vec::new());
    says(
        &at("longitude = 22.54\nlatitude = 114.06"),
        "error",
        "longitude",
        "are swapped; write longitude = 114.06, latitude = 22.54 (GCJ-02)",
    );
    says(&at("longitude = 11.406\nlatitude = 22.54"), "error", "longitude", "is outside China");
    says(&at("longitude = 114.06\nlatitude = 0"), "error", "latitude", "is outside China");
    says(&at("longitude = 114.06"), "warning", "longitude", "write both or none");
    // As Annex D prints it.
    let annex = checked(&at("longitude = 72.1609700\nlatitude = 115.0509300"));
    assert_eq!((annex.ends_with, annex.findings.len()), (1, 2));
    let lane = with(&[(
        "direction = \"exit\"",
        "direction = \"exit\"\nlongitude = 22.5\nlatitude = 114.0",
    )]);
    says(&lane, "error", "longitude", "are swapped");
    let of_space = format!("{}{}", lot(), space(1, "longitude = 22.5\nlatitude = 114.0"));
    says(&of_space, "error", "longitude", "are swapped");
}

#[test]
fn the_example_says_which_coordinates_are_wanted() {
    let example = read("config.example.toml");
    let line = example.lines().find(|line| line.starts_with("# longitude  ")).unwrap();
    assert!(line.contains("GCJ-02"), "{line}");
}

#[test]
fn what_is_part_of_the_lot_is_no_more_than_the_lot() {
    says(
        &with(&[("reservable_spaces", "reservable_spaces = 21")]),
        "error",
        "reservable_spaces",
        "is 21, more than all spaces, `total_spaces` 20; write 20 or less",
    );
    says(
        &with(&[("reservable_spaces", "shared_spaces = 21")]),
        "error",
        "shared_spaces",
        "write 20 or less",
    );
    says(
        &with(&[("total_spaces", "total_spaces = 0"), ("reservable_spaces", "")]),
        "error",
        "total_spaces",
        "would be full for every car",
    );
    let spaces: String = (0..21).map(|number| space(number, "")).collect();
    let numbered = format!("{}{spaces}", lot());
    says(&numbered, "error", "total_spaces      = 20", "21 numbered spaces are described");
    says(&format!("{}{}", lot(), garage(21)), "error", "total_spaces = 21", "more than the lot's");
    let inside = |number| {
        let mechanical = space(number, "garage_code = \"4403050020020300007701\"");
        mechanical.replace("material_type = 0", "material_type = 1")
    };
    let overfull = format!("{}{}{}{}", lot(), garage(1), inside(1), inside(2));
    says(&overfull, "error", "total_spaces = 1", "2 numbered spaces are said to be in this garage");
}

#[test]
fn garages_that_are_named_are_there() {
    let lane = with(&[(
        "direction = \"exit\"",
        "direction = \"exit\"\ngarage_code = \"4403050020020300007702\"",
    )]);
    says(&lane, "error", "garage_code", "there is no [[garage]] with the code");
    let near = format!("{lane}{}", garage(5));
    says(&near, "error", "garage_code", "did you mean `4403050020020300007701`?");
    let said =
        format!("{}{}", with(&[("owner", "owner = \"海岸物业\"\nis_garage = 0")]), garage(5));
    says(&said, "warning", "is_garage", "write 1");
    says(
        &with(&[("owner", "owner = \"海岸物业\"\nis_garage = 1")]),
        "warning",
        "is_garage",
        "describe the garage",
    );
}

/// The lot without lanes.
fn without_lanes() -> String {
    let text = lot();
    let (head, lanes) = text.split_once("[[lane]]").unwrap();
    let (_, tariff) = lanes.split_once("[tariff]").unwrap();
    format!("{head}[tariff]{tariff}")
}

#[test]
fn a_street_has_numbered_spaces_and_roads() {
    let street = without_lanes().replace("park_type         = 2", "park_type = 0");
    says(
        &street,
        "error",
        "park_type",
        "a street lot (park_type = 0) lives by its numbered spaces",
    );
    let bay = space(1, "").replace("position_type = 2", "position_type = 0");
    assert_eq!(checked(&format!("{street}{bay}")).findings, Vec::new());
    says(&format!("{street}{}", space(1, "")), "warning", "position_type", "has position_type = 0");
    let lanes = lot().replace("park_type         = 2", "park_type = 0");
    let lanes =
        lanes.replacen("direction = \"exit\"", "direction = \"exit\"\nroad_name = \"海岸路\"", 1);
    says(&format!("{lanes}{bay}"), "error", "[[lane]]", "must say its road");
}

#[test]
fn a_lot_off_the_street_has_lanes_a_way_out_a_barrier_there_and_prices() {
    says(&without_lanes(), "error", "park_type", "there is no [[lane]]");
    says(
        &with(&[("direction = \"exit\"", "direction = \"entry\"")]),
        "error",
        "park_type",
        "no lane leads out",
    );
    says(
        &with(&[("direction = \"entry\"", "direction = \"exit\"")]),
        "error",
        "park_type",
        "no lane leads in",
    );
    let text = lot();
    let at = text.rfind("barrier ").unwrap();
    let open = format!("{}# {}", &text[..at], &text[at..]);
    says(&open, "warning", "[[lane]]", "this exit has no barrier");
    let free = text.split_once("[tariff]").unwrap().0;
    says(free, "warning", "park_type", "there is no [tariff]: nobody pays");
}

#[test]
fn everything_wrong_is_found_in_one_run_whatever_cannot_be_read() {
    let text = with(&[
        ("reservable_spaces", "reservable_spaces = 21"),
        ("service_type", "service_type = \"shop\""),
        ("direction = \"exit\"", "direction = \"out\""),
    ]);
    let found = checked(&text);
    let lines: Vec<_> = found.findings.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(lines, ["service_type = \"shop\"", "reservable_spaces = 21", "direction = \"out\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_check_refuses_keeps_no_gateway_from_starting() {
    let world = World::with(|plan| plan.reservable_spaces = 500, "").await;
    let text = std::fs::read_to_string(world.lot.config_path()).unwrap();
    let found = checked(&text);
    assert_eq!((found.ends_with, found.ok), (1, false));
    assert!(world.log().contains("the configuration has 1 mistakes"), "{}", world.log());
    world.enter("粤B00001").await;
}
