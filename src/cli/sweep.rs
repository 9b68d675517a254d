//! Every combination of parameter values.

use crate::sema::program::Param;

/// One value a parameter, in the order of declaration.
pub type Values = Vec<(String, i64)>;

/// How many combinations a sweep has.
pub fn size(params: &[Param], fixed: &[(String, i64)]) -> u128 {
    params
        .iter()
        .map(|param| ends(param, fixed))
        .map(|(low, high)| count(low, high))
        .fold(1, u128::saturating_mul)
}

/// How many values a range has; both ends count.
pub fn count(low: i64, high: i64) -> u128 {
    (i128::from(high) - i128::from(low) + 1).max(0).unsigned_abs()
}

/// All combinations, the last parameter the fastest; those in `fixed` keep their value.
pub fn combinations(params: &[Param], fixed: &[(String, i64)]) -> Vec<Values> {
    let mut all: Vec<Values> = vec![Vec::new()];
    for param in params {
        let (low, high) = ends(param, fixed);
        let extend = |values: Values| {
            (low..=high).map(move |value| {
                let mut longer = values.clone();
                longer.push((param.name.clone(), value));
                longer
            })
        };
        all = all.into_iter().flat_map(extend).collect();
    }
    all
}

/// The default of each parameter, or its value in `fixed`.
pub fn defaults(params: &[Param], fixed: &[(String, i64)]) -> Values {
    let value = |param: &Param| given(&param.name, fixed).unwrap_or(param.default);
    params.iter().map(|param| (param.name.clone(), value(param))).collect()
}

/// `conns=3 workers=2`.
pub fn words(values: &[(String, i64)]) -> String {
    let words: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.join(" ")
}

/// ` with conns=2`; nothing for a model without parameters.
pub fn with(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" with {words}") }
}

/// What combinations are sorted by, small ones first: those with a small sum.
pub fn by_size(values: &[(String, i64)]) -> (i64, String) {
    let sum = values.iter().map(|&(_, value)| value.saturating_abs()).fold(0, i64::saturating_add);
    (sum, words(values))
}

fn ends(param: &Param, fixed: &[(String, i64)]) -> (i64, i64) {
    given(&param.name, fixed).map_or(param.range, |value| (value, value))
}

fn given(name: &str, fixed: &[(String, i64)]) -> Option<i64> {
    fixed.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{combinations, defaults, size, words};
    use crate::sema::program::Param;
    use crate::source::Span;

    fn param(name: &str, default: i64, range: (i64, i64)) -> Param {
        Param { name: name.into(), value: default, default, range, span: Span::default() }
    }

    #[test]
    fn every_combination_once() {
        let params = [param("a", 1, (1, 2)), param("b", 0, (-1, 1))];
        let all: Vec<String> = combinations(&params, &[]).iter().map(|values| words(values)).collect();
        assert_eq!(all, ["a=1 b=-1", "a=1 b=0", "a=1 b=1", "a=2 b=-1", "a=2 b=0", "a=2 b=1"]);
        assert_eq!(size(&params, &[]), 6);
        let fixed = [("b".to_owned(), 0)];
        assert_eq!(combinations(&params, &fixed).len(), 2);
        assert_eq!(words(&defaults(&params, &fixed)), "a=1 b=0");
        assert_eq!(combinations(&[], &[]), [vec![]]);
        assert_eq!(size(&[param("w", 0, (i64::MIN, i64::MAX))], &[]), 1 << 64);
    }
}
