package bolt

import (
	"slices"
	"time"

	"sluice/feed"
	"sluice/storage/record"
)

// looking is a transaction of a run of retention.
type looking struct {
	*keeping

	t      *txn
	shown  map[uint64]bool
	listed map[uint32][]uint64 // by source, looked up
}

// lists reports whether an article's source listed it when it was last read. One that is
// configured no more lists nothing.
func (l *looking) lists(num uint32, seq uint64) (bool, error) {
	seqs, known := l.listed[num]
	if !known {
		var err error
		if seqs, err = l.listingOf(num); err != nil {
			return false, err
		}
		if l.listed == nil {
			l.listed = map[uint32][]uint64{}
		}
		l.listed[num] = seqs
	}
	_, there := slices.BinarySearch(seqs, seq)
	return there, nil
}

func (l *looking) listingOf(num uint32) ([]uint64, error) {
	_, src, err := l.t.source(num)
	if err != nil || !src.Configured {
		return nil, err
	}
	seqs, known, err := l.t.listing(num)
	if err != nil || known {
		return seqs, err
	}
	seqs, known = l.days[num]
	if !known {
		if seqs, err = l.t.recent(num); err == nil {
			l.days[num] = seqs
		}
	}
	return seqs, err
}

// add adds those of the articles to found with which anything may go.
func (l *looking) add(found *[]uint64, seqs []uint64, may func(feed.Stored) bool) error {
	for _, seq := range seqs {
		going, err := l.going(seq, may)
		if err != nil {
			return err
		}
		if len(going) > 0 {
			*found = append(*found, seq)
		}
	}
	return nil
}

// going returns what may go of the story of an article, given that this is the last of
// it and which of its articles may for their own sake: the last of the story, up to the
// first that may not. An entry is known by the first of its articles, so that whichever
// are left, it is the same one that stands for them. Nothing goes with an article that is
// not the last.
func (l *looking) going(seq uint64, may func(feed.Stored) bool) ([]record.Head, error) {
	h, ok, err := l.t.head(seq)
	if err != nil || !ok || l.shown[seq] || !may(h.Stored) {
		return nil, err
	}
	if listed, err := l.lists(h.Source, seq); err != nil || listed { // mostly: then its story need not be looked up
		return nil, err
	}
	story, err := l.t.story(h.Stored.Identity)
	if err != nil {
		return nil, err
	}
	if err := l.t.fillStory(&story); err != nil {
		return nil, err
	}
	all := story.Articles
	if len(all) == 0 || all[len(all)-1].Seq != seq {
		return nil, nil
	}
	var going []record.Head
	for _, a := range slices.Backward(all) {
		if l.shown[a.Seq] || !may(a) {
			break
		}
		h, _, err := l.t.head(a.Seq)
		if err != nil {
			return nil, err
		}
		if listed, err := l.lists(h.Source, a.Seq); err != nil || listed {
			return going, err
		}
		going = append(going, h)
	}
	return going, nil
}

// remove removes articles, and of their stories what may go with them, and returns how
// many went of each source.
func (l *looking) remove(seqs []uint64, why reason) (map[feed.SourceID]int, error) {
	byNum, went, n := map[uint32]int{}, map[feed.SourceID]int{}, 0
	gone := time.Time{} // first seen, of the last of them
	for _, seq := range seqs {
		going, err := l.going(seq, why.may)
		if err != nil {
			return nil, err
		}
		for _, h := range going {
			if err := l.store.remove(l.t, h, dayOf(l.Clock.Known)); err != nil {
				return nil, err
			}
			byNum[h.Source]++
			n++
			if first := h.Stored.FirstSeen; !first.After(l.Clock.Known) {
				gone = later(gone, first)
			}
		}
	}
	if n == 0 {
		return nil, errUnchanged
	}
	for num, count := range byNum {
		name, was, err := l.t.source(num)
		if err != nil {
			return nil, err
		}
		is := was
		is.State.Articles -= count
		if err := l.t.putSource(name, &was, &is); err != nil {
			return nil, err
		}
		went[name] = count
	}
	if !why.aged {
		return went, nil
	}
	kept, err := l.t.keeping()
	if err != nil {
		return nil, err
	}
	kept.Clock = kept.Clock.Spend(n)
	kept.Clock.Gone = later(kept.Clock.Gone, gone)
	return went, l.t.putKeeping(kept)
}
