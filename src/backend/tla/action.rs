//! Actions: one for each edge of each point, and what the two sides of a rendezvous offer.
//!
//! In: points and edges. Out: operators that say who can do what, an action for each edge that a goroutine takes by
//! itself or as the sender of a rendezvous, and their disjunction.

use super::command::Site;
use super::expr::{View, Writer};
use super::names;
use crate::commands::Meet;
use crate::machine::{Edge, Point, PointKind};
use crate::source::Source;

/// An edge with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) routine: usize,
    pub(super) point: usize,
    pub(super) number: usize,
    pub(super) of: &'a Point,
    pub(super) edge: &'a Edge,
}

impl<'a> Writer<'a> {
    fn edges(&self) -> impl Iterator<Item = At<'a>> + use<'a> {
        self.machine.routines.iter().enumerate().flat_map(|(routine, kind)| {
            kind.points.iter().enumerate().flat_map(move |(point, of)| {
                let edges = of.edges.iter().enumerate();
                edges.map(move |(number, edge)| At { routine, point, number, of, edge })
            })
        })
    }

    /// The name of an edge: that of its point where it is the only one.
    pub(super) fn edge_name(&self, at: At<'_>) -> String {
        let point = &self.names.points[at.routine][at.point];
        if at.of.edges.len() == 1 { point.clone() } else { format!("{point}_way{}", at.number + 1) }
    }

    /// What environment and properties see of the points: where goroutines may wait for ever, and how the run begins.
    pub(super) fn tables(&self) -> String {
        let Self { machine, names, .. } = self;
        let quoted = |list: Vec<&String>| {
            list.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
        };
        let environment =
            names.routines.iter().zip(&machine.routines).filter(|it| it.1.environment).map(|it| it.0);
        let idle = names.points.iter().zip(&machine.routines).flat_map(|(names, routine)| {
            names.iter().zip(&routine.points).filter(|it| it.1.kind.is_idle()).map(|it| it.0)
        });
        let mut text = format!("Environment == {{{}}}\n", quoted(environment.collect()));
        text += &format!("\\* Where waiting for ever is fine.\nIdle == {{{}}}\n", quoted(idle.collect()));
        for (title, cells) in [("The package variables", &names.globals)]
            .into_iter()
            .chain(names.routines.iter().map(String::as_str).zip(&names.frames))
        {
            if !cells.is_empty() {
                text += &format!("\\* {}: the cells' indices.\n", names::comment(title));
            }
            for (index, name) in (1..).zip(cells) {
                text += &format!("{name} == {index}\n");
            }
        }
        text
    }

    /// The state in which every run begins.
    pub(super) fn first(&self) -> String {
        let Self { machine, names, .. } = self;
        let main = machine.main.0 as usize;
        let zeros = |count: usize| vec!["0"; count].join(", ");
        let (routine, globals) = (&names.routines[main], zeros(machine.globals.len()));
        let entry = machine.routines[main].entry.0 as usize;
        let frame = zeros(machine.routines[main].frame.len());
        let start = format!(
            "[globals |-> <<{globals}>>,\n     goroutines |-> <<[routine |-> \"{routine}\", at |-> \"\", frame |-> \
             <<{frame}>>]>>,\n     heap |-> <<>>, main |-> \"running\", end |-> NoEnd]"
        );
        let arrived = self.arrive(main, entry, "Zero", "1", &std::collections::BTreeSet::new());
        format!("Zero ==\n    {start}\nFirst == {arrived}\n\n")
    }

    /// What raises do, point by point.
    pub(super) fn unwindings(&self) -> String {
        let points = self.machine.routines.iter().enumerate().flat_map(|(routine, kind)| {
            (0..kind.points.len()).filter_map(move |point| self.unwinding(routine, point))
        });
        points.collect()
    }

