package near

// matcher finds what two texts share. It keeps its tables between calls.
type matcher struct {
	heads []int32 // by hash: the last window that has it, counted from 1
	chain []int32 // by window: the one before it with the same place in heads
	at    []int32 // by token of the short text: the token of the long one that it is, or -1
}

// maxChain bounds how many windows of one hash are looked at. A phrase that occurs
// more often says little.
const maxChain = 8

// match finds for each token of the short text whether it stands in a run of k or
// more tokens that the long text has as well, and where. The result is valid until
// the next call. Where a run occurs several times, that is taken which goes on from
// the token before, else the nearest behind it, so that what follows lines up.
func (m *matcher) match(short, long []token, k int) []int32 {
	m.at = resize(m.at, len(short))
	for i := range m.at {
		m.at[i] = -1
	}
	if len(short) < k || len(long) < k {
		return m.at
	}
	mask := m.index(long, k)
	last := int32(-1) // where the window before matched
	for i := range len(short) - k + 1 {
		j := last + 1
		if last < 0 || int(j)+k > len(long) || !sameRun(short[i:i+k], long[j:]) {
			j = m.find(short[i:i+k], long, mask, last)
		}
		if j < 0 {
			continue
		}
		for t := range int32(k) {
			if m.at[i+int(t)] < 0 {
				m.at[i+int(t)] = j + t
			}
		}
		last = j
	}
	return m.at
}

// index enters the windows of the long text.
func (m *matcher) index(long []token, k int) (mask uint32) {
	windows := len(long) - k + 1
	size := 16
	for size < 2*windows {
		size *= 2
	}
	m.heads = resize(m.heads, size)
	clear(m.heads)
	m.chain = resize(m.chain, windows)
	mask = uint32(size - 1)
	r, out := newRoller(long, k), token{}
	for j := range windows {
		h := r.next(out, long[j+k-1]) & mask
		out = long[j]
		m.chain[j] = m.heads[h]
		m.heads[h] = int32(j + 1)
	}
	return mask
}

// find returns where in the long text the run stands, -1 for nowhere.
func (m *matcher) find(run, long []token, mask uint32, last int32) int32 {
	best := int32(-1)
	for j, n := m.heads[runHash(run)&mask]-1, 0; j >= 0 && n < maxChain; j, n = m.chain[j]-1, n+1 {
		if !sameRun(run, long[j:]) {
			continue
		}
		if best >= 0 && j <= last {
			break // they come from the end: what follows lies farther back
		}
		best = j
	}
	return best
}

func sameRun(run, text []token) bool {
	for i, t := range run {
		if text[i].hash != t.hash {
			return false
		}
	}
	return true
}

// base is what the hash of a run is a polynomial of.
const base = 0x9e3779b97f4a7c15

// runHash returns the hash of some tokens in their order.
func runHash(run []token) uint32 {
	h := uint64(0)
	for _, t := range run {
		h = h*base + uint64(t.hash)
	}
	return mix(h)
}

// roller makes the hashes of all runs of a text, each from the one before.
type roller struct {
	hash uint64
	drop uint64 // base to the power of the runs' length
}

// newRoller stands before the first run of k tokens.
func newRoller(text []token, k int) roller {
	r := roller{drop: 1}
	for _, t := range text[:k-1] {
		r.hash = r.hash*base + uint64(t.hash)
		r.drop *= base
	}
	r.drop *= base
	return r
}

// next returns the hash of the run that ends with the token in; out is the token
// before it, none for the first.
func (r *roller) next(out, in token) uint32 {
	r.hash = r.hash*base - uint64(out.hash)*r.drop + uint64(in.hash)
	return mix(r.hash)
}

func resize(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/4)
	}
	return s[:n]
}

// weights of a token. What people were heard to say is in every report of it.
const (
	ownWords  = 2
	quotation = 1
)

func (t token) weight() int {
	if t.has(quoted) {
		return quotation
	}
	return ownWords
}

// share returns the share, from 0 to 1, of a text that was matched.
func share(text []token, at []int32) float64 {
	covered, all := 0, 0
	for i, t := range text {
		w := t.weight()
		all += w
		if at[i] >= 0 {
			covered += w
		}
	}
	if all == 0 {
		return 0
	}
	return float64(covered) / float64(all)
}

// set is a set of hashes of tokens.
type set struct {
	slots []uint32 // 0 is none
	zero  bool
}

// fill makes the set one of what stands in the texts.
func (s *set) fill(texts ...[]token) {
	n := 0
	for _, text := range texts {
		n += len(text)
	}
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]uint32, size)
	}
	s.slots = s.slots[:size]
	clear(s.slots)
	s.zero = false
	mask := uint32(size - 1)
	for _, text := range texts {
		for _, t := range text {
			if t.hash == 0 {
				s.zero = true
				continue
			}
			h := t.hash & mask
			for s.slots[h] != 0 && s.slots[h] != t.hash {
				h = (h + 1) & mask
			}
			s.slots[h] = t.hash
		}
	}
}

func (s *set) has(t token) bool {
	if t.hash == 0 {
		return s.zero
	}
	mask := uint32(len(s.slots) - 1)
	for h := t.hash & mask; s.slots[h] != 0; h = (h + 1) & mask {
		if s.slots[h] == t.hash {
			return true
		}
	}
	return false
}
