//! How much memory this process may use: the default of `--max-memory`.
//!
//! Linux only has the answer in text files; elsewhere a cautious constant stands in. `ulimit -v` counts too: who
//! goes beyond it is ended by the allocator, and gets no verdict at all.

use std::fs;
use std::path::Path;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

/// Share of what is free that a check may take.
const SHARE: f64 = 0.8;

/// Where nothing is known about the machine.
const FALLBACK: u64 = 4 << 30;

/// 80 % of the least of: free memory, the limits of the control groups we are in, and what is left of our address space.
pub fn default_limit() -> u64 {
    let group = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = v2_limit(&group, Path::new("/sys/fs/cgroup"))
        .into_iter()
        .chain(v1_limit(&group, Path::new("/sys/fs/cgroup/memory")))
        .chain(available(&fs::read_to_string("/proc/meminfo").unwrap_or_default()))
        .chain(address_space());
    limits.min().map_or(FALLBACK, |bytes| (bytes as f64 * SHARE) as u64)
}

/// Whether `ulimit -v` leaves less than what threads like to reserve.
pub fn is_tight() -> bool {
    limit_of_addresses().is_some_and(|limit| limit < 1 << 30)
}

fn limit_of_addresses() -> Option<u64> {
    getrlimit(Resource::RLIMIT_AS).ok().map(|(soft, _)| soft).filter(|&soft| soft != RLIM_INFINITY)
}

/// What `ulimit -v` leaves, where it is set.
fn address_space() -> Option<u64> {
    let limit = limit_of_addresses()?;
    let used = field(&fs::read_to_string("/proc/self/status").ok()?, "VmSize:")?;
    Some(limit.saturating_sub(used))
}

/// `MemAvailable` of `/proc/meminfo`.
fn available(meminfo: &str) -> Option<u64> {
    field(meminfo, "MemAvailable:")
}

/// A `Name:   123 kB` line, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// cgroup v2: the least `memory.max` from our group up to the root.
fn v2_limit(group: &str, root: &Path) -> Option<u64> {
    let path = group.lines().find_map(|line| line.strip_prefix("0::"))?;
    least(root, path, "memory.max")
}

/// cgroup v1: the same for the memory controller's own tree.
fn v1_limit(group: &str, root: &Path) -> Option<u64> {
    let path = group.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|name| name == "memory").then_some(path)
    })?;
    least(root, path, "memory.limit_in_bytes")
}

/// The least number in the files called `name` in `path` and the groups around it. Inside a
/// container the path may be that of the host and exist nowhere: then the root's own file counts.
fn least(root: &Path, path: &str, name: &str) -> Option<u64> {
    let group = Path::new(path.trim_start_matches('/'));
    let read = |dir: &Path| fs::read_to_string(root.join(dir).join(name)).ok()?.trim().parse::<u64>().ok();
    group.ancestors().filter_map(read).min()
}

#[cfg(test)]
mod tests {
    use super::{available, default_limit, v1_limit, v2_limit};
    use std::fs;

    #[test]
    fn reads_meminfo() {
        let text = "MemTotal:       24000000 kB\nMemAvailable:   16000000 kB\n";
        assert_eq!(available(text), Some(16_000_000 * 1024));
        assert_eq!(available("nonsense"), None);
    }

    #[test]
    fn the_tightest_enclosing_group_counts() {
        let root = tempfile::tempdir().expect("a directory");
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).expect("made");
        fs::write(root.path().join("a/memory.max"), "1000\n").expect("written");
        fs::write(inner.join("memory.max"), "max\n").expect("written");
        assert_eq!(v2_limit("0::/a/b\n", root.path()), Some(1000));
        assert_eq!(v2_limit("0::/elsewhere\n", root.path()), None);

        fs::write(root.path().join("memory.limit_in_bytes"), "77\n").expect("written");
        let group = "5:cpu,cpuacct:/x\n4:memory:/host/path\n";
        assert_eq!(v1_limit(group, root.path()), Some(77));
    }

    #[test]
    fn the_default_is_sane() {
        assert!(default_limit() > 1 << 20);
    }
}
