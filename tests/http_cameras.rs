//! Cameras that push over HTTP around the real binary: each is played by its test, from an address of its own, and
//! keeps what it was told to do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{A_WHILE, PATIENCE, World, plate_of};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const PLATE: &str = "粤B88888";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture of a car \xff\xd9";

/// A camera's own server, as far as these tests need one: it wants a digest login and answers by its script.
#[derive(Clone)]
struct Called {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Asked>>>,
}

/// A request that came.
#[derive(Debug, Clone)]
struct Asked {
    line: String,
    body: String,
    logged_in: bool,
}

type Script = dyn Fn(&Asked, usize) -> (u16, String) + Send + Sync;

impl Called {
    /// Listens at that address; the script is given how many requests of that line came before.
    async fn start(ip: &str, password: &'static str, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind(format!("{ip}:0")).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, password, Arc::clone(&script), Arc::clone(&kept)));
            }
        });
        Self { address, requests }
    }

    /// All requests whose line has that in it, with or without a login.
    fn asked(&self, what: &str) -> Vec<Asked> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|one| one.line.contains(what)).cloned().collect()
    }

    /// Those that were carried out.
    fn done(&self, what: &str) -> Vec<Asked> {
        self.asked(what).into_iter().filter(|one| one.logged_in).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    password: &str,
    script: Arc<Script>,
    kept: Arc<Mutex<Vec<Asked>>>,
) {
    while let Some((head, body)) = message(&mut stream).await {
        let line = head.lines().next().unwrap().to_owned();
        let logged_in = proves(&head, password);
        let before =
            kept.lock().unwrap().iter().filter(|one| one.line == line && one.logged_in).count();
        let asked = Asked { line, body: String::from_utf8_lossy(&body).into_owned(), logged_in };
        kept.lock().unwrap().push(asked.clone());
        let rpc = asked.line.contains("/RPC2");
        let (status, answer) =
            if logged_in || rpc { script(&asked, before) } else { (401, String::new()) };
        let challenge = if status == 401 {
            "WWW-Authenticate: Digest qop=\"auth\", realm=\"IP Camera(C1)\", nonce=\"4e6a41\", stale=\"false\"\r\n"
        } else {
            ""
        };
        let answer = format!(
            "HTTP/1.1 {status} X\r\n{challenge}Content-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The head and the body of a request or an answer.
async fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut all, mut chunk) = (Vec::new(), vec![0; 65_536]);
    loop {
        if let Some(at) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all[..at]).into_owned();
            let length =
                header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if all.len() >= at + 4 + length {
                return Some((head, all[at + 4..at + 4 + length].to_vec()));
            }
        }
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => all.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let of = |line: &str| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    };
    head.lines().find_map(of)
}

fn hex(text: &str) -> String {
    lotgate::standard::sign::hex(&Md5::digest(text.as_bytes()))
}

/// Whether a request proves by digest that its sender is admin with that password.
fn proves(head: &str, password: &str) -> bool {
    let Some(login) = header(head, "authorization") else { return false };
    let of = |name: &str| {
        let value = login.split_once(&format!("{name}="))?.1;
        Some(value.split(',').next()?.trim_matches('"').to_owned())
    };
    let of = |name: &str| of(name).unwrap_or_default();
    let mut line = head.split_whitespace();
    let (method, target) = (line.next().unwrap(), line.next().unwrap());
    let inner = hex(&format!("admin:IP Camera(C1):{password}"));
    let outer = hex(&format!("{method}:{target}"));
    let (count, ours) = (of(" nc"), of("cnonce"));
    of("response") == hex(&format!("{inner}:4e6a41:{count}:{ours}:auth:{outer}"))
}

/// Where cameras push to, a lane for each camera, and how it is configured.
struct Lot {
    world: World,
    push: SocketAddr,
}

/// A camera with a lane of its own.
fn camera(number: u32, keys: &str) -> String {
    format!(
        "[[device]]\nid = \"a1dc1d9fccdc441fb6238fb43faba9{number}\"\n\
         equipment_code = \"777755550010{number}\"\nname = \"相机{number}\"\n\
         equipment_type = \"1000\"\nhttp = \"push\"\naddress = \"127.0.0.{number}\"\n{keys}\n\
         [[lane]]\nid = \"90731c48a7ea4c27bd4d57ff0e13d0{number}\"\nname = \"入口{number}\"\n\
         direction = \"entry\"\ncamera = \"相机{number}\"\nbarrier = {{ device = \"相机{number}\", output = 0 }}\n"
    )
}

fn called_at(called: &Called) -> String {
    format!("port = {}\nuser = \"admin\"\npassword = \"right\"\n", called.address.port())
}

