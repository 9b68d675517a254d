//! What TLC says in its tool mode: numbered messages, one inside another at times.
//!
//! In: the output and the exit status. Out: a [`Report`]. Only the numbers of messages, the numbers in them, the states
//! and what the module itself prints are looked at: wordings change from one TLC to the next.

use std::process::Command;

use crate::backend::tla::{Told, told};
use crate::engine::StopReason;
use crate::engine::question::Seen;
use crate::tool::Failure;
use crate::tool::process::{self, Ended};

/// How a run has come out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// All states have been seen, and nothing was found.
    Nothing,
    /// There is a counterexample.
    Found,
    /// A limit of TLC's was hit.
    Open(String),
}

/// What has come of a run.
#[derive(Clone, Debug)]
pub struct Report {
    pub outcome: Outcome,
    pub seen: Seen,
    pub trace: Trace,
    pub told: Vec<Told>,
}

/// A counterexample as TLC prints it.
#[derive(Clone, Default, Debug)]
pub struct Trace {
    /// The states, each as it is printed.
    pub states: Vec<String>,
    /// The run goes on with the state of this number, counted from 0.
    pub back_to: Option<usize>,
}

/// The numbers of TLC's messages, as `tlc2.output.EC` has them.
mod code {
    pub const OUT_OF_MEMORY: u32 = 1001;
    pub const TOO_MANY_INITIAL: u32 = 1002;
    pub const STACK_OVERFLOW: u32 = 1005;
    pub const INVARIANT_INITIAL: u32 = 2107;
    pub const INVARIANT: u32 = 2110;
    pub const DEADLOCK: u32 = 2114;
    pub const TEMPORAL: u32 = 2116;
    pub const BACK_TO: u32 = 2122;
    pub const ASSERT: u32 = 2132;
    pub const OVERFLOW: u32 = 2178;
    pub const SUCCESS: u32 = 2193;
    pub const DEPTH: u32 = 2194;
    pub const STATS: u32 = 2199;
    pub const STATE: u32 = 2217;
}

const START: &str = "@!@!@STARTMSG ";
const END: &str = "@!@!@ENDMSG ";
/// TLC's own exit status where what was asked does not hold: deadlock, safety, liveness.
const VIOLATIONS: std::ops::RangeInclusive<i32> = 11..=13;

/// Reads the output of a run of `command`.
pub fn read(ended: &Ended, command: &Command) -> Result<Report, Failure> {
    let (messages, rest) = split(&ended.stdout);
    let mut report = Report {
        outcome: Outcome::Nothing,
        seen: Seen::default(),
        trace: Trace::default(),
        told: told(&rest),
    };
    for message in &messages {
        report.take(message);
    }
    let has = |code: u32| messages.iter().any(|message| message.code == code);
    if let Some(reason) = &ended.stopped {
        if *reason == StopReason::Interrupt {
            return Err(Failure::Interrupted);
        }
        report.outcome = Outcome::Open(reason_of(reason));
        return Ok(report);
    }
    let violated = [code::INVARIANT_INITIAL, code::INVARIANT, code::DEADLOCK, code::TEMPORAL];
    let status = ended.status.code();
    report.outcome = if has(code::OVERFLOW) || has(code::ASSERT) {
        Outcome::Open("its 32-bit integers".to_owned())
    } else if has(code::OUT_OF_MEMORY) || has(code::TOO_MANY_INITIAL) {
        Outcome::Open("the memory of its heap".to_owned())
    } else if has(code::STACK_OVERFLOW) {
        Outcome::Open("the depth of its stack".to_owned())
    } else if status.is_some_and(|status| VIOLATIONS.contains(&status))
        && violated.iter().any(|&code| has(code))
    {
        Outcome::Found
    } else if status == Some(0) && has(code::SUCCESS) {
        Outcome::Nothing
    } else {
        return Err(process::failed(command, &said(ended, &messages)));
    };
    Ok(report)
}

