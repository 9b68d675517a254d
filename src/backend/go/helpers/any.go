// knotAny gives any number from low to high.
func knotAny[T knotInteger](low, high T) T {
	width := uint64(high) - uint64(low) + 1
	if width == 0 {
		return T(knotNext())
	}
	return low + T(knotNext()%width)
}
