package web

import (
	"hash/maphash"
	"sync/atomic"
)

// memo remembers what was read out of headers that a program sends with each request,
// letter by letter the same. It holds as many as it has slots, the last that came of those
// that share one, so strangers cannot make it grow. It may be used by many goroutines at a
// time.
type memo[T any] struct {
	seed  maphash.Seed
	slots [64]atomic.Pointer[remembered[T]]
}

type remembered[T any] struct {
	text  string
	value T
}

// maxRemembered is how many bytes a header may have that is remembered.
const maxRemembered = 256

func newMemo[T any]() *memo[T] { return &memo[T]{seed: maphash.MakeSeed()} }

// of returns what read makes of the values of a header, which must make the same of one
// that is empty and of none.
func (m *memo[T]) of(values []string, read func([]string) T) T {
	text := ""
	if len(values) > 0 {
		text = values[0]
	}
	if len(values) > 1 || len(text) > maxRemembered {
		return read(values)
	}
	slot := &m.slots[maphash.String(m.seed, text)%uint64(len(m.slots))]
	if r := slot.Load(); r != nil && r.text == text {
		return r.value
	}
	value := read(values)
	slot.Store(&remembered[T]{text, value})
	return value
}
