package record

import (
	"time"

	"sluice/feed"
)

// EncodeEvent returns the record of an event of the source of that number, which
// stands for its name.
func EncodeEvent(num uint32, e feed.Event) []byte {
	w := newWriter(256)
	w.uint(uint64(num))
	for _, text := range []string{e.ID, string(e.Kind), string(e.Was), e.Error, e.Address, e.To, e.Site} {
		w.string(text)
	}
	for _, t := range []time.Time{e.At, e.Since, e.Success} {
		w.time(t)
	}
	w.bool(e.Ended)
	for _, n := range []int64{int64(e.Failures), int64(e.New), int64(e.Usual)} {
		w.int(n)
	}
	return w.seal(kindEvent)
}

// DecodeEvent reads an event, which has no Source, and the number of its source. The
// error is ErrInvalid.
func DecodeEvent(b []byte) (uint32, feed.Event, error) {
	r, err := open(kindEvent, b)
	if err != nil {
		return 0, feed.Event{}, err
	}
	num := uint32(r.uint())
	e := feed.Event{ID: r.string(), Kind: feed.EventKind(r.string()), Was: feed.EventKind(r.string())}
	for _, text := range []*string{&e.Error, &e.Address, &e.To, &e.Site} {
		*text = r.string()
	}
	for _, t := range []*time.Time{&e.At, &e.Since, &e.Success} {
		*t = r.time()
	}
	e.Ended = r.bool()
	e.Failures, e.New, e.Usual = int(r.int()), int(r.int()), time.Duration(r.int())
	return num, e, r.end()
}

func (w *writer) told(t feed.Told) {
	w.time(t.Broke)
	w.bool(t.Ended)
	w.time(t.Silent)
	w.fixed(t.Moved)
	w.time(t.Last)
}

func (r *reader) told() feed.Told {
	return feed.Told{Broke: r.time(), Ended: r.bool(), Silent: r.time(), Moved: r.fixed(), Last: r.time()}
}
