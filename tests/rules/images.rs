//! Pictures on their way.

use crate::prelude::*;

#[test]
fn images_wait_for_their_record_and_are_named_and_placed_by_table_42() {
    let mut lot = Lot::new();
    let image = |shows, place: &str| ReadImage { shows, place: place.to_owned(), bytes: 10 };
    lot.images = vec![image(ImageShows::Plate, "a.jpg"), image(ImageShows::Vehicle, "b.jpg")];
    assert!(lot.enter(PLATE));
    let id = record_of(&lot);
    let ready = |lot: &Lot| lot.reader().ready_images(10).unwrap();
    assert_eq!(ready(&lot), []);
    let entry = lot.reader().pending(Urgency::Record, 0, 10).unwrap();
    lot.acknowledged(entry[0].seq);
    let images = ready(&lot);
    let named: Vec<_> =
        images.iter().map(|image| (image.biz_type.number(), image.place.as_str())).collect();
    assert_eq!(named, [(1, "a.jpg"), (2, "b.jpg")]);
    assert_eq!(images[1].dest_path, format!("/20260302/{PARK_CODE}/{id}/"));
    assert_eq!(lot.look(|tx| tx.image_bytes().unwrap()), 20);
    for image in &images {
        lot.apply(&Input::Image { id: image.id, fate: ImageFate::Uploaded });
    }
    let found = lot.command(6005, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
    let url = format!("{}{}", images[1].dest_path, images[1].file_name);
    assert_eq!(found.data[0]["imageUrl"], url);
}

#[test]
fn a_picture_once_taken_of_a_waiting_car_stays_its_own() {
    let mut lot = Lot::new();
    assert!(lot.enter("粤B12345"));
    let image = ReadImage { shows: ImageShows::Vehicle, place: "out.jpg".to_owned(), bytes: 10 };
    lot.images = vec![image];
    assert!(!lot.leave("粤B1234S"));
    lot.images = Vec::new();
    assert!(!lot.leave("粤B1234S"));
    let lane_id = lot.rules.lanes[1].id.clone();
    let waiting = lot.look(|tx| tx.waiting_in(lane_id.as_str()).unwrap().unwrap());
    assert_eq!(waiting.car.images.len(), 1);
}

#[test]
fn an_image_refused_three_times_is_put_aside_whole_and_images_go_before_states() {
    let mut lot = Lot::new();
    lot.images = vec![ReadImage { shows: ImageShows::Plate, place: "a.jpg".to_owned(), bytes: 10 }];
    assert!(lot.enter(PLATE));
    for aside in [0, 0, 1] {
        let fate = ImageFate::Refused("1007".to_owned());
        lot.apply(&Input::Image { id: 1, fate });
        assert_eq!(lot.look(|tx| tx.pictures_aside().unwrap()), aside);
        assert_eq!(lot.look(|tx| tx.image_bytes().unwrap()), 10, "it is there yet");
    }
    assert!(lot.enter("粤A00001"));
    let keep = |lot: &mut Lot| lot.tick_with(Some(0));
    keep(&mut lot);
    assert_eq!(lot.look(|tx| tx.image_bytes().unwrap()), 0);
    assert_eq!(lot.reports(5003).len(), 1);
    keep(&mut lot);
    assert_eq!(lot.reports(5003).len(), 0);
}

#[test]
fn pictures_that_come_with_a_second_message_belong_to_the_passage_of_the_first() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let entry = lot.reader();
    let row = entry.pending(Urgency::Record, 0, 10).unwrap().remove(0);
    lot.acknowledged(row.seq);
    lot.images =
        vec![ReadImage { shows: ImageShows::Vehicle, place: "a.jpg".to_owned(), bytes: 10 }];
    for _ in 0..2 {
        assert!(!lot.enter(PLATE), "the barrier is open already");
    }
    let images = lot.reader().ready_images(10).unwrap();
    assert_eq!(images.len(), 1, "once, and at once: the platform has the record");
    assert_eq!((images[0].biz_type.number(), &images[0].record_id), (2, &record_of_row(&row)));
}

fn record_of_row(row: &lotgate::store::OutboxRow) -> Id {
    row.subject.strip_prefix("record:").unwrap().into()
}

/// Reads a plate whose picture is not on the disk yet.
fn read_ahead(lot: &mut Lot, camera: &str, plate: &str) -> PlateRead {
    let read = lot.sight(camera, plate, ReadMoment::Live);
    let read =
        PlateRead { pictures: lotgate::model::event::Pictures::Follow, told_apart: true, ..read };
    lot.take_read(read.clone());
    read
}

