#![no_main]
//! Pushes of Hikvision cameras, and what they answer to calls. The first byte says which type the header names.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::codec::Now;
use lotgate::devices::cameras::makes::hikvision_isapi::Hikvision;
use lotgate::devices::cameras::makes::http::{CameraTask, PushCodec, Talk, TalkTurn, CameraAnswer};
use lotgate::devices::cameras::makes::push::Push;
use lotgate::model::barrier::Act;

const TYPES: [&str; 4] = ["multipart/form-data; boundary=boundary", "application/x-www-form-urlencoded", "application/json", ""];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, body)) = bytes.split_first() else { return };
    let camera = Hikvision::new(1, None);
    let now = Now { moment: jiff::Timestamp::UNIX_EPOCH, time_zone: &jiff::tz::TimeZone::UTC };
    let push = Push {
        path: String::new(),
        query: String::from_utf8_lossy(body).into_owned(),
        content_type: TYPES[usize::from(*kind) % TYPES.len()].to_owned(),
        body: body.to_vec(),
    };
    let _ = camera.decode(&push, now);
    let _ = camera.answer(&push, &[]);
    let talk = Talk { now, known: None, login: Some(("admin", "pw")) };
    let status = 200 + u16::from(*kind);
    for task in [CameraTask::Barrier(Act::Open { output: 0 }), CameraTask::Probe, CameraTask::Look] {
        let Some(mut conversation) = camera.conversation(task, &talk) else { continue };
        let mut turn = conversation.next(None);
        for _ in 0..64 {
            turn = match turn {
                TalkTurn::Over(_) => break,
                TalkTurn::Wait(_) => conversation.next(Some(&CameraAnswer::Waited)),
                TalkTurn::Ask(_) => conversation.next(Some(&CameraAnswer::Http { status, body })),
            };
        }
    }
});
