//! The rules of `expect`, one test each.

use super::{Found, Stuck, described, judge, matches, tolerable, wanted};
use crate::property::Kind;
use crate::sema::program::{Expect, ExpectKind, ExpectLine, ExpectOperation};
use crate::source::Span;

fn line(goroutine: &str, operation: &str) -> ExpectLine {
    let operation = match operation {
        "select" => ExpectOperation::Select,
        quoted if quoted.starts_with('"') => ExpectOperation::Reason(quoted.trim_matches('"').into()),
        source => ExpectOperation::Source(source.into()),
    };
    ExpectLine { goroutine: goroutine.into(), operation, span: Span::default() }
}

fn expect(kind: ExpectKind, lines: &[(&str, &str)]) -> Expect {
    let stuck = lines.iter().map(|(goroutine, operation)| line(goroutine, operation)).collect();
    Expect { kind, stuck: Some(stuck), span: Span::default() }
}

fn bare(kind: ExpectKind) -> Expect {
    Expect { kind, stuck: None, span: Span::default() }
}

fn stuck(function: &str, operation: &str, reason: &str) -> Stuck {
    Stuck {
        functions: vec![function.into()],
        symbols: vec![format!("main.{function}")],
        operations: vec![operation.into()],
        select: reason == "select",
        reason: reason.into(),
    }
}

fn found(kind: Kind, goroutines: &[(&str, &str, &str)]) -> Found {
    let stuck = goroutines.iter().map(|(function, operation, reason)| stuck(function, operation, reason));
    Found { kind, stuck: stuck.collect() }
}

const MAIN: (&str, &str, &str) = ("main", "s.wg.Wait()", "sync.WaitGroup.Wait");
const PEER: (&str, &str, &str) = ("servePeer", "s.mu.Lock()", "sync.Mutex.Lock");

#[test]
fn without_a_block_the_kind_decides() {
    assert!(matches(&bare(ExpectKind::Deadlock), &found(Kind::Deadlock, &[MAIN])));
    assert!(!matches(&bare(ExpectKind::Deadlock), &found(Kind::Leak, &[MAIN])));
}

#[test]
fn each_line_and_each_goroutine() {
    let both = expect(ExpectKind::Deadlock, &[("main", "s.wg.Wait()"), ("servePeer", "s.mu.Lock()")]);
    assert!(matches(&both, &found(Kind::Deadlock, &[MAIN, PEER])));
    // One line covers several equal goroutines.
    assert!(matches(&both, &found(Kind::Deadlock, &[PEER, MAIN, PEER])));
    // A line without a goroutine, and a goroutine without a line.
    assert!(!matches(&both, &found(Kind::Deadlock, &[MAIN])));
    assert!(!matches(&both, &found(Kind::Deadlock, &[MAIN, PEER, ("other", "<-ch", "chan receive")])));
}

#[test]
fn two_equal_lines_ask_for_two_goroutines() {
    let two = expect(ExpectKind::Leak, &[("servePeer", "s.mu.Lock()"), ("servePeer", "s.mu.Lock()")]);
    assert!(!matches(&two, &found(Kind::Leak, &[PEER])));
    assert!(matches(&two, &found(Kind::Leak, &[PEER, PEER])));
}

#[test]
fn lines_that_compete_are_not_served_greedily() {
    let lines = expect(ExpectKind::Leak, &[("w", "\"chan send\""), ("w", "a <- 1")]);
    let a = ("w", "a <- 1", "chan send");
    let b = ("w", "b <- 1", "chan send");
    assert!(matches(&lines, &found(Kind::Leak, &[a, b])));
    assert!(matches(&lines, &found(Kind::Leak, &[b, a])));
}

#[test]
fn selects_and_reasons() {
    let select = expect(ExpectKind::Leak, &[("w", "select")]);
    assert!(matches(&select, &found(Kind::Leak, &[("w", "", "select")])));
    assert!(!matches(&select, &found(Kind::Leak, &[("w", "<-ch", "chan receive")])));
    let reason = expect(ExpectKind::Leak, &[("w", "\"chan receive\"")]);
    assert!(matches(&reason, &found(Kind::Leak, &[("w", "<-ch", "chan receive")])));
}

