package record

import (
	"time"

	"sluice/storage/retention"
)

// Gone is what is kept of an article that retention removed, while its marks are.
type Gone struct {
	Source uint32
	Day    uint32    // on which it went
	ID     [8]byte   // the beginning of the SHA-256 of its id
	Title  uint64    // of its digest
	Place  time.Time // where it stood
}

// Encode returns the record. The article's number is its key.
func (g Gone) Encode() []byte {
	w := newWriter(40)
	w.uint(uint64(g.Source))
	w.uint(uint64(g.Day))
	w.b = append(w.b, g.ID[:]...)
	w.fixed(g.Title)
	w.time(g.Place)
	return w.seal(kindGone)
}

// DecodeGone reads what Encode wrote. The error is ErrInvalid.
func DecodeGone(b []byte) (g Gone, err error) {
	r, err := open(kindGone, b)
	if err != nil {
		return g, err
	}
	g.Source = uint32(r.uint())
	g.Day = uint32(r.uint())
	copy(g.ID[:], r.take(uint64(len(g.ID))))
	g.Title = r.fixed()
	g.Place = r.time()
	return g, r.end()
}

// Keeping is what retention remembers from one run to the next.
type Keeping struct {
	Clock  retention.Clock
	Walked time.Time     // the day on which old articles were last looked for
	Age    time.Duration // from which they were old then
	Swept  time.Time     // the day on which old marks were last looked for
	Source uint32        // the last source whose marks were looked at
	Cross  uint8         // the next of the 256 parts of the marks across sources
}

// Encode returns the record.
func (k Keeping) Encode() []byte {
	w := newWriter(64)
	c := k.Clock
	for _, t := range []time.Time{c.Known, c.Ahead, c.Last, c.Day, c.Gone, k.Walked, k.Swept} {
		w.time(t)
	}
	w.int(int64(k.Age))
	w.int(int64(c.Jumps))
	w.bool(c.Slow)
	w.int(int64(c.Spent))
	w.uint(uint64(k.Source))
	w.uint(uint64(k.Cross))
	return w.seal(kindKeeping)
}

// DecodeKeeping reads what Encode wrote. The error is ErrInvalid.
func DecodeKeeping(b []byte) (k Keeping, err error) {
	r, err := open(kindKeeping, b)
	if err != nil {
		return k, err
	}
	c := &k.Clock
	for _, t := range []*time.Time{&c.Known, &c.Ahead, &c.Last, &c.Day, &c.Gone, &k.Walked, &k.Swept} {
		*t = r.time()
	}
	k.Age = time.Duration(r.int())
	c.Jumps = int(r.int())
	c.Slow = r.bool()
	c.Spent = int(r.int())
	k.Source = uint32(r.uint())
	k.Cross = uint8(r.uint())
	return k, r.end()
}
