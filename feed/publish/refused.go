package publish

// refusals counts the articles that rules kept out, of those that came between two builds.
// It belongs to a memory, and like that to one goroutine.
type refusals struct {
	begun   bool
	newest  uint64          // arrival number of the last article that a build has considered
	seen    uint64          // the same, of the build that runs
	current map[uint64]bool // those of it that came later than newest and were kept out
	untold  int
}

// begin prepares for a build; one that failed before end counts for nothing.
func (r *refusals) begin() { r.seen, r.current = r.newest, map[uint64]bool{} }

// note takes in what the rules said of an article.
func (r *refusals) note(seq uint64, kept bool) {
	if r.current == nil { // nobody counts
		return
	}
	r.seen = max(r.seen, seq)
	if !kept && seq > r.newest {
		r.current[seq] = true
	}
}

// end counts. What was there at the first build is no news.
func (r *refusals) end() {
	if r.begun {
		r.untold += len(r.current)
	}
	r.begun, r.newest, r.current = true, r.seen, nil
}

// Refused returns how many articles came since it was last called that the rules keep out
// of the output. Those that were there at the first build are not among them.
func (b *Builder) Refused() int {
	n := b.memory.refusals.untold
	b.memory.refusals.untold = 0
	return n
}
