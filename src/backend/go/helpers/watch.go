// knotWatch prints how the run ends: once nobody can run any more, who waits where, and the
// package variables.
func knotWatch() {
	go knotObserve()
}

//go:norace
func knotObserve() {
	patience, err := time.ParseDuration(os.Getenv("KNOT_PATIENCE"))
	if err != nil {
		patience = 2 * time.Second
	}
	stacks, quiet := knotQuiet(patience, KNOT_LASTING)
	if !quiet {
		fmt.Println("goknot: running")
		os.Exit(0)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "goknot: quiet\nmain %s\n", knotMain)
	knotGlobals(&out)
	fmt.Fprintf(&out, "stacks\n%s\n", stacks)
	fmt.Print(out.String())
	os.Exit(0)
}
