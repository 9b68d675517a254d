//! The commands of an edge, as one value: the state after them.
//!
//! In: commands and the state before. Out: a chain of `LET … IN`, `IF … THEN … ELSE` whose branches are whole states.
//! Where a command can stop the run or raise, the rest is in the other branch.

use std::collections::BTreeSet;

use super::expr::{View, Writer};
use crate::commands::{
    Base, Command, Expr, Local, MapCommand, Meet, PanicValue, Place, PoolId, RoutineId, table,
};
use crate::machine::{Edge, Point, PointKind, Shape, Unwind};

/// Where one goroutine's part of a step begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'s> {
    pub(super) routine: usize,
    pub(super) point: usize,
    /// The variable that holds the slot.
    pub(super) slot: &'s str,
}

/// One chain under construction.
pub(super) struct Chain<'w, 's> {
    writer: &'w Writer<'w>,
    site: Site<'s>,
    indent: String,
    /// States named so far.
    states: u32,
    out: String,
}

impl Writer<'_> {
    /// The state after `edge` has been run from the state `start`; a choice has been written already.
    pub(super) fn edge(&self, site: Site<'_>, edge: &Edge, start: &str, indent: &str) -> String {
        let mut chain =
            Chain { writer: self, site, indent: indent.to_owned(), states: 0, out: String::new() };
        let dead = self.dead(site, edge);
        chain.list(&edge.commands, start.to_owned(), &mut |chain, state| {
            let arrived = chain.writer.arrive(site.routine, edge.target.0 as usize, &state, site.slot, &dead);
            chain.line(&arrived);
        });
        chain.out
    }

    /// The state after a goroutine has come to a point, where these cells of its frame are not needed any more.
    pub(super) fn arrive(
        &self,
        routine: usize,
        target: usize,
        state: &str,
        slot: &str,
        dead: &BTreeSet<u32>,
    ) -> String {
        let name = &self.names.points[routine][target];
        let frame = &self.names.frames[routine];
        let dead: Vec<&str> = dead.iter().map(|&cell| frame[cell as usize].as_str()).collect();
        let dead = dead.join(", ");
        match self.machine.routines[routine].points[target].kind {
            PointKind::End => format!("Ends({state}, {slot})"),
            PointKind::GoexitEnd => format!("Goexits({state}, {slot}, \"{name}\", {{{dead}}})"),
            PointKind::Plain | PointKind::Operation(_) | PointKind::Choice | PointKind::LoopHead => {
                format!("Arrive({state}, {slot}, \"{name}\", {{{dead}}})")
            }
        }
    }

    /// The cells that may be other than zero after `edge` and that nobody reads at its target.
    fn dead(&self, site: Site<'_>, edge: &Edge) -> BTreeSet<u32> {
        let point = self.point(site);
        let mut used = self.before(point);
        self.written(edge, &mut used, site.routine);
        self.without_live(site.routine, edge.target.0 as usize, used)
    }

    fn point(&self, site: Site<'_>) -> &Point {
        &self.machine.routines[site.routine].points[site.point]
    }

    fn before(&self, point: &Point) -> BTreeSet<u32> {
        point.live.iter().map(|local| local.0).collect()
    }

    fn without_live(&self, routine: usize, target: usize, mut cells: BTreeSet<u32>) -> BTreeSet<u32> {
        for local in &self.machine.routines[routine].points[target].live {
            cells.remove(&local.0);
        }
        cells
    }

    /// The cells of a new goroutine's frame that are not needed at its first point.
    fn dead_at_entry(&self, routine: usize) -> BTreeSet<u32> {
        let kind = &self.machine.routines[routine];
        self.without_live(routine, kind.entry.0 as usize, (0..kind.args).collect())
    }

    fn written(&self, edge: &Edge, cells: &mut BTreeSet<u32>, routine: usize) {
        let frame = self.machine.routines[routine].frame.len() as u32;
        let mut place = |place: &Place| {
            if let Base::Local(Local(local)) = place.base {
                let first = local + place.offset;
                // Which one is not known: all from there on.
                let end = if place.index.is_empty() { first + 1 } else { frame };
                cells.extend(first..end);
            }
        };
        edge.choose.iter().for_each(|choose| place(&choose.dest));
        if let Some(Meet::Recv { dests, .. }) = &edge.meet {
            dests.iter().flatten().for_each(&mut place);
        }
        written_by(&edge.commands, &mut place);
    }

    /// What a raise at a point does, as an operator, where it does not end the run.
    pub(super) fn unwinding(&self, routine: usize, point: usize) -> Option<String> {
        let site = Site { routine, point, slot: "g" };
        let here = self.point(site);
        let Unwind { value, mode, target } = here.unwind.as_ref()?;
        let raises = here.edges.iter().any(|edge| raises(&edge.commands));
        if !raises {
            return None;
        }
        let mut used = self.before(here);
        for edge in &here.edges {
            self.written(edge, &mut used, routine);
        }
        for place in [&value.0, &value.1, mode] {
            if let Base::Local(Local(local)) = place.base {
                used.insert(local + place.offset);
            }
        }
        let dead = self.without_live(routine, target.0 as usize, used);
        let view = View { state: Some("s"), who: Some(("g", routine)) };
        let tagged = self.set("s", &value.0, "tag", view);
        let valued = self.set("s1", &value.1, "payload", view.at("s1"));
        let panicking = format!("Panicking({})", self.int(&Expr::load(mode.clone()), view));
        let marked = self.set("s2", mode, &panicking, view.at("s2"));
        let arrived = self.arrive(routine, target.0 as usize, "s3", "g", &dead);
        let name = &self.names.points[routine][point];
        Some(format!(
            "{name}_raises(s, g, tag, payload) ==\n    LET s1 == {tagged} IN\n    LET s2 == {valued} IN\n    \
             LET s3 == {marked} IN\n    {arrived}\n"
        ))
    }
}

