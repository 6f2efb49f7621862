package bolt

import (
	"context"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"
	"sluice/storage/record"
)

// Split parts what subscribers see as one; see storage.Stories.
func (s *Store) Split(ctx context.Context, id string, by feed.Dedup) (was feed.Story, err error) {
	err = s.update(ctx, func(t *txn) error {
		a, err := t.listedByID(id)
		if err != nil {
			return err
		}
		if was, err = t.story(a.Identity); err != nil {
			return err
		}
		if err := t.fillStory(&was); err != nil {
			return err
		}
		if err := t.mended(); err != nil {
			return err
		}
		if by == feed.DedupStory && len(was.Joins) > 0 {
			return s.partStory(t, was, a.Identity)
		}
		return s.partIdentity(t, was, a)
	})
	if err != nil {
		return feed.Story{}, fmt.Errorf("split %s: %w", id, err)
	}
	return was, nil
}

// partStory takes an identity out of its story.
func (s *Store) partStory(t *txn, was feed.Story, identity uint64) error {
	left, rest, ok := dedup.Part(was, identity)
	if !ok {
		return storage.ErrAlone
	}
	if err := t.putStory(left, was); err != nil {
		return err
	}
	if err := t.putStory(rest); err != nil {
		return err
	}
	if err := s.elect(t, left.Root, rest.Root); err != nil {
		return err
	}
	return t.apart(left.Root, rest.Root)
}

// partIdentity takes an article out of its identity. If it is the first, the next of
// the others stands for them.
func (s *Store) partIdentity(t *txn, was feed.Story, a feed.Stored) error {
	group, err := t.identity(a.Identity)
	if err != nil {
		return err
	}
	if len(group) < 2 {
		return storage.ErrAlone
	}
	if a.Seq != a.Identity {
		if err := s.identify(t, a.Seq, a.Seq, ""); err != nil {
			return err
		}
		if err := s.elect(t, a.Seq); err != nil {
			return err
		}
		return t.apart(a.Seq, a.Identity)
	}
	next, how := uint64(0), feed.How("")
	for _, b := range group {
		if b.Seq == a.Seq {
			continue
		}
		if next == 0 {
			next = b.Seq
		} else {
			how = b.How
		}
		if err := s.identify(t, b.Seq, next, how); err != nil {
			return err
		}
	}
	rest := dedup.Rename(was, a.Identity, next)
	if err := t.putStory(rest, was); err != nil {
		return err
	}
	if err := s.elect(t, rest.Root, a.Seq); err != nil {
		return err
	}
	return t.apart(a.Seq, next)
}

// identify gives an article another identity.
func (s *Store) identify(t *txn, seq, identity uint64, how feed.How) error {
	v := t.get(bHeads, u64(seq))
	h, err := t.decodeHead(seq, v)
	if err != nil {
		return err
	}
	if h.Stored.Identity != seq {
		if err := t.delete(bIdentity, pairKey(h.Stored.Identity, seq)); err != nil {
			return err
		}
	}
	h.Stored.Identity, h.Stored.How = identity, how
	if identity != seq {
		if err := t.put(bIdentity, pairKey(identity, seq), []byte{}); err != nil {
			return err
		}
	}
	h.Turns++ // another form
	return t.put(bHeads, u64(seq), h.Encode())
}

// Join makes two stories one; see storage.Stories.
func (s *Store) Join(ctx context.Context, a, b string, at time.Time) (is feed.Story, err error) {
	err = s.update(ctx, func(t *txn) error {
		var stories [2]feed.Story
		var identities [2]uint64
		for i, id := range []string{a, b} {
			of, err := t.listedByID(id)
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			identities[i] = of.Identity
			if stories[i], err = t.story(of.Identity); err != nil {
				return err
			}
		}
		if stories[0].Root == stories[1].Root {
			confirmed, ok := dedup.Confirm(stories[0], identities[0], identities[1])
			if !ok {
				return storage.ErrJoined
			}
			is = confirmed
		} else {
			is = dedup.Unite(stories[0], stories[1], feed.Joined{How: feed.HowNear, At: micro(at), Late: true, Operator: true})
		}
		if err := t.putStory(is, stories[0], stories[1]); err != nil {
			return err
		}
		if err := t.together(stories[0], stories[1]); err != nil {
			return err
		}
		if err := t.mended(); err != nil {
			return err
		}
		return t.fillStory(&is)
	})
	if err != nil {
		return feed.Story{}, fmt.Errorf("join: %w", err)
	}
	return is, nil
}

// together forgets that identities of two stories were parted.
func (t *txn) together(a, b feed.Story) error {
	for _, x := range members(a) {
		for _, y := range members(b) {
			for _, key := range [][]byte{pairKey(x, y), pairKey(y, x)} {
				if err := t.delete(bApart, key); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// listedByID returns the article of an id, without texts.
func (t *txn) listedByID(id string) (feed.Stored, error) {
	seq, ok, err := t.byID(id)
	if err != nil {
		return feed.Stored{}, err
	}
	var h record.Head
	if ok {
		h, ok, err = t.head(seq)
	}
	switch {
	case err != nil:
	case seq > 0 && !ok:
		err = t.removed(seq)
	case !ok || h.Stored.ID != id:
		err = feed.ErrNoArticle
	}
	return h.Stored, err
}
