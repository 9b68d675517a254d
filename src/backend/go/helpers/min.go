func knotMin[T knotInteger](first T, rest ...T) T {
	for _, next := range rest {
		if next < first {
			first = next
		}
	}
	return first
}
