// knotIntn gives any number from 0 to n-1.
func knotIntn[T knotInteger](n T) T {
	if n <= 0 {
		panic("invalid argument to Intn")
	}
	return knotAny(0, n-1)
}
