package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"sluice/feed"
	"sluice/storage"

	"pgregory.net/rapid"
)

// checkListed gives sources that are known by their addresses other names, takes
// some away and brings them back, at random: whatever their names were, the articles
// of an address are its own, all of them, and nobody else's.
func checkListed(t *testing.T, open func(t testing.TB) storage.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, open(t))
		addresses := []string{"https://a.example/", "https://b.example/", "https://c.example/", "https://d.example/"}
		brought := map[string][]string{} // titles by address
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			names := rapid.Permutation([]string{"n1", "n2", "n3", "n4", "n5"}).Draw(rt, "names")
			listed := map[string]string{} // names by address
			var sources []feed.Source
			for i, address := range addresses {
				if rapid.IntRange(0, 3).Draw(rt, "listed") > 0 {
					listed[address] = names[i]
					sources = append(sources, feed.Source{Name: feed.SourceID(names[i]), URL: address, ByAddress: true})
				}
			}
			b.set(sources)
			for i, address := range addresses {
				if name := listed[address]; name != "" && rapid.Bool().Draw(rt, "polled") {
					a := article(fmt.Sprint(address, step), 1+i+len(addresses)*step)
					a.Title = fmt.Sprint(address, step)
					b.poll(name, start, a)
					brought[address] = append(brought[address], a.Title)
				}
			}
			got := map[string][]string{} // titles by name
			all, err := b.store.After(b.Context(), 0, 1000)
			b.must(err)
			for _, a := range all {
				got[string(a.Source)] = append(got[string(a.Source)], a.Title)
			}
			for address, name := range listed {
				slices.Sort(got[name])
				slices.Sort(brought[address])
				if !slices.Equal(got[name], brought[address]) {
					rt.Fatalf("step %d: %s is %s and has %v, want %v", step, address, name, got[name], brought[address])
				}
			}
		}
	})
}
