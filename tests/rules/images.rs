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
