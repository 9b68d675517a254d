//! Maps: finding an entry is an expression, changing one a few loops.
//!
//! In: the commands of `commands::maps`. Out: statements, and the definitions that they use. An entry is found by a
//! macro that looks at one entry after the other, so that a guard can do it. Entries are in the order of their keys, as
//! in the Machine. Iterations are a list, so that who changes a map finds those over it.

use std::fmt::Write;

use super::Unsupported;
use super::commands::Body;
use super::prelude::{Needs, Running};
use super::statements::Statement;
use crate::commands::{CellType, Expr, MapCommand};
use crate::machine::{Machine, Shape};

impl Body<'_> {
    pub(super) fn map(&mut self, command: &MapCommand, out: &mut Vec<Statement>) -> Result<(), Unsupported> {
        self.jumps = true;
        self.needs.maps = true;
        let done = |text: String| Statement::Do(text);
        match command {
            MapCommand::Visit { map: _ } => {}
            MapCommand::Hash { kinds, key } => self.hash(kinds, key, out)?,
            MapCommand::Insert { map, key, values } => {
                self.gather(key.iter().chain(values), out)?;
                self.over(map, out)?;
                out.push(done(format!("insert(over_, {}, {})", key.len(), key.len() + values.len())));
            }
            MapCommand::Remove { map, key } => {
                self.gather(key.iter(), out)?;
                self.over(map, out)?;
                out.push(done(format!("remove(over_, {})", key.len())));
            }
            MapCommand::Clear { map } => {
                self.over(map, out)?;
                out.push(done("clear(over_)".into()));
            }
            MapCommand::Iterate { dest, pool, map } => {
                self.needs.objects = true;
                let width = self.proctype.machine.pool(*pool).cells.len();
                let dest = self.scope.place(dest)?;
                self.over(map, out)?;
                out.push(done(format!("NEW_MAP({dest}, {width})")));
                out.push(done(format!("iterate({dest}, {width})")));
            }
            MapCommand::Next { iteration, index, key } => {
                out.push(Statement::set("place_", &self.scope.expr(index)?));
                self.over(iteration, out)?;
                for cell in 0..key.len() {
                    let put = self.needs.put(cell);
                    out.push(Statement::set(&put, &format!("mem[ENTRY(over_, place_) + {cell}]")));
                }
                out.push(done("take(over_)".into()));
                for (cell, dest) in key.iter().enumerate() {
                    if let Some(dest) = dest {
                        let put = self.needs.put(cell);
                        out.push(Statement::set(&self.scope.place(dest)?, &put));
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts a map where the loops find it: SPIN does not take long operands of what it expands.
    fn over(&mut self, map: &Expr, out: &mut Vec<Statement>) -> Result<(), Unsupported> {
        out.push(Statement::set("over_", &self.scope.expr(map)?));
        Ok(())
    }

    /// Puts cells where the loops find them.
    fn gather<'a>(
        &mut self,
        cells: impl Iterator<Item = &'a Expr>,
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        for (cell, value) in cells.enumerate() {
            let put = self.needs.put(cell);
            out.push(Statement::set(&put, &self.scope.expr(value)?));
            self.fits(value, &put, out)?;
        }
        Ok(())
    }

    /// Raises where a part of the key has a dynamic type without a hash.
    fn hash(
        &mut self,
        kinds: &[CellType],
        key: &[Expr],
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        for (kind, value) in kinds.iter().zip(key) {
            if *kind != CellType::Tag {
                continue;
            }
            for (number, tag) in self.proctype.machine.tags.iter().enumerate() {
                let Some(text) = tag.unhashable else { continue };
                let other = format!("{} != {number}", self.scope.operand(value)?);
                let raised = self.raise_runtime_error(i64::from(text))?;
                out.push(Statement::If(other, Vec::new(), raised));
            }
        }
        Ok(())
    }
}

/// Whether the keys of maps are compared cell by cell.
pub(super) fn plain(machine: &Machine) -> Result<(), Unsupported> {
    let interfaces = machine.pools.iter().any(|pool| {
        matches!(pool.shape, Shape::Map { .. }) && pool.cells.iter().any(|cell| cell.ty == CellType::Payload)
    });
    if interfaces && machine.tags.iter().any(|tag| tag.boxed.is_some()) {
        return Err(Unsupported::Construct("maps of interfaces that hold compound values"));
    }
    Ok(())
}

pub(super) fn prelude(needs: &mut Needs, entries: u32, out: &mut String) {
    let full = needs.bound(Running::Entries);
    let _ = writeln!(
        out,
        "\n/* A map: its length, of an iteration also the map and how many keys must still come; the entries by their keys. */\n\
         #define ENTRIES\t{entries}\n\
         #define SIZE(m)\t\tmem[(m) + 0]\n#define OVER(m)\t\tmem[(m) + 1]\n#define DUE(m)\t\tmem[(m) + 2]\n\
         #define WIDTH(m)\tmem[(m) - 1]\n#define NEXT(m)\t\tmem[(m) - 2]\n\
         #define ENTRY(m, i)\t((m) + 3 + (i) * WIDTH(m))\n\
         #define VALUE(e, cell)\t((e) != 0 -> mem[(e) + cell] : 0)\n\
         #define NEW_MAP(m, width) ROOM_FOR(5 + ENTRIES * width); m = free + 2; mem[free + 1] = width; free = free + 5 + ENTRIES * width\n\
         #define ROOM_TO_INSERT(m) if :: SIZE(m) < ENTRIES :: else -> OUT_OF({full}) fi"
    );
    for &cells in &needs.keys {
        let params = (0..cells).fold(String::new(), |all, cell| all + &format!(", k{cell}_"));
        let _ = write!(out, "#define FIND_{cells}(m{params}) ((m) == 0 -> 0 : ");
        for entry in 0..entries {
            let same: Vec<String> =
                (0..cells).map(|cell| format!(" && mem[ENTRY(m, {entry}) + {cell}] == (k{cell}_)")).collect();
            let _ = write!(out, "(SIZE(m) > {entry}{} -> ENTRY(m, {entry}) : ", same.concat());
        }
        let _ = writeln!(out, "0{})", ")".repeat(entries as usize));
    }
    let _ = writeln!(out, "hidden int put_[{}];", needs.put_cells().max(1));
    out.push_str(LOOPS);
}

const LOOPS: &str = "\
hidden int j_, place_, over_, at_;
hidden byte hit_, fresh_;
int iterations;

/* Looks for the key in put_: hit_, and where it is or belongs. */
inline look(m_, keys_) {
	k_ = 0; hit_ = false; place_ = SIZE(m_);
	do
	:: k_ < SIZE(m_) && !hit_ ->
		j_ = 0;
		do
		:: j_ < keys_ && mem[ENTRY(m_, k_) + j_] == put_[j_] -> j_++
		:: else -> break
		od;
		if
		:: j_ >= keys_ -> hit_ = true; place_ = k_
		:: else ->
			if
			:: place_ == SIZE(m_) && mem[ENTRY(m_, k_) + j_] > put_[j_] -> place_ = k_
			:: else
			fi;
			k_++
		fi
	:: else -> break
	od;
	j_ = 0
}

/* A new entry with the first cells of put_. */
inline enter(m_, keys_) {
	ROOM_TO_INSERT(m_);
	k_ = SIZE(m_) * WIDTH(m_);
	do
	:: k_ > place_ * WIDTH(m_) -> k_--; mem[(m_) + 3 + k_ + WIDTH(m_)] = mem[(m_) + 3 + k_]
	:: else -> break
	od;
	SIZE(m_)++;
	j_ = 0;
	do
	:: j_ < WIDTH(m_) -> mem[ENTRY(m_, place_) + j_] = (j_ < keys_ -> put_[j_] : 0); j_++
	:: else -> break
	od;
	j_ = 0
}

inline insert(m_, keys_, width_) {
	look(m_, keys_);
	fresh_ = !hit_;
	if
	:: fresh_ -> enter(m_, keys_)
	:: else
	fi;
	j_ = keys_;
	do
	:: j_ < width_ -> mem[ENTRY(m_, place_) + j_] = put_[j_]; j_++
	:: else -> break
	od;
	at_ = (fresh_ -> iterations : 0);
	do
	:: at_ != 0 ->
		if
		:: OVER(at_) == (m_) ->
			look(at_, keys_);
			if
			:: !hit_ -> enter(at_, keys_)
			:: else
			fi
		:: else
		fi;
		at_ = NEXT(at_)
	:: else -> break
	od;
	place_ = 0
}

/* Takes out the entry at place_. */
inline take(m_) {
	if
	:: OVER(m_) != 0 && mem[ENTRY(m_, place_) + WIDTH(m_) - 1] == 1 -> DUE(m_)--
	:: else
	fi;
	SIZE(m_)--;
	k_ = place_ * WIDTH(m_);
	do
	:: k_ < SIZE(m_) * WIDTH(m_) -> mem[(m_) + 3 + k_] = mem[(m_) + 3 + k_ + WIDTH(m_)]; k_++
	:: else -> break
	od;
	do
	:: k_ < (SIZE(m_) + 1) * WIDTH(m_) -> mem[(m_) + 3 + k_] = 0; k_++
	:: else -> break
	od;
	k_ = 0
}

inline remove(m_, keys_) {
	if
	:: (m_) != 0 ->
		look(m_, keys_);
		if
		:: hit_ ->
			take(m_);
			at_ = iterations;
			do
			:: at_ != 0 ->
				if
				:: OVER(at_) == (m_) ->
					look(at_, keys_);
					if
					:: hit_ -> take(at_)
					:: else
					fi
				:: else
				fi;
				at_ = NEXT(at_)
			:: else -> break
			od
		:: else
		fi
	:: else
	fi;
	place_ = 0
}

inline empty_all(m_) {
	k_ = 0;
	do
	:: k_ < SIZE(m_) * WIDTH(m_) -> mem[(m_) + 3 + k_] = 0; k_++
	:: else -> break
	od;
	SIZE(m_) = 0; DUE(m_) = 0
}

inline clear(m_) {
	if
	:: (m_) != 0 ->
		empty_all(m_);
		at_ = iterations;
		do
		:: at_ != 0 ->
			if
			:: OVER(at_) == (m_) -> empty_all(at_)
			:: else
			fi;
			at_ = NEXT(at_)
		:: else -> break
		od
	:: else
	fi;
	k_ = 0
}

/* The new iteration m_ must come to every key of the map over_. */
inline iterate(m_, width_) {
	if
	:: over_ != 0 ->
		place_ = 0;
		do
		:: place_ < SIZE(over_) ->
			j_ = 0;
			do
			:: j_ < width_ - 1 -> mem[ENTRY(m_, place_) + j_] = mem[ENTRY(over_, place_) + j_]; j_++
			:: else -> break
			od;
			mem[ENTRY(m_, place_) + j_] = 1;
			place_++
		:: else -> break
		od;
		SIZE(m_) = SIZE(over_); DUE(m_) = SIZE(over_); OVER(m_) = over_;
		NEXT(m_) = iterations; iterations = m_
	:: else
	fi;
	place_ = 0
}
";
