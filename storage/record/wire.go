package record

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

// minShared is the length from which a repeated string is kept once.
const minShared = 4

// numbered are a record's strings and times in the order in which they came, for
// later references to them. Their lists are used again: most records are small, and
// each would grow its own.
type numbered struct {
	strings []string
	times   []time.Time
}

func (n *numbered) clear() {
	clear(n.strings) // hold nobody's text
	n.strings, n.times = n.strings[:0], n.times[:0]
}

var (
	writers = sync.Pool{New: func() any { return new(writer) }}
	readers = sync.Pool{New: func() any { return new(reader) }}
)

// writer builds a record. It is made by newWriter and ends with seal.
type writer struct {
	b []byte
	numbered
}

func newWriter(size int) *writer {
	w := writers.Get().(*writer)
	w.b = append(make([]byte, 0, size), version)
	return w
}

// seal ends the record, and the writer with it.
func (w *writer) seal(k kind) []byte {
	b := seal(k, w.b)
	w.b = nil
	w.clear()
	writers.Put(w)
	return b
}

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

// fixed writes a hash, whose bytes a varint would only make more.
func (w *writer) fixed(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

func (w *writer) bool(v bool) {
	if v {
		w.uint(1)
	} else {
		w.uint(0)
	}
}

// string writes twice the length and the bytes, or one more than twice the
// number of the same string before it.
func (w *writer) string(s string) {
	if len(s) >= minShared {
		for i, earlier := range w.strings {
			if earlier == s {
				w.uint(uint64(i)<<1 | 1)
				return
			}
		}
		w.strings = append(w.strings, s)
	}
	w.uint(uint64(len(s)) << 1)
	w.b = append(w.b, s...)
}

// The ways in which a time is written; from timeEarlier on it is a reference.
const (
	timeZero = iota
	timeSeconds
	timeMicros
	timeEarlier
)

// time writes a time to the microsecond.
func (w *writer) time(t time.Time) {
	if t.IsZero() {
		w.uint(timeZero)
		return
	}
	t = t.Truncate(time.Microsecond)
	for i, earlier := range w.times {
		if earlier.Equal(t) {
			w.uint(uint64(i) + timeEarlier)
			return
		}
	}
	w.times = append(w.times, t)
	if t.Nanosecond() == 0 {
		w.uint(timeSeconds)
		w.int(t.Unix())
		return
	}
	w.uint(timeMicros)
	w.int(t.UnixMicro())
}

// reader takes a record apart. After the first fault it returns zero values and
// keeps the fault for end. It is made by open and ends with end.
type reader struct {
	b   string
	err error
	numbered
}

// open checks a record and begins to read it. The body is copied, once, because
// stores give bytes that are theirs.
func open(k kind, b []byte) (*reader, error) {
	body, err := unseal(k, b)
	if err != nil {
		return nil, err
	}
	r := readers.Get().(*reader)
	r.b = string(body)
	return r, nil
}

// more reports whether anything is left: what a later version appended.
func (r *reader) more() bool { return r.err == nil && len(r.b) > 0 }

// end reports the first fault, bytes left over are one, and ends the reader.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("bytes beyond its end")
	}
	err := r.err
	r.b, r.err = "", nil
	r.clear()
	readers.Put(r)
	return err
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrInvalid, what)
	}
	r.b = ""
}

func (r *reader) take(n uint64) string {
	if n > uint64(len(r.b)) {
		r.fail("too short")
		return ""
	}
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

func (r *reader) uint() uint64 {
	var v uint64
	for shift := uint(0); shift < 64 && len(r.b) > 0; shift += 7 {
		c := r.b[0]
		r.b = r.b[1:]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail("bad number")
	return 0
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) fixed() uint64 {
	var v uint64
	for i, c := range []byte(r.take(8)) {
		v |= uint64(c) << (8 * i)
	}
	return v
}

func (r *reader) bool() bool { return r.uint() != 0 }

// count reads the length of a list, whose elements take a byte each at least,
// so that a damaged length cannot ask for more memory than the record has.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail("list beyond its end")
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.uint()
	if n&1 == 1 {
		if n>>1 >= uint64(len(r.strings)) {
			r.fail("reference to no string")
			return ""
		}
		return r.strings[n>>1]
	}
	s := r.take(n >> 1)
	if len(s) >= minShared {
		r.strings = append(r.strings, s)
	}
	return s
}

func (r *reader) time() time.Time {
	var t time.Time
	switch n := r.uint(); n {
	case timeZero:
		return t
	case timeSeconds:
		t = time.Unix(r.int(), 0).UTC()
	case timeMicros:
		t = time.UnixMicro(r.int()).UTC()
	default:
		if n-timeEarlier >= uint64(len(r.times)) {
			r.fail("reference to no time")
			return t
		}
		return r.times[n-timeEarlier]
	}
	r.times = append(r.times, t)
	return t
}

// list reads a counted list; an empty one is nil.
func list[T any](r *reader, element func() T) []T {
	n := r.count()
	if n == 0 {
		return nil
	}
	all := make([]T, 0, min(n, 64))
	for range n {
		if r.err != nil {
			return nil
		}
		all = append(all, element())
	}
	return all
}
