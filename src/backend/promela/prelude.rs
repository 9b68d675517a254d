//! The fixed part of a model: memory, how a run ends, queues.
//!
//! In: what the routines turned out to need. Out: definitions. Bounds are written `OUT_OF(n)`; the list of what the
//! numbers mean is [`Needs::bounds`].

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Embedded, Sizes};

/// What a run can run out of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Running {
    /// Memory for objects: [`Sizes::cells`].
    Cells,
    /// Unbuffered channels: [`Sizes::channels`].
    Channels,
    /// Entries in a map: [`Sizes::entries`].
    Entries,
    /// Places in a list of waiters: [`Sizes::waiting`].
    Waiting,
    /// Goroutines: [`Sizes::processes`].
    Processes,
    /// 32-bit integers.
    Integers,
    /// A bound of the Machine itself.
    Model(&'static str),
}

/// What has been used.
#[derive(Default, Debug)]
pub(super) struct Needs {
    pub(super) bounds: Vec<Running>,
    pub(super) objects: bool,
    pub(super) channels: bool,
    pub(super) maps: bool,
    pub(super) waiting: bool,
    pub(super) pops: bool,
    pub(super) copies: bool,
    pub(super) wide: bool,
    pub(super) meets: bool,
    /// Fields of a message.
    pub(super) fields: usize,
    pushes: BTreeSet<usize>,
    scratch: usize,
    put: usize,
    /// Cells in keys that are looked up.
    pub(super) keys: BTreeSet<usize>,
}

impl Needs {
    /// The number that stands for a bound.
    pub(super) fn bound(&mut self, what: Running) -> usize {
        if let Some(at) = self.bounds.iter().position(|it| *it == what) {
            return at;
        }
        self.bounds.push(what);
        self.bounds.len() - 1
    }

    pub(super) fn push(&mut self, width: usize) {
        self.pushes.insert(width);
    }

    /// A variable for a cell of a key or a value.
    pub(super) fn put(&mut self, cell: usize) -> String {
        self.put = self.put.max(cell + 1);
        format!("put_[{cell}]")
    }

    pub(super) fn put_cells(&self) -> usize {
        self.put
    }

    /// A variable for the element that is being taken from a queue.
    pub(super) fn scratch(&mut self, cell: usize) -> String {
        self.scratch = self.scratch.max(cell + 1);
        format!("taken_[{cell}]")
    }
}

/// The definitions.
pub(super) fn text(
    needs: &mut Needs,
    sizes: &Sizes,
    globals: u32,
    limit: i64,
    embedded: Embedded,
    body: &str,
) -> String {
    let mut out = String::new();
    needs.channels |= needs.meets
        || needs.pops
        || !needs.pushes.is_empty()
        || ["CAP(", "CLOSED(", "LEN("].iter().any(|it| body.contains(it));
    let memory = needs.objects
        || needs.channels
        || needs.pops
        || needs.copies
        || needs.maps
        || globals > 0
        || body.contains("mem[");
    needs.objects |= needs.channels;
    let cells = needs.bound(Running::Cells);
    let integers = needs.bound(Running::Integers);
    out.push_str("/* How a run ends before its time. */\n");
    out.push_str(
        "#define PANICKED\t1\n#define FAILED\t\t2\t/* an assertion of the model */\n#define EXITED\t\t3\n",
    );
    out.push_str("#define BOUNDED\t\t4\t/* a bound was hit: this run says nothing any more */\n");
    out.push_str("byte ended;\n");
    match embedded {
        Embedded::No => out.push_str("#define OUT_OF(what) ended = BOUNDED\n"),
        Embedded::Yes => {
            out.push_str(
                "c_decl {\n\tstatic int hit[64];\n\tstatic void out_of(int what)\n\t{\tif (!hit[what]) { hit[what] = 1; printf(\"goknot: bound %d\\n\", what); fflush(stdout); }\n\t}\n};\n",
            );
            out.push_str("#define OUT_OF(what) c_code { out_of(what); }; ended = BOUNDED\n");
        }
    }
    out.push_str("/* Main has returned, or has ended by runtime.Goexit. */\n");
    out.push_str("#define RETURNED\t1\n#define GOEXITED\t2\nbyte main_ended;\n");
    if needs.bounds.contains(&Running::Processes) {
        let _ = writeln!(out, "#define PROCESSES\t{}", sizes.processes + 2);
        out.push_str("#define ROOM_TO_RUN(bound) if :: _nr_pr < PROCESSES :: else -> OUT_OF(bound) fi\n");
    }
    if needs.wide {
        let _ = writeln!(
            out,
            "/* SPIN's integers have 32 bits. */\n#define FITS(x) if :: -{limit} <= (x) && (x) <= {limit} :: else -> OUT_OF({integers}) fi"
        );
    }
    if memory {
        let size = sizes.cells + globals + 1;
        out.push_str("\n/* Memory: a reference is an index, 0 is nil, nothing is freed. */\n");
        let _ = writeln!(out, "#define CELLS\t{size}\nint mem[CELLS];");
        let ty = if size < 1 << 15 { "short" } else { "int" };
        if needs.objects {
            let _ = writeln!(out, "{ty} free = {};", globals + 1);
            let _ = writeln!(
                out,
                "#define ROOM_FOR(size) if :: (size) <= CELLS - free :: else -> OUT_OF({cells}) fi\n\
                 #define NEW(ref, size) ROOM_FOR(size); ref = free; free = free + (size)"
            );
        }
    }
    let looked_up = body.split(super::exprs::FIND).skip(1);
    needs.keys = looked_up.filter_map(|rest| rest.split_once('(')?.0.parse().ok()).collect();
    needs.maps |= !needs.keys.is_empty();
    if needs.copies || needs.pops || needs.maps {
        out.push_str("hidden int k_;\n");
    }
    queues(needs, sizes, &mut out);
    if needs.copies {
        out.push_str(COPY);
    }
    if needs.maps {
        super::maps::prelude(needs, sizes.entries, &mut out);
    }
    if needs.scratch > 0 {
        let _ = writeln!(out, "hidden int taken_[{}];", needs.scratch);
    }
    out
}

