//! Stubborn sets: what `docs/semantics.md` says of them, sentence by sentence.
//!
//! Each model would lose its bug if the sentence were forgotten. With stubborn sets and without, what is found must be
//! the same, and so must be the length of the shortest run; with stubborn sets alone, in runs of any length, too.

#[path = "program/compile.rs"]
mod compile;

use std::collections::BTreeMap;

use goknot::engine::reduction::{Reductions, When};
use goknot::engine::{Options, Outcome, Unwatched, check};
use goknot::machine::Machine;
use goknot::property::Kind;
use goknot::source::Source;

use compile::compile;

fn run(machine: &Machine, reductions: Reductions, any_length: bool) -> Outcome {
    let options = Options { reductions, any_length, ..Options::default() };
    check(machine, &options, &mut Unwatched).expect("no internal error")
}

/// Kinds, each with how many findings there are and the length of the shortest.
fn found(outcome: &Outcome) -> BTreeMap<Kind, (usize, usize)> {
    let mut found = BTreeMap::new();
    for finding in &outcome.findings {
        let (count, length) = found.entry(finding.kind).or_insert((0, finding.path.len()));
        *count += 1;
        *length = finding.path.len().min(*length);
    }
    found
}

/// That nothing is lost. Gives the kinds found, and how many states were spared some steps in runs of any length.
fn same(text: &str) -> (Vec<Kind>, u64) {
    let machine = compile(&Source::new("stubborn.knot", text), &[], None).expect("a model");
    let mut spared = 0;
    let mut kinds = Vec::new();
    for symmetry in [false, true] {
        for fusion in [false, true] {
            let without = Reductions { fusion, symmetry, ..Reductions::NONE };
            let whole = run(&machine, without, false);
            for with in [
                Reductions { stubborn: When::Always, ..without },
                Reductions { releases: true, ..without },
                Reductions { stubborn: When::Always, releases: true, ..without },
            ] {
                let reduced = run(&machine, with, false);
                assert_eq!(found(&reduced), found(&whole), "{with:?} on\n{text}");
                assert_eq!(reduced.unreached, whole.unreached, "{with:?} on\n{text}");
                let alone = run(&machine, with, true);
                assert!(alone.stats.states <= whole.stats.states, "{with:?} on\n{text}");
                assert_eq!(alone.unreached, whole.unreached, "{with:?} on\n{text}");
                assert_eq!(alone.covered, whole.covered, "{with:?} on\n{text}");
                let counts = |outcome: &Outcome| -> Vec<(Kind, usize)> {
                    found(outcome).into_iter().map(|(kind, (count, _))| (kind, count)).collect()
                };
                assert_eq!(counts(&alone), counts(&whole), "{with:?} on\n{text}");
                spared += alone.stats.reduced.map_or(0, |reduced| reduced.spared);
            }
            kinds = found(&whole).into_keys().collect();
        }
    }
    (kinds, spared)
}

/// S: two goroutines that go on for ever, and in whose way nobody is, hide nothing beside them.
#[test]
fn nobody_waits_for_those_who_go_on_for_ever() {
    let (kinds, spared) = same(
        "model m
var mu sync.Mutex

func tick() {
	var own sync.Mutex
	for {
		own.Lock()
		own.Unlock()
	}
}

func main() {
	go tick()
	go tick()
	go func() {
		mu.Lock()
	}()
	mu.Lock()
}
",
    );
    assert_eq!(kinds, [Kind::Leak]);
    assert!(spared > 0);
}

/// A goroutine that waits for ever beside others that go on is found, also where what it waits for is in nobody's way.
#[test]
fn a_leak_beside_a_server_is_kept() {
    let (kinds, spared) = same(
        "model m
func main() {
	requests := make(chan int)
	go func() {
		for {
			<-requests
		}
	}()
	go func() {
		for i := 0; i < 2; i++ {
			requests <- i
		}
		lost := make(chan int)
		<-lost
	}()
	for {
		requests <- 7
	}
}
",
    );
    assert_eq!(kinds, [Kind::Leak]);
    assert!(spared > 0);
}

