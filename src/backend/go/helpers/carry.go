// knotCarry gives a variable of its own to the value of a loop's variable before the first iteration.
func knotCarry[T any](value T) *T {
	return &value
}