    /// Who can do something alone, and who offers what to whom.
    pub(super) fn offers(&self) -> String {
        let view = View { state: None, who: None };
        let mut alone = Vec::new();
        for (routine, kind) in self.machine.routines.iter().enumerate() {
            let view = View { who: Some(("g", routine)), ..view };
            for (point, of) in kind.points.iter().enumerate() {
                let at = format!("goroutines[g].at = \"{}\"", self.names.points[routine][point]);
                let can = match &of.kind {
                    PointKind::End | PointKind::GoexitEnd => "FALSE".to_owned(),
                    PointKind::Plain | PointKind::Choice | PointKind::LoopHead => continue,
                    PointKind::Operation(operation) if operation.wait_reason.is_none() => continue,
                    PointKind::Operation(_) => {
                        let open = of.edges.iter().filter(|edge| edge.meet.is_none());
                        let open: Vec<String> = open.map(|edge| self.cond(&edge.guard, view)).collect();
                        if open.iter().any(|guard| guard == "TRUE") {
                            continue;
                        }
                        if open.is_empty() { "FALSE".to_owned() } else { open.join(" \\/ ") }
                    }
                };
                alone.push((at, can));
            }
        }
        alone.push(("goroutines[g].at = \"\"".to_owned(), "FALSE".to_owned()));
        let mut text = super::cases("StepsAlone(g)", alone.into_iter(), "TRUE");
        if !self.edges().any(|at| at.edge.meet.is_some()) {
            return text + "CanStep(g) == end.kind = \"none\" /\\ StepsAlone(g)\n\n";
        }
        text += &self.meets(true);
        text += &self.meets(false);
        text += &self.handing_over();
        text + MEETING
    }

    /// What goroutines at some point are ready to send, or to receive: each edge with its channel.
    fn meets(&self, sends: bool) -> String {
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        for at in self.edges() {
            let view = View { state: None, who: Some(("g", at.routine)) };
            let ((Some(Meet::Send { channel, .. }), true) | (Some(Meet::Recv { channel, .. }), false)) =
                (&at.edge.meet, sends)
            else {
                continue;
            };
            let offer = format!("<<\"{}\", {}>>", self.edge_name(at), self.int(channel, view));
            let offer = match self.cond(&at.edge.guard, view).as_str() {
                "TRUE" => format!("{{{offer}}}"),
                guard => format!("(IF {guard} THEN {{{offer}}} ELSE {{}})"),
            };
            let place = format!("goroutines[g].at = \"{}\"", self.names.points[at.routine][at.point]);
            match rows.last_mut() {
                Some((last, offers)) if *last == place => offers.push(offer),
                _ => rows.push((place, vec![offer])),
            }
        }
        let rows = rows.into_iter().map(|(place, offers)| (place, offers.join(" \\cup ")));
        super::cases(if sends { "Sends(g)" } else { "Receives(g)" }, rows, "{}")
    }

    /// What is sent, where it goes, and what either side does then.
    fn handing_over(&self) -> String {
        let mut values = Vec::new();
        let (mut accepts, mut sent, mut received) = (Vec::new(), Vec::new(), Vec::new());
        let mut effects = String::new();
        for at in self.edges() {
            let (view, name) = (View { state: Some("s"), who: Some(("g", at.routine)) }, self.edge_name(at));
            let case = format!("way = \"{name}\"");
            let after = match &at.edge.meet {
                None => continue,
                Some(Meet::Send { values: sent_values, .. }) => {
                    values.push((case.clone(), self.sequence(sent_values, view)));
                    &mut sent
                }
                Some(Meet::Recv { dests, .. }) => {
                    let mut text = "s".to_owned();
                    for (index, dest) in dests.iter().enumerate() {
                        if let Some(place) = dest {
                            text = self.set(&text, place, &format!("values[{}]", index + 1), view);
                        }
                    }
                    accepts.push((case.clone(), text));
                    &mut received
                }
            };
            let site = Site { routine: at.routine, point: at.point, slot: "g" };
            effects += &format!("{name}_then(s, g) ==\n{}", self.edge(site, at.edge, "s", "    "));
            after.push((case, format!("{name}_then(s, g)")));
        }
        effects += &super::cases("Values(s, g, way)", values.into_iter(), "<<>>");
        effects += &super::cases("Accept(s, g, way, values)", accepts.into_iter(), "s");
        effects += &super::cases("Sent(s, g, way)", sent.into_iter(), "s");
        effects + &super::cases("Received(s, g, way)", received.into_iter(), "s")
    }

