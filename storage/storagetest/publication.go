package storagetest

import (
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var publicationTests = map[string]func(b *bench){
	"PublicationsAreRememberedByName": func(b *bench) {
		one := feed.Publication{Output: "one", ID: "urn:x:one", Since: start, Digest: [32]byte{1, 2, 31: 3}, Modified: start.Add(time.Hour)}
		two := feed.Publication{Output: "two", Since: start}
		b.must(b.store.Publish(b.Context(), two, one))
		check := func(want ...feed.Publication) {
			b.Helper()
			got, err := b.store.Publications(b.Context())
			b.must(err)
			if d := cmp.Diff(got, want); d != "" {
				b.Errorf("publications (got, want):\n%s", d)
			}
		}
		check(one, two)
		two.Digest[0], two.Modified = 9, start.Add(2*time.Hour)
		b.must(b.store.Publish(b.Context(), two))
		check(one, two)
		if err := b.store.Publish(b.Context(), feed.Publication{Output: "three"}, feed.Publication{}); err == nil {
			b.Error("a publication without a name was taken")
		}
		check(one, two)
		b.must(b.store.Publish(b.Context()))
	},
}
