package near

import "slices"

// maxGap is how many tokens may stand between two shared runs, on each side, to be
// told apart word by word.
const maxGap = 12

// maxFormGap is the same for texts that are short enough to have been made from a form.
const maxFormGap = 40

// swaps counts what stands in the same place of two texts and differs. A copy leaves
// words out and puts words in; reports made from one form have other numbers and
// names in the same places.
type swaps struct {
	numbers, names         int // that differ
	keptNumbers, keptNames int // that are the same

	*pair
}

// swapped counts swaps, where at says for each token of the short text which token of
// the long one it is. What the other article says elsewhere does not count.
func (p *pair) swapped() swaps {
	p.fill()
	short, long := p.short.whole(), p.long.body
	at := p.at[:len(short)]
	s := swaps{pair: p}
	most := int32(maxGap)
	if p.fromForm() {
		most = maxFormGap // what differs may stand close together
	}
	from, fromLong := 0, int32(0) // behind the run before
	for i, j := range at {
		if j < 0 {
			continue
		}
		s.keep(short[i])
		if i > from && j > fromLong && int32(i-from) <= most && j-fromLong <= most {
			s.swap(short[from:i], long[fromLong:j], from > 0)
		}
		from, fromLong = i+1, j+1
	}
	if end := int32(len(long)); from > 0 && len(short)-from <= maxGap && end-fromLong <= maxGap {
		s.swap(short[from:], long[fromLong:], false)
	}
	return s
}

// fromForm reports whether both texts are short enough to have been made from a form.
func (p *pair) fromForm() bool { return len(p.long.body) < formWords*p.scale }

// many reports whether more differ, of those that differ or are the same, than in copies.
func (s *swaps) many(differ, same int) bool {
	return differ >= leastSwaps && 100*differ > mostSwapped*(differ+same)
}

func (s *swaps) keep(t token) {
	switch {
	case t.has(number | calendar):
		s.keptNumbers++
	case t.has(name):
		s.keptNames++
	}
}

// swap counts what differs between two pieces. Between two runs that are close, a
// number differs even if the other article has it elsewhere, and in texts that may have
// been made from a form a name does: it names the same few places again and again.
func (s *swaps) swap(a, b []token, between bool) {
	numbers, names := onlyHere(a, &s.Judge.long)
	otherNumbers, otherNames := onlyHere(b, &s.Judge.short)
	if between && len(a) <= maxGap && len(b) <= maxGap {
		numbers, otherNumbers = onlyIn(a, b, number|calendar), onlyIn(b, a, number|calendar)
		if s.fromForm() {
			names, otherNames = onlyIn(a, b, name), onlyIn(b, a, name)
		}
	}
	s.numbers += min(numbers, otherNumbers)
	s.names += min(names, otherNames)
}

// onlyIn counts the words of some kind that a has and b lacks.
func onlyIn(a, b []token, kind flag) (n int) {
	for _, t := range a {
		if t.has(kind) && !slices.ContainsFunc(b, func(u token) bool { return u.hash == t.hash }) {
			n++
		}
	}
	return n
}

// onlyHere counts the numbers and names that the other article lacks.
func onlyHere(text []token, other *set) (numbers, names int) {
	for _, t := range text {
		switch {
		case !t.has(number|calendar|capital) || other.has(t):
		case t.has(number | calendar):
			numbers++
		default:
			names++
		}
	}
	return numbers, names
}

// maxRewritten is how many words a passage has at most, in each text, that may have
// been written anew, and leastRewritten the share of them that must be the same.
const (
	maxRewritten   = 60
	leastRewritten = 0.7
)

// bridge completes what match found: words that stand between the same two runs in
// both texts are the same words, though in no run of their own. Where a passage is
// longer, it takes many of them: then it was written anew, and is no other.
func (m *matcher) bridge(short, long []token) {
	from, fromLong := 0, int32(0)
	for i, j := range m.at {
		if j < 0 {
			continue
		}
		if i > from && j > fromLong {
			m.pair(short, long, from, i, fromLong, j)
		}
		from, fromLong = i+1, j+1
	}
	if end := int32(len(long)); from > 0 && from < len(short) && fromLong < end {
		m.pair(short, long, from, min(len(short), from+maxGap), fromLong, min(end, fromLong+maxGap))
	}
}

// pair matches the words of two passages, whatever their order.
func (m *matcher) pair(short, long []token, from, to int, fromLong, toLong int32) {
	words := to - from
	if words > maxRewritten || toLong-fromLong > maxRewritten {
		return
	}
	var used uint64
	same := 0
	for i := from; i < to; i++ {
		for j := fromLong; j < toLong; j++ {
			if bit := uint64(1) << (j - fromLong); used&bit == 0 && short[i].hash == long[j].hash {
				used |= bit
				m.at[i] = j
				same++
				break
			}
		}
	}
	if (words > maxGap || toLong-fromLong > maxGap) && float64(same) < leastRewritten*float64(words) {
		for i := from; i < to; i++ {
			m.at[i] = -1
		}
	}
}
