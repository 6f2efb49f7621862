package bolt

import (
	"encoding/binary"
	"errors"

	"sluice/feed/dedup/near"
)

// stories sees that those who joined a story are its members, and it is a tree: each
// joined one that was first seen before it.
func (v *verifier) stories() error {
	joins := 0
	err := v.t.scan(bJoins, nil, func(k, _ []byte) error {
		joins++
		identity := binary.BigEndian.Uint64(k)
		j, _, err := v.t.join(identity)
		if err != nil {
			return err
		}
		if v.t.get(bStories, pairKey(j.Root, identity)) == nil {
			v.fault("%d joined story %d, which does not have it", identity, j.Root)
		}
		root, joined, err := j.To, false, error(nil)
		if j.To != j.Root {
			above, _, failed := v.t.join(j.To)
			root, err = above.Root, failed
		}
		if err == nil {
			_, joined, err = v.t.join(j.Root)
		}
		if err != nil {
			return err
		}
		if joined || root != j.Root || j.To >= identity {
			v.fault("%d joined %d of story %d, which cannot be", identity, j.To, j.Root)
		}
		return v.isIdentity(identity)
	})
	if err != nil {
		return err
	}
	n, err := v.count(bStories)
	if err != nil {
		return err
	}
	if n != joins {
		v.fault("%d members of stories for %d that joined one", n, joins)
	}
	return v.t.scan(bApart, nil, func(k, _ []byte) error {
		a, b := binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])
		if v.t.get(bApart, pairKey(b, a)) == nil {
			v.fault("%d is parted from %d, and not the other way round", a, b)
		}
		return nil
	})
}

// isIdentity sees that articles have the identity. The first of it may be gone.
func (v *verifier) isIdentity(identity uint64) error {
	all, err := v.t.identity(identity)
	if err == nil && len(all) == 0 {
		v.fault("no article has identity %d, which is of a story", identity)
	}
	return err
}

// sketches sees that what is compared is or was the root of a story, and is looked for
// where it is.
func (v *verifier) sketches() error {
	return v.t.scan(bSketches, nil, func(k, val []byte) error {
		e, err := decodeSketch(k, val, nil)
		if errors.Is(err, near.ErrSketch) {
			err = nil // it is made anew when it is needed
		}
		if err != nil {
			return err
		}
		h, ok, err := v.t.head(e.ID)
		if err != nil || !ok {
			return err
		}
		j, joined, err := v.t.join(e.ID)
		if joined && !j.Late { // then what it is a copy of is not compared any more
			above, ok, err := v.t.head(j.To)
			if err != nil {
				return err
			}
			joined = ok && v.t.get(bSketches, sketchKey(dayOf(above.Stored.FirstSeen), j.To)) != nil
		}
		if joined && !j.Late || h.Stored.Identity != e.ID || dayOf(h.Stored.FirstSeen) != e.Day {
			v.fault("article %d is compared on day %d, where it is none to be compared", e.ID, e.Day)
		}
		return err
	})
}

func (v *verifier) titles() error {
	return v.t.scan(bTitles, nil, func(k, _ []byte) error {
		_, err := v.t.recurrence(binary.BigEndian.Uint32(k), binary.BigEndian.Uint64(k[4:]))
		return err
	})
}
