package app_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// Whoever had written what failed, the daemon ends: nothing could be stored any more. Readers
// are served until it has said why.
func TestAStoreThatFailsAtNoPollEndsTheDaemonToo(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.app.Run(ctx) }()
	client, err := control.Dial(t.Context(), s.cfg.Server.Control.Reveal(), bound)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it is ready", func() bool { return client.Ready(t.Context()) == nil })
	bolttest.TakeAway(t, s.db)
	if err := client.Copied(t.Context(), control.CopiedRequest{At: time.Now()}); !errors.Is(err, storage.ErrFailed) {
		t.Errorf("got %v, want ErrFailed", err)
	}
	until(t, "it says why", func() bool { return errors.Is(client.Ready(t.Context()), control.ErrNotReady) })
	if rec := s.ask("/feeds/all.atom"); rec.Code != http.StatusOK {
		t.Errorf("readers get %d meanwhile", rec.Code)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, storage.ErrFailed) {
			t.Errorf("it ended with %v, want ErrFailed", err)
		}
	case <-time.After(2 * bound):
		t.Fatal("it goes on without a store")
	}
}
