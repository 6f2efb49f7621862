package record

import "sluice/feed"

// EncodePing returns the ping's record. Its output and its hub are its key.
func EncodePing(p feed.Ping) []byte {
	w := newWriter(64)
	w.b = append(w.b, p.Digest[:]...)
	w.time(p.Since)
	w.time(p.Next)
	w.int(int64(p.Failures))
	return w.seal(kindPing)
}

// DecodePing reads a ping's record, which has neither Output nor Hub. The error is
// ErrInvalid.
func DecodePing(b []byte) (feed.Ping, error) {
	r, err := open(kindPing, b)
	if err != nil {
		return feed.Ping{}, err
	}
	var p feed.Ping
	copy(p.Digest[:], r.take(uint64(len(p.Digest))))
	p.Since = r.time()
	p.Next = r.time()
	p.Failures = int(r.int())
	return p, r.end()
}
