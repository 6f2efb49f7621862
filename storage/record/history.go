package record

import (
	"fmt"
	"math"

	"sluice/feed"
)

// EncodeHistory returns the history's record, without the archives that it closes.
func EncodeHistory(h feed.History) []byte {
	w := newWriter(64 + 2*len(h.Open))
	w.uint(h.Seen)
	w.b = append(w.b, h.Rules[:]...)
	w.time(h.At)
	w.uint(uint64(h.Closed))
	w.numbers(h.Open)
	return w.seal(kindHistory)
}

// DecodeHistory reads a history's record. The error is ErrInvalid.
func DecodeHistory(b []byte) (*feed.History, error) {
	r, err := open(kindHistory, b)
	if err != nil {
		return nil, err
	}
	h := &feed.History{Seen: r.uint()}
	copy(h.Rules[:], r.take(uint64(len(h.Rules))))
	h.At = r.time()
	if n := r.uint(); n <= math.MaxInt32 {
		h.Closed = int(n)
	} else {
		r.fail("too many archives")
	}
	h.Open = r.numbers()
	return h, r.end()
}

// EncodeArchive returns the record of an archive's members, which must rise.
func EncodeArchive(members []uint64) []byte {
	w := newWriter(16 + 2*len(members))
	w.numbers(members)
	return w.seal(kindArchive)
}

// DecodeArchive reads the record of an archive. The error is ErrInvalid.
func DecodeArchive(b []byte) ([]uint64, error) {
	r, err := open(kindArchive, b)
	if err != nil {
		return nil, err
	}
	members := r.numbers()
	return members, r.end()
}

// numbers writes rising numbers, each as how far it is from the one before: mostly a byte.
func (w *writer) numbers(list []uint64) {
	w.uint(uint64(len(list)))
	last := uint64(0)
	for _, n := range list {
		if n <= last {
			panic(fmt.Sprintf("record: number %d after %d", n, last))
		}
		w.uint(n - last)
		last = n
	}
}

func (r *reader) numbers() []uint64 {
	last := uint64(0)
	return list(r, func() uint64 {
		step := r.uint()
		if step == 0 || last+step < last {
			r.fail("numbers that do not rise")
		}
		last += step
		return last
	})
}