/// What blocks touch, now and later, counts: the write that comes first is in the way of the read that comes last.
#[test]
fn accesses_to_come_are_in_the_way() {
    let (kinds, _) = same(
        "model m
var x int

func main() {
	var one, other sync.Mutex
	go func() {
		one.Lock()
		one.Unlock()
		x = 1
	}()
	go func() {
		other.Lock()
		other.Unlock()
		other.Lock()
		other.Unlock()
		_ = x
	}()
}
",
    );
    assert_eq!(kinds, [Kind::Race]);
}

/// A rendezvous with a `select` depends on every channel of it: a close makes the other case ready, and the two selects no
/// longer meet.
#[test]
fn a_rendezvous_depends_on_all_cases() {
    let (kinds, spared) = same(
        "model m
func main() {
	data := make(chan int)
	quit := make(chan int)
	var own sync.Mutex
	go func() {
		select {
		case data <- 1:
		case <-quit:
		}
	}()
	go func() {
		own.Lock()
		own.Unlock()
		close(quit)
	}()
	select {
	case <-data:
		panic(\"met\")
	case <-quit:
	}
}
",
    );
    assert_eq!(kinds, [Kind::Panic]);
    assert!(spared > 0);
}

/// V: what a property reads is seen, however short.
#[test]
fn what_a_property_reads_is_seen() {
    let (kinds, _) = same(
        "model m
var a int
var b int
var mu sync.Mutex

check always !(a == 1 && b == 1)
cover both: a == 1 && b == 2

func main() {
	go func() {
		mu.Lock()
		a = 1
		a = 0
		mu.Unlock()
	}()
	b = 1
	b = 2
	b = 0
}
",
    );
    assert_eq!(kinds, [Kind::Always]);
}

/// A `default` tells whether somebody was quicker.
#[test]
fn a_default_minds() {
    let (kinds, _) = same(
        "model m
func main() {
	full := make(chan int, 1)
	go func() { full <- 1 }()
	select {
	case <-full:
	default:
		panic(\"late\")
	}
}
",
    );
    assert_eq!(kinds, [Kind::Panic]);
}

/// Who holds a lock goes alone; so does who counts down, where that cannot be the last; and the only one at an end of a
/// queue.
#[test]
fn locks_counters_and_queues_let_one_go_alone() {
    for text in [
        "model m
var mu sync.Mutex
var n int

func main() {
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			n++
			mu.Unlock()
		}()
	}
	wg.Wait()
}
",
        "model m
func main() {
	ch := make(chan int, 2)
	go func() {
		for i := 0; i < 4; i++ {
			ch <- i
		}
		close(ch)
	}()
	sum := 0
	for v := range ch {
		sum += v
	}
	assert(sum == 6, \"all have come\")
}
",
    ] {
        let machine = compile(&Source::new("stubborn.knot", text), &[], None).expect("a model");
        let without = Reductions { fusion: true, ..Reductions::NONE };
        let whole = run(&machine, without, false);
        let reduced = run(&machine, Reductions { stubborn: When::Always, ..without }, false);
        assert!(reduced.findings.is_empty());
        assert!(reduced.stats.states < whole.stats.states, "{text}");
        assert!(same(text).1 > 0);
    }
}

/// Somebody else may give the lock back, try it, or add more: then nobody goes alone.
#[test]
fn what_others_may_do_all_the_same() {
    let (kinds, _) = same(
        "model m
func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Add(2)
	mu.Lock()
	go func() {
		mu.Unlock()
		wg.Done()
	}()
	go func() {
		if mu.TryLock() {
			panic(\"free\")
		}
		wg.Done()
	}()
	wg.Wait()
}
",
    );
    assert_eq!(kinds, [Kind::Panic]);
    let (kinds, _) = same(
        "model m
func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go wg.Done()
	go wg.Done()
	wg.Wait()
}
",
    );
    assert!(kinds.contains(&Kind::Panic), "{kinds:?}");
}
