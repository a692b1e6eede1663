//! Equipment that nobody speaks with, and what equipment must be.

use crate::common::World;
use crate::written::{checked, device, garage, lot, says, space, with};
use lotgate::config::parse;
use serde_json::json;
use std::path::Path;

#[test]
fn an_equipment_type_is_one_the_standard_prints() {
    for kind in ["2000", "4000", "5000", "3000", "6000", "6018"] {
        let pile = if kind == "2000" { "charge_type = 2" } else { "" };
        let text = format!(
            "{}{}{}",
            lot(),
            garage(5),
            device(kind, &format!("{pile}\ngarage_code = \"4403050020020300007701\""))
        );
        assert_eq!(checked(&text).findings, Vec::new(), "{kind}");
    }
    for kind in ["1001", "6019", "6", "9000"] {
        let text = lot() + &device(kind, "");
        let words = format!("has no equipment type `{kind}`; write \"1000\" entrance");
        says(&text, "error", "equipment_type", &words);
    }
}

#[test]
fn a_type_fits_what_its_driver_speaks_with() {
    let text = with(&[("equipment_type", "equipment_type = \"5000\"")]);
    says(&text, "warning", "equipment_type", "has equipment_type = \"1000\" | \"3000\"");
    let text = lot() + &device("6001", "");
    says(&text, "warning", "equipment_type", "add `garage_code`");
}

#[test]
fn a_pile_has_its_equipment_and_its_space() {
    let spaces = lot() + &space(1, "") + &space(2, "").replace("pile = 0", "pile = 1");
    says(&spaces, "warning", "with_charging_pile = 1", "a charging pile and no equipment says so");
    let pile = |more: &str| spaces.clone() + &device("2000", more);
    let at = |number: u32| format!("space_no = \"4403050020020300007700B1A00{number}\"");
    assert_eq!(checked(&pile(&format!("charge_type = 1\n{}", at(2)))).findings, Vec::new());
    says(&pile(&at(2)), "warning", "equipment_type = \"2000\"", "write charge_type = 1");
    let other = checked(&pile(&format!("charge_type = 1\n{}", at(1))));
    assert!(other.findings.iter().any(|one| one.message.contains("has with_charging_pile = 0")));
    let nowhere = checked(&pile(&format!("charge_type = 1\n{}", at(3))));
    assert!(
        nowhere
            .findings
            .iter()
            .any(|one| one.message.contains("did you mean `4403050020020300007700B1A002`?"))
    );
    let camera = with(&[("equipment_type", "equipment_type = \"1000\"\ncharge_type = 1")]);
    says(&camera, "warning", "charge_type", "what charges is a charging pile");
}

#[test]
fn equipment_has_a_code_of_its_own_and_the_gateways_is_filed() {
    let text = lot() + &device("1000", "").replace("\"99\"", "\"12345678901001\"");
    says(&text, "warning", "equipment_code", "is another device's, too");
    let lot_line = "owner = \"海岸物业\"\nequipment_id = \"b2ed2e0fdded552fc7349fc54fbcba77\"";
    let text = with(&[("owner", lot_line)]);
    says(&text, "warning", "equipment_id", "no [[device]] has this `id`");
    assert_eq!(checked(&(text + &device("4000", ""))).findings, Vec::new());
}

#[test]
fn what_nobody_speaks_with_serves_no_lane() {
    let text = with(&[("camera", "camera = \"设备\"")]) + &device("1000", "");
    says(&text, "error", "camera", "the driver of `设备` cannot serve as `camera`");
    says(
        &(lot() + &device("1000", "state = 5")),
        "error",
        "state",
        "`state` must be between 1 and 4",
    );
}

const PILE: &str = "b2ed2e0fdded552fc7349fc54fbcba77";

#[tokio::test(flavor = "multi_thread")]
async fn equipment_without_a_driver_and_states_are_filed() {
    let more = device("2000", "charge_type = 2\nstate = 3")
        + "id = \"90731c48a7ea4c27bd4d57ff0e13d001\"|equipments = [\"设备\"]\n"
        + &space(1, "state = 2").replace("44030500200203000077", "44030400100101000010");
    let world = World::with(|_| {}, &more).await;
    let filed = world.report(3003, |one| one["equipment"]["id"] == PILE).await;
    let pile = &filed["equipment"];
    assert_eq!((&pile["equipmentType"], &pile["state"]), (&json!("2000"), &json!(3)));
    assert_eq!(
        (&pile["chargeType"], &pile["entranceExitId"]),
        (&json!(2), &json!("90731c48a7ea4c27bd4d57ff0e13d001"))
    );
    let camera = world.report(3003, |one| one["equipment"]["name"] == "入口相机").await;
    assert_eq!(camera["equipment"]["state"], 1);
    let lane = world.report(3002, |one| one["entranceExitInfo"]["name"] == "东入口").await;
    let there = lane["entranceExitInfo"]["equipments"].as_array().unwrap();
    assert!(there.iter().any(|one| one["id"] == PILE), "{lane}");
    let space = world.report(3004, |one| one["spaceInfo"]["state"] == 2).await;
    assert_eq!(space["spaceInfo"]["positionType"], 2);
    let status = crate::common::lotgate()
        .args(["status", "--lang", "en", "--config"])
        .arg(world.lot.config_path())
        .output()
        .unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("device 入口相机") && !status.contains("device 设备"), "{status}");
    world.assert_lawful().await;
}

#[test]
fn a_cameras_pictures_come_from_an_address_that_a_camera_can_have() {
    let with = |key: &str, address: &str| {
        let sn = "sn             = \"375f2151-96f12fc8\"";
        let (lot, line) = (lot(), format!("{sn}\n{key} = \"{address}\""));
        assert!(lot.contains(sn), "{lot}");
        lot.replacen(sn, &line, 1)
    };
    for key in ["address", "pictures_from"] {
        for address in [
            "127.0.0.1",
            "::1",
            "169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "camera.local",
            "10.77.0.0/24",
            " 192.168.1.70",
            "192.168.1.70:8080",
            "http://192.168.1.70",
            "",
        ] {
            let written = format!("{key} = \"{address}\"");
            says(&with(key, address), "error", &written, "no picture of it is fetched");
            // The box starts all the same, and asks nobody for this camera's pictures.
            let config = parse(&with(key, address), Path::new("x.toml")).config.unwrap();
            let from = config.devices.iter().map(|device| device.pictures_from);
            let nowhere = std::net::IpAddr::from([0, 0, 0, 0]);
            assert_eq!(from.flatten().collect::<Vec<_>>(), [nowhere], "{written}");
        }
    }
}