#[test]
fn nothing_expected_means_ok() {
    assert!(judge(&[], &[], true).as_expected);
    assert!(!judge(&[], &[], false).as_expected);
    let judgement = judge(&[], &[found(Kind::Leak, &[PEER])], true);
    assert!(!judgement.as_expected);
    assert_eq!(judgement.surplus, [0]);
    assert!(judge(&[bare(ExpectKind::Ok)], &[], true).as_expected);
    assert!(!judge(&[bare(ExpectKind::Ok)], &[found(Kind::Race, &[])], true).as_expected);
}

#[test]
fn one_expect_is_among_what_was_found() {
    let leak = found(Kind::Leak, &[PEER]);
    let deadlock = found(Kind::Deadlock, &[MAIN]);
    let judgement = judge(&[bare(ExpectKind::Leak)], &[deadlock.clone(), leak.clone()], true);
    assert!(judgement.as_expected);
    assert_eq!(judgement.violation, Some(1));
    // A bug is a bug, however much of the state space is left.
    assert!(judge(&[bare(ExpectKind::Leak)], &[leak], false).as_expected);
    let judgement = judge(&[bare(ExpectKind::Leak)], &[deadlock], true);
    assert!(!judgement.as_expected);
    assert_eq!((judgement.violation, judgement.missing), (Some(0), vec![0]));
}

#[test]
fn several_expects_are_all_that_was_found() {
    let expects = [bare(ExpectKind::Leak), bare(ExpectKind::Race)];
    let leak = found(Kind::Leak, &[PEER]);
    let race = found(Kind::Race, &[]);
    let panic = found(Kind::Panic, &[]);
    assert!(judge(&expects, &[race.clone(), leak.clone()], true).as_expected);
    assert!(!judge(&expects, &[race.clone(), leak.clone()], false).as_expected);
    assert_eq!(judge(&expects, std::slice::from_ref(&leak), true).missing, [1]);
    let more = judge(&expects, &[panic, race, leak], true);
    assert!(!more.as_expected);
    assert_eq!((more.violation, more.surplus), (Some(1), vec![0]));
}

#[test]
fn a_bug_may_need_other_parameters() {
    let leak = found(Kind::Leak, &[PEER]);
    let panic = found(Kind::Panic, &[]);
    let one = [bare(ExpectKind::Leak)];
    assert!(tolerable(&one, &[], true));
    assert!(!tolerable(&one, &[], false));
    assert!(tolerable(&one, std::slice::from_ref(&leak), true));
    assert!(!tolerable(&one, std::slice::from_ref(&panic), true));
    let two = [bare(ExpectKind::Leak), bare(ExpectKind::Race)];
    assert!(tolerable(&two, std::slice::from_ref(&leak), true));
    assert!(!tolerable(&two, &[leak, panic.clone()], true));
    assert!(!tolerable(&[], &[panic], true));
    assert!(!tolerable(&[], &[], false));
    assert!(!tolerable(&[bare(ExpectKind::Inconclusive)], &[], true));
}

#[test]
fn inconclusive_is_expected_too() {
    let expects = [bare(ExpectKind::Inconclusive)];
    assert!(judge(&expects, &[], false).as_expected);
    assert!(!judge(&expects, &[], true).as_expected);
    assert!(!judge(&expects, &[found(Kind::Leak, &[])], false).as_expected);
}

#[test]
fn both_sides_in_one_form() {
    let both = expect(ExpectKind::Deadlock, &[("main", "s.wg.Wait()"), ("servePeer", "\"sync.Mutex.Lock\"")]);
    assert_eq!(wanted(&both), "deadlock { main: s.wg.Wait(); servePeer: \"sync.Mutex.Lock\" }");
    assert_eq!(
        described(&found(Kind::Deadlock, &[MAIN, PEER, PEER])),
        "deadlock { main: s.wg.Wait(); servePeer: s.mu.Lock() (×2) }"
    );
    assert_eq!(wanted(&bare(ExpectKind::Leak)), "leak");
}
