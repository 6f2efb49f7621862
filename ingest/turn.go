package ingest

import "context"

// maxLarge is the most large documents that are in memory at a time. Each may be as long
// as max_body, and takes several times as much while it is parsed.
const maxLarge = 4

// largeDocuments returns how many documents that are not small are in memory at a time:
// so few that the others always have a processor.
func largeDocuments(processors int) int { return min(max(processors/2, 1), maxLarge) }

// turn is a poll's right to have a large document in memory, from before its body is
// decoded until it is parsed. Nobody who has one waits for the network, so nobody waits
// long for one; and those whose documents are small never do.
type turn struct {
	turns chan struct{}
	held  bool
}

func (r *Runner) turn() *turn { return &turn{turns: r.turns} }

// take waits for the turn, unless it is there. The error is the context's.
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

// release gives the turn back, if it was taken.
func (t *turn) release() {
	if t.held {
		t.held = false
		<-t.turns
	}
}
