//! What is only given back is part of the step before it: where that is done, and where it must not be.
//!
//! In every model what is found must be the same as without, in runs of any length, too.

#[path = "program/compile.rs"]
mod compile;

use std::collections::BTreeMap;

use goknot::engine::reduction::Reductions;
use goknot::engine::{Options, Outcome, Unwatched, check};
use goknot::machine::Machine;
use goknot::property::Kind;
use goknot::source::Source;

use compile::compile;

fn run(machine: &Machine, releases: bool, any_length: bool) -> Outcome {
    let reductions = Reductions { fusion: true, releases, ..Reductions::NONE };
    let options = Options { reductions, any_length, ..Options::default() };
    check(machine, &options, &mut Unwatched).expect("no internal error")
}

/// How many findings there are of each kind.
fn found(outcome: &Outcome) -> BTreeMap<Kind, usize> {
    let mut found = BTreeMap::new();
    outcome.findings.iter().for_each(|finding| *found.entry(finding.kind).or_default() += 1);
    found
}

/// Compares; gives what is found, and whether anything was given back as part of another step.
fn compare(text: &str) -> (Vec<Kind>, bool) {
    let machine = compile(&Source::new("releases.knot", text), &[], None).expect("a model");
    let whole = run(&machine, false, false);
    let exact = run(&machine, true, false);
    let reduced = run(&machine, true, true);
    for other in [&exact, &reduced] {
        assert_eq!(found(other), found(&whole), "{text}");
        assert_eq!(other.unreached, whole.unreached, "{text}");
        assert_eq!(other.covered, whole.covered, "{text}");
        assert_eq!(other.stats.exhaustive, whole.stats.exhaustive, "{text}");
    }
    let lengths = |outcome: &Outcome| outcome.findings.iter().map(|it| it.path.len()).collect::<Vec<_>>();
    assert_eq!(lengths(&exact), lengths(&whole), "{text}");
    assert!(reduced.stats.states <= whole.stats.states, "{text}");
    let gave_back = reduced.stats.reduced.is_some_and(|reduced| reduced.gave_back);
    assert_eq!(gave_back, reduced.stats.states < whole.stats.states, "{text}");
    (found(&whole).into_keys().collect(), gave_back)
}

#[test]
fn who_holds_a_lock_gives_it_back_at_once() {
    let (kinds, gave_back) = compare(
        "model m
var a, b sync.Mutex
func one() {
	a.Lock()
	b.Lock()
	b.Unlock()
	a.Unlock()
}
func main() {
	go one()
	go one()
	one()
}
",
    );
    assert!(kinds.is_empty() && gave_back);
}

#[test]
fn through_a_pointer_too() {
    let (kinds, gave_back) = compare(
        "model m
type box struct {
	mu sync.Mutex
	n  int
}
func (b *box) add(other *box) {
	b.mu.Lock()
	b.n++
	other.mu.Lock()
	other.n++
	other.mu.Unlock()
	b.mu.Unlock()
}
func main() {
	x, y := &box{}, &box{}
	go x.add(y)
	go y.add(x)
}
",
    );
    assert_eq!(kinds, [Kind::Leak]);
    assert!(gave_back);
}

/// Each of these would lose something, or find something that is not there.
#[test]
fn not_where_others_may_be_in_the_way() {
    for (what, text, kinds) in [
        (
            "somebody else gives it back",
            "model m
var mu sync.Mutex
func main() {
	mu.Lock()
	go func() {
		mu.Unlock()
	}()
	mu.Unlock()
}
",
            vec![Kind::Panic],
        ),
        (
            "somebody looks whether it is held",
            "model m
var mu sync.Mutex
var failed int
func main() {
	done := make(chan bool)
	go func() {
		if !mu.TryLock() {
			failed = 1
		} else {
			mu.Unlock()
		}
		done <- true
	}()
	mu.Lock()
	mu.Unlock()
	<-done
	assert(failed == 0, \"it was free\")
}
",
            vec![Kind::Assert],
        ),
        (
            "it may not be held",
            "model m
var mu sync.Mutex
func main() {
	if any(0, 1) == 1 {
		mu.Lock()
	}
	mu.Unlock()
}
",
            vec![Kind::Panic],
        ),
        (
            "which one it is may have changed",
            "model m
var locks [2]sync.Mutex
func main() {
	i := 0
	locks[i].Lock()
	i = 1
	locks[i].Unlock()
}
",
            vec![Kind::Panic],
        ),
    ] {
        let (found, gave_back) = compare(text);
        let found: Vec<Kind> = found.into_iter().filter(|kind| kinds.contains(kind)).collect();
        assert!(!gave_back, "{what}");
        assert!(!found.is_empty(), "{what}");
    }
}

/// What is done before the lock is given back stays a step that others see.
#[test]
fn a_race_with_what_a_lock_protects_is_found() {
    let (kinds, _) = compare(
        "model m
var mu sync.Mutex
var x int
func main() {
	go func() {
		mu.Lock()
		x++
		mu.Unlock()
	}()
	x++
}
",
    );
    assert!(kinds.contains(&Kind::Race));
}
