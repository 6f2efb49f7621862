package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"sluice/feed"
	"sluice/storage/record"
)

// maxParts bounds what is kept as listed of a source of which only parts of documents
// come: the newest.
const maxParts = 10_000

// listing returns the numbers, rising, of the articles that a source's last document had,
// also of those that are gone. known is false where none came since that is kept.
func (t *txn) listing(num uint32) (seqs []uint64, known bool, err error) {
	v := t.get(bListed, u32(num))
	if v == nil {
		return nil, false, nil
	}
	if seqs, err = record.DecodeListed(v); err != nil {
		return nil, false, brokenListing(num, err)
	}
	return seqs, true, nil
}

// lastDocument is listing with all else that is kept of the document.
func (t *txn) lastDocument(num uint32) (l record.Listed, known bool, err error) {
	v := t.get(bListed, u32(num))
	if v == nil {
		return l, false, nil
	}
	if l, err = record.DecodeSeen(v); err != nil {
		return l, false, brokenListing(num, err)
	}
	return l, true, nil
}

func brokenListing(num uint32, err error) error {
	return broken(fmt.Sprintf("listing of source number %d", num), err)
}

// list keeps which articles the document has, and which of its items the next one may have
// unread.
func (m *merge) list(mode feed.IdentityMode) error {
	if m.d.Articles == nil {
		return nil
	}
	is := record.Listed{Body: m.d.State.Body, Identity: mode, Seen: m.seenNow()}
	if m.d.Part {
		was, known, err := m.t.lastDocument(m.num)
		if err != nil || !known {
			return err // what else there may be is not known either
		}
		is = was
		is.Seen = m.seenStill(was.Seen)
	}
	is.Seqs = append(is.Seqs, m.listed...)
	slices.Sort(is.Seqs)
	is.Seqs = slices.Compact(is.Seqs)
	if m.d.Part && len(is.Seqs) > maxParts {
		is.Seqs = is.Seqs[len(is.Seqs)-maxParts:]
	}
	key, v := u32(m.num), is.Encode()
	if bytes.Equal(m.t.get(bListed, key), v) {
		return nil
	}
	return m.t.put(bListed, key, v)
}

// recent stands for the listing of a source that has none: what was listed within a week
// of the last that was, as the days of its marks say.
func (t *txn) recent(num uint32) (seqs []uint64, err error) {
	newest := map[uint64]uint32{}
	last := uint32(0)
	err = t.scan(bAliases, u32(num), func(k, v []byte) error {
		a, err := decodeAlias(k, v)
		if err == nil {
			newest[a.seq] = max(newest[a.seq], a.day)
			last = max(last, a.day)
		}
		return err
	})
	for seq, day := range newest {
		if day+staleDays >= last {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	return seqs, err
}

// listings sees that what is listed is of sources and articles that there are or were.
func (v *verifier) listings() error {
	highest := v.t.bucket(bHeads).Sequence()
	return v.t.scan(bListed, nil, func(k, _ []byte) error {
		if len(k) != 4 || !v.known[binary.BigEndian.Uint32(k)] {
			v.fault("listing of source number %x, which is not there", k)
			return nil
		}
		seqs, _, err := v.t.listing(binary.BigEndian.Uint32(k))
		if err == nil && len(seqs) > 0 && seqs[len(seqs)-1] > highest {
			v.fault("article %d is listed, of %d", seqs[len(seqs)-1], highest)
		}
		return err
	})
}
