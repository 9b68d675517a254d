//! What `maps.tla` has to know of a model: how entries are laid out, and what interfaces can hold.

use super::expr::Writer;
use crate::commands::{CellType, Command, Expr};
use crate::machine::{Machine, Pool, Shape, maps, visit};

/// The operators for maps.
const OPERATORS: &str = include_str!("maps.tla");

/// Whether a module of `machine` needs them.
pub(super) fn needed(machine: &Machine) -> bool {
    /// Whether there is a word about maps. A model may use one without ever making any.
    struct Words(bool);
    impl visit::Visit for Words {
        fn expr(&mut self, expr: &Expr) {
            self.0 |= matches!(expr, Expr::Entry(_));
        }
        fn command(&mut self, command: &Command) {
            self.0 |= matches!(command, Command::Map(_));
        }
    }
    let mut words = Words(false);
    for point in machine.points() {
        visit::point(point, &mut words);
    }
    for (_, cond) in machine.properties.conditions() {
        visit::expr(cond, &mut words);
    }
    words.0
}

/// The tables and the operators.
pub(super) fn write(writer: &Writer<'_>) -> String {
    let Writer { machine, names, .. } = writer;
    let pools: Vec<(&String, &Pool)> = names.pools.iter().zip(&machine.pools).collect();
    let table = |title: &str, cells: &dyn Fn(&Pool) -> Option<String>, other: &str| {
        let rows = pools.iter().filter_map(|(name, pool)| Some((format!("p = \"{name}\""), cells(pool)?)));
        super::cases(&format!("{title}(p)"), rows, other)
    };
    let map = |pool: &Pool| matches!(pool.shape, Shape::Map { .. });
    let maps: Vec<String> =
        pools.iter().filter(|(_, pool)| map(pool)).map(|(name, _)| format!("\"{name}\"")).collect();
    let types = |pool: &Pool| pool.cells.iter().map(|cell| cell.ty).collect::<Vec<_>>();
    let payloads = |pool: &Pool| Some(cells_of(&types(pool), CellType::Payload)).filter(|it| it != "{}");
    let tags = |pool: &Pool| Some(tag_cells(types(pool).into_iter())).filter(|it| it != "{}");
    let mut text = format!("Maps == {{{}}}\n", maps.join(", "));
    text += &table("EntryCells", &|pool| map(pool).then(|| pool.stride().to_string()), "1");
    text += &table("KeyCells", &|pool| map(pool).then(|| maps::key_cells(pool).to_string()), "0");
    text += &table("PayloadCells", &payloads, "{}");
    text += &table("TagCells", &tags, "{}");
    let boxed = machine.tags.iter().enumerate().filter_map(|(number, tag)| {
        let pool = &names.pools[tag.boxed?.0 as usize];
        Some((format!("t = {number}"), format!("\"{pool}\"")))
    });
    text += &super::cases("Boxed(t)", boxed, "\"\"");
    let unhashable = machine
        .tags
        .iter()
        .enumerate()
        .filter_map(|(number, tag)| Some((format!("t = {number}"), tag.unhashable?.to_string())));
    text += &super::cases("UnhashableTag(t)", unhashable, "-1");
    text + OPERATORS
}

/// The indices of the cells that hold tags.
pub(super) fn tag_cells(kinds: impl Iterator<Item = CellType>) -> String {
    cells_of(&kinds.collect::<Vec<_>>(), CellType::Tag)
}

fn cells_of(kinds: &[CellType], wanted: CellType) -> String {
    let indices: Vec<String> = (1..)
        .zip(kinds)
        .filter(|&(_, &kind)| kind == wanted)
        .map(|(index, _): (u32, _)| index.to_string())
        .collect();
    format!("{{{}}}", indices.join(", "))
}
