//! Sending and `select`.

use super::builder::Builder;
use super::stmt::FrameTarget;
use super::value::Value;
use crate::commands::{CellType, Expr, Place};
use crate::machine::{Act, Edge, Operation, PointId, PointKind};
use crate::sema::program::{Comm, Expr as Typed, LabelId, SelectCase, Target};
use crate::source::Span;
use crate::sync::{Alternative, Step, chan};

impl Builder<'_, '_> {
    /// `channel <- value`.
    pub fn send(&mut self, channel: &Typed, value: &Typed, span: Span) {
        let mut operands = self.exprs(&[channel, value]).into_iter();
        let target = operands.next().unwrap_or_default();
        let value = operands.next().unwrap_or_default();
        let target = self.private(target).first();
        let value = self.private(value);
        let alternatives = chan::send(&target, value.exprs);
        let operation = self.channel_operation("send", channel, &target, span);
        self.operation(span, &operation, vec![Step { wait: Some(chan::SEND_WAIT.0), alternatives }]);
    }

    pub fn select(&mut self, label: LabelId, cases: &[SelectCase], keyword: Span, span: Span) {
        let idle = self.idle;
        let join = self.new_point();
        self.label(label, join, None);
        let operands = self.select_operands(cases);
        let ready: Vec<Ready> =
            cases.iter().zip(operands).map(|(case, operand)| self.ready(case, operand)).collect();
        let bodies: Vec<PointId> = cases.iter().map(|_| self.new_point()).collect();
        let (mut edges, ok) = self.operation_prelude(span);
        let mut acts = Vec::new();
        for (((case, ready), &body), index) in cases.iter().zip(&ready).zip(&bodies).zip(0..) {
            let shown = Some(self.visible(case.span));
            if matches!(case.comm, Comm::Default) {
                let edge = super::builder::plain_edge(ok.clone(), body);
                edges.push(Edge { fallback: true, span: shown, ..edge });
                continue;
            }
            acts.push(ready.act.clone());
            let act = acts.len() - 1;
            debug_assert!(act <= index, "one act per case that communicates");
            for alternative in ready.alternatives.clone() {
                let edge = self.alternative_edge(alternative, &ok, body, Some(act));
                edges.push(Edge { span: shown, ..edge });
            }
        }
        let acts: Vec<Act> = acts.into_iter().flatten().collect();
        let operation = select_operation(cases, acts, idle);
        // Dumps name the statement by its keyword's line; one case alone is that operation, on its own line.
        let at = match cases {
            [] => span,
            [only] if !matches!(only.comm, Comm::Default) => only.span,
            _ => keyword,
        };
        self.fill(PointKind::Operation(operation), at, edges);
        self.idle = false;
        for ((case, ready), body) in cases.iter().zip(ready).zip(bodies) {
            self.start(body);
            ready.deliver(self, case);
            self.conditionally(|this| this.stmts(&case.body));
            self.jump(case.span, join);
        }
        self.idle = idle;
        self.start(join);
    }

    /// Channels and values of all cases, evaluated once, in source order, on entry.
    fn select_operands(&mut self, cases: &[SelectCase]) -> Vec<Vec<Value>> {
        let exprs: Vec<&Typed> = cases
            .iter()
            .flat_map(|case| match &case.comm {
                Comm::Default => Vec::new(),
                Comm::Send { channel, value } => vec![channel, value],
                Comm::Recv { channel, .. } => vec![channel],
            })
            .collect();
        let mut values = self.exprs(&exprs).into_iter();
        cases
            .iter()
            .map(|case| {
                let count = match case.comm {
                    Comm::Default => 0,
                    Comm::Send { .. } => 2,
                    Comm::Recv { .. } => 1,
                };
                let operands: Vec<Value> = values.by_ref().take(count).collect();
                operands.into_iter().map(|value| self.private(value)).collect()
            })
            .collect()
    }

    /// A case with what it can do and where its results go.
    fn ready(&mut self, case: &SelectCase, operands: Vec<Value>) -> Ready {
        let channel_value = operands.first().map_or(Expr::NIL, Value::first);
        match &case.comm {
            Comm::Default => Ready::default(),
            Comm::Send { channel, .. } => {
                let values = operands.get(1).map(|value| value.exprs.clone()).unwrap_or_default();
                Ready {
                    alternatives: chan::send(&channel_value, values),
                    act: Some(self.channel_act("send", channel, &channel_value, case.span)),
                    value: None,
                    ok: None,
                }
            }
            Comm::Recv { channel, value, ok } => {
                let elem = self.channel_element(channel);
                let types = self.types_of(elem);
                let value = self.slot(value, "received", types.clone());
                let ok = match ok {
                    Target::Blank => None,
                    ok => Some(self.slot(ok, "ok", vec![CellType::Bool])),
                };
                let cells = (0u32..).zip(&types).map(|(at, _)| Some(value.place.clone().at(at))).collect();
                let ok_place = ok.as_ref().map(|slot| slot.place.clone());
                Ready {
                    alternatives: chan::recv(&channel_value, cells, ok_place.as_ref()),
                    act: Some(self.channel_act("receive", channel, &channel_value, case.span)),
                    value: Some(value),
                    ok,
                }
            }
        }
    }

    /// Cells for a result: the target's own where only this goroutine sees them.
    fn slot(&mut self, target: &Target, name: &str, types: Vec<CellType>) -> Slot {
        match self.frame_target(target) {
            Some(frame) => {
                let place = frame.place(self);
                Slot { place, types, frame: Some(frame) }
            }
            None => Slot { place: self.temps(name, &types), types, frame: None },
        }
    }
}

/// A case of a select, ready to be waited for.
#[derive(Default)]
struct Ready {
    alternatives: Vec<Alternative>,
    act: Option<Act>,
    value: Option<Slot>,
    ok: Option<Slot>,
}

/// Where a received value arrives.
struct Slot {
    place: Place,
    types: Vec<CellType>,
    /// The target itself; else the value is assigned once it has arrived.
    frame: Option<FrameTarget>,
}

impl Ready {
    /// Assigns what has arrived, at the start of the case's body.
    fn deliver(self, builder: &mut Builder<'_, '_>, case: &SelectCase) {
        let Comm::Recv { value, ok, .. } = &case.comm else { return };
        for (slot, target) in [(self.value, value), (self.ok, ok)] {
            let Some(slot) = slot else { continue };
            match slot.frame {
                Some(frame) => frame.bind(builder, slot.place),
                None => builder.store_target(target, Value::load(&slot.place, slot.types)),
            }
        }
        builder.flush(case.span);
    }
}

/// What a dump says of the select: with one case and no default it is that operation.
fn select_operation(cases: &[SelectCase], acts: Vec<Act>, idle: bool) -> Operation {
    let (wait, nil) = match cases {
        [] => (chan::SELECT_WAIT.1, None),
        [SelectCase { comm: Comm::Send { .. }, .. }] => (chan::SEND_WAIT.0, Some(chan::SEND_WAIT.1)),
        [SelectCase { comm: Comm::Recv { .. }, .. }] => (chan::RECV_WAIT.0, Some(chan::RECV_WAIT.1)),
        _ => (chan::SELECT_WAIT.0, None),
    };
    let waits = !cases.iter().any(|case| matches!(case.comm, Comm::Default));
    Operation { wait_reason: waits.then_some(wait), nil_reason: nil, idle, name: "select", acts }
}
