//! Expressions and places.
//!
//! In: expressions of the Machine. Out: expressions of Promela with the same values; where 32 bits may not do there is
//! no translation. Conditions are evaluated from left to right as far as needed, in both.

use super::Unsupported;
use super::layout::{Layout, Spot};
use super::range::{Cells, TooWide};
use crate::commands::maps::{Entry, Part};
use crate::commands::{Base, BinaryOp, CellType, Expr, Place, queue};
use crate::machine::Cell;

/// What names and cells an expression can see.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) globals: &'a Layout,
    pub(super) frame: &'a Layout,
    pub(super) cells: Cells<'a>,
    /// References that are known to be channels.
    pub(super) channels: &'a [Expr],
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        globals: &'a Layout,
        frame: &'a Layout,
        cells: &'a [Cell],
        package: &'a [Cell],
        limit: i64,
    ) -> Self {
        let cells = Cells { frame: cells, globals: package, limit };
        Self { globals, frame, cells, channels: &[] }
    }

    /// `expr`, which must fit.
    pub(super) fn expr(&self, expr: &Expr) -> Result<String, Unsupported> {
        self.cells.of(expr).map_err(|TooWide| Unsupported::Integers)?;
        self.text(expr)
    }

    /// The conjunction of `guards`; `true` for none.
    pub(super) fn all(&self, guards: &[&Expr]) -> Result<String, Unsupported> {
        let guards: Vec<&&Expr> = guards.iter().filter(|guard| ***guard != Expr::TRUE).collect();
        if let [only] = guards.as_slice() {
            return self.expr(only);
        }
        let parts: Vec<String> =
            guards.iter().map(|guard| self.chain(guard, true)).collect::<Result<_, _>>()?;
        Ok(if parts.is_empty() { "true".into() } else { parts.join(" && ") })
    }

    /// `expr` in parentheses where it has an operator.
    pub(super) fn operand(&self, expr: &Expr) -> Result<String, Unsupported> {
        self.cells.of(expr).map_err(|TooWide| Unsupported::Integers)?;
        let text = self.text(expr)?;
        let atom = match expr {
            Expr::Const(value) => *value >= 0,
            Expr::Load(_) | Expr::Not(_) | Expr::If(..) | Expr::Entry(_) => true,
            Expr::Wrap { .. } | Expr::AddrOf(_) => is_word(&text),
            Expr::And(..) | Expr::Or(..) | Expr::Binary(..) => false,
        };
        Ok(if atom { text } else { format!("({text})") })
    }

    fn text(&self, expr: &Expr) -> Result<String, Unsupported> {
        Ok(match expr {
            Expr::Const(value) => value.to_string(),
            Expr::Load(place) => self.place(place)?,
            Expr::AddrOf(place) => self.address(place)?,
            Expr::Not(inner) => format!("!{}", self.operand(inner)?),
            Expr::And(left, right) => format!("{} && {}", self.chain(left, true)?, self.chain(right, true)?),
            Expr::Or(left, right) => format!("{} || {}", self.chain(left, false)?, self.chain(right, false)?),
            Expr::If(cond, yes, no) => {
                format!("({} -> {} : {})", self.operand(cond)?, self.operand(yes)?, self.operand(no)?)
            }
            Expr::Binary(op, left, right) => self.binary(*op, left, right)?,
            Expr::Wrap { bits, signed, value } => self.wrap(*bits, *signed, value)?,
            Expr::Entry(entry) => self.entry(entry)?,
        })
    }

    /// A part of a conjunction or disjunction: the same operator needs no parentheses.
    fn chain(&self, expr: &Expr, and: bool) -> Result<String, Unsupported> {
        self.cells.of(expr).map_err(|TooWide| Unsupported::Integers)?;
        match expr {
            Expr::And(..) if and => self.text(expr),
            Expr::Or(..) if !and => self.text(expr),
            Expr::Binary(BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le, ..) => self.text(expr),
            _ => self.operand(expr),
        }
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<String, Unsupported> {
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        let operator = match op {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div | BinaryOp::DivU => "/",
            BinaryOp::Rem | BinaryOp::RemU => "%",
            BinaryOp::And => "&",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::AndNot => return Ok(format!("{a} & ~{b}")),
            BinaryOp::Shl => "<<",
            BinaryOp::Shr | BinaryOp::ShrU => {
                let range = self.cells.of(right).map_err(|TooWide| Unsupported::Integers)?;
                if range.low < 0 || range.high > 31 {
                    return Ok(format!("({b} < 31 -> {a} >> {b} : ({a} < 0 -> -1 : 0))"));
                }
                ">>"
            }
            // Negative numbers stand for the upper half.
            BinaryOp::LtU => return Ok(format!("(({a} < 0) == ({b} < 0) -> {a} < {b} : {b} < 0)")),
            BinaryOp::LeU => return Ok(format!("(({a} < 0) == ({b} < 0) -> {a} <= {b} : {b} < 0)")),
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
        };
        Ok(format!("{a} {operator} {b}"))
    }

    fn wrap(&self, bits: u32, signed: bool, value: &Expr) -> Result<String, Unsupported> {
        if bits > 16 {
            // It fits, so there is nothing to wrap: what does not fit is found when it is written.
            return self.text(value);
        }
        let inner = match value {
            Expr::Binary(BinaryOp::Shl, left, right) => {
                let (a, b) = (self.operand(left)?, self.operand(right)?);
                format!("({b} < {bits} -> {a} << {b} : 0)")
            }
            value => {
                let range = self.cells.of(value).map_err(|TooWide| Unsupported::Integers)?;
                let target = self.cells.of_type(CellType::Int { bits, signed });
                if target.low <= range.low && range.high <= target.high {
                    return self.text(value);
                }
                self.operand(value)?
            }
        };
        let mask = (1u32 << bits) - 1;
        Ok(match signed {
            false => format!("({inner} & {mask})"),
            true => {
                let half = 1u32 << (bits - 1);
                format!("((({inner} + {half}) & {mask}) - {half})")
            }
        })
    }

    /// A place as a variable.
    pub(super) fn place(&self, place: &Place) -> Result<String, Unsupported> {
        let (layout, cell) = match &place.base {
            Base::Local(local) => (self.frame, local.0),
            Base::Global(cell) => (self.globals, *cell),
            Base::Memory(reference) => return self.memory(reference, place),
        };
        let spot = layout
            .spots
            .get((cell + place.offset) as usize)
            .ok_or(Unsupported::Construct("a cell of no variable"))?;
        Ok(match spot {
            Spot::Variable(name) => name.clone(),
            Spot::Element(name, first) => format!("{name}[{}]", self.skip(*first, place)?),
            Spot::Memory(name, _) if place.index.is_empty() => name.clone(),
            Spot::Memory(_, address) => format!("mem[{}]", self.skip(*address, place)?),
        })
    }

    fn memory(&self, reference: &Expr, place: &Place) -> Result<String, Unsupported> {
        if place.index.is_empty() && self.channels.contains(reference) {
            let field = match place.offset {
                queue::CAP => Some("CAP"),
                queue::CLOSED => Some("CLOSED"),
                queue::LEN => Some("LEN"),
                _ => None,
            };
            if let Some(field) = field {
                return Ok(format!("{field}({})", self.expr(reference)?));
            }
        }
        let base = self.operand(reference)?;
        let skip = self.skip(place.offset, place)?;
        // SPIN takes `mem[mem[x]]` to be a mistake.
        let plain = skip == "0" && is_name(&base);
        Ok(if plain { format!("mem[{base}]") } else { format!("mem[{base} + {skip}]") })
    }

    /// The number of the cell `first` and the computed ones after it.
    fn skip(&self, first: u32, place: &Place) -> Result<String, Unsupported> {
        let mut parts = Vec::new();
        for scaled in &place.index {
            let index = self.operand(&scaled.index)?;
            parts.push(if scaled.stride == 1 { index } else { format!("{index} * {}", scaled.stride) });
        }
        if first > 0 || parts.is_empty() {
            parts.insert(0, first.to_string());
        }
        Ok(parts.join(" + "))
    }

    fn address(&self, place: &Place) -> Result<String, Unsupported> {
        match &place.base {
            Base::Local(_) => Err(Unsupported::Construct("the address of a frame cell")),
            Base::Global(cell) => match self.globals.spots.get((cell + place.offset) as usize) {
                Some(Spot::Memory(_, address)) => self.skip(*address, place),
                _ => Err(Unsupported::Construct("the address of a variable that has none")),
            },
            Base::Memory(reference) => {
                let skip = self.skip(place.offset, place)?;
                if skip == "0" {
                    return self.expr(reference);
                }
                Ok(format!("{} + {skip}", self.operand(reference)?))
            }
        }
    }

    /// A part of an entry of a map: macros find it, so the operands are repeated.
    fn entry(&self, entry: &Entry) -> Result<String, Unsupported> {
        let operands = std::iter::once(&entry.map).chain(&entry.key).map(|part| self.expr(part));
        let operands: Vec<String> = operands.collect::<Result<_, _>>()?;
        let find = format!("{FIND}{}({})", entry.key.len(), operands.join(", "));
        Ok(match &entry.part {
            Part::Found => format!("({find} != 0)"),
            Part::Cell(cell) => format!("VALUE({find}, {})", entry.key.len() as u32 + cell),
            Part::Holds(values) => {
                let mut parts = vec![format!("{find} != 0")];
                for (cell, value) in values.iter().enumerate() {
                    let held = format!("VALUE({find}, {})", entry.key.len() + cell);
                    parts.push(format!("{held} == {}", self.operand(value)?));
                }
                format!("({})", parts.join(" && "))
            }
        })
    }
}

/// What finds an entry, before the number of cells of its key.
pub(super) const FIND: &str = "FIND_";

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_word(text: &str) -> bool {
    is_name(text) || text.starts_with("((") || text.starts_with("mem[")
}
