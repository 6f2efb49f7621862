package publish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/render"
)

// Preview returns the entries that a build as of now would give an output, newest
// first, and what failed for some articles. It decides as Build does, but renders
// nothing and changes nothing: it costs what a first build costs, without the
// documents. pub is what is remembered of the output, or would be.
func Preview(
	ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, pub feed.Publication, now time.Time,
) ([]Entry, []Warning, error) {
	b := NewBuilder(r, o, Site{}, 0)
	pub.History = nil // which archive an entry is in is not asked
	entries, warnings, err := b.choose(ctx, &made{infos: infos}, pub, now)
	if err == nil {
		entries, err = b.fill(ctx, entries)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("choose entries: %w", err)
	}
	d := drawer{out: o, infos: infos}
	list, _ := d.entries(&render.Feed{}, entries)
	return list, append(warnings, d.warnings()...), nil
}

// Difference is what becomes of an output's entries under another configuration.
type Difference struct {
	Enter  []Entry // in the order in which they would stand
	Leave  []Entry // in the order in which they stand
	Change []Change
	Move   []Move
}

// Change is an entry that would stay and say something else.
type Change struct {
	Before, After Entry
	What          []Part // never empty
}

// Part is what of an entry subscribers see in another form.
type Part string

// The parts of an entry that are compared.
const (
	PartTitle   Part = "title"
	PartAddress Part = "address"
	PartSource  Part = "source" // what it is called
	PartText    Part = "text"
	PartOthers  Part = "others" // the articles that it names beside its own
)

// Move is an entry that would stay and stand elsewhere among those that stay.
type Move struct {
	Entry    Entry // as it would be
	From, To int   // places in the document, from 1
}

// Compare says what leads from one list of entries to another, both newest first. An
// entry is the same where it has the same first article, whatever it is called. As few
// as can be count as moved: what only makes room for others does not.
func Compare(before, after []Entry) Difference {
	was := make(map[uint64]int, len(before))
	for i, e := range before {
		was[e.Seq] = i
	}
	var d Difference
	var stay []int // places in after of those that stay
	kept := make(map[uint64]bool, len(after))
	for i, e := range after {
		j, ok := was[e.Seq]
		if !ok {
			d.Enter = append(d.Enter, e)
			continue
		}
		kept[e.Seq] = true
		stay = append(stay, i)
		if what := differing(before[j], e); len(what) > 0 {
			d.Change = append(d.Change, Change{before[j], e, what})
		}
	}
	for _, e := range before {
		if !kept[e.Seq] {
			d.Leave = append(d.Leave, e)
		}
	}
	order := make([]int, len(stay))
	for i, at := range stay {
		order[i] = was[after[at].Seq]
	}
	inOrder := longestRising(order)
	for i, at := range stay {
		if !inOrder[i] {
			d.Move = append(d.Move, Move{after[at], order[i] + 1, at + 1})
		}
	}
	return d
}

// differing tells which parts of an entry are others. What a source is named in the
// configuration is not seen by subscribers.
func differing(a, b Entry) []Part {
	var what []Part
	for _, p := range []struct {
		part Part
		same bool
	}{
		{PartTitle, a.Title == b.Title},
		{PartAddress, a.URL == b.URL},
		{PartSource, a.From == b.From},
		{PartText, a.Text == b.Text && a.Whole == b.Whole},
		{PartOthers, slices.Equal(a.Others, b.Others)},
	} {
		if !p.same {
			what = append(what, p.part)
		}
	}
	return what
}

// longestRising marks the members of a longest rising subsequence of different numbers.
func longestRising(numbers []int) []bool {
	var ends []int // of the shortest end of a subsequence of each length: where it is
	before := make([]int, len(numbers))
	for i, n := range numbers {
		at, _ := slices.BinarySearchFunc(ends, n, func(j, n int) int { return numbers[j] - n })
		before[i] = -1
		if at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		} else {
			ends[at] = i
		}
	}
	marked := make([]bool, len(numbers))
	if len(ends) == 0 {
		return marked
	}
	for i := ends[len(ends)-1]; i >= 0; i = before[i] {
		marked[i] = true
	}
	return marked
}