fn queues(needs: &mut Needs, sizes: &Sizes, out: &mut String) {
    if needs.channels {
        let channels = needs.bound(Running::Channels);
        out.push_str(
            "\n/* A channel: its capacity, whether it is closed, the length of its queue, the queue. */\n",
        );
        out.push_str("#define CAP(ch)\t\tmem[(ch) + 0]\n#define CLOSED(ch)\tmem[(ch) + 1]\n#define LEN(ch)\t\tmem[(ch) + 2]\n");
        out.push_str("#define NEW_CHANNEL(ch, cap, size) ROOM_FOR(4 + size); ch = free + 1; mem[free + 1] = cap; free = free + 4 + (size)\n");
        out.push_str("/* An unbuffered one also has the number of a rendezvous channel. */\n");
        out.push_str("#define SYNC(ch)\tmem[(ch) - 1]\n");
        let _ = writeln!(
            out,
            "#define RENDEZVOUS(ch) if :: syncs < CHANNELS :: else -> OUT_OF({channels}) fi; mem[ch - 1] = syncs; syncs++"
        );
        let _ = writeln!(out, "#define CHANNELS\t{}", sizes.channels + 2);
        out.push_str("byte syncs = 2;\n");
    }
    if needs.meets {
        let fields = vec!["int"; needs.fields].join(", ");
        out.push_str("#define NOBODY_RECEIVES\t0\n#define NOBODY_SENDS\t1\n");
        let _ = writeln!(
            out,
            "chan sync[CHANNELS] = [0] of {{ {fields} }};\t/* whether the sender waits, the element */"
        );
    }
    if needs.waiting {
        let waiting = needs.bound(Running::Waiting);
        let _ = writeln!(
            out,
            "#define WAITING\t\t{}\n#define ROOM_TO_WAIT(q) if :: LEN(q) < (CAP(q) == 0 -> WAITING : CAP(q)) :: else -> OUT_OF({waiting}) fi",
            sizes.waiting
        );
    }
    for &width in &needs.pushes {
        let params = (0..width).fold(String::new(), |all, cell| all + &format!(", v{cell}_"));
        let step = if width == 1 { String::new() } else { format!(" * {width}") };
        let writes = (0..width).fold(String::new(), |all, cell| {
            all + &format!("\tmem[q_ + {} + LEN(q_){step}] = v{cell}_;\n", 3 + cell)
        });
        let _ = writeln!(out, "inline push_{width}(q_{params}) {{\n{writes}\tLEN(q_)++\n}}");
    }
    if needs.pops {
        out.push_str(POP);
    }
}

const POP: &str = "\
inline pop(q_, width_) {
	LEN(q_)--;
	k_ = q_ + 3;
	do
	:: k_ < q_ + 3 + LEN(q_) * width_ -> mem[k_] = mem[k_ + width_]; k_++
	:: else -> break
	od;
	do
	:: k_ < q_ + 3 + (LEN(q_) + 1) * width_ -> mem[k_] = 0; k_++
	:: else -> break
	od;
	k_ = 0
}
";

const COPY: &str = "
/* Copies cells as if through a buffer. */
inline copy(dest_, source_, count_) {
	if
	:: dest_ <= source_ ->
		k_ = 0;
		do
		:: k_ < count_ -> mem[dest_ + k_] = mem[source_ + k_]; k_++
		:: else -> break
		od
	:: else ->
		k_ = count_;
		do
		:: k_ > 0 -> k_--; mem[dest_ + k_] = mem[source_ + k_]
		:: else -> break
		od
	fi;
	k_ = 0
}
";
