//! What a technician is told by the real binary on a box where things are right, or wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::{PATIENCE, World};
use lotgate::sim::authority::Authority;
use lotgate::sim::plan::HardwarePlan;
use serde_json::Value;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The findings, each as `verdict: text`, and whether the doctor was content.
struct Findings(Vec<String>, bool);

impl Findings {
    fn has(&self, verdict: &str, words: &str) -> bool {
        self.0.iter().any(|line| line.starts_with(verdict) && line.contains(words))
    }

    #[track_caller]
    fn assert(&self, verdict: &str, words: &str) {
        assert!(self.has(verdict, words), "no {verdict} `{words}` in {:#?}", self.0);
    }

    fn failures(&self) -> Vec<&String> {
        self.0.iter().filter(|line| line.starts_with("failure")).collect()
    }
}

/// Calls the doctor in English.
async fn doctor(config: &Path, more: &[&str]) -> Findings {
    let mut command = common::lotgate();
    command.args(["--lang", "en", "--config"]).arg(config).args(["doctor", "--json"]).args(more);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let findings = lines.lines().map(|line| {
        let finding: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!("{}: {}", text("verdict"), text("text"))
    });
    Findings(findings.collect(), output.status.success())
}

/// The same while the cameras show life.
async fn doctor_among_cameras(world: &World, more: &[&str]) -> Findings {
    let beating = async {
        loop {
            world.lot.entry.keep_alive(0).await;
            world.lot.exit.keep_alive(0).await;
            world.lot.hardware.as_ref().unwrap().sensors.sees(1, true).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let config = world.lot.config_path();
    tokio::select! {
        found = doctor(&config, more) => found,
        () = beating => unreachable!(),
    }
}

/// A time server that is so many seconds ahead of this machine.
fn time_server(ahead: u64) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut request = [0; 48];
        while let Ok((48, client)) = socket.recv_from(&mut request) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            // Seconds since 1900 and 2^-32 of them.
            let seconds = u32::try_from(now.as_secs() + ahead + 2_208_988_800).unwrap();
            let fraction = u32::try_from((u64::from(now.subsec_nanos()) << 32) / 1_000_000_000);
            let stamp = [seconds.to_be_bytes(), fraction.unwrap().to_be_bytes()].concat();
            let mut answer = [0; 48];
            answer[..4].copy_from_slice(&[0x24, 1, 0, 0xEC]);
            answer[12..16].copy_from_slice(b"TEST");
            answer[16..24].copy_from_slice(&stamp);
            answer[24..32].copy_from_slice(&request[40..48]);
            answer[32..40].copy_from_slice(&stamp);
            answer[40..48].copy_from_slice(&stamp);
            socket.send_to(&answer, client).unwrap();
        }
    });
    address
}

/// A lot with all of its hardware and no gateway, whose configuration only its owner reads.
async fn wired_lot() -> World {
    let change = |lot: &mut lotgate::sim::plan::Plan| {
        lot.hardware = Some(HardwarePlan::default());
    };
    let mut world = World::with(change, "").await;
    assert!(world.terminate().await.1);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(world.lot.config_path(), mode).unwrap();
    world
}

