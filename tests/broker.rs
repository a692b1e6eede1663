//! A connection to a real broker: what had lain there, what comes now, and brokers that fail. With mosquitto;
//! where it is not installed these tests say so and pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]
#![allow(dead_code, reason = "the lot is shared with the rules' tests")]

#[path = "rules/lot.rs"]
mod lot;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use lotgate::config::{CameraConfig, CameraWay, Device, Driver, Mqtt};
use lotgate::devices::alive::Alive;
use lotgate::devices::cameras::Camera;
use lotgate::devices::cameras::makes::Language;
use lotgate::devices::cameras::makes::codec::CameraCodec;
use lotgate::devices::cameras::makes::qianyi::Qianyi;
use lotgate::devices::cameras::makes::vzenith::Vzenith;
use lotgate::devices::mqtt::{
    BrokerConnection, BrokerDelivery, BrokerLine, ClientName, ClientNames, Message, MessageRoom,
};
use lotgate::devices::{DeviceContext, PictureFolder, WithdrawnOpenings};
use lotgate::engine::{self, Clock, Effects, Retention};
use lotgate::https::HttpBounds;
use lotgate::model::barrier::Act;
use lotgate::model::event::Arrival;
use lotgate::model::happening::Happening;
use lotgate::model::outcome::{Actuation, DeviceCommand};
use lotgate::sim::free_address;
use lotgate::store::Store;
use lotgate::teller::Teller;
use mosquitto::Mosquitto;
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// Everything these tests wait for comes soon or not at all; this is for slow machines.
const PATIENCE: Duration = Duration::from_secs(80);
const TOPIC: &str = "camera/1/read";

/// A gateway's connection with one device, and the engine behind it.
struct Bench {
    _folder: TempDir,
    alive: Alive,
    messages: mpsc::Receiver<BrokerDelivery>,
    happenings: broadcast::Receiver<Happening>,
    context: DeviceContext,
    running: tokio::task::JoinHandle<()>,
}

fn context(folder: &Path) -> DeviceContext {
    let (store, _) = Store::open(&folder.join("lotgate.db"), lot::at("2026-03-02T08:00")).unwrap();
    let teller = Teller::default();
    let effects = Effects {
        device_commands: mpsc::channel(16).0,
        publications: mpsc::channel(16).0,
        questions: mpsc::channel(16).0,
        reports: Arc::new(Notify::new()),
        teller: teller.clone(),
        images: std::path::PathBuf::new(),
    };
    let kept = jiff::SignedDuration::from_hours(24);
    let clock: Clock = Arc::new(|| lot::at("2026-03-02T08:00"));
    let retention = Retention { records: kept, messages: kept };
    let (engine, _) = engine::start(store, lot::rules(), retention, clock, effects).unwrap();
    let (stop, withdrawn) = (CancellationToken::new(), WithdrawnOpenings::default());
    let http = HttpBounds::of_process();
    let stands_back = Arc::new(tokio::sync::watch::Sender::new(false));
    DeviceContext {
        engine,
        teller,
        stop,
        images: PictureFolder::at(folder),
        withdrawn,
        http,
        stands_back,
        beside_another: Arc::default(),
    }
}

fn at(listen: SocketAddr) -> Mqtt {
    Mqtt {
        name: "lot".to_owned(),
        host: listen.ip().to_string(),
        port: listen.port(),
        tls: false,
        ca_file: None,
        login: None,
        client_id: Some("gate".to_owned()),
    }
}

impl Bench {
    fn connect(listen: SocketAddr) -> Self {
        Self::connect_as(&at(listen), ClientName::known("gate".to_owned()))
    }

    fn connect_as(broker: &Mqtt, name: ClientName) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let context = context(folder.path());
        let happenings = context.teller.listen();
        let alive = Alive::at(folder.path().join("a.alive"));
        let mut connection =
            BrokerConnection::new(broker, name, alive.clone(), MessageRoom::default());
        let messages = connection.route(vec![("camera/+/read".to_owned(), QoS::AtLeastOnce)]);
        let running = tokio::spawn(connection.run(context.clone()));
        Self { _folder: folder, alive, messages, happenings, context, running }
    }

    async fn next(&mut self) -> BrokerDelivery {
        loop {
            let coming = tokio::time::timeout(PATIENCE, self.messages.recv());
            // What is forbidden is told, too.
            match coming.await.expect("nothing came").unwrap() {
                BrokerDelivery::Forbidden(_) => {}
                other => return other,
            }
        }
    }

    async fn message(&mut self) -> Message {
        match self.next().await {
            BrokerDelivery::Message(message) => message,
            _ => panic!("the marker came"),
        }
    }

    async fn marker(&mut self) -> (u64, bool) {
        match self.next().await {
            BrokerDelivery::Marked(marked) => {
                let told = (marked.connection, marked.first);
                marked.pass(&self.context.stop).await;
                told
            }
            BrokerDelivery::Message(message) => panic!("a message came: {:?}", message.arrival),
            BrokerDelivery::Forbidden(_) => panic!("something is forbidden"),
        }
    }

    async fn until(&mut self, is: impl Fn(&Happening) -> bool) -> Happening {
        let coming = async {
            loop {
                let happening = self.happenings.recv().await.unwrap();
                if is(&happening) {
                    return happening;
                }
            }
        };
        tokio::time::timeout(PATIENCE, coming).await.expect("it did not happen")
    }

    /// Ends in order; the broker keeps the session.
    async fn leave(self) {
        self.context.stop.cancel();
        self.running.await.unwrap();
    }
}

/// Someone who publishes.
async fn publish(listen: SocketAddr, messages: Vec<Vec<u8>>, retain: bool) {
    publish_on(listen, TOPIC, messages, retain).await;
}

