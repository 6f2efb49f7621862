package record

import "sluice/feed"

// EncodePublication returns the publication's record. The output's name is its
// key.
func EncodePublication(p feed.Publication) []byte {
	w := newWriter(64)
	w.time(p.Since)
	w.time(p.Modified)
	w.b = append(w.b, p.Digest[:]...)
	if p.ID != "" { // ends here without one, as records did before there were ids
		w.string(p.ID)
	}
	return w.seal(kindPublication)
}

// DecodePublication reads a publication's record, which has no Output. The error
// is ErrInvalid.
func DecodePublication(b []byte) (feed.Publication, error) {
	r, err := open(kindPublication, b)
	if err != nil {
		return feed.Publication{}, err
	}
	var p feed.Publication
	p.Since = r.time()
	p.Modified = r.time()
	copy(p.Digest[:], r.take(uint64(len(p.Digest))))
	if len(r.b) > 0 {
		p.ID = r.string()
	}
	return p, r.end()
}
