package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"

	"sluice/feed"
	"sluice/storage/record"
)

// head returns an article's record by its number; false when there is none.
func (t *txn) head(seq uint64) (record.Head, bool, error) {
	v := t.get(bHeads, u64(seq))
	if v == nil {
		return record.Head{}, false, nil
	}
	h, err := t.decodeHead(seq, v)
	return h, err == nil, err
}

func (t *txn) decodeHead(seq uint64, v []byte) (record.Head, error) {
	h, err := record.DecodeHead(v)
	if err != nil {
		return h, broken(fmt.Sprintf("article %d", seq), err)
	}
	h.Stored.Seq, h.Stored.Form = seq, formOf(h)
	h.Stored.Source, err = t.name(h.Source)
	return h, err
}

// formOf is the digest and the counts of edits in one number.
func formOf(h record.Head) uint64 {
	return h.Digest.Sum(uint64(h.Stored.Revision)<<32 | uint64(h.Turns))
}

// listed returns an article, without texts, that an index says is there.
func (t *txn) listed(seq uint64) (feed.Stored, error) {
	h, ok, err := t.head(seq)
	if err == nil && !ok {
		err = damaged("article %d is missing", seq)
	}
	return h.Stored, err
}

// fillTexts adds an article's texts; feed.ErrNoArticle when it is gone.
func (s *Store) fillTexts(t *txn, a *feed.Stored) error {
	if text, ok := t.gathered.of(a.Seq); ok {
		a.Summary, a.Content = text.Summary, text.Content
		return nil
	}
	key := u64(a.Seq)
	v := t.get(bTexts, key)
	if v == nil {
		o, err := t.openBlock(a.Seq)
		if err != nil {
			return err
		}
		if o != nil {
			text, err := s.textOf(o, a.Seq)
			a.Summary, a.Content = text.Summary, text.Content
			return err
		}
		h, ok, err := t.head(a.Seq)
		switch {
		case err != nil:
			return err
		case !ok:
			return feed.ErrNoArticle
		case h.Texts:
			return damaged("texts of article %d are missing", a.Seq)
		}
		a.Summary, a.Content = "", ""
		return nil
	}
	summary, content, err := s.texts.Decode(v)
	if err != nil {
		return broken(fmt.Sprintf("article %d", a.Seq), err)
	}
	a.Summary, a.Content = summary, content
	return nil
}

// load returns an article with its texts.
func (s *Store) load(t *txn, seq uint64) (feed.Stored, error) {
	h, ok, err := t.head(seq)
	if err != nil {
		return feed.Stored{}, err
	}
	if !ok {
		return feed.Stored{}, fmt.Errorf("article %d: %w", seq, feed.ErrNoArticle)
	}
	return h.Stored, s.fillTexts(t, &h.Stored)
}

// putArticle stores an article's record and texts. What indexes hold of it never
// changes, so they are written once, by addArticle.
func (s *Store) putArticle(t *txn, h record.Head) error {
	a := &h.Stored
	text := record.Text{Summary: a.Summary, Content: a.Content}
	block, err := t.openBlock(a.Seq)
	if err != nil {
		return err
	}
	// Of one that has a text in a block it is kept that it has none any more.
	h.Texts = !text.IsEmpty() || block != nil
	key := u64(a.Seq)
	if err := t.put(bHeads, key, h.Encode()); err != nil {
		return err
	}
	if !h.Texts {
		return t.delete(bTexts, key)
	}
	if err := t.put(bTexts, key, s.texts.Encode(text.Summary, text.Content)); err != nil || block == nil {
		return err
	}
	return s.thin(t, a.Seq)
}

// addArticle stores a new article and enters it everywhere.
func (s *Store) addArticle(t *txn, h record.Head) error {
	a, num, present := h.Stored, u32(h.Source), []byte{}
	t.putLater(bSeen, timeKey(a.Place, a.Seq), num)
	t.putLater(bDated, timeKey(a.Date, a.Seq), num)
	t.putLater(bSeenBy, sourceTimeKey(h.Source, a.Place, a.Seq), present)
	t.putLater(bDatedBy, sourceTimeKey(h.Source, a.Date, a.Seq), present)
	t.putLater(bIDs, idKey(a.ID), u64(a.Seq))
	if a.Identity != a.Seq {
		t.putLater(bIdentity, pairKey(a.Identity, a.Seq), present)
	}
	if err := t.countArticles(1); err != nil {
		return err
	}
	if !t.gathered.on {
		return s.putArticle(t, h)
	}
	text := record.Text{Summary: a.Summary, Content: a.Content}
	h.Texts = !text.IsEmpty()
	if err := t.put(bHeads, u64(a.Seq), h.Encode()); err != nil {
		return err
	}
	return s.gatherText(t, a.Seq, text)
}

// byID returns the number of the article with the id.
func (t *txn) byID(id string) (uint64, bool, error) {
	v, err := t.find(bIDs, idKey(id))
	if v == nil || err != nil {
		return 0, false, err
	}
	return binary.BigEndian.Uint64(v), true, nil
}

// taken reports whether any article has the id.
func (t *txn) taken(id string) (bool, error) {
	if t.ids[string(idKey(id))] {
		return true, nil
	}
	_, ok, err := t.byID(id)
	return ok, err
}

// number gives the next article its number.
func (t *txn) number() (uint64, error) {
	seq, err := t.bucket(bHeads).NextSequence()
	if err != nil {
		return 0, err
	}
	if seq == 0 {
		return 0, errors.New("no number left for an article")
	}
	return seq, nil
}
