// knotState is where the random numbers of this run stand. KNOT_SEED sets it.
var knotState = knotSeed()

func knotSeed() uint64 {
	seed, err := strconv.ParseInt(os.Getenv("KNOT_SEED"), 10, 64)
	if err != nil {
		seed = time.Now().UnixNano()
		fmt.Fprintf(os.Stderr, "goknot: KNOT_SEED=%d\n", seed)
	}
	return uint64(seed)
}

// knotNext gives the next random number. It neither locks nor uses atomics: either would order
// the goroutines that choose, and hide data races from the race detector.
//
//go:norace
func knotNext() uint64 {
	knotState += 0x9e3779b97f4a7c15
	z := knotState
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
