//! How a step ends: the environment runs on, and what of it nobody can notice is forgotten.

use super::command::Site;
use super::expr::{View, Writer};
use crate::commands::CellType;
use crate::machine::reach::is_slice;
use crate::machine::{Cell, Machine, Point, PointKind, Shape};

const OPERATORS: &str = include_str!("environment.tla");

/// `Become`, and what a model with timers needs for it.
pub(super) fn write(writer: &Writer<'_>) -> String {
    let mut text = "At(p) ==\n    IF end.kind # \"none\" THEN {} ELSE {g \\in DOMAIN goroutines : goroutines[g].at = p}\n"
        .to_owned();
    if writer.machine.routines.iter().any(|routine| routine.environment) {
        text += &tables(writer);
        text += &running_on(writer);
        text += OPERATORS;
    } else {
        text += "Settled(s) == s\n";
    }
    // What changes nothing is no step to TLA+; whoever asks about endless runs has to know.
    let stands = if stands_still(writer.machine) {
        "        /\\ (t # Now \\/ PrintT(<<\"goknot: stands still\">>))\n"
    } else {
        ""
    };
    text + "Become(s) ==\n    \\E t \\in {Settled(s)} :\n"
        + stands
        + "        /\\ globals' = t.globals\n        /\\ goroutines' = \
            t.goroutines\n        /\\ heap' = t.heap\n        /\\ main' = t.main\n        /\\ end' = t.end\n\n"
}

/// Whether some step may change nothing: an edge, or a raise, that leads to where it starts, or the environment going
/// round.
fn stands_still(machine: &Machine) -> bool {
    machine.routines.iter().any(|routine| {
        routine.environment
            || routine.points.iter().enumerate().any(|(number, point)| {
                let targets = point.edges.iter().map(|edge| edge.target);
                let unwind = point.unwind.as_ref().map(|it| it.target);
                targets.chain(unwind).any(|target| target.0 as usize == number)
            })
    })
}

/// What the cells of frames and objects can refer to.
fn tables(writer: &Writer<'_>) -> String {
    let Writer { machine, names, .. } = writer;
    let quoted = |text: &str| format!("\"{text}\"");
    let routines = || names.routines.iter().zip(&machine.routines);
    let pools = || names.pools.iter().zip(&machine.pools);
    let frames = routines().map(|(name, routine)| (format!("p = {}", quoted(name)), kinds(&routine.frame)));
    let mut text = super::cases("FrameKinds(p)", frames, "<<>>");
    text += &format!("GlobalKinds == {}\n", kinds(&machine.globals));
    let cells = pools().map(|(name, pool)| (format!("p = {}", quoted(name)), kinds(&pool.cells)));
    text += &super::cases("CellKinds(p)", cells, "<<>>");
    let strides = pools().map(|(name, pool)| (format!("p = {}", quoted(name)), pool.stride().to_string()));
    text += &super::cases("Stride(p)", strides, "1");
    let headers = pools()
        .filter(|(_, pool)| matches!(pool.shape, Shape::Channel | Shape::Map { .. }))
        .map(|(name, _)| quoted(name));
    text += &format!("Headed == {{{}}}\n", headers.collect::<Vec<_>>().join(", "));
    let arrays = pools().filter(|(_, pool)| matches!(pool.shape, Shape::Array)).map(|(name, _)| quoted(name));
    text += &format!("Arrays == {{{}}}\n", arrays.collect::<Vec<_>>().join(", "));
    let tags = machine.tags.iter().enumerate().filter(|(_, tag)| tag.payload == CellType::Ref);
    let tags: Vec<String> = tags.map(|(number, _)| number.to_string()).collect();
    text += &format!("RefTags == {{{}}}\n", tags.join(", "));
    let with_purpose =
        routines().filter(|(_, it)| it.environment && it.args > 0).map(|(name, _)| quoted(name));
    text += &format!("HasPurpose == {{{}}}\n", with_purpose.collect::<Vec<_>>().join(", "));
    let starting = routines().filter(|(_, it)| it.spawns()).map(|(name, _)| quoted(name));
    text + &format!("Starts == {{{}}}\n", starting.collect::<Vec<_>>().join(", "))
}

/// What each cell can hold, as far as references go.
fn kinds(cells: &[Cell]) -> String {
    let kind = |index: usize| match cells[index].ty {
        CellType::Ref if is_slice(&cells[index..]) => "\"slice\"",
        CellType::Ref => "\"ref\"",
        CellType::Payload => "\"payload\"",
        CellType::Bool | CellType::Int { .. } | CellType::String | CellType::Tag => "\"\"",
    };
    format!("<<{}>>", (0..cells.len()).map(kind).collect::<Vec<_>>().join(", "))
}

/// The plain statements of the environment, and whether one of its goroutines could step.
fn running_on(writer: &Writer<'_>) -> String {
    let Writer { machine, names, .. } = writer;
    let (mut plain, mut open, mut text) = (Vec::new(), Vec::new(), String::new());
    for (routine, kind) in machine.routines.iter().enumerate().filter(|it| it.1.environment) {
        let view = View { state: Some("s"), who: Some(("g", routine)) };
        for (point, of) in kind.points.iter().enumerate() {
            let name = &names.points[routine][point];
            let guards: Vec<String> = of.edges.iter().map(|edge| writer.cond(&edge.guard, view)).collect();
            if !guards.is_empty() {
                open.push((format!("s.goroutines[g].at = \"{name}\""), guards.join(" \\/ ")));
            }
            if of.kind == PointKind::Plain && !of.edges.is_empty() {
                plain.push(format!("\"{name}\""));
                text += &format!("{name}_on(s, g) ==\n{}", ways_on(writer, routine, point, of, &guards));
            }
        }
    }
    let cases =
        machine.routines.iter().enumerate().filter(|it| it.1.environment).flat_map(|(routine, kind)| {
            let plain = kind.points.iter().enumerate();
            let plain = plain.filter(|(_, of)| of.kind == PointKind::Plain && !of.edges.is_empty());
            plain.map(move |(point, _)| {
                let name = &names.points[routine][point];
                (format!("s.goroutines[g].at = \"{name}\""), format!("{name}_on(s, g)"))
            })
        });
    text += &super::cases("StepOn(s, g)", cases, "s");
    text += &super::cases("CouldStep(s, g)", open.into_iter(), "FALSE");
    text + &format!("PlainOfEnvironment == {{{}}}\n", plain.join(", "))
}

fn ways_on(writer: &Writer<'_>, routine: usize, point: usize, of: &Point, guards: &[String]) -> String {
    let mut text = String::new();
    for (edge, guard) in of.edges.iter().zip(guards) {
        let site = Site { routine, point, slot: "g" };
        let effect = writer.edge(site, edge, "s", "        ");
        text += &format!("    IF {guard} THEN\n{effect}    ELSE\n");
    }
    text + "    s\n"
}
