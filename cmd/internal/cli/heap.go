package cli

// Go collects a heap when it has doubled, and a small one at 4 MiB. A sweep of a thousand
// sources that finds nothing new makes some 22 MB of garbage, and would be interrupted
// for it a dozen times, at a quarter of its cost. So the heap has something in it that is
// never touched and thus takes no memory, but counts: garbage may grow by as much before
// it is collected. A command has it freed by its end, at no cost; a daemon, whose memory is
// touched for long, has less of it.
const (
	briefSlack  = 24 << 20
	daemonSlack = 8 << 20
)

// slack is what stands in the heap. Nothing reads it.
type slack struct{ untouched []byte }

// newSlack makes room for garbage. Whoever sets GOGC knows better.
func newSlack(getenv func(string) string, size int) *slack {
	if getenv("GOGC") != "" {
		return &slack{}
	}
	return &slack{make([]byte, size)}
}

// shrink leaves less room, from the next collection on.
func (s *slack) shrink(size int) {
	if len(s.untouched) > size {
		s.untouched = make([]byte, size)
	}
}
