//! What strangers and broken devices can make the log write, counted in the real binary's own lines.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::World;
use lotgate::sim::plan::ENTRY_CAMERA;
use mosquitto::Mosquitto;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Publishes these and waits until the broker has them all.
async fn publish(listen: SocketAddr, messages: Vec<(String, Vec<u8>)>) {
    let options = MqttOptions::new("somebody", listen.ip().to_string(), listen.port());
    let count = messages.len();
    let (client, mut events) = AsyncClient::new(options, count);
    for (topic, payload) in messages {
        client.try_publish(topic, QoS::AtLeastOnce, false, payload).unwrap();
    }
    let mut acknowledged = 0;
    while acknowledged < count {
        let event = events.poll().await.unwrap();
        acknowledged += usize::from(matches!(event, Event::Incoming(Incoming::PubAck(_))));
    }
}

/// The log's lines with these words, once the gateway has ended.
async fn lines_with(world: &mut World, words: &str) -> Vec<String> {
    assert!(world.terminate().await.1);
    let log = world.log();
    log.lines().filter(|line| line.contains(words)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_messages_of_garbage_cost_two_lines_and_the_next_car_drives_in() {
    let Some(broker) = Mosquitto::start("max_queued_messages 0") else { return };
    let listen = broker.listen;
    let mut world = World::with(|plan| plan.broker = Some(listen), "").await;
    let garbage: [&[u8]; 5] =
        [b"", b"{", b"\xff\xfe\x00", b"[1,2,3]", br#"{"payload":{"AlarmInfoPlate":7}}"#];
    let topic = |name: &str| format!("device/{ENTRY_CAMERA}/message/up/{name}");
    let all = garbage.iter().cycle().take(2000).map(|body| (topic("ivs_result"), body.to_vec()));
    publish(listen, all.collect()).await;
    // Read after them, it stands behind them.
    world.enter("粤B00001").await;
    let lines = lines_with(&mut world, "sent what cannot be read").await;
    let [_, last] = lines.as_slice() else { panic!("{} lines: {lines:#?}", lines.len()) };
    assert!(last.ends_with("(1999 times since it was told last)"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_refused_callers_cost_two_lines() {
    let more = "[platform.callback]|allow = [\"192.0.2.1\"]";
    let mut world = World::with(|_| {}, more).await;
    let callback = world.lot.callback();
    for _ in 0..5000 {
        let mut caller = TcpStream::connect(callback).await.unwrap();
        // Closed at once, whether by an end or by a reset.
        let _ = caller.read(&mut [0; 16]).await;
    }
    let lines = lines_with(&mut world, "may not call the HTTPS callback").await;
    let [_, last] = lines.as_slice() else { panic!("{} lines: {lines:#?}", lines.len()) };
    assert!(last.ends_with("(4999 times since it was told last)"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_no_tls_or_no_token_over_and_over_writes_no_more() {
    let mut world = World::new().await;
    let before = world.log().lines().count();
    for _ in 0..300 {
        let mut caller = TcpStream::connect(world.lot.callback()).await.unwrap();
        caller.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let _ = caller.read_to_end(&mut Vec::new()).await;
        assert!(world.show("guessed", "/api/status", None).await.0.contains("401"));
    }
    let lines = lines_with(&mut world, "").await;
    let wrong = lines.iter().filter(|line| line.contains("with a wrong token or none"));
    let wrong: Vec<&String> = wrong.collect();
    let [_, last] = wrong.as_slice() else { panic!("{wrong:#?}") };
    assert!(last.ends_with("(299 times since it was told last)"), "{last}");
    assert!(lines.len() - before < 10, "{:#?}", &lines[before..]);
}
