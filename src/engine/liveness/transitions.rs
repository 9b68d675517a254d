//! The arcs of the unreduced graph, with the actions that each takes.

/// No action.
pub(super) const NONE: u32 = u32::MAX;

/// A step between two states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Arc {
    pub(super) target: u32,
    /// Which of [`Transitions::labels`].
    pub(super) label: u32,
}

/// What a step means to fairness.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Label {
    /// The actions taken, by number: one, or those of both sides of a rendezvous; else [`NONE`].
    pub(super) taken: [u32; 2],
    /// The slots that become free in this step: who takes it has ended, or nobody can observe any more who was there.
    pub(super) ended: Vec<u32>,
}

/// All arcs, by the state that they leave. A state's arcs are its steps, in the order of the Machine.
#[derive(Debug, Default)]
pub(super) struct Transitions {
    /// Per expanded state: where its arcs end in `arcs`; they begin where those of the state before it end.
    ends: Vec<usize>,
    arcs: Vec<Arc>,
    pub(super) labels: Vec<Label>,
    /// Per action: the slot of its goroutine.
    pub(super) slots: Vec<u32>,
}

impl Transitions {
    /// Adds the arcs of the next state.
    pub(super) fn push(&mut self, arcs: &[Arc]) {
        self.arcs.extend_from_slice(arcs);
        self.ends.push(self.arcs.len());
    }

    /// How many states have their arcs here: those with smaller numbers.
    pub(super) fn expanded(&self) -> usize {
        self.ends.len()
    }

    /// How many arcs there are.
    pub(super) fn len(&self) -> usize {
        self.arcs.len()
    }

    /// All arcs.
    pub(super) fn all(&self) -> impl Iterator<Item = Arc> + '_ {
        self.arcs.iter().copied()
    }

    /// The arcs of `state`; none where it has not been expanded.
    pub(super) fn of(&self, state: u32) -> &[Arc] {
        let state = state as usize;
        let Some(&end) = self.ends.get(state) else { return &[] };
        let start = if state == 0 { 0 } else { self.ends[state - 1] };
        &self.arcs[start..end]
    }

    fn label(&self, arc: Arc) -> &Label {
        &self.labels[arc.label as usize]
    }

    /// The actions that an arc takes.
    pub(super) fn taken(&self, arc: Arc) -> impl Iterator<Item = u32> + use<> {
        self.label(arc).taken.into_iter().filter(|&action| action != NONE)
    }

    /// The slots that an arc frees.
    pub(super) fn ended(&self, arc: Arc) -> &[u32] {
        &self.label(arc).ended
    }

    /// The actions that are enabled in `state`, some more than once.
    pub(super) fn enabled(&self, state: u32) -> impl Iterator<Item = u32> + '_ {
        self.of(state).iter().flat_map(|&arc| self.taken(arc))
    }

    /// Bytes in use.
    pub(super) fn memory(&self) -> u64 {
        (self.ends.capacity() * size_of::<usize>() + self.arcs.capacity() * size_of::<Arc>()) as u64
    }
}
