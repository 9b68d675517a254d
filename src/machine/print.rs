//! The Machine as text: what `goknot emit machine` shows.
//!
//! In: a Machine and its source. Out: a listing of tags, variables, pools and, per
//! routine, its points with their edges. For people; nothing reads it back.

use std::fmt::{self, Write};

use super::{Cell, Edge, Machine, Point, PointKind, Pool, Routine, Shape, Unwind, tag};
use crate::commands::maps::Part;
use crate::commands::{Base, BinaryOp, CellType, Command, Expr, MapCommand, Meet, PanicValue, Place};
use crate::source::Source;

/// The listing of `machine`, which was made from `source`.
pub fn print(machine: &Machine, source: &Source) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_machine(&mut text, machine, source);
    text
}

fn write_machine(out: &mut String, machine: &Machine, source: &Source) -> fmt::Result {
    write!(out, "machine {}", machine.name)?;
    for (name, value) in &machine.params {
        write!(out, " {name}={value}")?;
    }
    out.push('\n');
    if machine.tags.len() > 1 {
        out.push_str("\ntags\n");
        for (number, tag) in machine.tags.iter().enumerate().skip(1) {
            writeln!(out, "  {number} {} ({})", tag.name, type_name(tag.payload))?;
        }
    }
    if !machine.globals.is_empty() {
        out.push_str("\nvariables\n");
        write_cells(out, &machine.globals, '@')?;
    }
    if !machine.pools.is_empty() {
        out.push_str("\npools\n");
        for pool in &machine.pools {
            write_pool(out, pool)?;
        }
    }
    write_properties(out, machine)?;
    for (number, routine) in machine.routines.iter().enumerate() {
        let main = if number == machine.main.0 as usize { ", main" } else { "" };
        let environment = if routine.environment { ", environment" } else { "" };
        let (name, entry) = (&routine.name, routine.entry.0);
        writeln!(out, "\nroutine {name} (r{number}, entry p{entry}{main}{environment})")?;
        write_cells(out, &routine.frame, '%')?;
        for (number, point) in routine.points.iter().enumerate() {
            write_point(out, machine, source, routine, number, point)?;
        }
    }
    Ok(())
}

fn write_properties(out: &mut String, machine: &Machine) -> fmt::Result {
    let properties = &machine.properties;
    let names = Names { machine, frame: &[] };
    for (what, list) in [
        ("always", &properties.always),
        ("eventually", &properties.eventually),
        ("cover", &properties.covers),
    ] {
        for property in list {
            writeln!(out, "\n{what} {}: {}", property.text, names.expr(&property.cond))?;
        }
    }
    for property in &properties.leads_to {
        let (from, to) = (names.expr(&property.from), names.expr(&property.to));
        writeln!(out, "\nleadsto {}: {from} leadsto {to}", property.text)?;
    }
    Ok(())
}

fn write_cells(out: &mut String, cells: &[Cell], sigil: char) -> fmt::Result {
    for (index, cell) in cells.iter().enumerate() {
        let hidden = if cell.hidden { " hidden" } else { "" };
        let name = name_of(cells, index, sigil);
        writeln!(out, "  {sigil}{index} {name} {}{hidden}", type_name(cell.ty))?;
    }
    Ok(())
}

fn write_pool(out: &mut String, pool: &Pool) -> fmt::Result {
    let shape = match pool.shape {
        Shape::Record => "record",
        Shape::Array => "array",
        Shape::Channel => "channel",
        Shape::Map { .. } => "map",
    };
    let cells: Vec<String> = pool
        .cells
        .iter()
        .map(|cell| format!("{} {}", cell.name, type_name(cell.ty)).trim_start().to_string())
        .collect();
    match pool.shape {
        Shape::Map { key } => {
            let (key, value) = cells.split_at(cells.len().min(key as usize));
            writeln!(out, "  {}: {shape} {{{}: {}}}", pool.name, key.join(", "), value.join(", "))
        }
        Shape::Record | Shape::Array | Shape::Channel => {
            writeln!(out, "  {}: {shape} {{{}}}", pool.name, cells.join(", "))
        }
    }
}

