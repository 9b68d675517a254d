//! What Perfetto wants of Chrome trace events: slices of a track nest, times grow, arrows come in pairs and end on slices.

use std::collections::BTreeMap;

use serde_json::Value;

type Track = (u64, u64);

pub fn check(model: &str, root: &Value) {
    let events = root["traceEvents"].as_array().unwrap();
    let mut named: Vec<Track> = Vec::new();
    let mut slices: BTreeMap<Track, Vec<(u64, u64)>> = BTreeMap::new();
    let mut arrows: BTreeMap<u64, Vec<(&str, Track, u64)>> = BTreeMap::new();
    let mut now = 0;
    for event in events {
        let track = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
        let kind = event["ph"].as_str().unwrap();
        assert!(event["name"].as_str().is_some_and(|name| !name.is_empty()), "{model}: {event}");
        if kind == "M" {
            if event["name"] == "thread_name" {
                assert!(!named.contains(&track), "{model}: two names for {track:?}");
                named.push(track);
            }
            continue;
        }
        let time = event["ts"].as_u64().unwrap();
        assert!(time >= now, "{model}: {time} after {now}");
        now = time;
        match kind {
            "X" => {
                let length = event["dur"].as_u64().unwrap();
                assert!(length > 0, "{model}: {event}");
                slices.entry(track).or_default().push((time, time + length));
            }
            "s" | "f" => arrows.entry(event["id"].as_u64().unwrap()).or_default().push((kind, track, time)),
            "i" => assert_eq!(event["s"], "g"),
            other => panic!("{model}: {other}"),
        }
        assert!(kind == "i" || named.contains(&track), "{model}: {track:?} has no name");
    }
    let mut numbers: Vec<u64> = named.iter().map(|(_, tid)| *tid).collect();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{model}: {numbers:?}");
    for (track, list) in &slices {
        for pair in list.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "{model}: {pair:?} overlap on {track:?}");
        }
    }
    for (id, ends) in arrows {
        let [("s", from, start), ("f", to, end)] = ends.as_slice() else { panic!("{model}: {id}: {ends:?}") };
        assert!(start <= end, "{model}: {id}");
        for (track, at) in [(from, start), (to, end)] {
            let on = |(begin, end): &(u64, u64)| begin <= at && at < end;
            assert!(
                slices[track].iter().any(on),
                "{model}: the arrow {id} hangs in the air at {at} of {track:?}"
            );
        }
    }
}
