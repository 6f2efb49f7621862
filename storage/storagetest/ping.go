package storagetest

import (
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var pingTests = map[string]func(b *bench){
	"PingsAreOwedUntilThatContentWasTold": func(b *bench) {
		one := feed.Ping{Output: "all", Hub: 1, Digest: [32]byte{1, 31: 2}, Since: start, Next: start.Add(time.Minute), Failures: 2}
		two := feed.Ping{Output: "all", Hub: 1<<64 - 1, Digest: [32]byte{3}, Since: start}
		other := feed.Ping{Output: "all-of-it", Hub: 1, Since: start}
		b.must(b.store.Owe(b.Context(), other, two, one))
		check := func(want ...feed.Ping) {
			b.Helper()
			got, err := b.store.Pings(b.Context())
			b.must(err)
			if d := cmp.Diff(got, want); d != "" {
				b.Errorf("pings (got, want):\n%s", d)
			}
		}
		check(one, two, other)
		// What was told is not what is owed by now.
		told := one
		one.Digest, one.Failures = [32]byte{9}, 0
		b.must(b.store.Owe(b.Context(), one))
		b.must(b.store.Pinged(b.Context(), told))
		check(one, two, other)
		told.Digest, told.Since = one.Digest, time.Time{}
		b.must(b.store.Pinged(b.Context(), told, other, feed.Ping{Output: "unknown", Hub: 1}))
		check(two)
		if err := b.store.Owe(b.Context(), one, feed.Ping{Hub: 1}); err == nil {
			b.Error("a ping without an output was taken")
		}
		check(two)
		b.must(b.store.Owe(b.Context()))
		b.must(b.store.Pinged(b.Context()))
		check(two)
	},
}
