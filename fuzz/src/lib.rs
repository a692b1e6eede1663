//! What fuzz targets of cameras have in common: a camera that pushes, and that answers whatever it is asked with the same
//! bytes.
use lotgate::devices::cameras::makes::codec::Now;
use lotgate::devices::cameras::makes::http::{
    CameraAnswer, CameraTask, ListTask, PushCodec, Talk, TalkTurn,
};
use lotgate::devices::cameras::makes::push::Push;
use lotgate::model::barrier::Act;

const TYPES: [&str; 4] = [
    "multipart/form-data; boundary=boundary",
    "application/x-www-form-urlencoded",
    "application/json",
    "",
];

/// Has a camera push those bytes, and answer with them each thing it can be asked. The first byte says which type the
/// header names and which status the answers have.
pub fn push_and_answer(camera: &dyn PushCodec, bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let now = Now { moment: jiff::Timestamp::UNIX_EPOCH, time_zone: &jiff::tz::TimeZone::UTC };
    let push = Push {
        path: String::new(),
        query: String::from_utf8_lossy(body).into_owned(),
        content_type: TYPES[usize::from(*kind) % TYPES.len()].to_owned(),
        body: body.to_vec(),
    };
    let _ = camera.decode(&push, now);
    let _ = camera.answer(&push, &[]);
    let status = 200 + u16::from(*kind);
    let day = |day: i8| jiff::civil::date(2026, 7, day).at(0, 0, 0, 0);
    let list = |put| CameraTask::List(ListTask { plate_no: "粤B12345", put });
    let tasks = [
        CameraTask::Barrier(Act::Open { output: 0 }),
        CameraTask::Barrier(Act::Hold { output: 0 }),
        CameraTask::Probe { outputs: &[0, 1] },
        CameraTask::Look,
        CameraTask::Snapshot,
        CameraTask::SetTime,
        list(Some((day(1), day(31)))),
        list(None),
    ];
    for task in tasks {
        for known in [None, Some(1), Some(2)] {
            let up_within = std::time::Duration::from_secs(8);
            let talk = Talk { now, known, login: Some(("admin", "pw")), up_within };
            let Some(mut conversation) = camera.conversation(task, &talk) else { continue };
            let mut turn = conversation.next(None);
            for _ in 0..64 {
                turn = match turn {
                    TalkTurn::Over(_) => break,
                    TalkTurn::Wait(_) => conversation.next(Some(&CameraAnswer::Waited)),
                    TalkTurn::Ask(_) => {
                        conversation.next(Some(&CameraAnswer::Http { status, body }))
                    }
                };
            }
        }
    }
}