fn reason_of(reason: &StopReason) -> String {
    match reason {
        StopReason::Memory => "the memory".to_owned(),
        _ => "the time".to_owned(),
    }
}

/// What a person needs to know of a failure: the errors, or what came on standard error.
fn said(ended: &Ended, messages: &[Message]) -> String {
    let errors: Vec<&str> =
        messages.iter().filter(|message| message.class == 1).map(|message| message.text.trim()).collect();
    let text = if errors.is_empty() { ended.stderr.clone() } else { errors.join("\n") };
    let text = if text.trim().is_empty() { ended.stdout.clone() } else { text };
    format!("{}: {text}", ended.how())
}

impl Report {
    fn take(&mut self, message: &Message) {
        let numbers = || numbers(&message.text);
        match message.code {
            code::STATE => {
                // After a lasso the first state of the loop may come again.
                let state = message.text.split_once('\n').map_or("", |it| it.1);
                self.trace.states.push(state.to_owned());
            }
            code::INVARIANT_INITIAL => {
                let state = message.text.split_once('\n').map_or("", |it| it.1);
                self.trace.states.push(state.to_owned());
            }
            code::BACK_TO => {
                self.trace.back_to =
                    numbers().first().and_then(|&number| usize::try_from(number).ok()?.checked_sub(1));
            }
            code::STATS => {
                if let [generated, distinct, ..] = numbers()[..] {
                    self.seen.states = distinct;
                    // The initial state is generated by no step.
                    self.seen.transitions = generated.saturating_sub(1);
                }
            }
            code::DEPTH => self.seen.depth = numbers().first().map_or(0, |depth| depth.saturating_sub(1)),
            _ => {}
        }
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Message {
    code: u32,
    class: u32,
    text: String,
}

/// The messages, those inside others after them, and all lines outside.
fn split(output: &str) -> (Vec<Message>, String) {
    let (mut messages, mut rest) = (Vec::new(), String::new());
    let mut open: Vec<Message> = Vec::new();
    for line in output.lines() {
        if let Some((before, head)) = line.split_once(START) {
            if let Some(outer) = open.last_mut() {
                outer.text.push_str(before);
            }
            let head = head.split_whitespace().next().unwrap_or_default();
            let (code, class) = head.split_once(':').unwrap_or((head, "0"));
            let number = |text: &str| text.parse().unwrap_or(0);
            open.push(Message { code: number(code), class: number(class), text: String::new() });
        } else if let Some((before, _)) = line.split_once(END) {
            if let Some(mut message) = open.pop() {
                message.text.push_str(before);
                messages.push(message);
            }
        } else {
            let text = open.last_mut().map_or(&mut rest, |message| &mut message.text);
            text.push_str(line);
            text.push('\n');
        }
    }
    messages.extend(open.into_iter().rev());
    (messages, rest)
}

/// The numbers in a text; commas between digits are theirs.
fn numbers(text: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    for word in text.split_whitespace() {
        let digits: String = word.chars().filter(|&c| c != ',').collect();
        let digits = digits.trim_end_matches(['.', ':']);
        if let Ok(number) = digits.parse() {
            numbers.push(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_inside_messages_are_found() {
        let output = "said\n@!@!@STARTMSG 1000:1 @!@!@\nthrew\n: @!@!@STARTMSG 2178:0 @!@!@\nOverflow\n\
                      @!@!@ENDMSG 2178 @!@!@\n@!@!@ENDMSG 1000 @!@!@\n<<\"x\">>\n";
        let (messages, rest) = split(output);
        let codes: Vec<u32> = messages.iter().map(|message| message.code).collect();
        assert_eq!(codes, [2178, 1000]);
        assert_eq!(rest, "said\n<<\"x\">>\n");
    }

    #[test]
    fn numbers_have_commas_or_not() {
        assert_eq!(numbers("1,234 states generated, 12 distinct states found, 0 left."), [1234, 12, 0]);
    }
}
