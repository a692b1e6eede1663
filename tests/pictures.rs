//! Pictures that a camera's message names by their address: fetched from that camera, and from nowhere else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{PATIENCE, World, plate_of};
use lotgate::sim::authority::Authority;
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::platform::TurnedAway;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// The smallest picture there is.
const JPEG: &[u8] = &[
    0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63,
    0, 0x3f, 0xff, 0xd9,
];
/// Pictures are looked for every 2 s.
const AT_ONCE: Duration = Duration::from_secs(8);
const FROM_ANYWHERE: &str = "any private address is asked";

/// This machine's addresses in its networks; none on a machine without one.
fn own_addresses() -> Vec<IpAddr> {
    let ways =
        [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[fd00::1]:9"), ("[::]:0", "[2001:db8::1]:9")];
    let own = ways.iter().filter_map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        // Nothing is sent: it only says which way that would go.
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    });
    own.filter(|own| !own.is_loopback()).collect()
}

/// An address that a camera could have.
fn a_cameras() -> Option<IpAddr> {
    let own = own_addresses().into_iter().next();
    if own.is_none() {
        eprintln!("no network here: not tried");
        assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
    }
    own
}

/// A camera's web server: how often it was asked, how many at once, and what it waits for.
#[derive(Clone)]
struct Server {
    listen: SocketAddr,
    answer: Vec<u8>,
    asked: Arc<AtomicUsize>,
    at_once: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Server {
    async fn start(address: IpAddr, answer: Vec<u8>) -> Self {
        Self::start_by(address, answer, None).await
    }

    async fn start_by(address: IpAddr, answer: Vec<u8>, by: Option<&Authority>) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let listen = listener.local_addr().unwrap();
        let (asked, at_once) = (Arc::default(), Arc::default());
        let server = Self { listen, answer, asked, at_once, gate: Arc::new(Semaphore::new(1000)) };
        let acceptor = by.map(|authority| TlsAcceptor::from(authority.server_config()));
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => server.serve(stream).await,
                        Some(acceptor) => {
                            let Ok(stream) = acceptor.accept(stream).await else { return };
                            server.serve(stream).await;
                        }
                    }
                });
            }
        });
        server
    }

    async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let _ = stream.read(&mut [0; 4096]).await;
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.at_once.fetch_add(1, Ordering::SeqCst);
        if let Ok(place) = self.gate.acquire().await {
            place.forget();
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.write_all(&self.answer).await;
        let _ = stream.shutdown().await;
    }

    fn url(&self) -> String {
        format!("http://{}/a.jpg", self.listen)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// A car comes in, and its camera says where its picture is.
async fn enter(world: &World, plate: &str, url: &str) {
    enter_with(world, plate, "imagePath", url.as_bytes()).await;
}

async fn enter_with(world: &World, plate: &str, key: &str, value: &[u8]) {
    let message = world.lot.entry.message(plate, &ReadOptions::default());
    let mut message: Value = serde_json::from_str(&message).unwrap();
    message["payload"]["AlarmInfoPlate"]["result"]["PlateResult"][key] =
        json!(STANDARD.encode(value));
    world.lot.entry.publish(message.to_string()).await;
    world.report(5004, |record| plate_of(record) == plate).await;
}

/// Cameras of `world` have this address; none where it is not known.
fn at(address: Option<IpAddr>) -> String {
    address.map_or_else(String::new, |own| format!("driver = \"vzenith-mqtt\"|address = \"{own}\""))
}

/// No picture waits any longer, and none was uploaded.
async fn are_given_up(world: &World) {
    world.until("the loss", || waiting(world) == 0).await;
    assert!(world.lot.platform.images().is_empty());
    world.until("the word", || world.log().contains("was given up")).await;
}

/// How many pictures are noted.
fn waiting(world: &World) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let path = world.folder.path().join("lotgate.db");
    let connection = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    connection.query_row("SELECT count(*) FROM image", [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_fetched_from_its_camera_and_uploaded() {
    let Some(own) = a_cameras() else { return };
    let world = World::with(|_| {}, &at(Some(own))).await;
    let camera = Server::start(own, answer(JPEG)).await;
    enter(&world, "粤B00001", &camera.url()).await;
    world.until("the picture", || world.lot.platform.images().len() == 1).await;
    assert_eq!(world.lot.platform.images()[0].file, JPEG);
    world.until("its file to go", || files(&world).is_empty()).await;
    assert!(!world.log().contains(FROM_ANYWHERE), "{}", world.log());
    world.assert_lawful().await;
}

fn files(world: &World) -> Vec<String> {
    let files = std::fs::read_dir(world.folder.path().join("images"));
    files
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_cameras_pictures_for_it_is_asked_and_not_the_camera() {
    let Some(own) = a_cameras() else { return };
    let more = "driver = \"vzenith-mqtt\"|address = \"198.51.100.7\"";
    let world = World::at_rest(|_| {}, more).await;
    let line = "address = \"198.51.100.7\"";
    world.change_configuration(line, &format!("{line}\npictures_from = \"{own}\""));
    let mut world = world;
    world.start();
    world.ready().await;
    let keeper = Server::start(own, answer(JPEG)).await;
    enter(&world, "粤B00001", &keeper.url()).await;
    world.until("the picture", || world.lot.platform.images().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_the_cameras_is_not_asked_by_whatever_name() {
    let Some(own) = a_cameras() else { return };
    let world = World::with(|_| {}, &at(Some("198.51.100.7".parse().unwrap()))).await;
    let other = Server::start(own, answer(JPEG)).await;
    let loopback = Server::start("127.0.0.1".parse().unwrap(), answer(JPEG)).await;
    let port = loopback.listen.port();
    let urls = [
        other.url(),
        format!("{}#a1dc1d9fccdc441fb6238fb43faba902", other.url()),
        loopback.url(),
        format!("http://localhost:{port}/a.jpg"),
        format!("http://[::ffff:127.0.0.1]:{port}/a.jpg"),
        format!("http://0x7f.1:{port}/a.jpg"),
        format!("http://198.51.100.7@127.0.0.1:{port}/a.jpg"),
    ];
    for (number, url) in urls.iter().enumerate() {
        enter(&world, &format!("粤B{number:05}"), url).await;
        are_given_up(&world).await;
    }
    assert_eq!((other.asked(), loopback.asked()), (0, 0));
    assert!(!world.log().contains(FROM_ANYWHERE), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cameras_address_no_address_of_this_machine_is_asked_and_that_is_told_once() {
    let world = World::with(|_| {}, "").await;
    let loopback = Server::start("127.0.0.1".parse().unwrap(), answer(JPEG)).await;
    let mut refused = vec![loopback.clone()];
    for own in own_addresses() {
        refused.push(Server::start(own, answer(JPEG)).await);
    }
    for (number, server) in refused.iter().enumerate() {
        enter(&world, &format!("粤B{number:05}"), &server.url()).await;
        are_given_up(&world).await;
        assert_eq!(server.asked(), 0, "{}", server.listen);
    }
    assert_eq!(world.log().matches(FROM_ANYWHERE).count(), 1, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_camera_hands_over_instead_of_a_picture_is_not_uploaded_nor_followed() {
    let Some(own) = a_cameras() else { return };
    let elsewhere = Server::start("127.0.0.1".parse().unwrap(), answer(JPEG)).await;
    let world = World::with(|_| {}, &at(Some(own))).await;
    let answers = [
        answer(b"<html>\xff\xd8\xff</html>"),
        answer(b""),
        answer(b"\xff\xd8"),
        redirect(&elsewhere.url()),
        answer(&[JPEG, &vec![0; 11 << 20]].concat()),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\xff\xd8\xff".to_vec(),
    ];
    for (number, instead) in answers.into_iter().enumerate() {
        let camera = Server::start(own, instead).await;
        enter(&world, &format!("粤B{number:05}"), &camera.url()).await;
        are_given_up(&world).await;
        assert_eq!(camera.asked(), 1, "{number}");
    }
    assert_eq!(elsewhere.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_inside_a_message_that_is_none_is_not_uploaded_either() {
    let world = World::with(|_| {}, "").await;
    enter_with(&world, "粤B00001", "full_image_content", b"<html>").await;
    are_given_up(&world).await;
    enter_with(&world, "粤B00002", "full_image_content", JPEG).await;
    world.until("the picture", || world.lot.platform.images().len() == 1).await;
    assert_eq!(world.lot.platform.images()[0].file, JPEG);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pictures_are_fetched_at_a_time() {
    let Some(own) = a_cameras() else { return };
    let world = World::with(|_| {}, &at(Some(own))).await;
    let camera = Server::start(own, answer(JPEG)).await;
    camera.gate.forget_permits(1000);
    for number in 1..8 {
        enter(&world, &format!("粤B{number:05}"), &camera.url()).await;
    }
    // Whatever came alone is asked for alone; of the others two are the most, and are reached.
    let mut most = 0;
    for done in 1..8 {
        world.until("the next", || camera.asked() >= done).await;
        most = most.max(camera.at_once.load(Ordering::SeqCst));
        camera.gate.add_permits(1);
    }
    assert_eq!(most, 2);
    world.until("all", || world.lot.platform.images().len() == 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_the_platform_has_not_yet_is_not_fetched_twice() {
    let Some(own) = a_cameras() else { return };
    let mut world = World::with(|_| {}, &at(Some(own))).await;
    let camera = Server::start(own, answer(JPEG)).await;
    world.lot.platform.answer_image("", 503);
    enter(&world, "粤B00001", &camera.url()).await;
    world.until("its file", || files(&world).iter().any(|file| file.starts_with("fetched-"))).await;
    world.kill();
    world.restart().await;
    world.lot.platform.forgive();
    world.until("the picture", || world.lot.platform.images().len() == 1).await;
    assert_eq!(camera.asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_ca_counts_for_the_next_picture() {
    let Some(own) = a_cameras() else { return };
    let mut world = World::at_rest(|_| {}, &at(Some(own))).await;
    let hosts = world.folder.path().join("hosts");
    // The platform stays where it is, and has the name that its certificate is for; the camera's is for the same.
    world
        .change_configuration("base_url = \"https://localhost:", "base_url = \"https://127.0.0.1:");
    world.change_configuration("\"localhost:", "\"127.0.0.1:");
    std::fs::write(&hosts, format!("{own} localhost\n")).unwrap();
    world.start_with(&[("LOTGATE_SIM_HOSTS", &hosts.display().to_string())]);
    world.ready().await;
    let renewed = Authority::new().unwrap();
    let camera = Server::start_by(own, answer(JPEG), Some(&renewed)).await;
    let url = format!("https://localhost:{}/a.jpg", camera.listen.port());
    enter(&world, "粤B00001", &url).await;
    are_given_up(&world).await;
    assert_eq!(camera.asked(), 0);
    let both = world.lot.authority.ca_pem() + &renewed.ca_pem();
    std::fs::write(world.folder.path().join("ca.pem"), both).unwrap();
    enter(&world, "粤B00002", &url).await;
    world.until("the picture", || world.lot.platform.images().len() == 1).await;
}

/// A car comes in with a picture of so many bytes in its camera's message.
async fn enter_with_bytes(world: &World, plate: &str, image_bytes: usize) {
    let options = ReadOptions { image_bytes, ..ReadOptions::default() };
    world.lot.entry.publish(world.lot.entry.message(plate, &options)).await;
    world.report(5004, |record| plate_of(record) == plate).await;
}

fn told(world: &World, words: &str) -> usize {
    world.log().matches(words).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_wanted_is_put_aside_and_named_and_the_others_go_on() {
    for status in [413, 415, 422, 403, 400] {
        let world = World::with(|_| {}, "").await;
        let large = TurnedAway { status, ..TurnedAway::over(2001, 40_000) };
        world.lot.platform.turn_away(large);
        enter_with_bytes(&world, "粤B00001", 10_000).await;
        world.until("the first", || world.lot.platform.images().len() == 1).await;
        enter_with_bytes(&world, "粤B00002", 60_000).await;
        let aside = || told(&world, "kept as a dead letter, the rest goes on");
        let taken = 4;
        for number in 3..6 {
            enter_with_bytes(&world, &format!("粤B{number:05}"), 10_000).await;
        }
        world.until("the others", || world.lot.platform.images().len() == taken).await;
        world.until("it aside", || aside() == 1).await;
        // What may be the session's fault, as any other page may, is tried once more with another.
        let turns = if matches!(status, 400 | 403) { 6 } else { 3 };
        assert_eq!(world.lot.platform.turns(), turns, "{status}: {}", world.log());
        assert_eq!(told(&world, "at the third time"), 1, "{}", world.log());
        let dead = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
        let row = &dead[0];
        assert_eq!((dead.as_array().unwrap().len(), &row["code"]), (1, &json!(2001)), "{dead}");
        let refusal = row["refusal"].as_str().unwrap();
        assert!(refusal.starts_with(&format!("HTTP {status}")), "{dead}");
        assert_eq!(world.lotgate_json(&["status", "--json"])["queue"]["dead"], 1);
        world.report(2002, |event| event.to_string().contains(refusal)).await;
        // A person sends it again, and now it is taken.
        world.lot.platform.forgive();
        let retried = world.lotgate(&["queue", "retry", "--all"]);
        assert!(retried.status.success(), "{retried:?}");
        world.until("it", || world.lot.platform.images().len() == taken + 1).await;
        assert_eq!(world.lotgate_json(&["queue", "ls", "--dead", "--json"]), json!([]));
        world.assert_lawful().await;
    }
}

/// Each second picture is one at which the platform fails.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_at_which_the_platform_fails_are_named_and_keep_none_of_the_others_waiting() {
    const BAD: usize = 6;
    for status in [500, 302, 200] {
        let world = World::with(|_| {}, "[platform]|give_up_after = \"4s\"").await;
        // A reply that is cut off.
        let json = (status == 200).then(|| "{\"resultCode\":".to_owned());
        let fails = TurnedAway { status, json, ..TurnedAway::over(2001, 40_000) };
        world.lot.platform.turn_away(fails);
        let mut taken = 0;
        let mut next = async |bytes: usize| {
            taken += usize::from(bytes < 40_000);
            let plate = format!("粤B{:05}", world.lot.platform.received(5004).len());
            enter_with_bytes(&world, &plate, bytes).await;
            let begun = Instant::now();
            world.until("the others", || world.lot.platform.images().len() == taken).await;
            begun.elapsed()
        };
        for number in 0..BAD {
            next(60_000 + number * 100).await;
            let waited = next(10_000).await;
            assert!(waited < AT_ONCE, "{status} {number}: {waited:?} {}", world.log());
        }
        assert_eq!(told(&world, "takes no pictures"), 0, "{}", world.log());
        // Of many of a kind the log has one a minute.
        world.until("a name", || told(&world, "but takes others: ") > 0).await;
        let words = if status == 200 { "reply unreadable" } else { &format!("HTTP {status}") };
        assert!(told(&world, words) > 0, "{}", world.log());
        // One whose reply cannot be read waits for an hour.
        let aside = if status == 200 { 0 } else { BAD };
        let begun = Instant::now();
        let dead = loop {
            let dead = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
            if dead.as_array().unwrap().len() == aside {
                break dead;
            }
            assert!(begun.elapsed() < 2 * PATIENCE, "{dead}");
            next(10_000).await;
        };
        assert_eq!(dead.to_string().matches(&format!("HTTP {status}")).count(), aside, "{dead}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_wanted_may_be_looked_at_and_thrown_away() {
    let world = World::with(|_| {}, "").await;
    world.lot.platform.turn_away(TurnedAway::over(2001, 40_000));
    enter_with_bytes(&world, "粤B00002", 60_000).await;
    let mut taken = 0;
    while told(&world, "kept as a dead letter, the rest goes on") == 0 {
        taken += 1;
        enter_with_bytes(&world, &format!("粤B{:05}", taken + 100), 10_000).await;
        world.until("one more", || world.lot.platform.images().len() == taken).await;
    }
    let row = world.lotgate_json(&["queue", "ls", "--dead", "--json"])[0]["row"].to_string();
    assert!(row.starts_with('-'), "{row}");
    let shown = world.lotgate_json(&["queue", "show", &row]);
    assert!(shown["data"]["destPath"].as_str().unwrap().starts_with('/'), "{shown}");
    let dropped = world.lotgate(&["queue", "drop", &row, "--reason", "看不清", "--yes"]);
    assert!(dropped.status.success(), "{dropped:?}");
    assert_eq!(world.lotgate_json(&["queue", "dropped", "--json"])[0]["code"], 2001);
    assert_eq!(waiting(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_picture_is_wanted_all_wait_and_that_is_told() {
    let mut world = World::with(|_| {}, "[platform]|give_up_after = \"1s\"").await;
    world.lot.platform.turn_away(TurnedAway::over(2001, 0));
    for number in 1..6 {
        enter_with_bytes(&world, &format!("粤B{number:05}"), 10_000).await;
    }
    world.until("the word", || told(&world, "takes no pictures: HTTP 413") == 1).await;
    world.kill();
    world.restart().await;
    let turns = world.lot.platform.turns();
    world.until("tries after the kill", || world.lot.platform.turns() >= turns + 3).await;
    assert_eq!(waiting(&world), 5);
    world.lot.platform.forgive();
    world.until("all", || world.lot.platform.images().len() == 5).await;
    assert_eq!(world.lotgate_json(&["queue", "ls", "--dead", "--json"]), json!([]));
    world.assert_lawful().await;
}

/// A picture of a large camera: every pixel another.
fn large_picture() -> Vec<u8> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let pixels: Vec<u8> = (0..1920 * 1080 * 3).map(|_| next()).collect();
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
    encoder.encode(&pixels, 1920, 1080, jpeg_encoder::ColorType::Rgb).unwrap();
    assert!((1_100_000..10_000_000).contains(&jpeg.len()), "{}", jpeg.len());
    jpeg
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_too_large_is_offered_once_more_made_smaller_whoever_else_is_taken() {
    for unread in [false, true] {
        let world = World::with(|_| {}, "").await;
        let large = large_picture();
        // As nginx has it where nobody has thought of it.
        let limit = TurnedAway { unread, ..TurnedAway::over(2001, 1 << 20) };
        world.lot.platform.turn_away(limit);
        for number in 1..3 {
            let plate = format!("粤B{number:05}");
            enter_with(&world, &plate, "full_image_content", &large).await;
            world.until("it", || world.lot.platform.images().len() == number).await;
        }
        for image in world.lot.platform.images() {
            assert!(image.file.len() <= 200_000, "{}", image.file.len());
            let mut decoder = zune_jpeg::JpegDecoder::new(
                zune_jpeg::zune_core::bytestream::ZCursor::new(&image.file),
            );
            decoder.decode().unwrap();
            let info = decoder.info().unwrap();
            assert!(info.width >= 320 && info.width * 9 / 16 == info.height);
        }
        // Hung up on in the middle, the answer may be lost: then it is offered again.
        let turns = world.lot.platform.turns();
        assert!(if unread { turns >= 2 } else { turns == 2 }, "{turns}: {}", world.log());
        assert_eq!(told(&world, "takes no pictures"), 0, "{}", world.log());
        assert_eq!(told(&world, "dead letter"), 0, "{}", world.log());
        world
            .until("their files to go", || {
                !files(&world).iter().any(|file| file.ends_with("decoding"))
            })
            .await;
        world.assert_lawful().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_too_large_even_made_smaller_is_put_aside() {
    let world = World::with(|_| {}, "").await;
    world.lot.platform.turn_away(TurnedAway::over(2001, 15_000));
    enter_with(&world, "粤B00001", "full_image_content", &large_picture()).await;
    let mut taken = 0;
    while told(&world, "kept as a dead letter, the rest goes on") == 0 {
        taken += 1;
        enter_with_bytes(&world, &format!("粤B{:05}", taken + 100), 10_000).await;
        world.until("one more", || world.lot.platform.images().len() == taken).await;
    }
    let dead = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
    assert_eq!(dead[0]["refusal"], "HTTP 413");
    assert!(dead[0]["data"]["bytes"].as_u64().unwrap() > 1_000_000, "it is kept whole: {dead}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_decoding_was_not_seen_to_end_once_is_decoded_again() {
    let world = with_tries_to_decode(b".").await;
    world.until("a smaller one", || !world.lot.platform.images().is_empty()).await;
    assert!(world.lot.platform.images()[0].file.len() <= 200_000);
}

/// A large picture that is too large for the platform, and of which so many tries to decode it have been begun.
async fn with_tries_to_decode(tries: &[u8]) -> World {
    let world = World::with(|_| {}, "").await;
    world.lot.platform.answer_image("", 503);
    enter_with(&world, "粤B00001", "full_image_content", &large_picture()).await;
    world.until("its file", || files(&world).len() == 1).await;
    let folder = world.folder.path().join("images");
    let picture = folder.join(files(&world).remove(0));
    std::fs::write(picture.with_extension("decoding"), tries).unwrap();
    world.lot.platform.forgive();
    world.lot.platform.turn_away(TurnedAway::over(2001, 1 << 20));
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_decoding_may_have_ended_the_process_three_times_is_not_decoded_again() {
    let world = with_tries_to_decode(b"...").await;
    let mut taken = 0;
    while told(&world, "kept as a dead letter, the rest goes on") == 0 {
        taken += 1;
        enter_with_bytes(&world, &format!("粤B{:05}", taken + 100), 10_000).await;
        world.until("one more", || world.lot.platform.images().len() == taken).await;
    }
    assert!(world.lot.platform.images().iter().all(|image| image.file.len() < 15_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_whose_disk_is_away_are_waited_for_and_keep_none_of_the_others_waiting() {
    let world = World::with(|_| {}, "").await;
    world.lot.platform.turn_away(TurnedAway::holding(2001, "", 503));
    enter_with_bytes(&world, "粤B00001", 10_000).await;
    world.until("its row", || waiting(&world) == 1).await;
    world.until("its file", || files(&world).len() == 1).await;
    let (images, away) =
        (world.folder.path().join("images"), world.folder.path().join("taken-out"));
    std::fs::rename(&images, &away).unwrap();
    world.lot.platform.forgive();
    world.until("the word", || told(&world, "cannot be read") == 1).await;
    enter_with_bytes(&world, "粤B00002", 10_000).await;
    world.until("the other", || world.lot.platform.images().len() == 1).await;
    world.until("its row gone", || waiting(&world) == 1).await;
    assert_eq!(told(&world, "cannot be read"), 1, "{}", world.log());
    for file in std::fs::read_dir(&away).unwrap().flatten() {
        std::fs::rename(file.path(), images.join(file.file_name())).unwrap();
    }
    world.until("the first", || world.lot.platform.images().len() == 2).await;
    world.until("no row", || waiting(&world) == 0).await;
    world.assert_lawful().await;
}