impl Lot {
    async fn with(cameras: &str) -> Self {
        let push = lotgate::sim::free_address().unwrap();
        let more = format!("[[http_push]]\nname = \"push\"\nlisten = \"{push}\"\n{cameras}");
        let world = World::with(|plan| "1d".clone_into(&mut plan.free), &more).await;
        let begun = Instant::now();
        while TcpStream::connect(push).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "nobody listens:\n{}", world.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { world, push }
    }

    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(self.push).await.unwrap()
    }

    /// Pushes from that address, and what came back: status, headers, body.
    async fn push(&self, from: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String, String) {
        self.push_with(from, path, kind, "", body).await
    }

    async fn push_with(
        &self,
        from: &str,
        path: &str,
        kind: &str,
        more: &str,
        body: &[u8],
    ) -> (u16, String, String) {
        let mut stream = self.connect(from).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: box\r\nContent-Type: {kind}\r\n{more}Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // It may be answered and closed before it has taken all.
        let _ = stream.write_all(body).await;
        let (head, body) = message(&mut stream).await.unwrap_or_default();
        let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, head, String::from_utf8(body).unwrap())
    }

    async fn until_asked(&self, what: &str, so_often: usize, called: &Called) {
        self.world.until(what, || called.done(what).len() >= so_often).await;
    }

    fn times_told(&self, what: &str) -> usize {
        self.world.log().matches(what).count()
    }
}

/// A Hikvision event as its camera pushes it.
fn hikvision(plate: &str, uuid: &str, late: bool, more: &str) -> Vec<u8> {
    let now = jiff::Timestamp::now();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">\
         <ipAddress>192.0.2.64</ipAddress><macAddress>02:00:00:00:00:01</macAddress><dateTime>{now}</dateTime><eventType>ANPR</eventType><eventState>active</eventState>{more}\
         <ANPR><licensePlate>蓝{plate}</licensePlate><confidenceLevel>97</confidenceLevel><plateColor>blue</plateColor></ANPR>\
         <UUID>{uuid}</UUID><isDataRetransmission>{late}</isDataRetransmission></EventNotificationAlert>"
    );
    let part = |name: &str, kind: &str| {
        format!(
            "--boundary\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        )
    };
    [
        part("anpr.xml", "application/xml").as_bytes(),
        xml.as_bytes(),
        b"\r\n",
        part("licensePlatePicture.jpg", "image/jpeg").as_bytes(),
        JPEG,
        b"\r\n",
        part("detectionPicture.jpg", "image/jpeg").as_bytes(),
        &JPEG.repeat(3),
        b"\r\n--boundary--\r\n",
    ]
    .concat()
}

const MULTIPART: &str = "multipart/form-data; boundary=boundary";
const OK: &str =
    "<ResponseStatus><statusCode>1</statusCode><statusString>OK</statusString></ResponseStatus>";

fn gate(state: i64) -> String {
    format!("<BarrierGate><barrierGateStatus>{state}</barrierGateStatus></BarrierGate>")
}

/// A Hikvision barrier camera; `state` is what its barrier says after a command.
fn barrier_camera(state: i64) -> Arc<Script> {
    Arc::new(move |asked: &Asked, _: usize| {
        if asked.line.contains("barrierGateStatus") {
            (200, gate(state))
        } else if asked.line.contains("/picture") {
            (200, String::new())
        } else if asked.line.starts_with("PUT") {
            (200, OK.to_owned())
        } else {
            (404, String::new())
        }
    })
}

async fn hikvision_lot(state: i64, keys: &str) -> (Lot, Called) {
    let called = Called::start("127.0.0.41", "right", barrier_camera(state)).await;
    let keys = format!(
        "driver = \"hikvision-isapi\"\nsecret = \"in1-k7Qz\"\n{}{keys}",
        called_at(&called)
    );
    (Lot::with(&camera(41, &keys)).await, called)
}

const GATE: &str = "/ISAPI/Parking/channels/1/barrierGate ";

