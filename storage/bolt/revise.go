package bolt

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/feed/dedup"
	"sluice/storage/record"
)

// The bounds of how often an article is called updated: readers show again what is.
const (
	raiseEvery  = 30 * time.Minute
	raisesDaily = 10
)

// keep brings a known article to what the item says.
func (m *merge) keep(it dedup.Item, seq uint64, contested bool) error {
	if !m.decided[seq] {
		m.decided[seq] = true
		if err := m.revise(it, seq); err != nil {
			return err
		}
	}
	return m.remember(it, seq, contested, false)
}

// boilerplate learns which lines the document's items have in common, and which
// changed in several of those that are known.
func (m *merge) boilerplate(items []dedup.Item, verdicts []verdict) error {
	if len(items)+len(m.left) == 0 {
		return nil
	}
	m.common = dedup.NewBoilerplate(items, unreadOf(m.left), m.src.Repeated, dayOf(m.at))
	seen := make(map[uint64]bool, len(items))
	for i, it := range items {
		seq := verdicts[i].seq
		if seq == 0 || seen[seq] {
			continue
		}
		seen[seq] = true
		if _, differs, err := m.differs(it, seq); err != nil || !differs {
			if err != nil {
				return err
			}
			continue
		}
		stored, err := m.store.load(m.t, seq)
		if err != nil {
			return err
		}
		m.common.Compare(stored.Article, it)
	}
	return nil
}

// differs reports whether an item says anything that its article did not when it
// was last listed, and returns the article's record. Mostly nothing does, and the
// digest in front of the record says so.
func (m *merge) differs(it dedup.Item, seq uint64) ([]byte, bool, error) {
	v := m.t.get(bHeads, u64(seq))
	_, digest, heard, err := record.HeadDigest(v)
	if err != nil {
		return nil, false, broken(fmt.Sprintf("article %d", seq), err)
	}
	return v, digest != it.Digest && heard != it.Digest.Sum(0), nil
}

// revise stores a known article anew if anything that is shown changed. Its id,
// its places and its first date stay, whatever the publisher does.
func (m *merge) revise(it dedup.Item, seq uint64) error {
	v, differs, err := m.differs(it, seq)
	if err != nil || !differs {
		return err
	}
	h, err := m.t.decodeHead(seq, v)
	if err != nil {
		return err
	}
	stored := h.Stored
	if err := m.store.fillTexts(m.t, &stored); err != nil {
		return err
	}
	var unread error // a mark that cannot be read
	edit := m.judge.Edit(stored.Article, it, m.common, func(mark dedup.Mark) bool {
		had, err := m.had(mark, seq)
		unread = errors.Join(unread, err)
		return had
	})
	if unread != nil {
		return unread
	}
	h.Digest, h.Heard = edit.Digest, 0
	if edit.Digest != it.Digest {
		h.Heard = it.Digest.Sum(0) // the same listing will not be compared again
	}
	switch edit.Change {
	case dedup.Same:
		return m.t.put(bHeads, u64(seq), h.Encode())
	case dedup.Edited:
		h.Stored.Revision++
		m.raise(&h)
		m.merged.Updated++
	case dedup.Mended:
		m.merged.Updated++
	case dedup.Touched:
	}
	return m.replace(it, edit, h)
}

// raise dates an article as updated now, unless it was within half an hour, or ten
// times within a day. What changed is shown all the same.
func (m *merge) raise(h *record.Head) {
	h.Raised = slices.DeleteFunc(h.Raised, func(t time.Time) bool {
		return t.After(m.at) || !t.After(m.at.Add(-24*time.Hour)) // a clock may have been ahead
	})
	if n := len(h.Raised); n >= raisesDaily || n > 0 && m.at.Sub(h.Raised[n-1]) < raiseEvery {
		return
	}
	h.Stored.Changed = later(h.Stored.Changed.Add(time.Second), m.at)
	h.Raised = append(h.Raised, m.at)
}

// replace gives a stored article the content of an edit.
func (m *merge) replace(it dedup.Item, edit dedup.Edit, h record.Head) error {
	published := h.Stored.Published
	h.Stored.Article = edit.Article
	if !published.IsZero() {
		h.Stored.Published = published
	}
	h.Turns++
	if err := m.store.putArticle(m.t, h); err != nil {
		return err
	}
	if err := m.t.offer(h.Stored.Seq, it.Cross...); err != nil {
		return err
	}
	return m.store.resketch(m.t, h.Stored)
}
