//! The lot's own hardware around the real binary: a real pty, a real Modbus TCP server, a real broker.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::{A_WHILE, PATIENCE, World, plate_of};
use lotgate::devices::cameras::makes::codec::{CameraCodec as _, CameraMessage, Plate};
use lotgate::devices::cameras::makes::qianyi::Qianyi;
use lotgate::devices::cameras::makes::vzenith;
use lotgate::sim::accent::DeviceAccent;
use lotgate::sim::garage::register;
use lotgate::sim::hardware::Hardware;
use lotgate::sim::plan::{
    DETECTOR_SPACES, GARAGE_CODE, GARAGE_SPACES, HardwarePlan, PARK_CODE, SENSOR_SPACES, space_no,
};
use lotgate::sim::sensors::dev_eui;
use lotgate::sim::serial_bus::{ARM_UP, BUTTON, DETECTOR_UNIT, RELAY_UNIT};
use lotgate::standard::envelope::Reply;
use mosquitto::Mosquitto;
use serde_json::{Value, json};
use std::time::Duration;

const PLATE: &str = "粤B88888";

async fn world() -> World {
    with(HardwarePlan::default()).await
}

/// A lot where parking is free for a day, so that cars come and go; all of its devices are online.
async fn with(plan: HardwarePlan) -> World {
    let change = |lot: &mut lotgate::sim::plan::Plan| {
        "1d".clone_into(&mut lot.free);
        lot.hardware = Some(plan);
    };
    let world = World::with(change, "").await;
    for device in ["911", "912", "913", "916"] {
        online(&world, device, 1).await;
    }
    world
}

/// 5002 about a device whose id ends so.
async fn online(world: &World, device: &str, state: i64) {
    world
        .report(5002, |report| {
            report["id"].as_str().unwrap().ends_with(device) && report["state"] == state
        })
        .await;
}

fn hardware(world: &World) -> &Hardware {
    world.lot.hardware.as_ref().unwrap()
}

async fn presses(world: &World) -> usize {
    hardware(world).bus.lock().await.units().presses.len()
}