fn replace(world: &World, from: &str, to: &str) {
    let path = world.lot.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_where_everything_is_right_has_no_failures() {
    let world = wired_lot().await;
    let server = time_server(0);
    let found = doctor_among_cameras(&world, &["--listen", "20s", "--ntp", &server]).await;
    assert_eq!(found.failures(), Vec::<&String>::new());
    assert!(found.1);
    for words in [
        "the gateway does not run",
        "may read and write all files",
        "the database",
        "the queue of reports:",
        "s off 127.0.0.1",
        "rs485 opens (115200 8N1)",
        "unit 1 answers",
        "unit 2 answers",
        "a display gives no answers",
        "broker `lot`",
        "入口相机: heard",
        "出口相机: heard",
        "地磁网络: heard",
        "localhost is 127.0.0.1",
        "the certificate of localhost",
        "platform over HTTPS: logged in",
        "platform's long connection: logged in",
        "[web]: 127.0.0.1:",
        "[platform.callback]: 127.0.0.1:",
    ] {
        found.assert("ok", words);
    }
    // The doctor has changed nothing: no session is left behind.
    let (logins, logouts) = (world.lot.platform.calls(1001), world.lot.platform.calls(1003));
    assert_eq!(logins, logouts);
    assert_eq!(world.lot.platform.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_wires_are_named_with_what_to_do() {
    let world = wired_lot().await;
    let hardware = world.lot.hardware.as_ref().unwrap();
    let config = world.lot.config_path();
    let quick = ["--listen", "1s", "--ntp", "127.0.0.1:9"];

    hardware.bus.lock().await.units().speed = Some(19_200);
    let found = doctor(&config, &quick).await;
    found.assert("failure", "unit 1 answers at other settings; write baud = 19200");
    hardware.bus.lock().await.units().speed = None;

    hardware.bus.lock().await.units().silent.insert(2);
    let found = doctor(&config, &quick).await;
    found.assert("ok", "unit 1 answers");
    found.assert("failure", "unit 2 is silent; check its power, whether A and B are swapped");
    hardware.bus.lock().await.units().silent.clear();

    // Somebody else has the port open.
    let port = std::fs::canonicalize(world.folder.path().join("rs485")).unwrap();
    let held = std::fs::File::options().read(true).write(true).open(&port).unwrap();
    let found = doctor(&config, &quick).await;
    found.assert("failure", "is in use by");
    drop(held);

    hardware.bus.lock().await.unplug();
    let found = doctor(&config, &quick).await;
    found.assert("failure", "there is no port");
    found.assert("warning", "no time server");
    assert!(!found.1);

    // A wrong serial number: the topics that are heard show the right one.
    replace(&world, "sn = \"265e1040-85e01fb7\"", "sn = \"265e1040-00000000\"");
    let found = doctor_among_cameras(&world, &quick).await;
    found.assert("failure", "Other topics heard: device/265e1040-85e01fb7/message/up/keep_alive");
    found.assert("ok", "出口相机: heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_refuses_is_told_step_by_step() {
    let world = wired_lot().await;
    let config = world.lot.config_path();
    let quick = ["--listen", "0s", "--ntp", &time_server(86_400)];

    // Another authority's certificate in ca_file: which one is missing is said.
    let ca_file = world.folder.path().join("ca.pem");
    let right = std::fs::read(&ca_file).unwrap();
    std::fs::write(&ca_file, Authority::new().unwrap().ca_pem()).unwrap();
    let found = doctor(&config, &quick).await;
    found.assert("failure", "which is not in");
    found.assert("failure", "the clock is 8");
    assert!(!found.has("ok", "logged in") && !found.has("failure", "the login"));
    std::fs::write(&ca_file, right).unwrap();

    replace(&world, "password = \"lot-password\"", "password = \"guessed\"");
    let found = doctor(&config, &quick).await;
    found.assert("failure", "platform over HTTPS: the login is refused");
    found.assert("failure", "platform's long connection: the login is refused");
    replace(&world, "password = \"guessed\"", "password = \"lot-password\"");

    // A certificate that is for another name.
    replace(&world, "[platform.tcp]", "[platform.tcp]\nserver_name = \"platform.example\"");
    let found = doctor(&config, &quick).await;
    found.assert("failure", "is for localhost, 127.0.0.1, not for platform.example");
    replace(&world, "server_name = \"platform.example\"", "");

    // Somebody else listens where we want to.
    let taken = std::net::TcpListener::bind(world.lot.web()).unwrap();
    let found = doctor(&config, &quick).await;
    found.assert("failure", "[web]: cannot listen on");
    drop(taken);

    let port = world.lot.platform_settings().https.port();
    replace(&world, &format!("localhost:{port}"), "no-such-host.invalid:1");
    let found = doctor(&config, &quick).await;
    found.assert("failure", "no-such-host.invalid cannot be resolved");
    found.assert("ok", "platform's long connection: logged in");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_gateway_runs_its_own_notes_are_read_and_it_is_not_disturbed() {
    let change = |lot: &mut lotgate::sim::plan::Plan| {
        lot.hardware = Some(HardwarePlan::default());
    };
    let mut world = World::with(change, "").await;
    let config = world.lot.config_path();
    let server = time_server(0);
    let asked = ["--listen", "1s", "--ntp", server.as_str()];
    let quiet = |found: &Findings| {
        let known = [
            "bus `485-1`: up since",
            "入口相机: online",
            "platform over HTTPS: up since",
            "platform's long connection: up since",
        ];
        known.iter().all(|words| found.has("ok", words))
    };
    let begun = std::time::Instant::now();
    let mut found = doctor(&config, &asked).await;
    // It takes a moment until everything is noted.
    while !quiet(&found) {
        assert!(begun.elapsed() < PATIENCE, "{:#?}", found.0);
        tokio::time::sleep(Duration::from_millis(100)).await;
        found = doctor(&config, &asked).await;
    }
    found.assert("ok", "the gateway runs");
    assert_eq!(world.lot.platform.calls(1001), 1);
    // A second gateway on the same database is refused in words.
    let second = common::lotgate().args(["run", "--config"]).arg(&config).output().unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by a running gateway"));

    world.lot.hardware.as_ref().unwrap().bus.lock().await.unplug();
    world.until("the bus is gone", || world.log().contains("bus `485-1` is gone")).await;
    let mut found = doctor(&config, &asked).await;
    while !found.has("failure", "bus `485-1`: down since") {
        assert!(begun.elapsed() < 2 * PATIENCE, "{:#?}", found.0);
        found = doctor(&config, &asked).await;
    }
    found.assert("failure", "there is no port");
    let status = common::lotgate()
        .args(["status", "--lang", "en", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("bus `485-1`: down since"), "{status}");
    world.kill();
}

/// A Modbus TCP gateway that numbers every answer alike.
async fn misnumbering_gateway() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 12];
                while stream.read_exact(&mut request).await.is_ok() {
                    let answer = [0x47, 0x11, 0, 0, 0, 4, request[6], request[7], 1, 0];
                    if stream.write_all(&answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_misnumbers_is_named_also_while_ours_runs() {
    let port = misnumbering_gateway().await;
    let more = format!(
        "[[modbus_tcp]]\nname = \"网关\"\naddress = \"127.0.0.1:{port}\"\n\
         [[device]]\nid = \"a1dc1d9fccdc441fb6238fb43faba9e1\"\nequipment_code = \"77775555001099\"\n\
         name = \"远端板\"\nequipment_type = \"1000\"\ndriver = \"modbus-relay\"\nbus = \"网关\"\nunit = 1\n"
    );
    let mut world = World::with(|_| {}, &more).await;
    let config = world.lot.config_path();
    let found = doctor(&config, &["--listen", "0s"]).await;
    found.assert("failure", "远端板: unit 1 answers with transaction number 18193");
    world.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_and_open_rights_are_found() {
    let mut world = World::new().await;
    for number in 0..40 {
        world.enter(&format!("粤B{number:05}")).await;
    }
    assert!(world.terminate().await.1);
    let config = world.lot.config_path();
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o644)).unwrap();
    let database = world.folder.path().join("lotgate.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let plate = "粤B00039".as_bytes();
    let at = bytes.windows(plate.len()).position(|window| window == plate).unwrap();
    bytes[at] ^= 0x20;
    std::fs::write(&database, bytes).unwrap();
    std::fs::write(world.folder.path().join("lotgate.db.damaged-77"), "old").unwrap();
    let secret = world.folder.path().join("platform-password");
    std::fs::write(&secret, "lot-password").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    replace(&world, "\"lot-password\"", "{ file = \"platform-password\" }");
    let found = doctor(&config, &["--listen", "0s", "--ntp", "127.0.0.1:9"]).await;
    found.assert("failure", "is damaged");
    found.assert("warning", "lotgate.db.damaged-77");
    for file in ["config.toml", "platform-password"] {
        let path = world.folder.path().join(file).display().to_string();
        found.assert("warning", &format!("everybody on the box may read {path}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_self_test_drives_cars_through_the_lots_own_lanes_and_tariff() {
    lotgate::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::copy("config.example.toml", &config).unwrap();
    let found = doctor(&config, &["--self-test"]).await;
    assert!(found.1, "{:#?}", found.0);
    // 119 minutes: the first hour 10, the second 2.
    found.assert("ok", "119 minutes cost 12 yuan");
    found.assert("ok", "every message keeps to DB4403/T 313-2023");

    // The fee is the configuration's own.
    let text = std::fs::read_to_string(&config).unwrap();
    let dearer = text.replace(
        "then        = { hours = 1, price = 2 }",
        "then        = { hours = 1, price = 5 }",
    );
    assert_ne!(dearer, text);
    std::fs::write(&config, dearer).unwrap();
    let found = doctor(&config, &["--self-test"]).await;
    found.assert("ok", "119 minutes cost 15 yuan");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_whose_messages_are_too_large_is_named_with_its_topic() {
    let Some(broker) = mosquitto::Mosquitto::start("") else { return };
    let older = mosquitto::older(broker.listen);
    let world = World::with(|plan| plan.broker = Some(older), "").await;
    let mut options = rumqttc::MqttOptions::new("somebody", "127.0.0.1", broker.listen.port());
    options.set_max_packet_size(100, 80 << 20);
    let (client, mut events) = rumqttc::AsyncClient::new(options, 10);
    let topic = format!("device/{}/message/up/ivs_result", lotgate::sim::plan::ENTRY_CAMERA);
    let qos = rumqttc::QoS::AtLeastOnce;
    client.try_publish(topic, qos, false, vec![b'x'; 65 << 20]).unwrap();
    tokio::spawn(async move { while events.poll().await.is_ok() {} });
    world.until("the large message", || world.log().contains("a message of 65 MB")).await;
    world.enter("粤B00001").await;
    world.lot.exit.keep_alive(0).await;
    let found = doctor(&world.lot.config_path(), &["--listen", "1s"]).await;
    found.assert("failure", "入口相机: its messages are too large since");
    found.assert("failure", "topic device/265e1040-85e01fb7/message/up/ivs_result");
}

/// A broker that takes everybody and grants every topic but those of that camera; nothing it is told goes anywhere.
async fn keeps_topics_of(listener: tokio::net::TcpListener, camera: &'static str) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(keeps_its_topics(stream, camera));
    }
}

async fn keeps_its_topics(mut stream: tokio::net::TcpStream, camera: &str) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut knows_5 = false;
    loop {
        let kind = stream.read_u8().await? >> 4;
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = stream.read_u8().await?;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut packet = vec![0; length];
        stream.read_exact(&mut packet).await?;
        let refused = packet.windows(camera.len()).any(|part| part == camera.as_bytes());
        let code = if refused { 0x80 } else { 1 };
        let answer = match (kind, knows_5) {
            (1, _) => {
                knows_5 = packet[6] == 5;
                if knows_5 { vec![0x20, 3, 0, 0, 0] } else { vec![0x20, 2, 0, 0] }
            }
            (8, true) => vec![0x90, 4, packet[0], packet[1], 0, code],
            (8, false) => vec![0x90, 3, packet[0], packet[1], code],
            (12, _) => vec![0xd0, 0],
            _ => continue,
        };
        stream.write_all(&answer).await?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_a_broker_keeps_is_named_in_status_and_nobody_is_sent_to_its_camera() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let broker = tokio::spawn(keeps_topics_of(listener, "265e1040-85e01fb7/message/up"));
    let mut world = World::at_rest(|plan| plan.broker = Some(listen), "").await;
    world.start();
    let kept = "device/265e1040-85e01fb7/message/up";
    world.until("the refusal in the log", || world.log().contains(kept)).await;
    let stands = || {
        let status = world.lotgate_json(&["status", "--json"]);
        let connections = status["connections"].as_array().unwrap().clone();
        connections.into_iter().find(|one| one["name"] == "broker `lot`").unwrap_or_default()
    };
    let said = || stands()["error"].as_str().is_some_and(|error| error.contains(kept));
    world.until("the refusal in the status", said).await;
    assert_eq!(stands()["up"], false);
    let found = doctor(&world.lot.config_path(), &["--listen", "1s"]).await;
    found.assert("failure", "is not granted, so 入口相机 is not heard there");
    assert!(!found.has("failure", "入口相机: not heard in"), "{:#?}", found.0);
    found.assert("failure", "出口相机: not heard in");
    broker.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_broker_forbids_our_marker_cars_pass_the_topic_is_named_and_cameras_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let rights = folder.path().join("acl");
    std::fs::write(&rights, "topic readwrite device/#\n").unwrap();
    // Without a bound it hangs up on whoever breaks its rules.
    let own = format!("acl_file {}\nmax_queued_messages 0", rights.display());
    let Some(broker) = mosquitto::Mosquitto::start(&own) else { return };
    let mut world = World::with(|plan| plan.broker = Some(broker.listen), "").await;
    world.enter("粤B00001").await;
    let marker = "its rules forbid our publishing on lotgate/";
    world.until("the marker's topic in the log", || world.log().contains(marker)).await;
    let claims = "its rules forbid our publishing on lotgate-claim/";
    world.until("the claims' topic in the log", || world.log().contains(claims)).await;
    let path = world.lot.config_path();
    let found = doctor(&path, &["--listen", "1s"]).await;
    found.assert("warning", marker);
    found.assert("warning", claims);
    assert!(world.terminate().await.1);
    let beating = async {
        loop {
            world.lot.entry.keep_alive(0).await;
            world.lot.exit.keep_alive(0).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::select! {
        found = doctor(&path, &["--listen", "5s"]) => found,
        () = beating => unreachable!(),
    };
    found.assert("warning", marker);
    found.assert("ok", "入口相机: heard");
    found.assert("ok", "出口相机: heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_where_anybody_may_speak_as_a_camera_is_named() {
    // On every address of this machine, as cameras need it.
    let listen = lotgate::sim::free_address().unwrap();
    let own = |more: &str| format!("listener {}\n{more}", listen.port());
    let folder = tempfile::tempdir().unwrap();
    let shut = folder.path().join("acl");
    std::fs::write(&shut, "user lotgate\ntopic readwrite #\n").unwrap();
    let open = own("allow_anonymous true");
    let Some(broker) = mosquitto::Mosquitto::start_with(&open, listen) else { return };
    let mut world = World::with(|plan| plan.broker = Some(listen), "").await;
    let path = world.lot.config_path();
    let anybody = "lets anybody publish without a login";
    doctor(&path, &["--listen", "1s"]).await.assert("failure", anybody);
    assert!(world.terminate().await.1);
    drop(broker);
    // Whoever has no login may connect here, and say nothing.
    let shut = own(&format!("allow_anonymous true\nacl_file {}", shut.display()));
    let _broker = mosquitto::Mosquitto::start_with(&shut, listen).unwrap();
    let found = doctor(&path, &["--listen", "1s"]).await;
    found.assert("ok", "broker `lot`");
    assert!(!found.has("failure", anybody), "{:#?}", found.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_logins_and_no_rights_is_named() {
    let listen = lotgate::sim::free_address().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    // Of `secret`, by mosquitto_passwd.
    let hash = "$7$101$PsG48B+gFBSssgfP$DeAb3mifBlziqT5ZJTY+iwUZ7X+zKOoy974ioZ7ovX84FMoF/bt9I9W21VasQOQOQcG+W0LUNP5wL35S4uc/og==";
    let passwords = file("passwd", &format!("lotgate:{hash}\n"));
    let acl_text = "user lotgate\ntopic readwrite #\ntopic deny lotgate-doctor/#\n";
    let acl = file("acl", acl_text);
    let own =
        format!("listener {}\nallow_anonymous false\npassword_file {passwords}\n", listen.port());
    let Some(broker) = mosquitto::Mosquitto::start_with(&own, listen) else { return };
    let world = World::at_rest(|_| {}, "").await;
    let path = world.lot.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    let line =
        |text: &str| text.lines().find(|line| line.starts_with("url = \"mqtt:")).map(str::to_owned);
    let ours = format!("url = \"mqtt://{listen}\"\nusername = \"lotgate\"\npassword = \"secret\"");
    world.change_configuration(&line(&text).unwrap(), &ours);
    let anywhere = "lets our login publish on any topic";
    doctor(&path, &["--listen", "1s"]).await.assert("warning", anywhere);
    drop(broker);
    let with_rights = format!("{own}acl_file {acl}");
    let broker = mosquitto::Mosquitto::start_with(&with_rights, listen).unwrap();
    let found = doctor(&path, &["--listen", "1s"]).await;
    found.assert("ok", "broker `lot`");
    assert!(!found.has("warning", anywhere), "{:#?}", found.0);
    drop(broker);
    // Whoever has no login may speak as a camera here, and say nothing else.
    let cameras = file("acl-of-cameras", &format!("topic write device/#\n\n{acl_text}"));
    let cameras = format!("{}acl_file {cameras}", own.replace("false", "true"));
    let _broker = mosquitto::Mosquitto::start_with(&cameras, listen).unwrap();
    let found = doctor(&path, &["--listen", "1s"]).await;
    found.assert("failure", "lets anybody publish without a login");
}