fn written_by(commands: &[Command], place: &mut dyn FnMut(&Place)) {
    for command in commands {
        match command {
            Command::Set(dest, _) | Command::Alloc { dest, .. } => place(dest),
            Command::Pop { dests, .. } => dests.iter().flatten().for_each(&mut *place),
            Command::Map(command) => command.dests().into_iter().for_each(&mut *place),
            Command::If(_, yes, no) => {
                written_by(yes, place);
                written_by(no, place);
            }
            Command::Check { .. }
            | Command::Raise(_)
            | Command::Push { .. }
            | Command::Spawn { .. }
            | Command::Copy { .. }
            | Command::Assert { .. }
            | Command::Fatal(_)
            | Command::Exit
            | Command::Bound(_) => {}
        }
    }
}

fn raises(commands: &[Command]) -> bool {
    commands.iter().any(|command| match command {
        Command::Check { .. } | Command::Raise(_) => true,
        Command::Map(command) => command.raises(),
        Command::If(_, yes, no) => raises(yes) || raises(no),
        _ => false,
    })
}

/// Whether what comes after these commands comes for certain.
fn goes_on(commands: &[Command]) -> bool {
    commands.iter().all(|command| match command {
        Command::Set(..) | Command::Push { .. } | Command::Pop { .. } | Command::Copy { .. } => true,
        Command::Map(command) => matches!(
            command,
            MapCommand::Remove { .. }
                | MapCommand::Clear { .. }
                | MapCommand::Next { .. }
                | MapCommand::Visit { .. }
        ),
        Command::If(_, yes, no) => goes_on(yes) && goes_on(no),
        Command::Check { .. }
        | Command::Raise(_)
        | Command::Alloc { .. }
        | Command::Spawn { .. }
        | Command::Assert { .. }
        | Command::Fatal(_)
        | Command::Exit
        | Command::Bound(_) => false,
    })
}

/// What comes after a list of commands.
type Rest<'r> = &'r mut dyn FnMut(&mut Chain<'_, '_>, String);

