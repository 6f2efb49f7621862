package bolt

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"sluice/feed"
	"sluice/storage/record"
)

// Story returns the story of an identity; see storage.Stories.
func (s *Store) Story(ctx context.Context, identity uint64) (story feed.Story, err error) {
	err = s.view(ctx, func(t *txn) (err error) {
		story, err = t.story(identity)
		if err == nil {
			err = t.fillStory(&story)
		}
		return err
	})
	if err != nil {
		return feed.Story{}, fmt.Errorf("story of %d: %w", identity, err)
	}
	return story, nil
}

// join returns how an identity joined its story; ok is false of a root.
func (t *txn) join(identity uint64) (j record.Join, ok bool, err error) {
	v := t.get(bJoins, u64(identity))
	if v == nil {
		return j, false, nil
	}
	if j, err = record.DecodeJoin(v); err != nil {
		return j, false, broken(fmt.Sprintf("join of %d", identity), err)
	}
	return j, true, nil
}

// story returns the story of an identity, without articles.
func (t *txn) story(identity uint64) (feed.Story, error) {
	story := feed.Story{Root: identity}
	switch j, ok, err := t.join(identity); {
	case err != nil:
		return story, err
	case ok:
		story.Root = j.Root
	}
	err := t.scan(bStories, u64(story.Root), func(k, _ []byte) error {
		member := binary.BigEndian.Uint64(k[8:])
		j, ok, err := t.join(member)
		switch {
		case err != nil:
			return err
		case !ok || j.Root != story.Root:
			return damaged("%d is no member of story %d", member, story.Root)
		}
		if story.Joins == nil {
			story.Joins = map[uint64]feed.Joined{}
		}
		story.Joins[member] = j.Joined
		return nil
	})
	return story, err
}

// fillStory gives a story its articles.
func (t *txn) fillStory(story *feed.Story) error {
	all, err := t.identity(story.Root)
	if err != nil {
		return err
	}
	for member := range story.Joins {
		more, err := t.identity(member)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	slices.SortFunc(all, func(a, b feed.Stored) int { return cmp.Compare(a.Seq, b.Seq) })
	story.Articles = all
	return nil
}

// putStory writes who is of the story, and how; was is what stood there of the same
// identities.
func (t *txn) putStory(is feed.Story, was ...feed.Story) error {
	for _, old := range was {
		for member := range old.Joins {
			if err := t.delete(bStories, pairKey(old.Root, member)); err != nil {
				return err
			}
			if err := t.delete(bJoins, u64(member)); err != nil {
				return err
			}
		}
	}
	for _, member := range slices.Sorted(maps.Keys(is.Joins)) {
		if err := t.put(bStories, pairKey(is.Root, member), []byte{}); err != nil {
			return err
		}
		j := record.Join{Joined: is.Joins[member], Root: is.Root}
		if err := t.put(bJoins, u64(member), j.Encode()); err != nil {
			return err
		}
	}
	return nil
}

// apart notes that two identities are two stories, whatever is found later.
func (t *txn) apart(a, b uint64) error {
	if err := t.put(bApart, pairKey(a, b), []byte{}); err != nil {
		return err
	}
	return t.put(bApart, pairKey(b, a), []byte{})
}

// areApart reports whether an operator has parted any identity of one story from any
// of the other.
func (t *txn) areApart(a, b feed.Story) (bool, error) {
	apart := false
	for _, member := range members(a) {
		err := t.scan(bApart, u64(member), func(k, _ []byte) error {
			other := binary.BigEndian.Uint64(k[8:])
			_, joined := b.Joins[other]
			apart = apart || joined || other == b.Root
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return apart, nil
}

func members(s feed.Story) []uint64 {
	return append(slices.Sorted(maps.Keys(s.Joins)), s.Root)
}
