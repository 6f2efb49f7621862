package bolt

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"sluice/feed"
	"sluice/feed/dedup"
)

// fillPage is how many texts are read in one transaction.
const fillPage = 64

// Fill adds texts; see storage.Articles.
func (s *Store) Fill(ctx context.Context, articles []feed.Stored) error {
	for part := range slices.Chunk(articles, fillPage) {
		err := s.view(ctx, func(t *txn) error {
			for _, a := range byNumber(part) {
				if err := s.fillTexts(t, a); err != nil {
					return fmt.Errorf("texts of article %d: %w", a.Seq, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// byNumber are articles in the order in which they came: those of one block together.
func byNumber(articles []feed.Stored) []*feed.Stored {
	all := make([]*feed.Stored, len(articles))
	for i := range articles {
		all[i] = &articles[i]
	}
	slices.SortFunc(all, func(a, b *feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

// After returns articles in arrival order; see storage.Articles.
func (s *Store) After(ctx context.Context, seq uint64, n int) ([]feed.Stored, error) {
	if n <= 0 || seq == math.MaxUint64 {
		return nil, ctx.Err()
	}
	var all []feed.Stored
	err := s.view(ctx, func(t *txn) error {
		c := t.bucket(bHeads).Cursor()
		for k, v := c.Seek(u64(seq + 1)); k != nil && len(all) < n; k, v = c.Next() {
			h, err := t.decodeHead(binary.BigEndian.Uint64(k), v)
			if err != nil {
				return err
			}
			all = append(all, h.Stored)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("articles after %d: %w", seq, err)
	}
	return all, nil
}

// Identity returns the articles of an identity; see storage.Articles.
func (s *Store) Identity(ctx context.Context, identity uint64) ([]feed.Stored, error) {
	var all []feed.Stored
	err := s.view(ctx, func(t *txn) (err error) {
		all, err = t.identity(identity)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("identity %d: %w", identity, err)
	}
	return all, nil
}

// identity returns the articles of an identity, without texts, in arrival order.
func (t *txn) identity(identity uint64) (all []feed.Stored, err error) {
	// The first may be gone while its copies are stored.
	h, ok, err := t.head(identity)
	if err != nil {
		return nil, err
	}
	if ok && h.Stored.Identity == identity {
		all = append(all, h.Stored)
	}
	err = t.scan(bIdentity, u64(identity), func(k, _ []byte) error {
		a, err := t.listed(binary.BigEndian.Uint64(k[8:]))
		all = append(all, a)
		return err
	})
	return all, err
}

// maxByURL bounds the articles of one address.
const maxByURL = 100

// ByURL returns the articles of an address; see storage.Articles.
func (s *Store) ByURL(ctx context.Context, url string) (all []feed.Stored, err error) {
	err = s.view(ctx, func(t *txn) error {
		seen := map[uint64]bool{}
		for _, m := range dedup.MarksOf(url) {
			prefix := crossPrefix(m)
			err := t.scan(bCross, prefix, func(k, _ []byte) error {
				seq := binary.BigEndian.Uint64(k[len(prefix):])
				h, ok, err := t.head(seq)
				if ok && !seen[seq] {
					seen[seq] = true
					all = append(all, h.Stored)
				}
				if err == nil && len(all) == maxByURL {
					err = errStop
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		if len(all) == 0 {
			return t.removedAt(url)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("articles at %s: %w", url, err)
	}
	slices.SortFunc(all, func(a, b feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return all, nil
}

// ByID returns an article by its id; see storage.Articles.
func (s *Store) ByID(ctx context.Context, id string) (feed.Stored, error) {
	var a feed.Stored
	err := s.view(ctx, func(t *txn) error {
		seq, ok, err := t.byID(id)
		if err != nil {
			return err
		}
		if !ok {
			return feed.ErrNoArticle
		}
		a, err = s.load(t, seq)
		switch {
		case errors.Is(err, feed.ErrNoArticle):
			return t.removed(seq)
		case err == nil && a.ID != id:
			return feed.ErrNoArticle
		}
		return err
	})
	if err != nil {
		return feed.Stored{}, fmt.Errorf("article %s: %w", id, err)
	}
	return a, nil
}
