//! Declarations of the package and of blocks.

use super::helpers::Helper;
use super::writer::Writer;
use crate::sema::overlay::{Declarations, Item, ItemKind};
use crate::syntax::ast::{ConstGroup, Expr, FuncDecl, Ident, TypeDecl, TypeExpr, VarDecl};

/// A function whose header is longer than this does not stay on one line.
const LONG: usize = 60;

impl Writer<'_> {
    pub(super) fn declarations(&mut self, declarations: &Declarations<'_>) {
        let items = &declarations.items;
        let mut at = 0;
        while at < items.len() {
            self.newline();
            let together = self.item(&items[at..]);
            self.newline();
            at += together;
        }
    }

    /// Prints the first item, and those that are declared with it; gives their number.
    fn item(&mut self, items: &[Item<'_>]) -> usize {
        let Some(item) = items.first() else { return 1 };
        match &item.kind {
            ItemKind::Param(param) => {
                let value = self.model.program.params.iter().find(|known| known.name == item.key);
                let (value, low, high) = value.map_or((0, 0, 0), |it| (it.value, it.range.0, it.range.1));
                self.at(param.span);
                self.text(&format!("const {} = {value} // from {low} to {high}", item.key));
            }
            ItemKind::Const { ty, value, iota } => self.constant(item.name, *ty, *value, *iota),
            ItemKind::Var { decl, index: 0 } => {
                let rest = items.iter().enumerate().take_while(|(at, other)| {
                    matches!(other.kind, ItemKind::Var { decl: same, index } if std::ptr::eq(same, *decl) && index == *at)
                });
                if rest.count() == decl.names.len() {
                    self.variables(decl);
                    return decl.names.len();
                }
                self.one_variable(decl, 0);
            }
            ItemKind::Var { decl, index } => self.one_variable(decl, *index),
            ItemKind::Type(decl) => self.type_declaration(decl),
            ItemKind::Func(decl) => self.function(decl),
        }
        1
    }

    fn constant(&mut self, name: &Ident, ty: Option<&TypeExpr>, value: Option<&Expr>, iota: i128) {
        self.at(name.span);
        self.text(&format!("const {}", name.name));
        if let Some(ty) = ty {
            self.text(" ");
            self.ty(ty);
        }
        if let Some(value) = value {
            self.text(" = ");
            let outer = self.iota.replace(iota);
            self.expr(value);
            self.iota = outer;
        }
    }

    /// A constant a line, `iota` written out.
    pub(super) fn constants(&mut self, group: &ConstGroup) {
        let mut previous: (Option<&TypeExpr>, &[Expr]) = (None, &[]);
        let mut first = true;
        for (iota, spec) in group.specs.iter().enumerate() {
            if !spec.values.is_empty() || spec.ty.is_some() {
                previous = (spec.ty.as_ref(), &spec.values);
            }
            for (index, name) in spec.names.iter().enumerate() {
                if !first {
                    self.newline();
                }
                first = false;
                self.constant(name, previous.0, previous.1.get(index), iota as i128);
            }
        }
    }

    pub(super) fn variables(&mut self, decl: &VarDecl) {
        self.at(decl.span);
        self.text("var ");
        self.list(&decl.names, |writer, name| writer.text(&name.name));
        self.type_and_values(decl.ty.as_ref(), &decl.values);
    }

    /// One of several, where a fix has replaced the others.
    fn one_variable(&mut self, decl: &VarDecl, index: usize) {
        self.at(decl.span);
        self.text(&format!("var {}", decl.names[index].name));
        self.type_and_values(decl.ty.as_ref(), decl.values.get(index).map_or(&[], std::slice::from_ref));
    }

    fn type_and_values(&mut self, ty: Option<&TypeExpr>, values: &[Expr]) {
        if let Some(ty) = ty {
            self.text(" ");
            self.ty(ty);
        }
        if !values.is_empty() {
            self.text(" = ");
            self.exprs(values, 1);
        }
    }

    pub(super) fn type_declaration(&mut self, decl: &TypeDecl) {
        self.at(decl.span);
        self.text(&format!("type {} ", decl.name.name));
        if decl.alias {
            self.text("= ");
        }
        self.ty(&decl.ty);
    }

    fn function(&mut self, decl: &FuncDecl) {
        self.at(decl.span);
        self.text("func ");
        if let Some(receiver) = &decl.receiver {
            let star = if receiver.pointer { "*" } else { "" };
            let name = receiver.name.as_ref().map(|name| format!("{} ", name.name)).unwrap_or_default();
            self.text(&format!("({name}{star}{}) ", receiver.ty.name));
        }
        self.text(&decl.name.name);
        self.signature(&decl.signature);
        self.text(" ");
        let is_main = decl.receiver.is_none() && decl.name.name == "main";
        let mut prelude = Vec::new();
        if is_main {
            if self.options.observe {
                prelude.push(format!("{}()", self.helper(Helper::Watch)));
            }
            let end = if self.options.observe { Helper::ObservedEnd } else { Helper::End };
            prelude.push(format!("defer {}()", self.helper(end)));
        }
        if prelude.is_empty() && decl.body.stmts.is_empty() && decl.span.len() > LONG {
            self.text("{");
            self.newline();
            self.text("}");
        } else {
            self.body(&decl.body, &prelude);
        }
    }
}
