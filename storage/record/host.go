package record

import (
	"time"

	"sluice/feed"
)

// EncodeHost returns the record of what a host asked for. Its name is its key.
func EncodeHost(h feed.HostState) []byte {
	w := newWriter(32)
	w.time(h.Throttled)
	w.time(h.Rests)
	w.int(int64(h.Spacing))
	return w.seal(kindHost)
}

// DecodeHost reads a host's record, which has no name. The error is ErrInvalid.
func DecodeHost(b []byte) (feed.HostState, error) {
	r, err := open(kindHost, b)
	if err != nil {
		return feed.HostState{}, err
	}
	h := feed.HostState{Throttled: r.time(), Rests: r.time(), Spacing: time.Duration(r.int())}
	return h, r.end()
}
