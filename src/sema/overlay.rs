//! A fix laid over a model: declarations of the same name replaced, others added, some deleted.
//!
//! In: a file and the name of a fix. Out: the [`Declarations`] that are then checked
//! as one model. Nothing is typed here; groups are taken apart to one item a name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::problem::{ModelProblem, NameProblem};
use crate::diag::{Problems, did_you_mean};
use crate::source::Span;
use crate::syntax::ast::{self, Decl, Ident};

/// What there is to check.
#[derive(Debug, Default)]
pub(crate) struct Declarations<'a> {
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) checks: Vec<&'a ast::Check>,
    pub(crate) covers: Vec<&'a ast::Cover>,
    pub(crate) expects: Vec<&'a ast::Expect>,
    pub(crate) imports: Vec<&'a ast::Import>,
    pub(crate) meta: Vec<(String, String)>,
}

/// One declared name.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) name: &'a Ident,
    /// `name`, or `T.name` for a method.
    pub(crate) key: String,
    pub(crate) kind: ItemKind<'a>,
}

#[derive(Clone, Debug)]
pub(crate) enum ItemKind<'a> {
    Const {
        ty: Option<&'a ast::TypeExpr>,
        value: Option<&'a ast::Expr>,
        iota: i128,
    },
    /// `index`: which of the declaration's names.
    Var {
        decl: &'a ast::VarDecl,
        index: usize,
    },
    Type(&'a ast::TypeDecl),
    Func(&'a ast::FuncDecl),
    Param(&'a ast::Param),
}

/// The model alone, or with one fix.
pub(crate) fn overlay<'a>(
    file: &'a ast::File,
    fix: Option<&str>,
    problems: &mut Problems,
) -> Declarations<'a> {
    let mut declarations = flatten(&file.decls, problems);
    check_fix_names(file, problems);
    let Some(wanted) = fix else { return declarations };
    let Some(fix) = fixes(file).find(|fix| fix.name.name == wanted) else {
        let exist: Vec<String> = fixes(file).map(|fix| fix.name.name.clone()).collect();
        let span = file.model.as_ref().map(|model| model.span).unwrap_or_default();
        let meant = did_you_mean(wanted, exist.iter().map(String::as_str)).map(str::to_string);
        problems.push(&ModelProblem::UnknownFix { span, name: wanted.to_string(), meant, exist });
        return declarations;
    };
    let says =
        |decl: &Decl| matches!(decl, Decl::Expect(_) | Decl::Import(_) | Decl::Meta(_) | Decl::Loses(_));
    if fix.decls.iter().all(says) {
        problems.push(&ModelProblem::EmptyFix { span: fix.name.span, name: wanted.to_string() });
    }
    check_losses(&declarations, fix, problems);
    let changes = flatten(&fix.decls, problems);
    delete(&mut declarations, fix, &changes, problems);
    replace(&mut declarations, changes, problems);
    declarations
}

/// The fixes of a file.
pub(crate) fn fixes(file: &ast::File) -> impl Iterator<Item = &ast::Fix> {
    file.decls.iter().filter_map(|decl| match decl {
        Decl::Fix(fix) => Some(fix),
        _ => None,
    })
}

fn check_fix_names(file: &ast::File, problems: &mut Problems) {
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    for fix in fixes(file) {
        if let Some(&first) = seen.get(fix.name.name.as_str()) {
            let name = fix.name.name.clone();
            problems.push(&NameProblem::Redeclared { span: fix.name.span, first, what: "fix", name });
        } else {
            seen.insert(&fix.name.name, fix.name.span);
        }
    }
}

/// Takes groups apart.
pub(crate) fn flatten<'a>(decls: &'a [Decl], problems: &mut Problems) -> Declarations<'a> {
    let mut out = Declarations::default();
    for decl in decls {
        match decl {
            Decl::Import(import) => out.imports.push(import),
            Decl::Meta(meta) => {
                let entries = meta.entries.iter();
                out.meta.extend(entries.map(|(key, text)| (key.name.clone(), text.value.clone())));
            }
            Decl::Param(param) => out.items.push(item(&param.name, ItemKind::Param(param))),
            Decl::Const(group) => flatten_consts(group, &mut out.items, problems),
            Decl::Var(decl) => {
                let names = decl.names.iter().enumerate();
                out.items.extend(names.map(|(index, name)| item(name, ItemKind::Var { decl, index })));
            }
            Decl::Type(decl) => out.items.push(item(&decl.name, ItemKind::Type(decl))),
            Decl::Func(decl) => {
                let key = match &decl.receiver {
                    Some(receiver) => format!("{}.{}", receiver.ty.name, decl.name.name),
                    None => decl.name.name.clone(),
                };
                out.items.push(Item { name: &decl.name, key, kind: ItemKind::Func(decl) });
            }
            Decl::Check(check) => out.checks.push(check),
            Decl::Cover(cover) => out.covers.push(cover),
            Decl::Expect(expect) => out.expects.push(expect),
            Decl::Fix(_) | Decl::Delete(_) | Decl::Loses(_) => {}
        }
    }
    out
}

fn item<'a>(name: &'a Ident, kind: ItemKind<'a>) -> Item<'a> {
    Item { name, key: name.name.clone(), kind }
}

