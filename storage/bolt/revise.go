package bolt

import (
	"fmt"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
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

// revise stores a known article anew if anything that is shown changed. Its id,
// its places and its first date stay, whatever the publisher does.
func (m *merge) revise(it dedup.Item, seq uint64) error {
	// Mostly nothing changed, and the digest in front of the record says so.
	v := m.t.get(bHeads, u64(seq))
	_, digest, err := record.HeadDigest(v)
	if err != nil {
		return broken(fmt.Sprintf("article %d", seq), err)
	}
	change := dedup.Compare(digest, it.Digest)
	if change == dedup.Same {
		return nil
	}
	h, err := m.t.decodeHead(seq, v)
	if err != nil {
		return err
	}
	if change == dedup.Edited && !cleanedAnew(it, h.Stored.Article) {
		h.Stored.Revision++
		h.Stored.Changed = later(h.Stored.Changed.Add(time.Second), m.at)
		m.merged.Updated++
	}
	return m.replace(it, h)
}

// cleanedAnew reports whether the texts alone differ, and another version of the
// sanitiser made them. Then nobody knows whether the publisher changed a word, and
// an update of the program must not show every article as edited.
func cleanedAnew(it dedup.Item, stored feed.Article) bool {
	if stored.Sanitizer == it.Article.Sanitizer {
		return false
	}
	stored.Summary, stored.Content = it.Article.Summary, it.Article.Content
	return dedup.Digests(stored).Real == it.Digest.Real
}

// replace gives a stored article the item's content.
func (m *merge) replace(it dedup.Item, h record.Head) error {
	published := h.Stored.Published
	h.Stored.Article = it.Article
	if !published.IsZero() {
		h.Stored.Published = published
	}
	h.Digest = it.Digest
	if err := m.store.putArticle(m.t, h); err != nil {
		return err
	}
	m.t.offer(it, h.Stored.Seq)
	return nil
}