#[tokio::test(flavor = "multi_thread")]
async fn a_hikvision_camera_pushes_is_answered_and_opens_by_its_own_call() {
    let (lot, called) = hikvision_lot(2, "").await;
    let push = async |body: &[u8]| lot.push("127.0.0.41", "/cam/in1-k7Qz", MULTIPART, body).await;
    let event = hikvision(PLATE, "u1", false, "");
    let begun = Instant::now();
    let (status, head, body) = push(&event).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!((status, body.as_str()), (200, ""), "{head}");
    assert!(head.contains("Content-Length: 0") && !head.contains("chunked"), "{head}");
    let record = lot.world.report(5004, |record| plate_of(record) == PLATE).await;
    assert_eq!(record["parkCarInfo"]["plateColor"], "蓝色");
    lot.until_asked(GATE, 1, &called).await;
    assert!(called.done(GATE)[0].body.contains("<ctrlMode>open</ctrlMode>"));
    assert_eq!(called.asked(GATE).len(), 2, "asked, challenged, asked again with the answer");
    let images = lot.world.folder.path().join("images");
    lot.world
        .until("the pictures", || std::fs::read_dir(&images).is_ok_and(|all| all.count() >= 1))
        .await;
    // The same again and again, and one that is sent late under another name: answered, and nothing opens.
    for _ in 0..5 {
        assert_eq!(push(&event).await.0, 200);
    }
    assert_eq!(push(&hikvision("粤B00002", "u2", true, "")).await.0, 200);
    lot.world.report(5004, |record| plate_of(record) == "粤B00002").await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(called.done(GATE).len(), 1);
    let entered = lot.world.lot.platform.received(5004);
    assert_eq!(entered.iter().filter(|record| plate_of(record) == PLATE).count(), 1);
    // It asked for its clock to be set, with the zone as POSIX signs it.
    lot.until_asked("/ISAPI/System/time", 1, &called).await;
    lot.world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hikvision_barrier_that_was_locked_before_is_a_fault() {
    let (lot, called) = hikvision_lot(1, "").await;
    lot.push("127.0.0.41", "/cam/in1-k7Qz", MULTIPART, &hikvision(PLATE, "u1", false, "")).await;
    lot.world.until("the fault", || lot.times_told("the arm is not up in time") > 0).await;
    assert_eq!(called.done(GATE).len(), 1, "{:?}", called.done(GATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_401_stops_logins_before_the_account_is_locked() {
    let called = Called::start("127.0.0.42", "another", barrier_camera(2)).await;
    let keys =
        format!("driver = \"hikvision-isapi\"\nsecret = \"in1-k7Qz\"\n{}", called_at(&called));
    let lot = Lot::with(&camera(42, &keys)).await;
    lot.world.until("the words", || lot.times_told("refuses our login") == 1).await;
    for number in 0..3 {
        let body = hikvision(&format!("粤B0000{number}"), &format!("u{number}"), false, "");
        assert_eq!(lot.push("127.0.0.42", "/cam/in1-k7Qz/", MULTIPART, &body).await.0, 200);
    }
    lot.world.until("the fault", || lot.times_told("the device refused (401)") > 0).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(called.asked("").len(), 2, "{:?}", called.asked(""));
    assert_eq!(lot.times_told("refuses our login"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_camera_of_ours_would_push_is_answered_so_that_it_stops_and_told_once() {
    let (lot, called) = hikvision_lot(2, "sn = \"C41\"\n").await;
    let path = "/cam/in1-k7Qz/ANPR";
    let huge = vec![b'x'; 5 << 20];
    let whole = hikvision(PLATE, "u1", false, "");
    let at = whole.windows(6).position(|six| six == b"<UUID>").unwrap();
    let half_xml = whole[..at].to_vec();
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                <EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>&b;</licensePlate></ANPR></EventNotificationAlert>";
    let other = hikvision("粤B00003", "u3", false, "<deviceID>C99</deviceID>");
    for _ in 0..2 {
        for (kind, body) in [
            ("application/octet-stream", huge.as_slice()),
            (MULTIPART, half_xml.as_slice()),
            ("application/xml", bomb.as_bytes()),
            (MULTIPART, other.as_slice()),
        ] {
            let (status, head, _) = lot.push("127.0.0.41", path, kind, body).await;
            assert_eq!(status, 200, "{kind} {head}");
        }
    }
    for (what, so_often) in [
        ("larger than 4 MB", 1),
        ("sent what cannot be read: XML", 1),
        ("says that it is of camera C99", 1),
    ] {
        assert_eq!(lot.times_told(what), so_often, "{what}:\n{}", lot.world.log());
    }
    // From elsewhere, or to nobody: told once each, and nothing else.
    for _ in 0..2 {
        let (status, _, _) = lot.push("127.0.0.41", "/cam/guessed-9", MULTIPART, &whole).await;
        assert_eq!(status, 404);
        let mut stranger = lot.connect("127.0.0.77").await;
        let _ =
            stranger.write_all(b"POST /cam/in1-k7Qz HTTP/1.1\r\nContent-Length: 0\r\n\r\n").await;
        assert!(message(&mut stranger).await.is_none());
    }
    lot.world.until("the stranger", || lot.times_told("127.0.0.77") > 0).await;
    assert_eq!(lot.times_told("127.0.0.77"), 1, "{}", lot.world.log());
    lot.world.until("the guess", || lot.times_told("has no camera's `secret`") > 0).await;
    assert_eq!(lot.times_told("has no camera's `secret`"), 1);
    // Half a picture is no reason to leave a car outside.
    let half_picture = &whole[..whole.len() - JPEG.len() * 2];
    assert_eq!(lot.push("127.0.0.41", path, MULTIPART, half_picture).await.0, 200);
    lot.world.report(5004, |record| plate_of(record) == PLATE).await;
    lot.until_asked(GATE, 1, &called).await;
    assert_eq!(lot.world.lot.platform.received(5004).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_has_to_log_in_does_so_by_digest_and_a_wrong_one_is_told_once() {
    let (lot, _called) =
        hikvision_lot(2, "push_user = \"admin\"\npush_password = \"secret\"\n").await;
    let path = "/cam/in1-k7Qz";
    let event = hikvision(PLATE, "u1", false, "");
    let (status, head, _) = lot.push("127.0.0.41", path, MULTIPART, &event).await;
    assert_eq!(status, 401);
    let challenge = header(&head, "www-authenticate").unwrap();
    let of = |name: &str| {
        challenge.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let (realm, nonce) = (of("realm"), of("nonce"));
    let login = |password: &str| {
        let inner = hex(&format!("admin:{realm}:{password}"));
        let outer = hex(&format!("POST:{path}"));
        let response = hex(&format!("{inner}:{nonce}:00000001:abc:auth:{outer}"));
        format!(
            "Authorization: Digest username=\"admin\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"{path}\",\
             cnonce=\"abc\",nc=00000001,qop=auth,response=\"{response}\"\r\n"
        )
    };
    for _ in 0..3 {
        let (status, _, _) =
            lot.push_with("127.0.0.41", path, MULTIPART, &login("wrong"), &event).await;
        assert_eq!(status, 401);
    }
    assert_eq!(lot.times_told("its login is wrong"), 1, "{}", lot.world.log());
    let (status, _, _) =
        lot.push_with("127.0.0.41", path, MULTIPART, &login("secret"), &event).await;
    assert_eq!(status, 200);
    lot.world.report(5004, |record| plate_of(record) == PLATE).await;
}

/// A Dahua event as its camera pushes it.
fn dahua(plate: &str) -> Value {
    let now = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap().to_datetime(jiff::Timestamp::now());
    let time = now.strftime("%Y-%m-%d %H:%M:%S.120").to_string();
    json!({ "Picture": {
        "Plate": { "IsExist": true, "PlateNumber": plate, "PlateColor": "Blue", "Confidence": 96, "UploadNum": 1 },
        "SnapInfo": { "AccurateTime": time, "DeviceID": "D1", "Direction": "Obverse" },
        "NormalPic": { "PicName": "n.jpg", "Content": STANDARD.encode(JPEG) },
    } })
}

async fn pushed_to_dahua(lot: &Lot, what: &str, body: &Value) -> Value {
    let path = format!("/cam/dahua-9x7/NotificationInfo/{what}");
    let (status, head, answer) =
        lot.push("127.0.0.43", &path, "application/json", body.to_string().as_bytes()).await;
    assert_eq!(status, 200, "{head}");
    serde_json::from_str(&answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dahua_camera_gets_true_results_and_opens_by_cgi_or_where_it_has_none_by_rpc2() {
    let script: Arc<Script> = Arc::new(|asked: &Asked, before: usize| {
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        match (asked.line.contains("openStrobe"), body["method"].as_str()) {
            // The first car; later its firmware has no CGI any more.
            (true, _) if before == 0 => (200, "OK\r\n".to_owned()),
            (true, _) => (200, "Not Implemented!".to_owned()),
            (_, Some("global.login")) if body["params"]["password"] == "" => {
                (200, json!({ "result": false, "session": 77, "params": { "realm": "R", "random": "4" } }).to_string())
            }
            (_, Some("global.login")) => {
                let inner = hex("admin:R:right").to_uppercase();
                let right = hex(&format!("admin:4:{inner}")).to_uppercase();
                (200, json!({ "result": body["params"]["password"] == right.as_str(), "session": 77 }).to_string())
            }
            (_, Some("trafficSnap.factory.instance")) => (200, json!({ "result": 5 }).to_string()),
            (_, Some("trafficSnap.openStrobe")) => (200, json!({ "result": body["object"] == 5 }).to_string()),
            _ => (200, "OK".to_owned()),
        }
    });
    let called = Called::start("127.0.0.43", "right", script).await;
    let keys = format!(
        "driver = \"dahua-itc\"\nsecret = \"dahua-9x7\"\nsn = \"D1\"\n{}",
        called_at(&called)
    );
    let lot = Lot::with(&camera(43, &keys)).await;
    let beat =
        pushed_to_dahua(&lot, "KeepAlive", &json!({ "Active": true, "DeviceID": "D1" })).await;
    assert_eq!((&beat["Result"], &beat["result"]), (&json!(true), &json!("true")));
    let event = dahua(PLATE);
    for _ in 0..3 {
        assert_eq!(pushed_to_dahua(&lot, "TollgateInfo", &event).await["Result"], true);
    }
    lot.world.report(5004, |record| plate_of(record) == PLATE).await;
    lot.until_asked("action=openStrobe", 1, &called).await;
    pushed_to_dahua(&lot, "TollgateInfo", &dahua("粤B00002")).await;
    let opened = || {
        let rpc = called.asked("POST /RPC2 ");
        rpc.iter().filter(|one| one.body.contains("trafficSnap.openStrobe")).count()
    };
    lot.world.until("the barrier", || opened() == 1).await;
    lot.world.report(5004, |record| plate_of(record) == "粤B00002").await;
    // Another camera's identity is refused, and answered so that it stops.
    let mut foreign = dahua("粤B00003");
    foreign["Picture"]["SnapInfo"]["DeviceID"] = json!("D2");
    assert_eq!(pushed_to_dahua(&lot, "TollgateInfo", &foreign).await["Result"], true);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(lot.world.lot.platform.received(5004).len(), 2);
    assert_eq!(lot.times_told("says that it is of camera D2"), 1);
    lot.world.assert_lawful().await;
}

fn vzenith(plate: &str, id: i64, late: bool) -> Vec<u8> {
    let second = jiff::Timestamp::now().as_second();
    json!({ "AlarmInfoPlate": { "channel": 0, "serialno": "V1", "result": { "PlateResult": {
        "license": plate, "colorType": 1, "confidence": 97, "triggerType": 1, "plateid": id, "isoffline": i64::from(late),
        "timeStamp": { "Timeval": { "sec": second, "usec": 0 } }, "imageFile": STANDARD.encode(JPEG),
    } } } })
    .to_string()
    .into_bytes()
}

fn response(answer: &str) -> Value {
    serde_json::from_str::<Value>(answer).unwrap()["Response_AlarmInfoPlate"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vzenith_camera_opens_by_its_poll_and_never_by_the_answer_to_a_read() {
    let keys = "driver = \"vzenith-http\"\nsecret = \"vz-4k2m9\"\n";
    let lot = Lot::with(&camera(44, keys)).await;
    let form = "application/x-www-form-urlencoded";
    let poll = async || {
        let body =
            b"device_name=ivs&port=80&user_name=admin&pass_wd=opensesame&serialno=V1&channel_num=1";
        lot.push("127.0.0.44", "/cam/vz-4k2m9/receivedeviceinfo.php", form, body).await
    };
    let read = async |id: i64, plate: &str, late: bool| {
        let body = vzenith(plate, id, late);
        let path = "/cam/vz-4k2m9/plateresult.php";
        let (status, _, answer) = lot.push("127.0.0.44", path, "application/json", &body).await;
        (status, response(&answer))
    };
    let (polled, ()) = tokio::join!(poll(), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (status, answer) = read(812, PLATE, false).await;
        assert_eq!(
            (status, &answer["info"], &answer["content"]),
            (200, &json!("no"), &json!("retransfer_stop"))
        );
    });
    let opened = response(&polled.2);
    assert_eq!((&opened["info"], &opened["channelNum"]), (&json!("ok"), &json!(0)));
    // That it asks again shows that it has heard.
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(lot.world.lot.platform.received(5004), Vec::<Value>::new());
    let (_, record) = tokio::join!(
        tokio::time::timeout(A_WHILE, poll()),
        lot.world.report(5004, |record| plate_of(record) == PLATE)
    );
    assert_eq!(record["parkCarInfo"]["plateColor"], "蓝色");
    // Sent late: recorded, the next one asked for, and nothing opens.
    let (_, answer) = read(813, "粤B00002", true).await;
    assert_eq!(
        (&answer["info"], &answer["ContinuePushOffline"]["plateid"]),
        (&json!("no"), &json!(813))
    );
    lot.world.report(5004, |record| plate_of(record) == "粤B00002").await;
    assert!(!lot.world.log().contains("opensesame"));
    lot.world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_configured_the_answer_to_a_read_opens_within_its_second() {
    let vzenith_keys = "driver = \"vzenith-http\"\nsecret = \"vz-4k2m9\"\nopen_by = \"answer\"\n";
    let qianyi_keys = "driver = \"qianyi-http\"\nsecret = \"qy-4k2m9\"\nopen_by = \"answer\"\n";
    let lot = Lot::with(&(camera(45, vzenith_keys) + &camera(46, qianyi_keys))).await;
    for (from, secret, plate) in
        [("127.0.0.45", "vz-4k2m9", PLATE), ("127.0.0.46", "qy-4k2m9", "粤B00002")]
    {
        let path = format!("/cam/{secret}/");
        let body = vzenith(plate, 1, false);
        let begun = Instant::now();
        let (_, _, answer) = lot.push(from, &path, "application/json", &body).await;
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(response(&answer)["info"], "ok", "{answer}\n{}", lot.world.log());
        lot.world.report(5004, |record| plate_of(record) == plate).await;
        // Sent again it is received, and nothing opens.
        let (_, _, answer) = lot.push(from, &path, "application/json", &body).await;
        assert_eq!(response(&answer)["info"], "no", "{answer}");
        let late = vzenith("粤B00009", 9, true);
        let (_, _, answer) = lot.push(from, &path, "application/json", &late).await;
        assert_eq!(response(&answer)["info"], "no", "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_comes_slowly_opens_all_the_same() {
    let keys = "driver = \"vzenith-http\"\nsecret = \"vz-4k2m9\"\nopen_by = \"answer\"\n";
    let lot = Lot::with(&camera(45, keys)).await;
    let body = vzenith(PLATE, 1, false);
    let (first, rest) = body.split_at(body.len() / 2);
    let mut stream = lot.connect("127.0.0.45").await;
    let head = format!(
        "POST /cam/vz-4k2m9/ HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), first].concat()).await.unwrap();
    // Longer than a camera waits for an answer, once it has sent all.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stream.write_all(rest).await.unwrap();
    let (_, answer) = message(&mut stream).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(response(&answer)["info"], "ok", "{answer}\n{}", lot.world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huaxia_camera_opens_by_the_answer_to_its_heartbeat() {
    let lot = Lot::with(&camera(47, "driver = \"huaxia-http\"\nsecret = \"hx-4k2m9\"\n")).await;
    let form = "application/x-www-form-urlencoded";
    let push = async |body: String| {
        let (status, _, answer) =
            lot.push("127.0.0.47", "/cam/hx-4k2m9", form, body.as_bytes()).await;
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let second = jiff::Timestamp::now().as_second();
    let picture = STANDARD.encode(JPEG).replace('+', "-").replace('/', "_").replace('=', ".");
    let read = format!(
        "type=online&plate_num={PLATE}&plate_color=蓝色&start_time={second}&cam_id=H1&picture={picture}"
    );
    let answer = push(read.clone()).await;
    assert_eq!((&answer["error_num"], answer.get("gpio_data")), (&json!(0), None));
    let begun = Instant::now();
    let opened = loop {
        let beat = push("type=heartbeat&cam_id=H1".to_owned()).await;
        if let Some(opened) = beat.get("gpio_data") {
            break opened.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{}", lot.world.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(opened, json!([{ "ionum": "io1", "action": "on" }]));
    lot.world.report(5004, |record| plate_of(record) == PLATE).await;
    assert_eq!(push("type=heartbeat&cam_id=H1".to_owned()).await.get("gpio_data"), None);
    assert_eq!(push(read.replace("online", "offline")).await.get("gpio_data"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_answer_opens_once_and_not_when_its_car_has_backed_out() {
    let lot = Lot::with(&camera(48, "driver = \"huaxia-http\"\nsecret = \"hx-8k2m9\"\n")).await;
    let form = "application/x-www-form-urlencoded";
    let push = async |body: String| {
        let path = "/cam/hx-8k2m9";
        let (status, _, answer) = lot.push("127.0.0.48", path, form, body.as_bytes()).await;
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let second = jiff::Timestamp::now().as_second();
    let read = |plate: &str, second: i64| {
        format!("type=online&plate_num={plate}&plate_color=蓝色&start_time={second}&cam_id=H1")
    };
    push(read(PLATE, second)).await;
    lot.world.until("the decision", || lot.world.log().contains(PLATE)).await;
    let lane_id = "90731c48a7ea4c27bd4d57ff0e13d048";
    let backed_out = json!({ "laneId": lane_id, "operator": "张三", "reason": "掉头" });
    let begun = Instant::now();
    while !lot.world.booth("/api/lanes/backed-out", &backed_out).await.0.contains("200") {
        assert!(begun.elapsed() < PATIENCE, "{}", lot.world.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let beat = || push("type=heartbeat&cam_id=H1".to_owned());
    assert_eq!(beat().await.get("gpio_data"), None, "{}", lot.world.log());
    // Another is read again and again before the next answer, and there is one pulse.
    for later in 1..4 {
        push(read("粤B00002", second + later)).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    let opened = beat().await["gpio_data"].clone();
    assert_eq!(opened, json!([{ "ionum": "io1", "action": "on" }]), "{}", lot.world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_unmarked_camera_saw_while_nobody_listened_is_late_and_opens_nothing() {
    let script: Arc<Script> = Arc::new(|_: &Asked, _: usize| (200, "OK\r\n".to_owned()));
    let called = Called::start("127.0.0.49", "right", script).await;
    let keys = format!("driver = \"dahua-itc\"\nsecret = \"dahua-9x8\"\n{}", called_at(&called));
    let mut lot = Lot::with(&camera(49, &keys)).await;
    lot.world.kill();
    // Two minutes pass.
    let ago = |seconds| jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    let files = alive_files(&lot);
    assert!(!files.is_empty());
    for file in files {
        let then: u64 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        std::fs::write(file, format!("{:020}", then - 120_000)).unwrap();
    }
    lot.world.restart().await;
    while TcpStream::connect(lot.push).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let mut event = dahua(PLATE);
    let taken = zone.to_datetime(ago(60)).strftime("%Y-%m-%d %H:%M:%S").to_string();
    event["Picture"]["SnapInfo"]["AccurateTime"] = json!(format!("{taken}.120"));
    let push = async |event: &Value| {
        let path = "/cam/dahua-9x8/NotificationInfo/TollgateInfo";
        let body = event.to_string();
        lot.push("127.0.0.49", path, "application/json", body.as_bytes()).await.0
    };
    assert_eq!(push(&event).await, 200);
    let record = lot.world.report(5004, |record| plate_of(record) == PLATE).await;
    assert_eq!(record["enterTime"], json!(taken));
    assert_eq!(called.done("openStrobe").len(), 0, "{}", lot.world.log());
    assert_eq!(push(&dahua("粤B00002")).await, 200);
    lot.until_asked("action=openStrobe", 1, &called).await;
    lot.world.report(5004, |record| plate_of(record) == "粤B00002").await;
    assert_eq!(called.done("openStrobe").len(), 1);
}

/// The files that tell the next process of this lot when the last one listened.
fn alive_files(lot: &Lot) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(lot.world.folder.path()).unwrap().map(|one| one.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "alive")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_cannot_be_called_is_told_once_and_by_the_doctor() {
    let closed = lotgate::sim::free_address().unwrap().port();
    let login = "user = \"admin\"\npassword = \"right\"\n";
    let script: Arc<Script> = Arc::new(|_: &Asked, _: usize| (200, "OK\r\n".to_owned()));
    let other = Called::start("127.0.0.52", "another", script).await;
    let keys = |secret: &str, port: u16| {
        format!("driver = \"dahua-itc\"\nsecret = \"{secret}\"\nport = {port}\n{login}")
    };
    let cameras = camera(51, &keys("dahua-0x1", closed))
        + &camera(52, &keys("dahua-0x2", other.address.port()));
    let lot = Lot::with(&cameras).await;
    let told = |what: &str| lot.times_told(what);
    lot.world.until("the word", || told("nothing answers at 127.0.0.51") > 0).await;
    lot.world.until("the other word", || told("相机52 refuses our login") > 0).await;
    let beat = json!({ "Active": true, "DeviceID": "D1" }).to_string();
    for number in [1, 2] {
        let path = format!("/cam/dahua-0x{number}/NotificationInfo/KeepAlive");
        let from = format!("127.0.0.5{number}");
        lot.push(&from, &path, "application/json", beat.as_bytes()).await;
    }
    lot.world.until("both heard", || told("is online") >= 2).await;
    assert_eq!(told("nothing answers at 127.0.0.51"), 1, "{}", lot.world.log());
    let doctor = std::process::Command::new(env!("CARGO_BIN_EXE_lotgate"))
        .args(["--lang", "en", "--config"])
        .arg(lot.world.lot.config_path())
        .args(["doctor", "--listen", "0s"])
        .output()
        .unwrap();
    let found = String::from_utf8(doctor.stdout).unwrap();
    for name in ["相机51", "相机52"] {
        let said = format!("{name}: cannot be called since");
        assert!(found.contains(&said), "{found}");
    }
}

/// A lease of that plate, made or ended at the booth.
async fn lease(lot: &Lot, plate: &str) {
    let lease = json!({ "plateNoList": [plate], "spaceNoList": ["S1"], "beginDate": "2026-01-01",
        "endDate": "2099-12-31", "operator": "张三" });
    let (status, answer) = lot.world.booth("/api/leases", &lease).await;
    assert!(status.contains("200"), "{status} {answer}");
}

async fn end_lease(lot: &Lot, plate: &str) {
    let (status, answer) = lot
        .world
        .booth("/api/leases/end", &json!({ "plateNoList": [plate], "operator": "张三" }))
        .await;
    assert!(status.contains("200"), "{status} {answer}");
}

/// The plates on cameras' own lists, each with what is still to be done.
async fn listed(lot: &Lot) -> Vec<(Value, Value)> {
    let shown = lot.world.look("/api/camera-lists").await.1;
    let cameras = shown["cameras"].as_array().unwrap().clone();
    let plates = cameras.iter().flat_map(|one| one["plates"].as_array().unwrap().clone());
    plates.map(|one| (one["plateNo"].clone(), one["toDo"].clone())).collect()
}

async fn until_listed(lot: &Lot, wanted: &[(Value, Value)]) {
    let begun = Instant::now();
    while listed(lot).await != wanted {
        assert!(begun.elapsed() < PATIENCE, "{:?}\n{}", listed(lot).await, lot.world.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaseholder_stands_on_a_hikvision_cameras_own_list_until_the_lease_ends() {
    let (lot, called) = hikvision_lot(2, "white_list = true\n").await;
    lease(&lot, PLATE).await;
    lot.until_asked("licensePlateAuditData/record", 1, &called).await;
    let put: Value =
        serde_json::from_str(&called.done("licensePlateAuditData/record")[0].body).unwrap();
    let record = &put["LicensePlateInfoList"][0];
    assert_eq!((&record["LicensePlate"], &record["operationType"]), (&json!(PLATE), &json!("add")));
    assert_eq!(record["effectiveTime"], "2099-12-31T23:59:59");
    until_listed(&lot, &[(json!(PLATE), Value::Null)]).await;
    end_lease(&lot, PLATE).await;
    lot.until_asked("DelLicensePlateAuditData", 1, &called).await;
    until_listed(&lot, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaseholder_stands_on_a_dahua_cameras_own_list_until_the_lease_ends() {
    let list: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&list);
    let script: Arc<Script> = Arc::new(move |asked: &Asked, _: usize| {
        let mut list = kept.lock().unwrap();
        let answer = if asked.line.contains("recordFinder.cgi") {
            let found = |number: usize| {
                format!("records[{number}].RecNo={number}\nrecords[{number}].PlateNumber={PLATE}\n")
            };
            format!("found={}\n{}", list.len(), (0..list.len()).map(found).collect::<String>())
        } else if asked.line.contains("action=insert&name=TrafficRedList") {
            list.push(asked.line.clone());
            "RecNo=-1".to_owned()
        } else if asked.line.contains("action=remove&recno=0") {
            list.clear();
            "OK".to_owned()
        } else {
            "type=ITC".to_owned()
        };
        (200, answer)
    });
    let called = Called::start("127.0.0.48", "right", script).await;
    let keys = format!(
        "driver = \"dahua-itc\"\nsecret = \"dahua-9x7\"\nwhite_list = true\n{}",
        called_at(&called)
    );
    let lot = Lot::with(&camera(48, &keys)).await;
    lease(&lot, PLATE).await;
    until_listed(&lot, &[(json!(PLATE), Value::Null)]).await;
    let line = list.lock().unwrap()[0].clone();
    for words in [
        "PlateNumber=%E7%B2%A4B88888",
        "CancelTime=2099-12-31%2023:59:59",
        "AuthorityList.OpenGate=true",
    ] {
        assert!(line.contains(words), "{line}");
    }
    end_lease(&lot, PLATE).await;
    until_listed(&lot, &[]).await;
    assert!(list.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaseholder_gets_onto_a_polling_cameras_own_list_by_the_answer_to_its_poll() {
    let keys = "driver = \"vzenith-http\"\nsecret = \"vz-4k2m9\"\nwhite_list = true\n";
    let lot = Lot::with(&camera(49, keys)).await;
    let form = "application/x-www-form-urlencoded";
    let poll = async || {
        let body = b"device_name=ivs&serialno=V1";
        lot.push("127.0.0.49", "/cam/vz-4k2m9/receivedeviceinfo.php", form, body).await.2
    };
    let (answer, ()) = tokio::join!(poll(), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        lease(&lot, PLATE).await;
    });
    let put = response(&answer)["white_list_operate"].clone();
    assert_eq!(put["operate_type"], 0, "{answer}");
    let plate = &put["white_list_data"][0];
    assert_eq!(
        (&plate["plate"], &plate["overdue_time"]),
        (&json!(PLATE), &json!("2099-12-31 23:59:59"))
    );
    assert_eq!(listed(&lot).await, [(json!(PLATE), json!("put"))], "not heard yet");
    // That it asks again shows that it has heard.
    let (answer, ()) = tokio::join!(poll(), async {
        until_listed(&lot, &[(json!(PLATE), Value::Null)]).await;
        end_lease(&lot, PLATE).await;
    });
    assert_eq!(response(&answer)["white_list_operate"]["operate_type"], 1, "{answer}");
    let _ = tokio::join!(tokio::time::timeout(A_WHILE, poll()), until_listed(&lot, &[]));
}