impl Chain<'_, '_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(&self.indent);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn fresh(&mut self) -> String {
        self.states += 1;
        format!("s{}", self.states)
    }

    fn view<'v>(&'v self, state: &'v str) -> View<'v> {
        View { state: (state != "Now").then_some(state), who: Some((self.site.slot, self.site.routine)) }
    }

    /// Names the state that `text` is.
    fn bind(&mut self, text: &str) -> String {
        let name = self.fresh();
        self.line(&format!("LET {name} == {text} IN"));
        name
    }

    /// Names the state that `text` is; where it is over, nothing comes after it.
    fn bind_unless_over(&mut self, text: &str) -> String {
        let name = self.bind(text);
        self.line(&format!("IF Over({name}) THEN {name} ELSE"));
        name
    }

    fn int(&self, expr: &Expr, state: &str) -> String {
        self.writer.int(expr, self.view(state))
    }

    fn cond(&self, expr: &Expr, state: &str) -> String {
        self.writer.cond(expr, self.view(state))
    }

    fn ints(&self, exprs: &[Expr], state: &str) -> String {
        self.writer.sequence(exprs, self.view(state))
    }

    /// `place`, found in the state `view`, gets a value in the state `target`.
    fn set(&self, target: &str, place: &Place, value: &str, view: &str) -> String {
        self.writer.set(target, place, value, self.view(view))
    }

    /// The places get the elements of the sequence `values`; all are found in the state `found`.
    fn set_all(&mut self, start: String, dests: &[Option<Place>], values: &str, found: &str) -> String {
        let mut state = start;
        for (index, dest) in dests.iter().enumerate() {
            if let Some(place) = dest {
                let set = self.set(&state, place, &format!("{values}[{}]", index + 1), found);
                state = self.bind(&set);
            }
        }
        state
    }

    fn raised(&self, value: &PanicValue, state: &str) -> String {
        self.raising(&self.int(&value.tag, state), &self.int(&value.payload, state), state)
    }

    fn raising(&self, tag: &str, payload: &str, state: &str) -> String {
        let slot = self.site.slot;
        if self.writer.point(self.site).unwind.is_some() {
            let name = &self.writer.names.points[self.site.routine][self.site.point];
            format!("{name}_raises({state}, {slot}, {tag}, {payload})")
        } else {
            format!("Panic({state}, {slot}, {tag}, {payload})")
        }
    }

    /// Runs `commands` from `state`, then `rest`.
    fn list(&mut self, commands: &[Command], state: String, rest: Rest<'_>) {
        let Some((first, others)) = commands.split_first() else {
            rest(self, state);
            return;
        };
        match first {
            Command::If(cond, yes, no) => self.branch(cond, yes, no, others, state, rest),
            Command::Raise(value) => {
                let text = self.raised(value, &state);
                self.line(&text);
            }
            Command::Fatal(text) => self.over(&state, "fatal", text),
            Command::Exit => self.over(&state, "exit", ""),
            Command::Bound(text) => self.over(&state, "bound", text),
            _ => {
                let state = self.command(first, state);
                self.list(others, state, rest);
            }
        }
    }

    fn over(&mut self, state: &str, kind: &str, text: &str) {
        let slot = self.site.slot;
        let text = super::names::string(text);
        self.line(&format!("Stop({state}, \"{kind}\", {slot}, {text})"));
    }

    fn branch(
        &mut self,
        cond: &Expr,
        yes: &[Command],
        no: &[Command],
        others: &[Command],
        state: String,
        rest: Rest<'_>,
    ) {
        let cond = self.cond(cond, &state);
        let sides = |chain: &mut Self, rest: Rest<'_>| {
            chain.line(&format!("IF {cond} THEN"));
            let outer = chain.indent.clone();
            chain.indent.push_str("  ");
            chain.list(yes, state.clone(), rest);
            chain.indent.clone_from(&outer);
            chain.line("ELSE");
            chain.indent.push_str("  ");
            chain.list(no, state.clone(), rest);
            chain.indent = outer;
        };
        if goes_on(yes) && goes_on(no) {
            let name = self.fresh();
            self.line(&format!("LET {name} =="));
            let outer = self.indent.clone();
            self.indent.push_str("    ");
            sides(self, &mut |chain, state| chain.line(&state));
            self.indent = outer;
            self.line("IN");
            self.list(others, name, rest);
        } else {
            // Both sides go on with the same rest, told once.
            let number = self.fresh();
            let (then, at) = (format!("then{}", &number[1..]), format!("at{}", &number[1..]));
            self.line(&format!("LET {then}({at}) =="));
            let outer = self.indent.clone();
            self.indent.push_str("    ");
            self.list(others, at, rest);
            self.indent = outer;
            self.line("IN");
            sides(self, &mut |chain, state| chain.line(&format!("{then}({state})")));
        }
    }

    /// A command after which the next one comes, unless the run ends or something is raised.
    fn command(&mut self, command: &Command, state: String) -> String {
        match command {
            Command::Set(place, expr) => {
                let value = self.int(expr, &state);
                let text = self.set(&state, place, &value, &state);
                self.bind(&text)
            }
            Command::Check { ok, raise } => {
                let (ok, raised) = (self.cond(ok, &state), self.raised(raise, &state));
                self.line(&format!("IF ~{ok} THEN {raised} ELSE"));
                state
            }
            Command::Alloc { dest, pool, len } => self.alloc(dest, *pool, len.as_ref(), &state),
            Command::Push { queue, values } => {
                let text =
                    format!("Push({state}, {}, {})", self.int(queue, &state), self.ints(values, &state));
                self.bind(&text)
            }
            Command::Pop { queue, dests } => {
                let queue = self.int(queue, &state);
                let oldest = format!("Oldest({state}, {queue}, {})", dests.len());
                let popped = self.bind(&format!("Pop({state}, {queue}, {})", dests.len()));
                if dests.iter().all(Option::is_none) {
                    return popped;
                }
                let values = format!("q{}", &popped[1..]);
                self.line(&format!("LET {values} == {oldest} IN"));
                self.set_all(popped.clone(), dests, &values, &popped)
            }
            Command::Map(command) => self.map(command, state),
            Command::Spawn { routine, args } => self.spawn(*routine, args, &state),
            Command::Copy { dest, source, count, stride } => {
                let (dest, source) = (self.int(dest, &state), self.int(source, &state));
                let count = self.int(count, &state);
                self.bind(&format!("Copy({state}, {dest}, {source}, {count} * {stride})"))
            }
            Command::Assert { ok, text } => {
                let (ok, slot) = (self.cond(ok, &state), self.site.slot);
                let stop = format!("[Stop({state}, \"assert\", {slot}, \"\") EXCEPT !.end.tag = {text}]");
                self.line(&format!("IF ~{ok} THEN {stop} ELSE"));
                state
            }
            Command::If(..) | Command::Raise(_) | Command::Fatal(_) | Command::Exit | Command::Bound(_) => {
                state
            }
        }
    }

    fn alloc(&mut self, dest: &Place, pool: PoolId, len: Option<&Expr>, state: &str) -> String {
        let kind = self.writer.machine.pool(pool);
        let len = len.map_or_else(|| "0".to_owned(), |len| self.int(len, state));
        let cells = match kind.shape {
            Shape::Record => format!("Zeros({})", kind.cells.len()),
            Shape::Array => format!("Elements({len}, {})", kind.stride()),
            Shape::Channel => format!("<<{len}, 0, 0>>"),
            Shape::Map { .. } => format!("Zeros({})", table::FIRST),
        };
        let name = &self.writer.names.pools[pool.0 as usize];
        let made = self.bind_unless_over(&format!("New({state}, \"{name}\", {cells})"));
        let text = self.set(&made, dest, &format!("Newest({made})"), &made);
        self.bind(&text)
    }

    fn spawn(&mut self, routine: RoutineId, args: &[Expr], state: &str) -> String {
        let number = routine.0 as usize;
        let kind = &self.writer.machine.routines[number];
        let entry = kind.entry.0 as usize;
        let name = &self.writer.names.routines[number];
        let text = if matches!(kind.points[entry].kind, PointKind::End) {
            format!("SpawnEnded({state}, \"{name}\")")
        } else {
            let dead = self.writer.dead_at_entry(number);
            let mut cells: Vec<String> = (0..)
                .zip(args)
                .map(|(cell, arg)| if dead.contains(&cell) { "0".to_owned() } else { self.int(arg, state) })
                .collect();
            cells.resize(kind.frame.len(), "0".to_owned());
            let at = &self.writer.names.points[number][entry];
            format!("Spawn({state}, \"{name}\", \"{at}\", <<{}>>)", cells.join(", "))
        };
        self.bind_unless_over(&text)
    }

    fn map(&mut self, command: &MapCommand, state: String) -> String {
        match command {
            MapCommand::Hash { kinds, key } => {
                let tags = super::maps::tag_cells(kinds.iter().copied());
                let found = format!("Unhashable({state}, {tags}, {})", self.ints(key, &state));
                let name = self.fresh();
                let raised = self.raising("1", &format!("u{}", &name[1..]), &state);
                self.line(&format!("LET u{} == {found} IN", &name[1..]));
                self.line(&format!("IF u{} # -1 THEN {raised} ELSE", &name[1..]));
                state
            }
            MapCommand::Insert { map, key, values } => {
                let (map, key, values) =
                    (self.int(map, &state), self.ints(key, &state), self.ints(values, &state));
                self.bind(&format!("Insert({state}, {map}, {key}, {values})"))
            }
            MapCommand::Remove { map, key } => {
                let text = format!("Remove({state}, {}, {})", self.int(map, &state), self.ints(key, &state));
                self.bind(&text)
            }
            MapCommand::Clear { map } => {
                let text = format!("Clear({state}, {})", self.int(map, &state));
                self.bind(&text)
            }
            MapCommand::Iterate { dest, pool, map } => {
                let map = self.int(map, &state);
                let name = self.writer.names.pools[pool.0 as usize].clone();
                let made =
                    self.bind_unless_over(&format!("New({state}, \"{name}\", Zeros({}))", table::FIRST));
                let text = self.set(&made, dest, &format!("Newest({made})"), &made);
                let set = self.bind(&text);
                self.bind(&format!("Fill({set}, Newest({made}), {map})"))
            }
            MapCommand::Next { iteration, index, key } => {
                let (iteration, index) = (self.int(iteration, &state), self.int(index, &state));
                let taken = self.bind(&format!("TakeFrom({state}, {iteration}, {index})"));
                if key.iter().all(Option::is_none) {
                    return taken;
                }
                let values = format!("q{}", &taken[1..]);
                self.line(&format!("LET {values} == KeyOf({state}, {iteration}, {index}) IN"));
                self.set_all(taken.clone(), key, &values, &taken)
            }
            MapCommand::Visit { map: _ } => state,
        }
    }
}
