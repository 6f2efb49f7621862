package storagetest

import (
	"context"
	"errors"
	"time"
)

var gaugeTests = map[string]func(b *bench){
	"UsageCountsArticlesAndIsWithinTheFile": func(b *bench) {
		usage := func(want int) {
			b.Helper()
			u, err := b.store.Usage(b.Context())
			b.must(err)
			if u.Articles != want || u.Bytes <= 0 || u.Free < 0 || u.Free >= u.Bytes {
				b.Errorf("%d articles are stored: got %+v", want, u)
			}
		}
		usage(0)
		b.configure("a", "b")
		b.poll("a", start, run("a", 0, 30)...)
		b.poll("b", start.Add(time.Minute), run("b", 0, 12)...)
		usage(42)
		b.poll("a", start.Add(time.Hour), run("a", 0, 30)...)
		usage(42)
		b.configure("b") // what is configured no more is still there
		usage(42)
	},
	"AStoreIsAliveUntilItIsClosed": func(b *bench) {
		b.configure("a")
		b.must(b.store.Alive(b.Context()))
		ended, cancel := context.WithCancel(b.Context())
		cancel()
		if err := b.store.Alive(ended); !errors.Is(err, context.Canceled) {
			b.Errorf("with a context that has ended: %v", err)
		}
		b.must(b.store.Close())
		if b.store.Alive(b.Context()) == nil {
			b.Error("a closed store is alive")
		}
		if _, err := b.store.Usage(b.Context()); err == nil {
			b.Error("a closed store has a size")
		}
	},
}
