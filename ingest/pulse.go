package ingest

import (
	"context"
	"fmt"
)

// Pulse returns nil once the loops of Run have answered: the one that looks for due
// sources, the one that starts polls and the one that stores them. They are asked, and
// nothing is remembered, so a loop that hangs cannot seem well. When the context ends first, the error says which of them has
// not answered; whoever asks before Run waits for it.
func (r *Runner) Pulse(ctx context.Context) error {
	for _, loop := range []struct {
		asked chan<- struct{}
		what  string
	}{
		{r.asked, "what looks for due sources"},
		{r.pacer.asked, "what starts polls"},
		{r.lands, "what stores polls"},
	} {
		select {
		case loop.asked <- struct{}{}: // it is taken between two rounds: that is the answer
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer", loop.what)
		}
	}
	return nil
}
