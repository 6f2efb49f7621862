package ingest

import (
	"context"
	"slices"
	"sync"
)

// maxLarge is the most large documents that are in memory at a time. Each may be as long
// as max_body, and takes several times as much while it is parsed.
const maxLarge = 4

// roomBytes is how long the small documents are together that are in memory at a time,
// from before they are parsed until they are stored. They take some four times as much, and
// so do the pages that the store changes for them: what waits is written at once.
const roomBytes = 2 << 20

// largeDocuments returns how many documents that are not small are in memory at a time:
// so few that the others always have a processor.
func largeDocuments(processors int) int { return min(max(processors/2, 1), maxLarge) }

// turn is a poll's right to have a document in memory: a large one from before its body is
// decoded, a small one from before it is parsed, either until it is stored. Nobody who has
// one waits for the network, nor for a source, so nobody waits long for one; and those whose
// documents are small never wait for a large one.
type turn struct {
	turns chan struct{}
	room  *room
	held  bool // a place among turns
	seat  int  // bytes of room
}

func (r *Runner) turn() *turn { return &turn{turns: r.turns, room: &r.room} }

// take waits for the turn of a large document, unless it is there. The error is the
// context's.
func (t *turn) take(ctx context.Context) error {
	if t.held {
		return nil
	}
	select {
	case t.turns <- struct{}{}:
		t.held = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sit waits for the turn of a small document of so many bytes, unless it has one. The error
// is the context's.
func (t *turn) sit(ctx context.Context, size int) error {
	if t.held || t.seat > 0 {
		return nil
	}
	size = min(max(size, 1), roomBytes)
	if err := t.room.take(ctx, size); err != nil {
		return err
	}
	t.seat = size
	return nil
}

// release gives back what was taken.
func (t *turn) release() {
	if t.held {
		t.held = false
		<-t.turns
	}
	if t.seat > 0 {
		t.room.give(t.seat)
		t.seat = 0
	}
}

// room is roomBytes, of which each takes what it needs, in the order in which they came. The
// zero value is empty.
type room struct {
	mu    sync.Mutex
	taken int
	queue []*sitter
}

// sitter waits for room.
type sitter struct {
	size int
	in   chan struct{} // closed once it has it
}

// take waits for room of a size, which is roomBytes at most. The error is the context's.
func (r *room) take(ctx context.Context, size int) error {
	g := &sitter{size: size, in: make(chan struct{})}
	r.mu.Lock()
	r.queue = append(r.queue, g)
	r.admit()
	r.mu.Unlock()
	select {
	case <-g.in:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.queue, g); i >= 0 {
		r.queue = slices.Delete(r.queue, i, i+1)
	} else {
		r.taken -= size // it was let in a moment ago
	}
	r.admit()
	return ctx.Err()
}

// give gives room back.
func (r *room) give(size int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= size
	r.admit()
}

// admit lets in who is first as long as there is room; r.mu is held. Whoever needs little
// does not go before one who needs much, who might wait for ever.
func (r *room) admit() {
	for len(r.queue) > 0 && r.taken+r.queue[0].size <= roomBytes {
		r.taken += r.queue[0].size
		close(r.queue[0].in)
		r.queue[0] = nil
		r.queue = r.queue[1:]
	}
}