/// Its picture is on the disk; what nobody wants of it.
fn picture_comes(lot: &mut Lot, read: &PlateRead, place: &str) -> Vec<String> {
    let (device_id, message) = (read.device_id.clone(), read.message.clone());
    let image = ReadImage { shows: ImageShows::Vehicle, place: place.to_owned(), bytes: 10 };
    lot.device(DeviceEvent::Pictures { device_id, message, images: vec![image] }).unwanted
}

/// The pictures on their way, by what they are of and where they are.
fn on_their_way(lot: &mut Lot) -> Vec<(i64, String)> {
    for row in lot.reader().pending(Urgency::Record, 0, 10).unwrap() {
        lot.acknowledged(row.seq);
    }
    let ready = lot.reader().ready_images(10).unwrap();
    ready.into_iter().map(|image| (image.biz_type.number(), image.place)).collect()
}

#[test]
fn a_car_is_let_pass_before_its_picture_is_there_which_goes_to_its_entry_and_its_exit() {
    let mut lot = Lot::new();
    let came = read_ahead(&mut lot, ENTRY, PLATE);
    assert_eq!(lot.reports(5004).len(), 1);
    assert_eq!(picture_comes(&mut lot, &came, "in.jpg"), Vec::<String>::new());
    let went = read_ahead(&mut lot, EXIT, PLATE);
    assert_eq!(lot.reports(5005).len(), 1);
    assert_eq!(picture_comes(&mut lot, &went, "out.jpg"), Vec::<String>::new());
    assert_eq!(on_their_way(&mut lot), [(2, "in.jpg".to_owned()), (6, "out.jpg".to_owned())]);
}

#[test]
fn a_picture_that_comes_after_its_car_has_come_and_gone_is_of_its_entry_all_the_same() {
    let mut lot = Lot::new();
    let came = read_ahead(&mut lot, ENTRY, PLATE);
    assert!(lot.leave(PLATE));
    assert!(lot.enter(PLATE), "another visit");
    assert_eq!(picture_comes(&mut lot, &came, "in.jpg"), Vec::<String>::new());
    let images = lot.look(|tx| tx.image_bytes().unwrap());
    assert_eq!(images, 10);
    let second = lot.look(|tx| tx.open_record_of(PLATE).unwrap().unwrap());
    assert!(!lot.look(|tx| tx.has_images(&second.id, false).unwrap()));
}

#[test]
fn a_read_that_comes_again_brings_its_picture_once() {
    let mut lot = Lot::new();
    let came = read_ahead(&mut lot, ENTRY, PLATE);
    // The process was killed before its picture was on the disk: the broker sends it again.
    lot.take_read(PlateRead { redelivered: true, ..came.clone() });
    assert_eq!(picture_comes(&mut lot, &came, "a.jpg"), Vec::<String>::new());
    // Its acknowledgement was lost.
    lot.take_read(PlateRead { redelivered: true, ..came.clone() });
    assert_eq!(picture_comes(&mut lot, &came, "b.jpg"), ["b.jpg"], "nobody wants a second");
    assert_eq!(on_their_way(&mut lot), [(2, "a.jpg".to_owned())]);
}

#[test]
fn of_a_car_that_is_held_the_picture_is_its_own_until_it_leaves() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 0);
    let came = read_ahead(&mut lot, ENTRY, PLATE);
    let lane_id = lot.rules.lanes[0].id.clone();
    let images = |lot: &Lot| {
        lot.look(|tx| tx.waiting_in(lane_id.as_str()).unwrap().unwrap()).car.images.len()
    };
    assert_eq!(images(&lot), 0);
    assert_eq!(picture_comes(&mut lot, &came, "in.jpg"), Vec::<String>::new());
    assert_eq!(images(&lot), 1);
    lot.rules.total_spaces = 9;
    lot.apply(&Input::RulesChanged);
    assert_eq!(on_their_way(&mut lot), [(2, "in.jpg".to_owned())]);
}

#[test]
fn of_a_read_that_lay_in_a_broker_the_picture_comes_before_or_after_it_is_decided() {
    for before in [true, false] {
        let mut lot = Lot::new();
        let arrival = lotgate::model::event::Arrival::BeforeMarker { broker: "lot".to_owned() };
        let read = lot.sight(ENTRY, PLATE, ReadMoment::Live);
        let read = PlateRead { arrival, pictures: lotgate::model::event::Pictures::Follow, ..read };
        lot.take_read(read.clone());
        let decide = |lot: &mut Lot| {
            let (broker, away) = ("lot".to_owned(), Some(SignedDuration::from_secs(3)));
            lot.device(DeviceEvent::MarkerBack { broker, away, decided: 0 })
        };
        if !before {
            decide(&mut lot);
        }
        assert_eq!(picture_comes(&mut lot, &read, "in.jpg"), Vec::<String>::new());
        if before {
            decide(&mut lot);
        }
        assert_eq!(on_their_way(&mut lot), [(2, "in.jpg".to_owned())], "{before}");
    }
}