async fn publish_on(listen: SocketAddr, topic: &str, messages: Vec<Vec<u8>>, retain: bool) {
    let mut options = MqttOptions::new("somebody", listen.ip().to_string(), listen.port());
    options.set_max_packet_size(usize::MAX, 260_000_000);
    let (client, mut events): (AsyncClient, EventLoop) = AsyncClient::new(options, 2000);
    let count = messages.len();
    for message in messages {
        client.try_publish(topic, QoS::AtLeastOnce, retain, message).unwrap();
    }
    let mut acknowledged = 0;
    while acknowledged < count {
        let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
        acknowledged += usize::from(matches!(event, Event::Incoming(Incoming::PubAck(_))));
    }
}

fn numbered(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| number.to_string().into_bytes()).collect()
}

fn before() -> Arrival {
    Arrival::BeforeMarker { broker: "lot".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_in_the_broker_is_told_from_what_comes_now() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    let mut bench = Bench::connect(broker.listen);
    assert_eq!(bench.marker().await, (0, true));
    publish(broker.listen, numbered(1), false).await;
    let message = bench.message().await;
    assert_eq!((message.arrival.clone(), message.retained), (Arrival::Fresh, false));
    message.done();
    let alive = bench.alive.clone();
    let begun = Instant::now();
    while alive.last().is_none() {
        assert!(begun.elapsed() < PATIENCE, "the next process would know nothing");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bench.leave().await;
    publish(broker.listen, numbered(600), false).await;
    let mut bench = Bench::connect(broker.listen);
    for number in 0..600 {
        let message = bench.message().await;
        assert_eq!(message.payload, number.to_string().as_bytes());
        assert_eq!((message.arrival.clone(), message.is_sign_of_life()), (before(), false));
        message.done();
    }
    bench.marker().await;
    publish(broker.listen, numbered(1), false).await;
    assert_eq!(bench.message().await.arrival, Arrival::Fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_connection_has_a_marker_of_its_own_and_is_not_the_first() {
    let Some(mut broker) =
        Mosquitto::start("persistence true\nautosave_on_changes true\nautosave_interval 1")
    else {
        return;
    };
    let mut bench = Bench::connect(broker.listen);
    assert!(bench.marker().await.1);
    broker.kill();
    bench.until(|happening| matches!(happening, Happening::BrokerDown { .. })).await;
    broker.start_again();
    let (connection, first) = bench.marker().await;
    assert!(connection > 0 && !first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_keeps_for_whoever_comes_is_no_sign_of_life() {
    let Some(broker) = Mosquitto::start("") else { return };
    publish(broker.listen, numbered(1), true).await;
    let mut bench = Bench::connect(broker.listen);
    let message = bench.message().await;
    assert!(message.retained && !message.is_sign_of_life());
    message.done();
    bench.marker().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_inputs_and_replies_that_a_broker_keeps_are_not_taken_and_told() {
    let Some(broker) = Mosquitto::start("") else { return };
    let mut options = MqttOptions::new("somebody", "127.0.0.1", broker.listen.port());
    options.set_max_packet_size(100_000, 100_000);
    let (client, mut events): (AsyncClient, EventLoop) = AsyncClient::new(options, 10);
    let topic = |name: &str| format!("device/s/message/{name}");
    let read = json!({ "id": "1", "payload": { "AlarmInfoPlate": { "result": { "PlateResult": {
        "license": "5LqsQTEyMzQ1", "isoffline": 0, "plateid": 1 } } } } });
    let input = json!({ "payload": { "body": { "AlarmGioIn": { "result": { "TriggerResult": {
        "source": 0, "value": 1 } } } } } });
    let reply = json!({ "code": 200, "id": "first", "name": "gpio_out" });
    for (name, payload) in
        [("up/ivs_result", &read), ("up/gpio_in", &input), ("down/gpio_out/reply", &reply)]
    {
        client.try_publish(topic(name), QoS::AtLeastOnce, true, payload.to_string()).unwrap();
    }
    let mut acknowledged = 0;
    while acknowledged < 3 {
        let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
        acknowledged += usize::from(matches!(event, Event::Incoming(Incoming::PubAck(_))));
    }
    let one = CameraBench::connect(broker.listen);
    let mut happenings = one.happenings;
    let mut ignored = 0;
    loop {
        let told = tokio::time::timeout(PATIENCE, happenings.recv()).await.unwrap().unwrap();
        match told {
            Happening::RetainedIgnored { device } => {
                assert_eq!(device, "east");
                ignored += 1;
                if ignored == 3 {
                    // The same read, not kept by the broker: it is taken.
                    let live = read.to_string();
                    let topic = topic("up/ivs_result");
                    client.try_publish(topic, QoS::AtLeastOnce, false, live).unwrap();
                    tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
                    tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
                }
            }
            // The lot of these tests has no such camera at its lane, or it has: either way it was taken.
            Happening::PlateRead { .. } | Happening::NoLane { .. } => break,
            Happening::BadMessage { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    assert_eq!(ignored, 3);
    one.context.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_keeps_our_marker_is_named_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let rights = folder.path().join("acl");
    std::fs::write(&rights, "topic readwrite camera/#\n").unwrap();
    let Some(broker) = Mosquitto::start(&format!("acl_file {}", rights.display())) else { return };
    let mut bench = Bench::connect(broker.listen);
    bench.until(|one| matches!(one, Happening::BrokerUp { .. })).await;
    publish(broker.listen, numbered(1), false).await;
    let message = bench.message().await;
    assert_eq!(message.arrival, before());
    message.done();
    let named = bench.until(|one| matches!(one, Happening::MarkerMissing { .. })).await;
    let Happening::MarkerMissing { broker: name, topic } = named else { unreachable!() };
    assert_eq!((name.as_str(), topic.as_str()), ("lot", "lotgate/gate/marker"));
    bench.marker().await;
    publish(broker.listen, numbered(1), false).await;
    let message = bench.message().await;
    assert_eq!((message.arrival.clone(), message.is_sign_of_life()), (Arrival::Unmarked, true));
}

/// A broker whose rules are these, and which hangs up on whoever breaks them: it does where it bounds no queue.
fn strict(folder: &Path, rights: &str) -> Option<Mosquitto> {
    let file = folder.join("acl");
    std::fs::write(&file, rights).unwrap();
    Mosquitto::start(&format!("acl_file {}\nmax_queued_messages 0", file.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_forbids_our_marker_is_told_of_once_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = strict(folder.path(), "topic readwrite camera/#\n") else { return };
    let mut bench = Bench::connect(broker.listen);
    let is_told = |one: &Happening| {
        matches!(one, Happening::PublishRefused { .. } | Happening::BrokerDown { .. })
    };
    let topic = "lotgate/gate/marker".to_owned();
    let refused = Happening::PublishRefused { broker: "lot".to_owned(), topic, reason: 0x87 };
    assert_eq!(bench.until(is_told).await, refused);
    bench.until(|one| matches!(one, Happening::BrokerDown { .. })).await;
    bench.until(|one| matches!(one, Happening::BrokerUp { .. })).await;
    let begun = Instant::now();
    assert!(bench.marker().await.1, "whoever listened listens yet");
    assert!(begun.elapsed() < Duration::from_secs(4), "it is not awaited in vain");
    publish(broker.listen, numbered(1), false).await;
    let message = bench.message().await;
    assert_eq!(message.arrival, Arrival::Unmarked);
    message.done();
    let mut told = Vec::new();
    while let Ok(happening) = bench.happenings.try_recv() {
        told.push(happening);
    }
    assert!(!told.iter().any(is_told), "{told:?}");
}

/// A broker that hangs up, without a word, on whoever publishes.
async fn takes_nothing(listener: TcpListener) {
    while let Ok((mut client, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut head = [0; 2];
            while client.read_exact(&mut head).await.is_ok() {
                let mut packet = vec![0; usize::from(head[1] & 0x7f)];
                client.read_exact(&mut packet).await.unwrap();
                let answer = match head[0] >> 4 {
                    1 => vec![0x20, 3, 0, 0, 0],
                    3 => return,
                    8 => vec![0x90, 4, packet[0], packet[1], 0, 1],
                    12 => vec![0xd0, 0],
                    _ => continue,
                };
                client.write_all(&answer).await.unwrap();
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_hangs_up_on_our_marker_without_a_word_is_told_of_and_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let broker = tokio::spawn(takes_nothing(listener));
    let mut bench = Bench::connect(listen);
    let refused = bench.until(|one| matches!(one, Happening::PublishRefused { .. })).await;
    let Happening::PublishRefused { topic, .. } = refused else { unreachable!() };
    assert_eq!(topic, "lotgate/gate/marker");
    bench.until(|one| matches!(one, Happening::BrokerUp { .. })).await;
    // It stands until nobody awaits the marker any longer.
    bench.until(|one| matches!(one, Happening::MarkerMissing { .. })).await;
    bench.leave().await;
    broker.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_knows_qos_0_alone_is_told_of_and_heard() {
    for (more, older) in [("max_qos 0", false), ("max_qos 0", true)] {
        let Some(broker) = Mosquitto::start(more) else { return };
        let listen = if older { mosquitto::older(broker.listen) } else { broker.listen };
        let mut bench = Bench::connect(listen);
        let told = bench.until(|one| matches!(one, Happening::DeliveredOnce { .. })).await;
        let Happening::DeliveredOnce { topics, .. } = told else { unreachable!() };
        // By 3.1.1 it says so of each topic alone.
        let named = if older { vec!["camera/+/read".to_owned()] } else { vec![] };
        assert_eq!(topics, named);
        bench.marker().await;
        let (host, port) = (broker.listen.ip().to_string(), broker.listen.port());
        let other = MqttOptions::new("somebody", host, port);
        let (client, mut events) = AsyncClient::new(other, 10);
        client.try_publish(TOPIC, QoS::AtMostOnce, false, "1").unwrap();
        tokio::spawn(async move { while events.poll().await.is_ok() {} });
        let message = bench.message().await;
        assert_eq!((message.arrival.clone(), message.at_most_once), (Arrival::Fresh, true));
        message.done();
        bench.leave().await;
    }
}

/// A broker that answers each hello of MQTT 5 and each wish for a topic, that of the camera with a refusal.
async fn forbids_the_camera(listener: TcpListener) {
    let (mut client, _) = listener.accept().await.unwrap();
    loop {
        let mut head = [0; 2];
        if client.read_exact(&mut head).await.is_err() {
            return;
        }
        let mut packet = vec![0; usize::from(head[1] & 0x7f)];
        client.read_exact(&mut packet).await.unwrap();
        let is_cameras = packet.windows(6).any(|part| part == b"camera");
        let answer = match head[0] >> 4 {
            1 => vec![0x20, 3, 0, 0, 0],
            8 => vec![0x90, 4, packet[0], packet[1], 0, if is_cameras { 0x87 } else { 1 }],
            _ => continue,
        };
        client.write_all(&answer).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_a_broker_does_not_grant_is_named_and_the_others_are_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let broker = tokio::spawn(forbids_the_camera(listener));
    let mut bench = Bench::connect(listen);
    let refused = Happening::TopicRefused {
        broker: "lot".to_owned(),
        topic: "camera/+/read".to_owned(),
        reason: 0x87,
    };
    bench.until(|one| *one == refused).await;
    bench.until(|one| matches!(one, Happening::BrokerUp { .. })).await;
    bench.leave().await;
    broker.abort();
}

/// A broker that hangs up on the first hellos of MQTT 5, so many, and knows it then; 3.1.1 it always knows.
async fn hangs_up_at_first(listener: TcpListener, times: usize) {
    let mut hellos = 0;
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut hello = [0; 9];
        client.read_exact(&mut hello).await.unwrap();
        let knows_5 = hello[8] == 5;
        hellos += usize::from(knows_5);
        if knows_5 && hellos <= times {
            continue;
        }
        let welcome: &[u8] = if knows_5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] };
        client.write_all(welcome).await.unwrap();
        // Until the other side goes.
        while client.read(&mut [0; 100]).await.is_ok_and(|read| read > 0) {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_just_being_started_is_not_taken_for_an_older_one() {
    for (times, older) in [(1, false), (2, false), (usize::MAX, true)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let broker = at(listener.local_addr().unwrap());
        let serving = tokio::spawn(hangs_up_at_first(listener, times));
        let opened = BrokerLine::open(&broker, "gate", false).await.unwrap();
        assert_eq!(opened.older, older, "{times}");
        serving.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_broker_returns_the_marker_too() {
    let listen = free_address().unwrap();
    tokio::task::spawn_blocking(move || lotgate::sim::broker::start(listen))
        .await
        .unwrap()
        .unwrap();
    let mut bench = Bench::connect(listen);
    bench.marker().await;
    let told = std::iter::from_fn(|| bench.happenings.try_recv().ok());
    assert!(!told.into_iter().any(|one| matches!(one, Happening::MarkerMissing { .. })));
    publish(listen, numbered(1), false).await;
    assert_eq!(bench.message().await.arrival, Arrival::Fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_slow_is_waited_for_and_nothing_comes_twice() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    let bench = Bench::connect(broker.listen);
    let mut bench = bench;
    bench.marker().await;
    publish(broker.listen, numbered(1500), false).await;
    // Its channel is full by now, and the socket unread.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for number in 0..1500 {
        let message = bench.message().await;
        assert_eq!(message.payload, number.to_string().as_bytes());
        assert_eq!((message.connection, message.redelivered), (0, false));
        message.done();
    }
}

/// What a message says, shortened: some are large.
fn words(message: &Message) -> String {
    String::from_utf8_lossy(&message.payload).chars().take(20).collect()
}

fn large(megabytes: usize) -> Vec<u8> {
    vec![b'x'; megabytes << 20]
}

/// Publishes one within our bound, one beyond it and a small one, while a gateway is there and while it is away; all but
/// the large one arrive on one connection each, and the session lives. Returns what was told meanwhile.
async fn neighbours_arrive(broker: &Mosquitto, listen: SocketAddr) -> Vec<Happening> {
    let mut bench = Bench::connect(listen);
    bench.marker().await;
    publish(broker.listen, vec![large(34), large(70), b"car".to_vec()], false).await;
    let message = bench.message().await;
    assert_eq!(message.payload.len(), 34 << 20);
    message.done();
    let message = bench.message().await;
    assert_eq!((words(&message), message.connection), ("car".into(), 0));
    message.done();
    let mut told: Vec<_> = std::iter::from_fn(|| bench.happenings.try_recv().ok()).collect();
    bench.leave().await;
    publish(broker.listen, vec![large(70), b"queued".to_vec()], false).await;
    let mut bench = Bench::connect(listen);
    let message = bench.message().await;
    assert_eq!((words(&message), message.arrival.clone()), ("queued".into(), before()));
    message.done();
    bench.marker().await;
    publish(broker.listen, vec![large(70), b"next".to_vec()], false).await;
    let message = bench.message().await;
    assert_eq!((words(&message), message.connection), ("next".into(), 0));
    message.done();
    told.extend(std::iter::from_fn(|| bench.happenings.try_recv().ok()));
    bench.leave().await;
    // It does not come again, either.
    let mut bench = Bench::connect(listen);
    bench.marker().await;
    told.extend(std::iter::from_fn(|| bench.happenings.try_recv().ok()));
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_leaves_out_what_is_too_large_and_its_neighbours_arrive() {
    let Some(broker) = Mosquitto::start("") else { return };
    let told = neighbours_arrive(&broker, broker.listen).await;
    let other = |one: &&Happening| !matches!(one, Happening::BrokerUp { .. });
    assert_eq!(told.iter().find(other), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_older_broker_what_is_too_large_is_thrown_away_and_named_and_its_neighbours_arrive() {
    let Some(broker) = Mosquitto::start("") else { return };
    let told = neighbours_arrive(&broker, mosquitto::older(broker.listen)).await;
    let too_large = Happening::MessageTooLarge {
        broker: "lot".to_owned(),
        topic: TOPIC.to_owned(),
        megabytes: 70,
        most: 64,
    };
    assert_eq!(told.iter().filter(|one| **one == too_large).count(), 3, "{told:?}");
    let older = |one: &&Happening| matches!(one, Happening::BrokerOlder { .. });
    // Once by each gateway.
    assert_eq!(told.iter().filter(older).count(), 3, "{told:?}");
    let down = |one: &&Happening| matches!(one, Happening::BrokerDown { .. });
    assert_eq!(told.iter().find(down), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_a_session_of_the_version_before_is_fetched() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    session_of_before(&broker, "gate", 300).await;
    let mut bench = Bench::connect(broker.listen);
    for number in 0..300 {
        let message = bench.message().await;
        assert_eq!(message.payload, number.to_string().as_bytes());
        assert_eq!(message.arrival, before());
        message.done();
    }
    bench.marker().await;
}

/// A session of 3.1.1 under that name, as lotgate 0.2.0 had it, with these reads in it.
async fn session_of_before(broker: &Mosquitto, name: &str, reads: usize) {
    let mut options = MqttOptions::new(name, broker.listen.ip().to_string(), broker.listen.port());
    options.set_clean_session(false);
    let (client, mut events): (AsyncClient, EventLoop) = AsyncClient::new(options, 10);
    client.try_subscribe("camera/+/read", QoS::AtLeastOnce).unwrap();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
        if matches!(event, Event::Incoming(Incoming::SubAck(_))) {
            break;
        }
    }
    client.try_disconnect().unwrap();
    while events.poll().await.is_ok() {}
    publish(broker.listen, numbered(reads), false).await;
}

/// Whether a broker has a session under that name; asking does not end one.
async fn has_session(broker: &Mosquitto, name: &str) -> bool {
    let mut options = MqttOptions::new(name, broker.listen.ip().to_string(), broker.listen.port());
    options.set_clean_session(false);
    let (client, mut events): (AsyncClient, EventLoop) = AsyncClient::new(options, 10);
    let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
    client.try_disconnect().unwrap();
    while events.poll().await.is_ok() {}
    let Event::Incoming(Incoming::ConnAck(ack)) = event else { panic!("{event:?}") };
    ack.session_present
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_name_nobody_can_guess_what_lay_under_the_one_before_is_fetched_once_and_nothing_is_lost()
 {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    let known = "lotgate-440300-lot";
    session_of_before(&broker, known, 300).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotgate.db.client-id");
    let names = ClientNames::at(path.clone()).unwrap();
    let described = Mqtt { client_id: None, ..at(broker.listen) };
    let mut bench = Bench::connect_as(&described, names.name(&described, "440300"));
    for number in 0..300 {
        let message = bench.message().await;
        assert_eq!(
            (message.payload.as_ref(), message.redelivered),
            (number.to_string().as_bytes(), false)
        );
        assert_eq!(message.arrival, before());
        message.done();
        if number == 150 {
            // New ones come while the old are fetched: they are kept, for the new name.
            publish(broker.listen, vec![b"new".to_vec()], false).await;
        }
    }
    assert!(bench.marker().await.1);
    let message = bench.message().await;
    assert_eq!((message.payload.as_ref(), message.arrival.clone()), (b"new".as_slice(), before()));
    message.done();
    // Cameras have listened all along.
    assert!(bench.marker().await.1);
    publish(broker.listen, numbered(1), false).await;
    let message = bench.message().await;
    assert_eq!(message.arrival, Arrival::Fresh);
    message.done();
    bench.leave().await;
    assert!(!has_session(&broker, known).await);
    let name = ClientNames::at(path).unwrap().name(&described, "440300");
    // The next start goes straight there.
    let mut bench = Bench::connect_as(&described, name);
    bench.marker().await;
    assert!(
        !bench.happenings.try_recv().is_ok_and(|one| matches!(one, Happening::BrokerDown { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_fetches_goes_on_fetching_at_the_next_start() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    session_of_before(&broker, "lotgate-440300-lot", 40).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotgate.db.client-id");
    let described = Mqtt { client_id: None, ..at(broker.listen) };
    let name = || ClientNames::at(path.clone()).unwrap().name(&described, "440300");
    let mut bench = Bench::connect_as(&described, name());
    for number in 0..20 {
        let message = bench.message().await;
        assert_eq!(message.payload, number.to_string().as_bytes());
        message.done();
    }
    bench.running.abort();
    let mut seen = Vec::new();
    let mut bench = Bench::connect_as(&described, name());
    while seen.last().is_none_or(|last| *last < 39) {
        let message = bench.message().await;
        seen.push(String::from_utf8_lossy(&message.payload).parse::<usize>().unwrap());
        message.done();
    }
    // What was acknowledged last may not have reached the broker.
    assert!(seen[0] <= 20 && seen.windows(2).all(|two| two[1] == two[0] + 1), "{seen:?}");
    bench.marker().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_acknowledged_comes_again_and_says_so() {
    let Some(broker) = Mosquitto::start("") else { return };
    let mut bench = Bench::connect(broker.listen);
    bench.marker().await;
    publish(broker.listen, numbered(2), false).await;
    bench.message().await.done();
    // Its device's task ends with it in hand.
    drop(bench.message().await);
    // What was acknowledged last may not have reached the broker.
    let message = loop {
        let message = bench.message().await;
        if words(&message) == "1" {
            break message;
        }
        message.done();
    };
    assert!(message.redelivered);
    assert!(message.connection > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_the_connection_and_says_nothing_is_named() {
    let stalled = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bench = Bench::connect(stalled.local_addr().unwrap());
    let begun = Instant::now();
    let down = bench.until(|one| matches!(one, Happening::BrokerDown { .. })).await;
    let Happening::BrokerDown { error, .. } = down else { unreachable!() };
    assert_eq!(error, "no answer within 5 s");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// A gateway's connection with two devices.
struct TwoDevices {
    _folder: TempDir,
    slow: mpsc::Receiver<BrokerDelivery>,
    other: mpsc::Receiver<BrokerDelivery>,
    publisher: lotgate::devices::mqtt::Publisher,
    happenings: broadcast::Receiver<Happening>,
    context: DeviceContext,
}

impl TwoDevices {
    /// Connected, with nothing before it.
    async fn connect(listen: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let context = context(folder.path());
        let happenings = context.teller.listen();
        let alive = Alive::at(folder.path().join("a.alive"));
        let name = ClientName::known("gate".to_owned());
        let mut connection =
            BrokerConnection::new(&at(listen), name, alive, MessageRoom::default());
        let mut slow = connection.route(vec![(TOPIC.to_owned(), QoS::AtLeastOnce)]);
        let mut other = connection.route(vec![(OTHER.to_owned(), QoS::AtLeastOnce)]);
        let publisher = connection.publisher();
        tokio::spawn(connection.run(context.clone()));
        let passing = async {
            for device in [&mut slow, &mut other] {
                let Some(BrokerDelivery::Marked(marked)) = device.recv().await else { panic!() };
                let stop = context.stop.clone();
                tokio::spawn(async move { marked.pass(&stop).await });
            }
        };
        tokio::time::timeout(PATIENCE, passing).await.unwrap();
        Self { _folder: folder, slow, other, publisher, happenings, context }
    }

    fn downs(&mut self) -> usize {
        let told = std::iter::from_fn(|| self.happenings.try_recv().ok());
        told.filter(|one| matches!(one, Happening::BrokerDown { .. })).count()
    }
}

const OTHER: &str = "camera/2/read";

async fn message_of(device: &mut mpsc::Receiver<BrokerDelivery>) -> Message {
    match tokio::time::timeout(PATIENCE, device.recv()).await.expect("nothing came").unwrap() {
        BrokerDelivery::Message(message) => message,
        _ => panic!("no message"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_device_holds_up_the_others_only_once_the_room_is_full_and_commands_never() {
    const ROOM: usize = 2048;
    // By 3.1.1 nobody can ask for a window, and this broker has none.
    let more = "max_queued_messages 0\nmax_inflight_messages 0";
    let Some(broker) = Mosquitto::start(more) else { return };
    let mut devices = TwoDevices::connect(mosquitto::older(broker.listen)).await;
    publish(broker.listen, numbered(1500), false).await;
    publish_on(broker.listen, OTHER, numbered(1), false).await;
    message_of(&mut devices.other).await.done();
    publish(broker.listen, numbered(1500), false).await;
    publish_on(broker.listen, OTHER, numbered(1), false).await;
    let begun = Instant::now();
    while devices.slow.len() < ROOM {
        assert!(begun.elapsed() < PATIENCE, "{} have come", devices.slow.len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What is said leaves while nothing is read.
    let host = (broker.listen.ip().to_string(), broker.listen.port());
    let (client, mut events) = AsyncClient::new(MqttOptions::new("display", host.0, host.1), 10);
    client.try_subscribe("display/1", QoS::AtMostOnce).unwrap();
    while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::SubAck(_))) {}
    for word in ["first", "second"] {
        devices.publisher.publish_now("display/1", word.to_owned()).unwrap();
        let heard = loop {
            let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
            if let Event::Incoming(Incoming::Publish(heard)) = event {
                break heard;
            }
        };
        assert_eq!(heard.payload, word.as_bytes());
    }
    assert!((devices.slow.len(), devices.other.len()) == (ROOM, 0), "nothing is read");
    for number in 0..3000 {
        let message = message_of(&mut devices.slow).await;
        assert_eq!(words(&message), (number % 1500).to_string());
        assert!(!message.redelivered);
        message.done();
    }
    message_of(&mut devices.other).await.done();
    assert_eq!(devices.downs(), 0);
    devices.context.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_larger_than_the_room_come_one_after_the_other_and_cost_no_connection() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    let mut devices = TwoDevices::connect(broker.listen).await;
    let large: Vec<_> = (0..4_u8).map(|number| vec![number; 20_000_000]).collect();
    publish(broker.listen, large, false).await;
    for number in 0..4 {
        let message = message_of(&mut devices.slow).await;
        assert!(message.payload.iter().all(|byte| *byte == number) && !message.redelivered);
        message.done();
    }
    assert_eq!(devices.downs(), 0);
    devices.context.stop.cancel();
}

/// A broker that has so many messages on their way, whatever it was asked for.
async fn overruns(listener: TcpListener, messages: u16) {
    let (mut client, _) = listener.accept().await.unwrap();
    let mut head = [0; 2];
    while client.read_exact(&mut head).await.is_ok() {
        let mut packet = vec![0; usize::from(head[1] & 0x7f)];
        client.read_exact(&mut packet).await.unwrap();
        let answer = match head[0] >> 4 {
            1 => vec![0x20, 3, 0, 0, 0],
            3 => (1..=messages).flat_map(|number| published(TOPIC, number)).collect(),
            8 => vec![0x90, 4, packet[0], packet[1], 0, 1],
            12 => vec![0xd0, 0],
            _ => continue,
        };
        client.write_all(&answer).await.unwrap();
    }
}

/// A message of QoS 1 by MQTT 5.
fn published(topic: &str, number: u16) -> Vec<u8> {
    let length = u8::try_from(topic.len()).unwrap();
    let head = [0x32, length + 6, 0, length];
    let [high, low] = number.to_be_bytes();
    [&head, topic.as_bytes(), &[high, low, 0, b'x']].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_has_more_on_its_way_than_it_was_asked_to_is_told_of_once_and_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let broker = tokio::spawn(overruns(listener, 3000));
    let mut bench = Bench::connect(listen);
    // Their devices have taken them, and they are not stored yet.
    let mut unstored = Vec::new();
    while unstored.len() < 3000 {
        let (stored, commit) = tokio::sync::oneshot::channel();
        bench.message().await.done_with(commit);
        unstored.push(stored);
    }
    let mut told = Vec::new();
    while let Ok(happening) = bench.happenings.try_recv() {
        if matches!(happening, Happening::WindowOverrun { .. } | Happening::BrokerDown { .. }) {
            told.push(happening);
        }
    }
    let overrun = Happening::WindowOverrun { broker: "lot".to_owned(), window: 2048 };
    assert_eq!(told, [overrun]);
    bench.context.stop.cancel();
    broker.abort();
}

/// A broker that wants a ping every ten minutes, grants what it is asked, and falls silent at the first thing that is said.
async fn falls_silent(listener: TcpListener) {
    let (mut client, _) = listener.accept().await.unwrap();
    let mut head = [0; 2];
    while client.read_exact(&mut head).await.is_ok() {
        let mut packet = vec![0; usize::from(head[1] & 0x7f)];
        client.read_exact(&mut packet).await.unwrap();
        let answer = match head[0] >> 4 {
            1 => vec![0x20, 6, 0, 0, 3, 0x13, 0x02, 0x58],
            8 => vec![0x90, 4, packet[0], packet[1], 0, 1],
            _ => break,
        };
        client.write_all(&answer).await.unwrap();
    }
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_vanished_without_a_word_is_noticed_within_thirty_seconds_whatever_its_keep_alive()
 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let broker = tokio::spawn(falls_silent(listener));
    let mut bench = Bench::connect(listen);
    bench.until(|one| matches!(one, Happening::BrokerUp { .. })).await;
    let begun = Instant::now();
    bench.until(|one| matches!(one, Happening::BrokerDown { .. })).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    broker.abort();
}

/// The lines of the configuration we ship, for a broker of these tests.
fn shipped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mosquitto-lotgate.conf");
    let text = std::fs::read_to_string(path).unwrap();
    let ours = |line: &&str| {
        !["listener", "allow_anonymous", "password_file", "acl_file"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    text.lines().filter(ours).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_we_configure_writes_what_waits_once_when_it_is_stopped_in_order() {
    const PICTURE: usize = 100_000;
    let Some(mut broker) = Mosquitto::start(&shipped()) else { return };
    let mut bench = Bench::connect(broker.listen);
    bench.marker().await;
    bench.leave().await;
    let pictured = |number: u8| vec![number; PICTURE];
    publish(broker.listen, (0..50).map(pictured).collect(), false).await;
    let written = broker.folder.path().join("mosquitto.db");
    assert!(!written.exists(), "nothing is written while it waits");
    broker.end();
    let bytes = std::fs::metadata(&written).unwrap().len();
    assert!(bytes < 50 * 100_000 + 20_000, "each picture once: {bytes}");
    broker.start_again();
    let mut bench = Bench::connect(broker.listen);
    for number in 0..50 {
        let message = bench.message().await;
        assert!(message.payload == pictured(number));
        message.done();
    }
}

/// A camera's own side of the broker: which commands reach it, and its keep-alives.
struct Listener {
    commands: mpsc::UnboundedReceiver<String>,
    client: AsyncClient,
    task: tokio::task::JoinHandle<()>,
}

impl Listener {
    async fn connect(listen: SocketAddr) -> Self {
        let options = MqttOptions::new("camera", listen.ip().to_string(), listen.port());
        let (client, mut events) = AsyncClient::new(options, 100);
        client.try_subscribe("device/s/message/down/gpio_out", QoS::AtMostOnce).unwrap();
        let (heard, commands) = mpsc::unbounded_channel();
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut ready = Some(ready);
            while let Ok(event) = events.poll().await {
                match event {
                    Event::Incoming(Incoming::SubAck(_)) => {
                        let _ = ready.take().map(|one| one.send(()));
                    }
                    Event::Incoming(Incoming::Publish(command)) => {
                        let command: serde_json::Value =
                            serde_json::from_slice(&command.payload).unwrap();
                        let _ = heard.send(command["id"].as_str().unwrap().to_owned());
                    }
                    _ => {}
                }
            }
        });
        tokio::time::timeout(PATIENCE, is_ready).await.unwrap().unwrap();
        Self { commands, client, task }
    }

    fn keep_alive(&self) {
        let payload = r#"{"id":"k","timestamp":0,"payload":{"body":{}}}"#;
        let topic = "device/s/message/up/keep_alive";
        self.client.try_publish(topic, QoS::AtMostOnce, false, payload).unwrap();
    }
}

fn open(id: &str, until: Instant) -> DeviceCommand {
    DeviceCommand::Barrier(Actuation {
        id: id.to_owned(),
        lane_id: lot::ENTRY.into(),
        lane: "east".to_owned(),
        device_id: lot::ENTRY.into(),
        act: Act::Open { output: 0 },
        cause: None,
        until: Some(until),
        up_within: Duration::from_secs(8),
    })
}

/// Commands it again and again until one is heard; returns all that were.
async fn until_heard(
    commands: &mpsc::Sender<DeviceCommand>,
    listener: &mut Listener,
    id: &str,
) -> Vec<String> {
    let begun = Instant::now();
    let mut heard = Vec::new();
    while !heard.iter().any(|one: &String| one == id) {
        assert!(begun.elapsed() < PATIENCE, "{id} was not heard, only {heard:?}");
        commands.send(open(id, Instant::now() + PATIENCE)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        while let Ok(one) = listener.commands.try_recv() {
            heard.push(one);
        }
    }
    heard.dedup();
    heard
}

/// A Vzenith camera's task behind a connection.
struct CameraBench {
    _folder: TempDir,
    _serial: mpsc::Sender<lotgate::devices::cameras::SerialBytes>,
    commands: mpsc::Sender<DeviceCommand>,
    happenings: broadcast::Receiver<Happening>,
    context: DeviceContext,
}

impl CameraBench {
    fn connect(listen: SocketAddr) -> Self {
        let (sn, wait) = ("s".to_owned(), Duration::from_millis(500));
        let codec = Arc::new(Vzenith::new(sn, "device/{sn}/message", wait));
        Self::of(listen, "vzenith-mqtt", codec, &[])
    }

    /// One that may not speak where others are told what to do.
    fn of(
        listen: SocketAddr,
        make: &str,
        codec: Arc<dyn CameraCodec>,
        told_to_others: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let context = context(folder.path());
        let happenings = context.teller.listen();
        let alive = Alive::at(folder.path().join("a.alive"));
        let mut connection = BrokerConnection::new(
            &at(listen),
            ClientName::known("gate".to_owned()),
            alive,
            MessageRoom::default(),
        );
        let camera = CameraConfig {
            make: lotgate::devices::cameras::makes::find(make).unwrap(),
            language: Language::Mqtt(Arc::clone(&codec)),
            way: CameraWay::Mqtt("lot".to_owned()),
            sn: None,
            set_time: false,
            white_list: false,
        };
        let device = Device {
            equipment: serde_json::Map::new(),
            id: lot::ENTRY.into(),
            name: "east".to_owned(),
            driver: Driver::Camera(Box::new(camera)),
            offline_after: Duration::from_secs(30),
            pictures_from: None,
        };
        let others = told_to_others.iter().map(|topic| (*topic).to_owned()).collect();
        let camera = Camera::new(&device, codec, false, &lot::zone(), &mut connection, others);
        let (commands, obeyed) = mpsc::channel(100);
        let (serial, bytes) = mpsc::channel(1);
        tokio::spawn(camera.run(context.clone(), obeyed, bytes));
        tokio::spawn(connection.run(context.clone()));
        Self { _folder: folder, _serial: serial, commands, happenings, context }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_barrier_is_commanded_while_its_camera_listens_and_in_time() {
    let Some(mut broker) = Mosquitto::start("") else { return };
    let mut listener = Listener::connect(broker.listen).await;
    let CameraBench { _folder, _serial, commands, mut happenings, context } =
        CameraBench::connect(broker.listen);
    // The first connection: it has listened all along.
    assert_eq!(until_heard(&commands, &mut listener, "first").await, ["first"]);
    let over = Instant::now().checked_sub(Duration::from_millis(1)).unwrap();
    commands.send(open("stale", over)).await.unwrap();
    assert_eq!(until_heard(&commands, &mut listener, "second").await, ["second"]);
    broker.kill();
    listener.task.abort();
    broker.start_again();
    let mut listener = Listener::connect(broker.listen).await;
    let mut ups = 0;
    while ups < 2 {
        let happening = tokio::time::timeout(PATIENCE, happenings.recv()).await.unwrap().unwrap();
        ups += usize::from(matches!(happening, Happening::BrokerUp { .. }));
    }
    for _ in 0..10 {
        commands.send(open("deaf", Instant::now() + PATIENCE)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    listener.keep_alive();
    assert_eq!(until_heard(&commands, &mut listener, "third").await, ["third"]);
    context.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_the_broker_forbids_is_told_of_by_its_topic_and_costs_one_connection_at_most()
 {
    let folder = tempfile::tempdir().unwrap();
    let rights = "topic read device/#\ntopic readwrite lotgate/#\n";
    let Some(broker) = strict(folder.path(), rights) else { return };
    let bench = CameraBench::connect(broker.listen);
    let (mut happenings, mut told, mut downs) = (bench.happenings, 0, 0);
    let begun = Instant::now();
    while told == 0 {
        assert!(begun.elapsed() < PATIENCE);
        bench.commands.send(open("one", Instant::now() + PATIENCE)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        while let Ok(happening) = happenings.try_recv() {
            downs += usize::from(matches!(happening, Happening::BrokerDown { .. }));
            if let Happening::PublishRefused { topic, .. } = happening {
                assert_eq!(topic, "device/s/message/down/gpio_out");
                told += 1;
            }
        }
    }
    for _ in 0..20 {
        bench.commands.send(open("two", Instant::now() + PATIENCE)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while let Ok(happening) = happenings.try_recv() {
        downs += usize::from(matches!(happening, Happening::BrokerDown { .. }));
        told += usize::from(matches!(happening, Happening::PublishRefused { .. }));
    }
    assert_eq!((told, downs), (1, 1));
    bench.context.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_has_the_gateway_speak_on_no_topic_but_its_cameras_and_costs_no_connection()
{
    const SN: &str = "15ZK231028466482";
    let Some(broker) = Mosquitto::start("") else { return };
    let codec = Arc::new(Qianyi::new(SN, "aiot/plate/{sn}", "device/plate/{sn}"));
    let barrier = "device/265e1040/message/down/gpio_out";
    let options = MqttOptions::new("somebody", "127.0.0.1", broker.listen.port());
    let (client, mut events) = AsyncClient::new(options, 100);
    client.try_subscribe("#", QoS::AtLeastOnce).unwrap();
    while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::SubAck(_))) {}
    let bench = CameraBench::of(broker.listen, "qianyi-mqtt", codec, &[barrier]);
    let mut happenings = bench.happenings.resubscribe();
    let marker = "lotgate/gate/marker";
    // The gateway listens.
    let is_marker = |event: &Event| matches!(event, Event::Incoming(Incoming::Publish(one)) if one.topic == marker);
    while !is_marker(&tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap()) {}
    let register = |sn: &str, subtopic: &str, retain: bool| {
        let message =
            json!({ "cmd": "camera_register", "msg_id": "m", "sn": sn, "subtopic": subtopic });
        client.try_publish("/serverAll", QoS::AtLeastOnce, retain, message.to_string()).unwrap();
    };
    let deep = vec!["a"; 211].join("/");
    for bad in ["$SYS/broker/x", "$share/g/x", deep.as_str(), barrier, marker, "a/+/b"] {
        register(SN, bad, false);
        register("99ZK00000000", bad, false);
        // Of one that nobody knows only its own number tells where it listens.
        register("gpio_out", bad, false);
    }
    register("88ZK00000000", "device/plate/88ZK00000000", false);
    register(SN, "device/plate/last", false);
    let mut answered = Vec::new();
    while answered.last().is_none_or(|topic| topic != "device/plate/last") {
        let event = tokio::time::timeout(PATIENCE, events.poll()).await.unwrap().unwrap();
        if let Event::Incoming(Incoming::Publish(message)) = event
            && message.topic != "/serverAll"
            && message.topic != marker
        {
            answered.push(message.topic);
        }
    }
    // Who names no topic is answered on its own.
    let own = format!("device/plate/{SN}");
    assert_eq!(answered, [&*own, "device/plate/88ZK00000000", "device/plate/last"]);
    let mut downs = 0;
    while let Ok(happening) = happenings.try_recv() {
        downs += usize::from(matches!(happening, Happening::BrokerDown { .. }));
    }
    assert_eq!(downs, 0);
    bench.context.stop.cancel();
}
