package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/feed/publish"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// represented is the document of build n as it is made, in all codings: its tags are those of
// its bytes. Its lines say which build it is of; its RSS is larger than what is sent at
// once.
func represented(t *testing.T, n int) *publish.Document {
	t.Helper()
	doc := document(n)
	for format, r := range map[string]*publish.Representation{"rss": &doc.RSS, "atom": &doc.Atom, "json": &doc.JSON} {
		lines := 200
		if format == "rss" {
			lines = 5000
		}
		made, err := publish.Represent(r.ContentType, bytes.Repeat(fmt.Appendf(nil, "%s of build %d\n", format, n), lines))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range made.Coded {
			for c.Body() == nil { // it is made beside its callers
				time.Sleep(time.Millisecond)
			}
		}
		*r = made
	}
	return doc
}

// TestNoAnswerMixesTwoBuilds swaps a hundred documents under a thousand readers, a hundred
// of which ask at any time, by every format and coding. Each answer must be one build's: the
// tag is that of the bytes, and says their coding; length, date and type are theirs.
func TestNoAnswerMixesTwoBuilds(t *testing.T) {
	const requests, rebuilds, parallel = 1000, 100, 100
	var docs []*publish.Document
	bodies := map[string][sha256.Size]byte{} // digests by tag
	for n := range rebuilds + 1 {
		doc := represented(t, n)
		for _, r := range []publish.Representation{doc.RSS, doc.Atom, doc.JSON} {
			bodies[r.ETag] = sha256.Sum256(r.Body)
		}
		docs = append(docs, doc)
	}
	if len(bodies) != 3*len(docs) {
		t.Fatalf("%d tags of %d documents", len(bodies), len(docs))
	}
	o := newOutputs()
	o.world.Store(docs[0])
	address := startSite(t, o)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	formats, codings := []string{"rss", "atom", "json"}, []string{"identity", "gzip", "zstd", "br"}
	seen := make(chan string, requests)
	asking := make(chan struct{}, parallel)
	var readers sync.WaitGroup
	for reader := range requests {
		if reader%(requests/rebuilds) == 0 {
			o.world.Store(docs[1+reader/(requests/rebuilds)])
		}
		asking <- struct{}{}
		readers.Go(func() {
			defer func() { <-asking }()
			format, coding := formats[reader%3], codings[reader/3%4]
			seen <- oneBuild(t, client, "http://"+address+"/feeds/world."+format, format, coding, bodies)
		})
	}
	readers.Wait()
	close(seen)
	builds, kinds := map[string]bool{}, map[string]bool{}
	for s := range seen {
		build, kind, _ := strings.Cut(s, " ")
		builds[build], kinds[kind] = true, true
	}
	if len(builds) < 20 || len(kinds) < len(formats)*len(codings) {
		t.Errorf("only %d builds were seen, in %d formats and codings: the test did not test", len(builds), len(kinds))
	}
}

// oneBuild asks once and returns the build and the kind of what came.
func oneBuild(t *testing.T, client *http.Client, url, format, accept string, bodies map[string][sha256.Size]byte) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Error(err)
		return ""
	}
	req.Header.Set("Accept-Encoding", accept)
	res, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	sent, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return ""
	}
	coding := res.Header.Get("Content-Encoding")
	body, err := decoded(coding, sent)
	if err != nil {
		t.Errorf("%s: %v", coding, err)
		return ""
	}
	var n int
	if _, err := fmt.Fscanf(bytes.NewReader(body), format+" of build %d\n", &n); err != nil {
		t.Errorf("%v in %.40q", err, body)
		return ""
	}
	tag := res.Header.Get("ETag")
	if coding != "" {
		tag = strings.TrimSuffix(tag, "-"+coding+`"`) + `"`
	}
	date := modified.Add(time.Duration(n) * time.Second).Format(http.TimeFormat)
	if bodies[tag] != sha256.Sum256(body) || res.Header.Get("Last-Modified") != date || res.ContentLength != int64(len(sent)) ||
		!strings.Contains(res.Header.Get("Content-Type"), format) || !strings.Contains(res.Header.Get("Link"), "/feeds/world."+format+">") {
		t.Errorf("build %d came with %v", n, res.Header)
	}
	return fmt.Sprintf("%d %s %s", n, format, coding)
}

// decoded is a body without its coding.
func decoded(coding string, body []byte) ([]byte, error) {
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "zstd":
		z, err := zstd.NewReader(nil)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return z.DecodeAll(body, nil)
	case "br":
		return io.ReadAll(brotli.NewReader(bytes.NewReader(body)))
	}
	return body, nil
}
