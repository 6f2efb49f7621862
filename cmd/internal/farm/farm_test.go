package farm_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"testing"

	"sluice/cmd/internal/farm"

	"github.com/mmcdole/gofeed"
)

// fetched is what a reader gets to see of a feed.
type fetched struct {
	status  int
	etag    string
	raw     []byte
	zipped  int
	parsed  *gofeed.Feed
	changed string // Last-Modified
}

func start(t *testing.T, opt farm.Options) *farm.Farm {
	t.Helper()
	f := farm.New(opt)
	if _, err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func get(t *testing.T, url, etag string) fetched {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	got := fetched{status: res.StatusCode, etag: res.Header.Get("ETag"), changed: res.Header.Get("Last-Modified")}
	if res.StatusCode != http.StatusOK {
		return got
	}
	zipped, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	if got.raw, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	got.zipped = len(zipped)
	if got.parsed, err = gofeed.NewParser().Parse(bytes.NewReader(got.raw)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return got
}

func TestFeedsAreOfTheSizeAndMakeOfRealOnes(t *testing.T) {
	f := start(t, farm.Options{Feeds: 20})
	raw, zipped := 0, 0
	for i, url := range f.URLs() {
		got := get(t, url, "")
		raw, zipped = raw+len(got.raw), zipped+got.zipped
		if want := []string{"rss", "atom"}[i%2]; got.parsed.FeedType != want {
			t.Errorf("%s is %s, want %s", url, got.parsed.FeedType, want)
		}
		if n := len(got.parsed.Items); n != 50 {
			t.Errorf("%s has %d items, want 50", url, n)
		}
		ids := map[string]bool{}
		for _, it := range got.parsed.Items {
			ids[it.GUID] = true
			if it.Content == "" || it.Description == "" || it.Link == "" || it.PublishedParsed == nil {
				t.Fatalf("%s: item %s lacks something", url, it.GUID)
			}
		}
		if len(ids) != 50 {
			t.Errorf("%s has %d different ids, want 50", url, len(ids))
		}
	}
	if mean := raw / 20; mean < 95_000 || mean > 125_000 {
		t.Errorf("a feed has %d bytes, want about 110,000", mean)
	}
	if ratio := float64(raw) / float64(zipped); ratio < 3 || ratio > 4.5 {
		t.Errorf("feeds compress to 1/%.1f, want about 1/3.7", ratio)
	}
}

func TestSameSeedGivesTheSameBytes(t *testing.T) {
	opt := farm.Options{Feeds: 4, Items: 10, Bytes: 20_000, Hosts: 2, Seed: 7}
	one, two := start(t, opt), start(t, opt)
	opt.Seed = 8
	other := start(t, opt)
	for i := range 4 {
		a, b, c := get(t, one.URLs()[i], ""), get(t, two.URLs()[i], ""), get(t, other.URLs()[i], "")
		if !bytes.Equal(a.raw, b.raw) || a.etag != b.etag {
			t.Errorf("feed %d differs between two farms of one seed", i)
		}
		if bytes.Equal(a.raw, c.raw) {
			t.Errorf("feed %d is the same for another seed", i)
		}
	}
}

func TestTickChangesATenthOfTheFeedsAndTheRestAnswers304(t *testing.T) {
	f := start(t, farm.Options{Feeds: 20, Items: 10, Bytes: 20_000, Hosts: 3})
	before := make([]fetched, 20)
	for i, url := range f.URLs() {
		before[i] = get(t, url, "")
	}
	if got, want := f.Requests(), (farm.Counts{Full: 20}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	for tick := 1; tick <= 2; tick++ {
		f.Tick()
		for i, url := range f.URLs() {
			now := get(t, url, before[i].etag)
			if i%10 != tick {
				if now.status != http.StatusNotModified {
					t.Errorf("tick %d: feed %d answers %d, want 304", tick, i, now.status)
				}
				continue
			}
			checkTick(t, before[i], now)
			before[i] = now
		}
		if got, want := f.Requests(), (farm.Counts{Full: 2, NotModified: 18}); got != want {
			t.Errorf("tick %d: got %v, want %v", tick, got, want)
		}
	}
}

func checkTick(t *testing.T, old, now fetched) {
	t.Helper()
	if now.status != http.StatusOK || now.etag == old.etag || now.changed == old.changed {
		t.Fatalf("a changed feed answers %d with ETag %s and Last-Modified %s", now.status, now.etag, now.changed)
	}
	content := func(items []*gofeed.Item) (ids []string, text map[string]string) {
		text = map[string]string{}
		for _, it := range items {
			ids = append(ids, it.GUID)
			text[it.GUID] = it.Content
		}
		return ids, text
	}
	oldIDs, oldText := content(old.parsed.Items)
	newIDs, newText := content(now.parsed.Items)
	if !slices.Equal(newIDs[2:], oldIDs[:8]) {
		t.Errorf("got items %v after %v, want two new ones above and two less below", newIDs, oldIDs)
	}
	edited := 0
	for _, id := range newIDs[2:] {
		if newText[id] != oldText[id] {
			edited++
		}
	}
	if edited != 1 {
		t.Errorf("%d items were edited, want 1", edited)
	}
}