fn write_point(
    out: &mut String,
    machine: &Machine,
    source: &Source,
    routine: &Routine,
    number: usize,
    point: &Point,
) -> fmt::Result {
    let names = Names { machine, frame: &routine.frame };
    let line = source.line(point.span);
    write!(out, "  p{number}  {}:{line}  {}", source.name(), kind_name(&point.kind))?;
    // The first line of the statement is enough to recognise it.
    if let Some(text) = source.slice(point.span).lines().next().map(str::trim_end).filter(|it| !it.is_empty())
    {
        write!(out, "  // {text}")?;
    }
    out.push('\n');
    if !point.live.is_empty() {
        let live: Vec<String> =
            point.live.iter().map(|local| name_of(&routine.frame, local.0 as usize, '%')).collect();
        writeln!(out, "      live {}", live.join(" "))?;
    }
    for edge in &point.edges {
        writeln!(out, "      {}", names.edge(edge))?;
    }
    if let Some(Unwind { value, mode, target }) = &point.unwind {
        let (tag, payload) = (names.place(&value.0), names.place(&value.1));
        writeln!(
            out,
            "      on panic: {tag}, {payload} = value; {} |= 1 -> p{}",
            names.place(mode),
            target.0
        )?;
    }
    Ok(())
}

fn kind_name(kind: &PointKind) -> String {
    match kind {
        PointKind::Plain => "plain".to_string(),
        PointKind::Operation(operation) => {
            let idle = if operation.idle { "idle " } else { "" };
            let wait = operation.wait_reason.map_or_else(String::new, |reason| format!(" [{reason}]"));
            format!("{idle}{}{wait}", operation.name)
        }
        PointKind::Choice => "choice".to_string(),
        PointKind::LoopHead => "loop".to_string(),
        PointKind::End => "end".to_string(),
        PointKind::GoexitEnd => "end by Goexit".to_string(),
    }
}

fn type_name(ty: CellType) -> String {
    match ty {
        CellType::Bool => "bool".to_string(),
        CellType::Int { bits, signed } => format!("{}int{bits}", if signed { "" } else { "u" }),
        CellType::String => "string".to_string(),
        CellType::Ref => "ref".to_string(),
        CellType::Tag => "tag".to_string(),
        CellType::Payload => "payload".to_string(),
    }
}

/// The cell's name; its number too where the name alone says too little.
fn name_of(cells: &[Cell], index: usize, sigil: char) -> String {
    match cells.get(index) {
        Some(cell) if cell.name.is_empty() => format!("{sigil}{index}"),
        Some(cell) if cells.iter().filter(|other| other.name == cell.name).count() > 1 => {
            format!("{}{sigil}{index}", cell.name)
        }
        Some(cell) => cell.name.clone(),
        None => format!("{sigil}{index}"),
    }
}

/// Prints what refers to a routine's cells by name.
struct Names<'a> {
    machine: &'a Machine,
    frame: &'a [Cell],
}

