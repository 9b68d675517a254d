// knotChoose gives the number of a branch.
func knotChoose(count int) int {
	return int(knotNext() % uint64(count))
}