/// One item a constant; a line without values repeats the line before.
pub(crate) fn flatten_consts<'a>(
    group: &'a ast::ConstGroup,
    items: &mut Vec<Item<'a>>,
    problems: &mut Problems,
) {
    let mut previous: (Option<&'a ast::TypeExpr>, &'a [ast::Expr]) = (None, &[]);
    for (iota, spec) in group.specs.iter().enumerate() {
        if !spec.values.is_empty() || spec.ty.is_some() {
            previous = (spec.ty.as_ref(), &spec.values);
        }
        let (ty, values) = previous;
        if let Some(extra) = values.get(spec.names.len())
            && !spec.values.is_empty()
        {
            let problem = super::problem::StatementProblem::AssignCount {
                span: extra.span,
                targets: spec.names.len(),
                values: values.len(),
            };
            problems.push(&problem);
        }
        for (index, name) in spec.names.iter().enumerate() {
            let kind = ItemKind::Const { ty, value: values.get(index), iota: iota as i128 };
            items.push(item(name, kind));
        }
    }
}

/// What a fix can lose is what the model has.
fn check_losses(declarations: &Declarations, fix: &ast::Fix, problems: &mut Problems) {
    for decl in &fix.decls {
        let Decl::Loses(ast::Loses { name, .. }) = decl else { continue };
        let can = |item: &&Item| matches!(item.kind, ItemKind::Func(_) | ItemKind::Var { .. });
        let mut known = declarations.items.iter().filter(can).map(|item| item.key.as_str());
        if !known.clone().any(|key| key == name.name) {
            let meant = did_you_mean(&name.name, &mut known).map(str::to_string);
            problems.push(&ModelProblem::LosesMissing { span: name.span, name: name.name.clone(), meant });
        }
    }
}

fn delete(declarations: &mut Declarations, fix: &ast::Fix, changes: &Declarations, problems: &mut Problems) {
    for decl in &fix.decls {
        let Decl::Delete(delete) = decl else { continue };
        let (name, span) = (&delete.name.name, delete.name.span);
        if let Some(item) = changes.items.iter().find(|item| item.key == *name) {
            problems.push(&ModelProblem::Conflict { span, name: name.clone(), first: item.name.span });
            continue;
        }
        let before = declarations.items.len() + declarations.covers.len();
        let methods = format!("{name}.");
        let known: Vec<String> = keys(declarations);
        declarations.items.retain(|item| item.key != *name && !item.key.starts_with(&methods));
        declarations.covers.retain(|cover| cover.name.name != *name);
        if declarations.items.len() + declarations.covers.len() == before {
            let meant = did_you_mean(name, known.iter().map(String::as_str)).map(str::to_string);
            problems.push(&ModelProblem::DeleteMissing { span, name: name.clone(), meant });
        }
    }
}

fn keys(declarations: &Declarations) -> Vec<String> {
    let items = declarations.items.iter().map(|item| item.key.clone());
    items.chain(declarations.covers.iter().map(|cover| cover.name.name.clone())).collect()
}

fn replace<'a>(declarations: &mut Declarations<'a>, changes: Declarations<'a>, problems: &mut Problems) {
    let keys: FxHashSet<&str> =
        changes.items.iter().map(|item| item.key.as_str()).filter(|key| *key != "_").collect();
    check_partial(declarations, &changes, problems);
    // A replaced declaration keeps its place: the order of package variables matters.
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut placed: FxHashSet<&str> = FxHashSet::default();
    for old in &declarations.items {
        match keys.get(old.key.as_str()) {
            None => items.push(old.clone()),
            Some(&key) if placed.insert(key) => {
                items.extend(changes.items.iter().filter(|new| new.key == key).cloned());
            }
            Some(_) => {}
        }
    }
    items.extend(changes.items.iter().filter(|new| !placed.contains(new.key.as_str())).cloned());
    declarations.items = items;
    declarations.covers.retain(|old| !changes.covers.iter().any(|new| new.name.name == old.name.name));
    declarations.covers.extend(changes.covers);
    declarations.checks.extend(changes.checks);
    declarations.imports.extend(changes.imports);
    declarations.expects = changes.expects;
    for (key, text) in changes.meta {
        declarations.meta.retain(|(old, _)| *old != key);
        declarations.meta.push((key, text));
    }
}

/// `var a, b = f()` can be replaced as a whole only.
fn check_partial(declarations: &Declarations, changes: &Declarations, problems: &mut Problems) {
    let replacement = |name: &str| changes.items.iter().find(|new| name != "_" && new.key == name);
    for item in &declarations.items {
        let ItemKind::Var { decl, .. } = item.kind else { continue };
        let tuple = decl.values.len() == 1 && decl.names.len() > 1;
        let Some(new) = replacement(&item.key).filter(|_| tuple) else { continue };
        let kept = decl.names.iter().filter(|name| name.name != "_" && replacement(&name.name).is_none());
        let rest: Vec<String> = kept.map(|name| name.name.clone()).collect();
        if !rest.is_empty() {
            let (span, at) = (new.name.span, decl.span);
            problems.push(&ModelProblem::Partial { span, name: item.key.clone(), rest, at });
        }
    }
}
