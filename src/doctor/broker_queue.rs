//! What a broker keeps while the gateway is away: how much there is room for, how full it is, and whether it holds to the
//! number of messages that it is asked to have on their way at once. For the doctor's look at brokers.

use super::asking::{Asking, connect_asking};
use super::broker_files::BrokerFiles;
use crate::config::{Config, Mqtt};
use crate::devices::mqtt::{self, BrokerRequest, Incoming, Publishing};
use crate::lang::WireFinding;
use rumqttc::QoS;
use std::time::Duration;

/// Bytes that a read takes in a broker, without a picture and with one of 200 KB.
const PLAIN: u64 = 1000;
const PICTURED: u64 = 270_000;
/// From so many hundredths of its bound on a queue is nearly full.
const NEARLY_FULL: u64 = 75;
/// What brokers that are like mosquitto say of themselves: how many messages they keep, and their bytes.
const KEPT: &str = "$SYS/broker/store/messages/count";
const KEPT_BYTES: &str = "$SYS/broker/store/messages/bytes";
/// What a broker says of itself it has ready.
const SAYS_WITHIN: Duration = Duration::from_secs(2);
/// How many messages the broker is asked to have on their way at once, and how many it is given.
const WINDOW: u16 = 4;
const GIVEN: usize = 16;
/// What is on its way has come by then.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// How many reads a broker keeps at most, by its own files, and whether it is nearly full.
pub(super) async fn room(
    broker: &Mqtt,
    files: &BrokerFiles,
    line: &mut Asking,
) -> Vec<WireFinding> {
    let (messages, bytes) = (files.queued_messages(), files.queued_bytes());
    let of = |each: u64| [messages, bytes.map(|bytes| bytes / each)].into_iter().flatten().min();
    let (Some(plain), Some(pictured)) = (of(PLAIN), of(PICTURED)) else {
        return vec![WireFinding::BrokerKeepsAll { broker: broker.name.clone() }];
    };
    let mut found = vec![WireFinding::BrokerKeeps { broker: broker.name.clone(), plain, pictured }];
    if let Some((kept, kept_bytes)) = kept(line).await {
        let share = |kept: u64, most: Option<u64>| {
            most.filter(|most| *most > 0).map(|most| kept.saturating_mul(100) / most)
        };
        let percent = share(kept, messages).max(share(kept_bytes, bytes)).unwrap_or_default();
        if percent >= NEARLY_FULL {
            let megabytes = kept_bytes >> 20;
            let broker = broker.name.clone();
            found.push(WireFinding::BrokerNearlyFull { broker, percent, kept, megabytes });
        }
    }
    found
}

/// How many messages a broker keeps and their bytes, where it says so.
async fn kept(line: &mut Asking) -> Option<(u64, u64)> {
    let topics = [KEPT, KEPT_BYTES].map(str::to_owned);
    for topic in &topics {
        line.ask(BrokerRequest::Subscribe(topic.clone(), QoS::AtMostOnce));
    }
    let (mut messages, mut bytes) = (None, None);
    let saying = async {
        while messages.is_none() || bytes.is_none() {
            match line.next().await.ok()? {
                Incoming::Message(said) => {
                    let number = std::str::from_utf8(&said.payload).ok();
                    let number = number.and_then(|text| text.trim().parse().ok());
                    match said.topic.as_str() {
                        KEPT => messages = number,
                        KEPT_BYTES => bytes = number,
                        _ => {}
                    }
                }
                Incoming::TopicRefused { .. } => return None,
                _ => {}
            }
        }
        Some(())
    };
    let _ = tokio::time::timeout(SAYS_WITHIN, saying).await;
    for topic in topics {
        line.ask(BrokerRequest::Unsubscribe(topic));
    }
    messages.zip(bytes)
}

/// What comes of it where a broker is asked for a few messages at once, and has more of them. On a connection of its own: it
/// may be ended for what is said there.
pub(super) async fn overrun(config: &Config, broker: &Mqtt) -> Option<WireFinding> {
    let mut line = connect_asking(broker, "lotgate-doctor-window", Some(WINDOW)).await.ok()?;
    if line.older || line.only_once {
        return None;
    }
    let topic = mqtt::marker_topic(&mqtt::client_id(broker, &config.lot.park_code));
    let word = format!("lotgate-doctor-{}-window", std::process::id());
    line.ask(BrokerRequest::Subscribe(topic.clone(), QoS::AtLeastOnce));
    let granted = tokio::time::timeout(SAYS_WITHIN, line.next()).await;
    let Ok(Ok(Incoming::Granted)) = granted else { return None };
    for _ in 0..GIVEN {
        let (topic, payload) = (topic.clone(), word.clone().into_bytes());
        let what = Publishing { topic, qos: QoS::AtLeastOnce, retain: false, payload };
        line.ask(BrokerRequest::Publish(what));
    }
    let first = come(&mut line, &word).await;
    let on_their_way = first.len();
    // One is done with, and one more may come.
    line.ask(BrokerRequest::Acknowledge(*first.first()?));
    let more = come(&mut line, &word).await.len();
    let at_once = on_their_way.saturating_sub(1).saturating_add(more).max(on_their_way);
    let asked = usize::from(WINDOW);
    let broker = broker.name.clone();
    (at_once > asked).then_some(WireFinding::BrokerOverruns { broker, asked, at_once })
}

/// The numbers of the messages with that word that are on their way now.
async fn come(line: &mut Asking, word: &str) -> Vec<u16> {
    let mut numbers = Vec::new();
    while let Ok(Ok(incoming)) = tokio::time::timeout(ON_ITS_WAY, line.next()).await {
        if let Incoming::Message(arrived) = incoming
            && arrived.payload == word
        {
            numbers.extend(arrived.number);
        }
    }
    numbers
}
