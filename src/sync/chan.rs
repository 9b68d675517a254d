//! Channels: send, receive, close, `len`, `cap`. `select` puts the alternatives of
//! its cases side by side, so they are written here once.
//!
//! A channel is an object: [`queue`] says which cells it has. A nil channel has no
//! enabled alternative.

use super::{Alternative, Outcome, Step};
use crate::commands::{BinaryOp, Command, Expr, Meet, Place, queue};

/// Wait reasons as the runtime prints them: of a channel, of a nil channel.
pub const SEND_WAIT: (&str, &str) = ("chan send", "chan send (nil chan)");
/// See [`SEND_WAIT`].
pub const RECV_WAIT: (&str, &str) = ("chan receive", "chan receive (nil chan)");
/// Of a select with cases, and of one without.
pub const SELECT_WAIT: (&str, &str) = ("select", "select (no cases)");

/// Sending `values` (the cells of one element).
pub fn send(channel: &Expr, values: Vec<Expr>) -> Vec<Alternative> {
    let open = is_open(channel);
    let room = Expr::binary(BinaryOp::Lt, cell(channel, queue::LEN), cell(channel, queue::CAP));
    let push = Command::Push { queue: channel.clone(), values: values.clone() };
    vec![
        Alternative::fail(is_closed(channel), Outcome::RuntimeError("send on closed channel")),
        Alternative::new(open.clone().and(room), vec![push]),
        Alternative {
            when: open.and(is_unbuffered(channel)),
            meet: Some(Meet::Send { channel: channel.clone(), values }),
            choose: None,
            commands: Vec::new(),
            outcome: Outcome::Done,
            races_with: None,
        },
    ]
}

/// Which of [`recv`]'s alternatives is the one that finds the channel closed and drained.
pub const DRAINED: usize = 1;

/// Receiving into `dests` (one per cell of the element); `ok` gets whether it came from a sender.
pub fn recv(channel: &Expr, dests: Vec<Option<Place>>, ok: Option<&Place>) -> Vec<Alternative> {
    let filled = Expr::binary(BinaryOp::Lt, Expr::Const(0), cell(channel, queue::LEN));
    let set_ok = |value: bool| ok.map(|place| Command::Set(place.clone(), Expr::Const(i64::from(value))));
    let mut take = vec![Command::Pop { queue: channel.clone(), dests: dests.clone() }];
    take.extend(set_ok(true));
    let mut drained: Vec<Command> =
        dests.iter().flatten().map(|place| Command::Set(place.clone(), Expr::Const(0))).collect();
    drained.extend(set_ok(false));
    vec![
        Alternative::new(not_nil(channel).and(filled.clone()), take),
        Alternative::new(is_closed(channel).and(filled.negate()), drained),
        Alternative {
            when: is_open(channel).and(is_unbuffered(channel)),
            meet: Some(Meet::Recv { channel: channel.clone(), dests }),
            choose: None,
            commands: set_ok(true).into_iter().collect(),
            outcome: Outcome::Done,
            races_with: None,
        },
    ]
}

/// `close(ch)`.
pub fn close(channel: &Expr) -> Step {
    let closed = Place::memory(channel.clone()).at(queue::CLOSED);
    let nil = Expr::eq(channel.clone(), Expr::NIL);
    Step {
        wait: None,
        alternatives: vec![
            Alternative::new(is_open(channel), vec![Command::Set(closed, Expr::TRUE)]),
            Alternative::fail(is_closed(channel), Outcome::RuntimeError("close of closed channel")),
            Alternative::fail(nil, Outcome::RuntimeError("close of nil channel")),
        ],
    }
}

/// `len(ch)`: elements in the queue, 0 for nil.
pub fn len(channel: &Expr) -> Expr {
    or_zero(channel, queue::LEN)
}

/// `cap(ch)`: 0 for nil.
pub fn cap(channel: &Expr) -> Expr {
    or_zero(channel, queue::CAP)
}

/// What makes a wait at `action` end: for the report.
pub fn woken_by(action: &str) -> &'static [&'static str] {
    match action {
        "send" => &["receive", "close"],
        "receive" => &["send", "close"],
        _ => &[],
    }
}

fn or_zero(channel: &Expr, at: u32) -> Expr {
    let nil = Expr::eq(channel.clone(), Expr::NIL);
    Expr::If(Box::new(nil), Box::new(Expr::Const(0)), Box::new(cell(channel, at)))
}

fn cell(channel: &Expr, at: u32) -> Expr {
    Expr::load(Place::memory(channel.clone()).at(at))
}

fn not_nil(channel: &Expr) -> Expr {
    Expr::ne(channel.clone(), Expr::NIL)
}

fn is_closed(channel: &Expr) -> Expr {
    not_nil(channel).and(cell(channel, queue::CLOSED))
}

fn is_open(channel: &Expr) -> Expr {
    not_nil(channel).and(cell(channel, queue::CLOSED).negate())
}

fn is_unbuffered(channel: &Expr) -> Expr {
    Expr::eq(cell(channel, queue::CAP), Expr::Const(0))
}
