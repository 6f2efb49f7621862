package web

import (
	"testing"

	"sluice/feed/fuzztest"
)

func TestPlaces(t *testing.T) {
	tests := map[string]place{
		"world":                {"world", 0, 1, ""},
		"world.rss":            {"world", 0, 0, "rss"},
		"world/2":              {"world", 0, 2, ""},
		"world/archive/7":      {"world", 7, 1, ""},
		"world/archive/7.atom": {"world", 7, 0, "atom"},
		"world/archive/7/12":   {"world", 7, 12, ""},
	}
	for file, want := range tests {
		if got, ok := placeOf(file); !ok || got != want {
			t.Errorf("%s: got %+v, %v", file, got, ok)
		} else if got.path() != "/feeds/"+file {
			t.Errorf("%s is spelt %s", file, got.path())
		}
	}
	for _, file := range []string{
		"", "/", "/2", "World", "world/", "world//", "world/0", "world/02", "world/+2", "world/-1", "world/two", "world/2/", "world/2/3",
		"world/2.rss", "world.rss/2", "world.xml", "world.", "world/99999999999999999999", "world/archive", "world/archive/", "world/archive/0",
		"world/archive/7.xml", "world/archive/7.atom/2", "world.atom/archive/7", "world/archive/7/", "world/archive/7/x", "world/archive/7/2/3",
	} {
		if got, ok := placeOf(file); ok {
			t.Errorf("%q is taken for %+v", file, got)
		}
	}
}

// What is taken is spelt in one way, but for the first page, which has two.
func FuzzPlacesAreSpeltInOneWay(f *testing.F) {
	for _, file := range []string{"world", "world.rss", "world/1", "world/archive/7.atom", "world/archive/7/12"} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		defer fuzztest.Within(t, len(file), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		p, ok := placeOf(file)
		if !ok {
			return
		}
		if path := p.path(); path != "/feeds/"+file && path+"/1" != "/feeds/"+file {
			t.Errorf("%q is taken for %s", file, path)
		}
		if again, ok := placeOf(p.path()[len("/feeds/"):]); !ok || again != p {
			t.Errorf("%q: %+v is read as %+v", file, p, again)
		}
	})
}
