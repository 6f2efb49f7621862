package websub_test

import (
	"net/url"
	"testing"

	"sluice/ingest/websub"
)

func FuzzDiscover(f *testing.F) {
	for _, s := range []string{
		`<https://hub.example/>; rel="hub", </self>; rel=self`, `<x>; title="a\", b"; rel=hub`, `<`, `<>;=,;`, `<x>;rel`, `<a>;rel="hub`,
	} {
		f.Add(s)
	}
	base, err := url.Parse("https://a.example/feed")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		hubs, topic := websub.Discover(base, []string{header}, nil, "")
		if (len(hubs) == 0) != (topic == "") {
			t.Errorf("%q, %q", hubs, topic)
		}
		for _, address := range append(hubs, topic) {
			if u, err := url.Parse(address); address != "" && (err != nil || u.Hostname() == "") {
				t.Errorf("no address: %q", address)
			}
		}
	})
}
