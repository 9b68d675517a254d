//! An append-only list of byte strings.
//!
//! Millions of short strings cost their bytes, one or two for the length, and four
//! for the index. Memory grows chunk by chunk, so nothing is ever copied and what is
//! counted is what is used.

use super::varint;

/// Bytes in a chunk. An item begins inside its chunk and may make the last chunk longer.
const CHUNK: usize = 1 << 20;
/// Items begin at multiples of this, so that four bytes address 16 GiB.
const ALIGN: usize = 4;

/// See the module.
#[derive(Default, Debug)]
pub(crate) struct ByteList {
    chunks: Vec<Vec<u8>>,
    /// Where each item begins, in units of [`ALIGN`].
    starts: Vec<u32>,
    used: u64,
}

impl ByteList {
    /// Appends `item`; its index is the number of items before it. `false` when the list is full.
    pub(crate) fn push(&mut self, item: &[u8]) -> bool {
        if self.chunks.last().is_none_or(|chunk| chunk.len() + item.len() + 5 > CHUNK && !chunk.is_empty()) {
            if self.chunks.len() >= (ALIGN << 32) / CHUNK {
                return false;
            }
            // The first chunk starts small: most models need little.
            let first = if self.chunks.is_empty() { 4096 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(first.max(item.len() + 8)));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let start = (number * CHUNK + chunk.len()) / ALIGN;
        let before = chunk.len();
        varint::write(chunk, item.len() as u64);
        chunk.extend_from_slice(item);
        chunk.resize(chunk.len().next_multiple_of(ALIGN), 0);
        self.used += (chunk.len() - before) as u64;
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        true
    }

    /// The item at `index`.
    pub(crate) fn get(&self, index: u32) -> &[u8] {
        let start = self.starts[index as usize] as usize * ALIGN;
        let bytes = &self.chunks[start / CHUNK][start % CHUNK..];
        let mut at = 0;
        let length = varint::read(bytes, &mut at) as usize;
        &bytes[at..at + length]
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.used + self.starts.len() as u64 * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back() {
        let items: Vec<Vec<u8>> = [0, 1, 127, 128, 300, CHUNK - 3, 5, 2 * CHUNK, 7, 0]
            .iter()
            .map(|&len| vec![len as u8; len])
            .collect();
        let mut list = ByteList::default();
        for item in &items {
            assert!(list.push(item));
        }
        assert_eq!(list.len(), items.len());
        for (index, item) in items.iter().enumerate() {
            assert_eq!(list.get(index as u32), item);
        }
        assert!(list.memory() >= items.iter().map(Vec::len).sum::<usize>() as u64);
    }
}
