//! Numbers as people write them: `512M`, `30s`, `1_000_000` in, `1,204` and `1.5 GB` out.

use std::time::Duration;

pub use crate::report::grouped;

/// Parses a size in bytes: a number, then `K`, `M`, `G` or `T` (powers of 1024; `MB` and `MiB` mean the same).
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err("write a size as 512M or 2G".into()),
    };
    scaled(number, (1u64 << shift) as f64).ok_or_else(|| "write a size as 512M or 2G".into())
}

/// Parses a count: a number, underscores allowed, then nothing or `k`, `M`, `G` (powers of 1000).
pub fn count(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" => 1.0,
        "k" | "K" => 1e3,
        "m" | "M" => 1e6,
        "g" | "G" => 1e9,
        _ => return Err("write a count as 5000000, 5_000_000 or 5M".into()),
    };
    let whole = number.replace('_', "");
    if unit.is_empty() {
        return whole.parse().map_err(|_| "write a count as 5000000, 5_000_000 or 5M".into());
    }
    scaled(&whole, factor).ok_or_else(|| "write a count as 5000000, 5_000_000 or 5M".into())
}

/// Parses a duration as Go writes it: `30s`, `5m`, `1h30m`, `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write a duration as 30s, 5m or 1h30m";
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(FORM.into());
    }
    while !rest.is_empty() {
        let (number, tail) = split(rest);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let seconds = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            // As in Go, only a plain zero needs no unit.
            "" if text == "0" => 1.0,
            _ => return Err(FORM.into()),
        };
        let value: f64 = number.parse().map_err(|_| FORM)?;
        let part = Duration::try_from_secs_f64(value * seconds).map_err(|_| FORM)?;
        total = total.checked_add(part).ok_or(FORM)?;
        rest = tail;
    }
    Ok(total)
}

/// `1 check`, `1,204 checks`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(number as u64)) }
}

/// `310 MB`, `1.5 GB`: the units that [`size`] takes.
pub fn bytes(number: u64) -> String {
    match number {
        0..0x400 => format!("{number} B"),
        0x400..0x10_0000 => format!("{} KB", number >> 10),
        0x10_0000..0x4000_0000 => format!("{} MB", number >> 20),
        _ => format!("{:.1} GB", number as f64 / f64::from(1u32 << 30)),
    }
}

/// Splits before the first character that is not part of a decimal number.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

/// `number * factor` as a whole number of at least 1.
fn scaled(number: &str, factor: f64) -> Option<u64> {
    let value: f64 = number.parse().ok()?;
    let value = value * factor;
    // Above 2^63 nothing on this earth is that large; the cast below stays exact enough.
    (1.0..=9.2e18).contains(&value).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, counted, duration, grouped, size};
    use std::time::Duration;

    #[test]
    fn sizes() {
        assert_eq!(size("512M"), Ok(512 << 20));
        assert_eq!(size("2G"), Ok(2 << 30));
        assert_eq!(size("1.5GiB"), Ok(3 << 29));
        assert_eq!(size("4096"), Ok(4096));
        for bad in ["", "M", "0", "-1", "2X", "1e3", "1..5G", "99999999999T"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!(count("1_000_000"), Ok(1_000_000));
        assert_eq!(count("5M"), Ok(5_000_000));
        assert_eq!(count("0"), Ok(0));
        assert_eq!(count("18446744073709551615"), Ok(u64::MAX));
        for bad in ["", "-1", "M", "1.5", "x", "18446744073709551616"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_out() {
        let numbers = [0, 12, 999, 1000, 1_204_333, u64::MAX];
        let texts = ["0", "12", "999", "1,000", "1,204,333", "18,446,744,073,709,551,615"];
        assert_eq!(numbers.map(grouped), texts);
        assert_eq!(counted(1, "fix", "fixes"), "1 fix");
        assert_eq!(counted(1204, "fix", "fixes"), "1,204 fixes");
        assert_eq!([900, 2048, 310 << 20, 3 << 29].map(bytes), ["900 B", "2 KB", "310 MB", "1.5 GB"]);
    }

    #[test]
    fn durations() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for bad in ["", "30", "s", "5x", "-1s", "1h30", "99999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
