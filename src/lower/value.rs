//! Values while they are being computed: a scalar expression per cell.

use crate::commands::{Base, CellType, Command, Expr, Place, Scaled};

/// The cells of a value, not yet stored anywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub exprs: Vec<Expr>,
    pub types: Vec<CellType>,
}

impl Value {
    pub fn new(exprs: Vec<Expr>, types: Vec<CellType>) -> Self {
        debug_assert_eq!(exprs.len(), types.len(), "a type for every cell");
        Self { exprs, types }
    }

    pub fn scalar(expr: Expr, ty: CellType) -> Self {
        Self { exprs: vec![expr], types: vec![ty] }
    }

    /// The value stored at `place`.
    pub fn load(place: &Place, types: Vec<CellType>) -> Self {
        let exprs = (0u32..).zip(&types).map(|(at, _)| Expr::load(place.clone().at(at))).collect();
        Self { exprs, types }
    }

    /// All cells zero.
    pub fn zero(types: Vec<CellType>) -> Self {
        Self { exprs: vec![Expr::Const(0); types.len()], types }
    }

    /// The cell of a one-cell value.
    pub fn first(&self) -> Expr {
        self.exprs.first().cloned().unwrap_or(Expr::Const(0))
    }

    /// Cell number `index`.
    pub fn cell(&self, index: usize) -> Expr {
        self.exprs.get(index).cloned().unwrap_or(Expr::Const(0))
    }

    /// `len` cells from `at` on.
    pub fn part(&self, at: usize, len: usize) -> Self {
        let exprs = self.exprs.iter().skip(at).take(len).cloned().collect();
        let types = self.types.iter().skip(at).take(len).copied().collect();
        Self { exprs, types }
    }

    pub fn extend(&mut self, other: Self) {
        self.exprs.extend(other.exprs);
        self.types.extend(other.types);
    }
}

/// True where the expression reads only the goroutine's own frame: nobody else can change what it gives.
pub(super) fn is_private(expr: &Expr) -> bool {
    let mut private = true;
    visit_places(expr, &mut |place| private &= matches!(place.base, Base::Local(_)));
    private
}

/// True where running the commands touches only the goroutine's own frame and cannot raise.
pub(super) fn are_private(commands: &[Command]) -> bool {
    commands.iter().all(|command| match command {
        Command::Set(place, expr) => {
            matches!(place.base, Base::Local(_)) && place.index.is_empty() && is_private(expr)
        }
        _ => false,
    })
}

/// Calls `visit` for each place that evaluating `expr` reads (for [`Expr::AddrOf`], only what computing the address reads).
pub(super) fn visit_places(expr: &Expr, visit: &mut dyn FnMut(&Place)) {
    match expr {
        Expr::Const(_) => {}
        Expr::Load(place) => {
            visit(place);
            visit_address(place, visit);
        }
        Expr::AddrOf(place) => visit_address(place, visit),
        Expr::Not(inner) | Expr::Wrap { value: inner, .. } => visit_places(inner, visit),
        Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
            visit_places(left, visit);
            visit_places(right, visit);
        }
        Expr::Entry(entry) => {
            // Somewhere in the map.
            let index = Scaled { index: Expr::Const(0), stride: 1, limit: None };
            visit(&Place { base: Base::Memory(entry.map.clone()), offset: 0, index: vec![index] });
            entry.exprs().for_each(|part| visit_places(part, visit));
        }
        Expr::If(cond, left, right) => {
            visit_places(cond, visit);
            visit_places(left, visit);
            visit_places(right, visit);
        }
    }
}

fn visit_address(place: &Place, visit: &mut dyn FnMut(&Place)) {
    if let Base::Memory(reference) = &place.base {
        visit_places(reference, visit);
    }
    for scaled in &place.index {
        visit_places(&scaled.index, visit);
    }
}

/// True where writing `dest` might change what `expr` gives.
pub(super) fn depends_on(expr: &Expr, dest: &Place) -> bool {
    let mut depends = false;
    visit_places(expr, &mut |place| depends |= may_alias(place, dest));
    depends
}

/// True unless the two places are surely different cells.
fn may_alias(a: &Place, b: &Place) -> bool {
    let fixed = a.index.is_empty() && b.index.is_empty();
    match (&a.base, &b.base) {
        (Base::Local(x), Base::Local(y)) => {
            // A dynamic index stays within its variable, but which cells that has is not known here.
            !fixed || x.0 + a.offset == y.0 + b.offset
        }
        (Base::Global(x), Base::Global(y)) => !fixed || x + a.offset == y + b.offset,
        (Base::Memory(x), Base::Memory(y)) => !(fixed && x == y && a.offset != b.offset),
        (Base::Global(_), Base::Memory(_)) | (Base::Memory(_), Base::Global(_)) => true,
        (Base::Local(_), _) | (_, Base::Local(_)) => false,
    }
}
