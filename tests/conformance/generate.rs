//! Random models whose outcomes can be compared: each goroutine writes down what it sees in a
//! variable of its own, so nothing races and every difference in what happened shows at the end.
//!
//! Every model ends or blocks: there are no loops without a bound.

use proptest::prelude::*;

/// One statement of a goroutine; `T` in it stands for the goroutine's variable.
fn statement(depth: u32) -> BoxedStrategy<String> {
    let channel = || prop::sample::select(vec!["a", "b", "c"]);
    let text = |list: &'static [&'static str]| prop::sample::select(list).prop_map(str::to_owned);
    let simple = prop_oneof![
        3 => (channel(), 0..3i32).prop_map(|(channel, value)| format!("{channel} <- {value}")),
        3 => channel().prop_map(|channel| format!("T = T*4 + 1 + <-{channel}")),
        1 => channel().prop_map(|channel| format!("<-{channel}")),
        1 => channel().prop_map(|channel| format!("close({channel})")),
        1 => channel().prop_map(|channel| format!("T = T*4 + len({channel})")),
        1 => channel().prop_map(|channel| {
            format!("if v, ok := <-{channel}; ok {{\nT = T*4 + v\n}} else {{\nT = T*4 + 3\n}}")
        }),
        2 => text(&["mu.Lock()", "mu.Unlock()"]),
        2 => text(&["rw.RLock()", "rw.RUnlock()", "rw.Lock()", "rw.Unlock()"]),
        2 => text(&["wg.Done()", "wg.Wait()", "wg.Done()"]),
        2 => Just("xmu.Lock()\nx = x*2 + 1\nT = T*4 + x\nxmu.Unlock()".to_owned()),
        1 => Just("T = T*4 + any(0, 2)".to_owned()),
        1 => text(&["T++", "runtime.Gosched()", "time.Sleep(time.Microsecond)"]),
        1 => (1..6i32).prop_map(|value| format!("assert(T != {value}, \"T is {value}\")")),
        1 => text(&["defer mu.Unlock()", "defer rw.RUnlock()", "defer wg.Done()", "defer wg.Wait()", "defer mu.Lock()"]),
        1 => text(&["defer func() { recover() }()", "defer func() {\nif recover() != nil {\nT += 100\n}\n}()"]),
        1 => text(&["return", "panic(\"given up\")", "runtime.Goexit()", "func() {\ndefer func() { recover() }()\nclose(a)\n}()"]),
        1 => (0..4i32).prop_map(|value| format!("if T%4 == {value} {{\nreturn\n}}")),
        2 => (channel(), any::<bool>()).prop_map(|(channel, send)| {
            let comm = if send { format!("{channel} <- 1") } else { format!("<-{channel}") };
            format!("go func() {{\n{comm}\n}}()")
        }),
    ];
    if depth == 0 {
        return simple.boxed();
    }
    let inner = || prop::collection::vec(statement(depth - 1), 0..3).prop_map(|list| list.join("\n"));
    let comm = (channel(), 0..3usize, 0..3i32).prop_map(|(channel, form, value)| match form {
        0 => (format!("{channel} <- {value}"), String::new()),
        1 => (format!("v := <-{channel}"), "T = T*4 + v + 1\n".to_owned()),
        _ => (format!("<-{channel}"), "T += 2\n".to_owned()),
    });
    let selects =
        (prop::collection::vec((comm, inner()), 0..4), any::<bool>()).prop_map(|(cases, default)| {
            let mut text = String::from("select {\n");
            for ((comm, note), body) in cases {
                text += &format!("case {comm}:\n{note}{body}\n");
            }
            if default {
                text += "default:\nT = T*4 + 3\n";
            }
            text + "}"
        });
    prop_oneof![
        6 => simple,
        4 => selects,
        1 => inner().prop_map(|body| format!("if T > 0 {{\n{body}\n}}")),
        1 => (1..3i32, inner()).prop_map(|(rounds, body)| format!("for i := 0; i < {rounds}; i++ {{\n{body}\n}}")),
        1 => (channel(), inner()).prop_map(|(channel, body)| format!("for v := range {channel} {{\nT = T*4 + v\n{body}\n}}")),
        1 => (inner(), inner()).prop_map(|(one, two)| format!("choose {{\ncase:\n{one}\ncase:\n{two}\n}}")),
        1 => inner().prop_map(|body| format!("func() {{\n{body}\n}}()")),
    ]
    .boxed()
}

fn body() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(1), 1..5).prop_map(|list| list.join("\n"))
}

/// `T` as the goroutine's own variable.
fn own(text: &str, variable: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let alone = !before.is_alphanumeric() && !rest.peek().is_some_and(|next| next.is_alphanumeric());
        if c == 'T' && alone {
            out.push_str(variable);
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

/// A whole model.
pub fn model() -> impl Strategy<Value = String> {
    let workers = prop::collection::vec(body(), 1..4);
    (workers, body(), 0..2i32, 0..3i32, 0..3i32).prop_map(|(workers, main, b, c, count)| {
        let mut text = String::from(
            "model random\n\nvar mu, xmu sync.Mutex\nvar rw sync.RWMutex\nvar wg sync.WaitGroup\nvar x, tm int\n",
        );
        text +=
            &format!("var a = make(chan int)\nvar b = make(chan int, {b})\nvar c = make(chan int, {c})\n\n");
        for (index, worker) in workers.iter().enumerate() {
            let worker = own(worker, &format!("t{index}"));
            text += &format!("var t{index} int\n\nfunc w{index}() {{\n{worker}\n}}\n\n");
        }
        text += &format!("func main() {{\nwg.Add({count})\n");
        for index in 0..workers.len() {
            text += &format!("go w{index}()\n");
        }
        text + &own(&main, "tm") + "\n}\n"
    })
}
