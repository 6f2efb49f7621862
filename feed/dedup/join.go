package dedup

import (
	"strings"

	"sluice/feed"
)

// Join chooses the article of another source that an item is a copy of, and says
// by what evidence; ok is false if it is none's. A guid counts where the address
// agrees, an address where the titles are equal or half of the shorter text is
// shared. Of several the first that was stored is chosen, so that the answer
// does not depend on the order of marks. The only errors are those of Load.
func (j *Judge) Join(it Item, copies []Copy) (seq uint64, how feed.How, ok bool, err error) {
	for _, c := range copies {
		if ok && c.Seq >= seq {
			continue
		}
		by, same, err := j.isCopy(it, c)
		if err != nil {
			return 0, "", false, err
		}
		if same {
			seq, how, ok = c.Seq, by, true
		}
	}
	return seq, how, ok, nil
}

func (j *Judge) isCopy(it Item, c Copy) (feed.How, bool, error) {
	switch c.Mark.Kind {
	case KindGUID:
		return feed.HowGUID, c.addressAgrees(it), nil
	case KindURL:
		if equal(c.Digest.Title, it.Digest.Title) {
			return feed.HowURL, true, nil
		}
		there, err := j.text(Known{Seq: c.Seq, Load: c.Load})
		if err != nil {
			return "", false, err
		}
		return feed.HowURL, j.shared(there, it.prose) >= half, nil
	}
	return "", false, nil
}

// addressAgrees reports whether two articles of one guid have one address. A
// guid that is an address itself says so where an item gives no other.
func (c Copy) addressAgrees(it Item) bool {
	switch {
	case c.Digest.URL != 0 && it.Digest.URL != 0:
		return c.Digest.URL == it.Digest.URL
	case c.Digest.URL == 0 && it.Digest.URL == 0:
		return strings.HasPrefix(it.guid, "http")
	}
	return it.path != "" && optional(keyOf(it.guid)) == max(c.Digest.URL, it.Digest.URL)
}
