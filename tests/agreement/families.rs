//! Random models with families of goroutines: several that run one function, with references of their own to
//! channels and structs, in channels and maps, and loops without an end.

use proptest::prelude::*;

/// A statement of a worker: `own` is a channel of its own, `s` a struct of its own or of a pair, `all` what all share.
fn statement() -> BoxedStrategy<String> {
    let channel = prop::sample::select(vec!["own", "all", "s.ch", "jobs"]);
    let reply = prop::sample::select(vec!["own", "s.ch"]);
    let comm = (channel.clone(), any::<bool>())
        .prop_map(|(channel, send)| if send { format!("{channel} <- 1") } else { format!("<-{channel}") });
    let simple = prop_oneof![
        5 => comm.clone(),
        3 => reply.prop_map(|reply| format!("calls <- {reply}\n<-{reply}")),
        2 => Just("c := <-calls\nc <- 1".to_owned()),
        1 => channel.prop_map(|channel| format!("close({channel})")),
        3 => Just("mu.Lock()\nx = (x + 1) % 3\nmu.Unlock()".to_owned()),
        1 => Just("mu.Lock()".to_owned()),
        2 => Just("s.mu.Lock()\ns.n = 1 - s.n\ns.mu.Unlock()".to_owned()),
        2 => Just("mu.Lock()\nby[own] = s\nmu.Unlock()".to_owned()),
        1 => Just("mu.Lock()\ndelete(by, own)\nmu.Unlock()".to_owned()),
        1 => Just("mu.Lock()\nt := by[own]\nmu.Unlock()\nif t != nil {\n\tt.mu.Lock()\n}".to_owned()),
        1 => Just("mu.Lock()\nfor k := range by {\n\tdelete(by, k)\n\tbreak\n}\nmu.Unlock()".to_owned()),
        1 => Just("mu.Lock()\nif x == 1 {\n\tmu.Unlock()\n\treturn\n}\nmu.Unlock()".to_owned()),
        1 => Just("wg.Done()".to_owned()),
        1 => Just("wg.Wait()".to_owned()),
        1 => Just("assert(flags.Load() != 2, \"two\")".to_owned()),
        2 => Just("flags.Add(1)".to_owned()),
        1 => Just("go func() { own <- 1 }()".to_owned()),
        1 => Just("if any(0, 1) == 0 {\n\treturn\n}".to_owned()),
        1 => Just("mu, own := &s.mu, own\nmu.Lock()\nselect {\ncase <-own:\ndefault:\n}\nmu.Unlock()".to_owned()),
        1 => Just("return".to_owned()),
    ];
    let select = (prop::collection::vec(comm, 1..3), any::<bool>()).prop_map(|(cases, default)| {
        let mut text = String::from("select {\n");
        cases.iter().for_each(|comm| text += &format!("case {comm}:\n"));
        text + if default { "default:\n}" } else { "}" }
    });
    let select = select.boxed();
    let simple = simple.boxed();
    // Ticks for ever, beside whatever goes wrong.
    let round = prop::sample::select(vec![
        "flags.Load()",
        "mu.Lock()\nx = 1 - x\nmu.Unlock()",
        "jobs <- 1\n<-jobs",
        "select {\ncase <-own:\ncase all <- 1:\ncase <-all:\n}",
        "own, s.ch = s.ch, own\nselect {\ncase <-own:\n\tmu.Lock()\ndefault:\n}",
    ]);
    prop_oneof![
        8 => simple.clone(),
        2 => select,
        1 => (1..3i32, simple).prop_map(|(rounds, body)| format!("for i := 0; i < {rounds}; i++ {{\n{body}\n}}")),
        1 => round.prop_map(|body| format!("for {{\n{body}\n}}")),
    ]
    .boxed()
}

fn body(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(statement(), 1..=most)
        .prop_map(|list| list.iter().map(|it| format!("{{\n{it}\n}}")).collect::<Vec<_>>().join("\n"))
}

/// A whole model.
pub fn model() -> impl Strategy<Value = String> {
    let property = prop::sample::select(vec![
        "",
        "",
        "check always x < 3\n",
        "cover two: x == 2\n",
        "check always x < 2 || len(by) < 2\ncover one: x == 1 && len(by) == 1\n",
    ]);
    let sizes = (1..4usize, 0..3usize, 0..2i32, 0..3i32, 0..3i32, 0..4i32);
    (body(3), body(2), body(3), sizes, any::<bool>(), property).prop_map(
        |(worker, other, main, (workers, others, all, calls, count, pairs), ids, property)| {
            let mut text = String::from(
                "model random\n\ntype S struct {\n\tmu sync.Mutex\n\tch chan int\n\tn int\n}\n\n\
                 var mu sync.Mutex\nvar wg sync.WaitGroup\nvar x int\nvar flags atomic.Int64\n\
                 var by = map[chan int]*S{}\nvar jobs = make(chan int, 1)\n",
            );
            text += &format!("var all = make(chan int, {all})\nvar calls = make(chan chan int, {calls})\n\n");
            text += &format!("func worker(own chan int, s *S, id int) {{\n_ = id\n{worker}\n}}\n\n");
            text += &format!("func other(own chan int, s *S, id int) {{\n_ = id\n{other}\n}}\n\n");
            text += &format!(
                "func main() {{\nwg.Add({count})\nown := make(chan int)\ns := &S{{ch: own}}\n_ = s\n"
            );
            let id = if ids { "i" } else { "0" };
            for (kind, number) in [("worker", workers), ("other", others)] {
                if number == 0 {
                    continue;
                }
                text += &format!("for i := 0; i < {number}; i++ {{\n");
                text += match pairs {
                    // Of their own, or shared with the next, or with main.
                    0 => "own := make(chan int, 1)\ns := &S{ch: own}\n",
                    1 => "own := make(chan int)\ns.ch = own\n",
                    2 => "own := make(chan int, 1)\nt := s\ns = &S{ch: t.ch}\n",
                    _ => "_ = i\n",
                };
                text += &format!("go {kind}(own, s, {id})\n}}\n");
            }
            text + &main + "\n}\n\n" + property
        },
    )
}