impl Names<'_> {
    fn edge(&self, edge: &Edge) -> String {
        let mut text = String::new();
        if edge.fallback {
            text.push_str("otherwise ");
        }
        if edge.guard != Expr::TRUE {
            let _ = write!(text, "when {}: ", self.expr(&edge.guard));
        }
        let mut parts = Vec::new();
        match &edge.meet {
            Some(Meet::Send { channel, values }) => {
                parts.push(format!("meet {} <- {}", self.expr(channel), self.exprs(values)));
            }
            Some(Meet::Recv { channel, dests }) => {
                parts.push(format!("meet {} = <-{}", self.places(dests), self.expr(channel)));
            }
            None => {}
        }
        if let Some(choose) = &edge.choose {
            let (low, high) = (self.expr(&choose.low), self.expr(&choose.high));
            parts.push(format!("{} = any({low}, {high})", self.place(&choose.dest)));
        }
        parts.extend(edge.commands.iter().map(|command| self.command(command)));
        let _ = write!(text, "{}", parts.join("; "));
        if !parts.is_empty() {
            text.push(' ');
        }
        let _ = write!(text, "-> p{}", edge.target.0);
        text
    }

    fn command(&self, command: &Command) -> String {
        match command {
            Command::Set(place, expr) => format!("{} = {}", self.place(place), self.expr(expr)),
            Command::Check { ok, raise } => format!("check {} else {}", self.expr(ok), self.raise(raise)),
            Command::Raise(value) => self.raise(value),
            Command::Alloc { dest, pool, len } => {
                let len = len.as_ref().map_or_else(String::new, |len| format!(", {}", self.expr(len)));
                format!("{} = new({}{len})", self.place(dest), self.machine.pool(*pool).name)
            }
            Command::Push { queue, values } => {
                format!("push({}, {})", self.expr(queue), self.exprs(values))
            }
            Command::Pop { queue, dests } => format!("{} = pop({})", self.places(dests), self.expr(queue)),
            Command::Map(command) => self.map(command),
            Command::Spawn { routine, args } => {
                format!("go {}({})", self.machine.routine(*routine).name, self.exprs(args))
            }
            Command::Copy { dest, source, count, stride } => {
                format!("copy({}, {}, {} * {stride})", self.expr(dest), self.expr(source), self.expr(count))
            }
            Command::If(cond, yes, no) => {
                let list = |commands: &[Command]| {
                    commands.iter().map(|it| self.command(it)).collect::<Vec<_>>().join("; ")
                };
                let otherwise =
                    if no.is_empty() { String::new() } else { format!(" else {{ {} }}", list(no)) };
                format!("if {} {{ {} }}{otherwise}", self.expr(cond), list(yes))
            }
            Command::Assert { ok, text } => format!("assert({}, {})", self.expr(ok), self.string(*text)),
            Command::Fatal(text) => format!("fatal({text:?})"),
            Command::Exit => "exit".to_string(),
            Command::Bound(what) => format!("bound({what})"),
        }
    }

    fn map(&self, command: &MapCommand) -> String {
        match command {
            MapCommand::Hash { kinds: _, key } => format!("hash({})", self.exprs(key)),
            MapCommand::Insert { map, key, values } => {
                format!("{}[{}] = {}", self.operand(map), self.exprs(key), self.exprs(values))
            }
            MapCommand::Remove { map, key } => format!("delete({}, {})", self.expr(map), self.exprs(key)),
            MapCommand::Clear { map } => format!("clear({})", self.expr(map)),
            MapCommand::Iterate { dest, pool: _, map } => {
                format!("{} = iterate({})", self.place(dest), self.expr(map))
            }
            MapCommand::Next { iteration, index, key } => {
                format!("{} = next({}, {})", self.places(key), self.expr(iteration), self.expr(index))
            }
            MapCommand::Visit { map } => format!("visit({})", self.expr(map)),
        }
    }

    fn raise(&self, value: &PanicValue) -> String {
        match (&value.tag, &value.payload) {
            (&Expr::Const(tag::RUNTIME_ERROR | tag::STRING), &Expr::Const(text)) => {
                format!("panic({})", self.string(u32::try_from(text).unwrap_or(u32::MAX)))
            }
            (tag, payload) => format!("panic({}, {})", self.expr(tag), self.expr(payload)),
        }
    }

    fn string(&self, index: u32) -> String {
        self.machine
            .strings
            .get(index as usize)
            .map_or_else(|| format!("string {index}"), |it| format!("{it:?}"))
    }

    fn exprs(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn places(&self, places: &[Option<Place>]) -> String {
        let name =
            |place: &Option<Place>| place.as_ref().map_or_else(|| "_".to_string(), |place| self.place(place));
        places.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn place(&self, place: &Place) -> String {
        let mut parts = Vec::new();
        let (start, offset) = match &place.base {
            Base::Local(local) => (name_of(self.frame, (local.0 + place.offset) as usize, '%'), 0),
            Base::Global(cell) => (name_of(&self.machine.globals, (cell + place.offset) as usize, '@'), 0),
            Base::Memory(reference) => (self.operand(reference), place.offset),
        };
        if offset > 0 {
            parts.push(offset.to_string());
        }
        for scaled in &place.index {
            let index = self.operand(&scaled.index);
            parts.push(if scaled.stride == 1 { index } else { format!("{index} * {}", scaled.stride) });
        }
        match (&place.base, parts.is_empty()) {
            (Base::Local(_) | Base::Global(_), true) => start,
            (Base::Local(_) | Base::Global(_), false) => format!("{start}[{}]", parts.join(" + ")),
            (Base::Memory(_), true) => format!("*{start}"),
            (Base::Memory(_), false) => format!("*({start} + {})", parts.join(" + ")),
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Const(value) => value.to_string(),
            Expr::Load(place) => self.place(place),
            Expr::AddrOf(place) => format!("&{}", self.place(place)),
            Expr::Not(inner) => format!("!{}", self.operand(inner)),
            Expr::And(..) => {
                let mut parts = Vec::new();
                flatten(
                    expr,
                    &|it| if let Expr::And(left, right) = it { Some((left, right)) } else { None },
                    &mut parts,
                );
                self.join(&parts, " && ")
            }
            Expr::Or(..) => {
                let mut parts = Vec::new();
                flatten(
                    expr,
                    &|it| if let Expr::Or(left, right) = it { Some((left, right)) } else { None },
                    &mut parts,
                );
                self.join(&parts, " || ")
            }
            Expr::If(cond, yes, no) => {
                format!("{} ? {} : {}", self.operand(cond), self.operand(yes), self.operand(no))
            }
            Expr::Binary(op, left, right) => {
                format!("{} {} {}", self.operand(left), operator(*op), self.operand(right))
            }
            Expr::Entry(entry) => {
                let (map, key) = (self.operand(&entry.map), self.exprs(&entry.key));
                match &entry.part {
                    Part::Holds(value) => format!("{map}[{key}] is {}", self.exprs(value)),
                    Part::Found => format!("has({}, {key})", self.expr(&entry.map)),
                    Part::Cell(0) => format!("{map}[{key}]"),
                    Part::Cell(cell) => format!("{map}[{key}]+{cell}"),
                }
            }
            Expr::Wrap { bits, signed, value } => {
                format!("{}({})", type_name(CellType::Int { bits: *bits, signed: *signed }), self.expr(value))
            }
        }
    }

    fn join(&self, operands: &[&Expr], separator: &str) -> String {
        operands.iter().map(|operand| self.operand(operand)).collect::<Vec<_>>().join(separator)
    }

    fn operand(&self, expr: &Expr) -> String {
        match expr {
            Expr::And(..) | Expr::Or(..) | Expr::If(..) | Expr::Binary(..) => {
                format!("({})", self.expr(expr))
            }
            Expr::Const(_)
            | Expr::Load(_)
            | Expr::AddrOf(_)
            | Expr::Not(_)
            | Expr::Wrap { .. }
            | Expr::Entry(_) => self.expr(expr),
        }
    }
}

/// The operands of a chain of one operator, which `split` recognises.
fn flatten<'a>(
    expr: &'a Expr,
    split: &dyn Fn(&'a Expr) -> Option<(&'a Expr, &'a Expr)>,
    parts: &mut Vec<&'a Expr>,
) {
    match split(expr) {
        Some((left, right)) => {
            flatten(left, split, parts);
            flatten(right, split, parts);
        }
        None => parts.push(expr),
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::AndNot => "&^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::ShrU => ">>u",
        BinaryOp::DivU => "/u",
        BinaryOp::RemU => "%u",
        BinaryOp::LtU => "<u",
        BinaryOp::LeU => "<=u",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::commands::CellType;

    #[test]
    fn a_small_machine() {
        let source = Source::new("m.knot", "0\n1\n2\n3\n4\n5\n6\n7\n");
        let ch = || get(local(0));
        let mut main = RoutineBuilder::new("main", &["ch", "n"]);
        main.cell_type(0, CellType::Ref);
        main.plain(0, vec![alloc(local(0), 0, Some(0)), spawn(1, vec![ch()])], 2);
        main.operation(2, "send", send(&ch(), 7.into(), 4));
        main.choice(4, local(1), 1, 3, 6);
        main.plain(6, vec![set(global(0), get(local(1)))], 8);
        main.end(8);
        let mut worker = RoutineBuilder::new("worker", &["ch", "v", "v", "tag", "payload", "mode"]);
        worker.args(1).cell_type(0, CellType::Ref);
        worker.cell_type(3, CellType::Tag).cell_type(4, CellType::Payload);
        let mut edges = recv(&ch(), Some(local(2)), 2);
        edges.push(fallback(2));
        worker.operation(0, "select", edges);
        worker.unwind(0, (local(3), local(4)), local(5), 2);
        worker.end(2);
        let mut machine = machine(vec![main, worker], 1);
        machine
            .properties
            .always
            .push(property("g < 3", Expr::binary(BinaryOp::Lt, get(global(0)), 3.into())));
        insta::assert_snapshot!(print(&machine, &source));
    }
}