    /// All actions and their disjunction.
    pub(super) fn actions(&self, source: Option<&Source>) -> String {
        let mut text = String::new();
        let mut names = Vec::new();
        let mut last = None;
        for at in self.edges() {
            if self.machine.routines[at.routine].environment && at.of.kind == PointKind::Plain {
                // Part of the step before.
                continue;
            }
            if matches!(at.edge.meet, Some(Meet::Recv { .. })) {
                continue;
            }
            if last != Some((at.routine, at.point)) {
                last = Some((at.routine, at.point));
                text += &self.heading(at, source);
            }
            let name = self.edge_name(at);
            text += &self.action(at, &name);
            names.push(name);
        }
        text.push_str("\nSteps ==\n");
        if names.is_empty() {
            text.push_str("    FALSE\n");
        }
        for name in names {
            text += &format!("    \\/ {name}\n");
        }
        text
    }

    /// The statement, as a comment.
    fn heading(&self, at: At<'_>, source: Option<&Source>) -> String {
        let Some(source) = source else { return "\n".to_owned() };
        let line = source.line(at.of.span);
        let statement = names::comment(source.slice(at.of.span));
        let function = self.machine.stack(at.of.stack).frames.first().map_or("", |frame| &frame.function);
        format!("\n\\* line {line}, {}: {statement}\n", names::comment(function))
    }

    /// When a goroutine can take an edge by itself.
    pub(super) fn guard(&self, at: At<'_>, view: View<'_>) -> String {
        let mut guard = self.cond(&at.edge.guard, view);
        if at.edge.fallback {
            let ready = at.of.edges.iter().filter(|edge| edge.meet.is_none() && !edge.fallback);
            for other in ready {
                guard = format!("(~{} /\\ {guard})", self.cond(&other.guard, view));
            }
        }
        guard
    }

    fn action(&self, at: At<'_>, name: &str) -> String {
        let view = View { state: None, who: Some(("g", at.routine)) };
        let place = &self.names.points[at.routine][at.point];
        // Fairness speaks of the cases of a select, one goroutine at a time.
        let (head, by) = if self.ways[at.routine][at.point] {
            (format!("{name}_by(g) ==\n"), format!("{name} == \\E g \\in At(\"{place}\") : {name}_by(g)\n"))
        } else {
            (format!("{name} ==\n    \\E g \\in At(\"{place}\") :\n"), String::new())
        };
        if at.edge.meet.is_some() {
            return format!("{head}    MeetsAnybody(g, \"{name}\")\n{by}");
        }
        let guard = self.guard(at, view);
        let site = Site { routine: at.routine, point: at.point, slot: "g" };
        let mut text = head;
        if guard != "TRUE" {
            text += &format!("    IF ~{guard} THEN FALSE ELSE\n");
        }
        let start = match &at.edge.choose {
            None => "Now".to_owned(),
            Some(choose) => {
                let (low, high) = (self.int(&choose.low, view), self.int(&choose.high, view));
                let chosen = self.set("Now", &choose.dest, "x", view);
                text += &format!("    \\E x \\in {low}..{high} : LET s0 == {chosen} IN\n");
                "s0".to_owned()
            }
        };
        text += &format!("    Become(\n{})\n{by}", self.edge(site, at.edge, &start, "      ").trim_end());
        text
    }
}

/// Two goroutines meet when both stand at the operation and one of them can do nothing else: arriving is not parking.
const MEETING: &str = r#"
Offered(g, h) ==
    IF g = h \/ (StepsAlone(g) /\ StepsAlone(h)) THEN {}
    ELSE {w \in Sends(g) \X Receives(h) : w[1][2] = w[2][2] /\ w[1][2] # 0}
CanStep(g) ==
    end.kind = "none" /\ (StepsAlone(g) \/ \E h \in DOMAIN goroutines : Offered(g, h) # {} \/ Offered(h, g) # {})
Meeting(s, g, to, h, from) ==
    LET s1 == Accept(s, h, from, Values(s, g, to)) IN
    LET s2 == Sent(s1, g, to) IN
    IF Over(s2) THEN s2 ELSE Received(s2, h, from)
Meets(g, to, h, from) ==
    \E w \in Offered(g, h) : w[1][1] = to /\ w[2][1] = from /\ Become(Meeting(Now, g, to, h, from))
MeetsAnybody(g, to) ==
    \E h \in DOMAIN goroutines : \E w \in Offered(g, h) : w[1][1] = to /\ Become(Meeting(Now, g, to, h, w[2][1]))

"#;
