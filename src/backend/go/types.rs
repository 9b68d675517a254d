//! Types and signatures.

use super::writer::Writer;
use crate::syntax::ast::{
    ChanDir, ExprKind, FieldDecl, InterfaceElem, Parameter, Signature, TypeExpr, TypeExprKind,
};

impl Writer<'_> {
    pub(super) fn ty(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeExprKind::Name(name) => self.text(name),
            TypeExprKind::Qualified { package, name } => self.qualified(&package.name, &name.name),
            TypeExprKind::Pointer(to) => {
                self.text("*");
                self.ty(to);
            }
            TypeExprKind::Array { len, elem } => {
                self.text("[");
                match len {
                    Some(len) => self.expr(len),
                    None => self.text("..."),
                }
                self.text("]");
                self.ty(elem);
            }
            TypeExprKind::Slice(elem) => {
                self.text("[]");
                self.ty(elem);
            }
            TypeExprKind::Map { key, value } => {
                self.text("map[");
                self.ty(key);
                self.text("]");
                self.ty(value);
            }
            TypeExprKind::Chan { dir, elem } => {
                self.text(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                // `chan (<-chan T)`: without the parentheses the arrow would go with the first `chan`.
                let arrow = matches!(&elem.kind, TypeExprKind::Chan { dir: ChanDir::Recv, .. });
                if arrow && *dir == ChanDir::Both {
                    self.text("(");
                    self.ty(elem);
                    self.text(")");
                } else {
                    self.ty(elem);
                }
            }
            TypeExprKind::Func(signature) => {
                self.text("func");
                self.signature(signature);
            }
            TypeExprKind::Struct(fields) => self.structure(fields),
            TypeExprKind::Interface(elems) => self.interface(elems),
            TypeExprKind::Paren(inner) => {
                self.text("(");
                self.ty(inner);
                self.text(")");
            }
            TypeExprKind::Instance { base, args } => {
                self.ty(base);
                self.text("[");
                for (at, arg) in args.iter().enumerate() {
                    self.text(if at == 0 { "" } else { ", " });
                    self.ty(arg);
                }
                self.text("]");
            }
            TypeExprKind::Error => self.text("int"),
        }
    }

    /// `package.Name`, with what a package has under another name in Go.
    pub(super) fn qualified(&mut self, package: &str, name: &str) {
        self.import(package);
        self.needs(package, name);
        self.text(package);
        self.text(".");
        self.text(name);
    }

    pub(super) fn signature(&mut self, signature: &Signature) {
        self.parameters(&signature.params);
        match signature.results.as_slice() {
            [] => {}
            [Parameter { name: None, ty, .. }] => {
                self.text(" ");
                self.ty(ty);
            }
            results => {
                self.text(" ");
                self.parameters(results);
            }
        }
    }

    fn parameters(&mut self, params: &[Parameter]) {
        self.text("(");
        for (index, param) in params.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            if let Some(name) = &param.name {
                self.text(&name.name);
                let same = params
                    .get(index + 1)
                    .is_some_and(|next| next.name.is_some() && next.ty.span == param.ty.span);
                if same {
                    continue;
                }
                self.text(" ");
            }
            if param.variadic {
                self.text("...");
            }
            self.ty(&param.ty);
        }
        self.text(")");
    }

    /// A field a line, their types in one column as far as nothing comes between.
    fn structure(&mut self, fields: &[FieldDecl]) {
        if fields.is_empty() {
            self.text("struct{}");
            return;
        }
        self.text("struct {");
        self.newline();
        self.indent();
        let mut from = 0;
        while from < fields.len() {
            let to = section(&fields[from..]) + from;
            let groups: Vec<(String, &TypeExpr)> = fields[from..to]
                .chunk_by(|one, next| one.name.is_some() && one.ty.span == next.ty.span)
                .map(|group| (names(group), &group[0].ty))
                .collect();
            let width = groups.iter().map(|(names, _)| names.chars().count()).max().unwrap_or(0);
            for (names, ty) in groups {
                if !names.is_empty() {
                    let padding = width - names.chars().count() + 1;
                    self.text(&format!("{names}{}", " ".repeat(padding)));
                }
                self.ty(ty);
                self.newline();
            }
            from = to;
        }
        self.outdent();
        self.text("}");
    }

    fn interface(&mut self, elems: &[InterfaceElem]) {
        if elems.is_empty() {
            self.text("interface{}");
            return;
        }
        self.text("interface {");
        self.newline();
        self.indent();
        for elem in elems {
            match elem {
                InterfaceElem::Method { name, signature } => {
                    self.text(&name.name);
                    self.signature(signature);
                }
                InterfaceElem::Embedded(ty) => {
                    self.ty(ty);
                }
            }
            self.newline();
        }
        self.outdent();
        self.text("}");
    }
}

/// `a, b` of `a, b int`.
fn names(group: &[FieldDecl]) -> String {
    let names = group.iter().filter_map(|field| field.name.as_ref());
    names.map(|name| name.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// How many of the first fields gofmt aligns with each other: up to an embedded one, or with one whose type takes several lines.
fn section(fields: &[FieldDecl]) -> usize {
    let ends = |field: &FieldDecl| field.name.is_none() || several_lines(&field.ty);
    match fields.iter().position(ends) {
        Some(0) => 1,
        Some(at) if fields[at].name.is_some() => at + 1,
        Some(at) => at,
        None => fields.len(),
    }
}

pub(super) fn several_lines(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeExprKind::Struct(fields) => !fields.is_empty(),
        TypeExprKind::Interface(elems) => !elems.is_empty(),
        TypeExprKind::Pointer(inner) | TypeExprKind::Slice(inner) | TypeExprKind::Paren(inner) => {
            several_lines(inner)
        }
        TypeExprKind::Array { elem, len } => {
            several_lines(elem) || len.as_ref().is_some_and(|len| matches!(len.kind, ExprKind::FuncLit(_)))
        }
        TypeExprKind::Chan { elem, .. } => several_lines(elem),
        TypeExprKind::Map { key, value } => several_lines(key) || several_lines(value),
        TypeExprKind::Func(signature) => {
            signature.params.iter().chain(&signature.results).any(|param| several_lines(&param.ty))
        }
        TypeExprKind::Name(_)
        | TypeExprKind::Qualified { .. }
        | TypeExprKind::Instance { .. }
        | TypeExprKind::Error => false,
    }
}
