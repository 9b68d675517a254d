//! Random models: a few goroutines over shared channels, locks, a wait group, maps and variables.
//!
//! Every model ends or blocks: there are no loops without a bound.

#![allow(dead_code, reason = "each test file uses a part of it")]

use proptest::prelude::*;

/// One statement of a goroutine, as text with a tab in front of each line.
fn statement(depth: u32) -> BoxedStrategy<String> {
    let channel = prop::sample::select(vec!["a", "b", "c"]);
    let comm = (channel.clone(), any::<bool>(), 0..3i32).prop_map(|(channel, send, value)| {
        if send { format!("{channel} <- {value}") } else { format!("<-{channel}") }
    });
    let simple = prop_oneof![
        4 => comm.clone(),
        3 => on_map(),
        1 => channel.clone().prop_map(|channel| format!("close({channel})")),
        2 => Just("mu.Lock()".to_owned()),
        2 => Just("mu.Unlock()".to_owned()),
        1 => Just("rw.RLock()".to_owned()),
        1 => Just("rw.RUnlock()".to_owned()),
        1 => Just("rw.Lock()".to_owned()),
        1 => Just("rw.Unlock()".to_owned()),
        1 => Just("wg.Done()".to_owned()),
        1 => Just("wg.Wait()".to_owned()),
        1 => Just("x++".to_owned()),
        2 => Just("mu.Lock()\ny++\nmu.Unlock()".to_owned()),
        1 => Just("mu.Lock()\nif y > 1 {\n\ty = 0\n}\nmu.Unlock()".to_owned()),
        1 => Just("n++".to_owned()),
        1 => Just("for n < 3 {\n\tn++\n}".to_owned()),
        1 => Just("if n > 1 {\n\treturn\n}".to_owned()),
        1 => Just("x = any(0, 2)".to_owned()),
        1 => channel.clone().prop_map(|channel| format!("x = <-{channel}")),
        1 => (0..3i32).prop_map(|value| format!("assert(x != {value}, \"x is {value}\")")),
        1 => Just("defer mu.Unlock()".to_owned()),
        1 => Just("defer func() { recover() }()".to_owned()),
        1 => Just("return".to_owned()),
        1 => (0..3i32).prop_map(|value| format!("if x == {value} {{\n\treturn\n}}")),
    ];
    if depth == 0 {
        return simple.boxed();
    }
    let inner = prop::collection::vec(statement(depth - 1), 0..3).prop_map(|list| list.join("\n"));
    let selects =
        (prop::collection::vec((comm, inner.clone()), 1..3), any::<bool>()).prop_map(|(cases, default)| {
            let mut text = String::from("select {\n");
            for (comm, body) in cases {
                text += &format!("case {comm}:\n{body}\n");
            }
            if default {
                text += "default:\n";
            }
            text + "}"
        });
    let rest = inner.clone();
    prop_oneof![
        6 => simple,
        3 => selects,
        1 => over_map(),
        1 => inner.clone().prop_map(|body| format!("if x > 0 {{\n{body}\n}}")),
        1 => (1..3i32, inner.clone()).prop_map(|(rounds, body)| format!("for i := 0; i < {rounds}; i++ {{\n{body}\n}}")),
        1 => (inner, rest).prop_map(|(one, two)| format!("choose {{\ncase:\n{one}\ncase:\n{two}\n}}")),
    ]
    .boxed()
}

/// A statement on one of the two maps, one of numbers, one of channels as keys.
fn on_map() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["0", "1", "x"]);
    let channel = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        2 => key.clone().prop_map(|key| format!("m[{key}] = 1")),
        1 => key.clone().prop_map(|key| format!("m[{key}]++")),
        2 => key.clone().prop_map(|key| format!("delete(m, {key})")),
        1 => key.clone().prop_map(|key| format!("x = m[{key}]")),
        1 => key.prop_map(|key| format!("if _, ok := m[{key}]; ok {{\n\treturn\n}}")),
        1 => Just("x = len(m)".to_owned()),
        1 => Just("clear(m)".to_owned()),
        1 => Just("m = map[int]int{x: x}".to_owned()),
        2 => channel.clone().prop_map(|channel| format!("by[{channel}] = x")),
        1 => channel.clone().prop_map(|channel| format!("delete(by, {channel})")),
        1 => channel.prop_map(|channel| format!("x = by[{channel}]")),
    ]
}

/// A loop over a map.
fn over_map() -> impl Strategy<Value = String> {
    let numbers =
        ["x = k", "x = v", "delete(m, k)", "m[(k+1)%3] = 1", "m[k] = 2", "<-b", "clear(m)", "break"];
    let channels = ["<-ch", "ch <- 1", "delete(by, ch)", "x = by[ch]", "by[b] = 1", "close(ch)"];
    prop_oneof![
        prop::sample::select(numbers.to_vec()).prop_map(|body| format!("for k, v := range m {{\n{body}\n}}")),
        prop::sample::select(channels.to_vec()).prop_map(|body| format!("for ch := range by {{\n{body}\n}}")),
    ]
}

fn body() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(1), 1..5).prop_map(|list| format!("n := 0\n_ = n\n{}", list.join("\n")))
}

/// A whole model.
pub fn model() -> impl Strategy<Value = String> {
    let workers = prop::collection::vec(body(), 1..3);
    (workers, body(), 0..2i32, 0..2i32, 0..3i32, 0..4i32).prop_map(|(workers, main, b, c, count, nil)| {
        let mut text = String::from(
            "model random\n\nvar mu sync.Mutex\nvar rw sync.RWMutex\nvar wg sync.WaitGroup\nvar x, y int\n",
        );
        text +=
            &format!("var a = make(chan int)\nvar b = make(chan int, {b})\nvar c = make(chan int, {c})\n\n");
        text += if nil == 0 { "var m map[int]int\n" } else { "var m = map[int]int{0: 1, 1: 0}\n" };
        text += "var by = map[chan int]int{a: 1}\n\n";
        for (index, worker) in workers.iter().enumerate() {
            text += &format!("func w{index}() {{\n{worker}\n}}\n\n");
        }
        text += &format!("func main() {{\nwg.Add({count})\n");
        for index in 0..workers.len() {
            text += &format!("go w{index}()\n");
        }
        text + &main + "\n}\n"
    })
}

/// A model with a `check` or a `cover`, sometimes.
pub fn model_with_properties() -> impl Strategy<Value = String> {
    let property = prop::sample::select(vec![
        "",
        "check always y < 3\n",
        "cover two: y == 2\n",
        "check always x < 2 || y < 2\ncover one: x == 1 && y == 1\n",
    ]);
    (model(), property).prop_map(|(model, property)| format!("{model}\n{property}"))
}
