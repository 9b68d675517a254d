//! Expressions and places in Promela.

use super::{Emitter, Unsaid};
use crate::commands::maps::{Entry, Part};
use crate::commands::{Base, BinaryOp, CellType, Expr, Place, table};
use crate::machine::{Pool, Shape};

impl Emitter<'_> {
    /// The value of `expr` for whoever is in `slot`.
    pub(super) fn expr(&self, slot: usize, expr: &Expr) -> Result<String, Unsaid> {
        self.expr_at(&self.frame_of(slot).to_string(), expr)
    }

    /// The index of `place`.
    pub(super) fn address(&self, slot: usize, place: &Place) -> Result<String, Unsaid> {
        self.address_at(&self.frame_of(slot).to_string(), place)
    }

    fn expr_at(&self, frame: &str, expr: &Expr) -> Result<String, Unsaid> {
        let part = |expr: &Expr| self.expr_at(frame, expr);
        Ok(match expr {
            Expr::Const(value) => constant(*value)?,
            Expr::Load(place) => format!("m[{}]", self.address_at(frame, place)?),
            Expr::AddrOf(place) => format!("({})", self.address_at(frame, place)?),
            Expr::Not(inner) => format!("({} == 0)", part(inner)?),
            Expr::And(left, right) => format!("({} && {})", part(left)?, part(right)?),
            Expr::Or(left, right) => format!("({} || {})", part(left)?, part(right)?),
            Expr::If(cond, yes, no) => format!("({} -> {} : {})", part(cond)?, part(yes)?, part(no)?),
            Expr::Binary(op, left, right) => binary(*op, &part(left)?, &part(right)?),
            Expr::Wrap { bits, signed, value } => wrapped(*bits, *signed, &part(value)?),
            Expr::Entry(entry) => self.entry(frame, entry)?,
        })
    }

    fn address_at(&self, frame: &str, place: &Place) -> Result<String, Unsaid> {
        let offset = place.offset;
        let mut text = match &place.base {
            Base::Local(local) => match frame.parse::<u32>() {
                Ok(frame) => (frame + local.0 + offset).to_string(),
                Err(_) => format!("{frame} + {}", local.0 + offset),
            },
            Base::Global(cell) => (1 + cell + offset).to_string(),
            // Also nothing is added: SPIN lets no array be indexed by an element of itself, but by a sum it does.
            Base::Memory(reference) => format!("{} + {offset}", self.expr_at(frame, reference)?),
        };
        for scaled in &place.index {
            let index = self.expr_at(frame, &scaled.index)?;
            text = match scaled.stride {
                1 => format!("{text} + {index}"),
                stride => format!("{text} + {index} * {stride}"),
            };
        }
        Ok(text)
    }

    /// What a map holds under a key: the entries are looked at one after another.
    fn entry(&self, frame: &str, entry: &Entry) -> Result<String, Unsaid> {
        let map = self.expr_at(frame, &entry.map)?;
        let key: Vec<String> =
            entry.key.iter().map(|part| self.expr_at(frame, part)).collect::<Result<_, _>>()?;
        let pool = self.map_pool(key.len(), &entry.part)?;
        let stride = pool.stride().max(1);
        let most = self.sizes.cells.saturating_sub(table::FIRST as usize) / stride;
        let mut text = "0".to_owned();
        for index in (0..most).rev() {
            let first = table::FIRST as usize + index * stride;
            let value = first + key.len();
            let found = match &entry.part {
                Part::Found => "1".to_owned(),
                Part::Cell(cell) => format!("m[{map} + {}]", value + *cell as usize),
                Part::Holds(other) => {
                    let mut same = vec!["1".to_owned()];
                    for (cell, other) in other.iter().enumerate() {
                        same.push(format!("m[{map} + {}] == {}", value + cell, self.expr_at(frame, other)?));
                    }
                    format!("({})", same.join(" && "))
                }
            };
            let same =
                key.iter().enumerate().map(|(cell, key)| format!(" && m[{map} + {}] == {key}", first + cell));
            let same: String = same.collect();
            text = format!("((m[{map}] > {index}{same}) -> {found} : {text})");
        }
        Ok(format!("({map} != 0 -> {text} : 0)"))
    }

    /// The pool of the maps whose keys have so many cells. All that matters is the size of an entry.
    fn map_pool(&self, key: usize, part: &Part) -> Result<&Pool, Unsaid> {
        let mut fitting = self.machine.pools.iter().filter(|pool| {
            let value = pool.cells.len().saturating_sub(key);
            let fits = match part {
                Part::Found => true,
                Part::Cell(cell) => (*cell as usize) < value,
                Part::Holds(other) => other.len() == value,
            };
            pool.shape == (Shape::Map { key: u32::try_from(key).unwrap_or(u32::MAX) }) && fits
        });
        let first = fitting.next().ok_or_else(|| Unsaid("maps of several kinds".into()))?;
        if fitting.any(|other| other.cells.len() != first.cells.len()) {
            return Err(Unsaid("maps of several kinds".into()));
        }
        if first.cells.iter().any(|cell| cell.ty == CellType::Payload) {
            return Err(Unsaid("interfaces in maps".into()));
        }
        Ok(first)
    }
}

fn constant(value: i64) -> Result<String, Unsaid> {
    let value = i32::try_from(value).map_err(|_| Unsaid("numbers of more than 32 bits".into()))?;
    Ok(if value < 0 { format!("({value})") } else { value.to_string() })
}

fn binary(op: BinaryOp, left: &str, right: &str) -> String {
    let plain = |sign: &str| format!("({left} {sign} {right})");
    // As unsigned numbers those below zero are the largest.
    let unsigned =
        |sign: &str| format!("((({left} < 0) == ({right} < 0)) -> ({left} {sign} {right}) : ({right} < 0))");
    match op {
        BinaryOp::Add => plain("+"),
        BinaryOp::Sub => plain("-"),
        BinaryOp::Mul => plain("*"),
        BinaryOp::Div | BinaryOp::DivU => plain("/"),
        BinaryOp::Rem | BinaryOp::RemU => plain("%"),
        BinaryOp::And => plain("&"),
        BinaryOp::Or => plain("|"),
        BinaryOp::Xor => plain("^"),
        BinaryOp::AndNot => format!("({left} & ~{right})"),
        BinaryOp::Shl => format!("({right} < 32 -> {left} << {right} : 0)"),
        BinaryOp::Shr | BinaryOp::ShrU => format!("({left} >> ({right} < 31 -> {right} : 31))"),
        BinaryOp::LtU => unsigned("<"),
        BinaryOp::LeU => unsigned("<="),
        BinaryOp::Eq => plain("=="),
        BinaryOp::Ne => plain("!="),
        BinaryOp::Lt => plain("<"),
        BinaryOp::Le => plain("<="),
    }
}

fn wrapped(bits: u32, signed: bool, value: &str) -> String {
    match (bits, signed) {
        (32.., _) => value.to_owned(),
        (bits, true) => format!("(({value} << {}) >> {})", 32 - bits, 32 - bits),
        (bits, false) => format!("({value} & {})", (1u32 << bits) - 1),
    }
}
