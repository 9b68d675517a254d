// knotYields is off where KNOT_YIELDS says so.
var knotYields = os.Getenv("KNOT_YIELDS") != "off"

// knotYield lets others run now and then.
//
//go:norace
func knotYield() {
	if !knotYields {
		return
	}
	switch r := knotNext() % 16; {
	case r < 4:
		runtime.Gosched()
	case r == 4:
		time.Sleep(time.Duration(knotNext()%50) * time.Microsecond)
	case r == 5:
		for n := knotNext() % 5000; n > 0; n-- {
			knotNext()
		}
	}
}
