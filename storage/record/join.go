package record

import (
	"math"

	"sluice/feed"
)

// Join is how an identity joined a story, under its number.
type Join struct {
	feed.Joined
	Root uint64 // the story's
}

// Encode returns the record.
func (j Join) Encode() []byte {
	w := newWriter(48)
	w.uint(j.Root)
	w.uint(j.To)
	w.string(string(j.How))
	w.string(j.Reason)
	w.uint(uint64(math.Round(min(max(j.Score, 0), 1) * scoreUnit)))
	w.time(j.At)
	w.bool(j.Late)
	w.bool(j.Operator)
	w.uint(j.Via)
	return w.seal(kindJoin)
}

// scoreUnit is the score of 1 in a record.
const scoreUnit = 10_000

// DecodeJoin reads the record of a join. The error is ErrInvalid.
func DecodeJoin(b []byte) (Join, error) {
	r, err := open(kindJoin, b)
	if err != nil {
		return Join{}, err
	}
	j := Join{Root: r.uint()}
	j.To = r.uint()
	j.How = feed.How(r.string())
	j.Reason = r.string()
	j.Score = float64(r.uint()) / scoreUnit
	j.At = r.time()
	j.Late = r.bool()
	j.Operator = r.bool()
	j.Via = r.uint()
	return j, r.end()
}