/// Waits until the units on the bus look so.
async fn on_bus(
    world: &World,
    what: &str,
    looks: impl Fn(&lotgate::sim::serial_bus::Units) -> bool,
) {
    let begun = std::time::Instant::now();
    while !looks(&hardware(world).bus.lock().await.units()) {
        assert!(begun.elapsed() < PATIENCE, "{what} did not come:\n{}", world.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn space_is(world: &World, number: u32, state: i64) {
    let space_no = space_no(number);
    world.report(5001, |one| one["spaceNo"] == space_no.as_str() && one["state"] == state).await;
}

/// The same of what was reported last.
async fn space_is_now(world: &World, number: u32, state: i64) {
    let space_no = space_no(number);
    let last = || {
        let told = world.lot.platform.received(5001);
        told.into_iter().rev().find(|one| one["spaceNo"] == space_no.as_str())
    };
    world.until("the space's state", || last().is_some_and(|one| one["state"] == state)).await;
}

fn mission(plate: &str) -> Value {
    json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "plateNo": plate, "garagePassCode": 1 })
}

async fn command(world: &World, code: u16, element: &Value) -> Reply {
    world.lot.platform.command(code, std::slice::from_ref(element)).await.unwrap()
}

async fn until_moved(world: &World, moves: usize) {
    world.until("a car moved", || hardware(world).garage.moves().len() >= moves).await;
    world.until("the garage at rest", || hardware(world).garage.get(register::BUSY) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_leaves_through_a_relay_board_and_its_record_closes_when_it_has_passed() {
    let world = world().await;
    hardware(&world).bus.lock().await.units().cars_drive = false;
    world.enter(PLATE).await;
    world.lot.exit.read(PLATE).await;
    on_bus(&world, "the arm", |units| units.inputs[ARM_UP]).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(world.lot.platform.received(5005).len(), 0, "it has not passed yet");
    hardware(&world).bus.lock().await.drive_through().await;
    world.report(5005, |record| plate_of(record) == PLATE).await;
    on_bus(&world, "the greeting", |units| {
        units.shown.iter().any(|lines| lines == &[PLATE.to_owned(), "一路平安".to_owned()])
    })
    .await;
    // The entry's display hangs on the camera.
    let shown = world.lot.entry.commanded("serial_data");
    assert!(!shown.is_empty(), "{}", world.log());
    on_bus(&world, "the coil off", |units| !units.coils[0]).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arm_that_is_stuck_is_an_event_and_stops_the_lane() {
    let world = world().await;
    hardware(&world).bus.lock().await.units().stuck = true;
    world.enter(PLATE).await;
    world.lot.exit.read(PLATE).await;
    world
        .report(2002, |event| event["remark"].as_str().unwrap().contains("未在规定时间内升起"))
        .await;
    world.report(5011, |lane| lane["state"] == 4).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_booths_button_opens_and_staff_hold_the_barrier() {
    let world = world().await;
    hardware(&world).bus.lock().await.units().inputs[BUTTON] = true;
    on_bus(&world, "the opening", |units| units.presses == [0]).await;
    world.until("a picture", || !world.lot.exit.commanded("snapshot").is_empty()).await;
    let body = |id: &str, movement: &str| {
        json!({ "id": format!("{id:0>32}"), "laneId": "90731c48a7ea4c27bd4d57ff0e13d002",
                "operator": "张三", "movement": movement })
    };
    let (status, answer) = world.booth("/api/lanes/barrier", &body("1", "hold-open")).await;
    assert!(status.contains("200"), "{status} {answer}");
    on_bus(&world, "the hold", |units| units.coils[0]).await;
    let (status, _) = world.booth("/api/lanes/barrier", &body("2", "release")).await;
    assert!(status.contains("200"), "{status}");
    on_bus(&world, "the release", |units| !units.coils[0]).await;
    let (status, answer) = world.booth("/api/lanes/barrier", &body("3", "close")).await;
    assert!(status.contains("409"), "{status} {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulse_cut_short_by_a_crash_is_ended_at_the_next_start_and_a_held_barrier_stays() {
    let mut world = world().await;
    world.kill();
    {
        let bus = hardware(&world).bus.lock().await;
        bus.units().coils[0] = true;
    }
    world.restart().await;
    on_bus(&world, "the coil off", |units| !units.coils[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unplugged_adapter_is_told_and_everything_on_it_comes_back_with_it() {
    let world = world().await;
    hardware(&world).bus.lock().await.unplug();
    online(&world, "911", 2).await;
    online(&world, "912", 2).await;
    world.report(5011, |lane| lane["state"] == 4).await;
    // The loop is gone with its board: a car that leaves must not be lost.
    world.enter(PLATE).await;
    world.lot.exit.read(PLATE).await;
    // Nothing tells that it has gone but the next car.
    world.lot.exit.read("粤C54321").await;
    world.report(5005, |record| plate_of(record) == PLATE).await;
    hardware(&world).bus.lock().await.plug_again().unwrap();
    world.until("the board", || world.log().matches("bus `485-1` is up").count() == 2).await;
    world.enter("粤B00002").await;
    let before = presses(&world).await;
    world.lot.exit.read("粤B00002").await;
    on_bus(&world, "the barrier", |units| units.presses.len() > before).await;
    world.report(5005, |record| plate_of(record) == "粤B00002").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_dead_neighbours_and_late_answers_do_not_keep_a_barrier_down() {
    let world = world().await;
    {
        let bus = hardware(&world).bus.lock().await;
        let mut units = bus.units();
        units.noise = vec![0x00, 0xFF, RELAY_UNIT, 0x02, 0x01, 0x55];
        units.silent.insert(DETECTOR_UNIT);
    }
    online(&world, "912", 2).await;
    world.enter(PLATE).await;
    world.lot.exit.read(PLATE).await;
    world.report(5005, |record| plate_of(record) == PLATE).await;
    // The detector wakes up, but answers when its turn is over: into the board's.
    {
        let bus = hardware(&world).bus.lock().await;
        let mut units = bus.units();
        units.silent.clear();
        units.late = Some((DETECTOR_UNIT, Duration::from_millis(170)));
        units.presses.clear();
    }
    world.enter("粤B00002").await;
    world.lot.exit.read("粤B00002").await;
    on_bus(&world, "the barrier", |units| units.presses == [0]).await;
    world.report(5005, |record| plate_of(record) == "粤B00002").await;
    hardware(&world).bus.lock().await.units().late = None;
    hardware(&world).bus.lock().await.units().noise.clear();
    online(&world, "912", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sensors_and_detectors_tell_their_spaces_and_silence_makes_them_unknown() {
    let world = world().await;
    let (sensor, detected) = (SENSOR_SPACES.start, DETECTOR_SPACES.start);
    hardware(&world).sensors.sees(1, true).await;
    space_is(&world, sensor, 2).await;
    hardware(&world).sensors.sees(1, false).await;
    space_is(&world, sensor, 0).await;
    hardware(&world).bus.lock().await.units().detector[0] = true;
    space_is(&world, detected, 2).await;
    // Bytes that no sensor sends are told and spoil nothing.
    hardware(&world).sensors.publish("0004a30b00000001", "up", "{".to_owned()).await;
    world.until("the complaint", || world.log().contains("sent what cannot be read")).await;
    hardware(&world).sensors.sees(1, true).await;
    space_is(&world, sensor, 2).await;
    hardware(&world).bus.lock().await.units().silent.insert(DETECTOR_UNIT);
    space_is(&world, detected, -1).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_word_for_taken_is_not_free_and_is_told_once() {
    let change = |lot: &mut lotgate::sim::plan::Plan| lot.hardware = Some(HardwarePlan::default());
    let mut world = World::at_rest(change, "").await;
    world.change_configuration(
        "codec = \"bosch-tps110\"",
        "codec = \"object\"\noccupied = \"/parking/status\"",
    );
    world.start();
    world.ready().await;
    let space = SENSOR_SPACES.start;
    // A sensor in which the pointer finds nothing is named with where the state stands, though it fits another.
    hardware(&world).sensors.tells(1, json!({ "parking": { "status": 1 } })).await;
    space_is_now(&world, space, 2).await;
    hardware(&world).sensors.tells(2, json!({ "parking": { "state": 1 } })).await;
    let of_one = format!("地磁网络 {}", space_no(space + 1));
    world.until("the sensor's name", || world.log().contains(&of_one)).await;
    let named = "none holds a space's state: `occupied = \"/parking/status\"` finds nothing, the message has /parking/state";
    world.until("the pointer's name", || world.log().contains(named)).await;
    let tells = async |status: Value| {
        hardware(&world).sensors.tells(1, json!({ "parking": { "status": status } })).await;
    };
    tells(json!("0.00")).await;
    space_is_now(&world, space, 0).await;
    for (known, unknown, number) in
        [(json!(1.0), json!("fault"), 2), (json!(false), json!(null), 0)]
    {
        tells(known).await;
        space_is_now(&world, space, number).await;
        tells(unknown).await;
        space_is_now(&world, space, -1).await;
    }
    tells(json!(2)).await;
    tells(json!(3)).await;
    // What only shows that it lives is no error, and says nothing of the space.
    hardware(&world).sensors.tells(1, json!(null)).await;
    hardware(&world).sensors.publish(&dev_eui(1), "join", "{}".to_owned()).await;
    let oddities = |world: &World| world.lotgate_json(&["status", "--json"])["oddities"].clone();
    world.until("the oddity", || oddities(&world).to_string().contains("null")).await;
    let (_, status) = world.look("/api/status").await;
    let odd = status["oddities"].as_array().unwrap();
    assert!(odd.iter().any(|one| one["says"] == "null"), "{odd:?}");
    tells(json!("VACANT")).await;
    space_is_now(&world, space, 0).await;
    assert!(
        oddities(&world).to_string().contains(&of_one),
        "another that is read does not mend it"
    );
    hardware(&world).sensors.tells(2, json!({ "parking": { "status": "VACANT" } })).await;
    world.until("no oddity", || oddities(&world) == json!([])).await;
    let log = world.log();
    assert_eq!(log.matches("nobody knows what that means").count(), 2, "{log}");
    assert!(!log.contains("sent what cannot be read"), "{log}");
    world.assert_lawful().await;
}

/// What the doctor finds while the gateway runs.
async fn doctor(world: &World) -> String {
    let mut command = common::lotgate();
    command.args(["doctor", "--lang", "en", "--listen", "0s", "--ntp", "127.0.0.1:9", "--config"]);
    command.arg(world.lot.config_path());
    let found = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8(found.stdout).unwrap()
}

fn client(broker: std::net::SocketAddr, name: &str) -> rumqttc::AsyncClient {
    let options = rumqttc::MqttOptions::new(name, broker.ip().to_string(), broker.port());
    let (camera, mut events) = rumqttc::AsyncClient::new(options, 10);
    tokio::spawn(async move { while events.poll().await.is_ok() {} });
    camera
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_that_finds_nothing_is_named_once_with_where_the_plate_stands() {
    let keys = "driver = \"mqtt-json\"\ntopic = \"cam/west\"\nplate = \"/data/plat\"\ntime = \"/data/time\"";
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), &other_camera(32, keys)).await;
    let camera = client(world.lot.broker, "json");
    let read = json!({ "id": 1, "data": { "plate": PLATE, "time": "2026-03-02 08:00:00" } });
    for _ in 0..3 {
        let read = read.to_string();
        camera.publish("cam/west", rumqttc::QoS::AtLeastOnce, false, read).await.unwrap();
    }
    let named = "`plate = \"/data/plat\"` finds nothing, the message has /data/plate";
    let oddities = || world.lotgate_json(&["status", "--json"])["oddities"].to_string();
    world.until("its name in the status", || oddities().contains("/data/plat")).await;
    let found = doctor(&world).await;
    assert!(found.contains("相机32: messages come since") && found.contains(named), "{found}");
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(world.log().matches(named).count(), 1, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_of_whose_messages_none_can_be_read_is_named_until_one_can() {
    let keys = "driver = \"mqtt-json\"\ntopic = \"cam/north\"\nplate = \"/plate\"";
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), &other_camera(34, keys)).await;
    let camera = client(world.lot.broker, "json");
    let send = async |message: &str| {
        camera.publish("cam/north", rumqttc::QoS::AtLeastOnce, false, message).await.unwrap();
    };
    for _ in 0..3 {
        send("plate=粤B12345;color=blue").await;
    }
    let oddities = || world.lotgate_json(&["status", "--json"])["oddities"].to_string();
    world.until("its name in the status", || oddities().contains("none can be read")).await;
    let found = doctor(&world).await;
    assert!(found.contains("相机34: messages come since"), "{found}");
    send(&json!({ "plate": PLATE }).to_string()).await;
    world.until("it is read again", || oddities() == "[]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_publishes_its_reads_at_qos_0_is_named() {
    let Some(broker) = Mosquitto::start("") else { return };
    let keys =
        "driver = \"mqtt-json\"\ntopic = \"cam/east\"\nplate = \"/plate\"\nmessage_id = \"/id\"";
    let change = |plan: &mut lotgate::sim::plan::Plan| {
        "1d".clone_into(&mut plan.free);
        plan.broker = Some(broker.listen);
    };
    let world = World::with(change, &other_camera(33, keys)).await;
    let camera = client(broker.listen, "json");
    let reads = async |qos, plate: &str| {
        let read = json!({ "id": format!("x-{plate}"), "plate": plate }).to_string();
        camera.publish("cam/east", qos, false, read).await.unwrap();
        world.report(5004, |record| plate_of(record) == plate).await;
    };
    // At QoS 0 what comes before the gateway listens is lost.
    world.until("it listens", || world.log().contains("MQTT `lot` connected")).await;
    reads(rumqttc::QoS::AtMostOnce, "粤B00004").await;
    reads(rumqttc::QoS::AtMostOnce, "粤B00005").await;
    let named = "publishes its reads at QoS 0";
    let oddities = || world.lotgate_json(&["status", "--json"])["oddities"].to_string();
    world.until("its name in the status", || oddities().contains("QoS 0")).await;
    assert!(doctor(&world).await.contains(&format!("相机33: {named}")));
    assert_eq!(world.log().matches(named).count(), 1, "{}", world.log());
    reads(rumqttc::QoS::AtLeastOnce, "粤B00006").await;
    world.until("it is mended", || oddities() == "[]").await;
}

proptest::proptest! {
    #[test]
    fn what_a_camera_says_does_not_depend_on_how_it_prints_it(number in 10_000_u32..100_000, second in 1_700_000_000_i64..2_000_000_000, sure in 1_u8..=100, late: bool) {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let plate = format!("粤B{number}");
        let vzenith = json!({ "id": "1", "timestamp": second, "payload": { "AlarmInfoPlate": { "result": { "PlateResult": {
            "license": plate, "confidence": sure, "colorType": 1, "type": 1, "direction": 4, "triggerType": 8,
            "isoffline": u8::from(late), "timeStamp": { "Timeval": { "sec": second, "usec": 5 } },
        } } } } });
        let qianyi = json!({ "cmd": "result", "msg_id": "m1", "type": if late { "offline" } else { "online" },
            "plate_num": plate, "plate_color": "蓝色", "utc_ts": second, "confidence": sure });
        let meaning = |decoded| match decoded {
            Ok(CameraMessage::Plate(plate)) => {
                let Plate { plate, confidence, heading, plate_color, late, taken, sent, license_plate_type, .. } = *plate;
                (plate, confidence, heading, plate_color, late, taken, sent, license_plate_type)
            }
            other => panic!("{other:?}"),
        };
        let read = |accent: DeviceAccent| {
            let said = vzenith::decode("up/ivs_result", &accent.say(&vzenith), &zone);
            let camera = Qianyi::new("Q1", "up", "down");
            (meaning(said), meaning(camera.decode("up", &accent.say(&qianyi), &zone)))
        };
        let plain = read(DeviceAccent::Plain);
        assert_eq!((plain.0.1, plain.0.5.unwrap().as_second()), (Some(sure), second));
        for accent in DeviceAccent::ALL {
            assert_eq!(read(accent), plain, "{accent:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garages_counts_and_states_that_cannot_be_are_neither_free_nor_well() {
    let world = world().await;
    let garage = &hardware(&world).garage;
    world.report(8003, |spaces| spaces["garageSpacesList"][0]["availableSmallSpaces"] == 4).await;
    garage.set(register::STATE, 9);
    world.report(8002, |state| state["garagestate"] == 2 && state["comment"] == "PLC 9").await;
    world.until("it is told", || world.log().contains("state says 9")).await;
    garage.set(register::STATE, 1);
    world.report(8002, |state| state["garagestate"] == 1).await;
    let told_free = || {
        let told = world.lot.platform.received(8003).pop();
        told.and_then(|spaces| spaces["garageSpacesList"][0]["availableSmallSpaces"].as_i64())
    };
    // A full word, one less than that, one more than there are: none is free.
    for cannot_be in [0xFFFF, 0xFFFE, u16::try_from(GARAGE_SPACES.len()).unwrap() + 1] {
        garage.miscount(Some(cannot_be));
        world.until("none free", || told_free() == Some(0)).await;
        garage.miscount(None);
        world.until("four free", || told_free() == Some(4)).await;
    }
    world.until("it is told", || world.log().contains("available_small says 65535")).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_heard_in_every_accent() {
    let world = world().await;
    for (number, accent) in (1_u32..).zip(DeviceAccent::ALL) {
        let plate = format!("粤B7000{number}");
        world.lot.entry.read_in(accent, &plate).await;
        let record = world.report(5004, |record| plate_of(record) == plate).await;
        assert_eq!(record["parkCarInfo"]["plateColor"], "蓝色", "{accent:?}");
        for occupied in [true, false] {
            hardware(&world).sensors.sees_in(accent, 1, occupied).await;
            space_is_now(&world, SENSOR_SPACES.start, if occupied { 2 } else { 0 }).await;
        }
    }
    assert!(!world.log().contains("cannot be read"), "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garage_tells_how_it_stands_and_what_is_wrong() {
    let world = world().await;
    let garage = &hardware(&world).garage;
    world.report(8003, |spaces| spaces["garageSpacesList"][0]["availableSmallSpaces"] == 4).await;
    garage.set(register::STATE, 3);
    world.report(8002, |state| state["garagestate"] == 3).await;
    garage.set(register::ALARMS, 0b10);
    let event = world.report(2002, |event| event["eventType"] == 8026).await;
    assert_eq!((&event["eventLevel"], &event["position"]), (&json!(2), &json!(GARAGE_CODE)));
    garage.set(register::STATE, 1);
    world.report(8002, |state| state["garagestate"] == 1).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garage_stores_and_retrieves_through_both_doors() {
    let world = world().await;
    let first = space_no(GARAGE_SPACES.start);
    world.enter(PLATE).await;
    let reply = command(&world, 8004, &mission(PLATE)).await;
    assert!(reply.succeeded(), "{reply:?}");
    assert!(reply.data[0]["remainSeconds"].as_i64().is_some_and(|left| (1..=3).contains(&left)));
    until_moved(&world, 1).await;
    assert_eq!(hardware(&world).garage.cars(), 1);
    space_is(&world, GARAGE_SPACES.start, 2).await;
    let event = world.report(2002, |event| event["remark"] == "车辆入库").await;
    assert_eq!((&event["plateNo"], &event["spaceNo"]), (&json!(PLATE), &json!(first)));
    let record = world.report(5006, |record| plate_of(record) == PLATE).await;
    assert_eq!((&record["garageNo"], &record["spaceNo"]), (&json!(GARAGE_CODE), &json!(first)));
    let taken = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "spaceNo": first });
    let reply = command(&world, 8004, &taken).await;
    assert_eq!(reply.data[0]["code"], 1500, "the PLC refuses it: {reply:?}");
    let reply = world.lot.platform.call_back(8005, &[mission(PLATE)]).await.unwrap();
    assert!(reply.succeeded(), "{reply:?}");
    until_moved(&world, 2).await;
    space_is(&world, GARAGE_SPACES.start, 0).await;
    world.report(2002, |event| event["remark"] == "车辆出库").await;
    let reply = command(&world, 8005, &mission(PLATE)).await;
    assert_eq!(reply.data[0]["code"], 1103);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garage_does_nothing_twice_though_the_link_is_cut_and_the_gateway_killed() {
    for with_job in [true, false] {
        let plan = HardwarePlan { with_job, ..HardwarePlan::default() };
        let mut world = with(plan).await;
        let reply = command(&world, 8004, &mission(PLATE)).await;
        assert!(reply.succeeded(), "{reply:?}");
        hardware(&world).garage.cut();
        world.kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.start();
        hardware(&world).garage.connect().await.unwrap();
        world.ready().await;
        world.report(2002, |event| event["remark"] == "车辆入库").await;
        // The platform, which does not know, orders the same thing again: it is stored already.
        let reply = command(&world, 8004, &mission(PLATE)).await;
        world.until("an answer", || !reply.data.is_empty()).await;
        let stores = |world: &World| {
            let moves = hardware(world).garage.moves();
            moves.iter().filter(|one| one.store && one.space == 1).count()
        };
        assert_eq!(stores(&world), 1);
        assert!(command(&world, 8005, &mission(PLATE)).await.succeeded());
        world.kill();
        world.restart().await;
        world.report(2002, |event| event["remark"] == "车辆出库").await;
        assert_eq!(stores(&world), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plc_that_restarts_in_mid_mission_is_told_and_not_commanded_again() {
    let plan = HardwarePlan { garage_takes: Duration::from_secs(600), ..HardwarePlan::default() };
    let world = with(plan).await;
    assert!(command(&world, 8004, &mission(PLATE)).await.succeeded());
    hardware(&world).garage.restart();
    world.report(2002, |event| event["eventType"] == 8013).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(hardware(&world).garage.moves().len(), 1);
    assert_eq!(hardware(&world).garage.get(register::COMMAND), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deaf_plc_is_answered_for_and_its_command_taken_back() {
    let world = world().await;
    hardware(&world).garage.deafen(true);
    let reply = command(&world, 8004, &mission(PLATE)).await;
    assert_eq!((reply.result_code, &reply.data[0]["code"]), (1, &json!(1300)), "{reply:?}");
    hardware(&world).garage.deafen(false);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(hardware(&world).garage.moves().len(), 0, "what was taken back is not done later");
    // Another command is not kept waiting by one that waits for its garage.
    hardware(&world).garage.deafen(true);
    world.enter("粤B00007").await;
    let element = mission("粤B00007");
    let slow = command(&world, 8004, &element);
    let quick = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let asked = json!({ "parkCode": PARK_CODE, "plateNo": "粤B00007" });
        let fee = command(&world, 6006, &asked).await;
        (fee, std::time::Instant::now())
    };
    let slow = async { (slow.await, std::time::Instant::now()) };
    let ((_, slow_at), (fee, quick_at)) = tokio::join!(slow, quick);
    assert!(fee.succeeded() && quick_at < slow_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booked_car_is_retrieved_after_a_restart() {
    let mut world = world().await;
    assert!(command(&world, 8004, &mission(PLATE)).await.succeeded());
    until_moved(&world, 1).await;
    world.report(2002, |event| event["remark"] == "车辆入库").await;
    let mut booked = mission(PLATE);
    booked["bookTime"] =
        json!(world.lot.local(jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3)));
    let reply = command(&world, 8005, &booked).await;
    assert!(reply.data[0]["remainSeconds"].as_i64().unwrap() >= 2, "{reply:?}");
    world.kill();
    world.restart().await;
    until_moved(&world, 2).await;
    world.report(2002, |event| event["remark"] == "车辆出库").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cameras_inputs_are_contacts_too_and_its_clock_is_set() {
    let more =
        "id = \"90731c48a7ea4c27bd4d57ff0e13d001\"|button = { device = \"入口相机\", input = 1 }";
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), more).await;
    world.lot.entry.input(1, 0).await;
    world.lot.entry.input(1, 2).await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    world.until("a picture", || world.log().contains("picture of the opening")).await;
    world.lot.entry.keep_alive(-3600).await;
    world.until("the clock", || !world.lot.entry.commanded("set_time").is_empty()).await;
}

/// A camera of another make at a lane of its own.
fn other_camera(number: u32, driver: &str) -> String {
    format!(
        "[[device]]\nid = \"a1dc1d9fccdc441fb6238fb43faba9{number}\"\n\
         equipment_code = \"777755550010{number}\"\nname = \"相机{number}\"\n\
         equipment_type = \"1000\"\nmqtt = \"lot\"\n{driver}\n\
         [[lane]]\nid = \"90731c48a7ea4c27bd4d57ff0e13d0{number}\"\nname = \"入口{number}\"\n\
         direction = \"entry\"\ncamera = \"相机{number}\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn cameras_of_other_makes_are_heard_answered_and_obeyed() {
    let qianyi = other_camera(31, "driver = \"qianyi-mqtt\"\nsn = \"Q1\"")
        + "barrier = { device = \"相机31\", output = 0 }\n";
    let json = other_camera(
        32,
        "driver = \"mqtt-json\"\ntopic = \"cam/+/read\"\nplate = \"/d/0/p\"\nplate_encoding = \"base64-gbk\"\n\
         plate_color = \"/d/0/c\"\nplate_colors = { b = \"蓝色\" }\nmessage_id = \"/id\"",
    );
    let world = World::with(|plan| "1d".clone_into(&mut plan.free), &(qianyi + &json)).await;
    let address = world.lot.broker;
    let options = rumqttc::MqttOptions::new("q1", address.ip().to_string(), address.port());
    let (camera, mut events) = rumqttc::AsyncClient::new(options, 10);
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(event) = events.poll().await {
            match event {
                rumqttc::Event::Incoming(rumqttc::Incoming::Publish(message)) => {
                    let message: Value = serde_json::from_slice(&message.payload).unwrap();
                    told.send(message).unwrap();
                }
                rumqttc::Event::Incoming(rumqttc::Incoming::SubAck(_)) => {
                    told.send(json!({ "cmd": "ready" })).unwrap();
                }
                _ => {}
            }
        }
    });
    let qos = rumqttc::QoS::AtLeastOnce;
    camera.subscribe("device/plate/Q1", qos).await.unwrap();
    assert_eq!(heard.recv().await.unwrap()["cmd"], "ready");
    let publish = async |topic: &str, message: Value| {
        camera.publish(topic, qos, false, message.to_string()).await.unwrap();
    };
    let read = |msg_id: &str, kind: &str, plate: &str| {
        json!({ "cmd": "result", "msg_id": msg_id, "type": kind, "plate_num": plate,
                "plate_color": "蓝色", "utc_ts": jiff::Timestamp::now().as_second(), "sn": "Q1" })
    };
    publish("aiot/plate/Q1", json!({ "cmd": "camera_register", "msg_id": "r1", "sn": "Q1" })).await;
    assert_eq!(heard.recv().await.unwrap()["cmd"], "camera_register_rsp");
    publish("aiot/plate/Q1", read("m1", "online", PLATE)).await;
    let mut both = [heard.recv().await.unwrap(), heard.recv().await.unwrap()];
    both.sort_by_key(|one| one["cmd"].to_string());
    assert_eq!((&both[0]["cmd"], &both[0]["ionum"]), (&json!("iooutput"), &json!(0)));
    assert_eq!((&both[1]["cmd"], &both[1]["msg_id"]), (&json!("result_rsp"), &json!("m1")));
    let done = json!({ "cmd": "iooutput_rsp", "msg_id": both[0]["msg_id"], "status": "ok" });
    publish("aiot/plate/Q1", done).await;
    let record = world.report(5004, |record| plate_of(record) == PLATE).await;
    assert_eq!(record["parkCarInfo"]["plateColor"], "蓝色");
    // Sent late: recorded, answered, and no barrier opens.
    publish("aiot/plate/Q1", read("m2", "offline", "粤B00002")).await;
    assert_eq!(heard.recv().await.unwrap()["cmd"], "result_rsp");
    world.report(5004, |record| plate_of(record) == "粤B00002").await;
    tokio::time::sleep(A_WHILE).await;
    assert!(heard.try_recv().is_err(), "nothing opens for a car that has long gone on");
    // 粤B00003 in GBK and base64.
    let mapped = json!({ "id": "x1", "d": [{ "p": "1MFCMDAwMDM=", "c": "b" }] });
    publish("cam/west/read", mapped).await;
    world.report(5004, |record| plate_of(record) == "粤B00003").await;
    world.assert_lawful().await;
}
