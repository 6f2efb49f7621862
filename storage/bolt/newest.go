package bolt

import (
	"bytes"
	"container/heap"
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/record"
)

// The sizes of the pages in which Newest reads: small first, because most
// callers want a hundred articles, then larger, because the rest want all.
const (
	firstPage = 128
	lastPage  = 1024
)

// Newest walks articles from the newest down; see storage.Articles.
func (s *Store) Newest(ctx context.Context, q storage.Query) iter.Seq2[feed.Stored, error] {
	return func(yield func(feed.Stored, error) bool) {
		p := page{size: firstPage}
		for !p.last {
			if err := s.view(ctx, func(t *txn) error { return p.read(t, q) }); err != nil {
				yield(feed.Stored{}, fmt.Errorf("newest articles: %w", err))
				return
			}
			for _, a := range p.articles {
				if !yield(a, nil) {
					return
				}
			}
			p.size = min(2*p.size, lastPage)
		}
	}
}

// page is a stretch of a walk. Articles never change their place, so the key
// where one ended is where the next begins, whatever came meanwhile.
type page struct {
	size     int
	merged   bool            // it is read out of the sources' own indexes
	nums     map[uint32]bool // the sources, or, with among, which of those met so far are
	among    map[feed.SourceID]bool
	articles []feed.Stored
	from     []byte // time and number of the last article read; nil: from the top
	last     bool   // nothing is left
}

// read replaces the page by the one after it.
func (p *page) read(t *txn, q storage.Query) error {
	p.articles = p.articles[:0]
	if p.from == nil && p.nums == nil {
		if err := p.begin(t, q); err != nil {
			return err
		}
	}
	walk := p.filter
	if p.merged {
		walk = p.merge
	}
	var since []byte
	if !q.Since.IsZero() {
		since = appendTime(nil, q.Since)
	}
	p.last = true
	return walk(t, q.Order, func(k []byte) (bool, error) {
		if since != nil && bytes.Compare(k[:8], since) < 0 {
			return false, nil
		}
		if len(p.articles) == p.size {
			p.last = false
			return false, nil
		}
		a, err := t.listed(binary.BigEndian.Uint64(k[8:]))
		if err != nil {
			return false, err
		}
		p.articles = append(p.articles, a)
		p.from = append(p.from[:0], k...)
		return true, nil
	})
}

// begin decides by which index to walk, and whether the sources are looked up before or
// as they are met.
func (p *page) begin(t *txn, q storage.Query) error {
	// Numbers given so far stand for the count of sources: near enough, and at hand.
	p.merged = few(len(q.Sources), int(t.bucket(bNames).Sequence()))
	if !p.merged && q.Among != nil {
		p.among, p.nums = q.Among, map[uint32]bool{}
		return nil
	}
	return p.choose(t, q.Sources)
}

// choose looks the sources up, once for a walk.
func (p *page) choose(t *txn, names []feed.SourceID) error {
	p.nums = make(map[uint32]bool, len(names))
	for _, name := range names {
		v := t.get(bSources, []byte(name))
		if v == nil {
			continue
		}
		num, err := record.SourceNum(v)
		if err != nil {
			return broken("source "+string(name), err)
		}
		p.nums[num] = true
	}
	return nil
}

// is reports whether a source is one of those of the walk.
func (p *page) is(t *txn, num uint32) (bool, error) {
	is, known := p.nums[num]
	if known || p.among == nil {
		return is, nil
	}
	name, err := t.name(num)
	if err != nil {
		return false, err
	}
	p.nums[num] = p.among[name]
	return p.nums[num], nil
}

// few reports whether so many sources out of so many are better read each by its
// own index than out of the index of all.
func few(some, of int) bool {
	return some <= 16 || some*some <= 16*of
}

// filter walks the index of all articles down and gives the keys of the sources.
func (p *page) filter(t *txn, order feed.Order, emit func(k []byte) (bool, error)) error {
	in := bSeen
	if order == feed.OrderPublished {
		in = bDated
	}
	w := t.walk(in)
	for k, v := w.before(p.from); k != nil; k, v = w.prev() {
		if is, err := p.is(t, binary.BigEndian.Uint32(v)); err != nil {
			return err
		} else if !is {
			continue
		}
		if more, err := emit(k); err != nil || !more {
			return err
		}
	}
	return w.err
}

// merge walks the sources' own indexes down, always taking the newest of their
// next articles.
func (p *page) merge(t *txn, order feed.Order, emit func(k []byte) (bool, error)) error {
	in := bSeenBy
	if order == feed.OrderPublished {
		in = bDatedBy
	}
	var all lanes
	for num := range p.nums {
		l := &lane{num: num, walk: t.walk(in)}
		if p.from == nil {
			l.set(l.walk.before(u32(num + 1)))
		} else {
			l.set(l.walk.before(append(u32(num), p.from...)))
		}
		if l.walk.err != nil {
			return l.walk.err
		}
		if l.key != nil {
			all = append(all, l)
		}
	}
	heap.Init(&all)
	for len(all) > 0 {
		l := all[0]
		if more, err := emit(l.key); err != nil || !more {
			return err
		}
		l.set(l.walk.prev())
		if l.walk.err != nil {
			return l.walk.err
		}
		if l.key == nil {
			heap.Pop(&all)
		} else {
			heap.Fix(&all, 0)
		}
	}
	return nil
}

// lane is one source's articles on their way into a merged walk.
type lane struct {
	num  uint32
	walk *walk
	key  []byte // time and number of the next article; nil at the end
}

func (l *lane) set(k, _ []byte) {
	l.key = nil
	if k != nil && binary.BigEndian.Uint32(k) == l.num {
		l.key = k[4:]
	}
}

// lanes is a heap with the newest article on top.
type lanes []*lane

func (h lanes) Len() int           { return len(h) }
func (h lanes) Less(i, j int) bool { return bytes.Compare(h[i].key, h[j].key) > 0 }
func (h lanes) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *lanes) Push(x any)        { *h = append(*h, x.(*lane)) }

func (h *lanes) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	*h = (*h)[:last]
	return l
}
