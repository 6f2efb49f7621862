package dedup

import (
	"cmp"
	"maps"
	"slices"

	"sluice/feed"
)

// A line that so many items of a source carry, or that came or went in so many,
// is none of theirs.
const leastCarriers = 3

// The bounds of what is kept: of an item the lines at its beginning and its end,
// and of a source those that were met last, within a week.
const (
	maxSaid     = 100
	maxRepeated = 64
	repeatDays  = 7
)

// Repeated is a line that several items of a source had in common: an
// advertisement, a request to subscribe, the headlines of others.
type Repeated struct {
	Line  uint64 // which
	Times uint8  // how many items carried it, came by it or lost it, up to leastCarriers
	Day   uint32 // when it was met last, in days since 1970
}

// Boilerplate knows the lines of a source that come and go by themselves: those
// that three items of a document have in common, or in which three items changed.
type Boilerplate struct {
	items   int
	carried map[uint64]int // by items of this document
	halves  map[uint32]int // by items that were not read, of whose lines the lower half is known
	moved   map[uint64]int // came or went with this document
	before  map[uint64]Repeated
}

// NewBoilerplate returns what a document's items have in common, read or not, and what
// is remembered of earlier ones.
func NewBoilerplate(items []Item, unread []Unread, remembered []Repeated, day uint32) *Boilerplate {
	b := &Boilerplate{
		items: len(items) + len(unread), carried: map[uint64]int{}, halves: map[uint32]int{}, moved: map[uint64]int{}, before: map[uint64]Repeated{},
	}
	for _, it := range items {
		for _, key := range it.said {
			b.carried[key]++
		}
	}
	for _, u := range unread {
		for _, key := range u.Said {
			if half := uint32(key); key == uint64(half) {
				b.halves[half]++
			} else {
				b.carried[key]++
			}
		}
	}
	for _, r := range remembered {
		if r.Day+repeatDays >= day {
			b.before[r.Line] = r
		}
	}
	return b
}

// Compare notes which lines an item gained and lost. All that changed are to be
// compared before the first is judged: where an advertisement changes, it does so
// in several at once.
func (b *Boilerplate) Compare(stored feed.Article, it Item) {
	lost, gained := difference(lines(stored.Body()), lines(it.Article.Body()))
	met := map[uint64]bool{}
	for _, l := range slices.Concat(lost, gained) {
		if l.key != 0 && !met[l.key] {
			met[l.key] = true
			b.moved[l.key]++
		}
	}
}

// has reports whether a line is none of an item's own. A short one may be what
// each of several items says, unless most of them changed in it at once, and so
// may a word or two even then: matches are called off together.
func (b *Boilerplate) has(l line) bool {
	if b == nil || l.key == 0 || l.words < leastWords-1 {
		return false
	}
	moved := b.moved[l.key]
	if l.words < leastWords {
		return moved >= leastCarriers && moved*2 >= b.items
	}
	return b.carriers(l.key) >= leastCarriers || moved+int(b.before[l.key].Times) >= leastCarriers
}

// carriers is how many items of the document carry a line.
func (b *Boilerplate) carriers(line uint64) int { return b.carried[line] + b.halves[uint32(line)] }

// Remember returns what is to be remembered for later documents.
func (b *Boilerplate) Remember(day uint32) []Repeated {
	kept := maps.Clone(b.before)
	for key := range b.carried {
		if b.carriers(key) >= leastCarriers {
			kept[key] = Repeated{key, leastCarriers, day}
		}
	}
	for key, n := range b.moved {
		n = min(n+int(kept[key].Times), leastCarriers)
		kept[key] = Repeated{key, uint8(n), day}
	}
	all := slices.SortedFunc(maps.Values(kept), func(x, y Repeated) int {
		return cmp.Or(cmp.Compare(y.Day, x.Day), cmp.Compare(y.Times, x.Times), cmp.Compare(x.Line, y.Line))
	})
	return all[:min(len(all), maxRepeated)]
}

// said returns the keys of the lines of a body by which others may be known for
// having it in common, each once.
func said(body []line) []uint64 {
	var keys []uint64
	for i, l := range body {
		if l.key != 0 && l.words >= leastWords && (i < maxSaid/2 || i >= len(body)-maxSaid/2) && !slices.Contains(keys, l.key) {
			keys = append(keys, l.key)
		}
	}
	return keys
}

// difference returns the lines of one body that the other does not have.
func difference(was, is []line) (lost, gained []line) {
	type sign struct{ key, marks uint64 }
	count := make(map[sign]int, len(was))
	for _, l := range was {
		count[sign{l.key, l.marks}]++
	}
	for _, l := range is {
		if s := (sign{l.key, l.marks}); count[s] > 0 {
			count[s]--
		} else {
			gained = append(gained, l)
		}
	}
	for _, l := range slices.Backward(was) {
		if s := (sign{l.key, l.marks}); count[s] > 0 {
			count[s]--
			lost = append(lost, l)
		}
	}
	slices.Reverse(lost)
	return lost, gained
}
